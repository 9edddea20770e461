"""The schema of the shared record. SQLModel is used for tables and migrations only; queries are plain SQL."""

from datetime import date, datetime

from sqlalchemy import ARRAY, BigInteger, Column, DateTime, Identity, Index, Integer, LargeBinary, Text, text
from sqlalchemy import func as sql
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from services.kernel.tables import add_kernel_tables


class Base(SQLModel, registry=registry()):
    """The service's own metadata."""


add_kernel_tables(Base.metadata)


def _now() -> Column[datetime]:
    return Column(DateTime(timezone=True), nullable=False, server_default=sql.now())


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
    merged_at: datetime = Field(sa_column=_now())
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
    since: datetime = Field(sa_column=_now())


class IdentityDoubt(Base, table=True):
    """What of a registration should be looked at again; a row is dropped once the Patient gives no reason for it."""

    __tablename__ = "identity_doubt"
    __table_args__ = (Index("identity_doubt_facility", "facility", "at"),)
    person_id: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    facility: str = Field(primary_key=True)
    at: datetime = Field(sa_column=_now())


Index("event_merge", Base.metadata.tables["event"].c.position, postgresql_where=text("type = 'merge'"))
"""So that those who follow nothing of the record but merges find them at once."""


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
    at: datetime = Field(sa_column=_now())
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
    updated_at: datetime = Field(sa_column=_now())
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


class CareRelation(Base, table=True):
    """Why a facility may see a person: registration, encounter, or a referral (open, or closed until a day)."""

    __tablename__ = "care_relation"
    person_id: str = Field(primary_key=True)
    facility: str = Field(primary_key=True)
    reason: str = Field(primary_key=True)
    source: str = Field(primary_key=True, sa_column_kwargs={"server_default": ""})
    until: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class ConsentRule(Base, table=True):
    """What an active FHIR Consent decides, one row per provision; the Consent itself is a resource like any other.

    `class_`: '' for the whole record, else a sensitive class; `facility`: '' for all, else the one it speaks of;
    `person_id`: '' for what holds for those who have said nothing (the policy of law or the office, from a day on).
    """

    __tablename__ = "consent_rule"
    __table_args__ = (Index("consent_rule_person", "person_id"),)
    consent_id: str = Field(primary_key=True)
    part: int = Field(primary_key=True)
    person_id: str
    class_: str = Field(default="", sa_column=Column("class", Text, nullable=False, server_default=""))
    facility: str = Field(default="", sa_column_kwargs={"server_default": ""})
    permit: bool
    valid_from: date
    valid_until: date | None = None
    decided_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    recorded_at: datetime = Field(sa_column=_now())


class BreakGlass(Base, table=True):
    """An account of a facility that looked without another reason: why, until when, and the office's verdict."""

    __tablename__ = "break_glass"
    __table_args__ = (
        Index("break_glass_person", "person_id", "facility", "subject"),
        Index("break_glass_open", "opened_at", postgresql_where=text("verdict IS NULL")),
    )
    id: str = Field(primary_key=True)
    person_id: str
    facility: str
    subject: str
    role: str
    reason: str
    note: str
    opened_at: datetime = Field(sa_column=_now())
    until: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    due: date
    verdict: str | None = None
    verdict_note: str | None = None
    reviewer: str | None = None
    reviewed_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class AccessPolicy(Base, table=True):
    """What law or the district's office decides about access, each value from its day on."""

    __tablename__ = "access_policy"
    name: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    value: str


class SubjectRequest(Base, table=True):
    """What a person asks of those who keep the record (UU 27/2022): access or correction, due by a dated clock."""

    __tablename__ = "subject_request"
    __table_args__ = (
        Index("subject_request_due", "due_at", postgresql_where=text("answered_at IS NULL")),
        Index("subject_request_facility", "facility", "due_at"),
        Index("subject_request_person", "person_id"),
    )
    id: str = Field(primary_key=True)
    person_id: str
    kind: str
    detail: str
    facility: str | None = None
    recorded_by: str
    received_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    due_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    outcome: str | None = None
    note: str | None = None
    amended: list[str] | None = Field(default=None, sa_column=Column(ARRAY(Text)))
    answered_by: str | None = None
    answered_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class Classified(Base, table=True):
    """How far what was stored under another list of sensitive codes has been looked at again.

    Two passes: the second, a day later, finds what an older release still wrote during the update.
    """

    __tablename__ = "classified"
    list: str = Field(primary_key=True)
    place: str = Field(default="", sa_column_kwargs={"server_default": ""})
    passes: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    finished_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


class Facility(Base, table=True):
    """Followed from the facilities service."""

    __tablename__ = "facility"
    code: str = Field(primary_key=True)
    organization: str = Field(index=True)
    name: str
    kind: str
    ownership: str
    active: bool = True


class Catchment(Base, table=True):
    """Followed from the facilities service: which puskesmas answers for a village, and when (last day included)."""

    __tablename__ = "catchment"
    village: str = Field(primary_key=True)
    valid_from: date = Field(primary_key=True)
    facility: str
    valid_until: date | None = None


class PractitionerDue(Base, table=True):
    """Practitioners whose name and numbers the registry is to be asked for; `turn` counts changes meanwhile."""

    __tablename__ = "practitioner_due"
    id: str = Field(primary_key=True)
    turn: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


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
    created_at: datetime = Field(sa_column=_now())
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
    created_at: datetime = Field(sa_column=_now())
    tried_since: datetime = Field(sa_column=_now())
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    next_at: datetime = Field(sa_column=_now())
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
    started_at: datetime = Field(sa_column=_now())
    moved_at: datetime = Field(sa_column=_now())


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
