"""SQL of what is followed from other services: areas, facilities, catchments, JKN members."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.kernel.db import Connection, Tx
from services.kernel.events import Event

_COLUMNS = {
    "area": ("code", "name", "level", "parent"),
    "facility": ("code", "name", "kind", "ownership", "village", "active"),
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
    registered_facility = excluded.registered_facility
"""


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
    return gone + [r[0] for r in rows]


async def villages_of(conn: Connection, puskesmas: str, day: date) -> list[str]:
    """The villages a puskesmas answers for on a day."""
    rows = await conn.fetch(
        "SELECT village FROM catchment WHERE facility = $1 AND valid_from <= $2"
        " AND (valid_until IS NULL OR valid_until >= $2)",
        puskesmas, day,
    )  # fmt: skip
    return [r["village"] for r in rows]
