"""What every table of this service stands on."""

from sqlalchemy import CheckConstraint, DateTime, func, literal_column, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

from services.kernel.tables import add_kernel_tables


class Base(SQLModel, registry=registry()):
    """This service's own metadata."""


add_kernel_tables(Base.metadata)

MOMENT = DateTime(timezone=True)

PARTS = func.searchable(literal_column("name")).label("parts")
"""What an index needs to find names by their parts."""


def in_order(table: str) -> CheckConstraint:
    """A span does not end before it begins."""
    return CheckConstraint("valid_until >= valid_from", name=f"{table}_ends_after_start")


def one_at_a_time(table: str, *key: str) -> ExcludeConstraint:
    """No two rows of one key on one day; checked at the end of each statement, so that a load may move both."""
    return ExcludeConstraint(
        *((column, "=") for column in key), (text("daterange(valid_from, valid_until, '[]')"), "&&"),
        name=f"{table}_one_at_a_time", using="gist", deferrable=True, initially="IMMEDIATE",
    )  # fmt: skip


def spans(table: str, *key: str) -> tuple[CheckConstraint, ExcludeConstraint]:
    """What a table of dated rows holds to: spans in order, and one of a key on any day."""
    return in_order(table), one_at_a_time(table, *key)
