"""SQL of the queue: timetables, closures, numbers and tickets."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from services.coverage.contract.queue import PracticeHours
from services.coverage.rules.queue import Day, Session
from services.kernel.db import Connection, Tx

_TIMETABLE = """
SELECT poli, poli_name, prefix, doctor, doctor_name, weekday, starts, ends, capacity, valid_from FROM practice
WHERE facility = $1 AND valid_from = (SELECT max(valid_from) FROM practice WHERE facility = $1 AND valid_from <= $2)
ORDER BY poli, weekday, starts, doctor
"""
_CLOSED = "SELECT poli, reason FROM poli_closure WHERE facility = $1 AND day = $2"


async def timetable(conn: Connection, facility: str, day: date) -> tuple[date | None, list[dict[str, Any]]]:
    """A facility's timetable of a day: since when it holds, and its rows."""
    rows = [dict(r) for r in await conn.fetch(_TIMETABLE, facility, day)]
    since = rows[0]["valid_from"] if rows else None
    return since, [{k: v for k, v in r.items() if k != "valid_from"} for r in rows]


async def sessions(conn: Connection, facility: str, day: date) -> list[Session]:
    """Every session of a day, closed or not."""
    _, rows = await timetable(conn, facility, day)
    return [Session(**{k: v for k, v in r.items() if k != "weekday"}) for r in rows if r["weekday"] == day.isoweekday()]


async def day_of(conn: Connection, facility: str, poli: str, day: date) -> Day:
    """What the timetable says of one poli on one day."""
    _, rows = await timetable(conn, facility, day)
    closed = await closures(conn, facility, day)
    here = [r for r in rows if r["poli"] == poli and r["weekday"] == day.isoweekday()]
    found = tuple(Session(**{k: v for k, v in r.items() if k != "weekday"}) for r in here)
    return Day(frozenset(r["poli"] for r in rows), found, closed.get("") or closed.get(poli))


async def closures(conn: Connection, facility: str, day: date) -> dict[str, str]:
    """Why which polis are closed on a day; "" is the whole facility."""
    return {r["poli"]: r["reason"] for r in await conn.fetch(_CLOSED, facility, day)}


_PUT = """
INSERT INTO practice (facility, valid_from, poli, doctor, weekday, starts, ends, poli_name, doctor_name, prefix,
                      capacity) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""


async def put_timetable(tx: Tx, facility: str, since: date, hours: Sequence[PracticeHours]) -> None:
    """The timetable that holds from a day on, in place of what was said for that day before."""
    await tx.execute("DELETE FROM practice WHERE facility = $1 AND valid_from = $2", facility, since)
    await tx.executemany(
        _PUT,
        [
            (facility, since, h.poli, h.doctor, h.weekday, h.starts, h.ends, h.poli_name, h.doctor_name, h.prefix,
             h.capacity)
            for h in hours
        ],
    )  # fmt: skip


_CLOSE = """
INSERT INTO poli_closure (facility, day, poli, reason, closed_by) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (facility, day, poli) DO UPDATE SET reason = excluded.reason, closed_by = excluded.closed_by
"""


async def close(tx: Tx, facility: str, day: date, poli: str, reason: str, by: str) -> None:
    """A poli, or with "" the whole facility, is closed on a day."""
    await tx.execute(_CLOSE, facility, day, poli, reason, by)


async def reopen(tx: Tx, facility: str, day: date, poli: str, by: str | None = None) -> bool:
    """It is open after all; `by`: only when this one closed it."""
    done = await tx.execute(
        "DELETE FROM poli_closure WHERE facility = $1 AND day = $2 AND poli = $3"
        " AND closed_by = coalesce($4, closed_by)",
        facility, day, poli, by,
    )  # fmt: skip
    return str(done) != "DELETE 0"


_HOLD = """
INSERT INTO queue_day (facility, poli, day, last) VALUES ($1, $2, $3, 0)
ON CONFLICT (facility, poli, day) DO UPDATE SET last = queue_day.last RETURNING last
"""
_NEXT = "UPDATE queue_day SET last = last + 1 WHERE facility = $1 AND poli = $2 AND day = $3 RETURNING last"


async def hold(tx: Tx, facility: str, poli: str, day: date) -> None:
    """Hold a poli's day until the transaction ends: whoever else wants a number waits."""
    await tx.execute(_HOLD, facility, poli, day)


_IDS = """
WITH RECURSIVE one AS (
    SELECT $1::text AS person_id UNION
    SELECT CASE WHEN m.other = one.person_id THEN m.survivor ELSE m.other END
    FROM one JOIN person_merge m ON one.person_id IN (m.other, m.survivor)
)
SELECT person_id FROM one
"""


async def ids_of(conn: Connection, person_id: str) -> list[str]:
    """A person's ids, those of whoever has been merged with them too."""
    return [r["person_id"] for r in await conn.fetch(_IDS, person_id)]


_TAKEN = """
SELECT doctor, hours, count(*) FILTER (WHERE state <> 'cancelled') AS taken,
       count(*) FILTER (WHERE state = 'waiting') AS waiting,
       (array_agg(prefix || '-' || number ORDER BY called_at DESC NULLS LAST)
        FILTER (WHERE called_at IS NOT NULL AND state <> 'cancelled'))[1] AS called
FROM ticket WHERE facility = $1 AND poli = $2 AND day = $3 GROUP BY doctor, hours
"""


async def counts(conn: Connection, facility: str, poli: str, day: date) -> dict[tuple[int, str], dict[str, Any]]:
    """Of each session (doctor, hours): how many places are taken, how many wait, and the number called last."""
    return {(r["doctor"], r["hours"]): dict(r) for r in await conn.fetch(_TAKEN, facility, poli, day)}


_ADD = """
INSERT INTO ticket (id, facility, poli, day, number, prefix, poli_name, doctor, doctor_name, hours, person_id, member,
                    source, state, version, complaint, made_by, calls)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'waiting', 1, $14, $15, 0) RETURNING *
"""


async def add(
    tx: Tx, id_: str, facility: str, day: date, session: Session, person_id: str, member: bool, source: str,
    complaint: str | None, by: str,
) -> dict[str, Any]:  # fmt: skip
    """Give the next number of a poli's day, which the caller holds."""
    number = await tx.fetchval(_NEXT, facility, session.poli, day)
    row = await tx.fetchrow(
        _ADD, id_, facility, session.poli, day, number, session.prefix, session.poli_name, session.doctor,
        session.doctor_name, session.hours, person_id, member, source, complaint, by,
    )  # fmt: skip
    assert row is not None  # noqa: S101 - an insert returns its row
    return dict(row)


_STANDING = """
SELECT * FROM ticket WHERE facility = $1 AND poli = $2 AND day = $3 AND person_id = ANY ($4::text[])
ORDER BY state = 'cancelled', number DESC LIMIT 1
"""


async def of_person(conn: Connection, facility: str, poli: str, day: date, ids: Sequence[str]) -> dict[str, Any] | None:
    """A person's ticket of a day: the one that stands, else the last they gave up."""
    row = await conn.fetchrow(_STANDING, facility, poli, day, ids)
    return dict(row) if row else None


_AHEAD = """
SELECT count(*) FROM ticket WHERE facility = $1 AND poli = $2 AND day = $3 AND doctor = $4 AND hours = $5
AND state = 'waiting' AND number < $6
"""


async def ahead(conn: Connection, ticket: dict[str, Any]) -> int:
    """How many wait before a ticket; nobody once it has been called."""
    if ticket["state"] != "waiting":
        return 0
    t = ticket
    return int(await conn.fetchval(_AHEAD, t["facility"], t["poli"], t["day"], t["doctor"], t["hours"], t["number"]))


async def one(conn: Connection, ticket: str, facility: str | None) -> dict[str, Any] | None:
    """A ticket by its id, at this facility (None: at any)."""
    row = await conn.fetchrow(
        "SELECT * FROM ticket WHERE id = $1 AND facility = coalesce($2, facility)", ticket, facility
    )
    return dict(row) if row else None


_NEXT_WAITING = """
SELECT * FROM ticket WHERE facility = $1 AND poli = $2 AND day = $3 AND state = 'waiting'
AND doctor = coalesce($4, doctor) ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED
"""


async def next_waiting(tx: Tx, facility: str, poli: str, day: date, doctor: int | None) -> dict[str, Any] | None:
    """Who is next; of two desks asking at once each gets another."""
    row = await tx.fetchrow(_NEXT_WAITING, facility, poli, day, doctor)
    return dict(row) if row else None


_MOVE = """
UPDATE ticket SET state = $3::text, version = version + 1, reason = coalesce($4::text, reason),
    calls = calls + CASE WHEN $3::text = 'called' THEN 1 ELSE 0 END,
    called_at = CASE WHEN $3::text = 'called' THEN $5 ELSE called_at END,
    met_at = CASE WHEN $3::text IN ('present', 'absent') THEN $5 ELSE met_at END,
    cancelled_at = CASE WHEN $3::text = 'cancelled' THEN $5 ELSE cancelled_at END
WHERE id = $1 AND version = $2 RETURNING *
"""


async def move(tx: Tx, ticket: dict[str, Any], to: str, reason: str | None, at: datetime) -> dict[str, Any] | None:
    """One guarded write; None when somebody was quicker."""
    row = await tx.fetchrow(_MOVE, ticket["id"], ticket["version"], to, reason, at)
    return dict(row) if row else None


_OF_DAY = """
SELECT t.*, d.state AS told FROM ticket t
LEFT JOIN delivery d ON d.kind = 'ticket' AND d.subject = t.id
WHERE t.facility = $1 AND t.day = $2 AND t.poli = coalesce($3, t.poli) ORDER BY t.poli, t.number
"""


async def of_day(conn: Connection, facility: str, day: date, poli: str | None) -> list[dict[str, Any]]:
    """All tickets of a day, and how far BPJS has been told."""
    return [dict(r) for r in await conn.fetch(_OF_DAY, facility, day, poli)]


_NUMBER = "SELECT id, presented_at FROM patient_number WHERE facility = $1 AND person_id = ANY ($2::text[]) ORDER BY id"
_GIVE = """
INSERT INTO patient_number (id, facility, person_id, presented_at) OVERRIDING SYSTEM VALUE
VALUES (coalesce($4, nextval(pg_get_serial_sequence('patient_number', 'id'))), $1, $2, $3)
ON CONFLICT (facility, person_id) DO UPDATE
SET presented_at = coalesce(patient_number.presented_at, excluded.presented_at)
RETURNING id
"""


async def patient_number(conn: Connection, facility: str, ids: Sequence[str]) -> tuple[str, bool] | None:
    """The facility's own number for a person, and whether BPJS has sent their particulars."""
    row = await conn.fetchrow(_NUMBER, facility, ids)
    return (written(row["id"]), row["presented_at"] is not None) if row else None


async def fresh_number(conn: Connection) -> int:
    """A number nobody has yet; it may stay unused."""
    return int(await conn.fetchval("SELECT nextval(pg_get_serial_sequence('patient_number', 'id'))"))


async def give_number(
    tx: Tx, facility: str, person_id: str, presented_at: datetime | None = None, number: int | None = None
) -> str:
    """Give a person a number of the facility, or the one they have."""
    return written(await tx.fetchval(_GIVE, facility, person_id, presented_at, number))


def written(number: int) -> str:
    """A patient's number as it is written: apart from a facility's own books."""
    return f"MJ{number:06d}"
