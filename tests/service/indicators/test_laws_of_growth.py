"""The laws for children who are measured: incremental = rebuild = the rule text, whatever comes in whatever order."""

from datetime import date
from random import Random
from typing import Any

from hypothesis import given

from services.indicators.room import Room
from tests.service.indicators.lives import batches, scattered
from tests.service.indicators.lives_growth import child
from tests.service.indicators.play import SEEDS, SOME, play

PIP3 = ("pip-3", "pip-3-stunting", "pip-3-wasting", "pip-3-underweight", "pip-3-remeasure")


@SOME
@given(seed=SEEDS)
async def test_children_who_are_measured(conn: Any, rules: Room, seed: int) -> None:
    rnd = Random(seed)  # noqa: S311
    days = [date(2026, 11, 19), date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22), date(2026, 12, 2)]
    story, several = batches(rnd, child), rnd.random() < 0.25
    await play(conn, rules.only(*PIP3), scattered(rnd, story) if several else story, days, rnd, several=several)
