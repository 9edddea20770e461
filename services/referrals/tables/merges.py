"""Persons who have become one."""

from sqlmodel import Field

from services.referrals.tables.base import Base


class PersonMerge(Base, table=True):
    """Followed from records: who has been merged into whom, as it stands."""

    __tablename__ = "person_merge"
    merge_id: str = Field(primary_key=True)
    survivor: str
    other: str = Field(index=True)


class MovedReferral(Base, table=True):
    """A referral that changed its person with a merge, so that it can go back."""

    __tablename__ = "moved_referral"
    merge_id: str = Field(primary_key=True)
    referral_id: str = Field(primary_key=True)
