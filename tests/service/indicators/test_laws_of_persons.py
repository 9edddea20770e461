"""The same laws for a month by month standard, and for persons who become one and two again."""

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from hypothesis import given

from services.indicators.room import Room
from tests.service.indicators.lives import batches, mother, patient_with_hypertension
from tests.service.indicators.play import MANY, SEEDS, play
from tests.service.indicators.world import Write, patient, who


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
    of: dict[tuple[str, str], str] = {}

    def someone(w: Write) -> Write:
        return replace(w, person=of.setdefault((w.type, w.id), who(rnd.choice([1, 1, 2, 3]))))

    life = rnd.choice([mother, patient_with_hypertension])
    story = [[w if w.person != who(1) else someone(w) for w in batch] for batch in batches(rnd, life)]
    registered = [Write("Patient", f"of-{n}", who(n), patient(date(1990, 5, 5))) for n in (2, 3)]
    days = [date(2026, 10, 30), date(2026, 11, 20), date(2026, 11, 21)]
    await play(conn, rules.only("spm-01", "spm-08"), [registered, *story], days, rnd, several=True)
