"""Care standards as data: what a standard's file says, field by field. See standards/README.md."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Concept = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}(:[a-z0-9_-]{1,63})?$")]
Days = Annotated[int, Field(ge=0, le=40_000)]
Offset = Annotated[int, Field(ge=-40_000, le=40_000)]
"""Days before or after a day. Bounded, as ages are: a calendar ends, and beyond its end nothing can be counted."""
Years = Annotated[int, Field(ge=0, le=150)]
Months = Annotated[int, Field(ge=0, le=1_800)]


class Strict(BaseModel):
    """Nothing unknown is let pass: a misspelled field is a fault, not a default."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Words(Strict):
    """A text for people, in Bahasa Indonesia and English."""

    id: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]


class When(Strict):
    """For whom an item is asked: those born from a day on, of a sex, of an age at the as-of date."""

    born_from: date | None = None
    sex: Literal["female", "male"] | None = None
    from_age_months: Months | None = None
    until_age_months: Months | None = None


class Item(Strict):
    """One thing a unit must have received. See standards/README.md for each field."""

    name: Slug
    label: Words
    active: bool = True
    any_of: tuple[Concept, ...] = ()
    all_of: tuple[Concept, ...] = ()
    days: Annotated[int, Field(ge=1, le=366)] | None = None
    doses: Annotated[int, Field(ge=1, le=10)] | None = None
    apart_days: Days | None = None
    total: Annotated[float, Field(gt=0, le=1e9)] | None = None
    resources: Annotated[int, Field(ge=1, le=20)] | None = None
    among: tuple[Concept, ...] = ()
    provider_types: tuple[Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,20}$")], ...] = ()
    unsaid: Slug | None = None
    every: Literal["month"] | None = None
    months: Literal["since-diagnosis", "whole-year"] | None = None
    window: Literal["unit", "year", "ever"] = "unit"
    from_day: Offset | None = None
    until_day: Offset | None = None
    from_hour: Days | None = None
    until_hour: Days | None = None
    without: Slug | None = None
    part_of: Slug | None = None
    when: When = When()
    index: Literal["weight_for_age", "height_for_age", "weight_for_height", "plausible"] | None = None
    from_z: float | None = None
    until_z: float | None = None
    outside: bool = False

    @model_validator(mode="after")
    def _sense(self) -> "Item":
        self._sense_of_index()
        if self.index is None and bool(self.any_of) == bool(self.all_of):
            raise ValueError("any_of: isi any_of atau all_of, tidak keduanya / any_of: give any_of or all_of, not both")
        if sum(v is not None for v in (self.days, self.doses, self.total, self.resources, self.every)) > 1:
            raise ValueError(
                "days: pilih satu dari days, doses, total, resources, every"
                " / days: choose one of days, doses, total, resources, every"
            )
        if self.among and self.resources is None:
            raise ValueError("among: hanya bersama resources / among: only with resources")
        if bool(self.provider_types) != bool(self.unsaid):
            raise ValueError(
                "unsaid: wajib bersama provider_types / unsaid: belongs with provider_types, and the reverse"
            )
        if (self.doses is None) != (self.apart_days is None):
            raise ValueError("apart_days: wajib bersama doses / apart_days: belongs with doses, and doses with it")
        if (self.every is None) != (self.months is None):
            raise ValueError("months: wajib bersama every / months: belongs with every, and every with it")
        if self.from_day is not None and self.until_day is not None and self.from_day > self.until_day:
            raise ValueError("until_day: jendela kosong, sebelum from_day / until_day: empty window, before from_day")
        return self

    def _sense_of_index(self) -> None:
        bounds = (self.from_z, self.until_z)
        if self.index is None and (bounds != (None, None) or self.outside):
            raise ValueError("index: wajib bersama from_z, until_z, outside / index: belongs with from_z and until_z")
        if self.index is not None and (bounds == (None, None)) != (self.index == "plausible"):
            raise ValueError("from_z: isi from_z atau until_z / from_z: give from_z or until_z")
        if self.from_z is not None and self.until_z is not None and self.from_z > self.until_z:
            raise ValueError("until_z: kurang dari from_z / until_z: is less than from_z")
        asked = (self.any_of, self.all_of, self.days, self.doses, self.total, self.every, self.from_day, self.until_day)
        if self.index is not None and any(asked):
            raise ValueError("index: berdiri sendiri, tanpa konsep dan jumlah / index: stands alone, without concepts")

    @property
    def concepts(self) -> tuple[str, ...]:
        """The concepts whose facts can meet the item."""
        return self.any_of or self.all_of

    @property
    def need(self) -> float:
        """How much is needed: days, doses or the total."""
        return self.total or self.doses or self.days or self.resources or 1

    @property
    def timed(self) -> bool:
        """Whether it may be judged by the hour."""
        return self.from_hour is not None or self.until_hour is not None

    @property
    def bits(self) -> int:
        """Places the item takes: one, or one for each month and one for "no month yet"."""
        return 13 if self.every else 1


class Pregnancy(Strict):
    """Unit: a pregnancy, from the episodes that open it, dated by LMP, else expected date, else gestational age."""

    unit: Literal["pregnancy"]
    episode: Slug
    lmp: Slug
    edd: Slug
    gestational_age: Slug
    delivery: Slug
    loss: Slug
    term_days: Days
    longest_days: Days
    same_within_days: Days
    undated: Slug

    @property
    def concepts(self) -> tuple[str, ...]:
        """Concepts the unit itself is made of."""
        return (self.episode, self.lmp, self.edd, self.gestational_age, self.delivery, self.loss)


class Person(Strict):
    """Unit: a person of an age at the as-of date: all, those with an open condition, or those with a fact in the year.

    `units_of` adds who has a unit of another standard in the year; `units` is that standard's population, put in when
    all files are read.
    """

    unit: Literal["person"]
    open_condition: Slug | None = None
    any_of: tuple[Slug, ...] = ()
    units_of: Slug | None = None
    alive: bool = True
    from_age_years: Years | None = None
    until_age_years: Years | None = None
    from_age_months: Months | None = None
    until_age_months: Months | None = None
    units: "Population | None" = None

    @model_validator(mode="before")
    @classmethod
    def _own(cls, said: Any) -> Any:
        if isinstance(said, dict) and "units" in said:
            raise ValueError("units: tidak dikenal; pakai units_of / units: is not known; use units_of")
        return said

    @model_validator(mode="after")
    def _sense(self) -> "Person":
        if self.open_condition and (self.any_of or self.units_of):
            raise ValueError(
                "open_condition: tidak bersama any_of atau units_of / open_condition: not with any_of or units_of"
            )
        return self

    @property
    def ages(self) -> tuple[int | None, int | None]:
        """Completed months from which and until which one is counted; a year is its twelve months."""
        first = self.from_age_months if self.from_age_years is None else self.from_age_years * 12
        last = self.until_age_months if self.until_age_years is None else self.until_age_years * 12 + 11
        return first, last

    @property
    def concepts(self) -> tuple[str, ...]:
        """Concepts the unit itself is made of."""
        own = (self.open_condition,) if self.open_condition else self.any_of
        return (*own, *(self.units.concepts if self.units else ()))


class Birthday(Strict):
    """Unit: a child who completes `months` of age in the year, by the as-of date, alive."""

    unit: Literal["birthday"]
    months: Annotated[int, Field(ge=1, le=240)]

    @property
    def concepts(self) -> tuple[str, ...]:
        """Concepts the unit itself is made of."""
        return ()


Limits = tuple[float, float]


class Plausible(Strict):
    """Between which z-scores a measurement is believed, for each index; both ends included."""

    weight_for_age: Limits
    height_for_age: Limits
    weight_for_height: Limits


class Measured(Strict):
    """Unit: a living child weighed and measured on one day of the year; the last such day, as z-scores."""

    unit: Literal["measured"]
    reference: Slug
    weight: Slug
    length: Slug
    height: Slug
    until_age_months: Annotated[int, Field(ge=0, le=60)]
    standing_from_day: Days
    posture_cm: Annotated[float, Field(ge=0, le=5)]
    plausible: Plausible
    counted: Literal["plausible", "implausible"] = "plausible"

    @model_validator(mode="after")
    def _sense(self) -> "Measured":
        if any(low > high for low, high in self.plausible.model_dump().values()):
            raise ValueError(
                "plausible: batas bawah melebihi batas atas / plausible: a lower end exceeds its upper end"
            )
        return self

    @property
    def concepts(self) -> tuple[str, ...]:
        """Concepts the unit itself is made of."""
        return (self.weight, self.length, self.height)


class Delivery(Strict):
    """Unit: a delivery; told several times within `same_within_days` it is one, dated by the first. Facts belong to it
    by their visit, or when at most `near_days` away; those of a child when the child was born so near.
    """

    unit: Literal["delivery"]
    delivery: Slug
    same_within_days: Days
    near_days: Days

    @property
    def concepts(self) -> tuple[str, ...]:
        """Concepts the unit itself is made of."""
        return (self.delivery,)


class Newborn(Strict):
    """Unit: a child from birth on, whether it lives or not, of the year in which it completes `days` of age."""

    unit: Literal["newborn"]
    days: Annotated[int, Field(ge=0, le=365)]

    @property
    def concepts(self) -> tuple[str, ...]:
        """Concepts the unit itself is made of."""
        return ()


Population = Annotated[Pregnancy | Person | Birthday | Measured | Delivery | Newborn, Field(discriminator="unit")]


class Standard(Strict):
    """One care standard: a population, the items of its service, and the regulation they come from."""

    id: Slug
    set: Slug
    active: bool
    beside: Slug | None = None
    better: Literal["more", "less"] = "more"
    targets_of: Slug | None = None
    valid_from: date
    valid_until: date | None = None
    first_month: Annotated[int, Field(ge=1, le=12)] = 1
    regulation: Annotated[str, Field(min_length=1)]
    title: Words
    formula: Words
    note: tuple[Words, ...] = ()
    population: Population
    item: Annotated[tuple[Item, ...], Field(min_length=1)]

    @property
    def key(self) -> str:
        """The name under which results are kept: service and set."""
        return f"{self.id}.{self.set}"

    @property
    def items(self) -> tuple[Item, ...]:
        """The items that are asked for."""
        return tuple(i for i in self.item if i.active)

    @property
    def concepts(self) -> frozenset[str]:
        """Every concept whose facts this standard looks at."""
        asked = {c for i in self.items for c in (*i.concepts, *i.among, *(n for n in (i.without, i.unsaid) if n))}
        return frozenset(asked | set(self.population.concepts))

    @property
    def within_year(self) -> bool:
        """Whether no fact dated before the year can count: not for what opens a unit, nor for any item."""
        unit = self.population
        yearly = isinstance(unit, Measured) or (isinstance(unit, Person) and not (unit.open_condition or unit.units_of))
        return yearly and all(i.window != "ever" for i in self.items)

    @property
    def lapses(self) -> bool:
        """Whether the served may fall out again though nothing was undone: months end, children are measured again."""
        return isinstance(self.population, Measured) or any(i.every for i in self.items)

    def year_of(self, day: date) -> int:
        """The standard's year that a day lies in: one that does not begin in January is called by its end."""
        return day.year + (1 < self.first_month <= day.month)

    @property
    def begins_ahead(self) -> bool:
        """Whether units of next year are counted this year: pregnancies due, children just born, a year begun."""
        return isinstance(self.population, Pregnancy | Newborn) or self.first_month > 1

    @property
    def measured_by(self) -> str:
        """The service whose official targets it is measured by."""
        return self.targets_of or self.beside or self.id

    @property
    def named_by(self) -> str | None:
        """The type of resource by whose id a unit is known; None when by the person."""
        return {"pregnancy": "EpisodeOfCare", "delivery": "Observation"}.get(self.population.unit)

    def in_force(self, year: int) -> bool:
        """Whether the regulation rules the year as a whole."""
        return self.valid_from <= date(year, 1, 1) and (
            self.valid_until is None or self.valid_until >= date(year, 1, 1)
        )
