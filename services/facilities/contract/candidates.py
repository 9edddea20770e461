"""What referrals asks of the network when it looks for where to: facts of a day, and the dated rules of ranking."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field

from services.facilities.contract.diagnoses import Need, When
from services.kernel.ids import FacilityCode

CANDIDATE_RULE = "candidate_rule"
"""Event type."""


class RankingRule(StrEnum):
    """Numbers candidates are ranked by: weights of the criteria, then what their shares are measured with."""

    COMPETENCE = "competence"
    SERVICES = "services"
    OPEN = "open"
    DISTANCE = "distance"
    CAPACITY = "capacity"
    JKN = "jkn"
    AGREEMENT = "agreement"
    ANSWERS = "answers"
    ACCEPTANCE = "acceptance"
    HALF_DISTANCE = "half-distance-km"
    STALE = "stale-minutes"
    HALF_ANSWER = "half-answer-minutes"
    UNKNOWN = "unknown-percent"
    HISTORY = "history-days"


class CandidateRule(BaseModel):
    """Angka bertanggal untuk memeringkat tujuan rujukan (a dated number candidates are ranked by)."""

    rule: RankingRule = Field(examples=["distance"])
    urgency: When = Field(description="any = semua; yang khusus mendahului (a special one goes before any)")
    value: int = Field(examples=[15])
    note: str | None = None
    valid_from: date = Field(examples=["2026-01-01"])
    valid_until: date | None = None
    version: int = 1


class CandidatesAsked(BaseModel):
    """What is asked: for which diagnosis, how urgent, which services, when, from where, of which facilities."""

    diagnosis: str
    urgency: When
    at: datetime
    services: list[str] = Field(default_factory=list)
    sender: FacilityCode | None = None
    latitude: float | None = None
    longitude: float | None = None
    only: list[FacilityCode] | None = None
    area: str | None = None
    kinds: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Free beds of a class or free places of a service, and when that was told."""

    what: str
    free: int
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class Bond:
    """An agreement in force: its id, last day, whether the sender is a party too, whether it opens the record."""

    id: str
    until: date | None
    with_sender: bool
    opens_record: bool


@dataclass(frozen=True, slots=True)
class CandidateFacts:
    """A facility on the day asked for. None: the network does not know. `offered`: those of the needed services that it
    offers; `listed`: it has any service listed. `open`: at the time asked for."""

    code: str
    name: str
    kind: str
    ownership: str
    status: str
    hospital_class: str | None
    distance_km: float | None
    offered: tuple[str, ...]
    listed: bool
    open: bool | None
    competence: str | None
    competence_code: str | None
    jkn: str | None
    agreement: Bond | None
    beds: tuple[Report, ...]
    slots: tuple[Report, ...]

    @classmethod
    def of(cls, row: dict[str, Any]) -> "CandidateFacts":
        """From the wire."""
        bond = row["agreement"]
        until = bond and bond["until"]
        return cls(
            **{
                **row,
                "offered": tuple(row["offered"]),
                "agreement": bond and Bond(**{**bond, "until": until and date.fromisoformat(until)}),
                "beds": tuple(map(_report, row["beds"])),
                "slots": tuple(map(_report, row["slots"])),
            }
        )


def _report(row: dict[str, Any]) -> Report:
    return Report(row["what"], row["free"], datetime.fromisoformat(row["reported_at"]))


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the referral starts: the sender as the network knows it, and the point distances are measured from."""

    kind: str | None
    hospital_class: str | None
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class CandidatesFound:
    """The answer: what is needed, the rules of the day, where from, and the facilities. `strange`: asked services that
    are not of the list."""

    on: date
    needs: tuple[Need, ...]
    strange: tuple[str, ...]
    rules: dict[str, int]
    origin: Origin
    facilities: tuple[CandidateFacts, ...]

    @classmethod
    def of(cls, body: dict[str, Any]) -> "CandidatesFound":
        """From the wire."""
        return cls(
            date.fromisoformat(body["on"]), tuple(Need.model_validate(n) for n in body["needs"]),
            tuple(body["strange"]), body["rules"], Origin(**body["origin"]),
            tuple(map(CandidateFacts.of, body["facilities"])),
        )  # fmt: skip
