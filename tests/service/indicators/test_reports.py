"""Monthly reports: frozen, hashed, never changing; today's recomputation beside them, explained fact by fact."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import httpx
import orjson
import pytest

from services.indicators.usecases import reports
from services.kernel.app import App
from tests.service.indicators import conftest
from tests.service.indicators.world import Stage, Write, condition, patient, pressure, procedure, who

Caller = Callable[..., httpx.AsyncClient]
SEPTEMBER = {"year": 2026, "month": 9}
EIGHT = "spm-08.permenkes-6-2024"


def ill(n: int, village: str, until: int, since: date = date(2025, 5, 5)) -> list[Write]:
    """Somebody with hypertension, counselled, measured each month until this one."""
    return [
        Write("Patient", f"p{n}", who(n), patient(date(1960, 1, n), village)),
        Write("Condition", f"c{n}", who(n), condition("I10", since), "P1"),
        Write("Procedure", f"e{n}", who(n), procedure("409073007", date(2026, 3, 3)), "P1"),
        *(Write("Observation", f"bp{n}-{m}", who(n), pressure(date(2026, m, 10)), "P1") for m in range(1, until + 1)),
    ]


async def told(stage: Stage, *writes: Write) -> None:
    """Written after all that was frozen before."""
    stage.first = datetime.now(UTC) - timedelta(seconds=stage.position) + timedelta(milliseconds=50)
    async with stage.conn.transaction():
        await stage.write(writes)


async def get(client: httpx.AsyncClient, path: str, status: int = 200, **params: Any) -> Any:
    answer = await client.get(path, params=params)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.headers["content-type"].startswith("application/") else answer.text


@pytest.fixture
async def frozen(stage: Stage, caller: Caller) -> Any:
    """September as dinkes-admin froze it: 1 and 2 served; 3, 4 and 5 not; 6 served."""
    people = [(1, "1410011001", 10), (2, "1410011001", 10), (3, "1410011002", 8), (4, "1410022003", 8)]
    people += [(5, "1410022003", 7), (6, "1410011002", 10)]
    stage.first = datetime.now(UTC) - timedelta(hours=1)
    async with stage.conn.transaction():
        await stage.write(w for n, village, until in people for w in ill(n, village, until))
    rows = "service,year,village,value,source\nSPM-08,2026,1410011001,4,SK\nSPM-08,2026,1410011002,6,SK\n"
    admin = caller("dinkes-admin")
    answer = await admin.put("/v1/targets", content=rows, headers={"content-type": "text/csv"})
    assert answer.status_code == 200
    answer = await admin.post("/v1/reports", json=SEPTEMBER | {"signed_as": "Kepala Dinas"})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_month_is_frozen(frozen: Any, stage: Stage, caller: Caller) -> None:
    admin, url = caller("dinkes-admin"), f"/v1/reports/{frozen['id']}"
    assert (frozen["signer"], frozen["signed_as"], frozen["revision"]) == ("someone-dinkes-admin", "Kepala Dinas", 1)
    assert frozen["as_of"] == "2026-09-30" and await get(admin, url) == frozen
    eight = next(s for s in frozen["standards"] if s["standard"] == EIGHT)
    assert (eight["total"]["eligible"], eight["total"]["served"]) == (6, 3)
    assert (eight["total"]["official"]["value"], eight["total"]["official"]["coverage"]) == (10, 30.0)
    assert {r["code"]: (r["eligible"], r["served"]) for r in eight["rows"]} == {
        "1410011001": (2, 2), "1410011002": (2, 1), "1410022003": (2, 0),
    }  # fmt: skip
    index = {s["service"]: s for s in frozen["index"]["district"]["services"]}
    assert index["spm-08"]["a"] == 30.0 and index["spm-08"]["lacking"]
    content = (await admin.get(f"{url}/canonical")).content
    assert hashlib.sha256(content).hexdigest() == frozen["sha256"]
    assert content.decode() == orjson.dumps(orjson.loads(content), option=orjson.OPT_SORT_KEYS).decode()
    check = await get(caller("auditor"), f"{url}/verify")
    assert check["sound"] and check["computed"] == frozen["sha256"] and all(check["units"].values())
    csv = await get(admin, f"{url}/csv")
    assert f"{EIGHT};district;1410;;6;3;50.0;10;30.0;SK" in csv and f"{EIGHT};village;1410022003" in csv
    assert [r["sha256"] for r in await get(caller("dinkes-analyst"), "/v1/reports")] == [frozen["sha256"]]
    theirs = await get(caller("dinkes-analyst"), url)
    few = next(s for s in theirs["index"]["district"]["services"] if s["service"] == "spm-08")
    assert few["suppressed"] and few["served"] is few["a"] is None and theirs["index"]["puskesmas"] == []
    hidden = next(s for s in theirs["standards"] if s["standard"] == EIGHT)
    assert hidden["total"]["served"] is None and all(r["served"] is None for r in hidden["rows"])
    said = await get(admin, f"{url}/restatement")
    assert said["same"] and all(s["frozen"] == s["today"] for s in said["standards"])
    for sql in (
        "UPDATE report SET signer = 'x'", "DELETE FROM report", "TRUNCATE report", "DELETE FROM report_unit",
        "UPDATE report_unit SET village = ''", "TRUNCATE report_unit",
    ):  # fmt: skip
        with pytest.raises(asyncpg.RestrictViolationError, match="is frozen"):
            await stage.conn.execute(sql)
    await stage.conn.execute("ALTER TABLE report_unit DISABLE TRIGGER ALL")
    await stage.conn.execute("UPDATE report_unit SET village = '1410011002' WHERE person_id = $1", who(1))
    check = await get(admin, f"{url}/verify")
    assert not check["sound"] and not check["units"][EIGHT] and check["units"]["spm-01.permenkes-6-2024"]
    await stage.conn.execute("ALTER TABLE report DISABLE TRIGGER ALL")
    await stage.conn.execute("UPDATE report SET content = replace(content, '\"served\":3', '\"served\":4')")
    check = await get(admin, f"{url}/verify")
    assert not check["sound"] and check["computed"] != check["sha256"] == frozen["sha256"]
    assert (await admin.post("/v1/reports", json=SEPTEMBER)).status_code == 409
    again = await admin.post("/v1/reports", json=SEPTEMBER | {"reason": "Data terlambat"})
    assert again.status_code == 201 and again.json()["revision"] == 2
    assert (await admin.post("/v1/reports", json={"year": 2026, "month": 11})).status_code == 422
    assert (await caller("dinkes-analyst").post("/v1/reports", json=SEPTEMBER)).status_code == 403
    await get(admin, f"/v1/reports/{who(1)}", 404)
    await stage.conn.execute("UPDATE state SET replay_to = 1")  # facts are being read anew
    assert (await admin.post("/v1/reports", json=SEPTEMBER | {"reason": "x"})).status_code == 503
    for path in (f"{url}/restatement", f"{url}/restatement/spm-08"):
        await get(admin, path, 503)


async def test_late_data_is_explained_fact_by_fact(frozen: Any, stage: Stage, house: App, caller: Caller) -> None:
    admin, url = caller("dinkes-admin"), f"/v1/reports/{frozen['id']}"
    moved = patient(date(1960, 1, 6), "1410022003")
    dead = patient(date(1960, 1, 5), "1410022003", deceasedDateTime="2026-08-08")
    await told(
        stage,
        Write("Observation", "late", who(3), pressure(date(2026, 9, 9)), "P1"),  # 3 becomes served
        Write("Observation", "bp3-1", who(3), pressure(date(2026, 1, 10)), "P1"),  # told again: no cause
        Write("Observation", "bp1-4", who(1), None),  # 1 is served no longer
        Write("Observation", "bp2-4", who(2), pressure(date(2026, 4, 12)), "P1"),  # 2 stays as it was
        Write("Observation", "bp2-9", who(2), pressure(date(2026, 10, 1)), "P1"),  # 2: September's was October's
        Write("Observation", "bp4-8", who(4), pressure(date(2026, 8, 10)), "P1"),  # told again in the same words
        Write("Patient", "p5", who(5), dead),
        Write("Patient", "p6", who(6), moved),
        *ill(7, "1410011001", 9),
        Write("Observation", "october", who(4), pressure(date(2026, 10, 10)), "P1"),  # after the month
    )
    rows = (
        "service,year,village,value,source,valid_from\nSPM-08,2026,1410011001,5,SK 2,\nSPM-08,2026,1410011002,6,SK,\n"
    )
    await admin.put("/v1/targets", content=rows, headers={"content-type": "text/csv"})
    assert await get(admin, url) == frozen
    said = await get(admin, f"{url}/restatement")
    eight = next(s for s in said["standards"] if s["standard"] == EIGHT)
    count = {"eligible": 6, "served": 3, "official": 10, "coverage": 30.0, "suppressed": False}
    assert not said["same"] and eight["frozen"] == count
    live = await get(admin, "/v1/indicators/spm-08", as_of="2026-09-30")
    today = (live["total"]["eligible"], live["total"]["served"], live["total"]["official"]["value"])
    assert (eight["today"]["eligible"], eight["today"]["served"], eight["today"]["official"]) == today == (6, 3, 11)
    assert eight["changes"] == {"eligible": 1, "moved": 1, "not-eligible": 1, "not-served": 2, "served": 2}
    assert eight["units"] == 6 and not eight["rules_changed"]
    assert [(t["place"], t["was"], t["now"]) for t in eight["targets"]][:1] == [("1410011001", 4, 5)]
    assert [v["village"] for v in eight["villages"]] == ["1410011001", "1410011002", "1410022003"]
    page = await get(admin, f"{url}/restatement/spm-08")
    found = {u["person_id"]: u for u in page["units"]}
    causes = {
        p: {(c["kind"], c["id"], c["concept"], (c["was"] or {}).get("on"), (c["now"] or {}).get("on"))
            for c in u["causes"] if c["type"]}
        for p, u in found.items()
    }  # fmt: skip
    both = ("bp_systolic", "bp_diastolic")
    assert causes[who(3)] == {("fact-added", "late", c, None, "2026-09-09") for c in both}
    assert causes[who(1)] == {("fact-removed", "bp1-4", c, "2026-04-10", None) for c in both}
    two = {("fact-changed", "bp2-4", c, "2026-04-10", "2026-04-12") for c in both}
    assert causes[who(2)] == two | {("fact-removed", "bp2-9", c, "2026-09-10", None) for c in both}
    assert who(4) not in found
    assert [(c["kind"], c["was"], c["now"]) for c in found[who(5)]["causes"]] == [("death", None, "2026-08-08")]
    assert [(c["kind"], c["was"], c["now"]) for c in found[who(6)]["causes"]] == [("moved", "1410011002", "1410022003")]
    assert {c["kind"] for c in found[who(7)]["causes"]} == {"fact-added", "registered"}
    assert found[who(3)]["changes"] == ["served"] and found[who(3)]["frozen"]["missing"] == ["bp:2026-09"]
    assert (found[who(5)]["today"], found[who(7)]["frozen"]) == (None, None)
    first = await get(admin, f"{url}/restatement/{EIGHT}", limit=2)
    rest = await get(admin, f"{url}/restatement/{EIGHT}", after=first["next"], limit=50)
    assert [u["person_id"] for u in first["units"] + rest["units"]] == [u["person_id"] for u in page["units"]]
    assert rest["next"] is None
    logged = await stage.conn.fetch(
        "SELECT person_id, resources FROM access_pending WHERE what = 'indicator spm-08 restatement'"
        " UNION ALL SELECT person_id, resources FROM access_log WHERE what = 'indicator spm-08 restatement'"
    )
    assert {r["person_id"] for r in logged} == set(found) and all(r["resources"] for r in logged)
    area = await get(caller("puskesmas-staff", "P2"), f"{url}/restatement/spm-08")
    assert {u["person_id"] for u in area["units"]} == {who(5), who(6)}
    await get(caller("dinkes-analyst"), f"{url}/restatement/spm-08", 403)
    few = next(
        s for s in (await get(caller("dinkes-analyst"), f"{url}/restatement"))["standards"] if s["standard"] == EIGHT
    )
    assert (
        set(few["changes"].values()) == {None}
        and few["units"] is None
        and few["villages"] == []
        and few["today"]["served"] is None
    )


async def test_a_large_district_is_told_to_come_back(
    house: App, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    del house
    admin = caller("dinkes-admin")
    monkeypatch.setattr(reports, "PATIENCE", 0)
    begun = await admin.post("/v1/reports", json=SEPTEMBER)
    assert begun.status_code == 202 and begun.headers["retry-after"] == "10"
    url = f"/v1/reports/{begun.json()['id']}"
    answer = await admin.get(url)
    assert answer.status_code == 503
    while answer.status_code == 503:
        answer = await admin.get(url)
    assert answer.status_code == 200 and answer.json()["id"] == begun.json()["id"]
    assert (await get(admin, f"{url}/restatement", standard="spm-08"))["same"]
    await get(admin, f"{url}/restatement", 404, standard="spm-99")


async def test_merges_rules_and_secrets(
    frozen: Any, stage: Stage, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, url = caller("dinkes-admin"), f"/v1/reports/{frozen['id']}"
    stage.first = datetime.now(UTC) - timedelta(seconds=stage.position) + timedelta(milliseconds=50)
    async with stage.conn.transaction():
        await stage.merge(who(3), who(4))
    found = {u["person_id"]: u for u in (await get(admin, f"{url}/restatement/spm-08"))["units"]}
    assert found[who(4)]["changes"] == ["not-eligible"]
    assert ("merged", who(4), who(3)) in [(c["kind"], c["was"], c["now"]) for c in found[who(4)]["causes"]]
    monkeypatch.setattr(conftest, "KEPT", {"Observation/bp4-1"})
    shown = {u["person_id"]: u for u in (await get(admin, f"{url}/restatement/spm-08"))["units"]}
    assert shown[who(4)]["withheld"] == 2
    assert len(shown[who(4)]["causes"]) == len(found[who(4)]["causes"]) - 2
    monkeypatch.setattr(conftest, "KEPT", {"Condition/c3", "Condition/c4"})  # what they are counted by
    shown = {u["person_id"]: u for u in (await get(admin, f"{url}/restatement/spm-08"))["units"]}
    assert who(4) not in shown and who(3) not in shown
    monkeypatch.setattr("services.indicators.usecases.reports.RULES", 99)
    said = next(s for s in (await get(admin, f"{url}/restatement"))["standards"] if s["standard"] == EIGHT)
    assert said["rules_changed"] and "standard" in said["causes"]
