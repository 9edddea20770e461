"""6. Within two seconds of a posted visit SPM-01, SPM-08 and PIP-2 have moved, and every number opens."""

from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import Any

from deploy.demo import vocabulary as words
from deploy.demo.chart import Episode
from deploy.demo.story import figures
from deploy.demo.story.bodies import Letter, identifiers_of
from deploy.demo.story.cast import Human
from deploy.demo.story.chapter2 import plain
from deploy.demo.story.figures import Numbers
from deploy.demo.story.stage import FHIR, ZONE, Stage
from deploy.demo.story.step import Failed, Shown, expect, step

CLINIC, PUSKESMAS = "K1410010201", "P1410010101"
WITHIN = 2.0
CATCH_UP = 120.0


@step(6, "Angka mengejar muatan massal", "The numbers catch up with the bulk load")
async def caught_up(stage: Stage) -> Shown:
    """What was written last (the pregnancy of chapter 2) is counted, so everything before it is."""
    person, village = stage.notes["patient"], stage.cast.mother.village
    found, stage.notes["ms"] = await stage.until(
        lambda: figures.missing(stage, "SPM-01", person, village), lambda seen: seen is not None, CATCH_UP
    )
    return expect("terhitung (counted)", "terhitung (counted)" if found is not None else "-")


@step(6, "SPM-01 sebelum: yang kurang tertulis", "SPM-01 before: what is missing is named")
async def pregnancy_before(stage: Stage) -> Shown:
    letter = Letter(stage.cast.mother, stage.network.facilities[CLINIC])
    episode = Episode({"reference": f"EpisodeOfCare/{stage.notes['episode']}"})
    for number, age in enumerate((120, 160, 190, 230), 2):
        day = stage.notes["lmp"] + timedelta(days=age)
        identifiers = [words.contact(words.ANC_CONTACT, f"K{number}")]
        visit = letter.visit(day, identifiers=identifiers, episode=episode)
        visit.pressure(114, 72)
        visit.measure(words.FUNDAL_HEIGHT, age // 7)
        visit.dispense(words.IRON, 30)
        visit.treat(words.EDUCATION)
        if age == 230:
            visit.treat(words.ULTRASOUND)
    await stage.post("clinic", FHIR, letter.bundle(), status=200)
    missing = ["contact_t3", "hbsag_test", "hiv_test", "syphilis_test"]
    return await _missing(stage, "SPM-01", stage.notes["patient"], stage.cast.mother, missing)


@step(6, "Kunjungan K6 di puskesmas: SPM-01 bergerak", "The sixth contact at the puskesmas: SPM-01 moves")
async def pregnancy_served(stage: Stage) -> Shown:
    before = await figures.numbers(stage, "SPM-01", stage.cast.mother.village)
    visit = {
        "patient": plain(stage.cast.mother),
        "at": _now(stage),
        "pregnancy": {"contact": "K6"},
        "measurements": {"systolic": 118, "diastolic": 76, "weight_kg": 62.0},
        "tests": {"hiv": "nonreaktif", "syphilis": "nonreaktif", "hbsag": "nonreaktif"},
        "education": True,
    }
    await stage.post("puskesmas", "/v1/visits", visit, status=201)
    return await _moved(stage, "SPM-01", stage.cast.mother.village, before, "public", "private")


@step(6, "SPM-08 sebelum: bulan yang berakhir tanpa tensi", "SPM-08 before: a month ended without a reading")
async def pressure_before(stage: Stage) -> Shown:
    letter = Letter(stage.cast.patient, stage.network.facilities[PUSKESMAS])
    months = ended_months(stage.today)
    letter.visit(date(stage.today.year - 1, 6, 15)).diagnose(words.HYPERTENSION)
    for number, month in enumerate(months[:-1]):
        visit = letter.visit(date(stage.today.year, month, 10), number + 1)
        visit.pressure(142, 88)
        visit.treat(words.EDUCATION)
    answer = await stage.post("puskesmas", FHIR, letter.bundle(), status=200)
    stage.notes["hypertensive"] = identifiers_of(answer, "Patient")[0]
    missing = [f"bp:{stage.today.year}-{months[-1]:02d}"] if months else ["bp"]
    missing += [] if months[:-1] else ["education"]
    return await _missing(stage, "SPM-08", stage.notes["hypertensive"], stage.cast.patient, missing)


@step(6, "Tensi bulan itu menyusul: SPM-08 bergerak", "That month's reading comes late: SPM-08 moves")
async def pressure_served(stage: Stage) -> Shown:
    before = await figures.numbers(stage, "SPM-08", stage.cast.patient.village)
    months = ended_months(stage.today)
    day = last_day(stage.today.year, months[-1]) if months else stage.today
    letter = Letter(stage.cast.patient, stage.network.facilities[CLINIC])
    visit = letter.visit(day)
    visit.pressure(136, 84)
    visit.treat(words.EDUCATION)
    await stage.post("clinic", FHIR, letter.bundle(), status=200)
    owners = ("public", "private") if months[:-1] else ("private",)
    return await _moved(stage, "SPM-08", stage.cast.patient.village, before, *owners)


@step(6, "PIP-2 sebelum: satu dosis kurang", "PIP-2 before: one dose is missing")
async def doses_before(stage: Stage) -> Shown:
    child = stage.cast.child
    letter = Letter(child, stage.network.facilities[PUSKESMAS])
    plan: tuple[tuple[int, tuple[tuple[words.Vaccine, int], ...]], ...] = (
        (0, ((words.HB0, 1),)),
        (20, ((words.BCG, 1), (words.OPV, 1))),
        (62, ((words.PENTA, 1), (words.OPV, 2))),
        (93, ((words.PENTA, 2), (words.OPV, 3))),
        (124, ((words.PENTA, 3), (words.OPV, 4))),
    )
    for age, doses in plan:
        visit = letter.visit(child.birth + timedelta(days=age))
        for vaccine, dose in doses:
            visit.vaccinate(vaccine, dose)
    answer = await stage.post("puskesmas", FHIR, letter.bundle(), status=200)
    stage.notes["child"] = identifiers_of(answer, "Patient")[0]
    return await _missing(stage, "PIP-2", stage.notes["child"], child, ["mr"])


@step(6, "Dosis yang dicatat terlambat: PIP-2 bergerak", "A dose recorded late: PIP-2 moves")
async def dose_recorded_late(stage: Stage) -> Shown:
    before = await figures.numbers(stage, "PIP-2", stage.cast.child.village)
    given = stage.cast.child.birth + timedelta(days=280)
    dose: dict[str, Any] = {
        "resourceType": "Immunization",
        "status": "completed",
        "vaccineCode": words.MR.code,
        "patient": {"reference": f"Patient/{stage.notes['child']}"},
        "occurrenceDateTime": f"{given.isoformat()}T09:00:00+07:00",
        "primarySource": False,
        "performer": [{"actor": {"reference": stage.network.facilities[CLINIC].organization}}],
        "reasonCode": words.MR.reason,
        "protocolApplied": [{"doseNumberPositiveInt": 1}],
    }
    await stage.post("clinic", f"{FHIR}/Immunization", dose, status=201)
    return await _moved(stage, "PIP-2", stage.cast.child.village, before, "public", "private")


@step(6, "SPM-08 per akhir bulan lalu: hari itu pun terjawab", "SPM-08 as of the last month's end can be asked too")
async def month_end(stage: Stage) -> Shown:
    months = ended_months(stage.today)
    year, month = (stage.today.year, months[-1]) if months else (stage.today.year - 1, 12)
    then = last_day(year, month)
    answer = await stage.get("admin", "/v1/indicators/SPM-08", by="village", as_of=then.isoformat(), year=year)
    row = next((row for row in answer["rows"] if row["code"] == stage.cast.patient.village), None)
    seen = f"{answer['as_of']}: {row['served']} dari (of) {row['eligible']}" if row else "-"
    return expect(
        f"{then}: ≥ 1", seen, row is not None and answer["as_of"] == then.isoformat() and row["eligible"] >= 1
    )


@step(6, "Angka terbuka: orang, lalu fakta tiap butir", "Each number opens: the people, then each item's facts")
async def opened(stage: Stage) -> Shown:
    seen = {}
    for service, person, human in (
        ("SPM-01", stage.notes["patient"], stage.cast.mother),
        ("SPM-08", stage.notes["hypertensive"], stage.cast.patient),
        ("PIP-2", stage.notes["child"], stage.cast.child),
    ):
        found = await figures.unit(stage, service, person, human.village)
        items = found["items"] if found else []
        proven = [item for item in items if item["met"] and (item["facts"] or item["withheld"])]
        if not found or not found["served"] or len(proven) != len(items):
            raise Failed(f"{service}: served", f"{len(proven)} dari (of) {len(items)}")
        seen[service] = len(proven)
    return Shown("SPM-01, SPM-08, PIP-2", ", ".join(f"{service}: {count} butir" for service, count in seen.items()))


@step(6, "Hitung ulang dari nol: tidak ada perbedaan", "Recomputed from nothing: no difference")
async def verified(stage: Stage) -> Shown:
    answer = await stage.get("admin", "/v1/indicators/verify")
    return expect("0 perbedaan (differences)", f"{len(answer['differences'])} perbedaan (differences)")


async def _missing(stage: Stage, service: str, person: str, human: Human, expected: list[str]) -> Shown:
    """Waits until the person's standing names exactly what is missing."""
    seen, stage.notes["ms"] = await stage.until(
        lambda: figures.missing(stage, service, person, human.village), lambda found: found == expected, WITHIN
    )
    return expect(expected, seen)


async def _moved(stage: Stage, service: str, village: str, before: Numbers, *owners: str) -> Shown:
    """Waits until village, puskesmas and the owners who had a part have one more."""
    after, stage.notes["ms"] = await stage.until(
        lambda: figures.numbers(stage, service, village), lambda now: now == before.plus_one(*owners), WITHIN
    )
    return expect(before.plus_one(*owners).since(before), after.since(before))


def ended_months(today: date) -> list[int]:
    """The months of this year that have ended (a month ends on its last day)."""
    whole = today.day == monthrange(today.year, today.month)[1]
    return list(range(1, today.month + whole))


def last_day(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def _now(stage: Stage) -> str:
    """This moment, on the day the system lives in."""
    return datetime.combine(stage.today, datetime.now(ZONE).time().replace(microsecond=0), ZONE).isoformat()
