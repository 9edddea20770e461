"""The queue of a first-level facility: who of BPJS may call for it, when its polis are open, and its tickets.

A ticket names a person by our id. No name and no number lies here: a card number is asked of the record when it must
be sent.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Identity, Index, text
from sqlmodel import Field

from services.coverage.tables.base import Base


def _moment(nullable: bool = True, now: bool = False) -> Any:
    default = text("now()") if now else None
    return Field(sa_column=Column(DateTime(timezone=True), nullable=nullable, server_default=default))


class QueueAccount(Base, table=True):
    """What BPJS signs in with when it calls for one facility. The password is kept as salted scrypt only."""

    __tablename__ = "queue_account"
    username: str = Field(primary_key=True)
    facility: str = Field(index=True)
    password_hash: str
    made_by: str
    made_at: datetime = _moment(nullable=False, now=True)
    changed_at: datetime = _moment(nullable=False, now=True)
    closed_at: datetime | None = _moment()


class Practice(Base, table=True):
    """A doctor's hours at a poli on one weekday. All rows of a facility with one `valid_from` are one timetable, which
    holds from that day until the next begins."""

    __tablename__ = "practice"
    facility: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    poli: str = Field(primary_key=True)
    doctor: int = Field(primary_key=True, sa_type=BigInteger)
    weekday: int = Field(primary_key=True)
    starts: str = Field(primary_key=True)
    ends: str
    poli_name: str
    doctor_name: str
    prefix: str
    capacity: int


class PoliClosure(Base, table=True):
    """A day on which a poli is closed; `poli` empty: the whole facility (also followed from its special days)."""

    __tablename__ = "poli_closure"
    facility: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    poli: str = Field(primary_key=True)
    reason: str
    closed_by: str


class QueueDay(Base, table=True):
    """The last number given at a poli on a day. Its row's lock is what makes numbers gapless and capacity exact."""

    __tablename__ = "queue_day"
    facility: str = Field(primary_key=True)
    poli: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    last: int = 0


class Ticket(Base, table=True):
    """One place in the queue. `version` counts its changes; what BPJS has been told of them is the outbox's."""

    __tablename__ = "ticket"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'called', 'present', 'absent', 'cancelled')", name="ticket_state"),
        Index("ticket_number", "facility", "poli", "day", "number", unique=True),
        Index(
            "ticket_once", "facility", "poli", "day", "person_id", unique=True,
            postgresql_where=text("state <> 'cancelled'"),
        ),
        Index("ticket_person", "person_id", "day"),
    )  # fmt: skip
    id: str = Field(primary_key=True)
    facility: str
    poli: str
    day: date
    number: int
    prefix: str
    poli_name: str
    doctor: int = Field(sa_type=BigInteger)
    doctor_name: str
    hours: str
    person_id: str
    member: bool
    """Whether the person queues as a JKN member: BPJS is then told the card."""
    source: str
    """mobile (BPJS gave it) or desk."""
    state: str
    version: int = 1
    complaint: str | None = None
    reason: str | None = None
    made_by: str
    made_at: datetime = _moment(nullable=False, now=True)
    calls: int = 0
    called_at: datetime | None = _moment()
    met_at: datetime | None = _moment()
    """When the person came to the call, or did not."""
    cancelled_at: datetime | None = _moment()


class PatientNumber(Base, table=True):
    """A facility's own number for a patient who first came by the queue (norm)."""

    __tablename__ = "patient_number"
    __table_args__ = (Index("patient_number_of", "facility", "person_id", unique=True),)
    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    facility: str
    person_id: str
    presented_at: datetime | None = _moment()
    """When BPJS sent the patient's particulars (/peserta)."""
