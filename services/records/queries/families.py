"""SQL of households: who may see which, who belongs to them, and keeping up with what Patients say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from services.kernel.auth import Actor
from services.kernel.db import Connection, Tx
from services.records.families import Placing, Stay
from services.records.queries.visible import Asker, sees_all, shown, visible_to
from services.records.visit.codes import KIND

_ASKER = Asker(subject="$1", facility="$2", sees_all="$3", today="$4")
HOME_VISIT = f"{KIND}|kunjungan-rumah"


def _actor(actor: Actor, today: date) -> list[Any]:
    return [actor.subject, actor.facility, sees_all(actor), today]


_MEMBERS = """
SELECT DISTINCT ON (coalesce(m.merged_into, m.person_id)) coalesce(m.merged_into, m.person_id) AS who, m.relation,
       m.valid_from, m.valid_until, m.end_reason
FROM family_member m WHERE m.family_id = {family} AND m.valid_from <= {day}
  AND (m.valid_until IS NULL OR m.valid_until >= {day})
  AND (m.merged_into IS NULL OR NOT EXISTS (
       SELECT 1 FROM family_member own WHERE own.person_id = m.merged_into AND own.valid_from <= {day}
       AND (own.valid_until IS NULL OR own.valid_until >= {day})))
ORDER BY 1, m.merged_into NULLS FIRST
"""
"""Who belongs to a household on a day. Who has been merged is where the survivor is, if the survivor is anywhere."""

_LIST = f"""
SELECT f.id, f.village, f.hamlet, f.rt, f.rw, f.posyandu, seen.members, seen.head, r.body
FROM family f CROSS JOIN LATERAL (
    SELECT count(*) AS members, min(m.who) FILTER (WHERE m.relation = 'kepala-keluarga') AS head
    FROM ({_MEMBERS.format(family="f.id", day="$4::date")}) m WHERE {visible_to("m.who", _ASKER)}
) seen
LEFT JOIN person p ON p.person_id = seen.head LEFT JOIN resource r ON r.type = 'Patient' AND r.id = p.patient_id
WHERE f.id > $5 AND ($6::text IS NULL OR f.village = $6) AND ($7::text IS NULL OR f.posyandu = $7) AND seen.members > 0
ORDER BY f.id LIMIT $8
"""


async def listed(
    conn: Connection, actor: Actor, today: date, after: str, village: str | None, posyandu: str | None, limit: int
) -> list[dict[str, Any]]:
    """Households of a village or posyandu with a member the actor may see; only such members are counted."""
    return [dict(r) for r in await conn.fetch(_LIST, *_actor(actor, today), after, village, posyandu, limit)]


_FAMILY = "SELECT id, kk, village, hamlet, rt, rw, posyandu, version FROM family WHERE id = $1"
_SEEN = f"""
SELECT m.who AS person_id, m.relation, m.valid_from, m.valid_until, m.end_reason, p.sex, p.birth_date, p.patient_id,
       r.body, {visible_to("m.who", _ASKER)} AS seen
FROM ({_MEMBERS.format(family="$5", day="$6::date")}) m
LEFT JOIN person p ON p.person_id = m.who LEFT JOIN resource r ON r.type = 'Patient' AND r.id = p.patient_id
ORDER BY m.relation IS DISTINCT FROM 'kepala-keluarga', p.birth_date, m.who
"""
_VISITS = f"""
SELECT r.id, r.person_id, r.date FROM resource r
WHERE r.type = 'Encounter' AND r.person_id = ANY($5::text[]) AND NOT r.deleted AND r.codes @> ARRAY['{HOME_VISIT}']
  AND r.status NOT IN ('cancelled', 'entered-in-error') AND {shown("r", _ASKER)}
ORDER BY r.date DESC NULLS LAST, r.id LIMIT 50
"""


async def family(conn: Connection, id_: str) -> dict[str, Any] | None:
    """One household's home."""
    row = await conn.fetchrow(_FAMILY, id_)
    return dict(row) if row else None


async def members(conn: Connection, actor: Actor, today: date, id_: str, on: date) -> list[dict[str, Any]]:
    """Who belongs to it on a day, and whether the actor may see them; the head first, then the oldest."""
    return [dict(r) for r in await conn.fetch(_SEEN, *_actor(actor, today), id_, on)]


async def home_visits(conn: Connection, actor: Actor, today: date, persons: Sequence[str]) -> list[dict[str, Any]]:
    """Visits to the homes of these persons that the actor may see, the latest first."""
    return [dict(r) for r in await conn.fetch(_VISITS, *_actor(actor, today), persons)]


_UNPLACED = f"""
SELECT p.person_id, p.sex, p.birth_date, p.village, r.body
FROM person p JOIN resource r ON r.type = 'Patient' AND r.id = p.patient_id AND NOT r.deleted
WHERE p.village = $5 AND p.person_id > $6 AND {visible_to("p.person_id", _ASKER)}
  AND NOT EXISTS (SELECT 1 FROM family_member m WHERE m.person_id = p.person_id AND m.valid_from <= $4
                  AND (m.valid_until IS NULL OR m.valid_until >= $4))
  AND NOT EXISTS (SELECT 1 FROM family_member m WHERE m.merged_into = p.person_id AND m.valid_until IS NULL)
  AND r.body::jsonb -> 'deceasedDateTime' IS NULL AND coalesce(r.body::jsonb ->> 'deceasedBoolean', '') <> 'true'
ORDER BY p.person_id LIMIT $7
"""


async def unplaced(
    conn: Connection, actor: Actor, today: date, village: str, after: str, limit: int
) -> list[dict[str, Any]]:
    """Living persons of a village, of no household, whom the actor may see."""
    return [dict(r) for r in await conn.fetch(_UNPLACED, *_actor(actor, today), village, after, limit)]


# --- writing by hand --------------------------------------------------------------------------------------


async def answers(conn: Connection, facility: str | None, village: str, day: date) -> bool:
    """Whether a facility answers for a village."""
    sql = (
        "SELECT EXISTS (SELECT 1 FROM catchment WHERE village = $1 AND facility = $2 AND valid_from <= $3"
        " AND (valid_until IS NULL OR valid_until >= $3))"
    )
    return bool(await conn.fetchval(sql, village, facility, day))


async def kind_of(conn: Connection, facility: str) -> str | None:
    """A facility's kind."""
    kind: str | None = await conn.fetchval("SELECT kind FROM facility WHERE code = $1", facility)
    return kind


async def holds_card(tx: Tx, kk: str, but: str) -> tuple[str, bool, list[str]] | None:
    """Another household that has a card: which, whether it was recorded by hand, and who belongs to it."""
    row = await tx.fetchrow(_HOLDS, kk, but)
    return (row["id"], row["by_hand"], row["members"]) if row else None


_HOLDS = """
SELECT f.id, f.by_hand,
       ARRAY(SELECT m.person_id FROM family_member m WHERE m.family_id = f.id AND m.valid_until IS NULL) AS members
FROM family f WHERE f.kk = $1 AND f.id <> $2
"""


async def give_up_card(tx: Tx, id_: str) -> None:
    """A household that formed by itself has its card no longer: the one recorded by hand has it."""
    await tx.execute("UPDATE family SET kk = NULL, version = version + 1, updated_at = now() WHERE id = $1", id_)


_PUT = """
INSERT INTO family AS f (id, kk, village, hamlet, rt, rw, posyandu, by_hand, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, true, 1)
ON CONFLICT (id) DO UPDATE SET kk = coalesce(excluded.kk, f.kk), village = excluded.village, hamlet = excluded.hamlet,
    rt = excluded.rt, rw = excluded.rw, posyandu = excluded.posyandu, by_hand = true, version = f.version + 1,
    updated_at = now()
WHERE (f.kk, f.village, f.hamlet, f.rt, f.rw, f.posyandu, f.by_hand)
      IS DISTINCT FROM (coalesce(excluded.kk, f.kk), excluded.village, excluded.hamlet, excluded.rt, excluded.rw,
                        excluded.posyandu, true)
RETURNING version
"""


async def put(tx: Tx, id_: str, home: dict[str, Any], by: str) -> None:
    """A household's home as it is now; each version is kept."""
    values = [home[c] for c in ("kk", "village", "hamlet", "rt", "rw", "posyandu")]
    version = await tx.fetchval(_PUT, id_, *values)
    if version is not None:
        await tx.execute(
            "INSERT INTO family_history (family_id, version, recorded_by, row) VALUES ($1, $2, $3, $4::jsonb)",
            id_, version, by, orjson.dumps(home).decode(),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Open:
    """A person's stay that reaches a day or lies after it."""

    family: str
    person: str
    since: date
    until: date | None
    relation: str | None


async def lock(tx: Tx) -> None:
    """One placing at a time."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtext('family'))")


async def stays(tx: Tx, family_id: str, persons: Sequence[str], day: date) -> list[Open]:
    """Stays from a day on of these persons anywhere, and of anybody in this household."""
    rows = await tx.fetch(
        "SELECT family_id, person_id, valid_from, valid_until, relation FROM family_member"
        " WHERE (family_id = $1 OR person_id = ANY($2::text[])) AND (valid_until IS NULL OR valid_until >= $3)"
        " ORDER BY person_id, valid_from",
        family_id, persons, day,
    )  # fmt: skip
    return [Open(*r) for r in rows]


async def end(tx: Tx, stay: Open, last: date, reason: str) -> None:
    """End a stay; one that would end before it began never was."""
    if last < stay.since:
        await tx.execute(
            "DELETE FROM family_member WHERE family_id = $1 AND person_id = $2 AND valid_from = $3",
            stay.family, stay.person, stay.since,
        )  # fmt: skip
    else:
        await tx.execute(
            "UPDATE family_member SET valid_until = $4, end_reason = $5"
            " WHERE family_id = $1 AND person_id = $2 AND valid_from = $3",
            stay.family, stay.person, stay.since, last, reason,
        )  # fmt: skip


async def relate(tx: Tx, stay: Open, relation: str) -> None:
    """Say the relation of a stay."""
    await tx.execute(
        "UPDATE family_member SET relation = $4 WHERE family_id = $1 AND person_id = $2 AND valid_from = $3",
        stay.family, stay.person, stay.since, relation,
    )  # fmt: skip


async def enter(tx: Tx, family_id: str, person: str, day: date, relation: str | None, kk: str | None) -> None:
    """A person belongs to a household from a day on."""
    await tx.execute(
        "INSERT INTO family_member (family_id, person_id, valid_from, relation, kk) VALUES ($1, $2, $3, $4, $5)",
        family_id, person, day, relation, kk,
    )  # fmt: skip


# --- keeping up with Patients -----------------------------------------------------------------------------

AHEAD = 20_000
_NEXT = f"""
WITH at AS (SELECT position FROM family_scan FOR UPDATE SKIP LOCKED), found AS (
    SELECT e.position, e.person_id, e.subject FROM at, event e
    WHERE e.position > at.position AND e.position <= at.position + {AHEAD} AND e.type = 'Patient'
    ORDER BY e.position LIMIT $1
)
SELECT at.position AS was,
       CASE WHEN (SELECT count(*) FROM found) = $1 THEN (SELECT max(position) FROM found)
            ELSE LEAST(at.position + {AHEAD}, (SELECT coalesce(max(position), 0) FROM event)) END AS to,
       ARRAY(SELECT person_id FROM found WHERE person_id IS NOT NULL UNION SELECT subject FROM found) AS persons
FROM at
"""
_PEOPLE = """
SELECT q.person_id, r.body, m.family_id, m.valid_from, m.kk FROM unnest($1::text[]) q(person_id)
LEFT JOIN person p USING (person_id)
LEFT JOIN resource r ON r.type = 'Patient' AND r.id = p.patient_id AND r.person_id = p.person_id AND NOT r.deleted
LEFT JOIN family_member m ON m.person_id = q.person_id AND m.valid_until IS NULL
"""
_MERGED = """
UPDATE family_member m SET merged_into = nullif(q.now_is, q.person_id)
FROM unnest($1::text[], $2::text[]) q(person_id, now_is)
WHERE m.person_id = q.person_id AND m.merged_into IS DISTINCT FROM nullif(q.now_is, q.person_id)
"""
_HOMES = """
INSERT INTO family AS f (id, kk, village, rt, rw, version)
SELECT gen_random_uuid()::text, kk, village, rt, rw, 1 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
    AS q(kk, village, rt, rw)
ON CONFLICT (kk) DO UPDATE SET village = excluded.village, rt = excluded.rt, rw = excluded.rw, updated_at = now(),
    version = f.version + 1
WHERE NOT f.by_hand AND (f.village, f.rt, f.rw) IS DISTINCT FROM (excluded.village, excluded.rt, excluded.rw)
"""
_ENTER = """
INSERT INTO family_member (family_id, person_id, valid_from, kk)
SELECT f.id, q.person_id, q.day, f.kk FROM unnest($1::text[], $2::text[], $3::date[]) AS q(person_id, kk, day)
JOIN family f ON f.kk = q.kk
ON CONFLICT (family_id, person_id, valid_from) DO UPDATE SET valid_until = NULL, end_reason = NULL
"""


async def next_step(tx: Tx, most: int) -> tuple[int, int | None, list[str]] | None:
    """From which event to which, and whose Patients they speak of; None when another process is at it."""
    row = await tx.fetchrow(_NEXT, most)
    return (row["was"], row["to"], row["persons"]) if row else None


async def move(tx: Tx, position: int) -> None:
    """Everything up to this event has been looked at."""
    await tx.execute("UPDATE family_scan SET position = $1", position)


async def people(tx: Tx, persons: Sequence[str]) -> list[tuple[str, str | None, Stay | None]]:
    """Per person: the Patient that speaks (None when there is none), and the household they are in."""
    rows = await tx.fetch(_PEOPLE, persons)
    return [
        (r["person_id"], r["body"], Stay(r["family_id"], r["valid_from"], r["kk"]) if r["family_id"] else None)
        for r in rows
    ]


async def merged(tx: Tx, now_is: dict[str, str]) -> None:
    """Who these persons are now."""
    await tx.execute(_MERGED, list(now_is), list(now_is.values()))


async def keep(tx: Tx, todo: Placing) -> None:
    """Do what a placing says: ends first, then homes, then who enters."""
    for person, stay, last, reason in todo.ends:
        before = Open(stay.family, person, stay.since, None, None)
        await end(tx, before, last if last is not None else date.min, reason)
    homes = [(kk, s.village, s.rt, s.rw) for kk, s in todo.homes.items()]
    await tx.execute(_HOMES, *([h[n] for h in homes] for n in range(4)))
    await tx.execute(_ENTER, *([e[n] for e in todo.enters] for n in range(3)))
