"""Learning visits and what was agreed there."""

from datetime import date

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from services.facilities.tables.base import Base


class LearningVisit(Base, table=True):
    """Puskesmas learn at another: planned, then done or cancelled. `guests`: their codes, spaces between."""

    __tablename__ = "learning_visit"
    __table_args__ = (
        CheckConstraint("done_on IS NULL OR cancelled_on IS NULL", name="learning_visit_done_or_cancelled"),
        CheckConstraint("(cancelled_on IS NULL) = (reason IS NULL)", name="learning_visit_cancelled_for_a_reason"),
    )

    id: str = Field(primary_key=True)
    host: str = Field(foreign_key="facility.code", index=True)
    guests: str
    topic: str
    indicator: str | None = None
    planned_on: date
    done_on: date | None = None
    learned: str | None = None
    cancelled_on: date | None = None
    reason: str | None = None
    version: int = Field(default=1)


class LearningAction(Base, table=True):
    """What a puskesmas promised at a visit, until when, and when it was done."""

    __tablename__ = "learning_action"

    visit: str = Field(primary_key=True, foreign_key="learning_visit.id")
    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    what: str
    owner: str = Field(foreign_key="facility.code", index=True)
    due: date
    done_on: date | None = None
    version: int = Field(default=1)
