"""A search as it was asked: conditions, chains, includes, order, what to show. Pure; `queries.search` makes it SQL."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from services.kernel.problems import Fault, Invalid, Text
from services.records.params import values as read
from services.records.params.table import Param, find, table
from services.records.schema.stored import STORED


@dataclass(frozen=True, slots=True)
class Wanted:
    """One parameter with its modifier and the values of which any may match."""

    param: Param
    modifier: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chained:
    """`patient.name=…`: what a reference points to must meet a condition, in one of these types."""

    param: Param
    inner: tuple["Wanted | Chained | Having", ...]


@dataclass(frozen=True, slots=True)
class Having:
    """`_has:Observation:patient:code=…`: something that points here through `param` meets a condition."""

    param: Param
    inner: "Wanted | Chained | Having"


Asked = Wanted | Chained | Having


@dataclass(frozen=True, slots=True)
class Include:
    """`_include` or `_revinclude`: the parameter that leads on, the type wanted at its end, whether again and again."""

    param: Param
    target: str | None
    iterate: bool


@dataclass(frozen=True, slots=True)
class Sort:
    """One key of the order: a parameter, None for the receipt number."""

    param: Param
    falling: bool


@dataclass(slots=True)
class Query:
    """A parsed search of one type."""

    type: str
    wanted: list[Asked] = field(default_factory=list)
    count: int = 50
    counted_only: bool = False
    total: str = ""
    sort: list[Sort] = field(default_factory=list)
    includes: list[Include] = field(default_factory=list)
    revincludes: list[Include] = field(default_factory=list)
    page: str | None = None
    summary: str = ""
    elements: tuple[str, ...] = ()
    unknown: list[str] = field(default_factory=list)
    asked: str = ""
    """The criteria and the order, spelt one way: a page mark is good for these only."""


_SILENT = frozenset({"_format", "_pretty", "_contained", "_containedType", "_type"})


def parse(type_: str, items: Iterable[tuple[str, str]], *, page: int, max_page: int, strict: bool) -> Query:
    """A search from its parameters. Unknown ones are ignored, or refused under `Prefer: handling=strict`.

    Raises Invalid for values that cannot be meant, and for modifiers the server does not have.
    """
    query, told = Query(type_, count=page), []
    for key, value in items:
        key, value = key.strip(), value.strip()
        if not key or not value:
            continue
        if not _control(query, key, value, max_page):
            found = _asked(type_, key, value)
            if found is None:
                query.unknown.append(key)
                continue
            query.wanted.append(found)
        if key not in ("_page", "_count", "_total", "_format", "_pretty"):
            told.append(f"{key}={value}")
    query.asked = "&".join([type_, *sorted(told)])
    if strict and query.unknown:
        known = ", ".join(sorted(table()[type_]))
        said = Text(
            f"Parameter pencarian tidak dikenal; yang dikenal: {known}", f"Unknown search parameter; known: {known}"
        )
        raise Invalid(said, [Fault(k, Text("tidak dikenal", "unknown"), "not-supported") for k in query.unknown])
    return query


def number(value: str, otherwise: int, most: int) -> int:
    """A whole number of a query, at most `most`; `otherwise` when it is none."""
    return min(int(value), most) if value.isascii() and value.isdecimal() and len(value) < 19 else otherwise


# --- criteria -------------------------------------------------------------------------------------------

_CHAIN = re.compile(r"^([A-Za-z_-]+)(?::([A-Z][A-Za-z]+))?\.(.+)$")
_MODIFIERS = frozenset({"", "missing", "not", "exact", "contains", "text", "identifier", "below"})


def _asked(type_: str, key: str, value: str, depth: int = 0) -> Asked | None:
    """One criterion, or None when the type has no such parameter."""
    if depth > 3:
        raise Invalid(Text("Rantai parameter terlalu panjang", "The chain of parameters is too long"))
    if key.startswith("_has:"):
        return _having(key, value, depth)
    if chain := _CHAIN.match(key):
        return _chained(type_, chain, value, depth)
    name, _, modifier = key.partition(":")
    param = find(type_, name)
    if param is None:
        return None
    if modifier not in _MODIFIERS and not (param.kind == "reference" and modifier in STORED):
        said = Text(f"Akhiran :{modifier[:30]} tidak didukung", f"The modifier :{modifier[:30]} is not supported")
        raise Invalid(said, [Fault(name, said, "not-supported")])
    return Wanted(param, modifier, tuple(read.split(value)))


def _chained(type_: str, chain: re.Match[str], value: str, depth: int) -> Asked | None:
    param = find(type_, chain[1])
    if param is None or param.kind != "reference":
        return None
    targets = [chain[2]] if chain[2] else targets_of(param)
    inner = [found for t in targets if t in STORED and (found := _asked(t, chain[3], value, depth + 1))]
    return Chained(param, tuple(inner)) if inner else None


def targets_of(param: Param) -> list[str]:
    """The types a reference parameter leads to; what names the person leads to the Patient."""
    if param.column == "person":
        return ["Patient"]
    only = [p.only for p in param.places if p.only]
    return only or [t for t in (STORED if "Resource" in param.targets else param.targets) if t in STORED]


def _having(key: str, value: str, depth: int) -> Asked | None:
    parts = key.split(":", 3)
    if len(parts) != 4 or parts[1] not in STORED:
        return None
    param, inner = find(parts[1], parts[2]), _asked(parts[1], parts[3], value, depth + 1)
    return Having(param, inner) if param is not None and param.kind == "reference" and inner else None


# --- what to show, and in what order --------------------------------------------------------------------

_TOTALS = {"none", "estimate", "accurate"}
_SUMMARIES = {"true", "text", "data", "count", "false"}


def _control(query: Query, key: str, value: str, max_page: int) -> bool:
    """Take up a parameter that is no criterion; False when it is one."""
    match key.partition(":")[0]:
        case "_count":
            query.count = number(value, query.count, max_page)
            query.counted_only = query.counted_only or query.count == 0
        case "_sort":
            query.sort = _sorted(query, value)
        case "_page":
            query.page = value
        case "_total" if value in _TOTALS:
            query.total = value
        case "_totalMethod":
            query.total = "accurate"
        case "_summary" if value in _SUMMARIES:
            query.summary = value
            query.counted_only = query.counted_only or value == "count"
        case "_elements":
            query.elements = (*query.elements, *(e.split(".")[-1] for e in read.split(value)))
        case "_include" | "_revinclude" as way:
            reverse = way == "_revinclude"
            found = _include(query.type, value, key.endswith((":iterate", ":recurse")), reverse)
            if not found:
                query.unknown.append(f"{key}={value}")
            (query.revincludes if reverse else query.includes).extend(found)
        case name:
            return name in _SILENT
    return True


_SORTABLE = {"string", "date", "token", "uri", "number", "quantity"}


def _sorted(query: Query, value: str) -> list[Sort]:
    keys = []
    for part in read.split(value):
        param = find(query.type, part.removeprefix("-"))
        if param is None or param.kind not in _SORTABLE:
            query.unknown.append(f"_sort={part}")
        else:
            keys.append(Sort(param, part.startswith("-")))
    return keys


def _include(type_: str, value: str, iterate: bool, reverse: bool) -> list[Include]:
    """`Type:parameter[:target]`, `Type:*`, `*`. Unknown ones give nothing."""
    source, _, rest = value.partition(":")
    name, _, target = rest.partition(":")
    if value == "*" and not reverse:
        source, name = type_, "*"
    if source not in STORED or (not reverse and source != type_ and not iterate):
        return []
    every = [p for p in table()[source].values() if p.kind == "reference"]
    found: Any = every if name == "*" else [find(source, name)]
    return [Include(p, target or None, iterate) for p in found if p is not None and p.kind == "reference"]
