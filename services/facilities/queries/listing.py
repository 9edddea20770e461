"""SQL of lists: every list of the network is chosen, sorted, paged and counted here.

A list is declared once, beside its other SQL, and a route asks for what it wants of it:

    FACILITIES = Listing("facility", Facility, key=("code",), sorts=("code", "name", "kind"), named="name")

    def chosen(kinds, ownership, area, name) -> Chosen:
        return FACILITIES.chosen().among("kind", kinds).equal("ownership", ownership).named(name)

and the route (see routes/facilities.py) takes `asked: Annotated[Asked, paging.of(FACILITIES)]` and returns
`await paging.answer(service, request, chosen(...), asked)`. A condition whose value is None was not asked for and is
left out. `.where("on_hand > {}", value)` takes any other; `.source("facility_on({})", day)` replaces the table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, get_args, get_origin

import orjson
from pydantic import BaseModel

from services.facilities.rules import listing as rules
from services.facilities.rules.listing import Asked
from services.kernel.db import Connection

_TYPES = {str: "text", int: "bigint", float: "float8", bool: "boolean", date: "date", datetime: "timestamptz"}


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: where its rows come from, what each shows, what makes it one, and what it can be sorted by.

    A field of `model` is the column of that name, or what `columns` says. `named` is the field `name=` searches in.
    `geometry`: SQL that gives a row's GeoJSON geometry (`place_of` for what belongs to a facility).
    """

    source: str
    model: type[BaseModel]
    key: tuple[str, ...]
    sorts: tuple[str, ...]
    named: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    geometry: str | None = None

    def chosen(self) -> "Chosen":
        """All rows, for conditions to choose among."""
        return Chosen(self)

    def column(self, name: str) -> str:
        """A field as SQL."""
        return self.columns.get(name, name)

    def sorted_by(self, name: str, value: str | None = None) -> str:
        """A field (or a value of it) as it is sorted: names without case or diacritics."""
        said = self.column(name) if value is None else value
        return f"searchable({said})" if name == self.named else said


def place_of(facility: str) -> str:
    """SQL of the point where a facility stands, as GeoJSON; `facility` is SQL that gives its code."""
    return f"(SELECT {POINT} FROM facility place WHERE place.code = {facility} AND longitude IS NOT NULL)"


POINT = "json_build_object('type', 'Point', 'coordinates', json_build_array(longitude, latitude))"


class Chosen:
    """The rows of a list that meet conditions; each method returns the same object."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.values: list[Any] = []
        self._from = listing.source
        self._parts: list[str] = []

    def value(self, value: Any) -> str:
        """The placeholder of a value."""
        self.values.append(value)
        return f"${len(self.values)}"

    def where(self, condition: str, *values: Any) -> "Chosen":
        """A condition with `{}` for each value; left out when a value is None."""
        if None not in values:
            self._parts.append(condition.format(*map(self.value, values)))
        return self

    def source(self, source: str, *values: Any) -> "Chosen":
        """Another origin of the rows than the list's own, with `{}` for each value."""
        self._from = source.format(*map(self.value, values))
        return self

    def equal(self, column: str, value: Any) -> "Chosen":
        """Rows with exactly this."""
        return self.where(f"{column} = {{}}", str(value) if isinstance(value, StrEnum) else value)

    def among(self, column: str, values: Sequence[str] | None) -> "Chosen":
        """Rows with one of these."""
        return self.where(f"{column} = ANY({{}}::text[])", [str(v) for v in values] if values else None)

    def within(self, column: str, area: str | None) -> "Chosen":
        """Rows whose village or area code lies within an area."""
        return self.where(f"starts_with({column}, {{}})", area)

    def on(self, day: date | None, start: str = "valid_from", end: str = "valid_until") -> "Chosen":
        """Rows in force on a day; an empty end is open, an empty start always was."""
        return self.where(f"daterange({start}, {end}, '[]') @> {{}}::date", day)

    def named(self, words: str | None) -> "Chosen":
        """Rows whose name holds every word, in any order, as a part, without case or diacritics."""
        column = self.listing.column(self.listing.named or "name")
        for word in (words or "").split():
            pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            self.where(f"searchable({column}) LIKE searchable({{}}::text)", pattern)
        return self

    @property
    def _where(self) -> str:
        return " AND ".join(self._parts) or "true"

    def page(self, asked: Asked, limit: int, geometry: bool = False) -> tuple[str, list[Any]]:
        """The statement of one page, and its values. Raises Invalid for an order or a mark that is not of this list."""
        of, values = self.listing, self.values
        order = rules.order(asked.sort, of.sorts)
        shown = [f"{of.columns[f]} AS {f}" if f in of.columns else f for f in of.model.model_fields]
        if geometry:
            shown.append(f"({of.geometry})::text AS geometry")
        conditions, self.values = self._where, [*values]
        if asked.after:
            conditions += f" AND ({self._beyond(asked.after, order, asked.sort)})"
        way = " DESC" if order and order.descending else ""
        by = [f"{of.column(k)}{way}" for k in of.key]
        if order:
            last = " NULLS LAST" if way and rules.optional(of.model, order.field) else ""
            by.insert(0, f"{of.sorted_by(order.field)}{way}{last}")
        sql = f"SELECT {', '.join(shown)} FROM {self._from} WHERE {conditions} ORDER BY {', '.join(by)} LIMIT {limit}"
        taken, self.values = self.values, values
        return sql, taken

    def _beyond(self, after: str, order: rules.Order | None, sort: str | None) -> str:
        """Rows after a mark."""
        of, fields = self.listing, ((order.field,) if order else ()) + self.listing.key
        said = rules.values(after, sort, of.model, fields)
        sides = [(of.column(f), self._typed(f, v)) for f, v in zip(of.key, said[-len(of.key) :], strict=True)]
        way = "<" if order and order.descending else ">"
        if order is None:
            return _further(sides, way)
        column = of.sorted_by(order.field)
        if said[0] is None:
            return f"{column} IS NULL AND {_further(sides, way)}"
        beyond = _further([(column, of.sorted_by(order.field, self._typed(order.field, said[0]))), *sides], way)
        return f"{beyond} OR {column} IS NULL" if rules.optional(of.model, order.field) else beyond

    def _typed(self, name: str, value: Any) -> str:
        annotation = self.listing.model.model_fields[name].annotation
        bare = next((a for a in (*_bare(annotation), annotation) if a in _TYPES), str)
        return f"{self.value(str(value) if bare is str else value)}::{_TYPES[bare]}"

    async def count(self, conn: Connection) -> int:
        """How many rows there are."""
        sql = f"SELECT count(*) FROM {self._from} WHERE {self._where}"
        found: int = await conn.fetchval(sql, *self.values)
        return found

    async def rows(
        self, conn: Connection, asked: Asked, geometry: bool = False
    ) -> tuple[list[dict[str, Any]], str | None]:
        """One page's rows, by field, ready for JSON, and the mark of the next page if there is one."""
        sql, values = self.page(asked, asked.limit + 1, geometry)
        found = await conn.fetch(sql, *values)
        rows = [dict(r) for r in found[: asked.limit]]
        if len(found) <= asked.limit:
            return self._ready(rows), None
        order = rules.order(asked.sort, self.listing.sorts)
        fields = ((order.field,) if order else ()) + self.listing.key
        return self._ready(rows), rules.mark(asked.sort, [rows[-1][f] for f in fields])

    def _ready(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """PostgreSQL gives jsonb as text: it goes out as it came."""
        for name, info in self.listing.model.model_fields.items():
            if not _plain(info.annotation):
                for row in rows:
                    if isinstance(row[name], str):
                        row[name] = orjson.Fragment(row[name])
        return rows


def _further(sides: Sequence[tuple[str, str]], way: str) -> str:
    left, right = ", ".join(s[0] for s in sides), ", ".join(s[1] for s in sides)
    return f"({left}) {way} ({right})"


def _bare(annotation: Any) -> tuple[Any, ...]:
    """The types an annotation allows, without Annotated and None; a list is one type, whatever it holds."""
    if get_origin(annotation) in (list, tuple, dict):
        return (get_origin(annotation),)
    if hasattr(annotation, "__metadata__"):
        return _bare(annotation.__origin__)
    inner = [a for a in get_args(annotation) if a is not type(None)]
    return tuple(b for a in inner for b in _bare(a)) if inner else (annotation,)


def _plain(annotation: Any) -> bool:
    """Whether a column of this type comes as a value, not as the text of some JSON."""
    return all(t in _TYPES or (isinstance(t, type) and issubclass(t, StrEnum)) for t in _bare(annotation))
