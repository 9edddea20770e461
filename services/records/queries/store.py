"""Writing resources: one statement resolves what a batch speaks of, one statement stores the batch.

Both are set-based, so a single Observation, a Bundle and a chunk of a bulk import take the same path.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import asyncpg

from services.kernel.auth import Actor, looking
from services.kernel.db import Tx
from services.records.queries.statement import ALIAS, IHS, KEPT, single, statement
from services.records.queries.visible import came
from services.records.rules import NIK, NIK_IBU
from services.records.sensitive import settled

_RESOLVE = f"""
SELECT 'patient' AS kind, q.ref AS key, r.id, r.person_id, NULL AS origin
FROM unnest($1::text[]) q(ref) JOIN resource r ON r.type = 'Patient' AND r.id = q.ref AND NOT r.deleted
UNION ALL
SELECT 'alias', q.ref, p.patient_id, p.person_id, i.origin
FROM unnest($1::text[]) q(ref)
JOIN person_identifier i ON i.system IN ('{IHS}', '{ALIAS}') AND i.value = q.ref JOIN person p USING (person_id)
UNION ALL
SELECT 'identity', i.system || '|' || i.value, p.patient_id, p.person_id, i.origin
FROM unnest($2::text[], $3::text[]) q(system, value)
JOIN person_identifier i ON i.system = q.system AND i.value = q.value JOIN person p USING (person_id)
UNION ALL
SELECT 'mother', q.value, NULL, NULL, NULL FROM unnest($2::text[], $3::text[]) q(system, value)
WHERE q.system = '{NIK}' AND EXISTS (
    SELECT FROM resource_identifier i WHERE i.type = 'Patient' AND i.system = '{NIK_IBU}' AND i.value = q.value)
"""


@dataclass(slots=True)
class Resolved:
    """What the record knows of the things a batch speaks of.

    `patients`: reference id → (patient id, person id); `identities`: "system|value" → the same.
    """

    patients: dict[str, tuple[str, str]] = field(default_factory=dict)
    identities: dict[str, tuple[str, str]] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    """"system|value", or an id → the person it was given for, who has since been merged into another"""
    mothers: set[str] = field(default_factory=set)
    """NIKs that a newborn's registration names as its mother's"""
    replaced: set[str] = field(default_factory=set)
    """Patients that were merged into another: read by their own id still, written through the one that stands"""


async def resolve(tx: Tx, patients: Sequence[str], identities: Sequence[tuple[str, str]]) -> Resolved:
    """One round trip: patients by id or alias, persons by identity."""
    rows = await tx.fetch(_RESOLVE, patients, [s for s, _ in identities], [v for _, v in identities])
    found = Resolved()
    for kind, key, patient_id, person_id, origin in rows:
        if origin:
            found.origins[key] = origin
        if kind == "mother":
            found.mothers.add(key)
        elif kind == "identity":
            found.identities[key] = (patient_id, person_id)
        elif kind == "alias":  # a Patient that was replaced is known by the one that replaced it
            if key in found.patients:
                found.replaced.add(key)
            found.patients[key] = (patient_id, person_id)
        elif key in found.patients:
            found.replaced.add(key)
        else:
            found.patients[key] = (patient_id, person_id)
    return found


_CURRENT = """
SELECT type, id, person_id, version, deleted, client, updated_at, body, projected FROM resource
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
    patient_ref: str | None = None
    """Patient id (or alias) the statement itself finds the person by, when `person_id` is not known yet."""
    fresh: bool = False
    """Its id was made here just now, so no other version can exist."""
    client: str | None = None
    status: str | None = None
    date: datetime | None = None
    encounter_id: str | None = None
    organization: str | None = None
    codes: Sequence[str] = ()
    identifiers: Sequence[tuple[str, str]] = ()
    references: Sequence[tuple[str, str]] = ()
    """(type, id) of things outside the batch; those the record does not know are listed as unresolved."""
    sensitive: Sequence[str] = ()
    """Sensitive classes; "SEX|10|18" when the person's age at the date decides."""
    carried: Sequence[str] = ()
    """Those of them it gives to its Encounter."""


@dataclass(slots=True)
class Batch:
    """All that one transaction stores."""

    at: datetime
    rows: list[Row] = field(default_factory=list)
    persons: dict[str, tuple[str, str | None, date | None, str | None, str | None]] = field(default_factory=dict)
    """person → (patient id, folded name, birth date, sex, village)"""
    identities: dict[tuple[str, str], str] = field(default_factory=dict)
    """(system, value) → person, for those not yet in the record"""
    reviews: set[tuple[str, str, str]] = field(default_factory=set)
    """(person, other person, reason)"""
    shown: set[tuple[str, str]] = field(default_factory=set)
    """(person, "Type/id") of what is answered without a change"""
    registered: set[tuple[str, str]] = field(default_factory=set)
    """(person, facility) of registrations that said nothing new"""
    provisional: dict[str, tuple[str, str]] = field(default_factory=dict)
    """person → (reason, facility) of who has no number yet"""
    doubts: set[tuple[str, str, str]] = field(default_factory=set)
    """(person, code, facility) of what a clerk should look at again"""


class Raced(Exception):  # noqa: N818 - a turn of events, not an error
    """Another transaction stored the same person or version first; resolve again and retry."""


class UnknownPatient(Exception):  # noqa: N818 - told to the caller as a fault of the element
    """A Patient reference of the batch names nobody; nothing was stored."""


async def store(tx: Tx, actor: Actor, batch: Batch) -> None:
    """Store a batch: resources, history, events, access rows, and what hangs on them; all in one statement.

    Raises UnknownPatient (nothing stored), Raced (roll back and start over).
    """
    rows = batch.rows
    written = {r.person_id for r in rows}
    shown = sorted((p, ref) for p, ref in batch.shown if p not in written)
    if shown or batch.registered:
        seen, relations = _columns(shown, 2), _columns(sorted(batch.registered), 2)
        await tx.execute(KEPT, actor.subject, actor.role, actor.facility, actor.purpose, came(actor), *seen, *relations)
    if not rows and not batch.reviews:
        return
    sql, names, values = _statement(batch)
    values |= {
        "at": batch.at, "actor": actor.subject, "role": actor.role, "facility": actor.facility,
        "purpose": looking(actor, opened=False).purpose, "request_id": actor.request_id, "origin": actor.origin,
    }  # fmt: skip
    counts = await tx.fetchrow(sql, *[values[name] for name in names])
    if counts is not None and counts[1]:
        raise UnknownPatient
    if counts is None or counts[0] != len(rows) or counts[2] != len(batch.identities):
        raise Raced


def _statement(batch: Batch) -> tuple[str, list[str], dict[str, Any]]:
    """The statement that stores a batch, the names of its values in order, and those that come from the batch."""
    rows = batch.rows
    sensitive = any(r.sensitive for r in rows)
    if sensitive:
        _settle(batch)
    new = all(r.version == 1 and r.fresh for r in rows)
    persons = bool(batch.persons or batch.identities or batch.reviews)
    relations = any(r.type in ("Patient", "Encounter") for r in rows)
    identifiers, references = any(r.identifiers for r in rows), any(r.references for r in rows)
    if new and len(rows) == 1 and not persons and not sensitive:
        sql, names = single(relations=relations, identifiers=identifiers, references=references)
        values = _scalars(rows[0])
    else:
        sql, names = statement(
            new=new, persons=persons, relations=relations, identifiers=identifiers, references=references,
            sensitive=sensitive, carried=any(r.carried for r in rows), notes=bool(batch.provisional or batch.doubts),
        )  # fmt: skip
        values = _arrays(rows)
    return sql, names, values | _hanging(batch, names)


def _settle(batch: Batch) -> None:
    """What the statement cannot see of its own batch: the ages of persons new in it, and visits that come along."""
    visits = {r.id: r for r in batch.rows if r.type == "Encounter"}
    for row in batch.rows:
        visit = visits.get(row.encounter_id or "") if row.carried else None
        if visit is not None and visit.client == row.client and visit.person_id == row.person_id:
            carried = [b for b in row.sensitive if b.split("|")[0] in row.carried]
            visit.sensitive = tuple(dict.fromkeys((*visit.sensitive, *carried)))
    for row in batch.rows:
        if row.sensitive and row.person_id in batch.persons:
            born = batch.persons[row.person_id][2]
            row.sensitive = settled(row.sensitive, born, (row.date or batch.at).date())


def _scalars(row: Row) -> dict[str, Any]:
    """The values of a single row."""
    return {
        "type": row.type, "id": row.id, "person_id": row.person_id, "client": row.client, "status": row.status,
        "date": row.date, "encounter_id": row.encounter_id, "organization": row.organization,
        "codes": "\x1f".join(row.codes) if row.codes else None, "body": row.body, "event": row.event,
        "patient_ref": row.patient_ref,
    }  # fmt: skip


def _arrays(rows: Sequence[Row]) -> dict[str, Any]:
    """The values of many rows, column by column."""
    return {
        "types": [r.type for r in rows],
        "ids": [r.id for r in rows],
        "person_ids": [r.person_id for r in rows],
        "versions": [r.version for r in rows],
        "clients": [r.client for r in rows],
        "deleted": [r.kind == "deleted" for r in rows],
        "statuses": [r.status for r in rows],
        "dates": [r.date for r in rows],
        "encounter_ids": [r.encounter_id for r in rows],
        "organizations": [r.organization for r in rows],
        "codes": ["\x1f".join(r.codes) if r.codes else None for r in rows],
        "bodies": [r.body for r in rows],
        "kinds": [r.kind for r in rows],
        "events": [r.event for r in rows],
        "patient_refs": [r.patient_ref for r in rows],
        "sensitives": ["\x1f".join(r.sensitive) if r.sensitive else None for r in rows],
        "carried": ["\x1f".join(r.carried) if r.carried else None for r in rows],
    }


def _hanging(batch: Batch, names: Sequence[str]) -> dict[str, list[Any]]:
    """What hangs on the rows, as far as the statement names it."""
    found: dict[str, list[Any]] = {}
    if "identifier_ids" in names:
        pairs = [(r.type, r.id, s, v) for r in batch.rows for s, v in r.identifiers]
        found |= _named("identifier_types identifier_ids identifier_systems identifier_values", pairs)
    if "reference_ids" in names:
        targets = [(r.type, r.id, t, i) for r in batch.rows for t, i in r.references]
        found |= _named("reference_types reference_ids target_types target_ids", targets)
    if "persons" in names:
        persons = [(p, *v) for p, v in sorted(batch.persons.items())]
        keys = [(s, v, p) for (s, v), p in sorted(batch.identities.items())]
        found |= _named("persons person_patients person_names person_births person_sexes person_villages", persons)
        found |= _named("key_systems key_values key_persons", keys)
        found |= _named("review_persons review_others review_reasons", sorted(batch.reviews))
    if "new_persons" in names:
        unknown = [(p, *v) for p, v in sorted(batch.provisional.items())]
        found |= _named("new_persons new_reasons new_facilities", unknown)
        found |= _named("doubt_persons doubt_codes doubt_facilities", sorted(batch.doubts))
    return found


def _named(names: str, rows: Sequence[tuple[Any, ...]]) -> dict[str, list[Any]]:
    columns = names.split()
    return dict(zip(columns, _columns(rows, len(columns)), strict=True))


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(c) for c in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


async def take_turns(tx: Tx, keys: Sequence[str]) -> None:
    """Wait, until the transaction ends, for all others that ask for the same; `keys` in one order for all."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended(k, 0)) FROM unnest($1::text[]) k", keys)


_IN_USE = """
SELECT EXISTS (SELECT 1 FROM resource WHERE person_id = $1 AND type <> 'Patient' AND NOT deleted)
    OR EXISTS (SELECT 1 FROM care_relation WHERE person_id = $1 AND facility IS DISTINCT FROM $2)
"""


async def in_use(tx: Tx, person: str | None, facility: str | None) -> bool:
    """Whether anything is recorded of a person, or anyone but this facility cares for them."""
    return bool(await tx.fetchval(_IN_USE, person, facility))


_HELD = """
SELECT k.type FROM unnest($2::int[], $3::text[], $4::text[], $5::text[]) k(n, type, system, value)
JOIN resource_identifier i ON i.value = k.value AND i.system = k.system AND i.type = k.type
JOIN resource r ON r.type = i.type AND r.id = i.id AND NOT r.deleted AND r.client = $1
GROUP BY k.n, k.type, i.id HAVING count(*) = (SELECT count(*) FROM unnest($2::int[]) m WHERE m = k.n) LIMIT 1
"""


async def held(tx: Tx, client: str | None, wanted: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> str | None:
    """The type of a resource of the facility's that has all the numbers of one of `wanted` (type, numbers), or None.

    Who asks for the same numbers waits in turn.
    """
    keys = [(n, t, s, v) for n, (t, numbers) in enumerate(wanted) for s, v in numbers]
    names = sorted({f"{client}|{t}|{s}|{v}" for _, t, s, v in keys})
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended(k, 0)) FROM unnest($1::text[]) k", names)
    found: str | None = await tx.fetchval(_HELD, client, *_columns(keys, 4))
    return found
