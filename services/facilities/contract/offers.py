"""What facilities offer: services of a list the office keeps, and competences by diagnosis or procedure."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, Field

from services.kernel.ids import FacilityCode

SERVICE_TYPE = "service_type"
OFFERED_SERVICE = "offered_service"
COMPETENCE = "competence"
"""Event types."""


class ServiceType(BaseModel):
    """Jenis layanan; daftarnya milik dinas (a kind of service; the office keeps the list)."""

    code: str = Field(examples=["kia"])
    name: str = Field(examples=["Kesehatan ibu dan anak"])
    always_open: bool = Field(description="Buka 24 jam di mana pun ditawarkan (open day and night)")
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")


class OfferedService(BaseModel):
    """Layanan yang ditawarkan satu faskes pada suatu masa (a service a facility offers, and when)."""

    facility: FacilityCode = Field(examples=["P1410010101"])
    service: str = Field(description="Kode jenis layanan (service)", examples=["kia"])
    valid_from: date = Field(description="Mulai (first day)", examples=["2020-01-01"])
    valid_until: date | None = Field(None, description="Hari terakhir; null = masih (last day; null = open)")
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")


class CodeSystem(StrEnum):
    """Whose code a competence is by."""

    ICD10 = "icd10"
    ICD9CM = "icd9cm"


class CompetenceLevel(StrEnum):
    """How far a facility can treat it, from the least; a referral looks for enough, then for more. Closed list."""

    BASIC = "dasar"
    INTERMEDIATE = "madya"
    MAIN = "utama"
    COMPREHENSIVE = "paripurna"


class Competence(BaseModel):
    """Kemampuan faskes menurut kelompok diagnosis atau tindakan (competence by diagnoses or procedure)."""

    facility: FacilityCode = Field(examples=["R1410010401"])
    system: CodeSystem = Field(description="ICD-10 atau ICD-9-CM (code system)", examples=["icd10"])
    code: str = Field(description="Kategori atau kelompok (category or block)", examples=["I20-I25"])
    level: CompetenceLevel = Field(examples=["madya"])
    valid_from: date = Field(description="Mulai (first day)", examples=["2024-01-01"])
    valid_until: date | None = Field(None, description="Hari terakhir; null = masih (last day; null = open)")
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")
