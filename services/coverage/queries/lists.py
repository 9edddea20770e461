"""SQL of monthly lists: the file, its rows, what it says per facility and month."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.coverage.rules.member_lists import Capitation, Wrong
from services.kernel.db import Connection, Tx

CUT_OFF = "terhenti; kirim berkasnya lagi (interrupted; send the file again)"
KEPT = 1000
"""Refused rows that are told one by one."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How far a list is."""

    rows: int
    loaded: int
    refused: int
    warned: int
    matched: int


async def begin(tx: Tx, row: dict[str, Any]) -> None:
    """A list that is about to be read."""
    names = ", ".join(row)
    values = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await tx.execute(f"INSERT INTO member_list ({names}) VALUES ({values})", *row.values())


_LIST = "SELECT * FROM member_list WHERE id = $1"
_LISTS = """
SELECT * FROM member_list
WHERE ($1::text IS NULL OR month = $1) AND ($2::text IS NULL OR kind = $2) AND ($3::text IS NULL OR facility = $3)
ORDER BY at DESC LIMIT $4
"""


async def one(conn: Connection, id_: str) -> dict[str, Any] | None:
    """A list by its id."""
    row = await conn.fetchrow(_LIST, id_)
    return dict(row) if row else None


async def many(
    conn: Connection, month: str | None, kind: str | None, facility: str | None, limit: int
) -> list[dict[str, Any]]:
    """Lists, newest first; `facility`: those its people loaded."""
    return [dict(r) for r in await conn.fetch(_LISTS, month, kind, facility, limit)]


async def same(conn: Connection, kind: str, month: str, hash_: str) -> dict[str, Any] | None:
    """The list that was loaded from this very file."""
    row = await conn.fetchrow(
        "SELECT * FROM member_list WHERE kind = $1 AND month = $2 AND hash = $3 AND state IN ('applying', 'loaded')",
        kind, month, hash_,
    )  # fmt: skip
    return dict(row) if row else None


async def refusals(conn: Connection, id_: str) -> list[dict[str, Any]]:
    """The rows of a list that were refused or warned of."""
    said = "SELECT line, field, reason, reason_en, warning FROM member_list_refused"
    return [dict(r) for r in await conn.fetch(f"{said} WHERE list_id = $1 ORDER BY line LIMIT $2", id_, KEPT)]


async def note(tx: Tx, id_: str, wrong: Sequence[Wrong]) -> None:
    """Keep where and why rows were refused."""
    await tx.copy_records_to_table(
        "member_list_refused",
        records=[(id_, w.line, w.field, w.reason.id, w.reason.en, w.warning) for w in wrong],
        columns=["list_id", "line", "field", "reason", "reason_en", "warning"],
    )


ROW = (
    "list_id", "key", "line", "bpjs_code", "nik", "card", "person_id", "status", "status_text", "payer_code",
    "payer_name", "class_code", "dental_code", "prolanis", "prb", "arrears", "village", "since", "until",
)  # fmt: skip


async def add(tx: Tx, rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows of a list (columns as `ROW`)."""
    await tx.copy_records_to_table("member_list_row", records=rows, columns=list(ROW))


_MOVE = """
UPDATE member_list SET rows = $2, loaded = $3, refused = $4, warned = $5, matched = $6, moved_at = $7,
    state = coalesce($8, state), because = coalesce($9, because) WHERE id = $1
"""


async def move(
    tx: Tx, id_: str, so_far: Counted, now: datetime, state: str | None = None, because: str | None = None
) -> None:
    """How far a list is."""
    counts = (so_far.rows, so_far.loaded, so_far.refused, so_far.warned, so_far.matched)
    await tx.execute(_MOVE, id_, *counts, now, state, because)


async def drop_rows(tx: Tx, id_: str) -> None:
    """Nothing of a list is kept but where it was refused."""
    await tx.execute("DELETE FROM member_list_row WHERE list_id = $1", id_)


async def one_at_a_time(tx: Tx, kind: str, month: str) -> None:
    """Lists of one kind and month are accepted one after the other."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtext($1))", f"member-list/{kind}/{month}")


_RETIRE = """
UPDATE member_list_part SET current = false
WHERE kind = $1 AND month = $2 AND current AND bpjs_code = ANY ($3::text[])
"""
_PART = """
INSERT INTO member_list_part (list_id, bpjs_code, kind, month, version, current, members, active, segments, dm, ht,
                              norm, amount)
SELECT $1::text, n.code, $2::text, $3::text, 1 + coalesce((SELECT max(version) FROM member_list_part p
                                         WHERE p.kind = $2 AND p.month = $3 AND p.bpjs_code = n.code), 0),
       true, n.members, n.active, n.segments, n.dm, n.ht, n.norm, n.amount
FROM unnest($4::text[], $5::int[], $6::int[], $7::text[], $8::int[], $9::int[], $10::int[], $11::bigint[])
     AS n(code, members, active, segments, dm, ht, norm, amount)
"""
_RELEASE = """
UPDATE member_list l SET hash = l.hash || '/' || l.id
WHERE l.kind = $1 AND l.month = $2 AND l.state IN ('applying', 'loaded') AND l.hash NOT LIKE '%/' || l.id
  AND EXISTS (SELECT FROM member_list_part p WHERE p.list_id = l.id AND NOT p.current)
"""
"""A file another has taken the place of may be sent again: so a wrong list is undone by the right one."""
_COUNTED = """
WITH said AS (
    SELECT bpjs_code, coalesce(payer_code, payer_name, '') AS segment, count(*) AS members,
           count(*) FILTER (WHERE status = 'active') AS active, count(*) FILTER (WHERE status <> 'unknown') AS told,
           count(*) FILTER (WHERE prolanis LIKE '%DM%') AS dm, count(*) FILTER (WHERE prolanis LIKE '%HT%') AS ht,
           count(prolanis) AS prolanis
    FROM member_list_row WHERE list_id = $1 GROUP BY 1, 2
)
SELECT bpjs_code, sum(members)::int AS members, CASE WHEN sum(told) > 0 THEN sum(active)::int END AS active,
       json_object_agg(segment, members ORDER BY segment)::text AS segments,
       CASE WHEN sum(prolanis) > 0 THEN sum(dm)::int END AS dm, CASE WHEN sum(prolanis) > 0 THEN sum(ht)::int END AS ht
FROM said GROUP BY 1
"""


async def counted(tx: Tx, id_: str) -> list[dict[str, Any]]:
    """What a member list says of each facility."""
    return [dict(r) for r in await tx.fetch(_COUNTED, id_)]


async def accept(tx: Tx, id_: str, kind: str, month: str, parts: Sequence[dict[str, Any]]) -> None:
    """What a list says of each facility stands from now on, as a new version."""
    codes = [p["bpjs_code"] for p in parts]
    await tx.execute(_RETIRE, kind, month, codes)
    names = ("members", "active", "segments", "dm", "ht", "norm", "amount")
    await tx.execute(_PART, id_, kind, month, codes, *([p.get(n) for p in parts] for n in names))
    await tx.execute(_RELEASE, kind, month)


_STANDING = """
WITH told AS (
    INSERT INTO capitation_month AS c (bpjs_code, month, version)
    SELECT code, $2::text, 1 FROM unnest($1::text[]) AS n(code)
    ON CONFLICT (bpjs_code, month) DO UPDATE SET version = c.version + 1 RETURNING bpjs_code, version
)
SELECT t.bpjs_code, t.version, (SELECT code FROM facility f WHERE f.bpjs_code = t.bpjs_code
                                ORDER BY active DESC, code LIMIT 1) AS facility,
       m.members, m.active, m.segments, m.dm, m.ht,
       c.members AS paid, c.active AS paid_active, c.segments AS paid_segments, c.dm AS paid_dm, c.ht AS paid_ht,
       c.norm, c.amount
FROM told t
LEFT JOIN member_list_part m ON m.kind = 'members' AND m.bpjs_code = t.bpjs_code AND m.month = $2 AND m.current
LEFT JOIN member_list_part c ON c.kind = 'capitation' AND c.bpjs_code = t.bpjs_code AND c.month = $2 AND c.current
"""


async def standing(tx: Tx, codes: Sequence[str], month: str) -> list[dict[str, Any]]:
    """What stands of these facilities and this month, told once more: each with its next version."""
    return [dict(r) for r in await tx.fetch(_STANDING, list(codes), month)]


_SHRUNK = """
SELECT n.code, n.members, b.members AS before FROM unnest($2::text[], $3::int[]) AS n(code, members)
CROSS JOIN LATERAL (
    SELECT members FROM member_list_part p
    WHERE p.kind = 'members' AND p.bpjs_code = n.code AND p.month <= $1 AND p.current ORDER BY p.month DESC LIMIT 1
) b WHERE b.members >= $4 AND n.members * 2 < b.members ORDER BY b.members DESC
"""


async def shrunk(tx: Tx, month: str, members: Mapping[str, int], least: int) -> list[tuple[str, int, int]]:
    """Facilities of which a new list has less than half of what stands, or stood last: code, members, before. Those
    that had fewer than `least` are not looked at."""
    rows = await tx.fetch(_SHRUNK, month, list(members), list(members.values()), least)
    return [(r["code"], r["members"], r["before"]) for r in rows]


_PARTS = """
SELECT p.list_id AS list, p.kind, p.bpjs_code, f.code AS facility, f.name, p.month, p.version, p.current, p.members,
       p.active, p.segments, p.dm, p.ht, p.norm, p.amount
FROM member_list_part p
LEFT JOIN LATERAL (SELECT code, name FROM facility f WHERE f.bpjs_code = p.bpjs_code
                   ORDER BY active DESC, code LIMIT 1) f ON true
WHERE ($1::text IS NULL OR p.bpjs_code = $1) AND ($2::text IS NULL OR p.month = $2) AND (p.current OR $3)
ORDER BY p.month DESC, p.bpjs_code, p.kind, p.version DESC LIMIT 2000
"""


async def parts(conn: Connection, bpjs_code: str | None, month: str | None, every: bool) -> list[dict[str, Any]]:
    """What lists say of facilities and months; `every`: older versions too."""
    return [dict(r) for r in await conn.fetch(_PARTS, bpjs_code, month, every)]


async def mapping(conn: Connection, sender: str, kind: str) -> dict[str, Any] | None:
    """How a sender heads its columns."""
    row = await conn.fetchrow(
        "SELECT * FROM list_mapping WHERE sender = $1 AND kind = $2 ORDER BY version DESC LIMIT 1", sender, kind
    )
    return dict(row) if row else None


async def save_mapping(tx: Tx, sender: str, kind: str, columns: str, by: str, now: datetime) -> dict[str, Any]:
    """Keep how a sender heads its columns, as a new version."""
    row = await tx.fetchrow(
        """INSERT INTO list_mapping (sender, kind, version, columns, saved_by, saved_at)
        SELECT $1::text, $2::text, 1 + coalesce(max(version), 0), $3, $4, $5
        FROM list_mapping WHERE sender = $1 AND kind = $2
        RETURNING *""",
        sender, kind, columns, by, now,
    )  # fmt: skip
    assert row is not None  # noqa: S101
    return dict(row)


_WAITING = """
SELECT id, state FROM member_list
WHERE (state = 'applying' AND moved_at < $1) OR (state = 'reading' AND moved_at < $2) ORDER BY at LIMIT 10
"""


async def left_behind(conn: Connection, applying: datetime, reading: datetime) -> list[dict[str, Any]]:
    """Lists nobody has moved since: their process has ended."""
    return [dict(r) for r in await conn.fetch(_WAITING, applying, reading)]


def capitation_part(code: str, said: Capitation, segments: str) -> dict[str, Any]:
    """What a capitation list says of one facility, as a part."""
    norm = next(iter(said.norms)) if len(said.norms) == 1 else None
    return {
        "bpjs_code": code, "members": said.members, "active": said.active, "segments": segments, "dm": said.dm,
        "ht": said.ht, "norm": norm, "amount": said.amount,
    }  # fmt: skip


_TOUCH = "UPDATE member_list SET moved_at = $2 WHERE id = $1 AND state = 'applying' RETURNING as_of"


async def applying(tx: Tx, id_: str, now: datetime) -> date | None:
    """The day of a list whose rows become statements; None when it is done."""
    found: date | None = await tx.fetchval(_TOUCH, id_, now)
    return found


async def give_up(tx: Tx, id_: str, now: datetime, because: str) -> None:
    """A list whose reading was cut off is failed, and nothing of it stays."""
    sql = "UPDATE member_list SET state = 'failed', because = $2, moved_at = $3 WHERE id = $1 AND state = 'reading'"
    if (await tx.execute(sql, id_, because, now)).endswith(" 1"):
        await drop_rows(tx, id_)
