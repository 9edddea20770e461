"""Nutritional status at its edges: published values, days, postures, what is chosen, what is out of the rates."""

import csv
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import pytest

from tests.service.indicators.world import (
    TODAY,
    Stage,
    Write,
    coded,
    condition,
    kept,
    observation,
    patient,
    quantity,
    rows,
    uuid_of,
    who,
)

PIP3, STUNTING, AGAIN = "pip-3", "pip-3-stunting", "pip-3-remeasure"
LYING, STANDING, USUAL = "8306-3", "8308-9", "8302-2"


def child(age: int, sex: str = "male", day: date = TODAY, n: int = 1) -> Write:
    """A child who is so many days old on a day."""
    return Write("Patient", f"p{n}", who(n), patient(day - timedelta(days=age), gender=sex))


def weighed(kg: float, day: date = TODAY, ident: str = "w", n: int = 1) -> Write:
    return Write("Observation", ident, who(n), observation("29463-7", day, **quantity(kg, "kg")))


def sized(cm: float, code: str = USUAL, day: date = TODAY, ident: str = "h", n: int = 1) -> Write:
    return Write("Observation", ident, who(n), observation(code, day, **quantity(cm, "cm")))


async def z(scene: Stage, *persons: str, standard: str = PIP3, day: date = TODAY) -> dict[str, dict[str, Any]]:
    """What was measured of these persons, and what it means."""
    found = await scene.conn.fetch(
        kept(scene, standard).measurements, [day.year], [day], [uuid_of(p) for p in persons or [who(1)]]
    )
    return {r["unit_id"]: dict(r) for r in found}


@pytest.mark.parametrize(
    ("age", "cm", "code", "expected"),
    [
        (731, 81.0, STANDING, "-2.01"), (730, 81.0, LYING, "-2.23"), (730, 81.0, STANDING, "-2.00"),
        (731, 81.7, LYING, "-2.01"), (731, 81.0, USUAL, "-2.01"), (730, 81.0, USUAL, "-2.23"),
    ],
)  # fmt: skip
async def test_height_for_age_as_published(scene: Stage, age: int, cm: float, code: str, expected: str) -> None:
    await scene.write([child(age), weighed(10.5), sized(cm, code)])
    assert str((await z(scene))[who(1)]["height_for_age"]) == expected
    stunted = (await rows(scene, STUNTING))[who(1)]
    assert (stunted.missing == ()) == (expected != "-2.00")


async def test_the_restricted_formula(scene: Stage) -> None:
    await scene.write([child(365), weighed(20), sized(75.7)])
    assert await rows(scene, PIP3) == {} and (await rows(scene, AGAIN))[who(1)].missing == ("remeasure",)
    assert str((await z(scene, standard=AGAIN))[who(1)]["weight_for_age"]) == "7.90"


async def test_as_who_computes_a_survey(scene: Stage) -> None:
    """The sample survey that comes with WHO's igrowup, with the z-scores WHO's own software gives."""
    with files("pygrowup").joinpath("test_datasets/MySurvey_z_st.csv").open() as survey:
        sample = [r for r in csv.DictReader(survey) if r["age.days"] and r["WEIGHT"] and r["HEIGHT"]][:120]
    writes, expected = list[Write](), dict[str, tuple[str, ...]]()
    for n, r in enumerate(sample, 1):
        code = {"l": LYING, "h": STANDING}.get(r["measure"].lower(), USUAL)
        writes += [child(int(r["age.days"]), {"1": "male", "2": "female"}[r["GENDER"]], n=n),
                   weighed(round(float(r["WEIGHT"]), 4), ident=f"w{n}", n=n),
                   sized(round(float(r["HEIGHT"]), 4), code, ident=f"h{n}", n=n)]  # fmt: skip
        expected[who(n)] = (r["zwei"], r["zlen"], r["zwfl"])
    await scene.write(writes)
    everyone = [who(n) for n in range(1, len(sample) + 1)]
    found = await z(scene, *everyone) | await z(scene, *everyone, standard=AGAIN)
    compared = 0
    for person, scores in expected.items():
        if person not in found:
            continue  # past five years at the date of the survey
        ours = [found[person][c] for c in ("weight_for_age", "height_for_age", "weight_for_height")]
        for own, theirs in zip(ours, scores, strict=True):
            if own is not None and theirs not in ("", "NA"):
                assert float(own) == pytest.approx(float(theirs), abs=0.011), (person, ours, scores)
                compared += 1
    assert compared > 250


@pytest.mark.parametrize(
    ("score", "missing"),
    [(-2.0, ()), (1.0, ()), (-2.02, ("gizi_kurang",)), (-3.02, ("gizi_buruk",)), (1.02, ("risiko_lebih",)),
     (2.02, ("gizi_lebih",)), (3.05, ("obesitas",)), (-5.5, None), (5.5, None)],
)  # fmt: skip
async def test_classes(scene: Stage, score: float, missing: tuple[str, ...] | None) -> None:
    l, m, s = -0.3521, 9.5032, 0.08295  # noqa: E741 - boys, length 75.0 cm
    weight = m * (1 + l * s * min(max(score, -3), 3)) ** (1 / l)
    if abs(score) > 3:
        sign = 3 if score > 0 else -3
        one = m * (1 + l * s * sign * 2 / 3) ** (1 / l)
        weight += abs(weight - one) * (score - sign)
    await scene.write([child(360), weighed(weight), sized(75.0, LYING)])
    found = (await rows(scene, PIP3)).get(who(1))
    assert (found.missing if found else None) == missing
    assert (who(1) in await rows(scene, AGAIN)) == (missing is None)


async def test_the_last_day_with_both(scene: Stage) -> None:
    may, june = date(2026, 5, 4), date(2026, 6, 4)
    await scene.write([child(400), weighed(9.9, may, "w1"), sized(77, day=may, ident="h1"), weighed(5, june, "w2")])
    row = (await rows(scene, PIP3))[who(1)]
    assert (row.served_on, row.month, row.missing) == (may, 5, ())
    await scene.write([sized(77.5, day=june, ident="h2")])
    assert (await rows(scene, PIP3)).get(who(1)) is None, "5 kg at that length is not to be believed"
    assert (await rows(scene, PIP3, date(2026, 6, 3)))[who(1)].served_on == may
    await scene.write([Write("Observation", "w2", who(1), observation("29463-7", june, **quantity(10.4, "kg")))])
    assert (await rows(scene, PIP3))[who(1)].served_on == june and await rows(scene, AGAIN) == {}


async def test_of_several_on_a_day(scene: Stage) -> None:
    await scene.write(
        [child(400), weighed(10, ident="w1"), sized(76, LYING, ident="a"), sized(70, STANDING, ident="b")]
    )
    assert (await z(scene))[who(1)]["height"] == 76, "lying goes first below 731 days"
    await scene.write([sized(77, USUAL, ident="c"), weighed(10.5, ident="w2")])
    seen = (await z(scene))[who(1)]
    assert (seen["height"], seen["weight"]) == (77, 10.5), "the last received of the usual posture"
    await scene.write([sized(76.4, LYING, ident="a")])
    assert (await z(scene))[who(1)]["height"] == 77, "a correction keeps its receipt"


async def test_a_coding_that_says_the_posture_goes_first(scene: Stage) -> None:
    both = {"status": "final", "code": coded(("http://loinc.org", USUAL), ("http://loinc.org", STANDING)),
            "effectiveDateTime": str(TODAY)} | quantity(75, "cm")  # fmt: skip
    await scene.write([child(400), weighed(10), Write("Observation", "h", who(1), both)])
    assert float((await z(scene))[who(1)]["size"]) == 75.7


async def test_who_is_counted(scene: Stage) -> None:
    last = date(2021, 11, 22)
    await scene.write([Write("Patient", "p", who(1), patient(last, gender="male")), weighed(18), sized(109)])
    assert who(1) in await rows(scene, PIP3)
    assert await rows(scene, PIP3, date(2026, 11, 22)) == {}, "five years old"
    await scene.write([Write("Patient", "p", who(1), patient(last, gender="unknown"))])
    assert await rows(scene, PIP3) == {} and who(1) in await rows(scene, AGAIN), "no table for an unknown sex"
    await scene.write([Write("Patient", "p", who(1), patient(last, gender="male", deceasedDateTime=str(TODAY)))])
    assert await rows(scene, PIP3) == await rows(scene, AGAIN) == {}
    await scene.write([Write("Patient", "p", who(1), patient(last, gender="male"))])
    await scene.write([weighed(18, date(2025, 12, 31)), sized(109, day=date(2025, 12, 31))])
    assert await rows(scene, PIP3) == {}, "measured last year only"


async def test_an_absurd_value_meets_no_item(scene: Stage) -> None:
    day = date(2026, 11, 2)
    await scene.write([child(500), weighed(900), sized(80)])
    assert await rows(scene, PIP3) == {} and who(1) in await rows(scene, AGAIN)
    fact = await scene.conn.fetchrow("SELECT value, absurd FROM fact WHERE concept = 'weight'")
    assert tuple(fact) == (900, True), "it stays what it was"
    listed = await scene.conn.fetchrow("SELECT reason, detail, client FROM implausible WHERE reason = 'absurd'")
    assert tuple(listed) == ("absurd", "900 kg", "K1")
    await scene.write([weighed(10.5), weighed(10.4, day, "w2"), sized(79, day=day, ident="h2")])
    assert who(1) in await rows(scene, PIP3)
    assert not await scene.conn.fetch("SELECT FROM implausible WHERE reason = 'absurd'")


async def test_an_absurd_pressure_meets_no_month(scene: Stage) -> None:
    ill = condition("I10", date(2026, 11, 1))
    said = [observation(code, TODAY, **quantity(v, "mm[Hg]")) for code, v in (("8480-6", 1200), ("8462-4", 80))]
    await scene.write([Write("Patient", "p", who(1), patient(date(1970, 1, 1))), Write("Condition", "c", who(1), ill)])
    await scene.write([Write("Observation", f"o{n}", who(1), o) for n, o in enumerate(said)])
    assert "bp" in (await rows(scene, "spm-08"))[who(1)].missing
    right = observation("8480-6", TODAY, **quantity(120, "mm[Hg]"))
    await scene.write([Write("Observation", "o0", who(1), right)])
    assert "bp" not in (await rows(scene, "spm-08"))[who(1)].missing


@pytest.mark.parametrize(
    ("cm", "inside"), [(119.95, True), (120.0, True), (120.05, False), (64.95, False), (65.0, True)]
)
async def test_the_ends_of_the_tables(scene: Stage, cm: float, inside: bool) -> None:
    await scene.write([child(1500), weighed(22 if cm > 100 else 7.4), sized(cm, STANDING)])
    scores = await z(scene) | await z(scene, standard=AGAIN)
    assert (scores[who(1)]["weight_for_height"] is not None) == inside


async def test_every_child_opens(scene: Stage) -> None:
    await scene.write([child(400), weighed(10), sized(76, LYING), weighed(10.2, TODAY - timedelta(days=9), "w0")])
    opened = await scene.conn.fetch(kept(scene, PIP3).detail, [2026], [TODAY], [uuid_of(who(1))])
    assert {(r["concept"], r["value"]) for r in opened} == {("weight", 10.0), ("length_lying", 76.0)}
    await scene.assert_opens()
