"""What must always be true, whatever is written, corrected or deleted, in whatever order it arrives."""

from datetime import date
from random import Random
from typing import Any

from hypothesis import given

from services.indicators.room import Room
from tests.service.indicators.lives import batches, child, mother
from tests.service.indicators.play import MANY, SEEDS, play


@MANY
@given(seed=SEEDS)
async def test_pregnancies(conn: Any, rules: Room, seed: int) -> None:
    rnd = Random(seed)  # noqa: S311
    days = [date(2026, 9, 8), date(2026, 10, 12), date(2026, 11, 21)]
    await play(conn, rules.only("spm-01"), batches(rnd, mother), days, rnd)


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
    await play(conn, rules.only("pip-2", "pip-2-2023"), batches(rnd, child), days, rnd)
