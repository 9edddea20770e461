"""What a referral says: the reason and all that goes with it, and what comes with a step."""

import re
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.kernel.ids import FacilityCode, Nik
from services.referrals.contract.words import Kind, Outcome, Urgency

Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=4000)]
_ICD10 = r"^[A-Z]\d{2}(\.[0-9A-Z]{1,2})?$"


def _icd10(value: str) -> str:
    if not re.fullmatch(_ICD10, value):
        raise ValueError("harus kode ICD-10, misalnya O13 atau O14.1 / must be an ICD-10 code such as O13 or O14.1")
    return value


Icd10 = Annotated[
    str,
    AfterValidator(_icd10),
    Field(description="Diagnosis ICD-10", examples=["O13", "O14.1"], json_schema_extra={"pattern": _ICD10}),
]


def _with_offset(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("sertakan zona waktu, misalnya +07:00 / give the offset, for example +07:00")
    if not 1900 <= value.year <= 2200:
        raise ValueError("tahun harus dari 1900 sampai 2200 / the year must be from 1900 to 2200")
    return value


Moment = Annotated[datetime, AfterValidator(_with_offset), Field(examples=["2026-11-21T08:30:00+07:00"])]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Candidates = Annotated[list[FacilityCode], Field(max_length=10)]
FhirId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9\-.]{1,64}$")]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Patient(_Asked):
    """Pasien menurut nomor identitasnya (the patient by number)."""

    system: Literal["nik"] = "nik"
    nik: Nik


class Criterion(_Asked):
    """Satu kriteria rujukan: terapi, tindakan medis (ICD-9-CM) atau upaya diagnosis (why not here)."""

    kind: Literal["therapy", "procedure", "workup"]
    code: Annotated[str, StringConstraints(pattern=r"^\d{2}(\.\d{1,2})?$")] | None = Field(
        None, description="ICD-9-CM; wajib untuk `procedure` (required for procedure)", examples=["88.78"]
    )

    @model_validator(mode="after")
    def _procedure_has_code(self) -> "Criterion":
        if (self.kind == "procedure") != (self.code is not None):
            raise ValueError("isi code tepat bila kind = procedure / give code exactly when kind = procedure")
        return self


class Sbar(_Asked):
    """Situasi, latar belakang, penilaian, rekomendasi (SBAR handover)."""

    situation: Prose
    background: Prose | None = None
    assessment: Prose | None = None
    recommendation: Prose | None = None


TACC_DAYS = ("< 3 Hari", ">= 3 - 7 Hari", ">= 7 Hari")
TACC_AGES = (
    "< 1 Bulan", ">= 1 Bulan s/d < 12 Bulan", ">= 1 Tahun s/d < 5 Tahun", ">= 5 Tahun s/d < 12 Tahun",
    ">= 12 Tahun s/d < 55 Tahun", ">= 55 Tahun",
)  # fmt: skip
_TACC_COMPLICATION = re.compile(r"[A-Z]\d{2}(\.[0-9A-Z]{1,2})? - .+")


class Tacc(_Asked):
    """Alasan TACC menurut PCare: 1 Time, 2 Age, 3 Complication, 4 Comorbidity, dengan teks alasannya."""

    code: Literal[1, 2, 3, 4]
    reason: Annotated[str, StringConstraints(max_length=200)] = Field(examples=[">= 7 Hari", "O14.1 - Preeklampsia"])

    @model_validator(mode="after")
    def _known_reason(self) -> "Tacc":
        known = {1: TACC_DAYS, 2: TACC_AGES, 4: TACC_DAYS}.get(self.code)
        if known is not None and self.reason not in known:
            listed = "; ".join(known)
            raise ValueError(f"reason harus salah satu dari: {listed} / reason must be one of: {listed}")
        if known is None and not _TACC_COMPLICATION.fullmatch(self.reason):
            raise ValueError("reason harus 'ICD-10 - nama' / reason must be 'ICD-10 - name'")
        return self


class Vitals(_Asked):
    """Tanda vital saat dirujuk (vital signs at referral). mmHg, per minute, °C, %, kg, cm."""

    systolic: Annotated[int, Field(ge=30, le=300)] | None = None
    diastolic: Annotated[int, Field(ge=10, le=200)] | None = None
    pulse: Annotated[int, Field(ge=0, le=300)] | None = None
    respiration: Annotated[int, Field(ge=0, le=120)] | None = None
    temperature: Annotated[float, Field(ge=25, le=45)] | None = None
    oxygen_saturation: Annotated[int, Field(ge=0, le=100)] | None = None
    weight: Annotated[float, Field(gt=0, le=400)] | None = None
    height: Annotated[float, Field(gt=0, le=250)] | None = None
    consciousness: (
        Annotated[Literal["compos-mentis", "somnolence", "sopor", "coma"], Field(description="Kesadaran")] | None
    ) = None
    pain: Annotated[int, Field(ge=0, le=10, description="Skala nyeri 0-10 (pain)")] | None = None
    measured_at: Moment | None = None


class Transport(_Asked):
    """Cara berangkat, pendamping dan perkiraan tiba (transport, companion, expected arrival)."""

    mode: Literal["own", "public", "ambulance", "boat", "other"] = Field(description="Kendaraan (mode)")
    companion: Short | None = Field(None, description="Pendamping: peran, bukan nama (companion: role, not a name)")
    eta: Moment | None = Field(None, description="Perkiraan tiba (expected arrival)")


class Content(_Asked):
    """Isi rujukan yang hanya disimpan di sini (what is asked, and why; never leaves this service)."""

    reason: Prose = Field(
        description="Alasan merujuk (why)",
        examples=["Tekanan darah 150/95 pada kehamilan 32 minggu, perlu pemeriksaan lanjutan"],
    )
    criterion: Criterion | None = None
    sbar: Sbar | None = None
    tacc: Tacc | None = None
    limit: Prose | None = Field(
        None,
        description="Keterbatasan faskes yang membuat diagnosis ini dirujuk (the facility limit behind the referral)",
        examples=["Reagen protein urin habis"],
    )
    vitals: Vitals | None = None
    findings: Prose | None = Field(None, description="Hasil pemeriksaan, laboratorium, radiologi (findings)")
    therapy: Prose | None = Field(None, description="Terapi dan tindakan yang sudah diberikan (therapy given)")
    transport: Transport | None = None
    service: Code | None = Field(None, description="Layanan atau unit yang diminta (service asked)", examples=["usg"])
    needed_at: Moment | None = Field(None, description="Kapan dibutuhkan, bila bukan sekarang (when it is needed)")
    practitioner: FhirId | None = Field(None, description="Id Practitioner yang merujuk (who refers)")
    consent: bool | None = Field(
        None, description="Pasien atau keluarga setuju dirujuk; gawat darurat boleh kosong (consent to be referred)"
    )


class Draft(Content):
    """Yang dapat diubah selama rujukan masih draf: semuanya kecuali pasiennya (all but the patient)."""

    to_facility: FacilityCode | None = Field(
        None, description="Faskes tujuan; boleh kosong hanya pada draf (receiver)", examples=["P1410010101"]
    )
    then: Candidates = Field(
        default_factory=list,
        description="Ditanya berikutnya, berurutan, bila tujuan menolak atau tidak menjawab (asked next, in order)",
    )
    at_once: Candidates = Field(
        default_factory=list,
        description="Ditanya serentak dengan to_facility; yang pertama menerima mendapat rujukannya "
        "(asked at the same time; the first to accept has it)",
    )
    beside: Prose | None = Field(
        None,
        description="Alasan rujukan kedua sementara yang pertama masih terbuka (why a second one beside an open one)",
    )
    payer: Literal["jkn", "self", "other"] | None = Field(None, description="Penjamin (payer)")
    urgency: Urgency = Urgency.ROUTINE
    kind: Kind
    diagnosis: Icd10
    encounter: FhirId | None = Field(None, description="Id Encounter FHIR kunjungan ini (the visit's FHIR id)")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        named = [self.to_facility, *self.at_once, *self.then]
        if len(set(named)) < len(named):
            raise ValueError(
                "to_facility, at_once dan then tidak boleh mengulang faskes"
                " / to_facility, at_once and then must not repeat a facility"
            )
        if self.at_once and self.to_facility is None:
            raise ValueError("isi to_facility bila ada at_once / give to_facility when there is at_once")
        return self

    @model_validator(mode="after")
    def _agreed(self) -> Self:
        """Permenkes 16/2024: the patient or the family agrees to be referred; an emergency waits for no word."""
        if self.consent is False and self.urgency is not Urgency.EMERGENCY:
            raise ValueError(
                "pasien menolak dirujuk: catat penolakannya pada kunjungan, jangan dikirim / the patient refuses to be"
                " referred: record that with the visit, do not send"
            )
        return self


class NewReferral(Draft):
    """Rujukan baru; pasien disebut dengan person_id atau patient, tepat satu (a new referral)."""

    person_id: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = None
    patient: Patient | None = None
    draft: bool = Field(False, description="Simpan dahulu, kirim kemudian dengan langkah send (keep as a draft)")
    at: Moment | None = Field(
        None,
        description="Kapan pasien dirujuk, bila dikirim belakangan (when, if sent later, for example after an outage)",
    )

    @model_validator(mode="after")
    def _one_patient(self) -> Self:
        if (self.person_id is None) == (self.patient is None):
            raise ValueError("isi tepat satu dari person_id, patient / give exactly one of person_id, patient")
        return self

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.to_facility is None and not self.draft:
            raise ValueError("isi to_facility, atau draft = true / give to_facility, or draft = true")
        return self


class StepTaken(_Asked):
    """Keterangan sebuah langkah; yang wajib bergantung pada langkahnya (what comes with a step)."""

    reason: Prose | None = Field(
        None,
        description="Wajib untuk decline, redirect, raise dan cancel (required to decline, redirect, raise, cancel)",
    )
    note: Prose | None = None
    to_facility: FacilityCode | None = Field(
        None, description="send: faskes tujuan; redirect: faskes yang disarankan (where to; the facility suggested)"
    )
    at_once: Candidates | None = Field(
        None, description="send: ditanya serentak dengan to_facility (asked at the same time)"
    )
    then: Candidates | None = Field(None, description="send: ditanya berikutnya, berurutan (asked next, in order)")
    urgency: Urgency | None = Field(None, description="Wajib untuk raise (required to raise)")
    outcome: Outcome | None = Field(None, description="Wajib untuk close (required to close)")
    advice: Prose | None = Field(None, description="Wajib untuk refer-back (required to refer back)")
    due: date | None = Field(None, description="Tanggal kontrol; wajib untuk refer-back (follow-up date)")
    home: FacilityCode | None = Field(
        None, description="refer-back: yang menindaklanjuti, bila bukan pengirim (who follows up, if not the sender)"
    )
    at: Moment | None = Field(None, description="Kapan terjadi, bila bukan sekarang (when it happened)")
