"""The edges of the other rules: doses, months, birthdays, deaths, moves. Permenkes 6/2024, Permenkes 12/2017."""

from datetime import date, timedelta

import pytest

from tests.service.indicators.world import (
    TODAY,
    Stage,
    Write,
    condition,
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

LMP = date(2026, 1, 15)
SPM01, SPM08, PIP2 = "spm-01", "spm-08", "pip-2"


async def test_carried_in(scene: Stage) -> None:
    child = Write("Patient", "p", who(1), patient(date(2025, 2, 1)))
    doses = [
        ("VG45", 0),
        ("VG19", 20),
        *(("VG89", 30 + 30 * n) for n in range(4)),
        *(("198", 60 + 30 * n) for n in range(3)),
        ("VG03", 270),
    ]
    await scene.write(
        [
            child,
            *(
                Write("Immunization", f"i{n}", who(1), immunization(date(2025, 2, 1) + timedelta(days=d), c))
                for n, (c, d) in enumerate(doses)
            ),
        ]
    )
    row = (await rows(scene, PIP2))[who(1)]
    assert (row.served_on, row.month) == (date(2025, 10, 29), 0)


@pytest.mark.parametrize(
    ("ages", "met"),
    [([30, 54, 78, 102], True), ([30, 53, 77, 101], False), ([30, 53, 54, 78, 102], True),
     ([30, 40, 50, 60, 70, 80, 102], False),
     ([30, 40, 54, 64, 78, 88, 102], True), ([281, 305, 329, 364], True), ([281, 305, 329, 365], False)],
)  # fmt: skip
async def test_doses_are_24_days_apart_and_before_the_birthday(scene: Stage, ages: list[int], met: bool) -> None:
    born = date(2025, 3, 31)
    await scene.write([Write("Patient", "p", who(1), patient(born))])
    await scene.write(
        [Write("Immunization", f"i{a}", who(1), immunization(born + timedelta(days=a), "VG89")) for a in ages]
    )
    assert ("opv" not in (await rows(scene, PIP2))[who(1)].missing) == met


@pytest.mark.parametrize(("age", "met"), [(-1, False), (0, True), (7, True), (8, False)])
async def test_birth_dose_within_seven_days(scene: Stage, age: int, met: bool) -> None:
    born = date(2025, 3, 31)
    await scene.write(
        [
            Write("Patient", "p", who(1), patient(born)),
            Write("Immunization", "i", who(1), immunization(born + timedelta(days=age), "VG45")),
        ]
    )
    assert ("hb0" not in (await rows(scene, PIP2))[who(1)].missing) == met


@pytest.mark.parametrize(
    ("born", "day", "counted"),
    [
        (date(2025, 11, 21), date(2026, 11, 20), False), (date(2025, 11, 21), date(2026, 11, 21), True),
        (date(2024, 2, 29), date(2025, 2, 28), False), (date(2024, 2, 29), date(2025, 3, 1), True),
        (date(2025, 1, 1), date(2026, 1, 1), True), (date(2024, 12, 31), date(2026, 11, 21), False),
    ],
)  # fmt: skip
async def test_the_first_birthday(scene: Stage, born: date, day: date, counted: bool) -> None:
    await scene.write([Write("Patient", "p", who(1), patient(born))])
    assert (who(1) in await rows(scene, PIP2, day, day.year)) == counted


@pytest.mark.parametrize(("died", "counted"), [("2026-03-30", False), ("2026-03-31", False), ("2026-04-01", True)])
async def test_alive_on_the_first_birthday(scene: Stage, died: str, counted: bool) -> None:
    await scene.write([Write("Patient", "p", who(1), patient(date(2025, 3, 31), deceasedDateTime=died))])
    assert (who(1) in await rows(scene, PIP2)) == counted


@pytest.mark.parametrize(
    ("day", "missing"),
    [
        (date(2026, 3, 14), None), (date(2026, 3, 15), ("bp", "education")), (date(2026, 3, 30), ("bp", "education")),
        (date(2026, 3, 31), ("bp:2026-03", "education")), (date(2026, 4, 29), ("bp:2026-03", "education")),
        (date(2026, 4, 30), ("bp:2026-03", "bp:2026-04", "education")),
    ],
)  # fmt: skip
async def test_months_end_on_their_last_day(scene: Stage, day: date, missing: tuple[str, ...] | None) -> None:
    await scene.write(
        [
            Write("Patient", "p", who(1), patient(date(1970, 1, 1))),
            Write("Condition", "c", who(1), condition("I10", date(2026, 3, 15))),
        ]
    )
    found = (await rows(scene, SPM08, day)).get(who(1))
    assert (found.missing if found else None) == missing


async def test_blood_pressure_of_the_month(scene: Stage) -> None:
    ill = [
        Write("Patient", "p", who(1), patient(date(1970, 1, 1))),
        Write("Condition", "c", who(1), condition("I10", date(2026, 10, 15))),
    ]
    await scene.write([*ill, Write("Procedure", "e", who(1), procedure("409073007", date(2026, 1, 1)))])
    await scene.write([Write("Observation", "early", who(1), pressure(date(2026, 10, 1)))])
    row = (await rows(scene, SPM08))[who(1)]
    assert (row.missing, row.served_on) == ((), date(2026, 10, 1)), "earlier in the month of diagnosis counts"
    day = date(2026, 10, 20)
    assert (await rows(scene, SPM08, day))[who(1)].missing == ("bp",), "no month yet: only since the diagnosis"
    half = [
        Write("Observation", "s", who(1), observation("8480-6", day, **quantity(120, None))),
        Write("Observation", "d", who(1), observation("8462-4", day + timedelta(days=1), **quantity(80, None))),
    ]
    await scene.write(half)
    assert (await rows(scene, SPM08, date(2026, 10, 25)))[who(1)].missing == ("bp",), "two halves on two days are none"
    await scene.write([Write("Observation", "d", who(1), observation("8462-4", day, **quantity(80, None)))])
    assert (await rows(scene, SPM08, date(2026, 10, 25)))[who(1)].missing == ()


@pytest.mark.parametrize(
    ("status", "until", "open_on"),
    [("active", None, True), ("remission", date(2026, 5, 5), True), ("resolved", TODAY, False),
     ("resolved", TODAY + timedelta(days=1), True), ("inactive", None, False)],
)  # fmt: skip
async def test_a_diagnosis_ends_on_its_abatement(scene: Stage, status: str, until: date | None, open_on: bool) -> None:
    await scene.write([Write("Patient", "p", who(1), patient(date(1970, 1, 1)))])
    await scene.write([Write("Condition", "c", who(1), condition("I10", date(2026, 1, 1), status, until))])
    assert (who(1) in await rows(scene, SPM08)) == open_on


@pytest.mark.parametrize(("birth", "counted"), [(date(2011, 11, 21), True), (date(2011, 11, 22), False), (None, False)])
async def test_fifteen_years(scene: Stage, birth: date | None, counted: bool) -> None:
    await scene.write(
        [
            Write("Patient", "p", who(1), patient(birth)),
            Write("Condition", "c", who(1), condition("I10", date(2026, 1, 1))),
        ]
    )
    assert (who(1) in await rows(scene, SPM08)) == counted


async def test_the_dead_leave_but_their_pregnancies_stay(scene: Stage) -> None:
    ill = Write("Condition", "c", who(1), condition("I10", date(2026, 1, 1)))
    await scene.write([Write("Patient", "p", who(1), patient(date(1990, 1, 1))), ill, *pregnancy("ep", LMP)])
    assert who(1) in await rows(scene, SPM08)
    await scene.write(
        [Write("Observation", "d", who(1), observation("81956-5", None, valueDateTime="2026-11-01T10:00:00+07:00"))]
    )
    assert await rows(scene, SPM08) == {} and who(1) in await rows(scene, SPM08, date(2026, 10, 31))
    assert set(await rows(scene, SPM01)) == {"ep"}
    await scene.write([Write("Patient", "p", who(1), patient(date(1990, 1, 1), deceasedDateTime="2026-11-30"))])
    assert who(1) in await rows(scene, SPM08), "the Patient's own date rules"
    await scene.write([Write("Patient", "p", who(1), patient(date(1990, 1, 1), deceasedBoolean=True))])
    assert await rows(scene, SPM08, date(2026, 3, 3)) == {}, "dead without a date is dead at every date"


async def test_a_move_is_a_move_for_every_day(scene: Stage) -> None:
    ill = Write("Condition", "c", who(1), condition("I10", date(2026, 1, 1)))
    await scene.write([Write("Patient", "p", who(1), patient(date(1970, 1, 1), "1410011001")), ill])
    await scene.write([Write("Patient", "p", who(1), patient(date(1970, 1, 1), "1410011002"))])
    assert {(await rows(scene, SPM08, d))[who(1)].village for d in (TODAY, date(2026, 2, 2))} == {"1410011002"}
    cells = await scene.conn.fetch(
        "SELECT village, units FROM tally_residence WHERE standard LIKE 'spm-08%' AND year = 2026 AND units <> 0"
    )
    assert [tuple(r) for r in cells] == [("1410011002", 1)]


async def test_a_newborn_takes_the_mothers_village(scene: Stage) -> None:
    await scene.write([Write("Patient", "c", who(2), patient(date(2025, 5, 5), None, mother=who(1)))])
    assert (await rows(scene, PIP2))[who(2)].village == ""
    await scene.write([Write("Patient", "m", who(1), patient(date(1990, 1, 1), "1410011001"))])
    assert (await rows(scene, PIP2))[who(2)].village == "1410011001"
    await scene.write([Write("Patient", "m", who(1), patient(date(1990, 1, 1), "1410011002"))])
    assert (await rows(scene, PIP2))[who(2)].village == "1410011002"
    await scene.write([Write("Patient", "c", who(2), patient(date(2025, 5, 5), "9900000001", mother=who(1)))])
    assert (await rows(scene, PIP2))[who(2)].village == "9900000001"


async def test_the_last_written_active_patient_speaks(scene: Stage) -> None:
    ill = Write("Condition", "c", who(1), condition("I10", date(2026, 1, 1)))
    await scene.write(
        [ill, *(Write("Patient", f"p{n}", who(1), patient(date(1970, 1, 1), f"141001100{n}")) for n in (1, 2))]
    )
    assert (await rows(scene, SPM08))[who(1)].village == "1410011002"
    await scene.write([Write("Patient", "p1", who(1), patient(date(1970, 1, 1), "1410011001"))])
    assert (await rows(scene, SPM08))[who(1)].village == "1410011001"
    await scene.write([Write("Patient", "p1", who(1), patient(date(1970, 1, 1), "1410011001", active=False))])
    assert (await rows(scene, SPM08))[who(1)].village == "1410011002"
    await scene.write([Write("Patient", "p2", who(1), None)])
    assert await rows(scene, SPM08) == {}


async def test_the_same_person_by_two_facilities_counts_once(scene: Stage) -> None:
    for n, clinic in enumerate(("K1", "K2")):
        await scene.write([
            Write("Patient", f"p{n}", who(1), patient(date(1970, 1, 1)), clinic),
            Write("Condition", f"c{n}", who(1), condition("I10", date(2026, 1, 1 + n)), clinic),
            Write("Observation", f"o{n}", who(1), pressure(date(2026, 1, 5)), clinic),
        ])  # fmt: skip
    row = (await rows(scene, SPM08))[who(1)]
    assert row.facilities == ("K1",), "of two on one day the first received met the item"
    assert (
        await scene.conn.fetchval(
            "SELECT sum(units) FROM tally_residence WHERE standard LIKE 'spm-08%' AND year = 2026"
        )
        == 1
    )


async def test_a_record_moves_to_another_person(scene: Stage) -> None:
    for n in (1, 2):
        await scene.write([Write("Patient", f"p{n}", who(n), patient(date(1970, 1, n)))])
    await scene.write([Write("Condition", "c", who(1), condition("I10", date(2026, 1, 1)))])
    assert set(await rows(scene, SPM08)) == {who(1)}
    await scene.write([Write("Condition", "c", who(2), condition("I10", date(2026, 1, 1)))])
    assert (
        set(await rows(scene, SPM08)) == {who(2)} == {u for y, u in await scene.kept(kept(scene, SPM08)) if y == 2026}
    )
