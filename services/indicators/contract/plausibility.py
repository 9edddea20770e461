"""What to mend: implausible records by the facility that sent them, clocks, children to measure again."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, Field

from services.indicators.contract.words import Words


class Reason(StrEnum):
    """Mengapa tidak wajar (why it is implausible)."""

    ABSURD = "absurd"
    UNKNOWN_UNIT = "unknown-unit"
    NOT_A_NUMBER = "not-a-number"
    FUTURE = "future"
    CLOCK = "clock"
    BEFORE_BIRTH = "before-birth"


class ClockShown(BaseModel):
    """Jam sistem pengirim (the sender's clock)."""

    state: str = Field(
        description="ahead: lebih cepat, behind: lebih lambat, in-order: wajar, too-few: belum cukup catatan",
        examples=["ahead"],
    )
    records: int = Field(
        description="Catatan berjam yang masuk dalam dua hari (timed records that came within two days)", examples=[40]
    )
    off: int = Field(description="Di antaranya yang meleset sejauh itu (of these, just so far off)", examples=[38])
    hours: int = Field(description="Meleset berapa jam bila salah (hours off when wrong)", examples=[7])


class PlausibilityRow(BaseModel):
    """Yang perlu diperbaiki satu faskes (what one facility has to mend)."""

    facility: str = Field(examples=["K1410010201"])
    name: str | None = Field(None, examples=["Klinik Pratama Medika"])
    entries: dict[Reason, int] = Field(
        description="Banyaknya catatan tidak wajar menurut sebabnya (entries by reason)",
        examples=[{"absurd": 2, "future": 1}],
    )
    clock: ClockShown


class Plausibility(BaseModel):
    """Laporan kewajaran data (plausibility report)."""

    as_of: date
    total: dict[Reason, int]
    items: list[PlausibilityRow]
    reasons: dict[Reason, Words] = Field(description="Arti tiap sebab (what each reason means)")


class PlausibilityEntry(BaseModel):
    """Satu catatan yang tidak wajar (one implausible record)."""

    facility: str = Field(examples=["K1410010201"])
    person_id: str
    type: str = Field(examples=["Observation"])
    id: str
    concept: str | None = Field(examples=["weight"])
    reason: Reason
    detail: str | None = Field(description="Nilai atau satuannya (the value or unit)", examples=["900 kg"])
    on: date | None


class PlausibilityPage(BaseModel):
    """Satu halaman catatan yang tidak wajar (a page of implausible records)."""

    items: list[PlausibilityEntry]
    next: str | None = None


class Remeasure(BaseModel):
    """Satu anak yang perlu ditimbang dan diukur ulang (one child to be measured again)."""

    person_id: str
    village: str | None = Field(examples=["1410011001"])
    sex: str
    on: date = Field(description="Hari pengukurannya (day of the measurement)")
    age_days: int = Field(examples=[412])
    weight_kg: float = Field(examples=[95])
    length_cm: float = Field(description="Seperti dicatat (as recorded)", examples=[76.5])
    lying: bool = Field(description="Diukur telentang (measured lying)")
    z: dict[str, float | None] = Field(
        description="BB/U, TB/U, BB/TB; null di luar tabel (z-scores; null outside the tables)",
        examples=[{"weight_for_age": 12.4, "height_for_age": -0.2, "weight_for_height": None}],
    )
    why: list[str] = Field(examples=[["weight_for_age:implausible", "weight_for_height:outside-tables"]])
    weighed_at: str = Field(description="Faskes yang menimbang (facility that weighed)", examples=["P1410010101"])
    measured_at: str = Field(description="Faskes yang mengukur (facility that measured)", examples=["P1410010101"])


class RemeasurePage(BaseModel):
    """Satu halaman daftar ukur ulang (a page of the list to measure again)."""

    as_of: date
    items: list[Remeasure]
    next: str | None = None
