"""Random lives for the services that count persons (04 to 12), dense around their ages, years, doses and months."""

from datetime import date, timedelta
from random import Random
from typing import Any

from tests.service.indicators.lives import VILLAGES, Pen, Story, days, pregnancy
from tests.service.indicators.world import (
    coded,
    condition,
    encounter,
    form,
    immunization,
    observation,
    patient,
    pressure,
    procedure,
    quantity,
    who,
)

SNOMED = "http://snomed.info/sct"
KFA = "http://sys-ids.kemkes.go.id/kfa"
KEMKES = "http://terminology.kemkes.go.id"
YEAR_EDGES = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 6, 15), date(2026, 11, 20), date(2026, 11, 21)]


def vitamin_a(pen: Pen, day: date) -> None:
    """Given as a procedure, or handed over as a capsule."""
    if pen.rnd.random() < 0.5:
        pen.write("Procedure", procedure("767224000", pen.dated(day)))
    else:
        handed = {"status": "completed", "whenHandedOver": str(day), "quantity": {"value": 1}}
        pen.write("MedicationDispense", handed | {"medicationCodeableConcept": coded((KFA, "93001118"))})


def under_five(rnd: Random) -> Story:
    """A child around 12, 24 and 60 months: weighings, screenings, capsules around 30 days apart, late doses."""
    pen = Pen(rnd)
    turns = [date(2025, 11, 21), date(2025, 11, 22), date(2025, 11, 20), date(2024, 11, 21), date(2024, 11, 20),
             date(2021, 11, 21), date(2021, 11, 20), date(2024, 2, 29), date(2022, 8, 31)]  # fmt: skip
    born = rnd.choice(turns)
    pen.write("Patient", patient(born, rnd.choice(VILLAGES), gender="male", mother=who(2)), "first")
    start = max(born, date(2026, 1, 1)) + days(rnd.choice([0, 0, 20]))
    for n in range(rnd.choice([7, 8, 8, 8, 9])):
        day = start + days(n * 30 + rnd.choice([0, 0, -30]))
        pen.write("Observation", observation("29463-7", pen.dated(day), **quantity(9.5, rnd.choice(["kg", "g", None]))))
    for n in range(rnd.choice([1, 2, 2, 2])):
        on = start + days(n * 90 - rnd.choice([0, 0, 1]))
        pen.write("Observation", observation(rnd.choice(["8306-3", "8302-2"]), on, **quantity(80, "cm")))
    for n in range(rnd.choice([1, 2, 2, 2])):
        on, status = start + days(n * 120), rnd.choice(["completed"] * 6 + ["in-progress"])
        visit = pen.write("Encounter", encounter(on)) if rnd.random() < 0.5 else None
        pen.write("QuestionnaireResponse", form("Q0003", on + days(rnd.choice([0, 1])), visit, status=status))
    vitamin_a(pen, first := start + days(rnd.choice([0, 31])))
    for gap in rnd.choice([[30], [30], [29], [29, 31], [15, 15], []]):
        vitamin_a(pen, first := first + days(gap))
    plan = [
        ("VG45", rnd.choice([0, 7, 7, 8])),
        ("VG19", 20),
        ("VG03", 270),
        ("VG03", rnd.choice([540, 700, 290, 293, 294])),
    ]
    plan += [("VG89", 30 + rnd.choice([30, 24, 23]) * n) for n in range(rnd.choice([4, 4, 4, 5]))]
    plan += [("VG107 198", 60 + 30 * n) for n in range(3)] + [("198", rnd.choice([500, 549, 140, 144, 800]))]
    for codes, age in plan:
        if rnd.random() < 0.98 or codes == "VG45":
            pen.write("Immunization", immunization(born + days(age), *codes.split()))
    if rnd.random() < 0.1:
        pen.write("Immunization", immunization(born - days(3), "VG45", "VG19"))
    return pen.story


def screened(rnd: Random) -> Story:
    """Somebody of school, working or old age, around 7, 16, 60 years, screened around the ends of the year."""
    pen = Pen(rnd)
    year = rnd.choice([2019, 2018, 2011, 2010, 1996, 1966, 1967, 1940])
    born = date(year, *rnd.choice([(11, 20), (11, 21), (11, 22), (5, 5), (12, 31)]))
    born = date(1996, 2, 29) if rnd.random() < 0.1 else born
    pen.write("Patient", patient(born, rnd.choice(VILLAGES)), "first")
    omitted = {rnd.randrange(16) for _ in range(rnd.choice([0, 0, 1, 2]))}
    measured = {"29463-7": "kg", "8308-9": "cm", "8280-0": "cm", "2093-3": "mg/dL"}
    coded_ = ["79882-7", "72166-2", "96762-0", "72234-8", "48542-5"]
    for n, code in enumerate([*measured, *coded_]):
        if n not in omitted:
            value = quantity(40, measured[code]) if code in measured else {}
            pen.write("Observation", observation(code, pen.dated(rnd.choice(YEAR_EDGES[1:])), **value))
    day = rnd.choice(YEAR_EDGES)
    if 9 not in omitted:
        pen.write("Observation", observation("247301006", day, system=SNOMED))
    if 10 not in omitted:
        pen.write("Observation", pressure(rnd.choice(YEAR_EDGES[1:])))
    if 11 not in omitted:
        code, unit = rnd.choice([("2345-7", "mg/dL"), ("1558-6", "mmol/L"), ("4548-4", "%"), ("4548-4", "mmol/mol")])
        pen.write("Observation", observation(code, rnd.choice(YEAR_EDGES[1:]), **quantity(7, unit)))
    for n, number in ((12, "Q0013"), (13, "Q0042")):
        if n not in omitted and rnd.random() < 0.5:
            visit = pen.write("Encounter", encounter(rnd.choice([*YEAR_EDGES, None])))
            pen.write("QuestionnaireResponse", form(number, rnd.choice(YEAR_EDGES), rnd.choice([visit, None])))
    return pen.story


def diabetic(rnd: Random) -> Story:
    """Diagnoses that come and go, glucose nearly every month."""
    pen = Pen(rnd)
    for _ in range(rnd.choice([1, 1, 2])):
        on = rnd.choice([date(2025, 3, 3), date(2026, 1, 31), date(2026, 8, 1), date(2026, 10, 31), date(2026, 11, 2)])
        status = rnd.choice(["active"] * 5 + ["resolved", "inactive", "remission"])
        until = rnd.choice([None, date(2026, 10, 31), date(2026, 11, 20)])
        pen.write("Condition", condition(rnd.choice(["E11", "E11.9", "E10.9", "O24"]), on, status, until))
    lost = {rnd.randrange(1, 13) for _ in range(rnd.choice([0, 0, 1]))}
    for month in set(range(1, 13)) - lost:
        value = rnd.choice([("2345-7", "mg/dL"), ("1558-6", "mmol/L"), ("4548-4", "%")])
        day = date(2026, month, rnd.choice([1, 15, 28]))
        pen.write("Observation", observation(value[0], pen.dated(day), **quantity(8, value[1])))
    for day in rnd.sample(YEAR_EDGES, rnd.choice([0, 1, 2])):
        pen.write("Procedure", procedure("409073007", day))
    return pen.story


def at_risk(rnd: Random) -> Story:
    """Severe mental disorder, suspicion of tuberculosis, risk of HIV: facts around the ends of the year."""
    pen = Pen(rnd)
    pen.write("Patient", patient(rnd.choice([date(1990, 5, 5), None]), rnd.choice(VILLAGES)), "first")
    codes = ["F20.0", "F23", "F32", "Z03.0", "Z11.1", "Z11.4", "A15.0", "A53.9", "A60", "F20"]
    for code in rnd.sample(codes, rnd.choice([0, 1, 2, 3])):
        status = rnd.choice(["active"] * 4 + ["resolved", "remission"])
        until = rnd.choice([None, date(2026, 11, 20), date(2026, 11, 21)])
        pen.write("Condition", condition(code, rnd.choice([*YEAR_EDGES, None]), status, until))
    group: dict[str, Any] = {} if rnd.random() < 0.8 else {"dataAbsentReason": coded((SNOMED, "x"))}
    for code, system in (("TK000034", KEMKES), ("88874-3", ""), ("8693-4", ""), ("68961-2", "")):
        if rnd.random() < 0.45:
            more: dict[str, Any] = {"system": system} if system else {}
            said = observation(code, pen.dated(rnd.choice(YEAR_EDGES)), **more)
            pen.write("Observation", said | (group if system else {}))
    for day in rnd.sample(YEAR_EDGES, rnd.choice([0, 1, 2])):
        pen.write("Procedure", procedure("409073007", day))
    return pen.story


def mother_at_risk(rnd: Random) -> Story:
    """One or two pregnancies around New Year, tested in them, between them or in neither."""
    pen = Pen(rnd)
    lmp = rnd.choice([date(2025, 3, 27), date(2025, 4, 1), date(2025, 7, 1), date(2026, 1, 15)])
    for n in range(rnd.choice([1, 1, 2])):
        pregnancy(pen, n, lmp)
        lmp += days(rnd.choice([61, 120, 214, 300]))
    near = [date(2025, 12, 31), date(2026, 1, 1), *(lmp - timedelta(days=n) for n in (61, 120, 214, 1))]
    for day in rnd.sample(near, 2):
        pen.write("Observation", observation("68961-2", day))
        pen.write("Procedure", procedure("409073007", day))
    return pen.story + (at_risk(rnd) if rnd.random() < 0.3 else [])
