"""The edges of services 04 to 12: ages, years, doses, parts of one item, another service's windows."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.indicators.room import Room
from services.indicators.usecases.day import turn_chunk
from tests.service.indicators.world import (
    TODAY,
    Stage,
    Write,
    condition,
    encounter,
    form,
    immunization,
    kept,
    observation,
    patient,
    pregnancy,
    pressure,
    procedure,
    quantity,
    rows,
    who,
)

SPM04, SPM05, SPM06, SPM07, SPM09, SPM10, SPM11, SPM12 = (f"spm-{n:02}" for n in (4, 5, 6, 7, 9, 10, 11, 12))
SNOMED = "http://snomed.info/sct"
ME = who(1)


@pytest.fixture(scope="module")
def rules() -> Room:
    """Only the services that count persons."""
    return Room(None, ZoneInfo("Asia/Jakarta")).only(SPM04, SPM05, SPM06, SPM07, SPM09, SPM10, SPM11, SPM12)


def day(n: int, start: date = date(2026, 1, 1)) -> date:
    return start + timedelta(days=n)


def born(on: date | None, **more: object) -> Write:
    return Write("Patient", "p", ME, patient(on, **more))


def saw(code: str, on: date, n: str = "", **value: object) -> Write:
    return Write("Observation", f"{code}-{on}{n}", ME, observation(code, on, **value))


def weighed(on: date) -> Write:
    return saw("29463-7", on, **quantity(10, "kg"))


def did(code: str, on: date) -> Write:
    return Write("Procedure", f"{code}-{on}", ME, procedure(code, on))


def taught(on: date) -> Write:
    return did("409073007", on)


def given(born_on: date, *plan: tuple[str, int], client: str = "K1") -> list[Write]:
    return [
        Write("Immunization", f"{code}-{n}", ME, immunization(day(n, born_on), *code.split()), client)
        for code, n in plan
    ]


BASIC = [
    ("VG45", 0),
    ("VG19", 20),
    *(("VG89", 30 + 30 * n) for n in range(4)),
    *(("198", 60 + 30 * n) for n in range(3)),
]
COMPLETE = [*BASIC, ("VG03", 400)]


@pytest.mark.parametrize(
    ("birth", "counted"),
    [(date(2025, 11, 21), True), (date(2025, 11, 22), False), (date(2021, 11, 22), True), (date(2021, 11, 21), False),
     (date(2024, 2, 29), True), (None, False)],
)  # fmt: skip
async def test_twelve_to_fifty_nine_months(scene: Stage, birth: date | None, counted: bool) -> None:
    await scene.write([born(birth)])
    assert (ME in await rows(scene, SPM04)) == counted


@pytest.mark.parametrize(
    ("standard", "first", "gone"),
    [(SPM05, 7, 16), (SPM06, 15, 60), (SPM07, 60, None)],
)
async def test_ages_in_years(scene: Stage, standard: str, first: int, gone: int | None) -> None:
    """Counted from the birthday on; the day before the next age still."""
    for years, after, counted in [
        (first, 0, True),
        (first, 1, False),
        *([(gone, 0, False), (gone, 1, True)] if gone else []),
    ]:
        await scene.write([born(day(after, date(2026 - years, 11, 21)))])
        assert (ME in await rows(scene, standard)) == counted, (years, after)


@pytest.mark.parametrize(("standard", "years"), [(SPM04, 1), (SPM05, 7), (SPM05, 16), (SPM06, 15), (SPM07, 60)])
async def test_a_birthday_alone_moves_a_person(scene: Stage, standard: str, years: int) -> None:
    await scene.write([born(date(2026 - years, 11, 22))])
    before = ME in {unit for _, unit in await scene.kept(kept(scene, standard))}
    while not await turn_chunk(scene.conn, scene.room, date(2026, 11, 22)):
        pass
    units = {unit for year, unit in await scene.kept(kept(scene, standard)) if year == 2026}
    assert before == (years == 16) and (ME in units) != before


async def test_what_an_infant_had_this_year_counts_once_it_is_one(scene: Stage) -> None:
    await scene.write([born(date(2025, 11, 21)), *(weighed(day(30 * n)) for n in range(8)), weighed(day(-1))])
    assert await rows(scene, SPM04, date(2026, 11, 20)) == {}
    assert "weight" not in (await rows(scene, SPM04))[ME].missing
    await scene.write([Write("Observation", f"29463-7-{day(0)}", ME, None)])
    assert "weight" in (await rows(scene, SPM04))[ME].missing, "seven this year, one last year"


@pytest.mark.parametrize(("gaps", "met"), [([30], True), ([29], False), ([29, 1], True), ([15, 14], False)])
async def test_vitamin_a_thirty_days_apart(scene: Stage, gaps: list[int], met: bool) -> None:
    on, capsules = day(40), [did("767224000", day(40))]
    for gap in gaps:
        on += timedelta(days=gap)
        capsules.append(did("767224000", on))
    await scene.write([born(date(2024, 1, 1)), *capsules])
    row = (await rows(scene, SPM04))[ME]
    assert ("vitamin_a" not in row.missing) == met
    if not met:
        assert row.due[row.missing.index("vitamin_a")] == (day(70), date(2026, 12, 31)), "due 30 days after the first"


@pytest.mark.parametrize(
    ("birth", "plan", "missing"),
    [
        (date(2025, 5, 5), COMPLETE, set()),
        (date(2025, 5, 5), BASIC, {"idl"}),
        (date(2025, 5, 5), [("VG45", 8), *COMPLETE[1:]], {"idl"}),
        (date(2024, 11, 22), COMPLETE, set()),
        (date(2024, 11, 21), COMPLETE, {"booster"}),
        (date(2024, 11, 21), [*COMPLETE, ("198", 550), ("VG03", 424)], set()),
        (date(2024, 11, 21), [*COMPLETE, ("198", 143), ("VG03", 424)], {"booster"}),
        (date(2024, 11, 21), [*COMPLETE, ("198", 144), ("VG03", 423)], {"booster"}),
    ],
)
async def test_late_doses_count_and_boosters_come_at_two(
    scene: Stage, birth: date, plan: list[tuple[str, int]], missing: set[str]
) -> None:
    await scene.write([born(birth), *given(birth, *plan)])
    assert {m for m in (await rows(scene, SPM04))[ME].missing if m in ("idl", "booster")} == missing


async def test_a_set_of_vaccines_is_one_item_of_whoever_completes_it(scene: Stage) -> None:
    birth = date(2025, 5, 5)
    await scene.write([born(birth), *given(birth, *BASIC, client="K1")])
    row = (await rows(scene, SPM04))[ME]
    assert row.facilities == () and row.due[row.missing.index("idl")][0] == birth
    await scene.write(given(birth, ("VG03", 280), client="K2"))
    assert (await rows(scene, SPM04))[ME].facilities == ("K2",)


async def test_screening_in_the_year(scene: Stage) -> None:
    items = [saw("8280-0", day(9), **quantity(80, "cm")), weighed(day(9)), saw("8308-9", day(9), **quantity(160, "cm")),
             Write("Observation", "bp", ME, pressure(day(9))),
             Write("QuestionnaireResponse", "q", ME, form("Q0013", day(9)))]  # fmt: skip
    await scene.write([born(date(1990, 5, 5)), *items, saw("2345-7", day(-1), **quantity(100, "mg/dL"))])
    assert (await rows(scene, SPM06))[ME].missing == ("glucose",), "last year's glucose is last year's"
    await scene.write([saw("4548-4", day(20), **quantity(6.1, "%"))])
    row = (await rows(scene, SPM06))[ME]
    assert (row.missing, row.served_on, row.month) == ((), day(20), 1)
    assert (await rows(scene, SPM06, day(300), 2025))[ME].missing != ()
    await scene.write([born(date(1990, 5, 5), deceasedDateTime="2026-11-21")])
    assert await rows(scene, SPM06) == {} and ME in await rows(scene, SPM06, date(2026, 11, 20))


async def test_skilas_is_cognition_and_mood(scene: Stage) -> None:
    await scene.write([born(date(1950, 5, 5)), Write("Encounter", "e", ME, encounter(day(-1)))])
    await scene.write([Write("QuestionnaireResponse", "q", ME, form("Q0042", day(1), "e"))])
    assert {"cognition", "mood"} <= set((await rows(scene, SPM07))[ME].missing), "the visit was last year"
    await scene.write([Write("QuestionnaireResponse", "q", ME, form("Q0042", day(1)))])
    assert {"cognition", "mood"}.isdisjoint((await rows(scene, SPM07))[ME].missing)


async def test_diabetes_month_by_month(scene: Stage) -> None:
    ill = Write("Condition", "c", ME, condition("E11.9", date(2026, 9, 15)))
    await scene.write(
        [born(date(1970, 1, 1)), ill, taught(day(3)), saw("2345-7", date(2026, 9, 1), **quantity(9, "mmol/L"))]
    )
    assert (await rows(scene, SPM09))[ME].missing == ("glucose:2026-10",)
    assert (await rows(scene, SPM09, date(2026, 9, 29)))[ME].missing == ("glucose",), (
        "no month yet: since the diagnosis"
    )
    await scene.write([saw("1558-6", date(2026, 10, 31), **quantity(120, "mg/L"))])
    assert (await rows(scene, SPM09))[ME].missing == ("glucose:2026-10",), "a unit nobody knows is no measure"


async def test_severe_mental_disorder_at_any_age(scene: Stage) -> None:
    ill = Write("Condition", "c", ME, condition("F20.0", date(2019, 1, 1)))
    await scene.write([born(None), ill])
    assert (await rows(scene, SPM10))[ME].missing == ("mental_status_exam", "education")
    await scene.write([saw("8693-4", day(1)), taught(day(2))])
    assert (await rows(scene, SPM10))[ME].served_on == day(2)
    await scene.write([Write("Condition", "c", ME, condition("F20.0", date(2019, 1, 1), "resolved", TODAY))])
    assert await rows(scene, SPM10) == {} and ME in await rows(scene, SPM10, date(2026, 11, 20))
    await scene.write([ill, born(None, deceasedBoolean=True)])
    assert await rows(scene, SPM10) == {}


@pytest.mark.parametrize("code", ["Z03.0", "Z11.1", "A16.2"])
async def test_suspected_of_tuberculosis_in_the_year(scene: Stage, code: str) -> None:
    await scene.write([born(date(1990, 1, 1)), Write("Condition", "c", ME, condition(code, date(2025, 12, 31)))])
    assert await rows(scene, SPM11) == {} and ME in await rows(scene, SPM11, TODAY, 2025)
    await scene.write(
        [Write("Condition", "c", ME, condition(code, day(0))), born(date(1990, 1, 1), deceasedDateTime="2026-02-01")]
    )
    assert (await rows(scene, SPM11))[ME].missing == ("tb_test", "education"), "who has died stays"


async def test_who_is_tested_was_suspected(scene: Stage) -> None:
    await scene.write([born(date(1990, 1, 1)), saw("24648-8", day(5)), taught(day(9))])
    assert (await rows(scene, SPM11))[ME].served_on == day(9)
    assert await rows(scene, SPM11, day(4)) == {}


@pytest.mark.parametrize("code", ["A15.0", "A53.9", "Z11.4"])
async def test_at_risk_of_hiv_by_diagnosis(scene: Stage, code: str) -> None:
    await scene.write([born(None), Write("Condition", "c", ME, condition(code, day(3), "resolved", day(9)))])
    await scene.write([saw("68961-2", day(-1)), taught(day(9))])
    assert (await rows(scene, SPM12))[ME].missing == ("hiv_test",), (
        "last year's test, without a pregnancy, is last year's"
    )
    group = saw("TK000034", date(2025, 3, 3), system="http://terminology.kemkes.go.id")
    await scene.write([Write("Condition", "c", ME, None), group])
    assert await rows(scene, SPM12) == {} and ME in await rows(scene, SPM12, TODAY, 2025)


async def test_a_pregnancy_is_a_risk_and_its_window_counts(scene: Stage) -> None:
    lmp = date(2025, 9, 1)
    await scene.write([born(date(1995, 1, 1)), *pregnancy("ep", lmp), saw("68961-2", lmp), taught(date(2025, 12, 31))])
    row = (await rows(scene, SPM12))[ME]
    assert (row.missing, row.month, row.served_on) == ((), 0, date(2025, 12, 31)), "carried in"
    await scene.write([saw("68961-2", day(-1, lmp)), Write("Observation", f"68961-2-{lmp}", ME, None)])
    row = (await rows(scene, SPM12))[ME]
    assert row.missing == ("hiv_test",) and row.due == ((lmp, date(2026, 12, 31)),), "the day before it began does not"
    await scene.write([Write("Condition", "lost", ME, condition("O03.9", day(5)))])
    assert await rows(scene, SPM12) == {} and ME in await rows(scene, SPM12, day(4))


async def test_between_two_pregnancies_nothing_counts(scene: Stage) -> None:
    """The first belongs to 2026 by its date, but ended in 2025; the second began a month later and was lost."""
    one, two = date(2025, 4, 1), date(2025, 11, 1)
    await scene.write([born(date(1995, 1, 1)), *pregnancy("a", one), *pregnancy("b", two, date(2025, 12, 1))])
    await scene.write([Write("Condition", "lost", ME, condition("O03.9", date(2025, 12, 20))), taught(day(3))])
    await scene.write([saw("68961-2", date(2025, 11, 5))])
    assert (await rows(scene, SPM12))[ME].missing == ("hiv_test",), "in the lost one, outside the other's window"
    await scene.write([saw("68961-2", date(2025, 10, 31))])
    assert (await rows(scene, SPM12))[ME].missing == ()


async def test_a_period_said_to_begin_tomorrow_has_no_window_yet(scene: Stage) -> None:
    await scene.write([born(date(1995, 1, 1)), *pregnancy("ep", day(325), day(300)), taught(day(324))])
    assert await rows(scene, SPM12, TODAY, 2026) == {} and ME in await rows(scene, SPM12, TODAY, 2027)


async def test_a_pregnancy_nobody_dated_is_a_risk_without_a_window(scene: Stage) -> None:
    await scene.write(
        [born(date(1995, 1, 1)), pregnancy("ep", day(0), day(10))[0], saw("68961-2", day(-1)), taught(day(2))]
    )
    assert (await rows(scene, SPM12))[ME].missing == ("hiv_test",)
