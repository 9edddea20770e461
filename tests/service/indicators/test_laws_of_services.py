"""The same laws for the services that count persons: 04 to 07 by age, 09 to 12 by what happened to them."""

from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given

from services.indicators.room import Room
from tests.service.indicators.lives import batches, scattered
from tests.service.indicators.lives_persons import at_risk, diabetic, mother_at_risk, screened, under_five
from tests.service.indicators.play import SEEDS, SOME, play

LAST = date(2026, 11, 21)


@SOME
@given(seed=SEEDS)
async def test_children_under_five(conn: Any, rules: Room, seed: int) -> None:
    rnd = Random(seed)  # noqa: S311
    await play(
        conn, rules.only("spm-04"), batches(rnd, under_five), [date(2026, 11, 19), date(2026, 11, 20), LAST], rnd
    )


@SOME
@given(seed=SEEDS)
async def test_screening_by_age(conn: Any, rules: Room, seed: int) -> None:
    rnd = Random(seed)  # noqa: S311
    here = rules.only("spm-05", "spm-06", "spm-07")
    await play(conn, here, batches(rnd, screened), [date(2026, 11, 19), date(2026, 11, 20), LAST], rnd)


@pytest.mark.parametrize(
    ("life", "services"),
    [(diabetic, ["spm-09"]), (at_risk, ["spm-10", "spm-11", "spm-12"]), (mother_at_risk, ["spm-12"])],
)
@SOME
@given(seed=SEEDS)
async def test_by_what_happened(conn: Any, rules: Room, seed: int, life: Any, services: list[str]) -> None:
    rnd = Random(seed)  # noqa: S311
    days = [date(2026, 10, 30), date(2026, 10, 31), date(2026, 11, 20), LAST]
    await play(conn, rules.only(*services), batches(rnd, life), days, rnd)


@SOME
@given(seed=SEEDS)
async def test_of_several_who_become_one(conn: Any, rules: Room, seed: int) -> None:
    rnd = Random(seed)  # noqa: S311
    life, services = rnd.choice(
        [(under_five, ["spm-04"]), (screened, ["spm-05", "spm-06", "spm-07"]), (at_risk, ["spm-10", "spm-11"]),
         (mother_at_risk, ["spm-12"])]
    )  # fmt: skip
    days = [date(2026, 10, 31), date(2026, 11, 20), LAST]
    await play(conn, rules.only(*services), scattered(rnd, batches(rnd, life)), days, rnd, several=True)
