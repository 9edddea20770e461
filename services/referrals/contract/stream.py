"""What the stream of the boxes says: that a referral moved, never what it is about."""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, Field

from services.referrals.contract.words import Alarm, Outcome, Side, State, Urgency, Verb


class Told(StrEnum):
    """Jenis kejadian aliran: rujukan berubah; muat ulang kotak; aliran berakhir (events of the stream)."""

    REFERRAL = "referral"
    RESET = "reset"
    END = "end"


Box = Literal["inbox", "outbox", "district"]


class BoxChanged(BaseModel):
    """Satu langkah pada satu rujukan di kotak pembaca; tanpa orang dan tanpa isi (one step, no person, no content)."""

    id: str
    number: str
    version: int
    leg: int
    box: Box
    state: State
    verb: Verb | Alarm | Literal["draft"]
    urgency: Urgency
    owner: Side
    due_at: datetime | None
    outcome: Outcome | None
    from_facility: str
    to_facility: str | None = Field(description="null bila bagian pembaca sudah selesai (null once `over`)")
    over: bool = Field(
        description="Bagian pembaca pada rujukan ini selesai: ia menolak, mengalihkan, atau yang lain ditanya "
        "(the reader is not asked any more)"
    )
