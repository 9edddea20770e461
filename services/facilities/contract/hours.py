"""When facilities are open."""

from datetime import date

from pydantic import BaseModel, Field

from services.kernel.ids import FacilityCode

OPENING_HOURS = "opening_hours"
SPECIAL_DAY = "special_day"
"""Event types."""
_HOURS = (
    "Jam buka, mis. 08:00-14:00 16:00-20:00; lewat tengah malam 20:00-06:00; 24 jam 00:00-24:00; kosong = tutup "
    "(opening times; may pass midnight; empty = closed)"
)


class OpeningHours(BaseModel):
    """Jam buka satu hari pekan, sejak suatu hari sampai diganti (a weekday's hours, from a day until others follow)."""

    facility: FacilityCode = Field(examples=["P1410010101"])
    weekday: int = Field(description="1 = Senin … 7 = Minggu (1 = Monday)", examples=[1])
    valid_from: date = Field(description="Berlaku sejak (from)", examples=["2024-01-01"])
    hours: str = Field(description=_HOURS, examples=["08:00-14:00"])
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")


class SpecialDay(BaseModel):
    """Jam buka pada satu tanggal, menggantikan hari pekannya (a date's hours, instead of its weekday's)."""

    facility: FacilityCode = Field(examples=["P1410010101"])
    day: date = Field(description="Tanggal (date)", examples=["2026-12-25"])
    hours: str = Field(description=_HOURS, examples=[""])
    reason: str | None = Field(None, description="Sebab (reason)", examples=["Hari Natal"])
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")
