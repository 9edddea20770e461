"""Households and who belongs to them, day by day."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlmodel import Field

from services.records.tables.base import Base, now


class Family(Base, table=True):
    """A household. `kk`: the number of its card, when it has one; `by_hand`: its home was said by those who answer for
    the village, and does not follow what its members' Patients say."""

    __tablename__ = "family"
    __table_args__ = (
        Index("family_kk", "kk", unique=True),
        Index("family_village", "village", "id"),
        Index("family_posyandu", "posyandu", "id"),
    )
    id: str = Field(primary_key=True)
    kk: str | None = None
    village: str | None = None
    hamlet: str | None = None
    rt: str | None = None
    rw: str | None = None
    posyandu: str | None = None
    by_hand: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    version: int = Field(default=1)
    updated_at: datetime = Field(sa_column=now())


class FamilyMember(Base, table=True):
    """A person's days in a household; never two households on one day. `kk`: the card's number when they were placed;
    `merged_into`: who they are now, while they are merged into another."""

    __tablename__ = "family_member"
    __table_args__ = (
        CheckConstraint("valid_until >= valid_from", name="family_member_ends_after_start"),
        ExcludeConstraint(
            ("person_id", "="),
            (text("daterange(valid_from, valid_until, '[]')"), "&&"),
            name="family_member_one_at_a_time",
            using="gist",
            deferrable=True,
            initially="IMMEDIATE",
        ),
        Index("family_member_person", "person_id", "valid_from"),
        Index("family_member_merged", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
    )
    family_id: str = Field(primary_key=True, foreign_key="family.id")
    person_id: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    valid_until: date | None = None
    relation: str | None = None
    end_reason: str | None = None
    kk: str | None = None
    merged_into: str | None = None


class FamilyHistory(Base, table=True):
    """What a household's home was in each version, and who made it so."""

    __tablename__ = "family_history"
    family_id: str = Field(primary_key=True, foreign_key="family.id")
    version: int = Field(primary_key=True)
    recorded_at: datetime = Field(sa_column=now())
    recorded_by: str
    row: dict[str, Any] = Field(sa_type=JSONB)


class FamilyScan(Base, table=True):
    """How far the events of Patients have been looked at for who belongs to which household; one row."""

    __tablename__ = "family_scan"
    one: bool = Field(default=True, primary_key=True, sa_column_kwargs={"server_default": text("true")})
    position: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
