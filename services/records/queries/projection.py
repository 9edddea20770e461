"""What the record keeps of its peers' state."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from services.kernel.db import Connection, Tx
from services.records.queries.store import Raced, Row

_FACILITY = """
INSERT INTO facility (code, organization, name, kind, ownership, active) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (code) DO UPDATE SET organization = excluded.organization, name = excluded.name, kind = excluded.kind,
    ownership = excluded.ownership, active = excluded.active
"""


async def facility(tx: Tx, d: dict[str, Any], organization: str) -> None:
    """A facility of the network as it stands now."""
    await tx.execute(_FACILITY, d["code"], organization, d["name"], d["kind"], d["ownership"], d.get("active", True))


async def catchment(tx: Tx, kind: str, d: dict[str, Any]) -> None:
    """Which puskesmas answers for a village from a day on."""
    begin = date.fromisoformat(d["valid_from"])
    if kind == "deleted":
        await tx.execute("DELETE FROM catchment WHERE village = $1 AND valid_from = $2", d["village"], begin)
        return
    until = date.fromisoformat(d["valid_until"]) if d.get("valid_until") else None
    await tx.execute(
        "INSERT INTO catchment (village, valid_from, facility, valid_until) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (village, valid_from)"
        " DO UPDATE SET facility = excluded.facility, valid_until = excluded.valid_until",
        d["village"], begin, d["facility"], until,
    )  # fmt: skip


async def practitioner_due(tx: Tx, id_: str) -> None:
    """A practitioner has changed: name and numbers are to be asked for."""
    await tx.execute(
        "INSERT INTO practitioner_due (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET turn = practitioner_due.turn + 1",
        id_,
    )


async def practitioners_due(conn: Connection) -> list[tuple[str, int]]:
    """Practitioners to ask for, and the turn of their last change."""
    return [(r["id"], r["turn"]) for r in await conn.fetch("SELECT id, turn FROM practitioner_due ORDER BY id")]


async def practitioner_done(tx: Tx, id_: str, turn: int) -> None:
    """Asked for, unless it changed again meanwhile."""
    await tx.execute("DELETE FROM practitioner_due WHERE id = $1 AND turn = $2", id_, turn)


_RESOURCE = """
WITH old AS (
    SELECT * FROM resource WHERE type = $1 AND id = $2 FOR UPDATE
), history AS (
    INSERT INTO resource_history (type, id, version, person_id, client, updated_at, deleted, body, sensitive, date)
    SELECT type, id, version, person_id, client, updated_at, deleted, body, sensitive, date FROM old
), arrived AS (
    DELETE FROM unresolved_reference WHERE target_type = $1 AND target_id = $2
)
INSERT INTO resource AS r (type, id, person_id, version, client, updated_at, status, date, organization, codes, body,
                           projected, sensitive, encounter_id)
VALUES ($1, $2, $3, coalesce((SELECT version FROM old), 0) + 1, $4, $5, $6, $7, $8, $9, $10, true, $11, $12)
ON CONFLICT (type, id) DO UPDATE SET person_id = excluded.person_id, version = excluded.version,
    client = excluded.client, updated_at = excluded.updated_at, deleted = false, status = excluded.status,
    date = excluded.date, encounter_id = excluded.encounter_id, organization = excluded.organization,
    codes = excluded.codes, body = excluded.body, projected = true, sensitive = excluded.sensitive
WHERE r.version < excluded.version
"""

_STANDING = """
SELECT version, projected, CASE WHEN NOT deleted AND projected THEN body END AS body
FROM resource WHERE type = $1 AND id = $2 FOR UPDATE
"""


async def standing(tx: Tx, type_: str, id_: str) -> tuple[int, bool, str | None]:
    """The version that stands under an id (0: none), whether a projection wrote it, and what it wrote; locked."""
    row = await tx.fetchrow(_STANDING, type_, id_)
    return (row["version"], row["projected"], row["body"]) if row else (0, True, None)


async def projected(conn: Connection, type_: str, id_: str) -> tuple[int, str] | None:
    """Version and body of a resource whose owner is another service; None when it is no such one."""
    row = await conn.fetchrow(
        "SELECT version, body FROM resource WHERE type = $1 AND id = $2 AND projected AND NOT deleted", type_, id_
    )
    return (row["version"], row["body"]) if row else None


async def there(tx: Tx, type_: str, ids: Sequence[str]) -> list[str]:
    """Those of `ids` under which a projected resource stands that is not deleted."""
    found = await tx.fetch(
        "SELECT id FROM resource WHERE type = $1 AND id = ANY($2::text[]) AND projected AND NOT deleted", type_, ids
    )
    return [r["id"] for r in found]


async def identified(tx: Tx, type_: str, system: str, value: str) -> list[str]:
    """Ids of a type's resources with an identifier."""
    found = await tx.fetch(
        "SELECT id FROM resource_identifier WHERE type = $1 AND system = $2 AND value = $3", type_, system, value
    )
    return [r["id"] for r in found]


_DELETE = """
WITH old AS (
    SELECT * FROM resource WHERE type = $1 AND id = $2 FOR UPDATE
), history AS (
    INSERT INTO resource_history (type, id, version, person_id, client, updated_at, deleted, body, sensitive, date)
    SELECT type, id, version, person_id, client, updated_at, deleted, body, sensitive, date FROM old
)
UPDATE resource r SET version = r.version + 1, updated_at = $3, deleted = true, body = '{}', codes = NULL, status = NULL
FROM old WHERE r.type = old.type AND r.id = old.id
"""


async def delete(tx: Tx, type_: str, id_: str, at: datetime) -> None:
    """A projected resource's next version is its deletion."""
    await tx.execute(_DELETE, type_, id_, at)
    await tx.execute("DELETE FROM resource_identifier WHERE type = $1 AND id = $2", type_, id_)


async def resource(tx: Tx, row: Row, at: datetime) -> None:
    """Store a projected resource as its next version. It is not announced again: its owner's feed has it.

    Raises Raced when somebody stored it first in the meantime.
    """
    done = await tx.execute(
        _RESOURCE, row.type, row.id, row.person_id, row.client, at, row.status, row.date, row.organization,
        list(row.codes) or None, row.body, list(row.sensitive) or None, row.encounter_id,
    )  # fmt: skip
    if done != "INSERT 0 1":
        raise Raced
    for system, value in row.identifiers:
        await tx.execute(
            "INSERT INTO resource_identifier (type, id, system, value) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            row.type, row.id, system, value,
        )  # fmt: skip


async def born(tx: Tx, person: str) -> date | None:
    """A person's birth date."""
    found: date | None = await tx.fetchval("SELECT birth_date FROM person WHERE person_id = $1", person)
    return found
