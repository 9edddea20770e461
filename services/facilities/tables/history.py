"""What each row of the network was, version by version."""

from datetime import datetime
from typing import Any

from sqlalchemy import func as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.facilities.tables.base import MOMENT, Base


class History(Base, table=True):
    """One version of one row, as it stood from `recorded_at` until the next; `recorded_by` is the account, `because`
    what it was done for (`proposal/…`, `reconciliation/…`). A row that was taken back has no `row`."""

    of: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    recorded_at: datetime = Field(sa_type=MOMENT, sa_column_kwargs={"server_default": sql.now()})
    recorded_by: str
    because: str | None = None
    row: dict[str, Any] | None = Field(sa_type=JSONB)
