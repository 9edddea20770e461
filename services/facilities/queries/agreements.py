"""SQL of agreements: how each stands on a day, its papers, steps, reviews; programmes."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import orjson

from services.facilities.contract.agreements import Agreement, Programme
from services.facilities.queries.listing import Chosen, Listing
from services.facilities.rules.agreements import Known
from services.kernel.db import Connection, Tx

_ON = """(
SELECT a.id, a.kind, a.number, a.title, a.parties, a.signed_on, a.valid_from, a.valid_until, a.programmes,
    a.member_sends, a.member_sees, a.purpose, a.safeguards, a.evaluation_months, a.renews, a.terminated_on,
    a.termination_reason, a.version, n.id AS renewed_by, l.ends AS in_force_until, l.ends - t.today AS days_left,
    CASE WHEN a.terminated_on <= t.today THEN 'terminated' WHEN a.valid_from > t.today THEN 'upcoming'
         WHEN a.valid_until < t.today THEN CASE WHEN n.id IS NULL THEN 'expired' ELSE 'renewed' END
         ELSE 'active' END AS status,
    v.last_monitoring, v.last_evaluation,
    CASE WHEN l.ends IS NULL OR l.ends >= t.today THEN
        (coalesce(v.last_monitoring, a.valid_from) + interval '1 month')::date END AS next_monitoring,
    CASE WHEN l.ends IS NULL OR l.ends >= t.today THEN
        (coalesce(v.last_evaluation, a.valid_from) + a.evaluation_months * interval '1 month')::date END
        AS next_evaluation,
    EXISTS (SELECT 1 FROM agreement_document d WHERE d.agreement = a.id) AS has_document
FROM agreement a CROSS JOIN (SELECT {}::date AS today) t
LEFT JOIN agreement n ON n.renews = a.id
CROSS JOIN LATERAL (SELECT least(a.valid_until, a.terminated_on - 1) AS ends) l
LEFT JOIN LATERAL (
    SELECT max(r.held_on) FILTER (WHERE r.kind = 'monitoring') AS last_monitoring,
           max(r.held_on) FILTER (WHERE r.kind = 'evaluation') AS last_evaluation
    FROM agreement_review r WHERE r.agreement = a.id AND r.held_on <= t.today) v ON true
) standing"""

AGREEMENTS = Listing(
    "agreement", Agreement, key=("id",),
    sorts=("id", "number", "title", "kind", "signed_on", "valid_from", "valid_until", "in_force_until", "status"),
    named="title",
)  # fmt: skip


def chosen(day: date) -> Chosen:
    """All agreements as they stand on a day."""
    return AGREEMENTS.chosen().source(_ON, day)


def party(chosen: Chosen, facility: str | None) -> Chosen:
    """Those of which a facility is a party."""
    return chosen.where("parties @> jsonb_build_array(jsonb_build_object('facility', {}::text))", facility)


PROGRAMMES = Listing("programme", Programme, key=("code",), sorts=("code", "name", "valid_from"), named="name")


def programmes(day: date | None) -> Chosen:
    """The programmes of a day, or all."""
    return PROGRAMMES.chosen().on(day)


async def one(conn: Connection, id_: str, day: date) -> dict[str, Any] | None:
    """An agreement as it stands on a day."""
    columns = ", ".join(Agreement.model_fields)
    row = await conn.fetchrow(f"SELECT {columns} FROM {_ON.format('$2')} WHERE id = $1", id_, day)
    return _read(row) if row else None


def _read(row: Any) -> dict[str, Any]:
    found = dict(row)
    return found | {c: orjson.loads(found[c]) for c in ("parties", "programmes")}


async def known(conn: Connection, facilities: Sequence[str], numbers: Sequence[str]) -> Known:
    """What rows of agreements are checked against."""
    kinds = await conn.fetch("SELECT code, kind FROM facility WHERE code = ANY($1::text[])", facilities)
    days = await conn.fetch("SELECT code, valid_from, valid_until FROM programme")
    links = await conn.fetch("SELECT id, renews FROM agreement")
    taken = await conn.fetch("SELECT number, id FROM agreement WHERE number = ANY($1::text[])", numbers)
    return Known(
        {r["code"]: r["kind"] for r in kinds}, {r["code"]: (r["valid_from"], r["valid_until"]) for r in days},
        {r["id"]: r["renews"] for r in links}, {r["number"]: r["id"] for r in taken},
    )  # fmt: skip


async def ids(conn: Connection, asked: Sequence[str]) -> set[str]:
    """Those of these that are registered."""
    return {r["id"] for r in await conn.fetch("SELECT id FROM agreement WHERE id = ANY($1::text[])", asked)}


async def steps(conn: Connection, id_: str) -> list[dict[str, Any]]:
    """The steps taken, in the order of their days."""
    rows = await conn.fetch(
        "SELECT step, done_on, evidence FROM agreement_step WHERE agreement = $1 ORDER BY done_on, step", id_
    )
    return [dict(r) for r in rows]


async def reviews(conn: Connection, id_: str) -> list[dict[str, Any]]:
    """Monitoring and evaluations, the latest first."""
    rows = await conn.fetch(
        "SELECT kind, held_on, findings, follow_up FROM agreement_review WHERE agreement = $1"
        " ORDER BY held_on DESC, kind LIMIT 200",
        id_,
    )
    return [dict(r) for r in rows]


async def history(conn: Connection, id_: str) -> list[dict[str, Any]]:
    """Every version of an agreement, the latest first."""
    rows = await conn.fetch(
        "SELECT version, recorded_at, recorded_by, row AS agreement FROM history"
        " WHERE of = 'agreement' AND key = $1 AND row IS NOT NULL ORDER BY version DESC",
        id_,
    )
    return [dict(r) | {"agreement": _read(orjson.loads(r["agreement"]))} for r in rows]


_DOCUMENT = """
SELECT version, size, sha256, uploaded_at, uploaded_by FROM agreement_document
WHERE agreement = $1 ORDER BY version DESC LIMIT 1
"""


async def document(conn: Connection, id_: str) -> dict[str, Any] | None:
    """What is known of the latest document."""
    row = await conn.fetchrow(_DOCUMENT, id_)
    return dict(row) if row else None


async def document_body(conn: Connection, id_: str, version: int | None) -> tuple[bytes, str] | None:
    """A document's bytes and digest; the latest unless a version is named."""
    row = await conn.fetchrow(
        "SELECT body, sha256 FROM agreement_document WHERE agreement = $1 AND ($2::int IS NULL OR version = $2)"
        " ORDER BY version DESC LIMIT 1",
        id_, version,
    )  # fmt: skip
    return (bytes(row["body"]), row["sha256"]) if row else None


async def add_document(tx: Tx, id_: str, body: bytes, digest: str, by: str) -> None:
    """Store a document as the next version, unless the latest is the same."""
    await tx.execute(
        "INSERT INTO agreement_document (agreement, version, body, size, sha256, uploaded_by)"
        " SELECT $1::text, coalesce(max(version), 0) + 1, $2, $3, $4::text, $5 FROM agreement_document"
        " WHERE agreement = $1 HAVING NOT coalesce((array_agg(sha256 ORDER BY version DESC))[1] = $4, false)",
        id_, body, len(body), digest, by,
    )  # fmt: skip


_COVERAGE = """
WITH member AS (
    SELECT f.code, f.kind FROM facility_version f WHERE f.ownership = 'private' AND f.active
      AND $1::date >= f.valid_from AND $1::date <= coalesce(f.valid_until, $1::date)
      AND ($2::text IS NULL OR starts_with(f.village, $2))
), bound AS (
    SELECT p.value ->> 'facility' AS facility, bool_or(a.member_sees = 'record') AS record,
           bool_and(coalesce(least(a.valid_until, a.terminated_on - 1), 'infinity') <= $1::date + 90
                    AND NOT EXISTS (SELECT 1 FROM agreement n WHERE n.renews = a.id)) AS expiring
    FROM agreement a CROSS JOIN LATERAL jsonb_array_elements(a.parties) p
    WHERE p.value ->> 'role' = 'member'
      AND a.valid_from <= $1::date AND coalesce(least(a.valid_until, a.terminated_on - 1), 'infinity') >= $1::date
    GROUP BY 1
)
SELECT coalesce(m.kind, 'total') AS kind, count(*) AS members, count(b.facility) AS with_agreement,
       count(*) FILTER (WHERE b.record) AS sees_record, count(*) - count(b.facility) AS without,
       count(*) FILTER (WHERE b.expiring) AS expiring
FROM member m LEFT JOIN bound b ON b.facility = m.code GROUP BY ROLLUP (m.kind) ORDER BY m.kind NULLS LAST
"""


async def coverage(conn: Connection, day: date, area: str | None) -> list[dict[str, Any]]:
    """Private, active members by kind: with an agreement in force on a day, without, soon without; and in total."""
    return [dict(r) for r in await conn.fetch(_COVERAGE, day, area)]


_BARE = """
SELECT f.code AS facility, f.kind, (
    SELECT max(least(a.valid_until, a.terminated_on - 1)) FROM agreement a
    WHERE a.parties @> jsonb_build_array(jsonb_build_object('facility', f.code, 'role', 'member'))
      AND least(a.valid_until, a.terminated_on - 1) < $1::date) AS last_ended
FROM facility f
WHERE f.ownership = 'private' AND f.active AND NOT EXISTS (
    SELECT 1 FROM agreement a
    WHERE a.parties @> jsonb_build_array(jsonb_build_object('facility', f.code, 'role', 'member'))
      AND a.valid_from <= $1::date AND coalesce(least(a.valid_until, a.terminated_on - 1), 'infinity') >= $1::date)
ORDER BY f.code LIMIT 1000
"""


async def bare(conn: Connection, day: date) -> list[dict[str, Any]]:
    """Private, active members without an agreement in force on a day."""
    return [dict(r) for r in await conn.fetch(_BARE, day)]
