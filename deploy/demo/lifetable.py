"""What the life table needs: the demo people by age and sex in the middle of the year, and a made-up value of BPS."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import httpx

from deploy.demo.chart import Authored
from deploy.demo.door import fine
from deploy.demo.people import YEAR, Person
from deploy.demo.registration import patient

AGES = (0, 1, *range(5, 90, 5))
SOURCE = "Registrasi penduduk pertengahan tahun (data tiruan)"


def population(people: Iterable[Person], years: Iterable[int], place: str = "") -> list[dict[str, Any]]:
    """Who was alive in the middle of each year, by sex and age group; a death is counted where it fell."""
    known, items = list(people), list[dict[str, Any]]()
    for year in years:
        middle = date(year, 7, 1).toordinal()
        counted = Counter(
            ("female" if p.female else "male", AGES[bisect_right(AGES, max(0, int((middle - p.birth) / YEAR))) - 1])
            for p in known if p.birth <= middle and (p.death is None or p.death > middle - 183)
        )  # fmt: skip
        items += [
            {"place": place, "year": year, "sex": sex, "age": age, "value": counted[sex, age], "source": SOURCE}
            for sex in ("male", "female") for age in AGES
        ]  # fmt: skip
    return items


def elders(people: list[Person], today: date) -> list[Person]:
    """One in a thousand: great-grandparents who died last year, without whom no life table can be closed."""
    found = list[Person]()
    for n, host in enumerate(people[100::1000]):
        died = date(today.year - 1, 1, 8).toordinal() + n * 17 % 350
        found.append(replace(
            host, id=f"{host.id[:-12]}{n + 1:012d}", birth=died - int((85.5 + n * 3 % 10) * YEAR), death=died, nik=None,
            jkn=None, phone=None, mother=None, birth_order=None, delivery=None, babies=[],
        ))  # fmt: skip
    return found


def registered(people: list[Person], today: date) -> Iterator[Authored]:
    """What their facilities wrote of them."""
    for person in elders(people, today):
        yield person.registrar.code, patient(person, today.toordinal())


async def load(http: httpx.AsyncClient, people: Iterable[Person], today: date) -> None:
    """Last year's and this year's population, and what BPS would publish."""
    everybody = list(people)
    items = population([*everybody, *elders(everybody, today)], (today.year - 1, today.year))
    villages = defaultdict[str, list[Person]](list)
    for person in everybody:
        villages[person.household.village].append(person)
    items += [row for village, of in villages.items() for row in population(of, (today.year,), village)]
    fine(
        await http.put("/v1/indicators/pip-1/population", json={"items": items}, params={"confirm": True}), "population"
    )
    official = [{"year": today.year - 1 - n, "value": 68.9 - 0.2 * n, "source": "BPS (data tiruan)"} for n in range(3)]
    fine(await http.put("/v1/indicators/pip-1/official", json={"items": official}), "life expectancy of BPS")
