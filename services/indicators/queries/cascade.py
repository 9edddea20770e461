"""SQL of the tuberculosis cascade: each person of the year with the steps reached, out of facts."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.indicators.compiler.sql import quoted
from services.indicators.contract import Reached, TbStep
from services.indicators.queries.numbers import OUTSIDE
from services.indicators.queries.surveillance import WATCHED
from services.indicators.rules.cascade import CODED, STEPS, Step
from services.kernel.db import Connection

_TB = sorted({c for s in STEPS.values() for c in s.facts if c.startswith("tb_")})
_OTHER = sorted({c for s in STEPS.values() for c in s.facts if not c.startswith("tb_")})
_EVER = sorted({c for s in STEPS.values() for c in s.ever})


def _any(concepts: Sequence[str]) -> str:
    return f"concept IN ({', '.join(map(quoted, concepts))})"


def _name(step: TbStep) -> str:
    return "on_" + step.value.replace("-", "_")


def _first(step: Step) -> str:
    """The day of the first fact of a step, of the person's facts `f`."""
    closed = " AND until BETWEEN date AND $2" if step.closed else ""
    return f"min(date) FILTER (WHERE {_any(step.facts + step.ever)}{closed})"


def _reached(step: TbStep) -> str:
    """The day a step was reached by who reached those it is measured against, else null."""
    s, own = STEPS[step], f"p.{_name(step)}"
    if step is TbStep.CASE or s.of is None:  # a case without a test is a case
        return own
    before = _reached(s.of)
    if s.after:
        own = f"""(SELECT min(a.date) FROM fact a WHERE a.person_id = p.person_id AND a.{_any(s.facts)}
            AND a.date BETWEEN p.{_name(s.of)} AND $2)"""
    return f"CASE WHEN {before} IS NOT NULL THEN {own} END"


_DAYS = ",\n           ".join(f"{_first(STEPS[s])} AS {_name(s)}" for s in CODED)
_STEPS = ",\n           ".join(f"{_reached(s)} AS {_name(s)}" for s in CODED)
_CASCADE = f"""
WITH known AS MATERIALIZED (
    SELECT DISTINCT person_id FROM fact WHERE {WATCHED} AND {_any(_TB)} AND date BETWEEN $1 AND $2
), said AS (
    SELECT f.person_id, f.concept, f.date, f.until FROM fact f JOIN known k USING (person_id)
    WHERE ({_any([*_TB, *_OTHER])} AND f.date BETWEEN $1 AND $2) OR ({_any(_EVER)} AND f.date <= $2)
), person_day AS (
    SELECT person_id, {_DAYS}
    FROM said GROUP BY person_id
), place AS MATERIALIZED (
    SELECT a.code AS village, a.parent AS kecamatan, c.facility AS puskesmas FROM area a LEFT JOIN LATERAL (
        SELECT facility FROM catchment c WHERE c.village = a.code AND c.valid_from <= $2
          AND (c.valid_until IS NULL OR c.valid_until >= $2) ORDER BY c.valid_from DESC LIMIT 1
    ) c ON true WHERE length(a.code) = 10
), reached AS (
    SELECT p.person_id, n.village AS home, l.village, l.kecamatan, l.puskesmas,
           {_STEPS}
    FROM person_day p LEFT JOIN person n USING (person_id) LEFT JOIN place l ON l.village = n.village
)"""
_KEYS = {name: f"coalesce({name}, '')" for name in ("village", "puskesmas", "kecamatan")} | {"total": "''"}


async def counts(conn: Connection, since: date, until: date, by: str) -> dict[str, dict[TbStep, int]]:
    """Persons at each step by place; OUTSIDE are those who live in no village of the district."""
    sums = ", ".join(f"count({_name(s)})::int AS {_name(s)}" for s in CODED)
    key = f"CASE WHEN village IS NULL THEN {quoted(OUTSIDE)} ELSE {_KEYS[by]} END"
    rows = await conn.fetch(f"{_CASCADE} SELECT {key} AS key, {sums} FROM reached GROUP BY 1", since, until)
    return {r["key"]: {s: r[_name(s)] for s in CODED} for r in rows}


async def persons(
    conn: Connection, step: TbStep, state: Reached, span: tuple[date, date], villages: Sequence[str] | None,
    after: UUID, limit: int,
) -> list[dict[str, Any]]:  # fmt: skip
    """Who reached a step, or only the one before it, with the records that say so."""
    s, of = STEPS[step], STEPS[step].of
    there, resting = f"{_name(step)} IS NOT NULL", s.facts + s.ever
    if state is Reached.MISSING and of is not None:
        there, resting = f"{_name(of)} IS NOT NULL AND {_name(step)} IS NULL", STEPS[of].facts + STEPS[of].ever
    on = _name(of) if state is Reached.MISSING and of is not None else _name(step)
    rows = await conn.fetch(
        f"""{_CASCADE}
SELECT person_id, home AS village, {on} AS since, (
    SELECT array_agg(DISTINCT f.resource_type || '/' || f.resource_id) FROM fact f
    WHERE f.person_id = reached.person_id AND f.{_any(resting)} AND f.date <= $2
) AS refs
FROM reached WHERE {there} AND village IS NOT NULL AND ($3::text[] IS NULL OR village = ANY ($3))
  AND person_id > $4 ORDER BY person_id LIMIT $5""",
        *span, villages, after, limit,
    )  # fmt: skip
    return [dict(r) for r in rows]
