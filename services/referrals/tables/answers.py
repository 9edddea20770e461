"""First answers, for retries."""

from datetime import datetime

from sqlalchemy import Column, DateTime
from sqlalchemy import func as sql
from sqlmodel import Field

from services.referrals.tables.base import Base


class FirstAnswer(Base, table=True):
    """The first answer to a request with an Idempotency-Key, given again to its retries."""

    __tablename__ = "first_answer"
    actor: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    fingerprint: str
    referral_id: str
    person_id: str
    status: int
    body: str
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=sql.now()))
