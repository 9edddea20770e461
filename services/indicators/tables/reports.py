"""Monthly reports, frozen: triggers of the database keep them from changing (migration `frozen_reports`)."""

import uuid
from datetime import date, datetime

from sqlalchemy import Column, DateTime, UniqueConstraint, Uuid
from sqlmodel import Field

from services.indicators.tables.base import Base, person_key, small, texts


class Report(Base, table=True):
    """One month as it was signed. `content` is the text the hash is of; `known_at`: what the record had taken by then
    is in it.
    """

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("year", "month", "revision", name="report_month"),)
    id: uuid.UUID = Field(sa_column=Column(Uuid, primary_key=True))
    year: int = Field(sa_column=small())
    month: int = Field(sa_column=small())
    revision: int = Field(sa_column=small())
    as_of: date
    frozen_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    known_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    signer: str
    signed_as: str | None = None
    reason: str | None = None
    content: str
    sha256: str


class ReportUnit(Base, table=True):
    """How one unit stood in a report: what a restatement is held against. No names."""

    __tablename__ = "report_unit"
    report_id: uuid.UUID = Field(sa_column=person_key())
    standard: str = Field(primary_key=True)
    person_id: uuid.UUID = Field(sa_column=person_key())
    unit_id: str = Field(primary_key=True)
    village: str
    served_on: date | None = None
    month: int = Field(sa_column=small())
    missing: list[str] = Field(sa_column=texts())
