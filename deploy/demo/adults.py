"""Adults and everyone: chronic care with its gaps, screening, ordinary illness, tuberculosis, mental health."""

import random

from deploy.demo import vocabulary as words
from deploy.demo.chart import Chart
from deploy.demo.network import Facility
from deploy.demo.people import Person, World

PRESSURE, SUGAR, ILLNESS, SCREENING, ELDERLY, TUBERCULOSIS, MIND, RISK = 16, 17, 18, 19, 20, 21, 22, 26
MONTH = 30.4375


def _usual(person: Person, rng: random.Random) -> Facility:
    """Where somebody goes for chronic care; most to the puskesmas."""
    return person.household.private if rng.random() < 0.35 else person.household.puskesmas


def hypertension(chart: Chart, person: Person, world: World, rng: random.Random) -> None:
    """Blood pressure month by month, with gaps; enrolled before the year or during it."""
    age = person.age(world.anchor)
    if rng.random() >= (0.0 if age < 30 else 0.085 if age < 60 else 0.30):
        return
    place, faithful = _usual(person, rng), rng.betavariate(2.4, 0.75)
    enrolled = world.anchor - 365 + (rng.randint(0, 700) if rng.random() < 0.35 else 0)
    systolic = rng.gauss(152, 13)
    month, diagnosed = 0, False
    while (day := enrolled + round(month * MONTH) + rng.randint(0, 9)) <= world.anchor + 366:
        kept = month == 0 or rng.random() < faithful
        elsewhere = rng.random() < 0.12
        month += 1
        if not (kept and world.within(day) and person.alive(day)):
            continue
        visit = chart.visit(day, PRESSURE, person.household.puskesmas if elsewhere else place)
        top = systolic - 1.2 * min(month, 10) + visit.rng.gauss(0, 8)
        visit.pressure(max(96, round(top / 2) * 2), max(56, round((top * 0.5 + visit.rng.gauss(14, 5)) / 2) * 2))
        if visit.rng.random() < 0.3:
            visit.treat(words.EDUCATION)
        if visit.rng.random() < 0.5:
            visit.dispense(words.AMLODIPINE, 30)
        if not diagnosed:  # last, so that the ids before it hold when the year moves on
            visit.diagnose(words.HYPERTENSION, onset=enrolled)
            diagnosed = True


def diabetes(chart: Chart, person: Person, world: World, rng: random.Random) -> None:
    """Glucose month by month, with gaps."""
    age = person.age(world.anchor)
    if rng.random() >= (0.0 if age < 35 else 0.03 if age < 60 else 0.08):
        return
    place, faithful = _usual(person, rng), rng.betavariate(2.2, 0.9)
    level, diagnosed = rng.gauss(188, 35), False
    enrolled = world.anchor - 365
    for month in range(25):
        day, kept = enrolled + round(month * MONTH) + rng.randint(0, 9), rng.random() < faithful
        if not (kept and world.within(day) and person.alive(day)):
            continue
        visit = chart.visit(day, SUGAR, place)
        visit.measure(words.GLUCOSE, max(80, round(level + visit.rng.gauss(0, 22))))
        if visit.rng.random() < 0.35:
            visit.treat(words.EDUCATION)
        if visit.rng.random() < 0.5:
            visit.dispense(words.METFORMIN, 60)
        if not diagnosed:
            visit.diagnose(words.DIABETES, onset=enrolled)
            diagnosed = True


def illness(chart: Chart, person: Person, world: World, rng: random.Random) -> None:
    """Ordinary outpatient visits, at whichever facility is near that day."""
    age = person.age(world.anchor)
    rate = 0.9 if age < 5 else 0.3 if age < 50 else 0.65
    day = world.anchor - 365
    while (day := day + 1 + int(rng.expovariate(rate / 365))) <= world.anchor + 366:
        draw = rng.random()
        if not (world.within(day) and person.alive(day)):
            continue
        home = person.household
        place = home.private if draw < 0.4 else home.puskesmas if draw < 0.95 else world.network.hospital
        visit = chart.visit(day, ILLNESS, place)
        visit.diagnose(visit.rng.choice(words.ILLNESSES))
        visit.measure(words.TEMPERATURE, round(visit.rng.gauss(37, 0.6), 1))
        if age >= 15 and visit.rng.random() < 0.75:
            top = 2 * round(visit.rng.gauss(61, 6))
            visit.pressure(top, 2 * round(top * 0.5 * 0.64))


def screening(chart: Chart, person: Person, world: World, rng: random.Random) -> None:
    """The yearly check of the productive age, for some."""
    for year_start in (world.anchor - 365, world.anchor):
        day, kept = year_start + rng.randint(5, 355), rng.random() < 0.10
        if not (kept and world.within(day) and person.alive(day) and 15 <= person.age(day) < 60):
            continue
        visit = chart.visit(day, SCREENING, person.household.puskesmas)
        tall = visit.rng.gauss(153 if person.female else 164, 6)
        visit.measure(words.HEIGHT, round(tall))
        visit.measure(words.WEIGHT, round((tall - 100) * visit.rng.gauss(1.05, 0.15), 1))
        visit.measure(words.WAIST, round(visit.rng.gauss(82, 10)))
        visit.pressure(2 * round(visit.rng.gauss(61, 7)), 2 * round(visit.rng.gauss(39, 4)))
        if visit.rng.random() < 0.85:
            visit.measure(words.GLUCOSE, round(visit.rng.gauss(108, 22)))
        if visit.rng.random() < 0.9:
            smokes = visit.rng.random() < (0.03 if person.female else 0.55)
            visit.find(words.SMOKING, words.SMOKES if smokes else words.NEVER_SMOKED)


def elderly(chart: Chart, person: Person, world: World, rng: random.Random) -> None:
    """The yearly check of those of sixty and more, for many."""
    for year_start in (world.anchor - 365, world.anchor):
        day, kept = year_start + rng.randint(5, 355), rng.random() < 0.42
        if not (kept and world.within(day) and person.alive(day) and person.age(day) >= 60):
            continue
        visit = chart.visit(day, ELDERLY, person.household.puskesmas)
        visit.pressure(2 * round(visit.rng.gauss(69, 9)), 2 * round(visit.rng.gauss(41, 5)))
        visit.measure(words.GLUCOSE, round(visit.rng.gauss(122, 30)))
        if visit.rng.random() < 0.85:
            visit.measure(words.CHOLESTEROL, round(visit.rng.gauss(202, 34)))
        visit.count_of(words.INDEPENDENCE, min(20, 14 + int(visit.rng.random() * 8)))
        if visit.rng.random() < 0.5:
            visit.answer(words.SKILAS_FORM, words.ASKED)
        elif visit.rng.random() < 0.8:
            visit.count_of(words.COGNITION, visit.rng.randint(2, 5))
            visit.count_of(words.MOOD, visit.rng.randint(0, 6))


def tuberculosis(chart: Chart, person: Person, world: World, rng: random.Random) -> None:
    """A few are examined for tuberculosis in the year."""
    if rng.random() >= 0.015:
        return
    day = world.anchor - 365 + rng.randint(0, 720)
    if not (world.within(day) and person.alive(day)):
        return
    visit = chart.visit(day, TUBERCULOSIS, person.household.puskesmas)
    visit.diagnose(words.TB_SUSPECT)
    if visit.rng.random() < 0.85:
        sick = visit.rng.random() < 0.12
        visit.find(words.TB_MOLECULAR, words.TB_DETECTED if sick else words.TB_NOT_DETECTED)
        if sick:
            visit.diagnose(words.TB_LUNG)
            visit.find(words.HIV, words.NEGATIVE)
            chart.episode(day, TUBERCULOSIS, person.household.puskesmas, words.TB_EPISODE, None)
    if visit.rng.random() < 0.85:
        visit.treat(words.EDUCATION)


def mind(chart: Chart, person: Person, world: World, rng: random.Random) -> None:
    """Severe mental illness: a handful, seen every second month."""
    if rng.random() >= 0.006:
        return
    for month in range(0, 25, 2):
        day, kept = world.anchor - 365 + round(month * MONTH) + rng.randint(0, 9), rng.random() < 0.7
        if not (kept and world.within(day) and person.alive(day)):
            continue
        visit = chart.visit(day, MIND, person.household.puskesmas)
        visit.diagnose(words.SCHIZOPHRENIA, onset=world.anchor - 2000)
        visit.find(words.MENTAL_STATUS, words.NORMAL)
        if person.number % 3 and visit.rng.random() < 0.6:
            visit.treat(words.EDUCATION)


def at_risk(chart: Chart, person: Person, world: World) -> None:
    """A few are asked about their risk of HIV, most are tested; draws of its own, so that the others hold."""
    rng = random.Random(person.seed ^ 0x41B5)  # noqa: S311 - a demo, not a secret
    day = world.anchor - 365 + rng.randint(0, 720)
    if rng.random() >= 0.006 or not (world.within(day) and person.alive(day) and 17 <= person.age(day) < 50):
        return
    visit = chart.visit(day, RISK, person.household.puskesmas)
    visit.diagnose(words.HIV_SCREENING)
    visit.find(words.RISK_GROUP, words.AT_RISK)
    if visit.rng.random() < 0.75:
        visit.find(words.HIV, words.NEGATIVE)
    if visit.rng.random() < 0.7:
        visit.treat(words.EDUCATION)
