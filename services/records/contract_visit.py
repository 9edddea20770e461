"""A visit as plain JSON, for practices without FHIR: what a doctor or midwife would write on one card.

Every field says what it is in Indonesian and English; what is not known here is refused, so that a
misspelt field never disappears silently.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, StringConstraints, model_validator

from services.kernel.ids import JknNumber, Nik, VillageCode

LOCAL = ZoneInfo("Asia/Jakarta")


def _written(value: Any) -> Any:
    if isinstance(value, (int, float)):
        raise ValueError("tulis tanggal sebagai teks / write a date as text")
    return value


Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True)]
YesNo = Annotated[bool, Field(strict=True)]
Day = Annotated[date, BeforeValidator(_written)]
Moment = Annotated[datetime, BeforeValidator(_written)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
ShortWords = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Digits3 = Annotated[str, StringConstraints(pattern=r"^\d{1,3}$")]

Sex = Literal["L", "P"]
Contact = Literal["K1A", "K1M", "K2", "K3", "K4", "K5", "K6"]
GlucoseKind = Literal["sewaktu", "puasa", "2jam"]
Reaction = Literal["reaktif", "nonreaktif"]
UrineProtein = Literal["negatif", "trace", "+1", "+2", "+3", "+4"]
BloodGroup = Literal["A", "B", "AB", "O"]
Vaccine = Literal[
    "HB0", "BCG", "OPV1", "OPV2", "OPV3", "OPV4", "DPT-HB-HIB1", "DPT-HB-HIB2", "DPT-HB-HIB3", "DPT-HB-HIB4",
    "IPV1", "IPV2", "MR1", "MR2", "PCV1", "PCV2", "PCV3", "RV1", "RV2", "RV3", "JE1", "HPV1", "HPV2",
    "TD1", "TD2", "TD3", "TD4", "TD5",
]  # fmt: skip


class _Part(BaseModel):
    """A part of a visit: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _plain_numbers(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {k: float(v) if isinstance(v, Decimal) else v for k, v in data.items()}


class VisitAddress(_Part):
    """Alamat tinggal sekarang (current address)."""

    line: ShortWords | None = Field(
        None, title="Jalan", description="Jalan, nomor, dusun (street)", examples=["Jl. Dorak No. 12"]
    )
    village: VillageCode = Field(examples=["1410011001"])
    rt: Digits3 | None = Field(None, title="RT", description="Rukun tetangga", examples=["2"])
    rw: Digits3 | None = Field(None, title="RW", description="Rukun warga", examples=["1"])


class VisitPatient(_Part):
    """Pasien, dikenal dari sedikitnya satu nomor: NIK, nomor JKN, nomor IHS, atau NIK ibu (newborns)."""

    nik: Nik | None = Field(None, title="NIK", description="NIK, 16 angka (national id)", examples=["1410014107900001"])
    jkn: JknNumber | None = Field(
        None, title="Nomor JKN", description="Nomor kartu JKN, 13 angka (card number)", examples=["0577535571856"]
    )
    ihs: Annotated[str, StringConstraints(pattern=r"^P\d{11}$")] | None = Field(
        None, title="Nomor IHS", description="Nomor pasien SATUSEHAT (patient number)", examples=["P14100000001"]
    )
    nik_ibu: Nik | None = Field(
        None,
        title="NIK ibu",
        description="NIK ibu, untuk bayi yang belum punya NIK (mother's NIK, for a newborn without one)",
    )
    birth_order: Count | None = Field(
        None,
        ge=0,
        le=9,
        title="Urutan lahir",
        description="Wajib bersama nik_ibu: 0 lahir tunggal, 1 kembar pertama, … (0 singleton, 1 first twin)",
        examples=[0],
    )
    name: ShortWords = Field(title="Nama", description="Nama lengkap (full name)", examples=["Siti Aminah"])
    birth_date: Day = Field(title="Tanggal lahir", description="YYYY-MM-DD (birth date)", examples=["1990-07-01"])
    sex: Sex = Field(title="Jenis kelamin", description="L laki-laki, P perempuan (L male, P female)", examples=["P"])
    phone: Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 -]{6,18}$")] | None = Field(
        None, title="Telepon", description="Nomor telepon (phone)", examples=["081234567890"]
    )
    address: VisitAddress | None = None

    @model_validator(mode="after")
    def _known(self) -> Self:
        if not (self.nik or self.jkn or self.ihs or self.nik_ibu):
            raise ValueError(
                "isi sedikitnya satu dari nik, jkn, ihs, atau nik_ibu / give one of nik, jkn, ihs or nik_ibu"
            )
        if self.nik_ibu and not self.nik and self.birth_order is None:
            raise ValueError("birth_order wajib bersama nik_ibu / birth_order is required with nik_ibu")
        return self


class VisitPractitioner(_Part):
    """Tenaga kesehatan yang melayani (who attended)."""

    name: ShortWords | None = Field(None, title="Nama", description="Nama nakes (name)", examples=["dr. Andi Saputra"])
    ihs: Annotated[str, StringConstraints(pattern=r"^(N\d{8}|\d{8,16})$")] | None = Field(
        None, title="Nomor IHS nakes", description="Nomor nakes SATUSEHAT (practitioner)", examples=["N10000001"]
    )


class Diagnosis(_Part):
    """Satu diagnosis ICD-10 (one diagnosis)."""

    icd10: Annotated[str, StringConstraints(to_upper=True, pattern=r"^[A-Za-z]\d{2}(\.\d{1,2})?$")] = Field(
        title="ICD-10", description="Kode ICD-10 (code)", examples=["I10"]
    )
    name: ShortWords | None = Field(None, title="Nama diagnosis", description="Opsional (display name)")
    primary: YesNo = Field(False, title="Diagnosis utama", description="Diagnosis utama kunjungan (primary)")
    chronic: YesNo = Field(
        False,
        title="Penyakit menahun",
        description="Masuk daftar masalah pasien, misalnya hipertensi (kept on the problem list)",
    )
    onset: Day | None = Field(
        None, title="Sejak", description="Tanggal mulai sakit, YYYY-MM-DD (onset)", examples=["2024-02-10"]
    )


def _measured(low: float, high: float, title: str, en: str, unit: str, example: float) -> Any:
    return Field(None, ge=low, le=high, title=title, description=f"{title}, {unit} ({en})", examples=[example])


class Measurements(_Part):
    """Hasil pengukuran (measurements); isi yang diukur saja."""

    systolic: Number | None = _measured(40, 300, "Tekanan darah sistolik", "systolic", "mmHg", 118)
    diastolic: Number | None = _measured(20, 200, "Tekanan darah diastolik", "diastolic", "mmHg", 76)
    pulse: Number | None = _measured(20, 300, "Nadi", "pulse", "per menit", 84)
    temperature: Number | None = _measured(25, 45, "Suhu", "temperature", "°C", 36.7)
    respiration: Number | None = _measured(4, 120, "Laju napas", "respiratory rate", "per menit", 18)
    oxygen_saturation: Number | None = _measured(30, 100, "Saturasi oksigen", "oxygen saturation", "%", 98)
    weight_kg: Number | None = _measured(0.3, 350, "Berat badan", "weight", "kg", 58.4)
    height_cm: Number | None = _measured(40, 250, "Tinggi badan (berdiri)", "standing height", "cm", 156)
    length_cm: Number | None = _measured(20, 130, "Panjang badan (telentang)", "lying length", "cm", 71.5)
    head_cm: Number | None = _measured(20, 80, "Lingkar kepala", "head circumference", "cm", 44)
    waist_cm: Number | None = _measured(30, 250, "Lingkar perut", "waist", "cm", 82)
    muac_cm: Number | None = _measured(5, 70, "Lingkar lengan atas (LiLA)", "mid-upper arm", "cm", 26)
    fundal_height_cm: Number | None = _measured(1, 60, "Tinggi fundus uteri", "fundal height", "cm", 24)
    fetal_heart_rate: Number | None = _measured(40, 260, "Denyut jantung janin", "fetal heart", "per menit", 142)
    hemoglobin: Number | None = _measured(2, 25, "Hemoglobin", "haemoglobin", "g/dL", 11.8)
    glucose_mgdl: Number | None = _measured(10, 1500, "Gula darah", "glucose", "mg/dL", 112)
    glucose_kind: GlucoseKind = Field(
        "sewaktu",
        title="Jenis gula darah",
        description="sewaktu (random), puasa (fasting), 2jam (2 h after a meal)",
    )
    hba1c: Number | None = _measured(2, 25, "HbA1c", "HbA1c", "%", 6.4)
    cholesterol_mgdl: Number | None = _measured(30, 1000, "Kolesterol total", "total cholesterol", "mg/dL", 187)

    @model_validator(mode="after")
    def _plausible(self) -> Self:
        if self.systolic is not None and self.diastolic is not None and self.diastolic >= self.systolic:
            raise ValueError("diastolic harus di bawah systolic / diastolic must be below systolic")
        return self


class Pregnancy(_Part):
    """Kehamilan (pregnancy)."""

    contact: Contact | None = Field(
        None,
        title="Kontak ANC",
        description="K1A akses, K1M murni, K2 … K6 (antenatal contact number)",
        examples=["K2"],
    )
    lmp: Day | None = Field(
        None, title="HPHT", description="Hari pertama haid terakhir (last menses)", examples=["2026-01-05"]
    )
    edd: Day | None = Field(None, title="HPL", description="Hari perkiraan lahir (due date)", examples=["2026-10-12"])
    gravida: Count | None = Field(
        None, ge=1, le=25, title="Gravida", description="Hamil ke- (pregnancies)", examples=[2]
    )
    para: Count | None = Field(None, ge=0, le=25, title="Para", description="Jumlah persalinan (births)", examples=[1])
    abortus: Count | None = Field(None, ge=0, le=25, title="Abortus", description="Jumlah keguguran (losses)")
    usg: YesNo = Field(False, title="USG", description="USG dilakukan (ultrasound done)")


class Tests(_Part):
    """Hasil pemeriksaan laboratorium sederhana (point-of-care tests)."""

    hiv: Reaction | None = Field(None, title="HIV", description="Tes cepat HIV (rapid test)")
    syphilis: Reaction | None = Field(None, title="Sifilis", description="Tes cepat sifilis (syphilis)")
    hbsag: Reaction | None = Field(None, title="HBsAg", description="Tes cepat hepatitis B")
    urine_protein: UrineProtein | None = Field(None, title="Protein urin", description="Carik celup (dipstick)")
    blood_group: BloodGroup | None = Field(None, title="Golongan darah", description="ABO (blood group)")


class Dose(_Part):
    """Satu dosis imunisasi (one dose)."""

    vaccine: Vaccine = Field(
        title="Vaksin",
        description="Vaksin dan nomor dosis, misalnya OPV2 (vaccine with dose number)",
        examples=["OPV2"],
    )
    given_on: Day | None = Field(
        None,
        alias="date",
        title="Tanggal",
        description="Bila tidak diberikan pada kunjungan ini: tanggalnya (when not given at this visit)",
    )
    reported: YesNo = Field(
        False,
        title="Laporan",
        description="Dari buku KIA atau kader, bukan diberikan di sini (reported, not given here)",
    )
    lot: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        None, title="Nomor batch", description="Nomor batch vaksin (lot number)", examples=["202009007"]
    )


class Medicine(_Part):
    """Satu obat yang diserahkan (one dispensed medicine)."""

    kfa: Annotated[str, StringConstraints(pattern=r"^9[1-3]\d{6}$")] = Field(
        title="Kode KFA", description="Kode obat KFA, 8 angka (medicine code)", examples=["92000653"]
    )
    name: ShortWords | None = Field(
        None, title="Nama obat", description="Opsional (name)", examples=["Tablet tambah darah"]
    )
    quantity: Number = Field(gt=0, le=10000, title="Jumlah", description="Jumlah satuan (quantity)", examples=[30])
    unit: Annotated[str, StringConstraints(max_length=20)] = Field(
        "tablet", title="Satuan", description="tablet, kapsul, botol … (unit)"
    )


EXAMPLE: dict[str, JsonValue] = {
    "patient": {
        "nik": "1410014107900001",
        "name": "Siti Aminah",
        "birth_date": "1990-07-01",
        "sex": "P",
        "phone": "081234567890",
        "address": {"line": "Jl. Dorak No. 12", "village": "1410011001", "rt": "2", "rw": "1"},
    },
    "at": "2026-04-20T09:15:00+07:00",
    "practitioner": {"name": "dr. Andi Saputra"},
    "reason": "Periksa kehamilan",
    "diagnoses": [{"icd10": "Z34.8", "primary": True}],
    "measurements": {
        "systolic": 118,
        "diastolic": 76,
        "weight_kg": 58.4,
        "height_cm": 156,
        "muac_cm": 26,
        "fundal_height_cm": 14,
        "fetal_heart_rate": 142,
        "hemoglobin": 11.8,
    },
    "pregnancy": {"contact": "K2", "lmp": "2026-01-05", "gravida": 2, "para": 1, "usg": True},
    "tests": {"hiv": "nonreaktif", "syphilis": "nonreaktif", "hbsag": "nonreaktif", "urine_protein": "negatif"},
    "vaccines": [{"vaccine": "TD2"}],
    "medicines": [{"kfa": "92000653", "name": "Tablet tambah darah", "quantity": 30}],
    "education": True,
    "notes": "Janin tunggal hidup, tidak ada keluhan.",
}


class Visit(_Part):
    """Satu kunjungan pasien (one patient visit)."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    patient: VisitPatient
    at: Moment = Field(
        title="Waktu kunjungan",
        description="Waktu kunjungan; tanpa zona berarti WIB (time of the visit; no zone means Jakarta time)",
        examples=["2026-04-20T09:15:00+07:00"],
    )
    practitioner: VisitPractitioner | None = None
    reason: Words | None = Field(
        None, title="Keluhan", description="Alasan kunjungan (reason)", examples=["Periksa kehamilan"]
    )
    diagnoses: list[Diagnosis] = Field([], max_length=20, title="Diagnosis", description="(diagnoses)")
    measurements: Measurements = Field(default_factory=Measurements, title="Pengukuran")
    pregnancy: Pregnancy | None = None
    tests: Tests = Field(default_factory=Tests, title="Tes laboratorium")
    vaccines: list[Dose] = Field([], max_length=20, title="Imunisasi", description="(doses given or reported)")
    medicines: list[Medicine] = Field([], max_length=40, title="Obat", description="(medicines dispensed)")
    education: YesNo = Field(False, title="Edukasi", description="Edukasi atau konseling diberikan (education given)")
    notes: Words | None = Field(None, title="Catatan", description="Catatan klinis (clinical notes)")

    @property
    def moment(self) -> datetime:
        """The time of the visit with its zone."""
        return self.at if self.at.tzinfo else self.at.replace(tzinfo=LOCAL)

    @property
    def day(self) -> date:
        """The day of the visit in Jakarta."""
        return self.moment.astimezone(LOCAL).date()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        day = self.day
        pregnancy = self.pregnancy
        if self.patient.birth_date > day:
            raise ValueError("patient.birth_date sesudah kunjungan / birth date is after the visit")
        if pregnancy is not None and self.patient.sex != "P":
            raise ValueError("pregnancy hanya untuk perempuan (sex P) / pregnancy is for women only")
        if pregnancy is not None and pregnancy.lmp and not day - timedelta(days=320) <= pregnancy.lmp <= day:
            raise ValueError("pregnancy.lmp harus dalam 320 hari sebelum kunjungan / within 320 days before the visit")
        if any(d.onset and d.onset > day for d in self.diagnoses):
            raise ValueError("diagnoses.onset sesudah kunjungan / an onset is after the visit")
        if any(d.given_on and not self.patient.birth_date <= d.given_on <= day for d in self.vaccines):
            raise ValueError("vaccines.date harus antara lahir dan kunjungan / between birth and the visit")
        for name, values in (
            ("diagnoses.icd10", [d.icd10 for d in self.diagnoses]),
            ("vaccines.vaccine", [d.vaccine for d in self.vaccines]),
        ):
            if len(set(values)) < len(values):
                raise ValueError(f"{name} ada yang sama / has a duplicate")
        if sum(d.primary for d in self.diagnoses) > 1:
            raise ValueError("hanya satu diagnosis utama / only one primary diagnosis")
        return self
