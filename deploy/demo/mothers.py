"""Pregnancies: the episode, its contacts with the 10T (about 60 % complete), delivery, care after birth."""

import random

from deploy.demo import vocabulary as words
from deploy.demo.chart import Chart, Episode, Resource, Visit, iso
from deploy.demo.network import HOSPITAL, KLINIK, PUSKESMAS, Facility
from deploy.demo.people import Person, World

CONTACTS = ((63, 0.86), (112, 0.86), (140, 0.78), (185, 0.9), (222, 0.86), (252, 0.82))
"""Day of pregnancy and chance of each of the six contacts."""
FIRST_MEASURES = 0.9
LABORATORY = 0.82
ANC, LOSS, BIRTH, PNC = 1, 2, 3, 4
ON_CHILD, UNSAID = 5, 11
"""In every fifth household the child's record says where it was born, in every eleventh none does."""


def pregnancy(chart: Chart, mother: Person, world: World, rng: random.Random) -> None:
    """Everything of one pregnancy that has happened by today; whole, when it ends within the year."""
    due = mother.delivery
    if due is None:
        return
    lmp = due - 280 + round(rng.gauss(0, 7))
    diligence = rng.betavariate(6, 1.6)
    favourite = mother.household.private if rng.random() < 0.3 else mother.household.puskesmas
    end = lmp + rng.randint(55, 95) if mother.lost else due
    birthplace = _place(mother, rng, world)
    elsewhere = [rng.random() < 0.15 for _ in CONTACTS]
    kept = [rng.random() < min(1, chance * (0.5 + diligence * 0.7)) for _, chance in CONTACTS]
    days = [lmp + day + rng.randint(-13, 13) for day, _ in CONTACTS]
    seen = [
        (day, mother.household.puskesmas if other else favourite)
        for day, came, other in zip(days, kept, elsewhere, strict=True)
        if came and day < end - 3 and day <= world.last and mother.alive(day)
    ]
    if seen and end >= world.start:
        closed = end + 42 if not mother.lost else end
        episode = chart.episode(
            seen[0][0], ANC, seen[0][1], words.ANC_EPISODE, closed if closed <= world.last else None
        )
        for number, (day, place) in enumerate(seen, 1):
            contact(chart, day, place, episode, lmp, number, diligence)
    if mother.lost:
        if world.within(end):
            chart.visit(end, LOSS, world.network.hospital).diagnose(words.MISCARRIAGE)
    elif world.within(due) and mother.alive(due):
        mother.birthplace = birthplace
        deliver(chart, mother, due, birthplace, overnight=bool(birthplace) and due < world.last)


def contact(chart: Chart, day: int, place: Facility, episode: Episode, lmp: int, number: int, diligence: float) -> None:
    """One antenatal contact with what is due at it."""
    age = day - lmp
    name = ("K1M" if age <= 90 else "K1A") if number == 1 else f"K{number}"
    visit = chart.visit(day, ANC, place, identifiers=[words.contact(words.ANC_CONTACT, name)], episode=episode)
    rng = visit.rng
    visit.measure(words.GESTATIONAL_AGE, age // 7)
    visit.measure(words.WEIGHT, round(48 + rng.random() * 16 + age * 0.038, 1))
    visit.pressure(_even(rng.gauss(113, 10)), _even(rng.gauss(73, 7)))
    if age > 140 and rng.random() < 0.93:
        visit.measure(words.FUNDAL_HEIGHT, round(age / 7 - 1 + rng.uniform(-2, 2)))
    if age > 110 and rng.random() < 0.95:
        visit.measure(words.FETAL_HEART, round(rng.gauss(142, 7)))
    if (age <= 90 or 175 <= age <= 235) and rng.random() < 0.55 + diligence * 0.42:
        visit.treat(words.ULTRASOUND)
    visit.dispense(words.IRON, 30 if rng.random() < 0.9 else 20)
    if rng.random() < 0.55:
        visit.treat(words.EDUCATION)
    if number == 1:
        _first(visit, lmp, diligence)
    elif number == 4 and rng.random() < 0.6:
        visit.measure(words.HEMOGLOBIN, round(rng.gauss(11.2, 1), 1))


def _first(visit: Visit, lmp: int, diligence: float) -> None:
    """History, body, vaccination and laboratory of the first contact."""
    rng = visit.rng
    visit.moment(words.LMP, iso(lmp))
    visit.diagnose(words.PREGNANT)
    if rng.random() < FIRST_MEASURES:
        visit.measure(words.HEIGHT, round(rng.gauss(153, 5)))
        visit.measure(words.MUAC, round(rng.gauss(25.5, 2.2), 1))
    if rng.random() < 0.88:
        visit.vaccinate(words.TD, rng.randint(1, 5))
    if rng.random() < LABORATORY + diligence * 0.15:
        visit.measure(words.HEMOGLOBIN, round(rng.gauss(11.6, 1.1), 1))
        visit.find(words.BLOOD_GROUP, rng.choice(words.BLOOD_GROUPS))
        visit.find(words.URINE_PROTEIN, words.NEGATIVE)
        if rng.random() < 0.93:
            visit.find(words.HIV, words.REACTIVE if rng.random() < 0.003 else words.NEGATIVE)
            visit.find(words.SYPHILIS, words.REACTIVE if rng.random() < 0.006 else words.NEGATIVE)
            visit.find(words.HBSAG, words.REACTIVE if rng.random() < 0.02 else words.NEGATIVE)


def _place(mother: Person, rng: random.Random, world: World) -> Facility | None:
    """Where she gives birth: puskesmas, hospital, a clinic near by, or at home (None)."""
    home = mother.household
    clinics = [f for f in world.network.private_near(home.village) if f.kind == KLINIK]
    draw = rng.random()
    if draw < 0.46:
        return home.puskesmas
    if draw < 0.74 or (draw < 0.86 and not clinics):
        return world.network.hospital
    return rng.choice(clinics) if draw < 0.86 else None


def deliver(chart: Chart, mother: Person, day: int, place: Facility | None, *, overnight: bool) -> None:
    """The delivery (one at home is written down by the puskesmas) and the contacts after it."""
    puskesmas = mother.household.puskesmas
    writer = place or puskesmas
    visit = chart.visit(day, BIRTH, writer, setting=words.INPATIENT if place else words.AMBULATORY, days=int(overnight))
    rng = visit.rng
    drawn = f"{iso(day)}T{rng.randint(0, 7):02d}:{visit.minute}:00+07:00"
    visit.moment(words.DELIVERY, words.hour_of_birth(iso(day)) if mother.hour_known else drawn)
    if mother.household.number % UNSAID and mother.household.number % ON_CHILD:
        visit.find(words.DELIVERY_PLACE, where(place))
    team = [words.DOCTOR, words.MIDWIFE] if writer.kind == HOSPITAL else [words.MIDWIFE]
    if place and rng.random() < (0.9 if writer.kind == PUSKESMAS else 0.8):
        team.append(words.MIDWIFE if rng.random() < 0.7 else words.NURSE)
    for helper in team:
        visit.find(words.ATTENDANT, helper)
    surgery = writer.kind == HOSPITAL and rng.random() < 0.4
    visit.diagnose(words.CAESAREAN if surgery else words.SPONTANEOUS)
    visit.diagnose(words.LIVE_BIRTH)


def where(place: Facility | None) -> Resource:
    """The coded place of birth."""
    return words.PLACES[place.kind] if place else words.AT_HOME


def after_birth(chart: Chart, mother: Person, world: World, rng: random.Random) -> None:
    """Three postnatal contacts, when they are kept."""
    due = mother.delivery
    if due is None or mother.lost:
        return
    for number, (after, chance) in enumerate(((1, 0.92), (5, 0.8), (21, 0.66)), 1):
        day, kept = due + after + rng.randint(0, 2), rng.random() < chance
        if kept and world.within(day) and mother.alive(day):
            identifiers = [words.contact(words.PNC_CONTACT, f"KF{number}")]
            visit = chart.visit(day, PNC, mother.household.puskesmas, identifiers=identifiers)
            visit.pressure(_even(visit.rng.gauss(114, 9)), _even(visit.rng.gauss(74, 7)))


def _even(value: float) -> int:
    """Blood pressure as it is read off: even numbers, in bounds."""
    return max(50, min(220, round(value / 2) * 2))
