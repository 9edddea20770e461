"""Ways in and out that take their time: imports, exports, webhooks."""

from datetime import datetime

from sqlalchemy import ARRAY, Column, DateTime, Index, LargeBinary, Text, text
from sqlmodel import Field

from services.records.tables.base import Base, now


class Webhook(Base, table=True):
    """An address that is told of what its facility may see; `cursor` is its place in the feed of changes."""

    __tablename__ = "webhook"
    id: str = Field(primary_key=True)
    facility: str | None = Field(default=None, index=True)
    subject: str
    role: str
    url: str
    types: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    secret: str
    state: str = Field(default="active", sa_column_kwargs={"server_default": "active"})
    cursor: str
    created_at: datetime = Field(sa_column=now())
    delivered_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    failures: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    rests_until: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class WebhookDelivery(Base, table=True):
    """One message to a webhook: waiting (due at `next_at`), delivered, or dead; its id never changes."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index("webhook_delivery_due", "webhook_id", "next_at", "id", postgresql_where=text("state = 'waiting'")),
        Index("webhook_delivery_of", "webhook_id", "created_at"),
    )
    id: str = Field(primary_key=True)
    webhook_id: str
    payload: str
    entries: int
    state: str = Field(default="waiting", sa_column_kwargs={"server_default": "waiting"})
    created_at: datetime = Field(sa_column=now())
    tried_since: datetime = Field(sa_column=now())
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    next_at: datetime = Field(sa_column=now())
    status: int | None = None
    error: str | None = None
    done_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class ImportJob(Base, table=True):
    """One bulk import: how far it is and what it refused. Moves in the transaction of each chunk.

    `template`: of a table of visits, which; `trial`: nothing was stored, all was reported as it would be.
    """

    __tablename__ = "import_job"
    id: str = Field(primary_key=True)
    actor: str
    mode: str
    state: str
    read: int = 0
    stored: int = 0
    unchanged: int = 0
    refused: int = 0
    warned: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    template: str | None = None
    trial: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    report: str = "[]"
    started_at: datetime = Field(sa_column=now())
    moved_at: datetime = Field(sa_column=now())


class ExportJob(Base, table=True):
    """One bulk export: what was asked, how far it is (`after_*` is where the next part begins)."""

    __tablename__ = "export_job"
    id: str = Field(primary_key=True)
    actor: str
    role: str
    facility: str | None = None
    types: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    since: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    of_persons: bool = False
    request: str
    state: str
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    expires_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    total: int = 0
    done: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    parts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    after_type: str = Field(default="", sa_column_kwargs={"server_default": ""})
    after_id: str = Field(default="", sa_column_kwargs={"server_default": ""})


class ExportPart(Base, table=True):
    """One file of an export: NDJSON, packed; `persons` are those it speaks of."""

    __tablename__ = "export_part"
    export_id: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    kind: str
    type: str
    count: int
    persons: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
