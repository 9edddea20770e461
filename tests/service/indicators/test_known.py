"""What was known at an earlier moment: since when a fact stands, what it said before, what was known of a person."""

from datetime import date, datetime, timedelta
from typing import Any

from services.indicators.queries import standings as sql
from tests.service.indicators.world import FIRST, Stage, Write, encounter, observation, patient, quantity, who

WEIGHT = "29463-7"


def weighed(kg: float, day: date | None, visit: str | None = None) -> dict[str, Any]:
    return observation(WEIGHT, day, visit, **quantity(kg, "kg"))


async def known(scene: Stage, seconds: int) -> list[tuple[str, date, float]]:
    """The facts as they were known so many seconds after the first: (resource, day, value)."""
    at: datetime = FIRST + timedelta(seconds=seconds)
    rows = await scene.conn.fetch(
        "SELECT resource_id, date, value FROM fact WHERE taken_at <= $1 AND date IS NOT NULL"
        " UNION ALL SELECT resource_id, date, value FROM fact_gone WHERE taken_at <= $1 AND gone_at > $1 ORDER BY 1",
        at,
    )
    return [(r["resource_id"], r["date"], r["value"]) for r in rows if r["value"]]


async def test_every_earlier_state_of_a_fact(scene: Stage) -> None:
    day, other = date(2026, 3, 3), date(2026, 4, 4)
    writes = [
        Write("Patient", "p1", who(1), patient(date(1990, 1, 1))),  # 1
        Write("Observation", "w", who(1), weighed(50, day)),  # 2
        Write("Observation", "w", who(1), weighed(55, day)),  # 3
        Write("Observation", "v", who(1), weighed(60, None, "e")),  # 4
        Write("Encounter", "e", who(1), encounter(day)),  # 5
        Write("Encounter", "e", who(1), encounter(other)),  # 6
        Write("Observation", "w", who(1), None),  # 7
    ]
    for write in writes:
        await scene.write([write])
    seen = [await known(scene, n) for n in range(1, 8)]
    assert seen == [
        [], [("w", day, 50)], [("w", day, 55)], [("w", day, 55)], [("v", day, 60), ("w", day, 55)],
        [("v", other, 60), ("w", day, 55)], [("v", other, 60)],
    ]  # fmt: skip
    await sql.change_state(scene.conn, replay_to=scene.position)
    scene.position = 0  # all read anew, as when the codings change
    for write in writes:
        await scene.write([write])
    assert [await known(scene, n) for n in range(1, 8)] == seen


async def test_what_was_known_of_a_person(scene: Stage) -> None:
    born = date(2025, 5, 5)
    mother = Write("Patient", "m", who(1), patient(date(1990, 1, 1), "1410011001"))
    child = Write("Patient", "c", who(2), patient(born, None, mother=who(1)))
    moved = Write("Patient", "m", who(1), patient(date(1990, 1, 1), "1410011002"))
    dead = Write("Patient", "c", who(2), patient(born, None, mother=who(1), deceasedDateTime="2026-02-02"))
    for write in (mother, child, moved, moved, dead):
        await scene.write([write])
    rows = await scene.conn.fetch("SELECT * FROM person_gone ORDER BY gone_at, person_id")
    assert [(str(r["person_id"]), r["village"], r["dead_on"], (r["gone_at"] - FIRST).seconds) for r in rows] == [
        (who(1), "1410011001", None, 3), (who(2), "1410011001", None, 3), (who(2), "1410011002", None, 5),
    ]  # fmt: skip
    since = dict(await scene.conn.fetch("SELECT person_id::text, taken_at FROM person"))
    assert {p: (at - FIRST).seconds for p, at in since.items()} == {who(1): 3, who(2): 5}
    await scene.merge(who(1), who(2))
    assert await scene.conn.fetchval("SELECT taken_at FROM person_merge") == FIRST + timedelta(seconds=6)
