"""What diagnoses mean for where to go: which services they need, and which are the first level's own to treat."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, Field

NON_SPECIALIST_DIAGNOSIS = "non_specialist_diagnosis"
DIAGNOSIS_SERVICE = "diagnosis_service"
"""Event types."""


class When(StrEnum):
    """For which urgency of a referral a row holds. Closed list; the words are those of referrals."""

    ANY = "any"
    ROUTINE = "routine"
    URGENT = "urgent"
    EMERGENCY = "emergency"


_CODE = "Kategori, kode, atau kelompok ICD-10 (category, code or block)"


class NonSpecialistDiagnosis(BaseModel):
    """Diagnosis dalam kompetensi FKTP pada suatu masa (`nonSpesialis` di PCare): a first-level diagnosis, and when."""

    code: str = Field(description=_CODE, examples=["I10"])
    name: str = Field(examples=["Hipertensi esensial"])
    source: str = Field(description="Dasar (source)", examples=["SKDI 2012, tingkat 4A"])
    verified: bool = Field(
        description="Sudah diperiksa dinas; daftar bawaan belum (checked by the office; the list we ship is not)"
    )
    valid_from: date = Field(description="Mulai (first day)", examples=["2014-01-01"])
    valid_until: date | None = Field(None, description="Hari terakhir; null = masih (last day; null = open)")
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")


class DiagnosisService(BaseModel):
    """Layanan yang diperlukan sebuah diagnosis; semua baris yang cocok berlaku (a service a diagnosis needs)."""

    code: str = Field(description=_CODE, examples=["O10-O16"])
    urgency: When = Field(description="Untuk kegawatan ini; any = semua (for this urgency)", examples=["any"])
    service: str = Field(description="Kode jenis layanan (service; /v1/service-types)", examples=["kia"])
    source: str | None = Field(None, description="Dasar (source)")
    verified: bool = Field(description="Sudah diperiksa dinas (checked by the office)")
    valid_from: date = Field(description="Mulai (first day)", examples=["2014-01-01"])
    valid_until: date | None = Field(None, description="Hari terakhir; null = masih (last day; null = open)")
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")


class Need(BaseModel):
    """Layanan yang diperlukan, dan karena baris mana (a needed service, and by which row)."""

    service: str = Field(examples=["kia"])
    name: str = Field(examples=["Kesehatan ibu dan anak"])
    because: str = Field(description="Baris daftar yang mengatakannya (the row that says so)", examples=["O00-O99"])
    urgency: When = Field(examples=["any"])
    verified: bool


class DiagnosisShown(BaseModel):
    """Sebuah diagnosis pada suatu hari: kompetensi FKTP? perlu layanan apa? (a diagnosis on a day)."""

    code: str = Field(examples=["O13"])
    on: date
    non_specialist: NonSpecialistDiagnosis | None = Field(
        description="Baris yang menjadikannya kompetensi FKTP; null = bukan (the row that makes it first-level)"
    )
    needs: list[Need]
