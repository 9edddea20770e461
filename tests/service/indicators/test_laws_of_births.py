"""The same laws for deliveries and newborns, while the registry changes its mind about what a facility is."""

from datetime import date
from random import Random
from typing import Any

from hypothesis import given

from services.indicators.room import Room
from tests.service.indicators.lives import batches
from tests.service.indicators.lives_births import births
from tests.service.indicators.play import SEEDS, SOME, play


@SOME
@given(seed=SEEDS)
async def test_births(conn: Any, rules: Room, seed: int) -> None:
    rnd = Random(seed)  # noqa: S311
    days = rnd.choice([[date(2026, 1, 2), date(2026, 1, 28)], [date(2026, 11, 20), date(2026, 11, 21)]])
    await play(
        conn,
        rules.only("spm-02", "spm-03", "pip-4"),
        batches(rnd, births),
        days,
        rnd,
        several=rnd.random() < 0.2,
        registry=True,
    )
