"""What the consent and break-glass addresses take: a person's word, a reason to look, a verdict on it."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.kernel.ids import FacilityCode, Nik

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=200)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=1000)]
PatientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9\-.]{1,64}$")]
SensitiveClass = Literal["HIV", "PSY", "VIO", "SEX", "R"]
_PATIENT = "Id Patient atau nomor IHS (Patient id or IHS number)"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class _OfPatient(_Part):
    patient: PatientId | None = Field(None, title="Pasien", description=_PATIENT, examples=["P14100000001"])
    nik: Nik | None = Field(None, title="NIK", description="Pengganti patient (instead of patient)")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.patient is None) == (self.nik is None):
            raise ValueError("isi patient atau nik, salah satu / give patient or nik, one of both")
        return self


class NewConsent(_OfPatient):
    """Persetujuan atau penolakan seorang pasien (a patient's consent or refusal)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{
                "patient": "P14100000001", "decision": "permit", "class": "HIV", "facility": "R1410010401",
                "agent": "Rina Marlina", "document": "Formulir persetujuan no. 12/2026, bertanda tangan pasien",
            }]
        }
    )  # fmt: skip

    decision: Literal["permit", "deny"] = Field(
        title="Keputusan", description="permit = mengizinkan (opt-in), deny = menolak (opt-out)", examples=["permit"]
    )
    sensitive_class: SensitiveClass | None = Field(
        None,
        alias="class",
        title="Kelas peka",
        description="Kosong = seluruh catatan; HIV, PSY kesehatan jiwa, VIO kekerasan, SEX kesehatan reproduksi remaja,"
        " R berlabel rahasia (empty = the whole record)",
        examples=["HIV"],
    )
    facility: FacilityCode | None = Field(
        None, title="Faskes", description="Kosong = semua faskes (empty = all facilities)", examples=["R1410010401"]
    )
    valid_from: date | None = Field(None, title="Mulai", description="Kosong = hari ini (empty = today)")
    valid_until: date | None = Field(
        None, title="Sampai", description="Kosong = sampai dicabut (empty = until withdrawn)"
    )
    agent: Words = Field(title="Petugas", description="Petugas yang mencatat (officer)", examples=["Rina Marlina"])
    document: Words = Field(
        title="Dasar", description="Formulir atau surat dasarnya (the paper it stands on)",
        examples=["Formulir persetujuan no. 12/2026, bertanda tangan pasien"],
    )  # fmt: skip

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_until < self.valid_from:
            raise ValueError("valid_until harus pada atau setelah valid_from / must not be before valid_from")
        return self


class Withdrawal(_Part):
    """Pencabutan (withdrawal)."""

    agent: Words | None = Field(None, title="Petugas", description="Petugas (officer)", examples=["Rina Marlina"])


class NationalConsent(_Part):
    """Bentuk SATUSEHAT (SATUSEHAT's form)."""

    patient_id: PatientId = Field(title="Nomor IHS", description=_PATIENT, examples=["P14100000001"])
    action: Literal["OPTIN", "OPTOUT"] = Field(title="Pilihan", description="OPTIN atau OPTOUT", examples=["OPTIN"])
    agent: Words = Field(title="Petugas", description="Nama petugas (officer)", examples=["Rina Marlina"])


class NewBreakGlass(_OfPatient):
    """Alasan membuka catatan dalam keadaan darurat (why the record is opened in an emergency)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{
                "patient": "P14100000001", "reason": "emergency", "minutes": 60,
                "note": "Pasien tidak sadar di IGD, perlu riwayat obat dan alergi",
            }]
        }
    )  # fmt: skip

    reason: Literal["emergency", "unconscious", "public-health", "legal", "other"] = Field(
        title="Sebab",
        description="emergency gawat darurat, unconscious pasien tidak sadar, public-health wabah/KLB, legal perintah"
        " hukum, other lainnya (reason)",
        examples=["emergency"],
    )
    note: Reason = Field(
        title="Penjelasan",
        description="Apa yang terjadi; hanya dibaca penelaah (what happens; read by reviewers only)",
        examples=["Pasien tidak sadar di IGD, perlu riwayat obat dan alergi"],
    )
    minutes: int = Field(
        60, ge=1, le=10080, title="Lama", description="Menit; paling lama menurut kebijakan (at most the policy's)"
    )


class Verdict(_Part):
    """Putusan telaah (the verdict of a review)."""

    verdict: Literal["justified", "unjustified"] = Field(
        title="Putusan", description="justified = beralasan, unjustified = tidak", examples=["justified"]
    )
    note: Reason = Field(
        title="Catatan", description="Dasar putusan (why)", examples=["Sesuai catatan IGD pada jam tersebut"]
    )
