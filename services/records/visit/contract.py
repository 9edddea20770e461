"""A visit as plain JSON (`/v1/visits`), for practices without FHIR."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, JsonValue, StringConstraints, model_validator

from services.records.visit.findings import Measurements, Screening, Tests
from services.records.visit.given import Diagnosis, Dose, Medicine, Topic
from services.records.visit.mother_child import Child, Death, Delivery, Newborn, Postnatal, Pregnancy
from services.records.visit.parts import LOCAL, Moment, Part, Words, YesNo
from services.records.visit.person import Patient, Sex, VisitPatient, VisitPractitioner

Kind = Literal["dalam-gedung", "posyandu", "kunjungan-rumah", "sekolah"]
Cluster = Literal["1", "2", "3", "4", "lintas"]
VisitNumber = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64, pattern=r"^[^\s|]+$")
]

EXAMPLE: dict[str, JsonValue] = {
    "number": "2026-04-20/0017",
    "kind": "dalam-gedung",
    "cluster": "2",
    "patient": {
        "nik": "1410014107900001",
        "kk": "1410011203150007",
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


class Visit(Part):
    """Satu kunjungan pasien (one patient visit)."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    patient: Patient
    at: Moment = Field(
        title="Waktu kunjungan",
        description="Waktu kunjungan; tanpa zona berarti WIB (time of the visit; no zone means Jakarta time)",
        examples=["2026-04-20T09:15:00+07:00"],
    )
    number: VisitNumber | None = Field(
        None,
        title="Nomor kunjungan",
        description="Nomor kunjungan di catatan Anda sendiri: kiriman ulang dengan nomor yang sama adalah kunjungan "
        "yang sama (your own visit number; a second sending is the same visit)",
        examples=["2026-04-20/0017"],
    )
    kind: Kind = Field(
        "dalam-gedung",
        title="Tempat layanan",
        description="dalam-gedung (in the building), posyandu, kunjungan-rumah (home visit), sekolah (school)",
    )
    cluster: Cluster | None = Field(
        None,
        title="Klaster ILP",
        description="1 manajemen, 2 ibu dan anak, 3 dewasa dan lansia, 4 penyakit menular, lintas (ILP cluster)",
        examples=["2"],
    )
    practitioner: VisitPractitioner | None = None
    reason: Words | None = Field(
        None, title="Keluhan", description="Alasan kunjungan (reason)", examples=["Periksa kehamilan"]
    )
    diagnoses: list[Diagnosis] = Field([], max_length=20, title="Diagnosis", description="(diagnoses)")
    measurements: Measurements = Field(default_factory=Measurements, title="Pengukuran")
    pregnancy: Pregnancy | None = None
    delivery: Delivery | None = None
    postnatal: Postnatal | None = Field(
        None, title="Kunjungan nifas", description="KF1 … KF4 (postnatal contact number)", examples=["KF1"]
    )
    newborn: Newborn | None = None
    child: Child = Field(default_factory=Child, title="Balita")
    tests: Tests = Field(default_factory=Tests, title="Tes laboratorium")
    screening: Screening = Field(default_factory=Screening, title="Penapisan")
    vaccines: list[Dose] = Field([], max_length=30, title="Imunisasi", description="(doses given or reported)")
    medicines: list[Medicine] = Field([], max_length=40, title="Obat", description="(medicines dispensed)")
    education: YesNo = Field(False, title="Edukasi", description="Edukasi atau konseling diberikan (education given)")
    topics: list[Topic] = Field(
        [],
        max_length=6,
        title="Topik edukasi",
        description="Bila topiknya dicatat: gizi, penyakit, diet-garam, merokok, konseling (topics explained)",
        examples=[["gizi"]],
    )
    death: Death | None = None
    notes: Words | None = Field(None, title="Catatan", description="Catatan klinis (clinical notes)")

    @property
    def moment(self) -> datetime:
        """The time of the visit with its zone."""
        return zoned(self.at)

    @property
    def day(self) -> date:
        """The day of the visit in Jakarta."""
        return self.moment.astimezone(LOCAL).date()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        described = self.patient if isinstance(self.patient, VisitPatient) else None
        who = (described.birth_date, described.sex) if described else (None, None)
        if said := next(self.contradictions(*who), None):
            raise ValueError(" / ".join(said))
        return self

    def contradictions(self, born: date | None, sex: Sex | None) -> Iterator[tuple[str, str]]:
        """What cannot be, of somebody born on that day and of that sex (None: not known), in Indonesian and English."""
        day, pregnancy = self.day, self.pregnancy
        if born and born > day:
            yield "patient.birth_date sesudah kunjungan", "birth date is after the visit"
        for name, part in (("pregnancy", pregnancy), ("delivery", self.delivery), ("postnatal", self.postnatal)):
            if part is not None and sex == "L":
                yield f"{name} hanya untuk perempuan (sex P)", f"{name} is for women only"
        if pregnancy is not None and pregnancy.lmp and not day - timedelta(days=320) <= pregnancy.lmp <= day:
            yield "pregnancy.lmp harus dalam 320 hari sebelum kunjungan", "within 320 days before the visit"
        if any(d.onset and d.onset > day for d in self.diagnoses):
            yield "diagnoses.onset sesudah kunjungan", "an onset is after the visit"
        if any(d.given_on and not (born or d.given_on) <= d.given_on <= day for d in self.vaccines):
            yield "vaccines.date harus antara lahir dan kunjungan", "between birth and the visit"
        for name, moment in (
            ("delivery", self.delivery and zoned(self.delivery.at)),
            ("death", self.death and zoned(self.death.at)),
        ):
            on = moment.astimezone(LOCAL).date() if moment else None
            if on and not (born or on) <= on <= day:
                yield f"{name}.at harus antara lahir dan kunjungan", "between birth and the visit"
        for name, values in (
            ("diagnoses.icd10", [d.icd10 or (d.name or "").lower() for d in self.diagnoses]),
            ("vaccines.vaccine", [d.vaccine for d in self.vaccines]),
        ):
            if len(set(values)) < len(values):
                yield f"{name} ada yang sama", "has a duplicate"
        if sum(d.primary for d in self.diagnoses) > 1:
            yield "hanya satu diagnosis utama", "only one primary diagnosis"


def zoned(moment: datetime) -> datetime:
    """A time with its zone; without one it is Jakarta's."""
    return moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)
