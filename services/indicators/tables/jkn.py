"""What JKN, the network and the referrals said, kept as it was said: what was known at any moment can be asked again.

Nothing here is changed: rows are added, and go only when the one they speak of is erased where they came from.
"""

import uuid
from datetime import date, datetime

from sqlalchemy import BigInteger, Column, DateTime, Index, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.indicators.tables.base import Base, person_key, texts


def _taken() -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=False)


def _position() -> Column[int]:
    return Column(BigInteger, primary_key=True, autoincrement=False)


class MemberSaid(Base, table=True):
    """One statement of a person's membership, of the person as it was said (`merge_said` tells who that is now)."""

    __tablename__ = "member_said"
    __table_args__ = (Index("member_said_facility", "facility", postgresql_where=text("facility IS NOT NULL")),)
    person_id: uuid.UUID = Field(sa_column=person_key())
    position: int = Field(sa_column=_position())
    taken_at: datetime = Field(sa_column=_taken())
    checked_on: date
    status: str
    payer: str | None = None
    facility: str | None = None
    prolanis: list[str] = Field(sa_column=texts())
    source: str | None = None


class CapitationSaid(Base, table=True):
    """A monthly list as it was accepted. `place`: our facility code, else the BPJS code."""

    __tablename__ = "capitation_said"
    place: str = Field(primary_key=True)
    month: date = Field(primary_key=True)
    position: int = Field(sa_column=_position())
    taken_at: datetime = Field(sa_column=_taken())
    facility: str | None = None
    bpjs_code: str
    members: int
    active: int | None = None
    by_segment: dict[str, int] = Field(sa_column=Column(JSONB, nullable=False))
    dm: int | None = None
    ht: int | None = None
    paid_members: int | None = None
    norm: int | None = None
    amount: int | None = Field(default=None, sa_type=BigInteger)
    version: int


class ReferralSaid(Base, table=True):
    """A referral after a step: its direction, whether the diagnosis is the first level's own, and with TACC."""

    __tablename__ = "referral_said"
    __table_args__ = (Index("referral_said_sender", "facility", "opened_on"),)
    referral_id: uuid.UUID = Field(sa_column=Column(Uuid, primary_key=True))
    position: int = Field(sa_column=_position())
    taken_at: datetime = Field(sa_column=_taken())
    person_id: uuid.UUID
    facility: str
    opened_on: date
    kind: str
    sent: bool
    outcome: str | None = None
    non_specialist: bool | None = None
    tacc: bool


class MergeSaid(Base, table=True):
    """Who became whom (`joined`), or two again, and when the record said so."""

    __tablename__ = "merge_said"
    __table_args__ = (Index("merge_said_other", "other", "position"),)
    position: int = Field(sa_column=_position())
    taken_at: datetime = Field(sa_column=_taken())
    other: uuid.UUID
    survivor: uuid.UUID
    joined: bool


class NetworkSpan(Base, table=True):
    """Of the network, by days: what hangs on what (link), who works with JKN (jkn_contract), who works where
    (practitioner). `value`: the parent, the kind of contract, the profession."""

    __tablename__ = "network_span"
    __table_args__ = (Index("network_span_facility", "type", "facility"),)
    type: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    facility: str
    value: str
    valid_from: date
    valid_until: date | None = None


class PbiProposal(Base, table=True):
    """A person proposed for free membership (PBI), and where that stands; one open proposal a person."""

    __tablename__ = "pbi_proposal"
    __table_args__ = (
        Index(
            "pbi_proposal_open", "person_id", unique=True,
            postgresql_where=text("state IN ('proposed', 'exported')"),
        ),
        Index("pbi_proposal_state", "state", "id"),
    )  # fmt: skip
    id: uuid.UUID = Field(sa_column=Column(Uuid, primary_key=True))
    person_id: uuid.UUID
    state: str
    village: str | None = None
    found: str
    """What JKN had said of the person when it was proposed: inactive, not_found, unknown."""
    facility: str | None = None
    proposed_by: str
    proposed_at: datetime = Field(sa_column=_taken())
    exported_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    decided_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    decided_by: str | None = None
    reason: str | None = None
    payer: str | None = None
