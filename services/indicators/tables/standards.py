"""Care standards an office has loaded into the running service."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime, Index
from sqlalchemy import func as sql
from sqlmodel import Field

from services.indicators.tables.base import Base


class StandardText(Base, table=True):
    """One change of the standards: a text loaded under a key, or none: withdrawn. `edition` counts the changes."""

    __tablename__ = "standard_text"
    __table_args__ = (Index("standard_text_key", "key", "edition"),)
    edition: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    key: str
    text: str | None = None
    loaded_by: str
    loaded_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=sql.now()))
