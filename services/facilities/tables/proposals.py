"""Change requests."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy import func as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.facilities.tables.base import MOMENT, Base


class Proposal(Base, table=True):
    """What a facility asks to be changed in one row of the network: the row (`of`, `key`; no key: a new row), the
    cells, and the row's version when it was asked."""

    __table_args__ = (
        Index("proposal_made", "made_at", "id"),
        Index("proposal_proposer", "proposer", "made_at", "id"),
    )
    id: str = Field(primary_key=True)
    of: str
    key: str | None = None
    facility: str
    proposer: str
    cells: dict[str, Any] = Field(sa_type=JSONB)
    row_version: int | None = None
    state: str
    version: int = Field(default=1)
    made_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs={"server_default": sql.now()})
    made_by: str
    applied_version: int | None = None


class ProposalStep(Base, table=True):
    """One step of a proposal: who took it, when, why."""

    __tablename__ = "proposal_step"

    proposal: str = Field(primary_key=True, foreign_key="proposal.id")
    version: int = Field(primary_key=True)
    verb: str
    state: str
    at: datetime = Field(sa_type=MOMENT, sa_column_kwargs={"server_default": sql.now()})
    by: str
    role: str
    reason: str | None = None
