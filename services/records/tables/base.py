"""What the record's tables share. SQLModel is used for tables and migrations only; queries are plain SQL."""

from datetime import datetime

from sqlalchemy import Column, DateTime
from sqlalchemy import func as sql
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from services.kernel.tables import add_kernel_tables


class Base(SQLModel, registry=registry()):
    """The service's own metadata."""


add_kernel_tables(Base.metadata)


def now() -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=False, server_default=sql.now())
