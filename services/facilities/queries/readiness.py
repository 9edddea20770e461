"""SQL of ILP readiness."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import orjson

from services.facilities.contract.readiness import Expiring
from services.facilities.queries.listing import Chosen, Listing
from services.kernel.db import Connection, Tx

_CLAIM = (
    "facility, criterion, number, claimed_on, note, link, file, valid_until, verified_on, returned_on, reason, version"
)
_CLAIMS = f"""
SELECT {_CLAIM} FROM readiness_claim WHERE $1::text[] IS NULL OR facility = ANY($1) ORDER BY facility, criterion, number
"""
_PUSKESMAS = """
SELECT code, name FROM facility_version
WHERE kind = 'puskesmas' AND active AND valid_from <= $1 AND coalesce(valid_until, $1) >= $1 ORDER BY code
"""
_STEPS = """
SELECT key, version, recorded_at, recorded_by, row FROM history
WHERE of = 'readiness_claim' AND starts_with(key, $1 || '/') ORDER BY key, version
"""
_EXPIRING = """
(SELECT c.facility, f.name, c.criterion, c.number, c.valid_until, c.valid_until - {} AS days,
        EXISTS (SELECT FROM readiness_claim n WHERE (n.facility, n.criterion) = (c.facility, c.criterion)
                AND n.number > c.number AND n.returned_on IS NULL) AS renewed
 FROM readiness_claim c JOIN facility f ON f.code = c.facility
 WHERE c.verified_on IS NOT NULL AND c.returned_on IS NULL AND c.valid_until <= {}
   AND NOT EXISTS (SELECT FROM readiness_claim n WHERE (n.facility, n.criterion) = (c.facility, c.criterion)
                   AND n.number > c.number AND n.verified_on IS NOT NULL AND n.returned_on IS NULL)) AS expiring
"""
EXPIRING = Listing(
    "expiring", Expiring, key=("facility", "criterion", "number"), sorts=("valid_until", "facility", "criterion")
)
_SEEN = """
WITH posts AS (
    SELECT code, kind, village FROM facility_version
    WHERE kind IN ('pustu', 'posyandu') AND active AND valid_from <= $2 AND coalesce(valid_until, $2) >= $2
), up AS (
    SELECT child, parent FROM link WHERE valid_from <= $2 AND coalesce(valid_until, $2) >= $2
), placed AS (
    SELECT p.kind, coalesce(higher.parent, first.parent, c.facility) AS puskesmas
    FROM posts p LEFT JOIN up first ON first.child = p.code LEFT JOIN up higher ON higher.child = first.parent
    LEFT JOIN catchment c ON c.village = p.village AND c.valid_from <= $2 AND coalesce(c.valid_until, $2) >= $2
)
SELECT count(*) FILTER (WHERE kind = 'pustu')::int AS pustu, count(*) FILTER (WHERE kind = 'posyandu')::int AS posyandu,
       (SELECT count(*)::int FROM agreement WHERE parties @> jsonb_build_array(jsonb_build_object('facility', $1::text))
        AND valid_from <= $2 AND coalesce(valid_until, $2) >= $2 AND coalesce(terminated_on > $2, true)) AS agreement
FROM placed WHERE puskesmas = $1
"""
_ADD_DOCUMENT = """
INSERT INTO readiness_document (id, facility, kind, sha256, content, stored_by) VALUES ($1, $2, $3, $4, $5, $6)
RETURNING stored_at
"""


async def checklist(conn: Connection) -> list[dict[str, Any]]:
    """Every criterion there was, is or will be."""
    return [dict(r) for r in await conn.fetch("SELECT * FROM readiness_criterion ORDER BY position, code, valid_from")]


async def puskesmas(conn: Connection, on: date) -> dict[str, str]:
    """Names of the puskesmas in operation on a day, by code."""
    return {r["code"]: r["name"] for r in await conn.fetch(_PUSKESMAS, on)}


async def claims(conn: Connection, facilities: Sequence[str] | None) -> list[dict[str, Any]]:
    """The claims of some facilities, or of all."""
    return [dict(r) for r in await conn.fetch(_CLAIMS, facilities)]


async def steps(conn: Connection, facility: str) -> list[dict[str, Any]]:
    """Every version of a facility's claims, with who made it so."""
    return [{**dict(r), "row": orjson.loads(r["row"])} for r in await conn.fetch(_STEPS, facility)]


def expiring(today: date, by: date, facility: str | None) -> Chosen:
    """Verified claims whose evidence ends by a day and that no later verified one replaces."""
    return EXPIRING.chosen().source(_EXPIRING, today, by).equal("facility", facility)


async def targets(conn: Connection) -> list[dict[str, Any]]:
    """The targets that stand, by year."""
    rows = await conn.fetch("SELECT * FROM readiness_target WHERE target IS NOT NULL ORDER BY year")
    return [dict(r) for r in rows]


async def seen(conn: Connection, facility: str, on: date) -> dict[str, int]:
    """How many pustu and posyandu hang on a puskesmas (one that hangs on nothing counts where its village does), and
    agreements in force that it is a party to."""
    row = await conn.fetchrow(_SEEN, facility, on)
    return dict(row) if row else {}


async def add_document(tx: Tx, id_: str, facility: str, kind: str, digest: str, content: bytes, by: str) -> Any:
    """Keep a file of evidence; when it was stored."""
    return await tx.fetchval(_ADD_DOCUMENT, id_, facility, kind, digest, content, by)


async def same_document(conn: Connection, facility: str, digest: str) -> dict[str, Any] | None:
    """The file of a facility with this content."""
    sql = "SELECT id, facility, kind, sha256, length(content) AS bytes, stored_at AS at FROM readiness_document"
    row = await conn.fetchrow(f"{sql} WHERE facility = $1 AND sha256 = $2", facility, digest)
    return dict(row) if row else None


async def document(conn: Connection, id_: str) -> dict[str, Any] | None:
    """A file of evidence with its content."""
    row = await conn.fetchrow("SELECT facility, kind, content FROM readiness_document WHERE id = $1", id_)
    return dict(row) if row else None


async def owners(conn: Connection, files: Sequence[str]) -> dict[str, str]:
    """The facility of each of these files."""
    rows = await conn.fetch("SELECT id, facility FROM readiness_document WHERE id = ANY($1::text[])", files)
    return {r["id"]: r["facility"] for r in rows}
