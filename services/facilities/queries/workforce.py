"""SQL of staffing: placements and licences of puskesmas, norms, dated numbers, workloads, plans."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.facilities.contract.workforce import (
    Licence,
    PlannedPost,
    StaffingNorm,
    WorkforceRule,
    Workload,
)
from services.facilities.queries.listing import Chosen, Listing
from services.kernel.db import Connection

_PUSKESMAS = """
SELECT code, name, inpatient, valid_from, valid_until FROM facility_version
WHERE kind = 'puskesmas' AND active AND daterange(valid_from, valid_until, '[]') && daterange($1, $2, '[]')
  AND ($3::text IS NULL OR code = $3)
ORDER BY code, valid_from
"""
_PLACEMENTS = """
SELECT practitioner, facility, profession, valid_from, valid_until FROM placement
WHERE facility = ANY($1) AND daterange(valid_from, valid_until, '[]') && daterange($2, $3, '[]')
"""
_LICENCES = """
SELECT practitioner, kind, number, facility, valid_from, valid_until FROM licence
WHERE practitioner = ANY($1) AND daterange(valid_from, valid_until, '[]') && daterange($2, $3, '[]')
"""
_HOLDING = "daterange(valid_from, valid_until, '[]') && daterange($1::date, $2::date, '[]')"


async def puskesmas(conn: Connection, first: date, last: date, facility: str | None) -> list[dict[str, Any]]:
    """Puskesmas that work on some of these days, by code and span of days."""
    return [dict(r) for r in await conn.fetch(_PUSKESMAS, first, last, facility)]


async def placements(conn: Connection, facilities: Sequence[str], first: date, last: date) -> list[dict[str, Any]]:
    """Placements at some facilities that touch these days."""
    return [dict(r) for r in await conn.fetch(_PLACEMENTS, facilities, first, last)]


async def licences(conn: Connection, practitioners: Sequence[str], first: date, last: date) -> list[dict[str, Any]]:
    """Licences of some persons that touch these days."""
    return [dict(r) for r in await conn.fetch(_LICENCES, practitioners, first, last)]


async def norms(conn: Connection, first: date, last: date) -> list[dict[str, Any]]:
    """Minimum numbers that hold on some of these days."""
    sql = f"SELECT * FROM staffing_norm WHERE {_HOLDING} ORDER BY care, setting, profession, valid_from"
    return [dict(r) for r in await conn.fetch(sql, first, last)]


async def rules(conn: Connection, first: date, last: date) -> list[dict[str, Any]]:
    """Dated numbers that hold on some of these days."""
    sql = f"SELECT * FROM workforce_rule WHERE {_HOLDING} ORDER BY rule, subject, valid_from"
    return [dict(r) for r in await conn.fetch(sql, first, last)]


async def plans(conn: Connection, first: date, last: date, facility: str | None = None) -> list[dict[str, Any]]:
    """Planned posts that hold on some of these days."""
    sql = (
        f"SELECT * FROM staffing_plan WHERE {_HOLDING} AND ($3::text IS NULL OR facility = $3)"
        " ORDER BY facility, profession, valid_from"
    )
    return [dict(r) for r in await conn.fetch(sql, first, last, facility)]


async def workload(conn: Connection, facilities: Sequence[str], on: date) -> dict[tuple[str, str], float]:
    """Minutes a year that the tasks of a facility's professions take, on a day."""
    rows = await conn.fetch(
        "SELECT facility, profession, sum(minutes * volume) AS minutes FROM workload"
        " WHERE facility = ANY($1) AND daterange(valid_from, valid_until, '[]') @> $2::date GROUP BY 1, 2",
        facilities, on,
    )  # fmt: skip
    return {(r["facility"], r["profession"]): r["minutes"] for r in rows}


async def settings(conn: Connection, facilities: Sequence[str], first: date, last: date) -> list[dict[str, Any]]:
    """Where puskesmas work (urban, rural, remote), by spans that touch these days."""
    rows = await conn.fetch(
        "SELECT facility, setting, valid_from, valid_until FROM puskesmas_setting"
        " WHERE facility = ANY($1) AND daterange(valid_from, valid_until, '[]') && daterange($2, $3, '[]')",
        facilities, first, last,
    )  # fmt: skip
    return [dict(r) for r in rows]


_STANDING = """(
WITH asked AS (SELECT {}::date AS day, {}::int AS within, {}::boolean AS named, {}::text AS own)
SELECT p.practitioner, CASE WHEN asked.named OR p.facility = asked.own THEN h.name END AS name, p.profession,
       p.facility, k.kind, l.number, l.valid_until, l.valid_until - asked.day AS days_left,
       CASE WHEN l.number IS NULL THEN 'missing' WHEN l.valid_until < asked.day THEN 'expired'
            WHEN l.valid_until <= asked.day + coalesce(asked.within, a.value, 0) THEN 'expiring'
            ELSE 'valid' END AS state
FROM asked
JOIN placement p ON daterange(p.valid_from, p.valid_until, '[]') @> asked.day AND p.profession <> 'penunjang'
JOIN professional h ON h.id = p.practitioner
CROSS JOIN unnest(ARRAY['str', 'sip']) AS k(kind)
LEFT JOIN workforce_rule a ON a.rule = 'licence-alarm' AND a.subject = k.kind
    AND daterange(a.valid_from, a.valid_until, '[]') @> asked.day
LEFT JOIN LATERAL (
    SELECT number, valid_until FROM licence l
    WHERE l.practitioner = p.practitioner AND l.kind = k.kind AND (l.kind = 'str' OR l.facility = p.facility)
      AND (l.valid_from IS NULL OR l.valid_from <= asked.day OR EXISTS (
          SELECT FROM licence b
          WHERE b.practitioner = l.practitioner AND b.kind = l.kind AND b.facility IS NOT DISTINCT FROM l.facility
            AND b.number <> l.number AND daterange(b.valid_from, b.valid_until, '[]') @> asked.day
            AND b.valid_until + 1 >= l.valid_from))
    ORDER BY coalesce(valid_until, 'infinity') DESC, number LIMIT 1
) l ON true
) AS stands"""
"""For everyone at work on a day the STR and the SIP that count; a renewal that follows without a day between counts for
what it renews."""
LICENCES = Listing(
    "licence", Licence, key=("practitioner", "facility", "kind"),
    sorts=("valid_until", "days_left", "facility", "profession", "kind", "state", "practitioner"),
)  # fmt: skip
NORMS = Listing(
    "staffing_norm", StaffingNorm, key=("care", "setting", "profession", "valid_from"),
    sorts=("profession", "minimum", "valid_from"),
)  # fmt: skip
RULES = Listing(
    "workforce_rule", WorkforceRule, key=("rule", "subject", "valid_from"), sorts=("rule", "subject", "valid_from")
)
PLANS = Listing(
    "staffing_plan", PlannedPost, key=("facility", "profession", "valid_from"),
    sorts=("facility", "profession", "posts", "valid_from"),
)  # fmt: skip
WORKLOADS = Listing(
    "workload", Workload, key=("facility", "profession", "task", "valid_from"),
    sorts=("facility", "profession", "task", "minutes", "volume", "valid_from"),
)  # fmt: skip


def standing(
    on: date, within: int | None, named: bool, own: str | None, facility: str | None, profession: str | None,
    kind: str | None, states: Sequence[str],
) -> Chosen:  # fmt: skip
    """Licences of all who work on a day. `within`: days before the end that count as expiring (None: the dated alarm);
    names are shown when `named`, or of those who work at the facility `own`."""
    rows = LICENCES.chosen()
    placed = [rows.value(v) for v in (on, within, named, own)]
    rows.source(_STANDING.format(*placed)).equal("facility", facility).equal("profession", profession)
    return rows.equal("kind", kind).among("state", states)
