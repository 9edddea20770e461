"""Search over current resources: conditions compiled from parameters, access decided in the same statement."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.records.queries.reading import _actor
from services.records.queries.statement import ALIAS, IHS
from services.records.queries.visible import LOG, open_to, visible_to


@dataclass(slots=True)
class Where:
    """SQL conditions and their values. Placeholders are numbered from `first`."""

    first: int = 10
    conditions: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)

    def add(self, condition: str, *values: Any) -> None:
        """Add a condition whose `{0}`, `{1}`… stand for `values`."""
        numbers = [f"${self.first + len(self.values) + i}" for i in range(len(values))]
        self.conditions.append(condition.format(*numbers))
        self.values.extend(values)

    def nothing(self) -> None:
        """A search that cannot match."""
        self.conditions.append("false")

    # one method per kind of column

    def patients(self, ids: Sequence[str]) -> None:
        """Resources of these Patients, by our id or an alias."""
        self.add(
            "r.person_id IN (SELECT person_id FROM person WHERE patient_id = ANY({0}::text[])"
            " UNION SELECT person_id FROM person_identifier"
            f" WHERE system IN ('{IHS}', '{ALIAS}') AND value = ANY({{0}}::text[]))",
            list(ids),
        )

    def identifiers(self, tokens: Sequence[tuple[str | None, str]]) -> None:
        """Resources with any of these identifiers; a None system means any system."""
        self.add(
            "r.id IN (SELECT i.id FROM resource_identifier i JOIN unnest({0}::text[], {1}::text[]) t(system, value)"
            " ON i.value = t.value AND (t.system IS NULL OR i.system = t.system) WHERE i.type = $8)",
            [s for s, _ in tokens],
            [v for _, v in tokens],
        )

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

    def born(self, day: date) -> None:
        """Patients born on a day."""
        self.add("r.person_id IN (SELECT person_id FROM person WHERE birth_date = {0}::date)", day)

    def sex(self, sexes: Sequence[str]) -> None:
        """Patients of these administrative genders."""
        self.add("r.person_id IN (SELECT person_id FROM person WHERE sex = ANY({0}::text[]))", list(sexes))


@dataclass(frozen=True, slots=True)
class Hit:
    """One match. Without `allowed` its body must not be shown."""

    id: str
    version: int
    receipt: int
    date: datetime | None
    body: str
    allowed: bool


ORDERS = {
    "": ("r.receipt DESC", "r.receipt < {0}"),
    "_lastUpdated": ("r.updated_at, r.receipt", "(r.updated_at, r.receipt) > ({1}::timestamptz, {0})"),
    "-_lastUpdated": ("r.updated_at DESC, r.receipt DESC", "(r.updated_at, r.receipt) < ({1}::timestamptz, {0})"),
    "date": ("r.date NULLS LAST, r.receipt", "(r.date, r.receipt) > ({1}::timestamptz, {0})"),
    "-date": ("r.date DESC NULLS LAST, r.receipt DESC", "(r.date, r.receipt) < ({1}::timestamptz, {0})"),
}
"""`_sort` → ORDER BY, and the condition of what comes after a cursor (receipt, moment)."""

_SEARCH = """
WITH hits AS (
    SELECT r.type, r.id, r.version, r.receipt, r.date, r.updated_at, r.client, r.person_id, r.body FROM resource r
    WHERE r.type = $8 AND NOT r.deleted {conditions} {before_page} {after}
    ORDER BY {order} LIMIT $9
), decided AS (
    SELECT *, {visible} AS allowed FROM hits r
), looked AS (
    {log} SELECT $1, $2, $3, person_id, 'search', $8, $4, CASE WHEN allowed THEN 'allowed' ELSE 'refused' END, $5
    FROM decided WHERE person_id IS NOT NULL GROUP BY person_id, allowed
)
SELECT id, version, receipt, {moment} AS date, body, allowed,
    CASE WHEN (SELECT count(*) FROM hits) = $9 THEN (
        SELECT count(*) FROM (SELECT 1 FROM resource r WHERE r.type = $8 AND NOT r.deleted {conditions} {before_page}
                              LIMIT 10000) c)
    ELSE NULL END AS total
FROM decided r ORDER BY {order}
"""


async def search(
    conn: Connection,
    actor: Actor,
    today: date,
    type_: str,
    where: Where,
    *,
    of_a_person: bool,
    sort: str,
    limit: int,
    after: tuple[int, datetime | None] | None,
) -> tuple[list[Hit], int | None]:
    """Up to `limit` + 1 hits and, when there are more, the total (counted up to 10,000).

    A search of one person (`of_a_person`) also returns what may not be shown, as not allowed, and logs the refusal;
    any other search only ever looks at what the actor may see.
    """
    order, beyond = ORDERS[sort]
    visible = f"({open_to('r', '$3')} OR {visible_to('r.person_id', '$3', '$6', '$7')})"
    conditions = "".join(f" AND {c}" for c in where.conditions)
    cursor = ""
    if after is not None:
        where.add(beyond, after[0], *([after[1]] if "{1}" in beyond else []))
        cursor = " AND " + where.conditions[-1]
    sql = _SEARCH.format(
        conditions=conditions, after=cursor, order=order, visible=visible, log=LOG,
        before_page="" if of_a_person else f"AND {visible}",
        moment="r.updated_at" if "_lastUpdated" in sort else "r.date",
    )  # fmt: skip
    rows = await conn.fetch(sql, *_actor(actor, today), type_, limit + 1, *where.values)
    total = next((r["total"] for r in rows), None)
    return [Hit(r["id"], r["version"], r["receipt"], r["date"], r["body"], r["allowed"]) for r in rows], total
