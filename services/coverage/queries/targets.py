"""SQL of referral targets, and of referrals that go along with a visit's delivery."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from services.coverage.contract.targets import NewTarget, TargetShown
from services.coverage.rules.pcare_referral import Target
from services.kernel.db import Connection, Tx

_WORDS = ("day", "subspecialist", "means", "special", "note", "area")
_PUT = f"""
INSERT INTO referral_target (referral_id, facility, by, {", ".join(_WORDS)})
VALUES ($1, $2, $3, {", ".join(f"${n}" for n in range(4, 4 + len(_WORDS)))})
ON CONFLICT (referral_id) DO UPDATE SET facility = excluded.facility, by = excluded.by, at = now(),
    {", ".join(f"{w} = excluded.{w}" for w in _WORDS)}
RETURNING *
"""


async def put(tx: Tx, referral: str, facility: str, by: str, target: NewTarget) -> TargetShown:
    """Keep what a person chose for a referral."""
    row = await tx.fetchrow(_PUT, referral, facility, by, *(getattr(target, w) for w in _WORDS))
    assert row is not None  # noqa: S101 - an upsert returns its row
    return TargetShown.model_validate(dict(row))


async def shown(conn: Connection, referral: str) -> TargetShown | None:
    """What was chosen for a referral, and by whom."""
    row = await conn.fetchrow("SELECT * FROM referral_target WHERE referral_id = $1", referral)
    return TargetShown.model_validate(dict(row)) if row else None


async def target(conn: Connection, referral: str) -> Target | None:
    """What was chosen for a referral, for the mapping."""
    row = await conn.fetchrow(f"SELECT {', '.join(_WORDS)} FROM referral_target WHERE referral_id = $1", referral)
    return Target(**dict(row)) if row else None


_GOES = """
INSERT INTO referral_delivery AS d (encounter, referral_id, sender, estimated) VALUES ($1, $2, $3, $4)
ON CONFLICT (encounter) DO UPDATE SET referral_id = excluded.referral_id, sender = excluded.sender,
    estimated = excluded.estimated, tried = 0, due_at = now(), because = NULL,
    handed = CASE WHEN d.referral_id = excluded.referral_id AND d.estimated = excluded.estimated THEN d.handed END
WHERE (d.referral_id, d.sender, d.estimated)
      IS DISTINCT FROM (excluded.referral_id, excluded.sender, excluded.estimated)
"""


async def goes_along(conn: Connection, encounter: str, referral: str, sender: str, estimated: date) -> None:
    """A referral goes along with a visit's delivery; its numbers are owed to the referrals service."""
    await conn.execute(_GOES, encounter, referral, sender, estimated)


@dataclass(frozen=True, slots=True)
class Owed:
    """A referral whose numbers BPJS gave and referrals does not hold yet."""

    encounter: str
    referral_id: str
    facility: str
    day: date
    estimated: date
    sender: str
    number: str
    given: dict[str, Any]
    tried: int


_OWED = """
SELECT r.encounter, r.referral_id, d.facility, d.day, r.estimated, r.sender, d.no_kunjungan AS number,
       coalesce(d.given -> 'numbers', '{}'::jsonb)::text AS given, r.tried
FROM referral_delivery r JOIN delivery d ON d.kind = 'visit' AND d.subject = r.encounter
WHERE d.state = 'delivered' AND d.no_kunjungan IS NOT NULL AND r.handed IS DISTINCT FROM d.no_kunjungan
  AND r.due_at <= now() AND r.tried < $2 ORDER BY r.due_at LIMIT $1
"""


async def owed(conn: Connection, most: int, tries: int) -> list[Owed]:
    """What is to be handed to referrals now; what was tried so often waits for people."""
    rows = [dict(r) for r in await conn.fetch(_OWED, most, tries)]
    return [Owed(**(r | {"given": orjson.loads(r["given"])})) for r in rows]


async def handed(conn: Connection, encounter: str, number: str) -> None:
    """Referrals holds the numbers now."""
    await conn.execute(
        "UPDATE referral_delivery SET handed = $2, because = NULL WHERE encounter = $1", encounter, number
    )


async def later(conn: Connection, encounter: str, because: str, seconds: float) -> None:
    """They could not be handed; again after some seconds."""
    await conn.execute(
        "UPDATE referral_delivery SET tried = tried + 1, because = $2, due_at = now() + $3 * interval '1 second'"
        " WHERE encounter = $1",
        encounter, because, seconds,
    )  # fmt: skip
