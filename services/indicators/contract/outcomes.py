"""What came of a call or a visit to the home."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.kernel.ids import FacilityCode

OUTCOME = "outcome"
"""Event type; `data`: kind, way, on, facility, state, rest_until. No words."""


class OutcomeKind(StrEnum):
    """What came of a call or a visit. Closed list."""

    REACHED = "reached"
    MOVED = "moved"
    REFUSED = "refused"
    DIED = "died"
    SERVED_ELSEWHERE = "served-elsewhere"


class Way(StrEnum):
    """How somebody was sought."""

    CALL = "call"
    HOME_VISIT = "home-visit"


class OutcomeState(StrEnum):
    """What an outcome does now: keeps off the list, or is over; or claims what the record does not say."""

    RESTING = "resting"
    OVER = "over"
    CLAIMED = "claimed"
    CORRECTED = "corrected"
    REJECTED = "rejected"


class NewOutcome(BaseModel):
    """Hasil telepon atau kunjungan rumah (outcome of a call or a visit to the home)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"kind": "moved", "way": "home-visit", "by": "Kader Posyandu Melati", "note": "Ikut suami"}]
        },
    )

    kind: OutcomeKind = Field(
        description="reached: bertemu, istirahat dari daftar; moved, died: diminta dibetulkan di rekam; refused: "
        "menolak; served-elsewhere: sudah dilayani di tempat lain, diminta buktinya (what came of it)"
    )
    way: Way = Field(description="call: telepon, home-visit: kunjungan rumah (how)")
    on: date | None = Field(None, description="Tanggalnya; kosong = hari ini (day; default today)")
    by: Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)] | None = Field(
        None, description="Siapa yang mendatangi, misalnya nama kader (who went)"
    )
    come_on: date | None = Field(
        None, description="Janji datang: istirahat dari daftar sampai hari itu (appointment; rests until then)"
    )
    served_at: FacilityCode | None = Field(None, description="Dilayani di faskes mana (where served)")
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] | None = Field(
        None, description="Catatan; tersimpan di sini saja (note, kept here only)"
    )


class OutcomeShown(BaseModel):
    """Hasil terakhir, seperti tampil di daftar (the last outcome, as the list shows it)."""

    id: str
    kind: OutcomeKind
    way: Way
    on: date
    facility: str | None = Field(description="Faskes yang mencatat (who recorded it)")
    state: OutcomeState
    rest_until: date | None = Field(description="Kembali ke daftar setelah hari ini (back on the list after)")


class Outcome(OutcomeShown):
    """Satu hasil, lengkap (an outcome with its words)."""

    person_id: str
    by: str | None
    served_at: str | None
    note: str | None
    recorded_at: datetime
