"""SQL of what is followed from the facilities service."""

from collections.abc import Sequence

from services.coverage.rules.eligibility import KnownFacility
from services.kernel.db import Connection, Tx

_FACILITIES = """
SELECT code, name, bpjs_code, active, kind FROM facility
WHERE code = $1 OR bpjs_code = upper($2) ORDER BY active DESC, code
"""


async def facilities(conn: Connection, code: str | None, bpjs_code: str | None) -> list[KnownFacility]:
    """The facility with our code and those with a BPJS code; active ones first."""
    return [KnownFacility(**r) for r in await conn.fetch(_FACILITIES, code, bpjs_code)]


_FOLLOW = """
INSERT INTO facility AS f (code, version, name, bpjs_code, active, kind)
SELECT DISTINCT ON (code) code, version, name, upper(bpjs_code), active, kind
FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::bool[], $6::text[])
     AS n(code, version, name, bpjs_code, active, kind)
ORDER BY code, version DESC
ON CONFLICT (code) DO UPDATE
SET version = excluded.version, name = excluded.name, bpjs_code = excluded.bpjs_code, active = excluded.active,
    kind = excluded.kind
WHERE f.version < excluded.version
"""


async def follow_facilities(tx: Tx, rows: Sequence[tuple[str, int, str, str | None, bool, str | None]]) -> None:
    """Take over facilities (code, version, name, BPJS code, active, kind) where they are newer than ours."""
    if rows:
        await tx.execute(_FOLLOW, *map(list, zip(*rows, strict=True)))


async def codes(conn: Connection) -> list[str]:
    """All facilities, by our codes."""
    return [r["code"] for r in await conn.fetch("SELECT code FROM facility ORDER BY code")]


async def known(conn: Connection, codes: Sequence[str]) -> set[str]:
    """Which of these codes are facilities of the network."""
    return {r["code"] for r in await conn.fetch("SELECT code FROM facility WHERE code = ANY ($1::text[])", codes)}
