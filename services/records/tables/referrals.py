"""What the record keeps of referrals: where each stands, and who may see it."""

from datetime import datetime

from sqlalchemy import ARRAY, Column, DateTime, Index, Text, text
from sqlmodel import Field

from services.records.tables.base import Base


def _moment(*, nullable: bool = True) -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=nullable)


class Referral(Base, table=True):
    """A referral as its feed last told it: codes and times, no content.

    `parties` are the receivers who see its ServiceRequest and Task now (the sender wrote them), until `until`.
    `away_since`: since when the person is at the receiver's.
    """

    __tablename__ = "referral"
    __table_args__ = (
        Index("referral_away", "from_facility", "away_since", postgresql_where=text("away_since IS NOT NULL")),
    )
    id: str = Field(primary_key=True)
    version: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    task: str | None = Field(default=None, unique=True)
    person_id: str | None = Field(default=None, index=True)
    from_facility: str
    to_facility: str
    kind: str | None = None
    urgency: str
    state: str
    outcome: str | None = None
    opened_at: datetime | None = Field(default=None, sa_column=_moment())
    closed_at: datetime | None = Field(default=None, sa_column=_moment())
    away_since: datetime | None = Field(default=None, sa_column=_moment())
    parties: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    until: datetime | None = Field(default=None, sa_column=_moment())
