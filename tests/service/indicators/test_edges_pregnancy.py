"""The edges of care in pregnancy: days, windows, episodes, losses. Permenkes 6/2024, Permenkes 21/2021 art. 13."""

from datetime import date, timedelta

import pytest

from tests.service.indicators.world import (
    TODAY,
    Stage,
    Write,
    condition,
    dated,
    encounter,
    episode,
    kept,
    observation,
    pregnancy,
    quantity,
    rows,
    tablets,
    who,
)

LMP = date(2026, 1, 15)
SPM01 = "spm-01"


def after(days: int) -> date:
    return LMP + timedelta(days=days)


def contacts(*ages: int) -> list[Write]:
    return [Write("Encounter", f"v{n}", who(1), encounter(after(g), number="K1M")) for n, g in enumerate(ages)]


@pytest.mark.parametrize(
    ("ages", "missing"),
    [
        ([90], {"contact_t2", "contact_t3"}),
        ([91], {"contact_t1", "contact_t2", "contact_t3"}),
        ([0, 91, 174], {"contact_t3"}),
        ([0, 91, 175], {"contact_t2", "contact_t3"}),
        ([0, 91, 91], {"contact_t2", "contact_t3"}),
        ([0, 100, 101, 175, 176, 177], set()),
        ([0, 100, 101, 175, 176, 176], {"contact_t3"}),
        ([0, 100, 101, 175, 176, 308], set()),
        ([0, 100, 101, 175, 176, 309], {"contact_t3"}),
        ([-1, 100, 101, 175, 176, 177], {"contact_t1"}),
    ],
)
async def test_trimesters(scene: Stage, ages: list[int], missing: set[str]) -> None:
    first = Write("Observation", "lmp", who(1), observation("8665-2", after(200), "x", valueDateTime=str(LMP)))
    within = Write("Encounter", "x", who(1), encounter(after(200), "ep", status="cancelled"))
    await scene.write([Write("EpisodeOfCare", "ep", who(1), episode(after(40))), within, first, *contacts(*ages)])
    found = (await rows(scene, SPM01, date(2026, 12, 31)))["ep"]
    assert {m for m in found.missing if m.startswith("contact")} == missing


async def test_a_visit_that_holds_the_birth_is_no_contact(scene: Stage) -> None:
    await scene.write([*pregnancy("ep", LMP), *contacts(100, 101, 180, 190, 280)])
    born = observation("93857-1", after(280), "v4", valueDateTime=f"{after(280)}T10:00:00+07:00")
    await scene.write([Write("Observation", "born", who(1), born)])
    assert {m for m in (await rows(scene, SPM01))["ep"].missing if "contact" in m} == {"contact_t3"}
    await scene.write([Write("Observation", "born", who(1), None)])
    assert {m for m in (await rows(scene, SPM01))["ep"].missing if "contact" in m} == set()


async def test_a_cancelled_visit_loses_its_contact_but_not_its_observations(scene: Stage) -> None:
    await scene.write(pregnancy("ep", LMP))
    await scene.write(
        [Write("Observation", "w", who(1), observation("29463-7", None, "first-ep", **quantity(50, "kg")))]
    )
    assert not {"contact_t1", "weight"} & set((await rows(scene, SPM01))["ep"].missing)
    await scene.write([Write("Encounter", "first-ep", who(1), encounter(after(40), "ep", status="cancelled"))])
    missing = set((await rows(scene, SPM01))["ep"].missing)
    assert "contact_t1" in missing and "weight" not in missing
    await scene.write([Write("Encounter", "first-ep", who(1), None)])
    assert set(await rows(scene, SPM01)) == {"ep"} and (await rows(scene, SPM01))["ep"].missing == ("lmp",)


@pytest.mark.parametrize(("apart", "units"), [(0, 1), (59, 1), (60, 1), (61, 2), (200, 2)])
async def test_episodes_close_together_are_one_pregnancy(scene: Stage, apart: int, units: int) -> None:
    await scene.write([*pregnancy("ep1", LMP), *pregnancy("ep2", after(apart), start=after(apart + 41))])
    found = [u for y in (2026, 2027) for u in await rows(scene, SPM01, year=y, day=TODAY)]
    assert len(found) == units and found[0] == "ep1"


async def test_episodes_chain_by_neighbours_and_are_dated_afresh(scene: Stage) -> None:
    await scene.write([w for n, d in enumerate((0, 50, 100)) for w in pregnancy(f"ep{n}", after(d))])
    unit = kept(scene, SPM01)
    await scene.conn.execute("SET LOCAL enable_nestloop = off")
    found = await scene.conn.fetch(unit.detail, [2026], [TODAY], [who(1)])
    assert {r["unit_id"] for r in found} == set()  # dated by the latest said, it is due in 2027
    found = await scene.conn.fetch(unit.detail, [2027], [TODAY], [who(1)])
    assert {(r["unit_id"], r["anchor"]) for r in found} == {("ep0", after(100))}


@pytest.mark.parametrize(("lost", "units"), [(0, 1), (1, 1), (29, 1), (30, 0)])
async def test_a_loss_strictly_between_keeps_them_apart(scene: Stage, lost: int, units: int) -> None:
    """LMPs 30 days apart. On LMP 1 the loss ends the one pregnancy that both are; between, it ends the first only."""
    await scene.write([*pregnancy("ep1", LMP), *pregnancy("ep2", after(30))])
    await scene.write([Write("Condition", "l", who(1), condition("O03.9", after(lost)))])
    found = list(await rows(scene, SPM01))
    assert found == {0: [], 1: ["ep2"], 29: ["ep2"], 30: []}[lost] if lost else len(found) == units


@pytest.mark.parametrize(
    ("code", "lost", "born", "counted"),
    [
        ("O03.9", 100, None, False), ("O02.1", 308, None, False), ("O03", 309, None, True), ("O08", -1, None, True),
        ("O09", 100, None, True), ("O03.9", 280, 280, True), ("O03.9", 279, 280, False), ("O03.9", 281, 280, True),
    ],
)  # fmt: skip
async def test_a_loss_takes_the_pregnancy_out_from_that_day(
    scene: Stage, code: str, lost: int, born: int | None, counted: bool
) -> None:
    await scene.write([*pregnancy("ep", LMP), Write("Condition", "l", who(1), condition(code, after(lost)))])
    if born is not None:
        birth = observation("93857-1", None, valueDateTime=f"{after(born)}T10:00:00+07:00")
        await scene.write([Write("Observation", "b", who(1), birth)])
    assert ("ep" in await rows(scene, SPM01, date(2026, 12, 31))) == counted
    assert "ep" in await rows(scene, SPM01, after(lost - 1) if lost > 41 else after(60) if counted else after(90))


@pytest.mark.parametrize(
    ("begins", "ends", "units"),
    [
        (10, None, {"ep"}), (308, None, {"ep"}), (309, None, {"ep", "alone"}), (-308, None, {"ep"}),
        (-309, None, {"ep", "alone"}), (-30, -1, {"ep", "alone"}), (-30, 0, {"ep"}),
    ],
)  # fmt: skip
async def test_an_episode_without_a_date_belongs_to_the_pregnancy_it_overlaps(
    scene: Stage, begins: int, ends: int | None, units: set[str]
) -> None:
    lmp = LMP if begins > 0 else date(2026, 12, 1)
    alone = episode(lmp + timedelta(days=begins), None if ends is None else lmp + timedelta(days=ends))
    await scene.write([*pregnancy("ep", lmp, lmp + timedelta(days=20)), Write("EpisodeOfCare", "alone", who(1), alone)])
    found = [u for y in (2026, 2027) for u in await rows(scene, SPM01, date(2026, 12, 31), y)]
    assert set(found) == units


async def test_two_without_a_date_are_two_and_never_served(scene: Stage) -> None:
    await scene.write([Write("EpisodeOfCare", e, who(1), episode(date(2026, 3, 3))) for e in ("a", "b")])
    found = await rows(scene, SPM01)
    assert set(found) == {"a", "b"} and {r.missing for r in found.values()} == {("lmp",)}
    await scene.write([Write("Condition", "l", who(1), condition("O03.9", date(2026, 4, 4)))])
    assert await rows(scene, SPM01) == {}
    await scene.write(
        [Write("Observation", "b", who(1), observation("93857-1", None, valueDateTime="2026-04-04T01:00:00+07:00"))]
    )
    assert set(await rows(scene, SPM01)) == {"a", "b"}


async def test_dating_by_expected_date_and_by_gestational_age(scene: Stage) -> None:
    visit = Write("Encounter", "v", who(1), encounter(after(40), "ep"))
    await scene.write([Write("EpisodeOfCare", "ep", who(1), episode(after(40))), visit])

    async def anchor() -> date:
        found = await scene.conn.fetch(kept(scene, SPM01).detail, [2026], [TODAY], [who(1)])
        return found[0]["anchor"]  # type: ignore[no-any-return]

    await scene.write(
        [Write("Observation", "g1", who(1), observation("18185-9", after(90), "v", **quantity(12.3, "wk")))]
    )
    assert await anchor() == after(90 - 86)
    await scene.write([Write("Observation", "g2", who(1), observation("18185-9", after(60), "v", **quantity(8, "wk")))])
    assert await anchor() == after(60 - 56)
    await scene.write(
        [Write("Observation", "e", who(1), observation("11778-8", after(60), "v", valueDateTime=str(after(283))))]
    )
    assert await anchor() == after(3)
    await scene.write(
        [
            dated(LMP, "v", "l1"),
            Write("Observation", "l2", who(1), observation("8665-2", after(30), "v", valueDateTime=str(after(9)))),
        ]
    )
    assert await anchor() == LMP


async def test_iron_adds_up_every_dispense(scene: Stage) -> None:
    await scene.write(
        [
            *pregnancy("ep", LMP),
            *(Write("MedicationDispense", f"d{n}", who(1), tablets(30, after(100))) for n in range(2)),
        ]
    )
    assert "iron" in (await rows(scene, SPM01))["ep"].missing
    await scene.write([Write("MedicationDispense", "d3", who(1), tablets(30, after(100), "m"))])
    assert "iron" in (await rows(scene, SPM01))["ep"].missing
    await scene.write([Write("Medication", "m", "", {"code": tablets(1, None)["medicationCodeableConcept"]})])
    assert "iron" not in (await rows(scene, SPM01))["ep"].missing
    await scene.write([Write("Medication", "m", "", None)])
    assert "iron" in (await rows(scene, SPM01))["ep"].missing


async def test_a_birth_in_january_brings_the_year_before_with_it(scene: Stage) -> None:
    """The year is that of the birth; what was met before it began is carried in."""
    lmp = date(2025, 3, 20)
    await scene.write([*pregnancy("ep", lmp)])
    assert "ep" in await rows(scene, SPM01, date(2025, 12, 31), 2025)
    born = Write("Observation", "b", who(1), observation("93857-1", None, valueDateTime="2026-01-03T05:00:00+07:00"))
    await scene.write([born])
    assert "ep" in await rows(scene, SPM01) and await rows(scene, SPM01, TODAY, 2025) != {}
    assert "ep" not in await rows(scene, SPM01, TODAY, 2027)
