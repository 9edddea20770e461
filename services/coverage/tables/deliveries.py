"""The outbox: what is owed to BPJS, each try that was made, and how each facility's queue stands.

Rows hold ids, days, codes and BPJS' own numbers. The bodies are made when they are sent, from the record, and are
kept nowhere: of each only a keyed digest stays.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.coverage.tables.base import Base

_OWED = text("state IN ('waiting', 'sending')")
_NUMBERED, _REGISTERED = text("no_kunjungan IS NOT NULL"), text("no_urut IS NOT NULL")


def _moment(nullable: bool = True, now: bool = False) -> Any:
    default = text("now()") if now else None
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable, server_default=default))


class Delivery(Base, table=True):
    """One thing owed to BPJS: a visit, a place in the queue. It has one row from the first word of it to the last.

    `wanted` counts what was said of the subject, `sent` which of them is dealt with. `sent_at` is the moment of the
    last request whose outcome is not known: while it stands, BPJS is looked at before anything is sent again. No two
    rows hold the same registration or the same visit at BPJS.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'sending', 'delivered', 'parked', 'skipped', 'removed')", name="delivery_state"
        ),
        CheckConstraint("state <> 'sending' OR sent_at IS NOT NULL", name="delivery_sending_since"),
        CheckConstraint("state NOT IN ('parked', 'skipped') OR because IS NOT NULL", name="delivery_because"),
        Index("delivery_subject", "kind", "subject", unique=True),
        Index("delivery_owed", "facility", "service", "due_at", "position", postgresql_where=_OWED),
        Index("delivery_visit", "no_kunjungan", unique=True, postgresql_where=_NUMBERED),
        Index("delivery_place", "facility", "day", "poli", "no_urut", unique=True, postgresql_where=_REGISTERED),
        Index("delivery_day", "facility", "day"),
        Index("delivery_person", "person_id", "day"),
        Index("delivery_listed", "position"),
        Index("delivery_facility", "facility", "position"),
        Index("delivery_parked", "facility", "because", postgresql_where=text("state = 'parked'")),
    )
    id: str = Field(primary_key=True)
    position: int = Field(sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    facility: str
    service: str
    """The BPJS service it goes to (pcare, antrean)."""
    kind: str
    subject: str
    """What of ours it is about: the Encounter's id, the ticket's."""
    person_id: str | None = None
    day: date
    """The day of the visit, as BPJS is told it."""
    action: str
    """send, change or remove: what was last done or is to be done."""
    state: str
    step: str | None = None
    wanted: int = 1
    sent: int = 0
    due_at: datetime = _moment(nullable=False)
    sent_at: datetime | None = _moment()
    sent_digest: str | None = None
    tried: int = 0
    failed: int = 0
    """Tries in a row that got no usable answer though BPJS was there: then it is this one that fails."""
    because: str | None = None
    fields: Any = Field(default=None, sa_type=JSONB, nullable=True)
    """What BPJS or our own check wants mended: pairs of field and message."""
    message: str | None = None
    poli: str | None = None
    no_urut: str | None = None
    no_kunjungan: str | None = None
    given: Any = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'{}'")))
    """What else BPJS has given: numbers by step, and the digest of each step's body it has accepted."""
    version: int = 0
    """Counts what followers were told."""
    created_at: datetime = _moment(nullable=False, now=True)
    changed_at: datetime = _moment(nullable=False, now=True)
    delivered_at: datetime | None = _moment()
    decided_by: str | None = None
    note: str | None = None
    """Why somebody gave it up."""


class DeliveryTry(Base, table=True):
    """The proof: one request to BPJS, or one look at what BPJS has, and what came of it."""

    __tablename__ = "delivery_try"
    delivery_id: str = Field(primary_key=True, foreign_key="delivery.id", ondelete="CASCADE")
    number: int = Field(primary_key=True)
    at: datetime = _moment(nullable=False, now=True)
    step: str
    outcome: str
    code: int | None = None
    because: str | None = None
    ms: int
    digest: str | None = None
    given: Any = Field(default=None, sa_type=JSONB, nullable=True)


class DeliveryQueue(Base, table=True):
    """One facility's queue to one BPJS service: until when it rests and why. Held queues wait for their line."""

    __tablename__ = "delivery_queue"
    facility: str = Field(primary_key=True)
    service: str = Field(primary_key=True)
    rests_until: datetime = _moment(nullable=False, now=True)
    failures: int = 0
    because: str | None = None
    since: datetime | None = _moment()
    served_at: datetime = _moment(nullable=False, now=True)
