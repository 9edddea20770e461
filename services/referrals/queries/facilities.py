"""The network as followed: who may be referred to, and how FHIR calls them."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.facilities.contract import Kind as FacilityKind
from services.kernel.db import Connection, Tx
from services.referrals.rules.referrals import Party


@dataclass(frozen=True, slots=True)
class Facility:
    """A facility as followed."""

    code: str
    name: str
    kind: str
    organization: str
    active: bool

    def party(self) -> Party:
        """The facility as one end of a referral."""
        return Party(self.code, self.organization, self.name, self.kind)


_FACILITIES = "SELECT code, name, kind, organization, active FROM facility WHERE code = ANY($1)"


async def facilities(conn: Connection, codes: Sequence[str]) -> dict[str, Facility]:
    """The known ones among `codes`."""
    return {r["code"]: Facility(**r) for r in await conn.fetch(_FACILITIES, codes)}


_OFFICE = "SELECT code FROM facility WHERE kind = $1 AND active ORDER BY code LIMIT 1"


async def office(conn: Connection) -> str | None:
    """The health office of the district, as the registry tells it."""
    found: str | None = await conn.fetchval(_OFFICE, FacilityKind.DINKES)
    return found


_FOLLOW = """
INSERT INTO facility AS f (code, version, name, kind, organization, active)
SELECT DISTINCT ON (code) code, version, name, kind, organization, active
FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::bool[])
     AS n(code, version, name, kind, organization, active)
ORDER BY code, version DESC
ON CONFLICT (code) DO UPDATE SET version = excluded.version, name = excluded.name, kind = excluded.kind,
    organization = excluded.organization, active = excluded.active
WHERE f.version < excluded.version
"""


async def follow_facilities(tx: Tx, rows: Sequence[tuple[str, int, str, str, str, bool]]) -> None:
    """Take over facilities (code, version, name, kind, organization, active) where they are newer than ours."""
    if rows:
        await tx.execute(_FOLLOW, *map(list, zip(*rows, strict=True)))
