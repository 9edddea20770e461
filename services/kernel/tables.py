"""The tables every service's database carries; each service adds them to its own metadata."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy import func as sql


def _event_columns() -> list[Column]:  # type: ignore[type-arg]
    return [
        Column("at", DateTime(timezone=True), nullable=False, server_default=sql.now()),
        Column("type", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("version", Integer, nullable=False),
        Column("person_id", Text),
        Column("data", Text, nullable=False),
    ]


def _access_columns() -> list[Column]:  # type: ignore[type-arg]
    return [
        Column("at", DateTime(timezone=True), nullable=False, server_default=sql.clock_timestamp()),
        Column("actor", Text, nullable=False),
        Column("role", Text, nullable=False),
        Column("facility", Text),
        Column("person_id", Text),
        Column("action", Text, nullable=False),
        Column("what", Text, nullable=False),
        Column("purpose", Text, nullable=False),
        Column("outcome", Text, nullable=False),
        Column("request_id", Text, nullable=False),
        Column("origin", Text),
        Column("resources", Text),
    ]


_CHURN = {"autovacuum_vacuum_scale_factor": "0", "autovacuum_vacuum_threshold": "20000"}


def add_kernel_tables(metadata: MetaData) -> None:
    """Add the event log, the access log, the follower's cursors and the parked events to `metadata`.

    The `*_pending` tables take what transactions write; the sealer moves committed rows into `event` and
    `access_log`, where a row's `position` is gapless and final.
    """
    Table(
        "event_pending",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        *_event_columns(),
    )
    Table(
        "event",
        metadata,
        Column("position", BigInteger, primary_key=True, autoincrement=False),
        *_event_columns(),
    )
    Table(
        "access_pending",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        *_access_columns(),
    )
    log = Table(
        "access_log",
        metadata,
        Column("position", BigInteger, primary_key=True, autoincrement=False),
        *_access_columns(),
    )
    Index("access_log_person", log.c.person_id, log.c.position)
    Table(
        "access_block",
        metadata,
        Column("number", BigInteger, primary_key=True, autoincrement=False),
        Column("at", DateTime(timezone=True), nullable=False, server_default=sql.now()),
        Column("first", BigInteger, nullable=False),
        Column("last", BigInteger, nullable=False),
        Column("hash", LargeBinary, nullable=False),
        Column("digests", LargeBinary),
    )
    Table(
        "follower_cursor",
        metadata,
        Column("source", Text, primary_key=True),
        Column("position", BigInteger, nullable=False, server_default="0"),
        Column("moved_at", DateTime(timezone=True), nullable=False, server_default=sql.now()),
    )
    Table(
        "parked_event",
        metadata,
        Column("source", Text, primary_key=True),
        Column("person_id", Text, primary_key=True),
        Column("position", BigInteger, primary_key=True, autoincrement=False),
        Column("event", Text, nullable=False),
        Column("error", Text),
        Column("parked_at", DateTime(timezone=True), nullable=False, server_default=sql.now()),
    )
