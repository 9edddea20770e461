"""Lines: what each facility signs in to each BPJS service with."""

from datetime import date, datetime

from sqlalchemy import Column, DateTime, LargeBinary
from sqlmodel import Field

from services.coverage.tables.base import Base


class Line(Base, table=True):
    """One facility's sign-in to one BPJS service. A held line sends nothing until it is mended or proves itself.

    A row without secrets only says that the line is held (the bundled simulator's public sign-in is used then).
    """

    __tablename__ = "line"
    facility: str = Field(primary_key=True)
    service: str = Field(primary_key=True)
    """pcare, vclaim, antrean, icare, srbk"""
    version: int = 1
    """Counts changes of what it signs in with and where it leads."""
    base_url: str | None = None
    """Where it leads; empty: the installation's address of that service."""
    content_type: str | None = None
    """What it calls a body; empty: the service's own habit; "none": nothing."""
    sender: str | None = None
    """Who sends this facility's referrals, from `sender_from` on: pcare or srbk (a PCare line only)."""
    sender_from: date | None = None
    sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    """The secrets, sealed for this row under the key `key_id`."""
    key_id: str | None = None
    state: str = "open"
    """open, held"""
    because: str | None = None
    state_since: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    checked_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    changed_by: str | None = None
    changed_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
