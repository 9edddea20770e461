"""The family folders of the first households: who is what to whom, and which posyandu they go to."""

from datetime import date
from itertools import groupby
from typing import Any

from deploy.demo.network import Network, rows
from deploy.demo.people import Person
from deploy.demo.population import SEED, persons

RECORDED = 150
"""People whose households were recorded by hand; the others' formed by themselves, from the number of their card."""


def families(people: int, today: date, network: Network) -> list[tuple[str, dict[str, Any]]]:
    """The id and the body of each household, as `PUT /v1/families/{id}` takes it."""
    posyandu = {r["village"]: r["code"] for r in rows("posts.csv") if r["kind"] == "posyandu"}
    last = today.toordinal() - 1
    found = []
    for number, group in groupby(persons(min(people, RECORDED), SEED, today, network), lambda p: p.household.number):
        living = [p for p in group if p.death is None or p.death > last]
        if living:
            home = living[0].household
            found.append((f"14100000-0000-8000-b000-{number + 1:012d}", {
                "kk": home.kk, "village": home.village, "hamlet": f"Dusun {home.rw.lstrip('0')}", "rt": home.rt,
                "rw": home.rw, "posyandu": posyandu.get(home.village), "members": _members(living),
            }))  # fmt: skip
    return found


def _members(living: list[Person]) -> list[dict[str, str]]:
    head = next((p for p in living if p.married and not p.female), min(living, key=lambda p: p.birth))
    return [{"person_id": p.id, "relation": _relation(p, head)} for p in living]


def _relation(person: Person, head: Person) -> str:
    if person is head:
        return "kepala-keluarga"
    if person.married and person.female:
        return "istri"
    return "anak" if person.mother is not None else "famili-lain"
