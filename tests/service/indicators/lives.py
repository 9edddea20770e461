"""Random lives, dense around the edges of the rules: what a clinic may write, correct, delete and mix up."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.service.indicators.world import (
    Write,
    coded,
    condition,
    encounter,
    episode,
    immunization,
    observation,
    patient,
    pressure,
    procedure,
    quantity,
    tablets,
    who,
)

KFA = "http://sys-ids.kemkes.go.id/kfa"
VILLAGES = ["1410011001", "1410011002", "9900000001", None]
Story = list[Write]


def days(n: int) -> timedelta:
    return timedelta(days=n)


class Pen:
    """Collects writes, each from some facility; many of them hand a fact to the same person."""

    def __init__(self, rnd: Random) -> None:
        self.rnd, self.story, self.count = rnd, Story(), 0

    def write(self, kind: str, resource: dict[str, Any], ident: str | None = None, person: int = 1) -> str:
        self.count += 1
        ident = ident or f"{kind[:3]}{self.count}".lower()
        provider = self.rnd.choice([None, None, "P1", "P2"])
        self.story.append(Write(kind, ident, who(person), resource, self.rnd.choice(["K1", "K2"]), provider))
        return ident

    def dated(self, day: date) -> date | None:
        """Mostly the day; sometimes none, so that the visit's start has to do."""
        return None if self.rnd.random() < 0.2 else day


def pregnancy(pen: Pen, n: int, lmp: date) -> None:
    """One pregnancy of person 1 in one or two episodes, with most of its care."""
    rnd = pen.rnd
    offsets = [0, *([rnd.choice([0, 5, 59, 60, 61])] if rnd.random() < 0.4 else [])]
    episodes = [f"ep{n}{k}" for k in range(len(offsets))]
    omitted = {rnd.randrange(26) for _ in range(rnd.choice([0, 0, 1, 3]))}
    near = [[30, 60, 89, 90], [91, 92, 110], [130, 173, 174], [174, 175, 176], [200, 210], [240, 259]]
    ages = [rnd.choice(n) for n in near]
    visits = []
    for k, g in enumerate(ages):
        within = [episodes[0] if k == 0 else rnd.choice(episodes)] if rnd.random() < 0.9 else []
        status = rnd.choice(["finished"] * 9 + ["cancelled"])
        number = rnd.choice([None, None, f"K{k + 1}"])
        visits.append((pen.write("Encounter", encounter(lmp + days(g), *within, status=status, number=number)), g))
    for k, (name, moved) in enumerate(zip(episodes, offsets, strict=True)):
        start = lmp + days(rnd.choice([0, 30, 60]))
        end = rnd.choice([None, None, start + days(100), lmp + days(280)])
        pen.write("EpisodeOfCare", episode(start, end, kind=rnd.choice(["ANC"] * 9 + ["PNC"])), name)
        if rnd.random() < 0.85:
            dating(
                pen,
                lmp + days(moved),
                visits[0][0] if k == 0 else pen.write("Encounter", encounter(start, name)),
                start,
            )
    for k, code in enumerate(
        [
            "29463-7",
            "8302-2",
            "11881-0",
            "55283-6",
            "718-7",
            "883-9",
            "5804-0",
            "68961-2",
            "20508-8",
            "75410-1",
            "284473002",
        ]
    ):
        if k not in omitted:
            visit, g = rnd.choice(visits)
            measured = {"29463-7": "kg", "8302-2": "cm", "718-7": "g/dL", "11881-0": None, "284473002": "cm"}
            value = quantity(40, measured[code]) if code in measured else {}
            system = {"system": "http://snomed.info/sct"} if code == "284473002" else {}
            pen.write("Observation", observation(code, pen.dated(lmp + days(g)), visit, **system, **value))
    for k, make in enumerate(
        [pressure, lambda d, v: procedure("409073007", d, v), lambda d, v: procedure("88.78", d, v)], 11
    ):
        if k not in omitted:
            visit, g = visits[0] if k == 13 else rnd.choice(visits)
            pen.write("Procedure" if k > 11 else "Observation", make(pen.dated(lmp + days(g)), visit))
    if 14 not in omitted:
        pen.write("Procedure", procedure("88.78", lmp + days(rnd.choice([174, 175, 250]))))
    if 15 not in omitted:
        pen.write("Immunization", immunization(lmp + days(rnd.choice([0, 100, 280])), "VG139"))
    for k in range(3):
        if 16 + k not in omitted:
            product = rnd.choice([None, None, f"m{k}"])
            pen.write("MedicationDispense", tablets(30, lmp + days(rnd.choice([60, 100, 150, 200])), product))
            if product:
                pen.write("Medication", {"code": coded((KFA, rnd.choice(["92000653"] * 4 + ["x"])))}, product)
    ending(pen, lmp, [v for v, _ in visits])


def dating(pen: Pen, lmp: date, visit: str, day: date) -> None:
    """What tells the age of the pregnancy, once or twice, in one of three ways."""
    for _ in range(pen.rnd.choice([1, 1, 2])):
        said = lmp + days(pen.rnd.choice([0, 0, 0, 1, 3]))
        when = pen.dated(day + days(pen.rnd.choice([0, 1])))
        match pen.rnd.randrange(8):
            case 0:
                resource = observation("11778-8", when, visit, valueDateTime=f"{said + days(280)}T01:00:00+07:00")
            case 1:
                age = max((day - said).days, 1) / 7
                resource = observation("18185-9", when, visit, **quantity(round(age, 1), "wk"))
            case _:
                resource = observation("8665-2", when, visit, valueDateTime=f"{said}T01:00:00+07:00")
        pen.write("Observation", resource)


def ending(pen: Pen, lmp: date, visits: list[str]) -> None:
    """A birth or a loss, sometimes both, near the edges of the window."""
    rnd = pen.rnd
    born = lmp + days(rnd.choice([200, 262, 280, 280, 307, 308, 309]))
    if rnd.random() < 0.5:
        visit = rnd.choice([None, None, *visits])
        pen.write("Observation", observation("93857-1", born, visit, valueDateTime=f"{born}T23:30:00+07:00"))
    if rnd.random() < 0.25:
        on = rnd.choice([born, born - days(1), lmp, lmp + days(1), lmp + days(60), lmp + days(300), lmp - days(1)])
        pen.write("Condition", condition(rnd.choice(["O03.9", "O02.1", "O09"]), on))


def mother(rnd: Random) -> Story:
    """A woman with one to three pregnancies and perhaps an episode that nobody dated."""
    pen = Pen(rnd)
    lmp = date(2026, 1, 15) + days(rnd.choice([0, 0, 0, -20, -100, -330]))
    for n in range(rnd.choice([1, 1, 1, 2, 3])):
        pregnancy(pen, n, lmp)
        lmp += days(rnd.choice([40, 60, 61, 62, 120, 280, 308, 309, 320]))
    if rnd.random() < 0.3:
        start = date(2026, 1, 15) + days(rnd.choice([-309, -308, -100, 0, 100, 308]))
        pen.write("EpisodeOfCare", episode(start, rnd.choice([None, start + days(5)])), "epx")
    return pen.story


def patient_with_hypertension(rnd: Random) -> Story:
    """Diagnoses that come and go, blood pressure nearly every month, sometimes two halves on one day or two."""
    pen = Pen(rnd)
    for _ in range(rnd.choice([1, 1, 2, 3])):
        on = rnd.choice(
            [
                date(2025, 3, 3),
                date(2026, 1, 31),
                date(2026, 3, 15),
                date(2026, 8, 1),
                date(2026, 10, 31),
                date(2026, 11, 2),
            ]
        )
        status = rnd.choice(["active"] * 5 + ["resolved", "inactive", "remission"])
        until = rnd.choice([None, date(2026, 10, 30), date(2026, 10, 31), date(2026, 11, 20)])
        pen.write(
            "Condition",
            condition(rnd.choice(["I10", "I11.9", "I15", "I20"]), rnd.choice([on, on, on, None]), status, until),
        )
    lost = {rnd.randrange(1, 13) for _ in range(rnd.choice([0, 0, 0, 1, 2]))}
    for month in range(1, 13):
        if month in lost:
            continue
        day = rnd.choice(
            [
                date(2026, month, 1),
                date(2026, month, 15),
                date(2026, month, 28),
                (date(2026, month, 28) + days(4)).replace(day=1) - days(1),
            ]
        )
        if rnd.random() < 0.7:
            pen.write("Observation", pressure(day))
        else:
            pen.write("Observation", observation("8480-6", day, **quantity(120, None)))
            pen.write(
                "Observation", observation("8462-4", day + days(rnd.choice([0, 0, 0, 1])), **quantity(80, "mm[Hg]"))
            )
    for _ in range(rnd.choice([0, 1, 1, 2])):
        pen.write(
            "Procedure", procedure("409073007", rnd.choice([date(2025, 12, 31), date(2026, 1, 1), date(2026, 11, 21)]))
        )
    return pen.story


def child(rnd: Random) -> Story:
    """Nearly all doses, with gaps around 24 days and dates around the first birthday."""
    pen = Pen(rnd)
    born = rnd.choice([date(2025, 3, 31), date(2024, 2, 29), date(2025, 11, 21), date(2022, 12, 31)])
    pen.write("Patient", patient(born, rnd.choice(VILLAGES), gender="male", mother=who(2)), "first")
    late = rnd.choice([0, 0, 0, 1, 2])
    plan = [("VG45", rnd.choice([0, 7, 8])), ("VG19", 20), ("VG03", rnd.choice([270, 364, 365, 366]))]
    for codes, first, n in (
        (("VG107", "VG45", "198"), 60, 3),
        (("VG89",), 30, 4),
        (("10",), 120, 2),
        (("133",), 60, 2),
        (("119",), 61, 3),
    ):
        at = first
        for _ in range(n + rnd.choice([0, 0, 1])):
            plan.append((" ".join(codes), at))
            at += rnd.choice([22, 23, 24, 25, 30, 30, 40]) if late else 30
    for codes_, age in plan:
        if rnd.random() < 0.97:
            pen.write(
                "Immunization",
                immunization(born + days(age), *codes_.split(), status=rnd.choice(["completed"] * 40 + ["not-done"])),
            )
    if rnd.random() < 0.2:
        pen.write("Immunization", immunization(born + days(rnd.choice([150, 170])), "VG89", "10"))
    return pen.story


def person(rnd: Random, pen: Pen) -> None:
    """Registrations of persons 1 and 2: births, moves, deaths, a mother, one that is no longer active."""
    for n in range(rnd.choice([0, 1, 2])):
        birth = rnd.choice([date(1996, 2, 29), date(2011, 11, 21), date(2011, 10, 31), date(1990, 5, 5), None])
        more = rnd.choice(
            [
                {},
                {},
                {},
                {"active": False},
                {"deceasedBoolean": True},
                {"deceasedDateTime": "2026-10-31T18:00:00Z"},
                {"mother": who(2)},
            ]
        )
        pen.write("Patient", patient(birth, rnd.choice(VILLAGES), **more), f"pat{n}")
    if rnd.random() < 0.5:
        pen.write("Patient", patient(date(1990, 5, 5), rnd.choice(VILLAGES)), "pat9", person=2)
    if rnd.random() < 0.15:
        pen.write(
            "Observation",
            observation("81956-5", None, valueDateTime=rnd.choice(["2026-10-31T10:00:00+07:00", "2026-03-31"])),
        )


def mended(rnd: Random, story: Story) -> Story:
    """Later writes of the same resources: gone, moved to another person, cancelled, dated anew, or as before."""
    later = Story()
    for _ in range(rnd.choice([0, 1, 3, 8])):
        w = rnd.choice(story)
        r = dict(w.resource or {})
        match rnd.randrange(7):
            case 0:
                later.append(Write(w.type, w.id, w.person, None))
            case 1:
                later.append(Write(w.type, w.id, who(2), r, w.client, w.provider))
            case 2 if "status" in r:
                later.append(
                    Write(w.type, w.id, w.person, r | {"status": rnd.choice(["entered-in-error", "cancelled"])})
                )
            case 3:
                for name in ("effectiveDateTime", "performedDateTime", "occurrenceDateTime", "onsetDateTime"):
                    if name in r:
                        r[name] = str(date.fromisoformat(r[name]) + days(rnd.choice([-1, 1])))
                later.append(Write(w.type, w.id, w.person, r, "K3", "P3"))
            case 4 if w.type == "Encounter":
                r.pop(rnd.choice(["period", "episodeOfCare"]), None)
                later.append(Write(w.type, w.id, w.person, r, "K3", None))
            case _:
                later.append(w)
    return later


def batches(rnd: Random, kind: Callable[[Random], Story]) -> list[Story]:
    """A life as it reaches us: shuffled or in order, with later mendings, cut into batches."""
    story = kind(rnd)
    pen = Pen(rnd)
    person(rnd, pen)
    story = pen.story + story
    if rnd.random() < 0.5:
        rnd.shuffle(story)
    story += mended(rnd, story)
    cut = sorted(rnd.randrange(len(story) + 1) for _ in range(rnd.choice([0, 1, 3, 6])))
    return [story[a:b] for a, b in zip([0, *cut], [*cut, len(story)], strict=True) if a < b]


def scattered(rnd: Random, story: list[Story]) -> list[Story]:
    """The same life written of three persons, who may become one."""
    of: dict[tuple[str, str], str] = {}

    def someone(w: Write) -> Write:
        return replace(w, person=of.setdefault((w.type, w.id), who(rnd.choice([1, 1, 2, 3]))))

    registered = [Write("Patient", f"of-{n}", who(n), patient(date(1990, 5, 5))) for n in (2, 3)]
    return [registered, *([w if w.person != who(1) else someone(w) for w in batch] for batch in story)]
