"""The service's own metadata, and what its tables have in common."""

from datetime import datetime

from sqlalchemy import Column, DateTime
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from services.kernel.tables import add_kernel_tables


class Base(SQLModel, registry=registry()):
    """The service's own metadata."""


add_kernel_tables(Base.metadata)


def moment(*, nullable: bool = False) -> Column[datetime]:
    """A point in time."""
    return Column(DateTime(timezone=True), nullable=nullable)
