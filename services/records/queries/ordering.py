"""The order of a search and where a page begins: sort keys as SQL, and what comes after the last one shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.records.params.query import Sort
from services.records.params.table import Param
from services.records.queries.where import Where


@dataclass(frozen=True, slots=True)
class Key:
    """One sort key: SQL over the alias `{r}`, its type, its direction; `kept`: earlier versions have it too."""

    sql: str
    kind: str
    falling: bool
    kept: bool = False

    @property
    def order(self) -> str:
        return " DESC" if self.falling else ""


@dataclass(frozen=True, slots=True)
class After:
    """Where the next page begins: the keys and the receipt of the last row shown, and when the search began."""

    keys: tuple[str, ...]
    receipt: int
    began: datetime


def keys_of(where: Where, sorts: Sequence[Sort]) -> list[Key]:
    """The keys of an order; the receipt number, which never changes, comes last and decides ties."""
    return [_key(where, s.param, s.falling) for s in sorts]


_PERSON = "(SELECT {column} FROM person p WHERE p.person_id = {{r}}.person_id)"


def _key(where: Where, param: Param, falling: bool) -> Key:
    none = "'-infinity'" if falling else "'infinity'"  # what has no value comes last
    match param.column:
        case "updated_at":
            return Key("{r}.updated_at", "timestamptz", falling, kept=True)
        case "date":
            return Key(f"coalesce({{r}}.date, {none})", "timestamptz", falling, kept=True)
        case "id":
            return Key("r.id", "text", falling)
        case "status":
            return Key("coalesce(r.status, '')", "text", falling)
        case "birth_date":
            return Key(_PERSON.format(column=f"coalesce(p.birth_date, {none})"), "date", falling)
        case "person_name":
            return Key(_PERSON.format(column="coalesce(p.name, '')"), "text", falling)
    return _inside(where, param, falling, none)


_TAILS = {
    "CodeableConcept": ".coding.code", "Coding": ".code", "Identifier": ".value", "ContactPoint": ".value",
    "HumanName": ".text", "Address": ".text", "Period": ".start", "Timing": ".event", "Quantity": ".value",
    "Age": ".value", "Duration": ".value",
}  # fmt: skip


def _inside(where: Where, param: Param, falling: bool, none: str) -> Key:
    """The first value in the body."""
    where.body = True
    first = ", ".join(
        f"jsonb_path_query_first(d.doc, '{p.path}{_TAILS.get(p.datatype, '')}[*]') #>> '{{{{}}}}'" for p in param.places
    )
    if param.kind == "date":
        return Key(f"coalesce(earliest_moment(coalesce({first})), {none})", "timestamptz", falling)
    if param.kind in ("number", "quantity"):
        return Key(f"coalesce(coalesce({first})::numeric, '{'-' if falling else ''}Infinity')", "numeric", falling)
    return Key(f"coalesce({first}, '')", "text", falling)


def order_by(keys: Sequence[Key], names: Sequence[str]) -> str:
    """ORDER BY over the names of the keys and the receipt."""
    last = keys[0].falling if keys else True
    parts = [f"{n}{k.order}" for n, k in zip(names, keys, strict=True)]
    return ", ".join([*parts, "r.receipt" + (" DESC" if last else "")])


def beyond(where: Where, keys: Sequence[Key], after: After, row: str) -> str:
    """The condition of what comes after a cursor, the keys read from the alias `row`."""
    last = keys[0].falling if keys else True
    columns = [(k.sql.format(r=row), f"::{k.kind}", k.falling, v) for k, v in zip(keys, after.keys, strict=True)]
    said = [(sql, where.numbered("{0}::text", v) + kind, falling) for sql, kind, falling, v in columns]
    said.append(("r.receipt", where.numbered("{0}::bigint", after.receipt), last))
    if len({falling for *_, falling in said}) == 1:
        left, right = ", ".join(s for s, *_ in said), ", ".join(v for _, v, _ in said)
        return f"({left}) {'<' if last else '>'} ({right})"
    options = []
    for n, (sql, value, falling) in enumerate(said):
        equal = [f"{s} = {v}" for s, v, _ in said[:n]]
        options.append("(" + " AND ".join([*equal, f"{sql} {'<' if falling else '>'} {value}"]) + ")")
    return "(" + " OR ".join(options) + ")"
