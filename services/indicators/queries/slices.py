"""SQL that sums units: a slice of an indicator, by up to two dimensions and narrowed by others.

When the tallies stand for the asked day it reads the smallest that knows every dimension asked for; what no tally knows
(who contributed, by sex or age) it counts from the standings, village by village. Any other day is computed by the same
rules. Where a village belongs is decided here, by the registry and the catchments of the asked day.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from services.indicators.compiler.sql import quoted
from services.indicators.contract import CONTRIBUTION, By
from services.indicators.queries.numbers import MINE, OUTSIDE, PLACE, Asked
from services.indicators.queries.standings import WIDE
from services.indicators.queries.tallies import BY_GROUP, BY_VILLAGE, MONTHS
from services.kernel.db import Tx

HOME = "*"
"""Stands for all villages of the registry where a sum does not tell them apart."""
PLACES = frozenset({By.VILLAGE, By.PUSKESMAS, By.KECAMATAN})
_GROUPS = frozenset({By.SEX, By.AGE})
_KEYS = {
    By.VILLAGE: "p.village", By.PUSKESMAS: "coalesce(p.puskesmas, '')", By.KECAMATAN: "coalesce(p.kecamatan, '')",
    By.SEX: "t.sex", By.AGE: "t.age_band::text", By.PAYER: "t.payer",
}  # fmt: skip
_CREDITS = {
    By.FACILITY: "x", By.KIND: "coalesce(f.kind, 'unknown')", By.OWNERSHIP: "coalesce(f.ownership, 'unknown')",
}  # fmt: skip
_COLUMNS = "village, sex, age_band, payer"
_SERVED = ", ".join(f"({n}, {name})" for n, name in enumerate(MONTHS))
_WIDE = f"CROSS JOIN LATERAL (VALUES (-1, unserved), {_SERVED}) v (month, units)"


@dataclass(frozen=True, slots=True)
class Slice:
    """Broken down by up to two dimensions (none: the whole), narrowed to villages, a sex, an age band, a payer, or to
    units of which one of these facilities met an item."""

    by: tuple[By, ...] = ()
    villages: Collection[str] | None = None
    sex: str | None = None
    age: int | None = None
    payer: str | None = None
    facilities: Collection[str] | None = None

    @property
    def dims(self) -> frozenset[By]:
        """Every dimension of a unit that must be known; places are known by the village."""
        named = ((By.VILLAGE, self.villages), (By.SEX, self.sex), (By.AGE, self.age), (By.PAYER, self.payer))
        asked = {By.VILLAGE if b in PLACES else b for b in self.by} - CONTRIBUTION
        return frozenset(asked | {by for by, value in named if value is not None})


class _Query:
    """A statement in the making: its parameters after the years and days, and the conditions on a relation `t`."""

    def __init__(self, asked: Asked, which: Slice) -> None:
        self.asked, self.which = asked, which
        self.given: list[Any] = [*asked.parameters]
        self.villages = self._add(which.villages, "text[]")
        self.facilities = self._add(which.facilities, "text[]")
        values = (("sex", which.sex, "text"), ("age_band", which.age, "int"), ("payer", which.payer, "text"))
        wanted = [f"t.{name} = {self._add(value, kind)}" for name, value, kind in values if value is not None]
        self.where = " AND ".join(["true", *wanted])

    def _add(self, value: Any, kind: str) -> str | None:
        if value is None:
            return None
        self.given.append(list(value) if kind == "text[]" else value)
        return f"${len(self.given)}::{kind}"

    @property
    def here(self) -> str:
        """Condition that reads a tally in the order of its key."""
        key = quoted(self.asked.standard.standard.key)
        return f"{self.asked.mine} AND standard = {key}{self.inside}"

    @property
    def inside(self) -> str:
        return f" AND village = ANY ({self.villages})" if self.villages else ""

    @property
    def touched(self) -> str:
        return f" AND facilities && {self.facilities}" if self.facilities else ""

    async def fetch(self, tx: Tx, sql: str) -> Sequence[Any]:
        if not self.asked.tallied or "FROM calc" in sql:
            await tx.execute(WIDE)
        return list(await tx.fetch(sql, *self.given))


async def cells(tx: Tx, asked: Asked, which: Slice) -> list[tuple[str, int | None, str | None, int]]:
    """(key, month, item, units): units by month, then by missing item. Residents elsewhere have the key OUTSIDE; the
    key of two breakdowns is both values with CROSS between.

    Narrowed by contributors nothing is told of missing items: a unit lacks them whoever met the others.
    """
    q = _Query(asked, which)
    keys = " || chr(10) || ".join(_KEYS[b] for b in which.by) or "''"
    key = f"CASE WHEN p.village IS NULL THEN '{OUTSIDE}' ELSE {keys} END"
    parts = [
        f"""
SELECT {key} AS key, t.month::int AS month, NULL AS item, sum(t.units)::int AS units
FROM cell t LEFT JOIN place p USING (village) WHERE {q.where} GROUP BY 1, 2 HAVING sum(t.units) <> 0"""
    ]
    if which.facilities is None:
        parts.append(f"""
SELECT {key}, NULL, t.item, sum(t.units)::int FROM lack t LEFT JOIN place p USING (village) WHERE {q.where}
GROUP BY 1, 3 HAVING sum(t.units) <> 0""")
    rows = await q.fetch(tx, f"{_relations(q)}, {PLACE}{' UNION ALL '.join(parts)}")
    return [(r[0], r[1], r[2], r[3]) for r in rows]


def _relations(q: _Query) -> str:
    """`WITH cell, lack`: units by what a unit is, and month or missing item."""
    dims, which = q.which.dims, q.which
    one_by_one = which.facilities is not None and not dims <= {By.VILLAGE}
    if not q.asked.tallied or (one_by_one and not q.asked.kept):
        return f"{q.asked.standard.everybody}, {_counted('calc', q.inside + q.touched)}"
    if which.facilities is not None:
        if not one_by_one:
            return f"""WITH cell AS (SELECT village, '' AS sex, 0 AS age_band, '' AS payer, month, units
    FROM tally_contribution WHERE {q.here}{q.touched})"""
        return f"WITH {_counted('standing', f' AND {q.here}{q.touched}')}"
    if dims <= {By.VILLAGE}:
        return f"WITH {_of_cut(q, BY_VILLAGE)}"
    if By.VILLAGE not in dims:
        return f"WITH {_of_groups(q)}"
    return f"""WITH cell AS (SELECT {_COLUMNS}, month, units FROM tally_residence WHERE {q.here}
), lack AS (SELECT {_COLUMNS}, item, units FROM tally_missing WHERE {q.here})"""


def _counted(source: str, condition: str) -> str:
    return f"""cell AS (
    SELECT {_COLUMNS}, month, count(*) AS units FROM {source} WHERE true{condition} GROUP BY 1, 2, 3, 4, 5
), lack AS (
    SELECT {_COLUMNS}, item, count(*) AS units FROM {source}, unnest(missing) item WHERE true{condition}
    GROUP BY 1, 2, 3, 4, 5
)"""


def _of_cut(q: _Query, cut: int) -> str:
    return f"""cell AS (
    SELECT {_COLUMNS}, month, units FROM tally_months {_WIDE} WHERE {q.here} AND cut = {cut} AND units <> 0
), lack AS (SELECT {_COLUMNS}, item, units FROM tally_lacking WHERE {q.here} AND cut = {cut})"""


def _of_groups(q: _Query) -> str:
    """The sums by group know no village: those who live in none of the registry are taken out, and told apart."""
    group = "sex, age_band, payer"
    strange = f"{q.here} AND village IN (SELECT village FROM strange)"
    return f"""strange AS MATERIALIZED (
    SELECT village FROM tally_months s WHERE {q.here} AND cut = {BY_VILLAGE}
      AND NOT EXISTS (SELECT FROM area a WHERE a.code = s.village AND length(a.code) = 10)
), far AS MATERIALIZED (SELECT {_COLUMNS}, month, units FROM tally_residence WHERE {strange}
), wanting AS MATERIALIZED (SELECT {_COLUMNS}, item, units FROM tally_missing WHERE {strange}
), cell AS (
    SELECT '{HOME}' AS village, {group}, month, units FROM tally_months {_WIDE}
    WHERE {q.here} AND cut = {BY_GROUP} AND units <> 0
    UNION ALL SELECT '{HOME}', {group}, month, -units FROM far
    UNION ALL SELECT village, {group}, month, units FROM far
), lack AS (
    SELECT '{HOME}' AS village, {group}, item, units FROM tally_lacking WHERE {q.here} AND cut = {BY_GROUP}
    UNION ALL SELECT '{HOME}', {group}, item, -units FROM wanting
    UNION ALL SELECT village, {group}, item, units FROM wanting
)"""


async def credited(tx: Tx, asked: Asked, which: Slice) -> list[tuple[str, int, int]]:
    """(key, units, of these served): each unit of a resident once per facility, kind or owner that met an item.

    The first of `by` says which of these; the second, if any, what the units are.
    """
    q = _Query(asked, which)
    second, key = (_KEYS[which.by[1]], "k.key || chr(10) || g.second") if len(which.by) > 1 else ("''", "k.key")
    sql = f"""{_credit(q)}, {PLACE}, credited AS (
    SELECT t.facilities, {second} AS second, sum(t.units) AS units, sum(t.served) AS served
    FROM credit t JOIN place p USING (village) WHERE {q.where} GROUP BY 1, 2
)
SELECT {key}, sum(g.units)::int, sum(g.served)::int FROM credited g CROSS JOIN LATERAL (
    SELECT DISTINCT {_CREDITS[which.by[0]]} AS key FROM unnest(g.facilities) x LEFT JOIN facility f ON f.code = x
) k GROUP BY 1 HAVING sum(g.units) <> 0 ORDER BY 1"""
    rows = await q.fetch(tx, sql)
    return [(r[0], r[1], r[2]) for r in rows]


def _credit(q: _Query) -> str:
    """`WITH credit`: units, and of these served, by set of contributors and what a unit is."""
    if q.asked.tallied and not q.which.dims & _GROUPS:
        return f"""WITH credit AS (
    SELECT facilities, village, payer, '' AS sex, 0 AS age_band, units, served FROM tally_payer
    WHERE {q.here}{q.touched}
)"""
    head = "WITH" if q.asked.kept else f"{q.asked.standard.everybody},"
    source = f"standing WHERE {q.here}" if q.asked.kept else f"calc WHERE true{q.inside}"
    return f"""{head} credit AS (
    SELECT facilities, {_COLUMNS}, count(*) AS units, count(*) FILTER (WHERE month >= 0) AS served
    FROM {source}{q.touched} GROUP BY 1, 2, 3, 4, 5
)"""


async def by_payer(tx: Tx, asked: Asked, which: Slice) -> list[tuple[str, str, int, int]]:
    """(payer, whose facilities met items, units, of these served): each resident unit once.

    Whose: public, private, both, none; unknown when the registry does not know a facility.
    """
    q = _Query(asked, which)
    sql = f"""{_credit(q)}, {PLACE}, credited AS (
    SELECT t.facilities, t.payer, sum(t.units) AS units, sum(t.served) AS served
    FROM credit t JOIN place p USING (village) WHERE {q.where} GROUP BY 1, 2
)
SELECT g.payer, CASE WHEN g.facilities = '{{}}' THEN 'none' WHEN o.public AND o.private THEN 'both'
           WHEN o.public THEN 'public' WHEN o.private THEN 'private' ELSE 'unknown' END,
       sum(g.units)::int, sum(g.served)::int
FROM credited g CROSS JOIN LATERAL (
    SELECT bool_or(f.ownership = 'public') AS public, bool_or(f.ownership = 'private') AS private
    FROM facility f WHERE f.code = ANY (g.facilities)
) o GROUP BY 1, 2 HAVING sum(g.units) <> 0 ORDER BY 1, 2"""
    return [(r[0], r[1], r[2], r[3]) for r in await q.fetch(tx, sql)]


async def wholes(tx: Tx, standards: Collection[str], year: int) -> list[tuple[str, bool, list[int]]]:
    """(standard, whether they live in the district, units not served and served by month), of those whose tallies stand
    for the asked day."""
    sums = ", ".join(f"sum({name})" for name in ("unserved", *MONTHS))
    sql = f"""
SELECT t.standard, a.code IS NOT NULL, ARRAY[{sums}]::int[]
FROM tally_months t LEFT JOIN area a ON a.code = t.village AND length(a.code) = 10
WHERE {MINE} AND t.standard = ANY ($2) AND t.cut = {BY_VILLAGE} GROUP BY 1, 2"""
    return [(r[0], r[1], list(r[2])) for r in await tx.fetch(sql, [year], list(standards))]
