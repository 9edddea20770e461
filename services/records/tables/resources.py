"""FHIR resources: the present version, its history, its numbers, its loose ends."""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, Identity, Index, Text, text
from sqlmodel import Field

from services.records.tables.base import Base, now


class Resource(Base, table=True):
    """The current version of each FHIR resource: its body as text and, around it, what search and access need.

    `receipt` numbers first receipts (never changed by later versions); `client` is the facility that wrote it.
    `projected`: it follows another service's feed, and only that feed changes it.
    `sensitive`: the classes of `sensitive.tsv` it is of (HIV, PSY, …); null for most.
    """

    __tablename__ = "resource"
    __table_args__ = (
        Index("resource_person", "person_id", "type", "date"),
        Index("resource_encounter", "encounter_id", postgresql_where=text("encounter_id IS NOT NULL")),
        Index(
            "resource_organization",
            "organization",
            "type",
            "receipt",
            postgresql_where=text("organization IS NOT NULL AND type <> 'Observation'"),
        ),
        Index("resource_unowned", "type", "receipt", postgresql_where=text("person_id IS NULL")),
        Index("resource_updated", "updated_at", postgresql_using="brin"),
        Index("resource_newest", "type", "receipt"),
        Index("resource_type_updated", "type", "updated_at", "receipt"),
        Index(
            "resource_organization_date",
            "organization",
            "type",
            "date",
            postgresql_where=text("organization IS NOT NULL AND type <> 'Observation'"),
        ),
        Index("resource_code", "type", text("substr(codes[1], strpos(codes[1], '|') + 1)"), "receipt"),
        Index(
            "resource_codes",
            text("bare_codes(codes)"),
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": 512},
            postgresql_where=text("cardinality(codes) > 1"),
        ),
        Index(
            "resource_references",
            text("record_references(body)"),
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": 512},
            postgresql_where=text("type NOT IN ('Patient', 'Observation', 'Condition')"),
        ),
        Index("resource_sensitive", "person_id", postgresql_where=text("sensitive IS NOT NULL")),
        Index("resource_visit", "client", "date", "id", postgresql_where=text("type = 'Encounter'")),
    )
    type: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    person_id: str | None = None
    version: int
    receipt: int = Field(sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    client: str | None = None
    updated_at: datetime = Field(sa_column=now())
    deleted: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    status: str | None = None
    date: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    encounter_id: str | None = None
    organization: str | None = None
    codes: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text)))
    body: str
    projected: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    sensitive: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text)))


class ResourceHistory(Base, table=True):
    """Superseded versions; with `resource` the whole history. A version stays with the person it spoke of."""

    __tablename__ = "resource_history"
    __table_args__ = (Index("resource_history_updated", "type", "updated_at"),)
    type: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    person_id: str | None = None
    client: str | None = None
    updated_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    deleted: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    body: str
    sensitive: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text)))
    date: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class ResourceIdentifier(Base, table=True):
    """Business identifiers of resources, for search and for finding a Patient by an alias (IHS number)."""

    __tablename__ = "resource_identifier"
    __table_args__ = (Index("resource_identifier_resource", "type", "id"),)
    value: str = Field(primary_key=True)
    system: str = Field(primary_key=True)
    type: str = Field(primary_key=True)
    id: str = Field(primary_key=True)


class UnresolvedReference(Base, table=True):
    """References to things not known here: kept and listed, never refused."""

    __tablename__ = "unresolved_reference"
    __table_args__ = (Index("unresolved_reference_source", "type", "id"),)
    target_type: str = Field(primary_key=True)
    target_id: str = Field(primary_key=True)
    type: str = Field(primary_key=True)
    id: str = Field(primary_key=True)


class Classified(Base, table=True):
    """How far what was stored under another list of sensitive codes has been looked at again.

    Two passes: the second, a day later, finds what an older release still wrote during the update.
    """

    __tablename__ = "classified"
    list: str = Field(primary_key=True)
    place: str = Field(default="", sa_column_kwargs={"server_default": ""})
    passes: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    finished_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
