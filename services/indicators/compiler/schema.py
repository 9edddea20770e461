"""Care standards as data: read from TOML files, checked against the concepts, every fault named by line and field."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from services.indicators.reading.concepts import HERE
from services.indicators.reading.faults import BadFile, FileFault, fault
from services.kernel.problems import Text

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Days = Annotated[int, Field(ge=0, le=40_000)]
MOST_BITS = 62


class Strict(BaseModel):
    """Nothing unknown is let pass: a misspelled field is a fault, not a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Strict):
    """A text for people, in Bahasa Indonesia and English."""

    id: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]


class When(Strict):
    """For whom an item is asked: those born from a day on, of a sex, of an age at the as-of date."""

    born_from: date | None = None
    sex: Literal["female", "male"] | None = None
    from_age_months: Days | None = None
    until_age_months: Days | None = None


class Item(Strict):
    """One thing a unit must have received. See standards/README.md for each field."""

    name: Slug
    label: Words
    active: bool = True
    any_of: tuple[Slug, ...] = ()
    all_of: tuple[Slug, ...] = ()
    days: Annotated[int, Field(ge=1, le=366)] | None = None
    doses: Annotated[int, Field(ge=1, le=10)] | None = None
    apart_days: Days | None = None
    total: Annotated[float, Field(gt=0)] | None = None
    every: Literal["month"] | None = None
    months: Literal["since-diagnosis", "whole-year"] | None = None
    window: Literal["unit", "year", "ever"] = "unit"
    from_day: int | None = None
    until_day: int | None = None
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
        if sum(v is not None for v in (self.days, self.doses, self.total, self.every)) > 1:
            raise ValueError(
                "days: pilih satu dari days, doses, total, every / days: choose one of days, doses, total, every"
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
        return self.total or self.doses or self.days or 1

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
    """Unit: a living person of an age at the as-of date, with an open condition when one is named."""

    unit: Literal["person"]
    open_condition: Slug | None = None
    from_age_years: Days | None = None
    until_age_years: Days | None = None

    @property
    def concepts(self) -> tuple[str, ...]:
        """Concepts the unit itself is made of."""
        return (self.open_condition,) if self.open_condition else ()


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


class Standard(Strict):
    """One care standard: a population, the items of its service, and the regulation they come from."""

    id: Slug
    set: Slug
    active: bool
    beside: Slug | None = None
    better: Literal["more", "less"] = "more"
    valid_from: date
    valid_until: date | None = None
    regulation: Annotated[str, Field(min_length=1)]
    title: Words
    formula: Words
    note: tuple[Words, ...] = ()
    population: Annotated[Pregnancy | Person | Birthday | Measured, Field(discriminator="unit")]
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
        asked = {c for i in self.items for c in (*i.concepts, *((i.without,) if i.without else ()))}
        return frozenset(asked | set(self.population.concepts))

    def in_force(self, year: int) -> bool:
        """Whether the regulation rules the year as a whole."""
        return self.valid_from <= date(year, 1, 1) and (
            self.valid_until is None or self.valid_until >= date(year, 1, 1)
        )


def load(concepts: frozenset[str], folders: Sequence[Path] = (HERE,)) -> tuple[Standard, ...]:
    """Every standard of the folders; a later folder's file replaces one of the same name. Raises BadFile."""
    files = {path.name: path for folder in folders for path in sorted(folder.glob("*.*.toml"))}
    found, faults = list[Standard](), list[FileFault]()
    for path in files.values():
        try:
            found.append(read(path, concepts))
        except BadFile as bad:
            faults += bad.faults
    if faults:
        raise BadFile(faults)
    return tuple(sorted(found, key=lambda s: (s.id, s.set)))


def read(path: Path, concepts: frozenset[str]) -> Standard:
    """One file. Raises BadFile with all that is wrong in it."""
    text = path.read_text(encoding="utf-8")
    try:
        standard = Standard.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        wrong = Text("bukan TOML yang sah di baris ini", "not valid TOML on this line")
        raise BadFile([FileFault(path.name, int(found[1]) if found else 1, "-", wrong)]) from None
    except ValidationError as error:
        raise BadFile(list(_faults(path.name, text, error))) from None
    lines = _lines(text)
    beyond = list(_beyond(path, lines, standard, concepts))
    if beyond:
        raise BadFile(beyond)
    return standard


def _beyond(path: Path, lines: Mapping[str, int], standard: Standard, concepts: frozenset[str]) -> Iterator[FileFault]:
    """What the shape alone does not show: unknown concepts, twins, months without a diagnosis, too many items."""

    def wrong(field: str, words_id: str, words_en: str) -> FileFault:
        return fault(path.name, _line(lines, field), field, words_id, words_en)

    for n, item in enumerate(standard.item):
        if item.name in {other.name for other in standard.item[:n]}:
            yield wrong(f"item.{n}.name", "sudah dipakai butir lain", "is taken by another item")
        if item.every and getattr(standard.population, "open_condition", None) is None:
            yield wrong(
                f"item.{n}.every",
                "butir bulanan memerlukan population.open_condition",
                "a monthly item needs population.open_condition",
            )
        if item.index and not isinstance(standard.population, Measured):
            yield wrong(
                f"item.{n}.index", 'memerlukan population.unit = "measured"', 'needs population.unit "measured"'
            )
    if isinstance(standard.population, Measured):
        name = f"growth.{standard.population.reference}.tsv"
        if not any((folder / name).exists() for folder in (path.parent, HERE)):
            yield wrong("population.reference", f"berkas {name} tidak ada", f"there is no file {name}")
    for field, concept in _named(standard):
        if concept not in concepts:
            yield wrong(
                field, f"konsep {concept} tidak ada dalam concepts.tsv", f"the concept {concept} is not in concepts.tsv"
            )
    if path.stem != standard.key:
        right = f"{standard.key}.toml"
        yield wrong("id", f"nama berkas harus {right}", f"the file must be called {right}")
    if sum(i.bits for i in standard.items) > MOST_BITS:
        yield wrong("item", "terlalu banyak butir", "too many items")


def _named(standard: Standard) -> Iterator[tuple[str, str]]:
    """Every concept a standard names, with the field that names it."""
    population = standard.population
    yield from ((f"population.{k}", v) for k, v in population.model_dump().items() if v in population.concepts)
    for n, item in enumerate(standard.item):
        yield from ((f"item.{n}.{'any_of' if item.any_of else 'all_of'}", c) for c in item.concepts)
        if item.without:
            yield f"item.{n}.without", item.without


def _line(lines: Mapping[str, int], field: str) -> int:
    """The line of a field, or of what it is part of."""
    while field not in lines and "." in field:
        field = field.rpartition(".")[0]
    return lines.get(field, 1)


def _faults(file: str, text: str, error: ValidationError) -> Iterator[FileFault]:
    lines = _lines(text)
    for found in error.errors(include_url=False, include_input=False):
        loc = [str(p) for p in found["loc"] if p not in ("pregnancy", "person", "birthday", "measured")]
        said = str(found.get("ctx", {}).get("error", "")) if found["type"] == "value_error" else ""
        if said:  # our own words: "field: Indonesia / field: English"
            own, _, other = said.partition(" / ")
            name, _, first = own.partition(": ")
            field, words = ".".join([*loc, name]), Text(first, other.partition(": ")[2])
        else:
            field, words = ".".join(loc), _words(found)
        yield FileFault(file, _line(lines, field), field, words)


def _words(found: Any) -> Text:
    """pydantic's finding in our two languages; an unknown kind keeps its English."""
    match found["type"]:
        case "missing":
            return Text("wajib diisi", "is required")
        case "extra_forbidden":
            return Text("tidak dikenal; periksa ejaannya", "is not known; check its spelling")
        case "literal_error" | "union_tag_invalid":
            right = found["ctx"].get("expected") or found["ctx"].get("expected_tags")
            return Text(f"harus salah satu dari {right}", f"must be one of {right}")
        case _:
            return Text(f"tidak sesuai ({found['msg']})", str(found["msg"]))


_HEAD = re.compile(r"^\s*\[(\[?)\s*([\w.-]+)\s*\]?\]")
_KEY = re.compile(r"^\s*([\w-]+)\s*=")


def _lines(text: str) -> dict[str, int]:
    """On which line each field stands: "item.3.days" → 57. For the plain TOML of these files."""
    where, counts, at = dict[str, int](), dict[str, int](), ""
    for number, line in enumerate(text.splitlines(), 1):
        if head := _HEAD.match(line):
            at = head[2]
            if head[1]:
                counts[at] = counts.get(at, -1) + 1
                at = f"{at}.{counts[at]}"
            where.setdefault(at.partition(".")[0], number)
            where[at] = number
        elif key := _KEY.match(line):
            where[f"{at}.{key[1]}" if at else key[1]] = number
    return where
