"""SQL of referrals over FHIR: which resources stand for which referral, first answers, what is due to be asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.kernel.db import Connection, Tx
from services.records.referral_fhir.codes import CANDIDATES, PRE_REQUEST, TERMS


@dataclass(frozen=True, slots=True)
class Part:
    """A client's resource that stands for a referral."""

    type: str
    id: str
    referral: str
    part: str
    facility: str | None


async def of_referral(conn: Connection, referral: str) -> list[Part]:
    """The clients' resources of a referral."""
    rows = await conn.fetch(
        "SELECT type, id, referral, part, facility FROM referral_resource WHERE referral = $1 ORDER BY type, id",
        referral,
    )
    return [Part(**r) for r in rows]


async def part_of(conn: Connection, refs: Sequence[tuple[str, str]]) -> list[Part]:
    """Those of some resources that stand for referrals."""
    rows = await conn.fetch(
        "SELECT type, id, referral, part, facility FROM referral_resource"
        " WHERE (type, id) IN (SELECT * FROM unnest($1::text[], $2::text[]))",
        [t for t, _ in refs], [i for _, i in refs],
    )  # fmt: skip
    return [Part(**r) for r in rows]


_STORED = """
WITH owned AS (
    UPDATE resource r SET projected = true FROM unnest($1::text[], $2::text[], $4::text[]) o(type, id, part)
    WHERE r.type = o.type AND r.id = o.id AND o.part <> 'draft'
)
INSERT INTO referral_resource (type, id, referral, part, facility)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) ON CONFLICT DO NOTHING
"""


async def stored(tx: Tx, parts: Sequence[Part]) -> None:
    """These resources stand for referrals from now on: only the machine changes where they stand (but for the Task
    that a draft came of)."""
    columns = ([getattr(p, name) for p in parts] for name in Part.__dataclass_fields__)
    await tx.execute(_STORED, *columns)


async def answered(conn: Connection, facility: str, key: str) -> tuple[str, list[str]] | None:
    """The fingerprint of the write that carried these numbers, and what it became."""
    row = await conn.fetchrow(
        "SELECT fingerprint, refs FROM referral_answer WHERE facility = $1 AND key = $2", facility, key
    )
    return (row["fingerprint"], row["refs"]) if row else None


async def answer(tx: Tx, facility: str, key: str, fingerprint: str, refs: Sequence[str]) -> None:
    """Keep a first answer. Raises UniqueViolationError when somebody was quicker."""
    await tx.execute(
        "INSERT INTO referral_answer (facility, key, fingerprint, refs) VALUES ($1, $2, $3, $4)",
        facility, key, fingerprint, refs,
    )  # fmt: skip


async def forget(conn: Connection, days: int) -> None:
    """Drop first answers that no retry will ask for any more."""
    await conn.execute("DELETE FROM referral_answer WHERE at < now() - make_interval(days => $1)", days)


_FOLLOWED = """
INSERT INTO referral_followed AS f (id, version) VALUES ($1, $2)
ON CONFLICT (id) DO UPDATE SET version = excluded.version WHERE f.version <= excluded.version
"""


async def followed(tx: Tx, referral: str, version: int) -> bool:
    """Note that a version is followed now; False when a newer one was. Others who follow this referral wait."""
    return bool(await tx.execute(_FOLLOWED, referral, version) == "INSERT 0 1")


async def behind(conn: Connection, referral: str, version: int) -> bool:
    """Whether a version of a referral has not been followed yet."""
    stands = await conn.fetchval("SELECT version FROM referral_followed WHERE id = $1", referral)
    return stands is None or stands < version


async def due(tx: Tx, referral: str) -> None:
    """A referral's words are to be asked for."""
    await tx.execute(
        "INSERT INTO referral_due (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET turn = referral_due.turn + 1",
        referral,
    )


async def all_due(conn: Connection, limit: int) -> list[tuple[str, int]]:
    """Referrals to ask for, and the turn of their last change."""
    return [(r["id"], r["turn"]) for r in await conn.fetch("SELECT id, turn FROM referral_due LIMIT $1", limit)]


async def done(tx: Tx, referral: str, turn: int) -> None:
    """Asked for, unless it changed again meanwhile."""
    await tx.execute("DELETE FROM referral_due WHERE id = $1 AND turn = $2", referral, turn)


async def person_of_visit(conn: Connection, facility: str, encounter: str) -> str | None:
    """The person of a visit that this facility wrote."""
    found: str | None = await conn.fetchval(
        "SELECT person_id FROM resource WHERE type = 'Encounter' AND id = $2 AND client = $1 AND NOT deleted",
        facility, encounter,
    )  # fmt: skip
    return found


_EARLIER = """
SELECT id, body FROM resource WHERE type = 'Task' AND client = $1 AND NOT deleted AND codes && $4::text[]
AND (person_id = $2 OR encounter_id = $3) AND updated_at > now() - interval '30 days'
ORDER BY updated_at DESC LIMIT 4
"""


async def earlier(conn: Connection, facility: str, person: str, encounter: str | None) -> list[tuple[str, str]]:
    """The Tasks by which the facility asked lately of the flow for this person, newest first: id and body."""
    wanted = [f"{TERMS}|{CANDIDATES}", f"{TERMS}|{PRE_REQUEST}"]
    return [(r["id"], r["body"]) for r in await conn.fetch(_EARLIER, facility, person, encounter, wanted)]


async def diagnoses(conn: Connection, ids: Sequence[str], person: str) -> dict[str, list[str]]:
    """The codes of a person's Conditions."""
    rows = await conn.fetch(
        "SELECT id, codes FROM resource WHERE type = 'Condition' AND id = ANY($1::text[]) AND person_id = $2"
        " AND NOT deleted",
        ids, person,
    )  # fmt: skip
    return {r["id"]: r["codes"] or [] for r in rows}


async def kinds(conn: Connection, codes: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Kind and name of facilities."""
    rows = await conn.fetch("SELECT code, kind, name FROM facility WHERE code = ANY($1::text[])", codes)
    return {r["code"]: (r["kind"], r["name"]) for r in rows}


_AREAS = """
SELECT key, data ->> 'name' AS name FROM network_row WHERE of = 'area' AND length(key) IN (2, 4) ORDER BY key
"""


async def areas(conn: Connection) -> list[tuple[str, str]]:
    """The provinces and districts of the network: code and name."""
    return [(r["key"], r["name"] or r["key"]) for r in await conn.fetch(_AREAS)]
