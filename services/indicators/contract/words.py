"""Words that several models share."""

from enum import StrEnum

from pydantic import BaseModel, Field


class By(StrEnum):
    """Menurut apa angka dirinci (what numbers are broken down by)."""

    VILLAGE = "village"
    PUSKESMAS = "puskesmas"
    KECAMATAN = "kecamatan"
    SEX = "sex"
    AGE = "age"
    PAYER = "payer"
    FACILITY = "facility"
    KIND = "kind"
    OWNERSHIP = "ownership"


class Sex(StrEnum):
    """Jenis kelamin (sex)."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class Payer(StrEnum):
    """Status JKN pada hari itu (JKN status on the day)."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    UNKNOWN = "unknown"


class Ownership(StrEnum):
    """Milik siapa faskesnya (whose facility it is)."""

    PUBLIC = "public"
    PRIVATE = "private"


CONTRIBUTION = frozenset({By.FACILITY, By.KIND, By.OWNERSHIP})
"""Who did the work; the others say who lives where."""


class UnitState(StrEnum):
    """Keadaan satuan hitung (how a counted unit stands)."""

    SERVED = "served"
    MISSING = "missing"
    ELIGIBLE = "eligible"


class Words(BaseModel):
    """Teks dalam dua bahasa (a text in both languages)."""

    id: str = Field(examples=["Pelayanan kesehatan ibu hamil"])
    en: str = Field(examples=["Care in pregnancy"])
