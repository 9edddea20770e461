"""What the record keeps of referrals that came as FHIR, and of those whose words it has yet to ask for."""

from datetime import datetime

from sqlalchemy import ARRAY, Column, Text
from sqlmodel import Field

from services.records.tables.base import Base, now


class ReferralResource(Base, table=True):
    """A client's resource that stands for a referral: its ServiceRequest (`request`), the Task that asks one candidate
    (`approval`, `facility`), or the first Task, of which a draft is kept (`draft`). The words are the client's; where
    it stands the machine says, of all but the last."""

    __tablename__ = "referral_resource"
    type: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    referral: str = Field(index=True)
    part: str
    facility: str | None = None


class ReferralAnswer(Base, table=True):
    """What a client's referral write was answered with, by the numbers it carried: sent again, it is answered so
    again."""

    __tablename__ = "referral_answer"
    facility: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    fingerprint: str
    refs: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    at: datetime = Field(sa_column=now())


class ReferralFollowed(Base, table=True):
    """Up to which of its versions the record has followed a referral: an older word does not undo a newer one."""

    __tablename__ = "referral_followed"
    id: str = Field(primary_key=True)
    version: int


class ReferralDue(Base, table=True):
    """Referrals whose words their owner is to be asked for; `turn` counts changes meanwhile."""

    __tablename__ = "referral_due"
    id: str = Field(primary_key=True)
    turn: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
