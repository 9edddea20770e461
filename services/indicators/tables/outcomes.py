"""What came of calls and visits to people on worklists."""

import uuid
from datetime import date, datetime

from sqlalchemy import Column, DateTime, Index
from sqlalchemy import func as sql
from sqlmodel import Field

from services.indicators.tables.base import Base, person_key


class Outcome(Base, table=True):
    """Outcome of a call or a visit. `said_of`: the person as it was said; `person_id`: who that is now, after merges.

    `note` and `by` are words and never leave in events. `village`: where the record had the person then, so that a
    claim to have moved is over once the record says another. `id` follows from the sender's key, so that a retry is
    the same.
    """

    __tablename__ = "outcome"
    __table_args__ = (Index("outcome_said_of", "said_of"), Index("outcome_id", "id"))
    person_id: uuid.UUID = Field(sa_column=person_key())
    id: uuid.UUID = Field(primary_key=True)
    said_of: uuid.UUID
    kind: str
    way: str
    on_date: date
    by: str | None = None
    come_on: date | None = None
    served_at: str | None = None
    note: str | None = None
    village: str | None = None
    rest_until: date | None = None
    actor: str
    facility: str | None = None
    recorded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=sql.now()))
    verdict: str | None = None
    answered_by: str | None = None
