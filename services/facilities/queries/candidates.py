"""SQL of where to refer: one statement for what is asked and by which rules, one for the facilities of the day."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from services.facilities.contract import CandidatesAsked, Kind
from services.facilities.queries.diagnoses import COVERS, HOLDS, NARROWEST, NEAREST
from services.facilities.queries.facilities import DISTANCE_KM, HOURS, ON, OPEN
from services.kernel.db import Connection

NEVER = (Kind.DINKES, Kind.APOTEK, Kind.POSYANDU, Kind.PUSTU)
"""Kinds that take no referrals."""

_ASKED = f"""
SELECT
(SELECT json_build_object('kind', kind, 'hospital_class', hospital_class, 'latitude', latitude,
                          'longitude', longitude)::text FROM {ON.format("$2")} WHERE code = $4) AS origin,
(SELECT json_agg(n)::text FROM (
    SELECT DISTINCT ON (d.service) d.service, t.name, d.code AS because, d.urgency, d.verified
    FROM diagnosis_service d JOIN service_type t ON t.code = d.service
    WHERE {COVERS.format("d", "$1")} AND {HOLDS.format("d", "$2")} AND d.urgency IN ('any', $3)
          AND {NEAREST.format("d", "$1", "$2")}
    ORDER BY d.service, {NARROWEST.format("d")}) n) AS needs,
(SELECT json_object_agg(rule, value)::text FROM (
    SELECT DISTINCT ON (rule) rule, value FROM candidate_rule r
    WHERE urgency IN ('any', $3) AND {HOLDS.format("r", "$2")} ORDER BY rule, urgency = 'any') r) AS rules,
(SELECT json_object_agg(code, name)::text FROM service_type WHERE code = ANY($5::text[])) AS wanted
"""


async def asked(
    conn: Connection, diagnosis: str, on: date, urgency: str, sender: str | None, services: Sequence[str]
) -> dict[str, str | None]:
    """As JSON texts: the sender (`origin`), what the diagnosis `needs`, the `rules` of the day, and the names of those
    asked services that are of the list (`wanted`)."""
    row = await conn.fetchrow(_ASKED, diagnosis, on, urgency, sender, services)
    return dict(row or {})


_HOLDS = HOLDS.replace("{1}", "$1")
_REPORTS = "json_agg(json_build_object('what', {0}, 'free', free, 'reported_at', reported_at) ORDER BY {0})::text"
_FACTS = f"""
SELECT facility.code, name, facility.kind, ownership, status, hospital_class,
    {DISTANCE_KM.format("$5::float8", "$6::float8")} AS distance_km,
    coalesce(s.offered, '{{}}') AS offered, s.facility IS NOT NULL AS listed,
    CASE WHEN {OPEN.replace("{0}", "$1").replace("{1}", "$2").replace("{2}", "$4")} THEN true
         WHEN {HOURS.format("$1")} IS NOT NULL THEN false END AS open,
    c.level AS competence, c.code AS competence_code, j.kind AS jkn, a.agreement,
    coalesce(b.reports, '[]') AS beds, coalesce(l.reports, '[]') AS slots
FROM {ON.format("$1::date")}
LEFT JOIN (SELECT facility, array_agg(service ORDER BY service) FILTER (WHERE service = ANY($4::text[])) AS offered
           FROM offered_service o WHERE {_HOLDS.format("o")} GROUP BY facility) s ON s.facility = facility.code
LEFT JOIN (SELECT DISTINCT ON (facility) facility, c.code, level FROM competence c
           WHERE system = 'icd10' AND {COVERS.format("c", "$3")} AND {_HOLDS.format("c")}
           ORDER BY facility, {NARROWEST.format("c")}) c ON c.facility = facility.code
LEFT JOIN (SELECT DISTINCT ON (facility) facility, j.kind FROM jkn_contract j
           WHERE {_HOLDS.format("j")} ORDER BY facility, valid_from DESC) j ON j.facility = facility.code
LEFT JOIN (SELECT DISTINCT ON (p ->> 'facility') p ->> 'facility' AS facility,
               json_build_object('id', a.id, 'until', e.ends, 'with_sender', e.ours,
                                 'opens_record', a.member_sees = 'record')::text AS agreement
           FROM agreement a CROSS JOIN jsonb_array_elements(a.parties) p
           CROSS JOIN LATERAL (SELECT least(a.valid_until, a.terminated_on - 1) AS ends,
               a.parties @> jsonb_build_array(jsonb_build_object('facility', $7::text)) AS ours) e
           WHERE a.valid_from <= $1 AND coalesce(e.ends >= $1, true) AND p ->> 'role' = 'member'
           ORDER BY p ->> 'facility', a.member_sees = 'record' DESC, e.ours DESC, e.ends DESC NULLS FIRST, a.id) a
    ON a.facility = facility.code
LEFT JOIN (SELECT facility, {_REPORTS.format("care_class")} AS reports FROM free_bed GROUP BY facility) b
    ON b.facility = facility.code
LEFT JOIN (SELECT facility, {_REPORTS.format("service")} AS reports FROM free_slot
           WHERE service = ANY($4::text[]) GROUP BY facility) l ON l.facility = facility.code
WHERE ($8::text[] IS NULL AND facility.kind <> ALL($9::text[]) OR facility.code = ANY($8::text[]))
      AND ($10::text IS NULL OR starts_with(facility.village, $10))
      AND ($11::text[] IS NULL OR facility.kind = ANY($11))
"""


async def facts(
    conn: Connection, of: CandidatesAsked, at: datetime, needed: Sequence[str], point: tuple[float | None, float | None]
) -> list[dict[str, Any]]:
    """What is known of the facilities that may be referred to (of those kinds, of that area), on the day and at the
    time of `at`, which is local; `point`: from where."""
    rows = await conn.fetch(
        _FACTS, at.date(), f"{at:%H:%M}", of.diagnosis, needed, *point, of.sender, of.only, list(NEVER), of.area,
        of.kinds,
    )  # fmt: skip
    return [dict(r) for r in rows]
