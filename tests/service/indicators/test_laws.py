"""What must always be true, whatever is written, corrected or deleted, in whatever order it arrives."""

from datetime import date, timedelta
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.indicators.queries import standings as sql
from services.indicators.room import Room
from services.indicators.usecases import day as usecases_day
from services.kernel.db import Tx
from tests.service.indicators.lives import Story, batches, child, mother, patient_with_hypertension
from tests.service.indicators.world import Stage, Write, patient, who

MANY = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
SEEDS = st.integers(0, 2**32)


async def rebuild_a_little(conn: Tx, room: Room, rnd: Random) -> None:
    """Sometimes begin a rebuild beside what is shown, or go on with one, one person at a time."""
    state = await sql.state(conn)
    if state.building is None and state.day and rnd.random() < 0.1:
        await usecases_day.begin_rebuild(conn, state.day)
    elif rnd.random() < 0.6:
        await usecases_day.build_chunk(conn, room, limit=1)


async def play(conn: Tx, room: Room, story: list[Story], days: list[date], rnd: Random) -> None:
    """Play a story in a transaction that is rolled back, turning the day between its batches."""
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
                await stage.member(who(1), rnd.choice(days), rnd.choice(["active", "inactive"]))
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


@MANY
@given(seed=SEEDS)
async def test_pregnancies(conn: Any, rules: Room, seed: int) -> None:
    rnd = Random(seed)  # noqa: S311
    await play(conn, rules, batches(rnd, mother), [date(2026, 9, 8), date(2026, 10, 12), date(2026, 11, 21)], rnd)


@MANY
@given(seed=SEEDS)
async def test_hypertension(conn: Any, rules: Room, seed: int) -> None:
    rnd = Random(seed)  # noqa: S311
    days = [date(2026, 10, 30), date(2026, 10, 31), date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 30)]
    await play(conn, rules, batches(rnd, patient_with_hypertension), days, rnd)


@MANY
@given(seed=SEEDS)
async def test_immunisation(conn: Any, rules: Room, seed: int) -> None:
    rnd = Random(seed)  # noqa: S311
    days = rnd.choice(
        [
            [date(2026, 3, 30), date(2026, 3, 31), date(2026, 11, 20), date(2026, 11, 21)],
            [date(2025, 2, 28), date(2025, 3, 1)],
        ]
    )
    await play(conn, rules, batches(rnd, child), days, rnd)
