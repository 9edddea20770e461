"""Who people are: persons, their numbers, merges, doubts, and what finds doubles."""

from datetime import date, datetime

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, Identity, Index, Integer, Text, text
from sqlmodel import Field

from services.records.tables.base import Base, now


class Person(Base, table=True):
    """One human. The last written active Patient speaks for the village, birth date and sex.

    `name` is folded for search (lower case, single blanks); the true name stands in the Patient resource.
    """

    __tablename__ = "person"
    __table_args__ = (
        Index("person_birth", "birth_date", "name"),
        Index("person_village", "village"),
        Index("person_patient", "patient_id"),
    )
    person_id: str = Field(primary_key=True)
    patient_id: str
    name: str | None = None
    birth_date: date | None = None
    sex: str | None = None
    village: str | None = None


class PersonIdentifier(Base, table=True):
    """What proves identity: the primary key makes the creation of a person race-proof."""

    __tablename__ = "person_identifier"
    __table_args__ = (Index("person_identifier_person", "person_id"),)
    system: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
    person_id: str
    origin: str | None = None
    """The person it was given for, while that person is merged into another."""


class PersonMerge(Base, table=True):
    """Two persons that became one: who stays, who was joined, why; undone or not.

    `gained`: what the survivor's Patient took over; `person`: the row of the one who was joined; both as JSON.
    `settled`: whoever was writing at that moment has ended.
    """

    __tablename__ = "person_merge"
    __table_args__ = (
        Index("person_merge_other", "other", unique=True, postgresql_where=text("undone_at IS NULL")),
        Index("person_merge_survivor", "survivor"),
        Index("person_merge_at", "merged_at", "id"),
        Index("person_merge_unsettled", "id", postgresql_where=text("NOT settled")),
    )
    id: str = Field(primary_key=True)
    survivor: str
    other: str
    survivor_patient: str
    other_patient: str
    reason: str
    actor: str
    facility: str | None = None
    merged_at: datetime = Field(sa_column=now())
    undone_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    undone_by: str | None = None
    undo_reason: str | None = None
    gained: str
    was_active: bool | None = None
    survivor_version: int
    person: str
    settled: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


class MergedResource(Base, table=True):
    """A resource that a merge moved: its version then, and the superseded versions that moved with it.

    `later`: stored after the merge, through a number of the one who was joined.
    """

    __tablename__ = "merged_resource"
    merge_id: str = Field(primary_key=True)
    type: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    version: int
    versions: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    later: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


class MergedIdentifier(Base, table=True):
    """A number that a merge moved."""

    __tablename__ = "merged_identifier"
    merge_id: str = Field(primary_key=True)
    system: str = Field(primary_key=True)
    value: str = Field(primary_key=True)


class ProvisionalPerson(Base, table=True):
    """Who was registered without a number that settles who they are, why, by whom, since when."""

    __tablename__ = "provisional_person"
    __table_args__ = (Index("provisional_person_since", "since", "person_id"),)
    person_id: str = Field(primary_key=True)
    reason: str
    facility: str
    since: datetime = Field(sa_column=now())


class IdentityDoubt(Base, table=True):
    """What of a registration should be looked at again; a row is dropped once the Patient gives no reason for it."""

    __tablename__ = "identity_doubt"
    __table_args__ = (Index("identity_doubt_facility", "facility", "at"),)
    person_id: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    facility: str = Field(primary_key=True)
    at: datetime = Field(sa_column=now())


Index("event_merge", Base.metadata.tables["event"].c.position, postgresql_where=text("type = 'merge'"))
Index("event_encounter", Base.metadata.tables["event"].c.position, postgresql_where=text("type = 'Encounter'"))
Index("event_moved", Base.metadata.tables["event"].c.subject, postgresql_where=text("kind = 'moved'"))
"""So that those who follow nothing of the record but merges, or visits, find them at once."""


class IdentityReview(Base, table=True):
    """Two persons that may be one, or one number claimed by two: for a human to decide.

    `reason`: a contradiction of numbers, `probable` (found by its likeness) or `reported` (by somebody who knows).
    `basis`: what both were known by when it was decided; a pair found different comes again when that has changed.
    """

    __tablename__ = "identity_review"
    __table_args__ = (
        Index("identity_review_number", "number", unique=True),
        Index("identity_review_other", "other_person_id"),
    )
    person_id: str = Field(primary_key=True)
    other_person_id: str = Field(primary_key=True)
    reason: str
    at: datetime = Field(sa_column=now())
    number: int = Field(sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    state: str = Field(default="open", sa_column_kwargs={"server_default": "open"})
    score: float | None = None
    grade: str | None = None
    evidence: str | None = None
    basis: str | None = None
    decided_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))
    decided_by: str | None = None
    decided_facility: str | None = None
    decision_reason: str | None = None


class PersonTraits(Base, table=True):
    """What each person is recognised by when somebody may be the same: `matching.traits`, from the Patient's events.

    `keys` are hashes of which two descriptions of one person mostly share one; `words` are those of the names.
    """

    __tablename__ = "person_traits"
    __table_args__ = (
        Index("person_traits_keys", "keys", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
    )
    person_id: str = Field(primary_key=True)
    words: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    keys: list[int] = Field(sa_column=Column(ARRAY(Integer), nullable=False))
    traits: str


class TraitsScan(Base, table=True):
    """How far the events of Patients have been looked at for persons who may be the same; one row."""

    __tablename__ = "traits_scan"
    one: bool = Field(default=True, primary_key=True, sa_column_kwargs={"server_default": text("true")})
    position: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
