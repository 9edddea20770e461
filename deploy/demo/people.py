"""Households of the demo district and the people in them: names, NIK, ages, addresses, cards.

Each household and each person draws from a generator of its own, so the first 2,000 people of a district of
20,000 are those of a district of 2,000. Every NIK has a sequence of 9000 and above, which no register reaches
(a kecamatan gives out less than a hundred a day); card numbers are those that the BPJS simulator answers with.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from deploy.demo import names
from deploy.demo.network import Facility, Network
from services.coverage.simulator.members import Cards

YEAR = 365.2425
DISTRICT = "1410"
STREETS = (
    "Merdeka", "Diponegoro", "Imam Bonjol", "Kartini", "Rumbia", "Siak", "Pelabuhan", "Dorak", "Sagu",
    "Kelapa", "Pembangunan", "Rintis", "Pramuka", "Masjid", "Nelayan", "Utama", "Parit Besar", "Pesisir",
)  # fmt: skip
EXAMPLE_NIK = "1410014107900001"
"""The one NIK outside the reserved range: the examples of the API use it."""
EXAMPLE_HUSBAND_NIK, EXAMPLE_CHILD_NIK = "1410011203889000", "1410016005179000"
EXAMPLE_IHS = "P14100000001"
EXAMPLE_PERSON = "14100000-0001-8000-a000-000000000000"
EXAMPLE_HUSBAND = "14100000-0002-8000-a000-000000000000"
EXAMPLE_CHILD = "14100000-0003-8000-a000-000000000000"
EXAMPLE_DOUBLE = "14100000-0004-8000-a000-000000000000"
EXAMPLE_DOUBLED_HUSBAND = "14100000-0005-8000-a000-000000000000"
"""The family of the examples has the same ids in every district and year."""
EXAMPLE_PRACTICE = "D1410010301"
CARDS = Cards(DISTRICT, {})
PER_HOUSEHOLD = 16
"""Person numbers a household owns; its babies take the last ones."""
CHILDBEARING = 0.30
"""Chance of a wife of 17 to 42 to deliver in the 1,010 days that the simulation knows."""


@dataclass(frozen=True, slots=True)
class World:
    """The days everything happens in, as ordinals, and where; `last` is yesterday, a day that is over."""

    network: Network
    seed: int
    last: int
    anchor: int
    start: int

    def within(self, day: int) -> bool:
        """Whether a day lies in the year that ends yesterday."""
        return self.start <= day <= self.last

    def childhood(self, day: int) -> bool:
        """The same, and the calendar year before: whoever turns one this year has all vaccinations on record."""
        return min(self.start, self.anchor - 365) <= day <= self.last

    @classmethod
    def of(cls, network: Network, seed: int, today: date) -> "World":
        anchor = date(today.year, 1, 1).toordinal()
        return cls(network, seed * 10_000 + today.year, today.toordinal() - 1, anchor, today.toordinal() - 365)


@dataclass(slots=True)
class Household:
    """One family card: village, address, the facilities it goes to."""

    number: int
    village: str
    kk: str
    line: str
    rt: str
    rw: str
    puskesmas: Facility
    private: Facility


@dataclass(slots=True)
class Person:
    """One human of the demo; days are ordinals."""

    number: int
    seed: int
    id: str
    household: Household
    name: str
    female: bool
    birth: int
    nik: str | None
    jkn: str | None
    phone: str | None
    married: bool = False
    mother: "Person | None" = None
    birth_order: int | None = None
    death: int | None = None
    delivery: int | None = None
    lost: bool = False
    twins: bool = False
    birthplace: Facility | None = None
    babies: list["Person"] = field(default_factory=list)

    @property
    def hour_known(self) -> bool:
        """Whether the hour of a birth in this family is written on the child, so that its contacts count by hours."""
        return self.household.number % 4 == 0

    @property
    def registrar(self) -> Facility:
        """Who registered this person first: mostly the puskesmas."""
        return self.household.private if self.number % 7 == 0 else self.household.puskesmas

    def alive(self, day: int) -> bool:
        return self.birth <= day and (self.death is None or day < self.death)

    def age(self, day: int) -> int:
        """Age in (mean) years, good enough to decide which care somebody needs."""
        return int((day - self.birth) / YEAR)


def _head_age(rng: random.Random) -> float:
    """Age of the head: young couples, families, couples with grown children, the old."""
    low, high = rng.choices(((21, 32), (30, 46), (44, 62), (60, 84)), (22, 43, 24, 13))[0]
    return rng.uniform(low, high)


class Census:
    """Makes households one after another; remembers only which NIK and numbers it has given out."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sequence: Counter[str] = Counter()

    def households(self) -> Iterator[list[Person]]:
        """Households without end; each is the list of its members, mothers before their children."""
        number = 0
        while True:
            yield self._household(number)
            number += 1

    def _household(self, number: int) -> list[Person]:
        rng = random.Random(self.world.seed * 1_000_003 + number)  # noqa: S311 - a demo, not a secret
        network = self.world.network
        drawn = rng.choices(network.villages, cum_weights=network.weights)[0]
        village = drawn if number else network.villages[0]
        people = names.people_of(rng, village[6] == "1")
        head = self.world.anchor - round(YEAR * _head_age(rng))
        issued = date.fromordinal(head + round(rng.uniform(22, 26) * YEAR))
        home = Household(
            number=number,
            village=village,
            kk=f"{village[:6]}{issued:%d%m%y}{number % 10_000:04d}",
            line=f"Jl. {rng.choice(STREETS)} No. {rng.randint(1, 120)}",
            rt=f"{rng.randint(1, 6):03d}",
            rw=f"{rng.randint(1, 4):03d}",
            puskesmas=network.puskesmas_of(village),
            private=rng.choice(network.private_near(village)),
        )
        family = _Family(self, home, rng, people)
        return family.members(head) if number else family.example()

    def nik(self, village: str, birth: int, female: bool) -> str:
        """16 digits: kecamatan, DDMMYY (women DD+40), and a sequence: 9, the year of the world, a counter."""
        day = date.fromordinal(birth)
        stem = f"{village[:6]}{day.day + 40 * female:02d}{day:%m%y}"
        self.sequence[stem] += 1
        return f"{stem}9{self.world.seed % 10}{self.sequence[stem]:02d}"


class _Family:
    """The members of one household, drawn in a fixed order."""

    def __init__(self, census: Census, home: Household, rng: random.Random, people: int) -> None:
        self.census, self.home, self.rng, self.people = census, home, rng, people
        self.made = 0

    def members(self, head: int) -> list[Person]:
        rng, anchor = self.rng, self.census.world.anchor
        widowed = anchor - head > 55 * YEAR and rng.random() < 0.35
        single = not widowed and rng.random() < 0.05
        father = None if widowed else self.person(head, False, married=not single)
        mother = None
        if not single:
            birth = head if widowed else head + round(YEAR * rng.triangular(-3, 9, 3))
            mother = self.person(birth, True, married=not widowed)
        family = [person for person in (father, mother) if person]
        if mother:
            family += self.children(mother, father)
            if not widowed:
                self.expect(mother)
                family += mother.babies
        if rng.random() < 0.10:
            family.append(self.person(anchor - round(YEAR * rng.uniform(60, 86)), rng.random() < 0.6))
        return family

    def example(self) -> list[Person]:
        """The family of the woman whom the examples in the documentation speak of."""
        self.home.private = self.census.world.network.facilities[EXAMPLE_PRACTICE]
        father = self.person(date(1988, 3, 12).toordinal(), False, married=True)
        father.id, father.name, father.nik = EXAMPLE_HUSBAND, "Ahmad Yusuf", EXAMPLE_HUSBAND_NIK
        mother = self.person(date(1990, 7, 1).toordinal(), True, married=True)
        mother.id, mother.name, mother.nik = EXAMPLE_PERSON, "Siti Aminah", EXAMPLE_NIK
        child = self.person(date(2017, 5, 20).toordinal(), True, father=father)
        child.id, child.name, child.nik, child.mother = EXAMPLE_CHILD, "Nur Aisyah", EXAMPLE_CHILD_NIK, mother
        father.jkn, mother.jkn, child.jkn = None, CARDS.of(EXAMPLE_NIK), CARDS.of(EXAMPLE_CHILD_NIK)
        return [father, mother, child]

    def children(self, mother: Person, father: Person | None) -> list[Person]:
        """Children born before the last year (later ones come from the pregnancies)."""
        rng, anchor = self.rng, self.census.world.anchor
        born = mother.birth + round(YEAR * rng.triangular(18, 31, 23))
        wanted = rng.choices(range(7), (5, 14, 29, 26, 15, 7, 4))[0]
        made = []
        for _ in range(wanted):
            age = (anchor - born) / YEAR
            if age < 1.1 or born > mother.birth + 43 * YEAR:
                break
            if age < 19 or rng.random() < max(0.05, 0.95 - (age - 19) / 9):
                child = self.person(born, rng.random() < 0.488, father=father)
                child.mother = mother
                made.append(child)
            born += round(YEAR * rng.triangular(1.6, 7, 3))
        return made

    def expect(self, mother: Person) -> None:
        """Perhaps one pregnancy with its day of delivery, loss, babies."""
        rng, anchor = self.rng, self.census.world.anchor
        due = anchor - 365 + int(rng.random() * 1010)
        age = (due - mother.birth) / YEAR
        if rng.random() > CHILDBEARING * (1 if 19 <= age <= 36 else 0.45) or not 17 <= age <= 42:
            return
        mother.delivery = due
        mother.lost = rng.random() < 0.05
        mother.twins = rng.random() < 0.012
        if mother.lost or due > anchor + 366:
            return
        for order in range(1 + mother.twins):
            baby = self.person(due, rng.random() < 0.488, slot=PER_HOUSEHOLD - 2 + order)
            baby.mother, baby.birth_order = mother, order + 1 if mother.twins else 0
            mother.babies.append(baby)

    def person(
        self,
        birth: int,
        female: bool,
        *,
        married: bool = False,
        father: Person | None = None,
        slot: int | None = None,
    ) -> Person:
        if slot is None:
            slot, self.made = self.made, self.made + 1
        world, home = self.census.world, self.home
        number = home.number * PER_HOUSEHOLD + slot
        rng = random.Random(world.seed * 7_000_003 + number)  # noqa: S311 - a demo, not a secret
        bits = f"{rng.getrandbits(96):024x}"
        age = (world.anchor - birth) / YEAR
        known = rng.random() < (0.985 if age > 1 else 0.7)
        nik = self.census.nik(home.village, birth, female) if known else None
        person = Person(
            number=number,
            seed=rng.getrandbits(62),
            id=f"{bits[:8]}-{bits[8:12]}-8{bits[13:16]}-a{bits[17:20]}-000000000000",
            household=home,
            name=names.name(rng, self.people, female, father.name if father else None),
            female=female,
            birth=birth,
            nik=nik,
            jkn=CARDS.of(nik) if nik and rng.random() < 0.86 else None,
            phone=f"0899{rng.randint(0, 99):02d}{number:06d}" if age > 15 and rng.random() < 0.8 else None,
            married=married,
        )
        if rng.random() < (0.035 if age >= 60 else 0.001):
            person.death = world.anchor - 365 + int(rng.random() * 730)
        return person
