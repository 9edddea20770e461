"""The same laws for a month by month standard, and for persons who become one and two again."""

from datetime import date
from random import Random
from typing import Any

from hypothesis import given

from services.indicators.room import Room
from tests.service.indicators.lives import batches, mother, patient_with_hypertension, scattered
from tests.service.indicators.play import MANY, SEEDS, play


@MANY
@given(seed=SEEDS)
async def test_hypertension(conn: Any, rules: Room, seed: int) -> None:
    rnd = Random(seed)  # noqa: S311
    days = [date(2026, 10, 30), date(2026, 10, 31), date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 30)]
    await play(conn, rules.only("spm-08"), batches(rnd, patient_with_hypertension), days, rnd)


@MANY
@given(seed=SEEDS)
async def test_persons_who_become_one_and_two_again(conn: Any, rules: Room, seed: int) -> None:
    rnd = Random(seed)  # noqa: S311
    story = scattered(rnd, batches(rnd, rnd.choice([mother, patient_with_hypertension])))
    days = [date(2026, 10, 30), date(2026, 11, 20), date(2026, 11, 21)]
    await play(conn, rules.only("spm-01", "spm-08"), story, days, rnd, several=True)
