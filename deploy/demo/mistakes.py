"""What happens in every district: a decimal point forgotten, a unit nobody knows, a slip of the pen. A few of each, so
that the plausibility report and the list of children to measure again have something to show."""

from collections.abc import Iterable, Iterator
from datetime import date

from deploy.demo import vocabulary as words
from deploy.demo.chart import Authored, Chart, Resource
from deploy.demo.people import YEAR, Person

TRACK = 40
STONE: Resource = words.WEIGHT.unit | {"unit": "stone", "code": "[stone_av]"}


def made(people: Iterable[Person], today: date) -> Iterator[Authored]:
    """Of every fortieth child under five: weighed a hundred or ten times too heavy, or in a strange unit."""
    yesterday, out = today.toordinal() - 1, list[Authored]()
    children = [p for p in people if 200 < yesterday - p.birth < 4.9 * YEAR and p.death is None]
    for n, child in enumerate(children[::40]):
        visit = Chart(out, child.id, child.seed).visit(yesterday - n % 20, TRACK, child.household.puskesmas)
        visit.measure(words.LENGTH, 76.5)
        if n % 3 == 0:
            visit.measure(words.WEIGHT, 900)
        elif n % 3 == 1:
            visit.measure(words.WEIGHT, 95)
        else:
            visit.measure(words.Measure(words.WEIGHT.code, words.WEIGHT.category, STONE), 1.5)
    yield from out
