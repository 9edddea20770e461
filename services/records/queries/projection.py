"""What the record keeps of its peers' state."""

from datetime import date, datetime
from typing import Any

import orjson

from services.kernel.db import Tx
from services.records.fhir import extract, local

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
        " ON CONFLICT (village, valid_from) DO UPDATE SET facility = excluded.facility, valid_until = excluded.valid_until",
        d["village"], begin, d["facility"], until,
    )  # fmt: skip


_RESOURCE = """
WITH old AS (
    SELECT * FROM resource WHERE type = $1 AND id = $2 FOR UPDATE
), history AS (
    INSERT INTO resource_history (type, id, version, client, updated_at, deleted, body)
    SELECT type, id, version, client, updated_at, deleted, body FROM old
)
INSERT INTO resource AS r (type, id, person_id, version, client, updated_at, status, date, organization, codes, body)
VALUES ($1, $2, $3, coalesce((SELECT version FROM old), 0) + 1, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (type, id) DO UPDATE SET version = excluded.version, updated_at = excluded.updated_at,
    status = excluded.status, date = excluded.date, organization = excluded.organization, codes = excluded.codes,
    body = excluded.body
"""


async def resource(
    tx: Tx, type_: str, id_: str, person: str | None, client: str, body: dict[str, Any], at: datetime | None
) -> None:
    """Store a projected resource as its next version. It is not announced again: its owner's feed has it."""
    version = await tx.fetchval("SELECT version FROM resource WHERE type = $1 AND id = $2", type_, id_)
    moment = at or datetime.now().astimezone()
    meta = {"versionId": str((version or 0) + 1), "lastUpdated": moment.isoformat(timespec="milliseconds")}
    whole = {
        "resourceType": type_,
        "id": id_,
        "meta": meta,
        **{k: v for k, v in body.items() if k not in ("meta", "id")},
    }
    found = extract(whole)
    responsible = local(found.organization) if found.organization else None
    await tx.execute(
        _RESOURCE, type_, id_, person, client, moment, found.status, found.date,
        responsible[1] if responsible else None,
        found.codes or None, orjson.dumps(whole).decode(),
    )  # fmt: skip
    for system, value in found.identifiers:
        await tx.execute(
            "INSERT INTO resource_identifier (type, id, system, value) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            type_, id_, system, value,
        )  # fmt: skip


async def relation(tx: Tx, person: str, facility_code: str, referral: str, until: datetime | None) -> None:
    """A referral lets its receiver see the person, until a moment when it has closed."""
    await tx.execute(
        "INSERT INTO care_relation (person_id, facility, reason, source, until) VALUES ($1, $2, 'referral', $3, $4)"
        " ON CONFLICT (person_id, facility, reason, source) DO UPDATE SET until = excluded.until",
        person, facility_code, referral, until,
    )  # fmt: skip


async def end_relation(tx: Tx, person: str, facility_code: str, referral: str) -> None:
    """A referral that came to nothing gives no access."""
    await tx.execute(
        "DELETE FROM care_relation WHERE person_id = $1 AND facility = $2 AND reason = 'referral' AND source = $3",
        person, facility_code, referral,
    )  # fmt: skip
