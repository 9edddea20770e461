"""Monthly lists: each file, the rows it loaded and refused, what it says per facility and month, how senders write."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, LargeBinary, text
from sqlmodel import Field

from services.coverage.tables.base import Base


def _bytes(nullable: bool = True) -> Any:
    return Column(LargeBinary, nullable=nullable)


class MemberList(Base, table=True):
    """One file: `members` (a row a member) or `capitation` (counts and rupiah a facility).

    `state`: reading, applying (its rows become statements), loaded, trial (a dry run), refused (mode all), failed.
    """

    __tablename__ = "member_list"
    __table_args__ = (
        Index(
            "member_list_once",
            "kind",
            "month",
            "hash",
            unique=True,
            postgresql_where=text("state IN ('applying', 'loaded')"),
        ),
        Index("member_list_at", "at"),
    )
    id: str = Field(primary_key=True)
    kind: str
    sender: str
    hash: str
    month: str
    as_of: date
    state: str
    mode: str
    mapping: str
    """The mapping it was read by, as JSON: field to heading."""
    bytes: int
    rows: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Rows read so far."""
    loaded: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    refused: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    warned: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    matched: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    applied: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Rows whose statements stand so far."""
    because: str | None = None
    by: str
    facility: str | None = None
    at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    moved_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class MemberListRefused(Base, table=True):
    """A row that was not loaded, or was with a warning: where and why. No content."""

    __tablename__ = "member_list_refused"
    __table_args__ = (Index("member_list_refused_list", "list_id", "line"),)
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    list_id: str
    line: int
    field: str | None = None
    reason: str
    reason_en: str
    warning: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


class MemberListRow(Base, table=True):
    """What a list says of one member: a statement with the list as its source.

    `key` and `nik` are keyed digests of card number (of the NIK, where there is no card) and NIK; `card` is sealed.
    """

    __tablename__ = "member_list_row"
    __table_args__ = (
        Index("member_list_row_key", "key"),
        Index("member_list_row_nik", "nik", postgresql_where=text("nik IS NOT NULL")),
        Index("member_list_row_person", "person_id", postgresql_where=text("person_id IS NOT NULL")),
        Index("member_list_row_part", "list_id", "bpjs_code", "line"),
    )
    list_id: str = Field(primary_key=True)
    key: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    line: int
    bpjs_code: str
    nik: bytes | None = Field(default=None, sa_column=_bytes())
    card: bytes | None = Field(default=None, sa_column=_bytes())
    person_id: str | None = None
    status: str
    status_text: str | None = None
    payer_code: str | None = None
    payer_name: str | None = None
    class_code: str | None = None
    dental_code: str | None = None
    prolanis: str | None = None
    prb: bool | None = None
    arrears: int | None = Field(default=None, sa_type=BigInteger)
    village: str | None = None
    since: date | None = None
    until: date | None = None


class MemberListPart(Base, table=True):
    """What one list says of one facility and month. Of each kind one version is `current`; older ones stay."""

    __tablename__ = "member_list_part"
    __table_args__ = (
        Index("member_list_part_version", "kind", "bpjs_code", "month", "version", unique=True),
        Index("member_list_part_current", "kind", "bpjs_code", "month", unique=True, postgresql_where=text("current")),
    )
    list_id: str = Field(primary_key=True)
    bpjs_code: str = Field(primary_key=True)
    kind: str
    month: str
    version: int
    current: bool
    members: int
    active: int | None = None
    segments: str
    """Members by segment, as JSON."""
    dm: int | None = None
    ht: int | None = None
    norm: int | None = None
    amount: int | None = Field(default=None, sa_type=BigInteger)


class ListMapping(Base, table=True):
    """How one sender heads its columns: field to heading, as JSON. Every version is kept; the last counts."""

    __tablename__ = "list_mapping"
    sender: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    columns: str
    saved_by: str
    saved_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class CapitationMonth(Base, table=True):
    """How often followers were told of a facility's month."""

    __tablename__ = "capitation_month"
    bpjs_code: str = Field(primary_key=True)
    month: str = Field(primary_key=True)
    version: int
