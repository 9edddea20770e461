"""Random births: told on the mother or the child, in one visit or several, around the edges of days and hours."""

from datetime import date, datetime, timedelta
from random import Random

from tests.service.indicators.lives import VILLAGES, Pen, Story, days
from tests.service.indicators.world import (
    attendant,
    delivery,
    encounter,
    immunization,
    neonatal,
    patient,
    place,
    procedure,
    who,
)

PLACES = ["102", "102", "101", "104", "OT000008", "OT000001", "264362003", "unknown"]
TEAM = ["309453006", "309453006", "309343006", "106292003", "unknown"]


def births(rnd: Random) -> Story:
    """A woman with one or two births, each told several times, and her children."""
    pen = Pen(rnd)
    day = rnd.choice([date(2026, 1, 1), date(2025, 12, 31), date(2026, 5, 5), date(2026, 11, 19), date(2026, 11, 22)])
    for n in range(rnd.choice([1, 1, 2])):
        birth(pen, n, day)
        day += days(rnd.choice([2, 3, 4, 5, 300]))
    return pen.story


def birth(pen: Pen, n: int, day: date) -> None:
    """One birth: who helped, where it was, and the child."""
    rnd = pen.rnd
    near = lambda: day + days(rnd.choice([0, 0, 0, -2, 2, -3, 3]))  # noqa: E731
    visits = []
    for _ in range(rnd.choice([0, 1, 1, 2])):
        start = day + days(rnd.choice([0, 0, -1, -2, -3, -9, 2, 3]))
        period = {"start": rnd.choice([str(start), f"{start}T20:00:00Z"])}
        if rnd.random() < 0.7:
            period["end"] = str(start + days(rnd.choice([0, 1, 3, 9])))
        visits.append(
            pen.write("Encounter", encounter(None) | rnd.choice([{}, {"period": period}, {"period": period}]))
        )
    visit = lambda: rnd.choice([None, *visits, *visits])  # noqa: E731
    for _ in range(rnd.choice([1, 1, 1, 2, 3])):
        pen.write("Observation", delivery(day + days(rnd.choice([0, 0, 0, 1, 2])), visit()))
    for _ in range(rnd.choice([0, 1, 2, 2, 2, 3])):
        pen.write("Observation", attendant(pen.dated(near()), rnd.choice(TEAM), visit()))
    for _ in range(rnd.choice([0, 0, 0, 1, 1])):
        pen.write("Observation", place(pen.dated(near()), rnd.choice(PLACES), visit()))
    if rnd.random() < 0.7:
        child(pen, n, near(), visits)


def child(pen: Pen, n: int, born: date, visits: list[str]) -> None:
    """The child of person 1 is person 2 or 3."""
    rnd, baby = pen.rnd, rnd_person(pen.rnd)
    at = datetime.fromisoformat(f"{born}T{rnd.choice(['00:00', '06:30', '23:59'])}:00+07:00")
    more = rnd.choice([{}, {"birthTime": at.isoformat()}, {"birthTime": at.isoformat()}, {"deceasedBoolean": True}])
    more |= rnd.choice([{"mother": who(1)}] * 3 + [{}])
    pen.write("Patient", patient(born, rnd.choice(VILLAGES), gender="male", **more), f"baby{n}", person=baby)
    if rnd.random() < 0.5:
        visit = rnd.choice([None, *visits, pen.write("Encounter", encounter(born), person=baby)])
        pen.write(
            "Observation", place(pen.dated(born + days(rnd.choice([0, 5]))), rnd.choice(PLACES), visit), person=baby
        )
    for hours in rnd.sample([0, 5, 6, 20, 47, 48, 71, 72, 100, 191, 192, 215, 400, 672, 690, 700], 5):
        moment = (at + timedelta(hours=hours)).isoformat()
        status = rnd.choice(["finished"] * 9 + ["cancelled"])
        pen.write("Encounter", neonatal(rnd.choice([moment, moment, moment[:10]]), status), person=baby)
    pen.write("Immunization", immunization(born + days(rnd.choice([-1, 0, 7, 8])), "VG45"), person=baby)
    for code in ("448883004", "PC000002", rnd.choice(["PC000001", "431868002", "400984005"])):
        if rnd.random() < 0.9:
            pen.write("Procedure", procedure(code, born + days(rnd.choice([-1, 0, 0, 1, 2, 2, 3]))), person=baby)


def rnd_person(rnd: Random) -> int:
    return rnd.choice([2, 2, 2, 3])
