"""The figures of referrals."""

from datetime import date

from pydantic import BaseModel, Field

from services.referrals.contract.words import State


class Loop(BaseModel):
    """Seberapa tertutup lingkarannya (how well the loop closes)."""

    sent: int
    answered: int
    response_median_minutes: float | None
    closed: int
    closed_share: float | None = Field(description="closed / (sent - cancelled); null bila tidak ada (null when none)")


class FacilityLoop(Loop):
    """Angka satu faskes (one facility's figures)."""

    facility: str
    name: str | None


class Figures(BaseModel):
    """Angka rujukan yang dikirim dalam suatu masa (figures of the referrals sent in a period)."""

    since: date
    until: date
    by_state: dict[State, int]
    all: Loop
    by_sender: list[FacilityLoop]
    by_receiver: list[FacilityLoop]
