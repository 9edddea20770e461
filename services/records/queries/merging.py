"""Persons that became one: what moved, exactly, so that it can move back.

The other's rows get the survivor's person_id; its care relations stay where they are and are copied, marked with the
merge. `person_identifier.origin` keeps whom a number was given for.
"""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from services.kernel.db import Connection, Tx
from services.records.queries.statement import ALIAS

_LOCK = 0x3E26E
_COLUMNS = """id, survivor, other, survivor_patient, other_patient, reason, actor, facility, merged_at, undone_at,
    undone_by, undo_reason, gained, was_active, survivor_version"""

_TOP = """
WITH RECURSIVE up AS (
    SELECT q.id AS asked, q.id AS person FROM unnest($1::text[]) q(id)
    UNION ALL
    SELECT up.asked, m.survivor FROM up JOIN person_merge m ON m.other = up.person AND m.undone_at IS NULL
)
SELECT asked, person FROM up WHERE NOT EXISTS (
    SELECT 1 FROM person_merge m WHERE m.other = up.person AND m.undone_at IS NULL)
"""


async def standing(conn: Connection, persons: Sequence[str]) -> dict[str, str]:
    """Each of these persons' ids → the person they are now (themselves, unless merged into another)."""
    return {r["asked"]: r["person"] for r in await conn.fetch(_TOP, list(persons))}


_FAMILY = """
WITH RECURSIVE down AS (
    SELECT $1::text AS person UNION
    SELECT m.other FROM down JOIN person_merge m ON m.survivor = down.person AND m.undone_at IS NULL
)
SELECT person FROM down
"""


async def known_as(conn: Connection, person: str) -> list[str]:
    """Every id under which this person's doings stand: their own and those merged into it."""
    return [r["person"] for r in await conn.fetch(_FAMILY, person)]


async def is_replaced(tx: Tx, patient_id: str) -> bool:
    """Whether a Patient has been merged into another here (a sender may link its own as it likes)."""
    sql = "SELECT EXISTS (SELECT 1 FROM person_merge WHERE other_patient = $1 AND undone_at IS NULL)"
    return bool(await tx.fetchval(sql, patient_id))


async def one_at_a_time(tx: Tx) -> None:
    """Merges wait for each other until the transaction ends."""
    await tx.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)


async def patients(tx: Tx, persons: Sequence[str]) -> dict[str, str]:
    """The Patient that speaks for each of these persons."""
    rows = await tx.fetch("SELECT person_id, patient_id FROM person WHERE person_id = ANY ($1)", list(persons))
    return {r["person_id"]: r["patient_id"] for r in rows}


async def alike(conn: Connection, person: str, other: str, nik: str) -> bool:
    """Whether two persons were born on one day and have at most one number of this system between them."""
    sql = """SELECT count(*) = 2 AND count(birth_date) = 2 AND min(birth_date) = max(birth_date) AND (
    SELECT count(*) FROM person_identifier WHERE person_id = ANY ($1) AND system = $2) <= 1
FROM person WHERE person_id = ANY ($1)"""
    return bool(await conn.fetchval(sql, [person, other], nik))


async def parted(conn: Connection, person: str, other: str) -> bool:
    """Whether somebody has made two persons of these again: that decision stands."""
    sql = """SELECT EXISTS (SELECT FROM person_merge WHERE undone_at IS NOT NULL
    AND (survivor, other) IN (($1::text, $2::text), ($2::text, $1::text)))"""
    return bool(await conn.fetchval(sql, person, other))


async def lock_persons(tx: Tx, persons: Sequence[str]) -> None:
    """Hold the persons (after their Patients, as a registration does)."""
    await tx.execute("SELECT 1 FROM person WHERE person_id = ANY ($1) ORDER BY person_id FOR UPDATE", list(persons))


_BEGIN = f"""
WITH gone AS (DELETE FROM person WHERE person_id = $3 RETURNING person.*)
INSERT INTO person_merge (id, survivor, other, survivor_patient, other_patient, reason, actor, facility, merged_at,
                          gained, was_active, survivor_version, person)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, clock_timestamp(), $9, $10, $11, to_jsonb(gone)::text FROM gone
RETURNING {_COLUMNS}
"""  # fmt: skip


async def begin(
    tx: Tx, id_: str, survivor: tuple[str, str], other: tuple[str, str], by: tuple[str, str, str | None],
    gained: str, was_active: bool | None, survivor_version: int,
) -> asyncpg.Record:  # fmt: skip
    """Note a merge; the other person's row goes into it. `survivor`, `other`: (person, Patient); `by`: reason,
    account, facility. `gained`: what the survivor's Patient took over."""
    row = await tx.fetchrow(
        _BEGIN, id_, survivor[0], other[0], survivor[1], other[1], *by, gained, was_active,
        survivor_version,
    )  # fmt: skip
    assert row is not None  # noqa: S101 - both persons are locked
    return row


_GATHER = """
WITH moved AS (
    UPDATE resource SET person_id = $2::text WHERE person_id = $3::text
    RETURNING type, id, version, receipt, client, organization, deleted, projected, body
), noted AS (
    INSERT INTO merged_resource (merge_id, type, id, version, versions)
    SELECT $1::text, m.type, m.id, m.version,
           ARRAY(SELECT h.version FROM resource_history h
                 WHERE h.type = m.type AND h.id = m.id AND h.person_id = $3::text)
    FROM moved m ON CONFLICT DO NOTHING
), history AS (
    UPDATE resource_history h SET person_id = $2::text FROM moved m
    WHERE h.type = m.type AND h.id = m.id AND h.person_id = $3::text
), consents AS (
    UPDATE consent_rule SET person_id = $2::text WHERE person_id = $3::text
)
SELECT * FROM moved ORDER BY receipt
"""

_NUMBERS = f"""
WITH moved AS (
    UPDATE person_identifier SET person_id = $2::text, origin = coalesce(origin, $3::text) WHERE person_id = $3::text
    RETURNING system, value
), noted AS (
    INSERT INTO merged_identifier (merge_id, system, value) SELECT $1::text, system, value FROM moved
    ON CONFLICT DO NOTHING
)
INSERT INTO person_identifier (system, value, person_id, origin) VALUES ('{ALIAS}', $4::text, $2::text, $3::text)
ON CONFLICT DO NOTHING
"""

_RELATIONS = """
INSERT INTO care_relation (person_id, facility, reason, source, until)
SELECT $2::text, facility, reason, 'merge:' || $1::text, CASE WHEN count(until) = count(*) THEN max(until) END
FROM care_relation WHERE person_id = $3::text AND reason <> 'referral' GROUP BY 2, 3, 4
ON CONFLICT (person_id, facility, reason, source) DO UPDATE SET until = excluded.until
"""

_REFERRED = """
WITH there AS (
    SELECT id, person_id FROM resource
    WHERE type IN ('ServiceRequest', 'Task') AND projected AND person_id = ANY ($1::text[])
), stands AS (
    UPDATE referral f SET person_id = t.person_id FROM there t WHERE f.id = t.id AND f.person_id <> t.person_id
), gone AS (
    DELETE FROM care_relation c USING there t
    WHERE c.reason = 'referral' AND c.source = t.id AND c.person_id <> t.person_id
    RETURNING t.person_id, c.facility, c.reason, c.source, c.until, c.urgent
)
INSERT INTO care_relation (person_id, facility, reason, source, until, urgent)
SELECT DISTINCT ON (person_id, facility, reason, source) * FROM gone ORDER BY 1, 2, 3, 4, until DESC
ON CONFLICT DO NOTHING
"""


async def _referred(tx: Tx, persons: Sequence[str]) -> None:
    """What a referral (a follow-up) opens goes where its ServiceRequest (its Task) has gone; its service tells of it
    once more, later."""
    await tx.execute(_REFERRED, list(persons))


async def gather(tx: Tx, merge: asyncpg.Record) -> list[asyncpg.Record]:
    """Move all that is the other's to the survivor, noted; the resources that moved. Finds nothing a second time, but
    for what was on its way when the merge was made."""
    id_, survivor, other = merge["id"], merge["survivor"], merge["other"]
    moved = await tx.fetch(_GATHER, id_, survivor, other)
    await tx.execute(_NUMBERS, id_, survivor, other, merge["other_patient"])
    await tx.execute(_RELATIONS, id_, survivor, other)
    await _referred(tx, [survivor])
    return moved


_LATER = """
WITH RECURSIVE path AS (
    SELECT id, survivor FROM person_merge WHERE other = $1 AND undone_at IS NULL
    UNION ALL
    SELECT m.id, m.survivor FROM path p JOIN person_merge m ON m.other = p.survivor AND m.undone_at IS NULL
)
INSERT INTO merged_resource (merge_id, type, id, version, versions, later)
SELECT path.id, n.type, n.id, 1, '{}', true FROM path, unnest($2::text[], $3::text[]) n(type, id)
ON CONFLICT DO NOTHING
"""


async def note_later(tx: Tx, origin: str, resources: Sequence[tuple[str, str]]) -> None:
    """Resources just stored for a survivor through a number that was given for `origin`."""
    await tx.execute(_LATER, origin, [t for t, _ in resources], [i for _, i in resources])


_CANDIDATES = """
SELECT r.type, r.id, r.version, r.receipt, r.client, r.organization, r.deleted, r.projected, r.body,
       m.version AS noted, coalesce(m.later, false) AS later
FROM resource r LEFT JOIN merged_resource m ON m.merge_id = $1 AND m.type = r.type AND m.id = r.id
WHERE r.person_id = $2 AND (m.merge_id IS NOT NULL OR r.updated_at >= $3) ORDER BY r.receipt
"""


async def candidates(tx: Tx, merge: asyncpg.Record) -> list[asyncpg.Record]:
    """What of the survivor may be the other's: noted as moved, or written since."""
    return await tx.fetch(_CANDIDATES, merge["id"], merge["survivor"], merge["merged_at"])


async def numbers(conn: Connection, merge_id: str) -> set[tuple[str, str]]:
    """The numbers that moved."""
    rows = await conn.fetch("SELECT system, value FROM merged_identifier WHERE merge_id = $1", merge_id)
    return {(r["system"], r["value"]) for r in rows}


_SCATTER = """
WITH back AS (
    SELECT * FROM unnest($4::text[], $5::text[]) b(type, id)
), moved AS (
    UPDATE resource r SET person_id = $3::text FROM back b
    WHERE r.type = b.type AND r.id = b.id AND r.person_id = $2::text
), history AS (
    UPDATE resource_history h SET person_id = $3::text
    FROM back b LEFT JOIN merged_resource m ON m.merge_id = $1::text AND m.type = b.type AND m.id = b.id
    WHERE h.type = b.type AND h.id = b.id AND h.person_id = $2::text
      AND (m.merge_id IS NULL OR h.version >= m.version OR h.version = ANY (m.versions))
), consents AS (
    UPDATE consent_rule w SET person_id = $3::text FROM back b
    WHERE b.type = 'Consent' AND w.consent_id = b.id AND w.person_id = $2::text
), relations AS (
    INSERT INTO care_relation (person_id, facility, reason)
    SELECT DISTINCT $3::text, r.client, CASE r.type WHEN 'Patient' THEN 'registration' ELSE 'encounter' END
    FROM back b JOIN resource r ON r.type = b.type AND r.id = b.id
    LEFT JOIN merged_resource m ON m.merge_id = $1::text AND m.type = b.type AND m.id = b.id
    WHERE (m.merge_id IS NULL OR m.later) AND r.type IN ('Patient', 'Encounter') AND r.client IS NOT NULL
      AND NOT r.deleted
    ON CONFLICT DO NOTHING
)
SELECT 1
"""


async def scatter(tx: Tx, merge: asyncpg.Record, back: Sequence[tuple[str, str]]) -> None:
    """Move these resources back to the other, with their history and what they say of consent."""
    types, ids = [t for t, _ in back], [i for _, i in back]
    await tx.execute(_SCATTER, merge["id"], merge["survivor"], merge["other"], types, ids)
    await _referred(tx, [merge["survivor"], merge["other"]])


_UNDO = f"""
WITH back AS (
    INSERT INTO person SELECT p.* FROM person_merge m, jsonb_populate_record(NULL::person, m.person::jsonb) p
    WHERE m.id = $1::text ON CONFLICT DO NOTHING
), alias AS (
    DELETE FROM person_identifier WHERE system = '{ALIAS}' AND value = $4::text
), numbers AS (
    UPDATE person_identifier i SET person_id = $3::text, origin = nullif(i.origin, $3::text) FROM merged_identifier m
    WHERE m.merge_id = $1::text AND i.system = m.system AND i.value = m.value AND i.person_id = $2::text
), copied AS (
    DELETE FROM care_relation WHERE person_id = $2::text AND source = 'merge:' || $1::text
)
UPDATE person_merge SET undone_at = clock_timestamp(), undone_by = $5::text, undo_reason = $6::text, settled = false
WHERE id = $1::text RETURNING {_COLUMNS}
"""


async def undo(tx: Tx, merge: asyncpg.Record, account: str, reason: str) -> asyncpg.Record:
    """The other is a person again, with its numbers; the survivor's facilities are those it had and has gained."""
    row = await tx.fetchrow(
        _UNDO, merge["id"], merge["survivor"], merge["other"], merge["other_patient"], account, reason
    )
    assert row is not None  # noqa: S101 - the merge is held
    return row


_CHILDREN = """
SELECT r.type, r.id, r.version, r.receipt, r.client, r.organization, r.deleted, r.projected, r.body, r.person_id
FROM resource_identifier i JOIN resource r ON r.type = i.type AND r.id = i.id
WHERE i.type = 'Patient' AND i.system = $1 AND i.value = ANY ($2::text[]) AND NOT r.deleted ORDER BY r.receipt
"""


async def children(tx: Tx, system: str, niks: Sequence[str]) -> list[asyncpg.Record]:
    """The Patients that name one of these as their mother's number."""
    return await tx.fetch(_CHILDREN, system, list(niks)) if niks else []


async def owners(tx: Tx, system: str, values: Sequence[str]) -> dict[str, str]:
    """Each number of a system → the person it proves."""
    if not values:
        return {}
    rows = await tx.fetch(
        "SELECT value, person_id FROM person_identifier WHERE system = $1 AND value = ANY ($2)", system, list(values)
    )
    return {r["value"]: r["person_id"] for r in rows}


async def hold(tx: Tx, merge_id: str) -> asyncpg.Record | None:
    """A merge, locked until the transaction ends."""
    return await tx.fetchrow(f"SELECT {_COLUMNS} FROM person_merge WHERE id = $1 FOR UPDATE", merge_id)


async def between(tx: Tx, survivor: str, other: str) -> asyncpg.Record | None:
    """The standing merge of these two."""
    return await tx.fetchrow(
        f"SELECT {_COLUMNS} FROM person_merge WHERE survivor = $1 AND other = $2 AND undone_at IS NULL", survivor, other
    )


async def onward(tx: Tx, person: str) -> asyncpg.Record | None:
    """The standing merge by which a person became another."""
    return await tx.fetchrow(f"SELECT {_COLUMNS} FROM person_merge WHERE other = $1 AND undone_at IS NULL", person)


async def unsettled(conn: Connection) -> list[str]:
    """Merges and undone ones that writers on their way then may still have missed."""
    rows = await conn.fetch("SELECT id FROM person_merge WHERE NOT settled ORDER BY merged_at")
    return [r["id"] for r in rows]


_SETTLE = """
UPDATE person_merge SET settled = true
WHERE id = $1 AND coalesce(undone_at, merged_at) < clock_timestamp() - interval '10 seconds'
AND NOT EXISTS (
    SELECT 1 FROM pg_stat_activity a WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
    AND a.xact_start < coalesce(undone_at, merged_at) + interval '10 seconds')
"""


async def settle(tx: Tx, merge_id: str) -> None:
    """Nobody who began before it is still writing: what is on its way cannot be the other's any more."""
    await tx.execute(_SETTLE, merge_id)


_LISTED = f"""
SELECT {_COLUMNS},
       (SELECT coalesce(json_object_agg(type, n), '{{}}') FROM (
            SELECT type, count(*) AS n FROM merged_resource r WHERE r.merge_id = m.id GROUP BY type) t)::text AS moved
FROM person_merge m
"""
_LIST = f"""{_LISTED}
WHERE ($1::text IS NULL OR facility = $1) AND ($2::text IS NULL OR survivor = $2 OR other = $2)
AND ($3::timestamptz IS NULL OR (merged_at, id) < ($3, $4)) ORDER BY merged_at DESC, id DESC LIMIT $5
"""


async def listed(
    conn: Connection, facility: str | None, person: str | None, after: tuple[datetime, str] | None, limit: int
) -> list[asyncpg.Record]:
    """Merges, newest first: one facility's or all, of one person or all."""
    moment, id_ = after or (None, "")
    return await conn.fetch(_LIST, facility, person, moment, id_, limit)


async def one(conn: Connection, merge_id: str) -> tuple[asyncpg.Record, list[asyncpg.Record]] | None:
    """A merge and every resource that moved with it."""
    row = await conn.fetchrow(f"{_LISTED} WHERE id = $1", merge_id)
    if row is None:
        return None
    moved = await conn.fetch("SELECT type, id FROM merged_resource WHERE merge_id = $1 ORDER BY type, id", merge_id)
    return row, moved
