"""Writing resources: one statement resolves what a batch speaks of, one statement stores the batch.

Both are set-based, so a single Observation, a Bundle and a chunk of a bulk import take the same path.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import asyncpg

from services.kernel.auth import Actor
from services.kernel.db import Tx

ALIAS = "urn:simpul:patient-id"
"""Identifier system of a Patient id that was given by a sender for a person who already had one."""

IHS = "https://fhir.kemkes.go.id/id/ihs-number"

_RESOLVE = f"""
SELECT 'patient' AS kind, q.ref AS key, r.id, r.person_id
FROM unnest($1::text[]) q(ref) JOIN resource r ON r.type = 'Patient' AND r.id = q.ref AND NOT r.deleted
UNION ALL
SELECT 'alias', q.ref, p.patient_id, p.person_id
FROM unnest($1::text[]) q(ref)
JOIN person_identifier i ON i.system IN ('{IHS}', '{ALIAS}') AND i.value = q.ref JOIN person p USING (person_id)
UNION ALL
SELECT 'identity', i.system || '|' || i.value, p.patient_id, p.person_id
FROM unnest($2::text[], $3::text[]) q(system, value)
JOIN person_identifier i ON i.system = q.system AND i.value = q.value JOIN person p USING (person_id)
UNION ALL
SELECT 'known', r.type || '/' || r.id, NULL, NULL
FROM unnest($4::text[], $5::text[]) q(type, id) JOIN resource r ON r.type = q.type AND r.id = q.id
"""


@dataclass(slots=True)
class Resolved:
    """What the record knows of the things a batch speaks of.

    `patients`: reference id → (patient id, person id); `identities`: "system|value" → the same; `known`: "Type/id".
    """

    patients: dict[str, tuple[str, str]]
    identities: dict[str, tuple[str, str]]
    known: set[str]


async def resolve(
    tx: Tx, patients: Sequence[str], identities: Sequence[tuple[str, str]], references: Sequence[tuple[str, str]]
) -> Resolved:
    """One round trip: patients by id or alias, persons by identity, other references by id."""
    rows = await tx.fetch(
        _RESOLVE, patients, [s for s, _ in identities], [v for _, v in identities],
        [t for t, _ in references], [i for _, i in references],
    )  # fmt: skip
    found = Resolved({}, {}, set())
    for kind, key, patient_id, person_id in rows:
        if kind == "known":
            found.known.add(key)
        elif kind == "identity":
            found.identities[key] = (patient_id, person_id)
        else:
            found.patients.setdefault(key, (patient_id, person_id))
    return found


_CURRENT = """
SELECT type, id, person_id, version, deleted, client, updated_at, body FROM resource
WHERE (type, id) IN (SELECT * FROM unnest($1::text[], $2::text[])) ORDER BY type, id FOR UPDATE
"""


async def lock_current(tx: Tx, targets: Sequence[tuple[str, str]]) -> dict[tuple[str, str], asyncpg.Record]:
    """The current versions of resources about to change, locked in one order."""
    rows = await tx.fetch(_CURRENT, [t for t, _ in targets], [i for _, i in targets])
    return {(r["type"], r["id"]): r for r in rows}


@dataclass(slots=True)
class Row:
    """One resource version to store, and what follows from it."""

    type: str
    id: str
    version: int
    kind: str
    body: str
    event: str
    """JSON object text of the event's data, without the receipt (added by the statement)."""
    person_id: str | None = None
    client: str | None = None
    status: str | None = None
    date: datetime | None = None
    encounter_id: str | None = None
    organization: str | None = None
    codes: Sequence[str] = ()
    identifiers: Sequence[tuple[str, str]] = ()
    unresolved: Sequence[tuple[str, str]] = ()


@dataclass(slots=True)
class Batch:
    """All that one transaction stores."""

    at: datetime
    rows: list[Row] = field(default_factory=list)
    relations: set[tuple[str, str, str]] = field(default_factory=set)
    """(person, facility, reason)"""
    persons: dict[str, tuple[str, str | None, date | None, str | None, str | None]] = field(default_factory=dict)
    """person → (patient id, folded name, birth date, sex, village)"""
    identities: dict[tuple[str, str], str] = field(default_factory=dict)
    """(system, value) → person, for those not yet in the record"""
    reviews: set[tuple[str, str, str]] = field(default_factory=set)
    """(person, other person, reason)"""


_MAIN = """
WITH input AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::bool[], $7::text[],
                         $8::timestamptz[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[])
    WITH ORDINALITY i(type, id, person_id, version, client, deleted, status, date, encounter_id, organization, codes,
                      body, kind, data, ord)
), history AS (
    INSERT INTO resource_history (type, id, version, client, updated_at, deleted, body)
    SELECT r.type, r.id, r.version, r.client, r.updated_at, r.deleted, r.body
    FROM input i JOIN resource r ON r.type = i.type AND r.id = i.id WHERE i.version > 1
), stored AS (
    INSERT INTO resource AS r (type, id, person_id, version, client, updated_at, deleted, status, date, encounter_id,
                               organization, codes, body)
    SELECT type, id, person_id, version, client, $15::timestamptz, deleted, status, date, encounter_id, organization,
           string_to_array(codes, chr(31)), body FROM input ORDER BY ord
    ON CONFLICT (type, id) DO UPDATE SET person_id = excluded.person_id, version = excluded.version,
        updated_at = excluded.updated_at, deleted = excluded.deleted, status = excluded.status, date = excluded.date,
        encounter_id = excluded.encounter_id, organization = excluded.organization, codes = excluded.codes,
        body = excluded.body
    WHERE r.version = excluded.version - 1
    RETURNING type, id, receipt
), events AS (
    INSERT INTO event_pending (type, kind, subject, version, person_id, data)
    SELECT i.type, i.kind, i.id, i.version, i.person_id, '{"receipt":' || s.receipt || ',' || substr(i.data, 2)
    FROM input i JOIN stored s USING (type, id) ORDER BY ord
), looked AS (
    INSERT INTO access_pending (actor, role, facility, person_id, action, what, purpose, outcome, request_id)
    SELECT $16::text, $17::text, $18::text, person_id, 'write',
           CASE WHEN count(*) = 1 THEN min(type) ELSE 'Bundle' END, $19::text, 'allowed', $20::text
    FROM input WHERE person_id IS NOT NULL GROUP BY person_id
)
"""

_SIDE = """
, changed AS (
    SELECT * FROM unnest($1::text[], $2::text[]) c(type, id)
), new_identifier AS (
    SELECT * FROM unnest($3::text[], $4::text[], $5::text[], $6::text[]) n(type, id, system, value)
), gone_identifier AS (
    DELETE FROM resource_identifier o USING changed c WHERE o.type = c.type AND o.id = c.id
    AND NOT EXISTS (SELECT 1 FROM new_identifier n
                    WHERE (n.type, n.id, n.system, n.value) = (o.type, o.id, o.system, o.value))
), identifiers AS (
    INSERT INTO resource_identifier (type, id, system, value)
    SELECT DISTINCT * FROM new_identifier ON CONFLICT DO NOTHING
), new_unresolved AS (
    SELECT * FROM unnest($7::text[], $8::text[], $9::text[], $10::text[]) u(type, id, target_type, target_id)
), gone_unresolved AS (
    DELETE FROM unresolved_reference o USING changed c WHERE o.type = c.type AND o.id = c.id
    AND NOT EXISTS (SELECT 1 FROM new_unresolved n
                    WHERE (n.type, n.id, n.target_type, n.target_id) = (o.type, o.id, o.target_type, o.target_id))
), unresolved AS (
    INSERT INTO unresolved_reference (type, id, target_type, target_id)
    SELECT DISTINCT * FROM new_unresolved ON CONFLICT DO NOTHING
), relations AS (
    INSERT INTO care_relation (person_id, facility, reason)
    SELECT * FROM unnest($11::text[], $12::text[], $13::text[]) ON CONFLICT DO NOTHING
), persons AS (
    INSERT INTO person (person_id, patient_id, name, birth_date, sex, village)
    SELECT * FROM unnest($14::text[], $15::text[], $16::text[], $17::date[], $18::text[], $19::text[])
    ON CONFLICT (person_id) DO UPDATE SET patient_id = excluded.patient_id, name = excluded.name,
        birth_date = excluded.birth_date, sex = excluded.sex, village = excluded.village
), identity AS (
    INSERT INTO person_identifier (system, value, person_id)
    SELECT * FROM unnest($20::text[], $21::text[], $22::text[]) ON CONFLICT DO NOTHING RETURNING 1
), reviews AS (
    INSERT INTO identity_review (person_id, other_person_id, reason)
    SELECT * FROM unnest($23::text[], $24::text[], $25::text[]) ON CONFLICT DO NOTHING
)
"""

_MAIN_ARGUMENTS = 20
_STORE = _MAIN + "SELECT (SELECT count(*) FROM stored), 0"
_STORE_ALL = (
    _MAIN
    + re.sub(r"\$(\d+)", lambda m: f"${int(m[1]) + _MAIN_ARGUMENTS}", _SIDE)
    + "SELECT (SELECT count(*) FROM stored), (SELECT count(*) FROM identity)"
)


class Raced(Exception):  # noqa: N818 - a turn of events, not an error
    """Another transaction stored the same person or version first; resolve again and retry."""


async def store(tx: Tx, actor: Actor, batch: Batch) -> None:
    """Store a batch: resources, history, events, access rows, and what hangs on them. Raises Raced."""
    rows = batch.rows
    if not rows:
        return
    if _has_side(batch):
        counts = await tx.fetchrow(_STORE_ALL, *_main(batch, actor), *_side(batch))
    else:
        counts = await tx.fetchrow(_STORE, *_main(batch, actor))
    if counts is None or counts[0] != len(rows) or counts[1] != len(batch.identities):
        raise Raced


def _main(batch: Batch, actor: Actor) -> list[Any]:
    rows = batch.rows
    return [
        [r.type for r in rows],
        [r.id for r in rows],
        [r.person_id for r in rows],
        [r.version for r in rows],
        [r.client for r in rows],
        [r.kind == "deleted" for r in rows],
        [r.status for r in rows],
        [r.date for r in rows],
        [r.encounter_id for r in rows],
        [r.organization for r in rows],
        ["\x1f".join(r.codes) if r.codes else None for r in rows],
        [r.body for r in rows],
        [r.kind for r in rows],
        [r.event for r in rows],
        batch.at,
        actor.subject,
        actor.role,
        actor.facility,
        actor.purpose,
        actor.request_id,
    ]


def _has_side(batch: Batch) -> bool:
    return bool(
        batch.relations or batch.persons or batch.identities or batch.reviews
        or any(r.identifiers or r.unresolved or r.version > 1 for r in batch.rows)
    )  # fmt: skip


def _side(batch: Batch) -> list[Any]:
    changed = [(r.type, r.id) for r in batch.rows if r.version > 1]
    identifiers = [(r.type, r.id, s, v) for r in batch.rows for s, v in r.identifiers]
    unresolved = [(r.type, r.id, t, i) for r in batch.rows for t, i in r.unresolved]
    relations = sorted(batch.relations)
    persons = [(p, *v) for p, v in sorted(batch.persons.items())]
    identities = [(s, v, p) for (s, v), p in sorted(batch.identities.items())]
    reviews = sorted(batch.reviews)
    return [
        *_columns(changed, 2), *_columns(identifiers, 4), *_columns(unresolved, 4), *_columns(relations, 3),
        *_columns(persons, 6), *_columns(identities, 3), *_columns(reviews, 3),
    ]  # fmt: skip


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(c) for c in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


_BY_IDENTIFIER = """
SELECT i.id FROM resource_identifier i JOIN resource r ON r.type = i.type AND r.id = i.id AND NOT r.deleted
WHERE i.type = $1 AND i.value = $3 AND ($2::text IS NULL OR i.system = $2) LIMIT 2
"""


async def ids_by_identifier(tx: Tx, type_: str, system: str | None, value: str) -> list[str]:
    """Ids (at most two) of a type's resources with an identifier; concurrent askers of the same wait in turn."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"{type_}|{system}|{value}")
    return [r["id"] for r in await tx.fetch(_BY_IDENTIFIER, type_, system, value)]
