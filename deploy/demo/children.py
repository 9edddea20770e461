"""Children: care of the newborn, immunisation with believable gaps, growth, screening at school."""

import math
import random
from bisect import bisect_right

from deploy.demo import mothers
from deploy.demo import vocabulary as words
from deploy.demo.chart import Chart, Visit
from deploy.demo.people import YEAR, Person, World

BORN, NEONATAL, VACCINES, GROWTH, SCHOOL, BOOK = 8, 9, 10, 11, 12, 13

SESSIONS: tuple[tuple[int, tuple[tuple[words.Vaccine, int], ...]], ...] = (
    (18, ((words.BCG, 1), (words.OPV, 1))),
    (62, ((words.PENTA, 1), (words.OPV, 2), (words.ROTAVIRUS, 1), (words.PCV, 1))),
    (93, ((words.PENTA, 2), (words.OPV, 3), (words.ROTAVIRUS, 2), (words.PCV, 2))),
    (124, ((words.PENTA, 3), (words.OPV, 4), (words.ROTAVIRUS, 3), (words.IPV, 1))),
    (276, ((words.MR, 1), (words.IPV, 2))),
    (366, ((words.PCV, 3),)),
    (550, ((words.PENTA, 4), (words.MR, 2))),
)
"""Age in days and what is given then."""
LENGTHS = (45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 100, 110, 120)
WEIGHTS = (2.4, 3.3, 4.5, 5.9, 7.2, 8.4, 9.4, 10.4, 11.5, 12.7, 15.2, 18.4, 22.4)


def newborn(chart: Chart, baby: Person, world: World, rng: random.Random) -> None:
    """Birth and the three neonatal contacts."""
    home = baby.household
    place = world.network.hospital if rng.random() < 0.3 else home.puskesmas
    complete = rng.random() < 0.9
    if world.childhood(baby.birth):
        identifiers = [words.contact(words.NEONATAL_CONTACT, "KN1")] if complete else []
        visit = chart.visit(baby.birth, BORN, place, identifiers=identifiers, days=int(baby.birth < world.last))
        visit.measure(words.BIRTH_WEIGHT, round(visit.rng.gauss(3050, 410)))
        visit.diagnose(words.NEWBORN)
        if complete:
            for care in (words.VITAMIN_K, words.EYE_OINTMENT, words.CORD_CARE, words.EARLY_BREASTFEEDING):
                if visit.rng.random() < 0.97:
                    visit.treat(care)
            if visit.rng.random() < 0.96:
                visit.vaccinate(words.HB0, 1)
        if baby.mother and home.number % mothers.ON_CHILD == 0 and home.number % mothers.UNSAID:
            visit.find(words.DELIVERY_PLACE, mothers.where(baby.mother.birthplace))
    for name, low, high, chance in (("KN2", 3, 7, 0.85), ("KN3", 8, 27, 0.78)):
        day, kept = baby.birth + rng.randint(low, high), rng.random() < chance
        if kept and world.childhood(day) and baby.alive(day):
            identifiers = [words.contact(words.NEONATAL_CONTACT, name)]
            visit = chart.visit(day, NEONATAL, home.puskesmas, identifiers=identifiers)
            visit.measure(words.TEMPERATURE, round(visit.rng.gauss(36.8, 0.25), 1))


def immunisation(chart: Chart, child: Person, world: World, rng: random.Random) -> None:
    """Sessions in order; a late child stays late, some never come back. Whole for who turns two this year."""
    diligence = rng.betavariate(7, 1.1)
    lateness, before = 0, 0
    place = child.household.private if rng.random() < 0.12 else child.household.puskesmas
    for age, doses in SESSIONS:
        kept = rng.random() < diligence ** (0.5 if age < 200 else 1.0)
        lateness = max(0, lateness + round(rng.gauss(4, 9)))
        day = max(child.birth + age + lateness, before + 28)
        if not kept:
            lateness += 25
            if rng.random() < 0.25:
                return
            if rng.random() < 0.45:
                continue
            day += 30
        before = day
        if world.childhood(day) and child.alive(day):
            visit = chart.visit(day, VACCINES, place)
            for vaccine, dose in doses:
                if visit.rng.random() < (0.9 if vaccine is words.ROTAVIRUS else 0.98):
                    visit.vaccinate(vaccine, dose)


def devoted(child: Person) -> bool:
    """Whether a child is brought to every posyandu day, with its book; a draw of its own, so that the others hold."""
    return random.Random(child.seed ^ 0xB00C).random() < 0.12  # noqa: S311 - a demo, not a secret


def book(chart: Chart, child: Person, world: World) -> None:
    """What the mother's book says of older vaccinations, copied on one day by the puskesmas."""
    day = world.anchor + 11
    if not (devoted(child) and world.within(day) and 2 * YEAR <= day - child.birth < 5 * YEAR):
        return
    visit = chart.visit(day, BOOK, child.household.puskesmas)
    for age, doses in ((0, ((words.HB0, 1),)), *SESSIONS):
        for vaccine, dose in doses:
            visit.vaccinate(vaccine, dose, child.birth + age + (3 if age else 0))


def growth(chart: Chart, child: Person, world: World, rng: random.Random) -> None:
    """Posyandu days of one child under five: weight and length, vitamin A in February and August, SDIDTK."""
    attendance, always = rng.betavariate(2.6, 2.6), devoted(child)
    stature = rng.gauss(-0.7, 1.0)
    thinness = rng.gauss(-0.3, 0.9)
    day = world.anchor - 365 + rng.randint(0, 27)
    for month in range(24):
        kept = rng.random() < attendance * (1.25 if month % 12 in (1, 7) else 0.62)
        if (kept or always) and world.within(day) and child.alive(day) and 30 <= day - child.birth < 5 * YEAR:
            visit = chart.visit(day, GROWTH, child.household.puskesmas)
            weigh(visit, child, stature, thinness)
            if month % 12 in (1, 7) and day - child.birth > 182:
                visit.treat(words.VITAMIN_A)
            if (month % 6 == 4 and visit.rng.random() < 0.7) or (always and month % 6 == 1):
                visit.answer(words.GROWTH_FORM, words.ASKED)
        day += 30 + (month % 2)


def weigh(visit: Visit, child: Person, stature: float, thinness: float) -> None:
    """Weight and length on one child's own curve, near the medians of WHO 2006."""
    months = (visit.day - child.birth) / 30.4375
    length = (49.4 if child.female else 50.3) + 7.15 * math.sqrt(months) + 0.06 * months
    length *= 1 + 0.037 * (stature + visit.rng.gauss(0, 0.1))
    weight = typical_weight(length) * (1 + 0.085 * (thinness + visit.rng.gauss(0, 0.15)))
    visit.measure(words.WEIGHT, round(weight, 1))
    visit.measure(words.LENGTH if months < 24 else words.HEIGHT, round(length, 1))


def typical_weight(length: float) -> float:
    """Median weight (kg) at a length (cm)."""
    above = min(max(1, bisect_right(LENGTHS, length)), len(LENGTHS) - 1)
    share = (length - LENGTHS[above - 1]) / (LENGTHS[above] - LENGTHS[above - 1])
    return WEIGHTS[above - 1] + share * (WEIGHTS[above] - WEIGHTS[above - 1])


def school(chart: Chart, child: Person, world: World, rng: random.Random) -> None:
    """One screening in the school year, for part of the pupils, complete for most of them."""
    for year_start in (world.anchor - 365, world.anchor):
        day, kept = year_start + rng.randint(200, 300), rng.random() < 0.42
        if not kept or not world.within(day) or not child.alive(day) or not 7 <= child.age(day) <= 15:
            continue
        visit = chart.visit(day, SCHOOL, child.household.puskesmas)
        age = child.age(day)
        visit.measure(words.HEIGHT, round(75 + 6.1 * age + visit.rng.gauss(0, 6)))
        visit.measure(words.WEIGHT, round(2.9 * age + 2 + visit.rng.gauss(0, 4), 1))
        visit.pressure(94 + 2 * round(visit.rng.uniform(0, 8)), 60 + 2 * round(visit.rng.uniform(0, 7)))
        if visit.rng.random() < 0.85:
            visit.find(words.VISION, words.NORMAL)
        if visit.rng.random() < 0.8:
            visit.find(words.HEARING, words.NORMAL)
