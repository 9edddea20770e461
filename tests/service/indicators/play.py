"""Stories played against the service: written and deleted in any order, while days turn and persons merge."""

from datetime import date, timedelta
from random import Random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from services.indicators.queries import standings as sql
from services.indicators.room import Room
from services.indicators.usecases import day as usecases_day
from services.kernel.db import Tx
from tests.service.indicators.lives import Story
from tests.service.indicators.world import Stage, Write, patient, who

MANY = settings(max_examples=200, suppress_health_check=list(HealthCheck))
SEEDS = st.integers(0, 2**32)


async def rebuild_a_little(conn: Tx, room: Room, rnd: Random) -> None:
    """Sometimes begin a rebuild beside what is shown, or go on with one, one person at a time."""
    state = await sql.state(conn)
    if state.building is None and state.day and rnd.random() < 0.1:
        await usecases_day.begin_rebuild(conn, state.day)
    elif rnd.random() < 0.6:
        await usecases_day.build_chunk(conn, room, limit=1)


async def merge_or_undo(stage: Stage, rnd: Random, merged: dict[str, list[tuple[str, str]]]) -> None:
    """Sometimes two persons become one, or two again (the last merge first)."""
    if merged and rnd.random() < 0.5:
        other, theirs = merged.popitem()
        since = [k for k, r in stage.world.records.items() if k not in theirs and r.person == who(1)]
        written = [k for k in since if k[0] not in ("Patient", "Medication") and rnd.random() < 0.3]
        await stage.merge(who(1), other, [*theirs, *written])
    elif free := [p for p in (who(2), who(3)) if p not in merged]:
        other = rnd.choice(free)
        merged[other] = [k for k, r in stage.world.records.items() if r.person == other]
        await stage.merge(who(1), other)


async def play(
    conn: Tx, room: Room, story: list[Story], days: list[date], rnd: Random, *, several: bool = False
) -> None:
    """Play a story in a transaction that is rolled back, turning the day between its batches.

    `several`: it is scattered over three persons, who become one and several again.
    """
    merged: dict[str, list[tuple[str, str]]] = {}
    undo = conn.transaction()
    await undo.start()
    try:
        stage = Stage(conn, room)
        await stage.begin(days[0])
        await stage.write([Write("Patient", "first", who(1), patient(date(1990, 5, 5)))])
        turns = sorted(rnd.randrange(len(story) + 1) for _ in days)
        for n, batch in enumerate(story):
            await stage.write(batch)
            if rnd.random() < 0.2:
                person = who(rnd.choice([1, 2, 3]) if several else 1)
                await stage.member(person, rnd.choice(days), rnd.choice(["active", "inactive"]))
            if several and rnd.random() < 0.3:
                await merge_or_undo(stage, rnd, merged)
            for day in (d for d, t in zip(days, turns, strict=True) if t == n):
                while not await usecases_day.turn_chunk(conn, room, day):
                    pass
            await rebuild_a_little(conn, room, rnd)
        while not await usecases_day.build_chunk(conn, room):
            pass
        while not await usecases_day.turn_chunk(conn, room, days[-1]):
            pass
        await stage.assert_exact()
        await stage.assert_opens()
        await stage.assert_any_day([days[0] - timedelta(days=47), days[-1]])
    finally:
        await undo.rollback()
