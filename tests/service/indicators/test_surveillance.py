"""Weekly surveillance (SKDR): cases once an episode, weeks from Sunday, signals with their reason, the line list."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.indicators.contract import Rule
from services.indicators.rules import surveillance as rules
from services.indicators.rules.surveillance import Counts, first_day, signals, sunday, week_of
from tests.service.indicators.conftest import KEPT, OPTED_OUT
from tests.service.indicators.world import Stage, Write, condition, patient, who

Caller = Callable[..., httpx.AsyncClient]
SUNDAY = date(2026, 11, 15)
"""The first day of the week that runs on the tests' day, 2026-W46."""
CSV = {"content-type": "text/csv"}
DENGUE = next(s for s in rules.builtin() if s.code == "C")
MEASLES = next(s for s in rules.builtin() if s.code == "K")


@pytest.mark.parametrize(
    ("day", "week"),
    [
        (date(2026, 11, 14), "2026-W45"), (date(2026, 11, 15), "2026-W46"), (date(2026, 11, 21), "2026-W46"),
        (date(2026, 1, 3), "2025-W53"), (date(2026, 1, 4), "2026-W01"), (date(2024, 12, 29), "2025-W01"),
        (date(2025, 1, 4), "2025-W01"), (date(2023, 1, 1), "2023-W01"), (date(2022, 1, 1), "2021-W52"),
    ],
)  # fmt: skip
def test_weeks_run_from_sunday_to_saturday(day: date, week: str) -> None:
    assert week_of(day) == week
    assert first_day(week) == sunday(day) and sunday(day).isoweekday() == 7


def test_there_are_only_weeks_that_are() -> None:
    assert first_day("2026-W53") is None and first_day("2025-W53") == date(2025, 12, 28)
    assert first_day("2026-W00") is None and first_day("2026-46") is None
    every = {week_of(date(2020, 1, 1) + timedelta(days=n)) for n in range(4000)}
    assert all(week_of(first_day(w) or date.min) == w for w in every)


def raised(weeks: Sequence[int], deaths: Sequence[int] = (), month: int = 0, year: int = 0) -> list[Rule]:
    counts = Counts(weeks, deaths or [0] * len(weeks), month, year)
    return [s.rule for s in signals(DENGUE, counts, SUNDAY)]


def test_why_a_signal_is_raised() -> None:
    assert raised([1, 2, 3, 4]) == [Rule.RISING] and raised([2, 2, 3, 4]) == []
    assert raised([0, 4, 3, 6]) == [Rule.DOUBLED] and raised([0, 4, 3, 5]) == []
    assert raised([0, 0, 0, 9]) == [], "twice of nothing is nothing"
    assert raised([0, 0, 5, 5], month=10, year=60) == [Rule.MONTH] and raised([0, 0, 5, 5], month=9, year=60) == []
    assert raised([9, 9, 10, 10], [0, 0, 2, 3]) == [Rule.FATALITY] and raised([9, 9, 10, 10], [0, 0, 2, 2]) == []
    assert raised([0, 0, 1, 2]) == [], "so few alarm nobody"
    one = signals(MEASLES, Counts([0, 1], [0, 0], 0, 0), SUNDAY)
    assert [(s.rule, s.reason.id) for s in one] == [(Rule.ALERT, "Batas sinyal 1 tercapai: 1")]
    assert one[0].investigate_by == SUNDAY + timedelta(days=1)
    bare = signals(MEASLES, Counts([0, 1], [0, 0], 0, 0), SUNDAY, shown=False)
    assert (bare[0].reason.id, bare[0].reason.en) == ("Batas sinyal 1 tercapai", "Alert level 1 reached")


async def sick(stage: Stage, n: int, code: str, *days: date, village: str = "1410011001", at: str = "K1") -> None:
    """Person n with this diagnosis on these days."""
    await stage.write([
        Write("Patient", f"p{n}", who(n), patient(date(1990, 1, 1), village)),
        *(Write("Condition", f"c{n}-{code}-{d}", who(n), condition(code, d), client=at) for d in days),
    ])  # fmt: skip


async def week(client: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await client.get("/v1/surveillance", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def of(body: dict[str, Any], code: str, place: str | None = None) -> dict[str, Any]:
    rows = body["district"] if place is None else body["rows"]
    return next(r for r in rows if r["code"] == code and r["place"] == place)


async def test_a_person_is_counted_once_an_episode(caller: Caller, stage: Stage) -> None:
    await sick(stage, 1, "A91", SUNDAY - timedelta(days=1), SUNDAY + timedelta(days=2))  # one case, of the week before
    await sick(stage, 2, "A90", SUNDAY - timedelta(days=20), SUNDAY + timedelta(days=6))  # a new one after 26 days
    await sick(stage, 3, "A90", *(SUNDAY + timedelta(days=n) for n in range(3)), at="K2")
    await sick(stage, 4, "J11.1", SUNDAY, village="9999999999")
    await stage.write([Write("Condition", "gone", who(5), condition("A90", SUNDAY, "active") | {
        "verificationStatus": {"coding": [{"code": "refuted"}]}})])  # fmt: skip
    body = await week(caller("dinkes-admin"), by="facility", before=2)
    assert (body["week"], body["since"], body["until"], body["complete"]) == (
        "2026-W46", "2026-11-15", "2026-11-21", False
    )  # fmt: skip
    assert body["report_by"] == "2026-11-23" and body["weeks_before"] == ["2026-W44", "2026-W45"]
    dengue = of(body, "C")
    assert (dengue["cases"], dengue["before"]) == (2, [0, 1])
    assert {r["place"]: r["cases"] for r in body["rows"] if r["code"] == "C"} == {"K1": 1, "K2": 1}
    assert of(body, "Y")["cases"] == 0 and of(body, "Y", "K1")["cases"] == 1, "who lives elsewhere is counted apart"
    assert of(body, "J", "K1")["cases"] == 1 and not of(body, "J", "K1")["signals"]
    assert next(s for s in body["syndromes"] if s["code"] == "J")["shares_with"] == ["Y"]
    village = await week(caller("dinkes-admin"), by="village", before=0)
    assert {r["place"] for r in village["rows"]} == {"1410011001", "#"}


async def test_a_death_and_a_threshold_of_one(caller: Caller, stage: Stage) -> None:
    await sick(stage, 1, "A36.0", SUNDAY + timedelta(days=1), village="1410022003")
    died = patient(date(1990, 1, 1), "1410022003") | {"deceasedDateTime": "2026-11-18"}
    await stage.write([Write("Patient", "p1", who(1), died)])
    row = of(await week(caller("dinkes-admin")), "L", "P2")
    assert (row["cases"], row["deaths"], [s["rule"] for s in row["signals"]]) == (1, 1, ["alert"])


async def test_few_cases_are_not_shown_to_who_may_not_see_names(caller: Caller, stage: Stage) -> None:
    for n in range(1, 10):
        await sick(stage, n, "A09", SUNDAY, village="1410011001" if n < 8 else "1410022003")
    seen = await week(caller("dinkes-admin"), before=0)
    assert (of(seen, "A", "P1")["cases"], of(seen, "A", "P2")["cases"]) == (7, 2)
    assert of(seen, "A", "P2")["link"] == "/v1/surveillance/A/cases?week=2026-W46&by=puskesmas&place=P2"
    sums = await week(caller("dinkes-analyst"), before=0)
    assert of(sums, "A")["cases"] == 9 and of(sums, "A", "P2")["cases"] is None
    assert of(sums, "A", "P1")["cases"] is None, "else 9 − 7 would tell"
    assert of(sums, "A", "P1")["link"] is None and of(sums, "A", "P2")["suppressed"]
    own = await week(caller("puskesmas-staff", "P2"), before=0)
    assert of(own, "A", "P2")["cases"] == 2, "its own catchment"
    await sick(stage, 10, "A91", SUNDAY, village="1410011001")
    for n in range(11, 17):
        await sick(stage, n, "A91", SUNDAY, village="1410022003")
    own = await week(caller("puskesmas-staff", "P2"), before=0)
    assert (of(own, "C", "P2")["cases"], of(own, "C", "P1")["cases"]) == (6, None)
    assert of(own, "C")["cases"] is None, "else 7 − 6 would tell"
    assert of(await week(caller("dinkes-admin"), before=0), "C")["cases"] == 7


async def test_a_count_opens_to_those_the_caller_may_see(caller: Caller, stage: Stage) -> None:
    for n in (1, 2, 3):
        await sick(stage, n, "A09", SUNDAY + timedelta(days=n), SUNDAY + timedelta(days=n + 1))
    door = "/v1/surveillance/A/cases"
    whole = (await caller("dinkes-admin").get(door)).json()
    assert [c["person_id"] for c in whole["items"]] == [who(1), who(2), who(3)] and whole["items"][0]["records"] == 2
    one = (await caller("dinkes-admin").get(door, params={"by": "puskesmas", "place": "P2"})).json()
    assert one["items"] == []
    clinic = (await caller("clinic-system", "K1").get(door)).json()
    assert [c["person_id"] for c in clinic["items"]] == [who(1)] and clinic["withheld"] is None, "two would be a count"
    OPTED_OUT.add(who(2))
    KEPT.add(whole["items"][2]["record"])
    try:
        less = (await caller("dinkes-admin").get(door)).json()
    finally:
        OPTED_OUT.clear()
        KEPT.clear()
    assert [c["person_id"] for c in less["items"]] == [who(1)] and less["withheld"] == 2
    logged = await stage.conn.fetch("SELECT person_id, what FROM access_pending UNION ALL "
                                    "SELECT person_id, what FROM access_log")  # fmt: skip
    assert [r["person_id"] for r in logged if r["what"] == "surveillance A cases"].count(who(1)) == 3
    assert (await caller("dinkes-analyst").get(door)).status_code == 403
    assert (await caller("dinkes-admin").get("/v1/surveillance/ZZ/cases")).status_code == 404


async def test_the_office_loads_its_own_parameters_from_a_day_on(caller: Caller, stage: Stage) -> None:
    admin, door = caller("dinkes-admin"), "/v1/surveillance/parameters"
    head = ";".join(rules.COLUMNS)
    await sick(stage, 1, "A90", SUNDAY, SUNDAY + timedelta(days=2))
    table = f"{head}\nC;skdr_dengue;Dengue;Dengue;1;;2;;;;;1;SK 1/2026\n"
    loaded = await admin.put(f"{door}?valid_from=2026-11-16", content=table, headers=CSV)
    assert loaded.json() == {"valid_from": "2026-11-16", "version": 1, "lines": 1}
    assert len((await admin.get(door, params={"on": "2026-11-15"})).json()) == len(rules.builtin())
    row = of(await week(admin), "C")
    assert (row["cases"], [s["rule"] for s in row["signals"]]) == (2, ["alert"]), "an episode of one day: two cases"
    wrong = f"{head}\nC;skdr_dengeu;Dengue;;0;;x;;;;;1;SK\nC;flu;Dengue;Dengue;3;;;;;;;1;SK\n"
    answer = await admin.put(door, content=wrong, headers=CSV)
    assert answer.status_code == 422
    at = {e["pointer"] for e in answer.json()["errors"]}
    assert at >= {"/2/concept", "/2/name_en", "/2/episode_days", "/2/alert", "/3/concept", "/3/code"}
    vast = f"{head}\nC;skdr_dengue;Dengue;Dengue;2000000000;9999999;;99999999;inf;;nan;1;SK\n"
    answer = await admin.put(door, content=vast, headers=CSV)
    assert answer.status_code == 422, "or the week could be read by nobody"
    at = {e["pointer"].split("/")[-1] for e in answer.json()["errors"]}
    assert at >= {"episode_days", "until_age_years", "rising_weeks", "doubles", "fatality_rise"}
    assert (await caller("dinkes-analyst").put(door, content=table, headers=CSV)).status_code == 403


async def test_a_week_must_be_one_that_has_begun(caller: Caller) -> None:
    admin = caller("dinkes-admin")
    for said, status in (("2026-W47", 422), ("2026-W54", 400), ("kemarin", 400)):
        assert (await admin.get("/v1/surveillance", params={"week": said})).status_code == status
    assert (await week(admin, week="2026-W45"))["complete"] is True


async def test_a_week_as_a_file(caller: Caller, stage: Stage) -> None:
    await sick(stage, 1, "A36.0", SUNDAY, village="1410022003")
    answer = await caller("dinkes-admin").get("/v1/surveillance", params={"format": "csv", "before": 1})
    assert answer.headers["content-disposition"] == 'attachment; filename="skdr-2026-W46-puskesmas.csv"'
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Kode;Penyakit;Tempat;Nama;2026-W45;2026-W46;Meninggal;Sinyal"
    assert lines[-1] == "L;Tersangka difteri;P2;Faskes P2;0;1;0;Batas sinyal 1 tercapai: 1"
    hidden = (await caller("dinkes-analyst").get("/v1/surveillance", params={"format": "csv", "before": 1})).text
    assert hidden.splitlines()[-1] == "L;Tersangka difteri;P2;Faskes P2;0;<5;<5;Batas sinyal 1 tercapai"


async def test_two_breakdowns_of_a_week_do_not_give_a_village_away(caller: Caller, stage: Stage) -> None:
    homes = ["1410011001"] * 2 + ["1410011002"] * 9 + ["1410022003"] * 6
    for n, village in enumerate(homes, 1):
        await sick(stage, n, "A09", SUNDAY, village=village)
    analyst = caller("dinkes-analyst")
    places = await week(analyst, before=0)
    assert (of(places, "A", "P1")["cases"], of(places, "A", "P2")["cases"]) == (11, 6)
    villages = await week(analyst, before=0, by="village")
    assert [of(villages, "A", v)["cases"] for v in sorted({*homes})] == [None, None, 6], "else 11 − 9 would tell"
