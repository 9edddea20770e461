"""SQL of KBK: contacts, referrals and controlled members of a month, as known at any moment, from what never changes.

Every statement takes the month's first day ($1), the last day that counts ($2), and the moment of knowledge ($3).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.kernel.db import Connection


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a month that count, and the moment whose knowledge counts (None: now)."""

    first: date
    last: date
    known: datetime | None = None

    @property
    def given(self) -> tuple[date, date, datetime | None]:
        """$1, $2, $3 of every statement here."""
        return self.first, self.last, self.known


_KNOWN = "coalesce($3::timestamptz, 'infinity')"
ROOT = f"""
WITH RECURSIVE merged AS MATERIALIZED (
    SELECT other, survivor FROM (
        SELECT DISTINCT ON (other) other, survivor, joined FROM merge_said
        WHERE taken_at <= {_KNOWN} AND $1::date IS NOT NULL
        ORDER BY other, position DESC
    ) m WHERE joined
), up AS (
    SELECT other, survivor FROM merged
    UNION SELECT up.other, m.survivor FROM up JOIN merged m ON m.other = up.survivor
), root AS MATERIALIZED (
    SELECT up.other AS person_id, up.survivor AS top FROM up
    WHERE NOT EXISTS (SELECT FROM merged m WHERE m.other = up.survivor)
), hang AS MATERIALIZED (
    SELECT DISTINCT ON (facility) facility AS child, value AS parent FROM network_span
    WHERE type = 'link' AND valid_from <= $2 AND (valid_until IS NULL OR valid_until >= $2)
    ORDER BY facility, valid_from DESC
), net AS (
    SELECT child, parent FROM hang UNION SELECT n.child, h.parent FROM net n JOIN hang h ON h.child = n.parent
), home AS MATERIALIZED (
    SELECT child AS code, parent AS fktp FROM net WHERE NOT EXISTS (SELECT FROM hang h WHERE h.child = net.parent)
)"""
"""Who is whom (`root`), and whose house a pustu or posyandu is (`home`)."""


def _facts(concepts: str, more: str = "") -> str:
    """The facts of the month as they were known; `more` narrows them."""
    columns = "person_id, facility, date, at, concept, value, receipt, seq, resource_type, resource_id, encounter_id"
    then = f"(f.taken_at IS NULL OR f.taken_at <= {_KNOWN}) AND f.date BETWEEN $1 AND $2 AND f.concept {concepts}{more}"
    return f"""SELECT {columns} FROM fact f WHERE {then}
    UNION ALL SELECT {columns} FROM fact_gone f WHERE {then} AND f.gone_at > {_KNOWN}"""


CONTACT = f"""contact AS MATERIALIZED (
    SELECT coalesce(r.top, f.person_id) AS person_id, coalesce(h.fktp, f.facility) AS fktp, f.date, f.at, f.facility,
           f.resource_type || '/' || f.resource_id AS ref, f.resource_id
    FROM ({_facts("= 'contact'")}) f LEFT JOIN root r USING (person_id) LEFT JOIN home h ON h.code = f.facility
)"""


def said(whose: str) -> str:
    """The last statement up to the day of each person in `whose` (a subquery of ids), by who they are now."""
    return f"""said AS MATERIALIZED (
    SELECT DISTINCT ON (coalesce(r.top, s.person_id)) coalesce(r.top, s.person_id) AS person_id, s.facility, s.status,
           s.payer, s.prolanis, s.checked_on
    FROM member_said s LEFT JOIN root r ON r.person_id = s.person_id
    WHERE s.checked_on <= $2 AND s.taken_at <= {_KNOWN} AND s.person_id IN ({whose})
    ORDER BY coalesce(r.top, s.person_id), s.checked_on DESC, (r.top IS NULL) DESC, s.position DESC
)"""


_MERGED = "SELECT person_id FROM root UNION SELECT top FROM root"
_IN_CONTACT = f"SELECT person_id FROM contact UNION {_MERGED}"
_AT = f"SELECT person_id FROM member_said WHERE facility = ANY ($4::text[]) UNION {_MERGED}"
_ENROLLED = f"""SELECT person_id FROM member_said WHERE facility = ANY ($4::text[]) AND cardinality(prolanis) > 0
    UNION {_MERGED}"""
_REGISTERED = "s.status = ANY ($5::text[]) AND s.facility = ANY ($4::text[])"


async def contacts(
    conn: Connection, span: Span, facilities: Sequence[str], registered: Sequence[str]
) -> dict[str, int]:
    """FKTP → its registered members with a contact there in the month."""
    rows = await conn.fetch(
        f"""{ROOT}, {CONTACT}, {said(_IN_CONTACT)}
SELECT c.fktp, count(DISTINCT c.person_id)::int AS persons FROM contact c JOIN said s USING (person_id)
WHERE s.facility = c.fktp AND {_REGISTERED} GROUP BY 1""",
        *span.given, facilities, registered,
    )  # fmt: skip
    return {r["fktp"]: r["persons"] for r in rows}


async def known_members(
    conn: Connection, span: Span, facilities: Sequence[str], registered: Sequence[str]
) -> dict[str, dict[str, int]]:
    """FKTP → the members known to us: all, active, in Prolanis for DM and HT."""
    rows = await conn.fetch(
        f"""{ROOT}, {said(_AT)}
SELECT s.facility, count(*)::int AS members, count(*) FILTER (WHERE s.status = 'active')::int AS active,
       count(*) FILTER (WHERE 'DM' = ANY (s.prolanis))::int AS dm,
       count(*) FILTER (WHERE 'HT' = ANY (s.prolanis))::int AS ht
FROM said s WHERE {_REGISTERED} GROUP BY 1""",
        *span.given, facilities, registered,
    )  # fmt: skip
    return {r["facility"]: {n: r[n] for n in ("members", "active", "dm", "ht")} for r in rows}


_LISTS = f"""
SELECT DISTINCT ON (facility) facility, members, active, by_segment, dm, ht, paid_members, norm, amount, version,
       taken_at
FROM capitation_said WHERE month = $1 AND facility IS NOT NULL AND taken_at <= {_KNOWN} AND $2::date IS NOT NULL
  AND ($4::text[] IS NULL OR facility = ANY ($4))
ORDER BY facility, position DESC"""


async def lists(conn: Connection, span: Span, facilities: Sequence[str] | None) -> dict[str, dict[str, Any]]:
    """FKTP → what stands of its monthly list."""
    return {r["facility"]: dict(r) for r in await conn.fetch(_LISTS, *span.given, facilities)}


def _referrals(which: str) -> str:
    return f"""{ROOT}, gone AS MATERIALIZED (
    SELECT * FROM (
        SELECT DISTINCT ON (referral_id) referral_id, coalesce(r.top, s.person_id) AS person_id, facility, opened_on,
               kind, sent, outcome, non_specialist, tacc
        FROM referral_said s LEFT JOIN root r ON r.person_id = s.person_id
        WHERE s.taken_at <= {_KNOWN} AND s.referral_id IN (
            SELECT referral_id FROM referral_said WHERE facility = ANY ($4::text[]) AND opened_on BETWEEN $1 AND $2
        ) ORDER BY referral_id, position DESC
    ) x WHERE sent AND kind = 'vertical' AND outcome IS DISTINCT FROM 'cancelled' AND opened_on BETWEEN $1 AND $2
      AND facility = ANY ($4::text[])
), {said(f"SELECT person_id FROM gone UNION {_MERGED}")}, mine AS (
    SELECT g.*, s.status FROM gone g LEFT JOIN said s USING (person_id)
    WHERE s.status IS NULL OR s.status <> ALL ($5::text[])
){which}"""


async def referrals(
    conn: Connection, span: Span, facilities: Sequence[str], not_jkn: Sequence[str]
) -> dict[str, tuple[int, int, int]]:
    """FKTP → vertical referrals, of these non-specialist without TACC, and those nobody could judge by a list."""
    rows = await conn.fetch(
        f"""{_referrals("")} SELECT facility, count(*)::int AS every,
       count(*) FILTER (WHERE non_specialist AND NOT tacc)::int AS own,
       count(*) FILTER (WHERE non_specialist IS NULL)::int AS unjudged
FROM mine GROUP BY 1""",
        *span.given, facilities, not_jkn,
    )  # fmt: skip
    return {r["facility"]: (r["every"], r["own"], r["unjudged"]) for r in rows}


_PROLANIS = f"""{ROOT}, {said(_ENROLLED)}, enrolled AS MATERIALIZED (
    SELECT s.person_id, s.facility, s.prolanis FROM said s WHERE {_REGISTERED} AND cardinality(s.prolanis) > 0
), everyone AS (
    SELECT person_id, person_id AS top FROM enrolled
    UNION SELECT r.person_id, r.top FROM root r JOIN enrolled e ON e.person_id = r.top
), was AS (
    SELECT DISTINCT ON (g.person_id) g.person_id, g.birth_date FROM person_gone g JOIN enrolled USING (person_id)
    WHERE g.gone_at > {_KNOWN} ORDER BY g.person_id, g.gone_at
), measured AS (
    SELECT w.top AS person_id, f.concept, f.date, f.value, f.resource_type || '/' || f.resource_id AS ref,
           row_number() OVER (PARTITION BY w.top, f.concept, f.date
                              ORDER BY f.at DESC NULLS LAST, f.receipt DESC, f.seq DESC, f.resource_id DESC) AS n
    FROM ({
    _facts(
        "IN ('bp_systolic', 'bp_diastolic', 'glucose_fasting')", " AND f.person_id IN (SELECT person_id FROM everyone)"
    )
}) f
    JOIN everyone w ON w.person_id = f.person_id WHERE f.value IS NOT NULL
)
SELECT e.person_id, e.facility, e.prolanis,
       CASE WHEN w.person_id IS NULL THEN p.birth_date ELSE w.birth_date END AS birth_date, m.concept, m.date, m.value,
       m.ref
FROM enrolled e LEFT JOIN was w USING (person_id) LEFT JOIN person p USING (person_id)
LEFT JOIN measured m ON m.person_id = e.person_id AND m.n = 1
ORDER BY e.person_id, m.date, m.concept"""


async def prolanis(
    conn: Connection, span: Span, facilities: Sequence[str], registered: Sequence[str]
) -> list[dict[str, Any]]:
    """Members enrolled in Prolanis with the last measurement of each kind and day in the month; one row without any."""
    return [dict(r) for r in await conn.fetch(_PROLANIS, *span.given, facilities, registered)]


_MET = f"""{ROOT}, {CONTACT}, {said(_AT)}, mine AS (SELECT s.person_id FROM said s WHERE {_REGISTERED})"""


async def persons_met(
    conn: Connection, span: Span, facility: str, registered: Sequence[str], after: UUID, limit: int
) -> list[dict[str, Any]]:
    """Members with a contact, each with its visits."""
    rows = await conn.fetch(
        f"""{_MET} SELECT m.person_id, p.village, min(c.date) AS "on", array_agg(c.ref ORDER BY c.date, c.ref) AS refs
FROM mine m JOIN contact c ON c.person_id = m.person_id AND c.fktp = ($4::text[])[1] LEFT JOIN person p
    ON p.person_id = m.person_id
WHERE m.person_id > $6 GROUP BY 1, 2 ORDER BY 1 LIMIT $7""",
        *span.given, [facility], registered, after, limit,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def persons_unmet(
    conn: Connection, span: Span, facility: str, registered: Sequence[str], after: UUID, limit: int
) -> list[dict[str, Any]]:
    """Living members without a contact in the month: the worklist."""
    rows = await conn.fetch(
        f"""{_MET} SELECT m.person_id, p.village, NULL::date AS "on", NULL::text[] AS refs
FROM mine m LEFT JOIN person p ON p.person_id = m.person_id
WHERE m.person_id > $6 AND (p.dead_on IS NULL OR p.dead_on > $2)
  AND NOT EXISTS (SELECT FROM contact c WHERE c.person_id = m.person_id AND c.fktp = ($4::text[])[1])
ORDER BY 1 LIMIT $7""",
        *span.given, [facility], registered, after, limit,
    )  # fmt: skip
    return [dict(r) for r in rows]


async def persons_referred(
    conn: Connection, span: Span, facility: str, not_jkn: Sequence[str], own: bool | None, after: UUID, limit: int
) -> list[dict[str, Any]]:
    """Referrals behind RRNS, by referral: of all, or those non-specialist without TACC (`own`), or the others."""
    rows = await conn.fetch(
        f"""{_referrals("")} SELECT m.person_id, p.village, m.opened_on AS "on",
       ARRAY['ServiceRequest/' || m.referral_id] AS refs, m.referral_id
FROM mine m LEFT JOIN person p ON p.person_id = m.person_id
WHERE ($6::bool IS NULL OR (coalesce(m.non_specialist, false) AND NOT m.tacc) = $6) AND m.referral_id > $7
ORDER BY m.referral_id LIMIT $8""",
        *span.given, [facility], not_jkn, own, after, limit,
    )  # fmt: skip
    return [dict(r) for r in rows]


_FKTP = """
SELECT f.code, f.name, f.kind, min(s.valid_from) AS since
FROM facility f LEFT JOIN network_span s ON s.type = 'jkn_contract' AND s.facility = f.code AND s.value = 'fktp'
WHERE f.kind = ANY ($3::text[]) AND ($4::text IS NULL OR f.code = $4) AND (
    EXISTS (SELECT FROM network_span c WHERE c.type = 'jkn_contract' AND c.facility = f.code AND c.value = 'fktp'
            AND c.valid_from <= $2 AND (c.valid_until IS NULL OR c.valid_until >= $1))
    OR EXISTS (SELECT FROM capitation_said l WHERE l.facility = f.code AND l.month = $1)
    OR EXISTS (SELECT FROM member_said m WHERE m.facility = f.code))
GROUP BY 1, 2, 3 ORDER BY f.kind <> 'puskesmas', f.name, f.code"""


async def fktps(
    conn: Connection, span: Span, kinds: Collection[str], facility: str | None = None
) -> list[dict[str, Any]]:
    """Who is paid by capitation that month: by a contract, by a list, or by members that are registered there. With the
    first day of a contract."""
    return [dict(r) for r in await conn.fetch(_FKTP, span.first, span.last, list(kinds), facility)]


async def staff(conn: Connection, day: date) -> dict[tuple[str, str], int]:
    """(FKTP, profession) → how many work there on a day."""
    rows = await conn.fetch(
        "SELECT facility, value, count(DISTINCT split_part(id, '/', 1))::int FROM network_span WHERE type ="
        " 'practitioner' AND valid_from <= $1 AND (valid_until IS NULL OR valid_until >= $1) GROUP BY 1, 2",
        day,
    )
    return {(r[0], r[1]): r[2] for r in rows}
