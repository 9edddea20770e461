"""Random children who are weighed and measured: around 731 days and five years, in both postures, and wrongly."""

from datetime import date
from random import Random
from typing import Any

from tests.service.indicators.lives import VILLAGES, Pen, Story, days
from tests.service.indicators.world import encounter, observation, patient, quantity

LENGTHS = (49.9, 75.0, 82.0, 87.8, 96.1, 103.3, 110.0)
WEIGHTS = (3.3, 9.6, 10.9, 12.2, 14.3, 16.3, 18.3)


def child(rnd: Random) -> Story:
    """One to eight occasions, some with half of what is needed, several on a day, absurd, or corrected."""
    pen = Pen(rnd)
    born = rnd.choice([date(2021, 11, 21), date(2021, 11, 22), date(2024, 2, 29), date(2024, 11, 20), date(2026, 6, 1),
                       date(2021, 6, 30), date(2026, 11, 25)])  # fmt: skip
    for name in ("first", "again")[: rnd.choice([1, 1, 2])]:
        more: dict[str, Any] = {"gender": rnd.choice(["male", "male", "female", "female", "unknown"])}
        more |= rnd.choice([{}] * 5 + [{"deceasedDateTime": "2026-11-21"}, {"active": False}])
        pen.write("Patient", patient(born + days(rnd.choice([0, 0, 0, 1])), rnd.choice(VILLAGES), **more), name)
    for _ in range(rnd.choice([1, 2, 4, 8])):
        since = born + days(rnd.choice([0, 1, 200, 729, 730, 731, 732, 1000, 1500, 1825]))
        day = rnd.choice([since, date(2026, 1, 1), date(2025, 12, 31), date(2026, 11, 20), date(2026, 11, 21),
                          date(2026, 12, 1), born - days(3)])  # fmt: skip
        visit = pen.write("Encounter", encounter(day)) if rnd.random() < 0.3 else None
        for _ in range(rnd.choice([1, 1, 1, 2, 3])):
            occasion(pen, day, (day - born).days, visit)
    return pen.story


def occasion(pen: Pen, day: date, age: int, visit: str | None) -> None:
    """Weight and length of about that age, or far from it."""
    rnd = pen.rnd
    at = min(max(age, 0) / 365.25, 5.9)
    share = at - int(at)
    length = LENGTHS[int(at)] * (1 - share) + LENGTHS[min(int(at) + 1, 6)] * share
    weight = WEIGHTS[int(at)] * (1 - share) + WEIGHTS[min(int(at) + 1, 6)] * share
    length = round(length * rnd.gauss(1, 0.05), rnd.choice([0, 1, 1, 1, 2]))
    weight = round(weight * rnd.gauss(1, 0.15), rnd.choice([1, 1, 2]))
    if rnd.random() < 0.15:
        wrong = [(0, 5), (length, weight * 10), (length * 10, weight), (length, 0), (200, 40), (44, 2), (length, 900),
                 (12, weight), (1e300, 1e-300), (length, -3)]  # fmt: skip
        length, weight = rnd.choice(wrong)
    when = None if visit and rnd.random() < 0.5 else day
    if rnd.random() < 0.92:
        said = quantity(weight, rnd.choice([None, "kg", "kg"]))
        if rnd.random() < 0.2:
            said = quantity(weight * 1000, "g")
        pen.write("Observation", observation("29463-7", when, visit, **said))
    if rnd.random() < 0.92:
        code = rnd.choice(["8306-3", "8308-9", "8302-2", "8302-2"])
        pen.write("Observation", observation(code, when, visit, **quantity(length, rnd.choice([None, "cm"]))))
