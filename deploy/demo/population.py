"""A synthetic district by seed: people and a year of their care, as FHIR R4 that facilities wrote.

`district(people, seed, today, network)` yields (facility code, resource): what is referred to comes first, ids
follow from the seed (loading twice changes nothing), and a larger district contains the smaller ones.
"""

import random
from collections.abc import Iterator
from datetime import date

from deploy.demo import adults, children, example, mothers, watch
from deploy.demo.chart import Authored, Chart
from deploy.demo.network import Network
from deploy.demo.people import EXAMPLE_PERSON, YEAR, Census, Person, World
from deploy.demo.registration import patient

SEED = 14_10


def district(
    people: int, seed: int, today: date, network: Network, part: int = 0, parts: int = 1
) -> Iterator[Authored]:
    """`people` persons born before `today`, and what was written about them in the year that ended the day before.

    With `parts`, only every so many-th household: parts can be loaded side by side, none refers to another.
    """
    world = World.of(network, seed, today)
    for number, family in enumerate(_families(people, world)):
        if number % parts != part:
            continue
        for person in family:
            yield person.registrar.code, patient(person, world.last)
        for person in family:
            yield from _life(person, world)


def persons(people: int, seed: int, today: date, network: Network) -> list[Person]:
    """The people themselves, for tests and for those who look for somebody fitting."""
    return [person for family in _families(people, World.of(network, seed, today)) for person in family]


def _families(people: int, world: World) -> Iterator[list[Person]]:
    left = people
    for household in Census(world).households():
        if left <= 0:
            return
        family = [person for person in household if person.birth <= world.last][:left]
        left -= len(family)
        yield family


def _life(person: Person, world: World) -> list[Authored]:
    """One person's year. Every track draws the same numbers whatever day it is, so that ids and dates hold."""
    out: list[Authored] = []
    chart = Chart(out, person.id, person.seed)
    rng = random.Random(person.seed)  # noqa: S311 - a demo, not a secret
    age = (world.anchor - person.birth) / YEAR
    if person.delivery is not None:
        mothers.pregnancy(chart, person, world, rng)
        mothers.after_birth(chart, person, world, rng)
    if person.birth_order is not None:
        children.newborn(chart, person, world, rng)
    if age < 2:
        children.immunisation(chart, person, world, rng)
    if age < 6:
        children.growth(chart, person, world, rng)
        children.book(chart, person, world)
    if 5 < age < 17:
        children.school(chart, person, world, rng)
    if age > 13:
        adults.screening(chart, person, world, rng)
        adults.hypertension(chart, person, world, rng)
        adults.diabetes(chart, person, world, rng)
        adults.tuberculosis(chart, person, world, rng)
        adults.mind(chart, person, world, rng)
        adults.at_risk(chart, person, world)
    if age > 57:
        adults.elderly(chart, person, world, rng)
    adults.illness(chart, person, world, rng)
    watch.watched(chart, person, world)
    if person.id == EXAMPLE_PERSON:
        example.visits(chart, person, world)
    return out
