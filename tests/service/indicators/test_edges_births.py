"""The edges of births and newborns: what a visit lends, places, attendants, hours. Permenkes 6/2024."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from services.indicators.usecases import day
from tests.service.indicators.world import (
    TODAY,
    Stage,
    Write,
    attendant,
    delivery,
    encounter,
    immunization,
    kept,
    neonatal,
    observation,
    patient,
    place,
    procedure,
    quantity,
    rows,
    who,
)

LENT = "SELECT date, at, facility, hosted, visit_start, visit_until FROM fact WHERE concept = 'weight'"


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_what_a_visit_lends_whatever_arrives_first(scene: Stage, order: tuple[int, ...]) -> None:
    period = {"start": "2026-05-01T18:00:00Z", "end": "2026-05-03"}
    visit = encounter(None) | {"period": period}
    writes = [
        Write("Encounter", "v", who(1), encounter(date(2026, 1, 1))),
        Write("Encounter", "v", who(1), visit, provider="P1"),
        Write("Observation", "w", who(1), observation("29463-7", None, "v", **quantity(50, "kg")), provider="P2"),
    ]
    if order.index(0) > order.index(1):
        writes[0] = writes[1]
    for n in order:
        await scene.write([writes[n]])
    moment = datetime(2026, 5, 1, 18, tzinfo=UTC)
    lent = (date(2026, 5, 2), moment, "P1", True, date(2026, 5, 2), date(2026, 5, 3))
    assert tuple(await scene.conn.fetchrow(LENT)) == lent
    own = observation("29463-7", "2026-05-02T20:00:00+07:00", "v", **quantity(50, "kg"))
    await scene.write([Write("Observation", "w", who(1), own), Write("Encounter", "v", who(1), None)])
    told = (date(2026, 5, 2), datetime(2026, 5, 2, 13, tzinfo=UTC), "K1", False, None, None)
    assert tuple(await scene.conn.fetchrow(LENT)) == told
    await scene.write([Write("Encounter", "v", who(1), visit)])
    assert (await scene.conn.fetchrow(LENT))["at"] == told[1]


SPM02, SPM03, PIP4 = "spm-02", "spm-03", "pip-4"
BORN = date(2026, 5, 5)
DOCTOR, MIDWIFE, NURSE, NOBODY = "309343006", "309453006", "106292003", "17621005"


def on(days: int, from_: date = BORN) -> date:
    return from_ + timedelta(days=days)


def told(name: str, resource: dict[str, Any], person: int = 1, provider: str | None = None) -> Write:
    kind = "Observation" if "valueCodeableConcept" in resource or "valueDateTime" in resource else "Encounter"
    return Write(kind, name, who(person), resource, provider=provider)


async def facility(scene: Stage, standard: str = SPM02, day: date = TODAY) -> tuple[bool, tuple[str, ...]]:
    """Whether the one delivery was in a facility, and who is credited."""
    (row,) = (await rows(scene, standard, day)).values()
    return "facility" not in row.missing, row.facilities


@pytest.mark.parametrize(
    ("days", "units"),
    [([0], 1), ([0, 2], 1), ([0, 3], 2), ([0, 2, 4], 1), ([0, 2, 5], 2), ([-125, -124], 0), ([-125, 0], 1)],
)
async def test_what_is_told_within_two_days_is_one_delivery(scene: Stage, days: list[int], units: int) -> None:
    await scene.write(told(f"d{n}", delivery(on(d))) for n, d in enumerate(days))
    assert len(await rows(scene, SPM02)) == units


async def test_one_resource_that_tells_of_two_births(scene: Stage) -> None:
    twice = delivery(BORN)
    later = {"code": twice["code"], "valueDateTime": "2026-10-01T10:00:00+07:00"}
    await scene.write([told("d", twice | {"component": [later]})])
    assert {u for _, u in await scene.kept(kept(scene, SPM02))} == {"d", "d~1"}
    await scene.write([told("d", delivery(BORN))])


@pytest.mark.parametrize(
    ("code", "day", "visit", "met"),
    [
        ("102", 2, None, True), ("102", -2, None, True), ("102", 3, None, False), ("102", -3, None, False),
        ("102", 9, "v", True), ("102", 9, "other", False), ("101", 0, None, True), ("OT000008", 0, None, True),
        ("OT000001", 0, None, False), ("264362003", 0, None, False),
    ],
)  # fmt: skip
async def test_a_place_belongs_by_day_or_visit(scene: Stage, code: str, day: int, visit: str | None, met: bool) -> None:
    await scene.write([told("v", encounter(None)), told("other", encounter(None)), told("d", delivery(BORN, "v"))])
    await scene.write([told("p", place(on(day), code, visit), provider="P2")])
    assert await facility(scene) == await facility(scene, PIP4) == ((True, ("P2",)) if met else (False, ()))


@pytest.mark.parametrize(
    ("born", "mother", "met"),
    [(0, 1, True), (2, 1, True), (-2, 1, True), (3, 1, False), (0, 3, False), (0, None, False)],
)
async def test_a_place_on_the_child_counts_for_the_mother(
    scene: Stage, born: int, mother: int | None, met: bool
) -> None:
    baby = patient(on(born), None, **({"mother": who(mother)} if mother else {}))
    await scene.write([told("d", delivery(BORN))])
    await scene.write([told("p", place(on(9), "102"), person=2), Write("Patient", "b", who(2), baby)])
    assert (await facility(scene))[0] is met
    assert (await facility(scene, day=on(8)))[0] is False, "the fact is not yet dated"
    await scene.write([Write("Patient", "b", who(2), patient(on(30), mother=who(1)))])
    assert (await facility(scene))[0] is False
    await scene.write([Write("Patient", "b", who(2), patient(BORN, mother=who(1)))])
    assert (await facility(scene))[0] is True
    later = patient(BORN, "1410011002", active=True)
    await scene.write([Write("Patient", "own-nik", who(2), later)])
    assert (await facility(scene))[0] is True, "the first registration named her"
    await scene.write([told("p", place(on(9), "264362003"), person=2)])
    assert (await facility(scene))[0] is False


@pytest.mark.parametrize(
    ("period", "provider", "kind", "met"),
    [
        ({"start": "2026-04-20", "end": "2026-05-05"}, "P1", "102", True),
        ({"start": "2026-04-20", "end": "2026-05-04"}, "P1", "102", False),
        ({"start": "2026-04-20"}, "P1", "102", True),
        ({"start": "2026-05-07", "end": "2026-05-09"}, "P1", "104", True),
        ({"start": "2026-05-03", "end": "2026-05-03"}, "P1", "OT000013", True),
        ({"start": "2026-05-08"}, "P1", "102", False),
        ({"end": "2026-05-09"}, "P1", "102", False),
        (None, "P1", "102", False),
        ({"start": "2026-05-05"}, None, "102", False),
        ({"start": "2026-05-05"}, "P1", "101", False),
        ({"start": "2026-05-05"}, "P1", None, False),
    ],
)
async def test_the_provider_where_nobody_said_the_place(
    scene: Stage, period: dict[str, str] | None, provider: str | None, kind: str | None, met: bool
) -> None:
    visit = encounter(None) | ({"period": period} if period else {})
    await scene.facility("K1", "102")
    await scene.write([told("d", delivery(BORN, "v")), told("v", visit, provider=provider)])
    await scene.facility("P1", kind)
    await day.turn_chunk(scene.conn, scene.room, TODAY)
    await scene.assert_exact()
    assert await facility(scene) == ((True, ("P1",)) if met else (False, ()))
    (row,) = (await rows(scene, PIP4)).values()
    assert row.served_on == (BORN if met else None)
    await scene.write([told("p", place(on(1), "OT000001"))])
    assert await facility(scene) == (False, ()), "a place was said"
    assert (await facility(scene, day=BORN))[0] is met, "not yet on that day"


@pytest.mark.parametrize(
    ("team", "met"),
    [
        ([MIDWIFE, MIDWIFE], True), ([DOCTOR, NURSE], True), ([NURSE, NURSE], False), ([MIDWIFE], False),
        ([MIDWIFE, NOBODY], False), ([NURSE, NURSE, DOCTOR], True), ([], False),
    ],
)  # fmt: skip
async def test_two_skilled_attendants_one_of_them_doctor_or_midwife(scene: Stage, team: list[str], met: bool) -> None:
    await scene.write([told("d", delivery(BORN))])
    await scene.write(told(f"a{n}", attendant(on(n - 1), code)) for n, code in enumerate(team))
    (row,) = (await rows(scene, SPM02)).values()
    assert ("attendants" not in row.missing) is met


async def test_one_observation_with_two_professions_is_one_attendant(scene: Stage) -> None:
    both = attendant(BORN, DOCTOR)
    both["valueCodeableConcept"]["coding"] += attendant(BORN, MIDWIFE)["valueCodeableConcept"]["coding"]
    await scene.write([told("d", delivery(BORN)), told("a", both)])
    (row,) = (await rows(scene, SPM02)).values()
    assert "attendants" in row.missing
    await scene.write([told("b", attendant(on(1), NURSE), provider="P2"), told("p", place(BORN, "102"))])
    (row,) = (await rows(scene, SPM02)).values()
    assert (row.missing, row.served_on, row.facilities) == ((), on(1), ("K1", "P2"))


async def test_a_delivery_opens_down_to_what_the_child_says(stage: Stage, caller: Callable[..., Any]) -> None:
    async with stage.conn.transaction():
        await stage.write([
            Write("Patient", "m", who(1), patient(date(1996, 1, 1))), told("d", delivery(BORN)),
            Write("Patient", "b", who(2), patient(BORN, None, mother=who(1))), told("p", place(on(1), "104"), 2, "P2"),
        ])  # fmt: skip
    found = await caller("dinkes-admin").get("/v1/indicators/spm-02/units/d", params={"year": 2026})
    assert found.status_code == 200, found.text
    facility, attendants = found.json()["items"]
    assert (facility["met"], facility["met_on"], attendants["met"]) == (True, str(on(1)), False)
    ((fact,),) = [facility["facts"]]
    assert (fact["type"], fact["id"], fact["facility"], fact["value_date"]) == ("Observation", "p", "P2", str(BORN))


BABY = patient(BORN, mother=who(2))


@pytest.mark.parametrize(
    ("birth_time", "contact", "met"),
    [
        (None, "2026-05-05", {"kn1"}), (None, "2026-05-07", {"kn1"}), (None, "2026-05-08", {"kn2"}),
        (None, "2026-05-12", {"kn2"}), (None, "2026-05-13", {"kn3"}), (None, "2026-06-02", {"kn3"}),
        (None, "2026-06-03", set()), (None, "2026-05-04", set()), (None, "2026-05-07T23:00:00+07:00", {"kn1"}),
        ("08:00", "2026-05-05T13:59:00+07:00", set()), ("08:00", "2026-05-05T14:00:00+07:00", {"kn1"}),
        ("08:00", "2026-05-07T07:59:00+07:00", {"kn1"}), ("08:00", "2026-05-07T08:00:00+07:00", {"kn2"}),
        ("08:00", "2026-05-12T23:59:00+07:00", {"kn2"}), ("08:00", "2026-05-13T00:01:00+07:00", {"kn3"}),
        ("08:00", "2026-05-07", {"kn1"}), ("08:00", "2026-05-05", {"kn1"}), ("08:00", "2026-05-08", {"kn2"}),
        ("08:00", "2026-05-05T06:59:00Z", set()), ("08:00", "2026-05-05T07:00:00Z", {"kn1"}),
    ],
)  # fmt: skip
async def test_neonatal_contacts_by_hour_or_day(
    scene: Stage, birth_time: str | None, contact: str, met: set[str]
) -> None:
    born = {"birthTime": f"2026-05-05T{birth_time}:00+07:00"} if birth_time else {}
    await scene.write([Write("Encounter", "v", who(1), neonatal(contact))])
    await scene.write([Write("Patient", "b", who(1), BABY | born)])
    row = (await rows(scene, SPM03))[who(1)]
    assert {"kn1", "kn2", "kn3"} - set(row.missing) == met


@pytest.mark.parametrize(
    ("born", "year", "day", "counted"),
    [
        (date(2025, 12, 4), 2026, TODAY, True), (date(2025, 12, 3), 2026, TODAY, False),
        (date(2025, 12, 3), 2025, TODAY, True), (date(2026, 11, 21), 2026, TODAY, True),
        (date(2026, 11, 22), 2026, TODAY, False), (date(2026, 12, 3), 2026, date(2026, 12, 31), True),
        (date(2026, 12, 4), 2026, date(2026, 12, 31), False), (date(2026, 12, 4), 2027, date(2026, 12, 4), True),
    ],
)  # fmt: skip
async def test_a_newborn_belongs_to_the_year_of_its_28th_day(
    scene: Stage, born: date, year: int, day: date, counted: bool
) -> None:
    await scene.write([Write("Patient", "b", who(1), patient(born, deceasedBoolean=True))])
    assert (who(1) in await rows(scene, SPM03, day, year)) is counted


async def test_a_newborn_is_counted_from_the_day_of_birth(scene: Stage) -> None:
    await scene.write([Write("Patient", "b", who(1), patient(on(1, TODAY)))])
    assert await scene.kept(kept(scene, SPM03)) == {}
    await day.turn_chunk(scene.conn, scene.room, on(1, TODAY))
    assert set(await scene.kept(kept(scene, SPM03))) == {(2026, who(1))}


async def test_care_at_birth(scene: Stage) -> None:
    await scene.write([Write("Patient", "b", who(1), BABY)])
    for n, (code, age) in enumerate([("448883004", 3), ("PC000002", 3), ("431868002", 3)]):
        await scene.write([Write("Procedure", f"p{n}", who(1), procedure(code, on(age)))])
    await scene.write([Write("Immunization", "i", who(1), immunization(on(8), "VG45"))])
    asked = {"hb0", "vitamin_k", "eye_ointment", "early_care"}
    assert asked <= set((await rows(scene, SPM03))[who(1)].missing)
    for n, (code, age) in enumerate([("448883004", 2), ("PC000002", 2), ("PC000001", 2)]):
        await scene.write([Write("Procedure", f"p{n}", who(1), procedure(code, on(age)))])
    await scene.write([Write("Immunization", "i", who(1), immunization(on(7), "VG45"))])
    row = (await rows(scene, SPM03))[who(1)]
    assert row.missing == ("kn1", "kn2", "kn3") and row.due == ((BORN, on(2)), (on(3), on(7)), (on(8), on(28)))
