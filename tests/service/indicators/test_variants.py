"""The variants that lie beside the standards, switched on: school years, twelve of twelve, once a year, more items."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from services.indicators.reading.concepts import HERE
from services.indicators.room import Room
from services.indicators.usecases import day as usecases_day
from tests.service.indicators.lives import batches, patient_with_hypertension
from tests.service.indicators.lives_persons import screened, under_five
from tests.service.indicators.play import SEEDS, SOME
from tests.service.indicators.world import (
    TODAY,
    Row,
    Stage,
    Write,
    condition,
    immunization,
    observation,
    patient,
    pressure,
    procedure,
    quantity,
    rows,
    who,
)

ME, SNOMED = who(1), "http://snomed.info/sct"
VARIANTS = ["spm-05.tahun-ajaran", "spm-08.12-dari-12", "spm-08.sekali-setahun", "spm-09.12-dari-12",
            "spm-09.sekali-setahun"]  # fmt: skip
SCHOOL, EVERY, ONCE = VARIANTS[:3]


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Room:
    """The variants, and services 4 and 6 with everything that may be asked for."""
    folder = Path(tmp_path_factory.mktemp("standards"))
    for key in (*VARIANTS, "spm-04.permenkes-6-2024", "spm-06.permenkes-6-2024"):
        text = (HERE / f"{key}.toml").read_text()
        (folder / f"{key}.toml").write_text(text.replace("active = false", "active = true"))
    return Room(folder, ZoneInfo("Asia/Jakarta")).only("spm-04", "spm-05", "spm-06", "spm-08", "spm-09")


@pytest.fixture
async def stage(conn: Any, varied: Room) -> AsyncIterator[Stage]:
    """An empty service with these rules; what is kept equals what is computed, whatever was written."""
    undo = conn.transaction()
    await undo.start()
    stage = Stage(conn, varied)
    await stage.begin(TODAY)
    yield stage
    assert await stage.differences() == []
    await undo.rollback()


def screening(on: date) -> list[Write]:
    """Everything service 5 asks for, on one day."""
    made = [observation("29463-7", on, **quantity(30, "kg")), observation("8308-9", on, **quantity(130, "cm")),
            pressure(on), observation("79882-7", on), observation("247301006", on, system=SNOMED)]  # fmt: skip
    return [Write("Observation", f"{n}-{on}", ME, resource) for n, resource in enumerate(made)]


async def one(stage: Stage, standard: str, day: date = TODAY, year: int = 2026) -> Row | None:
    return (await rows(stage, standard, day, year)).get(ME)


@pytest.mark.parametrize(
    ("on", "year", "month"),
    [(date(2025, 7, 1), 2026, 1), (date(2025, 12, 31), 2026, 6), (date(2026, 6, 30), 2026, 12),
     (date(2026, 7, 1), 2027, 1), (date(2026, 11, 20), 2027, 5)],
)  # fmt: skip
async def test_a_school_year_is_called_by_its_end(stage: Stage, on: date, year: int, month: int) -> None:
    await stage.write([Write("Patient", "p", ME, patient(date(2015, 5, 5))), *screening(on)])
    for asked in (2025, 2026, 2027):
        row = await one(stage, SCHOOL, TODAY, asked)
        assert row and (row.served_on, row.month) == ((on, month) if asked == year else (None, -1))
    assert {y for y, _ in await stage.kept(next(k for k in stage.room.kept if k.standard.key == SCHOOL))} == {
        2025,
        2026,
        2027,
    }
    assert stage.room.find("spm-05", 2026).standard.set == "permenkes-6-2024", "a variant is not the official one"  # type: ignore[union-attr]


async def test_a_school_year_that_is_over_stands(stage: Stage) -> None:
    """Age and life are those of 30 June, whenever it is looked at later."""
    await stage.write([Write("Patient", "p", ME, patient(date(2010, 7, 1), deceasedDateTime="2026-07-01"))])
    assert await one(stage, SCHOOL) and await one(stage, SCHOOL, date(2026, 6, 30)), "fifteen and alive until that day"
    assert await one(stage, SCHOOL, TODAY, 2027) is None
    row = await one(stage, SCHOOL, date(2026, 1, 1))
    assert row and row.due[0] == (date(2025, 7, 1), date(2026, 6, 30))


async def test_twelve_of_twelve(stage: Stage) -> None:
    ill = Write("Condition", "c", ME, condition("I10", date(2026, 3, 15)))
    months = [Write("Observation", f"bp{m}", ME, pressure(date(2026, m, 9))) for m in range(1, 13)]
    taught = Write("Procedure", "e", ME, procedure("409073007", date(2026, 1, 2)))
    await stage.write([Write("Patient", "p", ME, patient(date(1960, 1, 1))), ill, taught, *months[1:]])
    row = await one(stage, EVERY)
    assert row and row.missing == ("bp:2026-01", "bp:2026-12"), "also before the diagnosis, also what is to come"
    await stage.write([months[0]])
    row = await one(stage, EVERY, date(2026, 12, 31))
    assert row and row.served_on == date(2026, 12, 9)


async def test_once_a_year(stage: Stage) -> None:
    ill = Write("Condition", "c", ME, condition("I10", date(2026, 3, 15)))
    taught = Write("Procedure", "e", ME, procedure("409073007", date(2026, 1, 2)))
    await stage.write([Write("Patient", "p", ME, patient(date(1960, 1, 1))), ill, taught])
    await stage.write([Write("Observation", "bp", ME, pressure(date(2026, 2, 3)))])
    row, strict = await one(stage, ONCE), await one(stage, "spm-08")
    assert row and row.served_on == date(2026, 2, 3) and strict and "bp:2026-04" in strict.missing


@pytest.mark.parametrize(
    ("sex", "birth", "asked"),
    [("female", date(1996, 11, 21), True), ("female", date(1996, 11, 22), False), ("male", date(1990, 1, 1), False),
     ("female", date(1975, 11, 22), True), ("female", date(1975, 11, 21), False)],
)  # fmt: skip
async def test_women_of_thirty_to_fifty(stage: Stage, sex: str, birth: date, asked: bool) -> None:
    await stage.write([Write("Patient", "p", ME, patient(birth, gender=sex))])
    row = await one(stage, "spm-06")
    assert row and ({"iva_test", "breast_exam"} <= set(row.missing)) == asked


@pytest.mark.parametrize(("birth", "asked"), [(date(2023, 1, 1), True), (date(2022, 12, 31), False)])
async def test_the_newer_antigens_by_birth_cohort(stage: Stage, birth: date, asked: bool) -> None:
    plan = [
        ("VG45", 0),
        ("VG19", 20),
        *(("VG89", 30 + 30 * n) for n in range(4)),
        *(("198", 60 + 30 * n) for n in range(4)),
    ]
    plan += [("VG03", 280), ("VG03", 560)]
    given = [Write("Immunization", f"{c}{n}", ME, immunization(birth + timedelta(days=n), c)) for c, n in plan]
    await stage.write([Write("Patient", "p", ME, patient(birth)), *given])
    row = await one(stage, "spm-04")
    assert row and ("idl" in row.missing) == asked


@SOME
@given(seed=SEEDS)
async def test_kept_as_computed(conn: Any, varied: Room, seed: int) -> None:
    rnd = Random(seed)  # noqa: S311
    undo = conn.transaction()
    await undo.start()
    try:
        stage = Stage(conn, varied)
        days = [date(2026, 6, 29), date(2026, 6, 30), date(2026, 7, 1), date(2026, 11, 20), TODAY]
        await stage.begin(days[0])
        for batch in batches(rnd, rnd.choice([screened, under_five, patient_with_hypertension])):
            await stage.write(batch)
            if days[1:] and rnd.random() < 0.5:
                days.pop(0)
                while not await usecases_day.turn_chunk(conn, varied, days[0]):
                    pass
        assert await stage.differences() == []
    finally:
        await undo.rollback()
