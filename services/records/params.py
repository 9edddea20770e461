"""FHIR search parameters → conditions. One table drives both the search and the CapabilityStatement."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.kernel.problems import Fault, Invalid, Text
from services.records import rules
from services.records.queries.search import ORDERS, Where

ZONE = ZoneInfo("Asia/Jakarta")
Add = Callable[[Where, Sequence[str]], None]


@dataclass(frozen=True, slots=True)
class Param:
    """A search parameter: its FHIR kind, how it becomes a condition, its other spellings, the types that have it."""

    kind: str
    add: Add
    spellings: tuple[str, ...] = ()
    types: frozenset[str] | None = None


def _split(value: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<!\\),", value) if part.strip()]


def _token(value: str) -> tuple[str | None, str]:
    system, bar, code = value.rpartition("|")
    return (system or None if bar else None), code


def _ids(values: Sequence[str]) -> list[str]:
    return [v.rsplit("/", 1)[-1] for v in values]


def _patient(where: Where, values: Sequence[str]) -> None:
    where.patients(_ids(values))


def _id(where: Where, values: Sequence[str]) -> None:
    if where.type == "Patient":
        where.patients(_ids(values))
    else:
        where.add("r.id = ANY({0}::text[])", _ids(values))


def _identifier(where: Where, values: Sequence[str]) -> None:
    where.identifiers([_token(v) for v in values])


def _code(where: Where, values: Sequence[str]) -> None:
    where.codes([_token(v) for v in values])


def _status(where: Where, values: Sequence[str]) -> None:
    where.add("r.status = ANY({0}::text[])", [_token(v)[1] for v in values])


def _encounter(where: Where, values: Sequence[str]) -> None:
    where.add("r.encounter_id = ANY({0}::text[])", _ids(values))


def _organization(where: Where, values: Sequence[str]) -> None:
    where.add("r.organization = ANY({0}::text[])", _ids(values))


def _name(where: Where, values: Sequence[str]) -> None:
    for value in values:
        where.name(rules.fold(value))


def _birthdate(where: Where, values: Sequence[str]) -> None:
    options = []
    for value in values:
        prefix, begin, end = _span(value)
        days = [d.astimezone(ZONE).date() for d in (begin, end)]
        options.append(_compared("birth_date", "date", prefix, *days))
    where.born(options)


def _gender(where: Where, values: Sequence[str]) -> None:
    where.sex(values)


_PREFIXED = re.compile(r"^(eq|ne|gt|lt|ge|le|sa|eb|ap)?(\d{4}.*)$", re.ASCII)


def _span(value: str) -> tuple[str, datetime, datetime]:
    """A search date as its prefix and the span [begin, end) it stands for."""
    match = _PREFIXED.match(value)
    if match is None:
        raise _bad_date()
    return match[1] or "eq", *_moment(match[2])


def _compared(column: str, kind: str, prefix: str, begin: Any, end: Any) -> tuple[Any, ...]:
    """The condition a prefix means, and its values."""
    match prefix:
        case "gt" | "sa":
            return f"{column} >= {{0}}::{kind}", end
        case "ge":
            return f"{column} >= {{0}}::{kind}", begin
        case "lt" | "eb":
            return f"{column} < {{0}}::{kind}", begin
        case "le":
            return f"{column} < {{0}}::{kind}", end
    within = f"{column} >= {{0}}::{kind} AND {column} < {{1}}::{kind}"
    return f"NOT ({within})" if prefix == "ne" else within, begin, end


def _dates(column: str) -> Add:
    def add(where: Where, values: Sequence[str]) -> None:
        where.any_of([_compared(column, "timestamptz", *_span(value)) for value in values])

    return add


def _bad_date() -> Invalid:
    return Invalid(
        Text("Tanggal pencarian harus seperti ge2026-01-31", "A search date looks like ge2026-01-31"),
        [Fault("date", Text("tanggal tidak sah", "not a date"), "value")],
    )


def _moment(value: str) -> tuple[datetime, datetime]:
    """The span a partial date stands for, as [begin, end). A bare `+` of a zone arrives as a blank: repaired."""
    value = re.sub(r"(T[\d:.]+) (\d\d:\d\d)$", r"\1+\2", value.strip())
    try:
        if re.fullmatch(r"\d{4}", value):
            first = date(int(value), 1, 1)
            return _local(first), _local(date(first.year + 1, 1, 1))
        if re.fullmatch(r"\d{4}-\d\d", value):
            first = date.fromisoformat(value + "-01")
            return _local(first), _local((first + timedelta(days=32)).replace(day=1))
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            first = date.fromisoformat(value)
            return _local(first), _local(first + timedelta(days=1))
        at = datetime.fromisoformat(value)
        at = at if at.tzinfo else at.replace(tzinfo=ZONE)
        fine = timedelta(microseconds=1) if "." in value else timedelta(seconds=1)
        return at.astimezone(UTC), (at + fine).astimezone(UTC)
    except (ValueError, OverflowError):  # the calendar's first and last day have no neighbour
        raise _bad_date() from None


def _local(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


_PATIENT = frozenset({"Patient"})
PARAMS: dict[str, Param] = {
    "_id": Param("token", _id),
    "_lastUpdated": Param("date", _dates("r.updated_at")),
    "identifier": Param("token", _identifier),
    "patient": Param("reference", _patient, ("subject", "beneficiary", "for")),
    "encounter": Param("reference", _encounter, ("context",)),
    "code": Param("token", _code, ("vaccine-code", "vaccineCode", "type", "class", "medication", "questionnaire")),
    "date": Param(
        "date", _dates("r.date"),
        ("onset-date", "recorded-date", "authored", "authoredon", "whenhandedover", "occurrence", "period"),
    ),
    "status": Param("token", _status, ("clinical-status",)),
    "organization": Param(
        "reference", _organization,
        ("service-provider", "performer", "requester", "custodian", "partof", "part-of", "managing-organization"),
    ),
    "name": Param("string", _name, types=_PATIENT),
    "birthdate": Param("date", _birthdate, types=_PATIENT),
    "gender": Param("token", _gender, types=_PATIENT),
}  # fmt: skip
_BY_SPELLING = {s: name for name, p in PARAMS.items() for s in (name, *p.spellings)}
_CONTROL = frozenset(
    {"_count", "_sort", "_total", "_page", "_format", "_pretty", "_summary", "_elements", "_totalMethod"}
)


@dataclass(slots=True)
class Query:
    """A parsed search."""

    wanted: list[tuple[str, Sequence[str]]] = field(default_factory=list)
    count: int = 50
    sort: str = ""
    page: str | None = None
    unknown: list[str] = field(default_factory=list)

    def where(self, type_: str) -> Where:
        """The conditions, afresh for each run."""
        where = Where(type_)
        for name, values in self.wanted:
            PARAMS[name].add(where, values)
        return where


def parse(type_: str, items: Iterable[tuple[str, str]], *, page: int, max_page: int, strict: bool) -> Query:
    """A search from its parameters. Unknown ones are ignored, or refused under `Prefer: handling=strict`."""
    query = Query(count=page)
    for key, value in items:
        key, value = key.strip(), value.strip()
        if not key or not value:
            continue
        if key in _CONTROL:
            _control(query, key, value, max_page)
            continue
        name = _BY_SPELLING.get(key.split(":")[0])
        param = PARAMS.get(name or "")
        if name is None or param is None or (param.types is not None and type_ not in param.types):
            query.unknown.append(key)
            continue
        query.wanted.append((name, _split(value)))
    if strict and query.unknown:
        known = ", ".join(sorted(PARAMS))
        raise Invalid(
            Text(
                f"Parameter pencarian tidak dikenal; yang dikenal: {known}", f"Unknown search parameter; known: {known}"
            ),
            [Fault(k, Text("tidak dikenal", "unknown"), "not-supported") for k in query.unknown],
        )
    return query


def number(value: str, otherwise: int, most: int) -> int:
    """A whole number of a query, at most `most`; `otherwise` when it is none."""
    return min(int(value), most) if value.isdecimal() and len(value) < 19 else otherwise


def _control(query: Query, key: str, value: str, max_page: int) -> None:
    match key:
        case "_count":
            query.count = number(value, query.count, max_page)
        case "_sort":
            first = value.split(",")[0]
            first = {"lastUpdated": "_lastUpdated", "-lastUpdated": "-_lastUpdated"}.get(first, first)
            query.sort = first if first in ORDERS else ""
        case "_page":
            query.page = value
