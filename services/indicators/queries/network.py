"""SQL of what is followed from other services: areas, facilities, catchments, JKN members."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.kernel.db import Connection, Tx
from services.kernel.events import Event

_COLUMNS = {
    "area": ("code", "name", "level", "parent"),
    "facility": ("code", "name", "kind", "ownership", "organization_type", "village", "active"),
    "catchment": ("id", "village", "facility", "valid_from", "valid_until"),
}
_DATES = frozenset({"valid_from", "valid_until"})


async def put_network(tx: Tx, table: str, events: Iterable[Event]) -> None:
    """Areas, facilities or catchments as their events say now. A catchment is known by its event's subject."""
    columns = _COLUMNS[table]
    key, rest = columns[0], columns[1:]
    places = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
    update = ", ".join(f"{c} = excluded.{c}" for c in rest)
    put = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places}) ON CONFLICT ({key}) DO UPDATE SET {update}"
    gone, rows = list[str](), list[tuple[Any, ...]]()
    for e in events:
        if e.kind == "deleted":
            gone.append(e.subject)
        else:
            rows.append((e.subject, *(_value(name, e.data.get(name)) for name in rest)))
    if gone:
        await tx.execute(f"DELETE FROM {table} WHERE {key} = ANY ($1)", gone)
    if rows:
        await tx.executemany(put, rows)


def _value(name: str, said: Any) -> Any:
    if name == "active":
        return said is not False
    return date.fromisoformat(said) if said and name in _DATES else said


_MEMBERS = """
INSERT INTO member (person_id, checked_on, status, payer, registered_facility)
SELECT * FROM unnest($1::uuid[], $2::date[], $3::text[], $4::text[], $5::text[])
ON CONFLICT (person_id, checked_on) DO UPDATE SET status = excluded.status, payer = excluded.payer,
    registered_facility = excluded.registered_facility, via = NULL
"""

_MERGED = "SELECT EXISTS (SELECT FROM person_merge WHERE other = ANY ($1) OR survivor = ANY ($1))"
_UP = """WITH RECURSIVE up AS (
    SELECT unnest($1::uuid[]) AS person UNION SELECT m.survivor FROM up JOIN person_merge m ON m.other = up.person
)"""
_PART = f"""{_UP} DELETE FROM member WHERE via IS NOT NULL AND person_id IN (SELECT person FROM up)"""
_JOIN = f"""{_UP}, down AS (
    SELECT person AS survivor, person FROM up
    UNION SELECT d.survivor, m.other FROM down d JOIN person_merge m ON m.survivor = d.person
), joined AS (
    INSERT INTO member (person_id, checked_on, status, payer, registered_facility, via)
    SELECT DISTINCT ON (d.survivor, m.checked_on) d.survivor, m.checked_on, m.status, m.payer, m.registered_facility,
           m.person_id
    FROM down d JOIN member m ON m.person_id = d.person AND m.via IS NULL WHERE d.person <> d.survivor
    ORDER BY d.survivor, m.checked_on, m.person_id
    ON CONFLICT DO NOTHING RETURNING person_id, checked_on
), later AS (
    INSERT INTO recheck (person_id, on_date)
    SELECT person_id, checked_on FROM joined WHERE checked_on > (SELECT day FROM state WHERE id = 1)
    ON CONFLICT DO NOTHING
)
SELECT person FROM up"""


async def put_merges(tx: Tx, events: Iterable[Event], now: datetime) -> list[UUID]:
    """Who has become one, or two again; what JKN said of them follows. Everyone it concerns."""
    persons = list[UUID]()
    for e in events:
        survivor, other = UUID(e.data["survivor"]), UUID(e.data["other"])
        persons += [survivor, other]
        await tx.execute("DELETE FROM person_merge WHERE other = $1", other)
        if e.kind == "created":
            await tx.execute(
                "INSERT INTO person_merge (other, survivor, taken_at) VALUES ($1, $2, $3)", other, survivor, e.at or now
            )
    return await _joined(tx, persons) if persons else []


async def _joined(tx: Tx, persons: Sequence[UUID]) -> list[UUID]:
    """What JKN said of those merged into these persons, or into whom these are merged, put together anew."""
    await tx.execute(_PART, persons)
    return [r["person"] for r in await tx.fetch(_JOIN, persons)]


async def put_members(tx: Tx, events: Sequence[Event]) -> list[UUID]:
    """What JKN said of persons, by the day it said so; who they are. `not_found` is not active either."""
    gone = [UUID(e.person_id) for e in events if e.kind == "deleted" and e.person_id]
    rows = [
        (
            UUID(e.person_id), date.fromisoformat(e.data["checked_on"]),
            "inactive" if e.data["status"] == "not_found" else e.data["status"],
            e.data.get("payer"), e.data.get("registered_facility"),
        )
        for e in events if e.kind != "deleted" and e.person_id
    ]  # fmt: skip
    if gone:
        await tx.execute("DELETE FROM member WHERE person_id = ANY ($1)", gone)
    if rows:
        await tx.execute(_MEMBERS, *zip(*rows, strict=True))
        await tx.execute(
            "INSERT INTO recheck (person_id, on_date) SELECT * FROM unnest($1::uuid[], $2::date[]) t (p, d)"
            " WHERE d > (SELECT day FROM state WHERE id = 1) ON CONFLICT DO NOTHING",
            [r[0] for r in rows], [r[1] for r in rows],
        )  # fmt: skip
    persons = gone + [r[0] for r in rows]
    return persons + await _joined(tx, persons) if await tx.fetchval(_MERGED, persons) else persons


async def is_village(conn: Connection, code: str) -> bool:
    """Whether the district's registry has this village."""
    return bool(await conn.fetchval("SELECT EXISTS (SELECT FROM area WHERE code = $1 AND length(code) = 10)", code))


async def villages_of(conn: Connection, puskesmas: str, day: date) -> list[str]:
    """The villages a puskesmas answers for on a day."""
    rows = await conn.fetch(
        "SELECT village FROM catchment WHERE facility = $1 AND valid_from <= $2"
        " AND (valid_until IS NULL OR valid_until >= $2)",
        puskesmas, day,
    )  # fmt: skip
    return [r["village"] for r in rows]
