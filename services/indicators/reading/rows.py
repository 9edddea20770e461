"""What is read from the record, as rows: facts, visits, registrations, products, measures that give no fact. Pure."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple


class Moment(NamedTuple):
    """When something was: the local calendar day, and the moment when a time of day was said."""

    day: date
    at: datetime | None


class Fact(NamedTuple):
    """One statement as its resource makes it. `own_date` is when it was so, `late_date` when it was written down;
    `at` is the moment of `own_date`, where one was said; `taken_at` when the record took it. `absurd`: a value that no
    living person can have.
    """

    person_id: str
    resource_type: str
    resource_id: str
    seq: int
    concept: str
    own_date: date | None
    at: datetime | None
    late_date: date | None
    value: float | None
    value_date: date | None
    value_code: str | None
    until: date | None
    provider: str | None
    client: str | None
    encounter_id: str | None
    through: str | None
    medication_id: str | None
    receipt: int
    posture: str | None
    absurd: bool
    taken_at: datetime | None


class Visit(NamedTuple):
    """What an Encounter lends to the facts that point to it. `episodes` are ids, blank between; `kind` is its class."""

    encounter_id: str
    person_id: str
    start: date | None
    start_at: datetime | None
    until: date | None
    kind: str | None
    provider: str | None
    client: str | None
    episodes: str | None


class Patient(NamedTuple):
    """One registration of a person. `written` orders registrations: the last written active one speaks."""

    patient_id: str
    person_id: str
    written: int
    active: bool
    birth_date: date | None
    birth_at: datetime | None
    sex: str
    village: str | None
    mother_id: str | None
    death_on: date | None


class Implausible(NamedTuple):
    """A measure that gives no fact, an absurd one, a date that cannot be: things to ask the sender about."""

    person_id: str
    resource_type: str
    resource_id: str
    seq: int
    concept: str
    reason: str
    detail: str | None
    own_date: date | None
    late_date: date | None
    provider: str | None
    client: str | None
    encounter_id: str | None


@dataclass(slots=True)
class Reading:
    """What one event says. `names` is the product of a Medication."""

    facts: list[Fact] = field(default_factory=list)
    implausible: list[Implausible] = field(default_factory=list)
    visit: Visit | None = None
    patient: Patient | None = None
    product: str | None = None
    lag: tuple[str, date, int] | None = None
    """Of a timed record that is new: its sender, the day of receipt, hours from what it states to receipt."""
