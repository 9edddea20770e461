"""What weekly surveillance watches, and visits at home: a season of dengue, a case of diarrhoea,
screening for tuberculosis, elders at home."""

import random

from deploy.demo import vocabulary as words
from deploy.demo.chart import Chart
from deploy.demo.people import EXAMPLE_PERSON, Person, World

DENGUE, DIARRHOEA, HOME, CHEST = 23, 24, 25, 26


def watched(chart: Chart, person: Person, world: World) -> None:
    """Draws of its own, so that whatever else is written about the person stays as it is."""
    rng = random.Random(person.seed ^ 0x5EED)  # noqa: S311 - a demo, not a secret
    if rng.random() < 0.05:  # around the turn of the year, with the rains
        _dengue(chart, person, world, world.anchor + round(rng.gauss(10, 30)) - 365 * rng.randint(0, 1))
    if rng.random() < (0.3 if person.age(world.anchor) >= 60 else 0.03):
        _at_home(chart, person, world, world.anchor - 365 + rng.randint(0, 720))
    if rng.random() < 0.05 and person.age(world.anchor) > 15:
        for begin in (world.anchor - 365, world.anchor):  # most in the first weeks of the year
            _screened(chart, person, world, begin + int(rng.triangular(0, 350, 10)))
    if person.id == EXAMPLE_PERSON:
        ill = chart.visit(world.last, DIARRHOEA, person.household.puskesmas)
        ill.diagnose(words.DIARRHOEA)


def _dengue(chart: Chart, person: Person, world: World, day: int) -> None:
    for later in (0, 3):  # seen again after three days: one case
        if world.within(day + later) and person.alive(day + later):
            visit = chart.visit(day + later, DENGUE, person.household.puskesmas)
            visit.diagnose(words.DENGUE, onset=day + later)
            visit.measure(words.TEMPERATURE, 38.6)


def _at_home(chart: Chart, person: Person, world: World, day: int) -> None:
    if world.within(day) and person.alive(day):
        visit = chart.visit(day, HOME, person.household.puskesmas, setting=words.HOME_VISIT)
        visit.treat(words.EDUCATION)


def _screened(chart: Chart, person: Person, world: World, day: int) -> None:
    if world.within(day) and person.alive(day):
        visit = chart.visit(day, CHEST, person.household.puskesmas)
        visit.diagnose(words.TB_SCREENING)
        visit.treat(words.EDUCATION)
        if visit.rng.random() < 0.7:
            visit.find(words.TB_MOLECULAR, words.TB_NOT_DETECTED)
