"""The numbers that others give a referral."""

from datetime import datetime

from sqlalchemy import Column, DateTime
from sqlalchemy import func as sql
from sqlmodel import Field

from services.referrals.tables.base import Base


class OtherNumber(Base, table=True):
    """A number given by another system: one referral's, found by it. The referral shows the last of each system."""

    __tablename__ = "other_number"
    system: str = Field(primary_key=True)
    value: str = Field(primary_key=True, index=True)
    referral_id: str = Field(index=True)
    actor: str
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=sql.now()))
