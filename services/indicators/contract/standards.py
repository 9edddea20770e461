"""Care standards as others see them."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from services.indicators.contract.words import Words


class ItemShown(BaseModel):
    """Satu butir layanan (one item of a standard)."""

    name: str = Field(examples=["contact_t2"])
    label: Words
    active: bool = Field(True, description="Diminta atau tidak (asked for or not)")
    concepts: list[str] = Field(
        description="Konsep yang dapat memenuhinya (concepts that meet it)", examples=[["anc_contact"]]
    )
    rule: dict[str, Any] = Field(
        description="Syaratnya, seperti dalam berkas standar (its conditions, as in the standard's file)",
        examples=[{"days": 2, "from_day": 91, "until_day": 174, "without": "delivery"}],
    )


class StandardShown(BaseModel):
    """Satu standar layanan (one care standard)."""

    standard: str = Field(examples=["spm-08.permenkes-6-2024"])
    id: str = Field(examples=["spm-08"])
    set: str = Field(examples=["permenkes-6-2024"])
    active: bool = Field(description="Dihitung (computed)")
    beside: str | None = None
    better: str = Field("more", description="less: angka ini banyaknya masalah (counts a problem)", examples=["more"])
    title: Words
    formula: Words
    notes: list[Words]
    regulation: str
    valid_from: date
    valid_until: date | None
    first_month: int = Field(
        1, description="Bulan pertama tahunnya; 7: tahun ajaran (first month of its year; 7: school year)", examples=[1]
    )
    population: dict[str, Any] = Field(
        examples=[{"unit": "person", "open_condition": "hypertension", "from_age_years": 15}]
    )
    items: list[ItemShown]


class StandardVersion(BaseModel):
    """Satu versi sebuah standar (one version of a standard)."""

    version: int = Field(description="0: bawaan program ini (as shipped)", examples=[3])
    withdrawn: bool = Field(description="Dicabut, tidak dihitung lagi (withdrawn)")
    shown: bool = Field(description="Yang kini dihitung dan ditampilkan (the one that is counted and shown)")
    loaded_at: datetime | None = None
    loaded_by: str | None = Field(None, description="Akun yang memuatnya (account)", examples=["dinkes-01"])
