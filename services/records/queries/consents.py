"""What persons have said: the deciding rows beside their Consents, and what may be shown of the Consents themselves."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from services.kernel.auth import Actor
from services.kernel.db import Connection, Tx
from services.records.consents import Decision
from services.records.queries.visible import Asker, open_to, reason, related, sees_all

_CLEAR = "DELETE FROM consent_rule WHERE consent_id = ANY($1::text[])"
_RULES = """
INSERT INTO consent_rule (consent_id, part, person_id, class, facility, permit, valid_from, valid_until, decided_at,
                          recorded_at)
SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[], $6::bool[], $7::date[], $8::date[],
                     $9::timestamptz[], $10::timestamptz[])
"""


async def replace(tx: Tx, decided: Sequence[tuple[str, str, Sequence[Decision]]], at: datetime) -> None:
    """Set what these Consents (id, person, decisions) decide from now on."""
    await tx.execute(_CLEAR, [id_ for id_, _, _ in decided])
    rows = [
        (id_, part, person, d.class_, d.facility, d.permit, d.valid_from, d.valid_until, d.decided_at, at)
        for id_, person, found in decided
        for part, d in enumerate(found)
    ]
    if rows:
        await tx.execute(_RULES, *[list(column) for column in zip(*rows, strict=True)])


_ASKER = Asker(facility="$2", sees_all="$3", today="$4")
_FREE = f"""
SELECT {reason("q.person_id", _ASKER)} OR NOT $5::boolean
    AND NOT EXISTS (SELECT 1 FROM consent_rule w WHERE w.person_id IN ('', q.person_id) AND NOT w.permit)
FROM (SELECT $1::text AS person_id) q
"""


async def may_open(conn: Connection, actor: Actor, today: date, person: str, of_class: bool) -> bool:
    """Whether this actor may record a permission: a reason to see the person, or a permission that opens nothing."""
    return bool(await conn.fetchval(_FREE, person, actor.facility, sees_all(actor), today, of_class))


_OF_PERSON = f"""
SELECT r.id, r.version, r.client, r.updated_at, r.body, r.sensitive IS NOT NULL AS classed FROM resource r
WHERE r.person_id = $1 AND r.type = 'Consent' AND NOT r.deleted
  AND ({open_to("r", _ASKER)} OR (r.sensitive IS NULL OR $3::boolean) AND {related("r.person_id", _ASKER)})
ORDER BY r.receipt DESC LIMIT 200
"""


async def of_person(conn: Connection, actor: Actor, today: date, person: str) -> list[dict[str, Any]]:
    """A person's Consents, newest first: those about the whole record for whoever has a reason to see the person
    (they decide what is seen), those about a class for who recorded them and the office."""
    rows = await conn.fetch(_OF_PERSON, person, actor.facility, sees_all(actor), today)
    return [dict(r) for r in rows]


_ALLOWED = f"""({open_to("r", _ASKER)}
    OR (r.sensitive IS NULL OR $3::boolean) AND {related("r.person_id", _ASKER)})"""
_ONE = f"""
SELECT r.id, r.person_id, r.version, r.client, r.updated_at, r.body, {_ALLOWED} AS allowed
FROM resource r WHERE r.type = 'Consent' AND r.id = $1 AND NOT r.deleted
"""


async def one(conn: Connection, actor: Actor, today: date, id_: str) -> dict[str, Any] | None:
    """A Consent, and whether the actor may see it."""
    row = await conn.fetchrow(_ONE, id_, actor.facility, sees_all(actor), today)
    return dict(row) if row else None


_ROWS = "SELECT type, id, person_id, version, client, updated_at, deleted, body, sensitive FROM"
_VERSIONS = f"""
SELECT r.person_id, r.version, r.client, r.updated_at, r.body
FROM ({_ROWS} resource UNION ALL {_ROWS} resource_history) r
WHERE r.type = 'Consent' AND r.id = $1 AND NOT r.deleted AND {_ALLOWED} ORDER BY r.version DESC
"""


async def versions(conn: Connection, actor: Actor, today: date, id_: str) -> list[dict[str, Any]]:
    """The versions of a Consent that the actor may see, newest first, each by its own person and class."""
    rows = await conn.fetch(_VERSIONS, id_, actor.facility, sees_all(actor), today)
    return [dict(r) for r in rows]


async def policy(conn: Connection, today: date) -> dict[str, str]:
    """What is decided about access today, by name."""
    rows = await conn.fetch(
        "SELECT DISTINCT ON (name) name, value FROM access_policy WHERE valid_from <= $1"
        " ORDER BY name, valid_from DESC",
        today,
    )
    return {r["name"]: r["value"] for r in rows}
