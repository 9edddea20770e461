"""Every dimension, alone, crossed and narrowed: from whichever tally it is read, it is what counting people says."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from itertools import combinations
from random import Random
from typing import Any

import httpx
import pytest

from services.indicators.contract import CONTRIBUTION, By
from services.indicators.queries import slices
from services.indicators.queries.numbers import OUTSIDE, Asked
from services.indicators.queries.slices import Slice
from services.kernel.app import App
from tests.service.indicators.conftest import FACILITIES, PUSKESMAS, TODAY
from tests.service.indicators.test_numbers import Caller, get
from tests.service.indicators.world import Stage, Write, condition, kept, patient, pressure, procedure, who

DIAGNOSED = date(2026, 11, 3)
RESIDENCE = [b for b in By if b not in CONTRIBUTION]
PAIRS = [(), *((b,) for b in RESIDENCE), *combinations(RESIDENCE, 2)]
NARROW: list[dict[str, Any]] = [
    {}, {"villages": ["1410011001", "1410022003"]}, {"sex": "male"}, {"age": 60}, {"payer": "active"},
    {"facilities": ["K1", "K2"]}, {"facilities": ["P1"], "sex": "female"},
    {"villages": ["1410011002"], "payer": "unknown"},
]  # fmt: skip


def crowd(count: int = 60) -> tuple[list[Write], list[tuple[str, date, str]]]:
    """People with hypertension: of both sexes, of several ages and villages, here and elsewhere; some served."""
    rnd = Random(7)  # noqa: S311
    found, members = list[Write](), list[tuple[str, date, str]]()
    for n in range(count):
        village = rnd.choice(["1410011001", "1410011001", "1410011002", "1410022003", "9900000001", None])
        born = date(rnd.choice([1950, 1962, 1980, 2008]), 3, 3)
        sex = rnd.choice(["male", "female"])
        found.append(Write("Patient", f"p{n}", who(n), patient(born, village, gender=sex)))
        found.append(Write("Condition", f"c{n}", who(n), condition("I10", DIAGNOSED), "P1"))
        if rnd.random() < 0.7:
            found.append(
                Write("Procedure", f"e{n}", who(n), procedure("409073007", DIAGNOSED), rnd.choice(["P1", "K1"]))
            )
        if rnd.random() < 0.7:
            found.append(Write("Observation", f"b{n}", who(n), pressure(DIAGNOSED), rnd.choice(["P2", "K1", "K2"])))
        if rnd.random() < 0.6:
            members.append((who(n), date(2026, 1, 5), rnd.choice(["active", "inactive"])))
    return found, members


@pytest.fixture
async def full(stage: Stage) -> Stage:
    writes, members = crowd()
    async with stage.conn.transaction():
        await stage.write(writes)
        await stage.members(members)
    return stage


def value(row: Any, by: By) -> str:
    match by:
        case By.VILLAGE | By.SEX | By.PAYER:
            return str(row[by.value])
        case By.AGE:
            return str(row["age_band"])
        case By.PUSKESMAS:
            return PUSKESMAS.get(row["village"], "")
        case _:
            return str(row["village"][:6])


def chosen(rows: Iterable[Any], which: Slice) -> list[Any]:
    return [
        r for r in rows
        if (which.villages is None or r["village"] in which.villages) and which.sex in (None, r["sex"])
        and which.age in (None, r["age_band"]) and which.payer in (None, r["payer"])
        and (which.facilities is None or set(which.facilities) & set(r["facilities"]))
    ]  # fmt: skip


def counted(rows: Iterable[Any], which: Slice) -> Counter[tuple[str, int | None, str | None]]:
    """The same slice, person by person."""
    found = Counter[tuple[str, int | None, str | None]]()
    for r in chosen(rows, which):
        key = "\n".join(value(r, b) for b in which.by) if r["village"] in PUSKESMAS else OUTSIDE
        found[key, r["month"], None] += 1
        found.update((key, None, item) for item in r["missing"] if which.facilities is None)
    return found


async def test_every_slice_is_what_counting_people_says(full: Stage, house: App, caller: Caller) -> None:
    one = Asked(kept(full, "spm-08"), 2026, TODAY, True)
    rows = await full.conn.fetch("SELECT * FROM standing WHERE standard LIKE 'spm-08%' AND year = 2026")
    assert {r["village"] for r in rows} > set(PUSKESMAS) and len(rows) > 50
    for by in PAIRS:
        for narrow in NARROW:
            which = Slice(by, **narrow)
            async with full.conn.transaction():
                read = await slices.cells(full.conn, one, which)
            assert Counter({r[:3]: r[3] for r in read}) == counted(rows, which), which
    async with full.conn.transaction():
        which = Slice((By.VILLAGE, By.SEX))
        read = await slices.cells(full.conn, replace(one, kept=False), which)
    assert Counter({r[:3]: r[3] for r in read}) == counted(rows, which), "computed, as for any other day"
    await _every_contributor_is_credited_once(full, one, rows)
    admin = caller("dinkes-admin")
    await _narrowed_and_crossed_over_the_api(admin)
    await _who_paid_and_who_did(full, admin, caller("dinkes-analyst"))


async def _every_contributor_is_credited_once(full: Stage, one: Asked, rows: list[Any]) -> None:
    rows = [r for r in rows if r["village"] in PUSKESMAS]
    of = {By.FACILITY: lambda f: f, By.KIND: lambda f: FACILITIES[f][0], By.OWNERSHIP: lambda f: FACILITIES[f][1]}
    for doer, name in of.items():
        for second in (None, By.PAYER, By.SEX, By.PUSKESMAS):
            for narrow in NARROW:
                which = Slice((doer, second) if second else (doer,), **narrow)
                ought = Counter[tuple[str, bool]]()
                for r in chosen(rows, which):
                    for code in {name(f) for f in r["facilities"]}:
                        key = f"{code}\n{value(r, second)}" if second else code
                        ought[key, True] += 1
                        ought[key, False] += r["month"] >= 0
                for source in (one, replace(one, kept=False)):
                    async with full.conn.transaction():
                        read = await slices.credited(full.conn, source, which)
                    found = Counter({(k, True): u for k, u, _ in read}) + Counter({(k, False): s for k, _, s in read})
                    assert found == +ought, (which, source.kept)


async def _narrowed_and_crossed_over_the_api(admin: httpx.AsyncClient) -> None:
    path = "/v1/indicators/spm-08"
    whole = await get(admin, path, by="sex")
    parts = [await get(admin, path, by="sex", puskesmas=p) for p in ("P1", "P2")]
    assert sum(p["total"]["eligible"] for p in parts) == whole["total"]["eligible"] > 30
    assert parts[0]["narrowed"] == {"puskesmas": "P1"}
    crossed = await get(admin, path, by="kecamatan", cross="sex")
    assert {(r["code"], r["cross"]) for r in crossed["rows"]} >= {("141001", "male"), ("141002", "female")}
    assert crossed["rows"][0]["name"] == "Kecamatan 141001"
    assert sum(r["eligible"] for r in crossed["rows"]) == crossed["total"]["eligible"]
    doers = await get(admin, path, by="payer", cross="ownership")
    assert {(r["code"], r["cross"]) for r in doers["rows"]} >= {("private", "active"), ("public", "unknown")}
    private = await get(admin, path, by="village", ownership="private")
    assert private["total"]["eligible"] == sum(r["units"] for r in doers["rows"] if r["code"] == "private")
    assert private["total"]["missing"] == {}, "who lacks an item lacks it whoever met the others"
    await _every_number_opens(admin, path)
    await _what_cannot_be_asked(admin, path)
    await _a_puskesmas_own_target_is_not_that_of_one_village(admin, path)


async def _every_number_opens(admin: httpx.AsyncClient, path: str) -> None:
    for narrow in (
        {"sex": "male"}, {"age": 60}, {"payer": "active", "village": "1410011001"}, {"kecamatan": "141001"},
        {"kind": "tpmd"}, {"ownership": "public", "sex": "female"}, {"payer": "unknown", "missing": "education"},
    ):  # fmt: skip
        numbers = (await get(admin, path, by="sex", **{k: v for k, v in narrow.items() if k != "missing"}))["total"]
        count = numbers["missing"]["education"] if "missing" in narrow else numbers["eligible"]
        page = await get(admin, f"{path}/units", limit=200, **narrow)
        assert len(page["items"]) == count > 0, narrow
        day = await get(admin, f"{path}/units", limit=200, as_of="2026-11-20", **narrow)
        assert len(day["items"]) == count, "computed for a day, too"


async def _what_cannot_be_asked(admin: httpx.AsyncClient, path: str) -> None:
    for wrong, where in (
        ({"by": "village", "cross": "puskesmas"}, "/cross"), ({"by": "kind", "cross": "facility"}, "/cross"),
        ({"by": "sex", "cross": "sex"}, "/cross"), ({"village": "9900000001"}, "/village"), ({"age": 3}, "/age"),
        ({"puskesmas": "K9"}, "/puskesmas"), ({"facility": "K9"}, "/facility"), ({"kind": "warung"}, "/kind"),
    ):  # fmt: skip
        assert (await get(admin, path, 422, **wrong))["errors"][0]["pointer"] == where, wrong
    await get(admin, path, 422, sex="laki")


async def _a_puskesmas_own_target_is_not_that_of_one_village(admin: httpx.AsyncClient, path: str) -> None:
    row = {"service": "SPM-08", "year": 2026, "puskesmas": "P1", "value": 400, "source": "Proyeksi"}
    other = row | {"puskesmas": None, "village": "1410022003", "value": 30}
    answer = await admin.put("/v1/targets", json={"items": [row, other]})
    assert answer.status_code == 200, answer.text
    goals = {
        narrow: (await get(admin, path, by="village", **dict([narrow.split("=")])))["total"]["official"]
        for narrow in ("puskesmas=P1", "village=1410011001", "village=1410022003", "payer=active")
    }
    assert {n: g and g["value"] for n, g in goals.items()} == {
        "puskesmas=P1": 400, "village=1410011001": None, "village=1410022003": 30, "payer=active": None,
    }  # fmt: skip


async def _who_paid_and_who_did(full: Stage, admin: httpx.AsyncClient, analyst: httpx.AsyncClient) -> None:
    path = "/v1/indicators/spm-08"
    shown = await get(admin, f"{path}/contribution")
    rows = await full.conn.fetch("SELECT * FROM standing WHERE standard LIKE 'spm-08%' AND year = 2026")
    ours = [r for r in rows if r["village"] in PUSKESMAS]
    assert shown["total"]["eligible"] == len(ours) > 30 and shown["total"]["doers"]
    for row in (*shown["payers"], shown["total"]):
        mine = [r for r in ours if row["payer"] in ("*", r["payer"])]
        found = {d["by"]: (d["units"], d["served"]) for d in row["doers"]}
        assert row["eligible"] == len(mine) == sum(units for units, _ in found.values())
        assert row["served"] == sum(r["month"] >= 0 for r in mine) == sum(done for _, done in found.values())
        for by, counts in found.items():
            of = [r for r in mine if _whose(r) == by]
            assert counts == (len(of), sum(r["month"] >= 0 for r in of))
    part = await get(admin, f"{path}/contribution", village="1410011001", payer="active")
    assert part["total"]["eligible"] == sum(r["village"] == "1410011001" and r["payer"] == "active" for r in ours)
    seen = await get(analyst, f"{path}/contribution")
    assert seen["total"]["eligible"] == len(ours) and all(
        d["units"] is None for p in seen["payers"] for d in p["doers"]
    )


def _whose(row: Any) -> str:
    owners = {"private" if f.startswith("K") else "public" for f in row["facilities"]}
    return "both" if len(owners) == 2 else next(iter(owners), "none")
