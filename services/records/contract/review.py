"""Wire models of the review queue: two persons who may be one, the evidence, and what was decided."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

State = Literal["open", "later", "same", "different", "withdrawn"]
Reason = Literal["probable", "reported", "nik-birth-date", "number-of-another", "numbers-of-two"]
Grade = Literal["certain", "probable", "possible", "certainly-not"]


class Evidence(BaseModel):
    """What one field says: agree, close or disagree, how so, and how many bits (log2 of the odds) that is worth."""

    field: str = Field(examples=["birth-date"])
    outcome: Literal["agree", "close", "disagree"]
    how: str = Field(examples=["swapped"])
    weight: float


class Pair(BaseModel):
    """One entry of the queue."""

    id: int
    person: str
    other: str
    patients: tuple[str, str]
    reason: Reason
    state: State
    score: float | None
    grade: Grade | None
    at: datetime


class Pairs(BaseModel):
    """A page of the queue, newest first."""

    items: list[Pair]
    next: int | None


class Review(Pair):
    """One entry with both Patients side by side, and the evidence as it is now."""

    resources: tuple[dict[str, Any], dict[str, Any]]
    evidence: list[Evidence]
    decided_at: datetime | None = None
    decided_by: str | None = None
    decided_facility: str | None = None
    decision_reason: str | None = None


class Decision(BaseModel):
    """What a human decided."""

    decision: Literal["same", "different", "later"] = Field(
        description="same: satu orang, digabung; different: dua orang; later: belum dapat diputuskan",
        examples=["later"],
    )
    reason: str = Field(
        min_length=3, max_length=500, description="Alasan, tanpa nama atau nomor (why)", examples=["Menunggu KK asli"]
    )
    survivor: str | None = Field(
        default=None,
        description="Untuk same: person yang tetap; tanpa ini yang ber-NIK, lalu yang lebih dulu (who stays)",
    )


class Report(BaseModel):
    """Two records that somebody believes to be of one person."""

    person: str = Field(description="Id orang (person_id)", examples=["14100000-0001-8000-a000-000000000000"])
    other: str = Field(description="Id orang yang lain (the other)", examples=["14100000-0002-8000-a000-000000000000"])
