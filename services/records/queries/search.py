"""Search over current resources: conditions compiled from parameters, access decided in the same statement."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from services.kernel.access import refs
from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.records.queries.reading import _actor
from services.records.queries.statement import ALIAS, IHS
from services.records.queries.visible import ASKER, CAME, LOG, purpose, shown, visible_to, withheld

REPLACED = "replaced"
"""`resource.status` of a Patient that was merged into another."""


@dataclass(slots=True)
class Where:
    """SQL conditions on one type and their values. Placeholders are numbered from `first`.

    `persons` are the sets of persons a search names: whose record may not be seen is decided for them as a whole,
    whatever else is asked, so that no other condition can be tried out on a hidden record.
    """

    type: str
    first: int = 10
    conditions: list[str] = field(default_factory=list)
    persons: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        """A Patient that was merged into another is read by its id only; who looks for the person finds the other."""
        if self.type == "Patient":
            self.conditions.append(f"r.status IS DISTINCT FROM '{REPLACED}'")

    def add(self, condition: str, *values: Any) -> None:
        """Add a condition whose `{0}`, `{1}`… stand for `values`."""
        self.conditions.append(self.numbered(condition, *values))

    def any_of(self, options: Sequence[tuple[Any, ...]]) -> None:
        """Add conditions (each with its values) of which one must hold: what a comma means in FHIR."""
        if not options:
            self.conditions.append("false")
            return
        self.conditions.append("(" + " OR ".join(self.numbered(*option) for option in options) + ")")

    def numbered(self, sql: str, *values: Any) -> str:
        """SQL with its `{0}`, `{1}`… numbered, the values taken up."""
        numbers = [f"${self.first + len(self.values) + i}" for i in range(len(values))]
        self.values.extend(values)
        return sql.format(*numbers)

    # one method per kind of column

    def patients(self, ids: Sequence[str]) -> None:
        """Resources of these Patients, by our id or an alias."""
        people = (
            "SELECT person_id FROM person WHERE patient_id = ANY({0}::text[])"
            " UNION SELECT person_id FROM person_identifier"
            f" WHERE system IN ('{IHS}', '{ALIAS}') AND value = ANY({{0}}::text[])"
        )
        self.persons.append(self.numbered(people, list(ids)))

    def identifiers(self, tokens: Sequence[tuple[str | None, str]]) -> None:
        """Resources (on Patient: persons) with any of these identifiers; a None system means any system."""
        having = (
            "SELECT {what} FROM resource_identifier i JOIN unnest({{0}}::text[], {{1}}::text[]) t(system, value)"
            " ON i.value = t.value AND (t.system IS NULL OR i.system = t.system) {join} WHERE i.type = $8"
        )
        values = [s for s, _ in tokens], [v for _, v in tokens]
        if self.type == "Patient":
            join = "JOIN resource p ON p.type = i.type AND p.id = i.id AND NOT p.deleted"
            self.persons.append(self.numbered(having.format(what="DISTINCT p.person_id", join=join), *values))
        else:
            self.add(f"r.id IN ({having.format(what='i.id', join='')})", *values)

    def codes(self, tokens: Sequence[tuple[str | None, str]]) -> None:
        """Resources with any of these codings; a bare code matches whatever its system."""
        exact = [f"{s}|{c}" for s, c in tokens if s is not None]
        bare = [c for s, c in tokens if s is None]
        self.add(
            "(r.codes && {0}::text[] OR EXISTS (SELECT 1 FROM unnest(r.codes) k"
            " WHERE substr(k, strpos(k, '|') + 1) = ANY({1}::text[])))",
            exact,
            bare,
        )

    def name(self, folded: str) -> None:
        """Patients whose folded name contains a text."""
        self.add("r.person_id IN (SELECT person_id FROM person WHERE name LIKE '%' || {0} || '%')", folded)

    def born(self, options: Sequence[tuple[Any, ...]]) -> None:
        """Patients whose birth date meets one of these conditions."""
        persons = "r.person_id IN (SELECT person_id FROM person WHERE {})"
        self.any_of([(persons.replace("{}", condition), *days) for condition, *days in options])

    def sex(self, sexes: Sequence[str]) -> None:
        """Patients of these administrative genders."""
        self.add("r.person_id IN (SELECT person_id FROM person WHERE sex = ANY({0}::text[]))", list(sexes))


@dataclass(frozen=True, slots=True)
class Hit:
    """One match."""

    id: str
    version: int
    receipt: int
    date: datetime | None
    body: str


_LAST, _FIRST = "coalesce(r.date, 'infinity')", "coalesce(r.date, '-infinity')"
ORDERS = {
    "": ("r.receipt DESC", "r.receipt < {0}"),
    "_lastUpdated": ("r.updated_at, r.receipt", "(r.updated_at, r.receipt) > ({1}::timestamptz, {0})"),
    "-_lastUpdated": ("r.updated_at DESC, r.receipt DESC", "(r.updated_at, r.receipt) < ({1}::timestamptz, {0})"),
    "date": (f"{_LAST}, r.receipt", f"({_LAST}, r.receipt) > (coalesce({{1}}::timestamptz, 'infinity'), {{0}})"),
    "-date": (
        f"{_FIRST} DESC, r.receipt DESC",
        f"({_FIRST}, r.receipt) < (coalesce({{1}}::timestamptz, '-infinity'), {{0}})",
    ),
}
"""`_sort` → ORDER BY, and the condition of what comes after a cursor (receipt, moment)."""

_SEARCH = """
WITH named AS MATERIALIZED (
    {named}
), hits AS (
    SELECT r.type, r.id, r.version, r.receipt, r.date, r.updated_at, r.person_id, r.body FROM {source}
    WHERE r.type = $8 AND NOT r.deleted {conditions} {after} ORDER BY {order} LIMIT $9
), looked AS (
    {log} SELECT $1, $2, $3, l.person_id, 'search', $8, {purpose},
                 CASE WHEN allowed THEN 'allowed' ELSE 'refused' END, {came}, {refs}
    FROM (SELECT person_id, allowed, NULL AS id, NULL::bigint AS receipt FROM named UNION ALL
          SELECT person_id, true, id, receipt FROM (SELECT * FROM hits r ORDER BY {order} LIMIT $9 - 1) page
          WHERE person_id IS NOT NULL) l
    GROUP BY l.person_id, allowed
), said AS (
    SELECT (SELECT array_agg(p.patient_id::text) FROM named n JOIN person p USING (person_id)
            WHERE NOT n.allowed) AS hidden,
           (SELECT coalesce(bool_or(n.part), false) FROM named n WHERE n.allowed) AS part,
           CASE WHEN (SELECT count(*) FROM hits) = $9 THEN
               (SELECT count(*) FROM (SELECT FROM {source}
                                      WHERE r.type = $8 AND NOT r.deleted {conditions} LIMIT 10000) c)
           END AS total
)
SELECT r.id, r.version, r.receipt, {moment} AS date, r.body, said.hidden, said.total, said.part
FROM said LEFT JOIN hits r ON true ORDER BY {order}
"""
_NOBODY = "SELECT NULL::text AS person_id, NULL::boolean AS allowed, NULL::boolean AS part WHERE false"
_PERSONS = f"""
SELECT h.person_id, coalesce({visible_to("h.person_id", ASKER)}, false) AS allowed,
       {withheld("h.person_id", ASKER)} AS part FROM ({{people}}) h
"""
_NAMED = f"resource r JOIN named n ON n.person_id = r.person_id AND {shown('r', ASKER, 'n.allowed')}"
_ANYONE = f" AND {shown('r', ASKER)}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search found: hits that may be shown, the Patients named that may not, the total when there are more.

    `withheld`: of a person named, something (whatever else was asked) is of a class the actor may not see.
    """

    hits: list[Hit]
    hidden: list[str]
    total: int | None
    withheld: bool


async def search(
    conn: Connection,
    actor: Actor,
    today: date,
    where: Where,
    *,
    sort: str,
    limit: int,
    after: tuple[int, datetime | None] | None,
) -> Answer:
    """Up to `limit` + 1 hits and, when there are more, the total (counted up to 10,000).

    A search that names persons finds nothing of those the actor may not see, and logs the refusal; any other search
    only ever looks at what the actor may see.
    """
    order, beyond = ORDERS[sort]
    conditions = "".join(f" AND {c}" for c in where.conditions)
    if where.persons:
        people = " INTERSECT ".join(f"({p})" for p in where.persons)
        named, source = _PERSONS.format(people=people), _NAMED
    else:
        named, source = _NOBODY, "resource r"
        conditions += _ANYONE
    cursor = ""
    if after is not None:
        cursor = " AND " + where.numbered(beyond, after[0], *([after[1]] if "{1}" in beyond else []))
    sql = _SEARCH.format(
        named=named, source=source, conditions=conditions, after=cursor, order=order, log=LOG, came=CAME,
        purpose=purpose("l.person_id", ASKER), refs=refs("$8", "id", "receipt"),
        moment="r.updated_at" if "_lastUpdated" in sort else "r.date",
    )  # fmt: skip
    rows = await conn.fetch(sql, *_actor(actor, today), where.type, limit + 1, *where.values)
    hits = [Hit(r["id"], r["version"], r["receipt"], r["date"], r["body"]) for r in rows if r["id"] is not None]
    return Answer(hits, rows[0]["hidden"] or [], rows[0]["total"], rows[0]["part"])


_MATCHING = f"""
SELECT r.id FROM resource r WHERE r.type = $8 AND NOT r.deleted {{conditions}} AND {shown("r", ASKER)}
AND coalesce($2::text, $4::text, ($5::text[])[1], '') IS NOT NULL  -- the asker's placeholders nothing else needs
ORDER BY r.receipt LIMIT $9
"""


async def matching(conn: Connection, actor: Actor, today: date, where: Where, limit: int = 2) -> list[str]:
    """Ids of the first resources that match and that the actor may see: what a conditional write asks.

    `where` is `Query.where(type)` of `params.parse`. Nothing is logged: what is answered is logged then.
    """
    named = [f"r.person_id IN ({people})" for people in where.persons]
    conditions = "".join(f" AND {c}" for c in [*where.conditions, *named])
    asked = [*_actor(actor, today), where.type, limit, *where.values]
    rows = await conn.fetch(_MATCHING.format(conditions=conditions), *asked)
    return [r["id"] for r in rows]
