"""The API: cards, breakdowns, units, explanations, targets; who may see what, and that it is written down."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.kernel.app import App
from tests.service.indicators import conftest
from tests.service.indicators.conftest import TODAY, VILLAGES
from tests.service.indicators.world import (
    Stage,
    Write,
    condition,
    encounter,
    episode,
    immunization,
    observation,
    patient,
    pressure,
    procedure,
    who,
)

Caller = Callable[..., httpx.AsyncClient]
LMP = date(2026, 4, 1)
BOOKED = LMP + timedelta(days=50)


async def told(stage: Stage, *writes: Write) -> None:
    """Written, in a transaction of its own."""
    async with stage.conn.transaction():
        await stage.write(writes)


@pytest.fixture
async def district(stage: Stage) -> Stage:
    """Person 1 has hypertension, 2 is pregnant, 3 is a child, 4 lives elsewhere, 5 has hypertension in P2's village."""
    months = [pressure(date(2026, m, 10)) for m in range(1, 11)]
    await told(
        stage,
        Write("Patient", "p1", who(1), patient(date(1960, 1, 1), "1410011001", gender="male")),
        Write("Condition", "c1", who(1), condition("I10", date(2025, 5, 5)), "P1"),
        *(Write("Observation", f"bp{n}", who(1), bp, "P1" if n else "K1") for n, bp in enumerate(months)),
        Write("Patient", "p2", who(2), patient(date(1998, 7, 7), "1410011002")),
        Write("EpisodeOfCare", "ep2", who(2), episode(BOOKED), "K1"),
        Write("Encounter", "v2", who(2), encounter(BOOKED, "ep2"), "K1", "K1"),
        Write("Observation", "lmp2", who(2), observation("8665-2", BOOKED, "v2", valueDateTime=str(LMP)), "K1"),
        Write("Patient", "p3", who(3), patient(date(2025, 6, 6), None, gender="male", mother=who(2))),
        Write("Immunization", "i3", who(3), immunization(date(2025, 6, 7), "VG45"), "P2"),
        Write("Patient", "p4", who(4), patient(date(1950, 1, 1), "9900000001")),
        Write("Condition", "c4", who(4), condition("I10", date(2026, 11, 2)), "P1"),
        Write("Patient", "p5", who(5), patient(date(1955, 1, 1), "1410022003")),
        Write("Condition", "c5", who(5), condition("I11", date(2026, 9, 9)), "P2"),
    )  # fmt: skip
    return stage


async def get(client: httpx.AsyncClient, path: str, status: int = 200, **params: Any) -> Any:
    answer = await client.get(path, params=params)
    assert answer.status_code == status, answer.text
    return answer.json()


async def access_rows(house: App, outcome: str) -> list[tuple[str, str, str]]:
    """What the access log says, sealed or not yet: who, whose, what."""
    columns = "actor, person_id, what, outcome"
    async with house.state.service.db.reading() as conn:
        rows = await conn.fetch(f"SELECT {columns} FROM access_pending UNION ALL SELECT {columns} FROM access_log")
    return sorted((r["actor"], r["person_id"], r["what"]) for r in rows if r["outcome"] == outcome)


async def test_a_visit_moves_the_numbers(district: Stage, caller: Caller) -> None:
    admin = caller("dinkes-admin")
    before = await get(admin, "/v1/indicators/SPM-08", by="village")
    assert (before["total"]["eligible"], before["total"]["served"], before["outside"]["eligible"]) == (2, 0, 1)
    assert before["total"]["missing"] == {"bp:2026-09": 1, "bp:2026-10": 1, "education": 2}
    await told(district, Write("Procedure", "e1", who(1), procedure("409073007", date(2026, 3, 3)), "K2"))
    after = await get(admin, "/v1/indicators/spm-08", by="village")
    row = next(r for r in after["rows"] if r["code"] == "1410011001")
    assert (row["name"], row["eligible"], row["served"], row["coverage"]) == ("Selatpanjang Kota", 1, 1, 100.0)
    assert row["months"] == [0] * 10 + [1, 0, 0] and sum(after["total"]["months"]) == after["total"]["served"] == 1
    assert {r["code"] for r in after["rows"]} == set(VILLAGES)


async def test_every_breakdown_adds_up(district: Stage, caller: Caller) -> None:
    admin = caller("dinkes-admin")
    for standard in ("spm-01", "spm-08", "pip-2", "pip-2-2023"):
        for year in (2025, 2026, 2027):
            whole = await get(admin, f"/v1/indicators/{standard}", year=year)
            for by in ("village", "puskesmas", "kecamatan", "sex", "age", "payer"):
                answer = await get(admin, f"/v1/indicators/{standard}", by=by, year=year)
                assert sum(r["eligible"] for r in answer["rows"]) == whole["total"]["eligible"], (standard, by)
                assert answer["total"] == whole["total"] and all(r["served"] <= r["eligible"] for r in answer["rows"])
    rows = (await get(admin, "/v1/indicators/spm-08", by="puskesmas"))["rows"]
    assert [(r["code"], r["name"], r["eligible"]) for r in rows] == [("P1", "Faskes P1", 1), ("P2", "Faskes P2", 1)]


async def test_who_did_the_work(district: Stage, caller: Caller) -> None:
    admin = caller("dinkes-admin")
    await told(district, Write("Procedure", "e1", who(1), procedure("409073007", date(2026, 3, 3)), "P1"))
    rows = (await get(admin, "/v1/indicators/spm-08", by="facility"))["rows"]
    assert [(r["code"], r["ownership"], r["units"], r["served"]) for r in rows] == [
        ("K1", "private", 1, 1),
        ("P1", "public", 1, 1),
    ]
    rows = (await get(admin, "/v1/indicators/spm-08", by="ownership"))["rows"]
    assert [(r["code"], r["units"], r["share"]) for r in rows] == [("private", 1, 100.0), ("public", 1, 100.0)]
    behind = await get(admin, "/v1/indicators/spm-08/units", ownership="private")
    assert [u["person_id"] for u in behind["items"]] == [who(1)]


async def test_any_past_day_with_the_catchment_of_that_day(district: Stage, house: App, caller: Caller) -> None:
    admin = caller("dinkes-admin")
    async with house.state.service.db.transaction() as tx:
        await tx.execute("UPDATE catchment SET valid_until = '2026-10-31' WHERE village = '1410022003'")
        await tx.execute("INSERT INTO catchment VALUES ('x', '1410022003', 'P1', '2026-11-01', NULL)")
    then = await get(admin, "/v1/indicators/spm-08", by="puskesmas", as_of="2026-09-30")
    assert {r["code"]: r["eligible"] for r in then["rows"]} == {"P1": 1, "P2": 1}
    assert then["total"]["missing"] == {"bp:2026-09": 1, "education": 2} and then["as_of"] == "2026-09-30"
    now = await get(admin, "/v1/indicators/spm-08", by="puskesmas")
    assert {r["code"]: r["eligible"] for r in now["rows"]} == {"P1": 2}
    assert (await get(admin, "/v1/indicators/spm-08", as_of="2026-09-08"))["total"]["eligible"] == 1
    assert "as_of" in (await get(admin, "/v1/indicators/spm-08", 422, as_of="2027-01-01"))["errors"][0]["pointer"]


async def test_a_number_opens_to_its_people_and_their_facts(district: Stage, house: App, caller: Caller) -> None:
    admin = caller("dinkes-admin")
    page = await get(admin, "/v1/indicators/spm-01/units", year=2027, missing="contact_t1")
    assert page["items"] == []
    page = await get(admin, "/v1/indicators/spm-01/units", year=2027, village="1410011002", state="missing")
    unit = page["items"][0]
    assert (unit["unit_id"], unit["person_id"], page["next"]) == ("ep2", who(2), None)
    lacking = {m["item"]: m for m in unit["missing"]}
    assert lacking["usg_t1"]["due_until"] == str(LMP + timedelta(days=90)) and lacking["usg_t1"]["overdue"]
    assert lacking["contact_t3"]["due_from"] == str(LMP + timedelta(days=175)) and not lacking["contact_t3"]["overdue"]
    shown = await get(admin, "/v1/indicators/spm-01/units/ep2", year=2027)
    met = {i["item"]: i for i in shown["items"] if i["met"]}
    assert set(met) == {"contact_t1"} and shown["anchor"] == str(LMP) and shown["missing"] == list(lacking)
    (fact,) = met["contact_t1"]["facts"]
    assert fact == {
        "concept": "anc_contact", "on": str(BOOKED), "facility": "K1", "facility_name": "Faskes K1",
        "recorded_by": "bidan Rina", "type": "Encounter", "id": "v2",
        "value": None, "value_date": None, "value_code": None,
    }  # fmt: skip
    shown_by = "someone-dinkes-admin"
    assert await access_rows(house, "allowed") == [
        (shown_by, who(2), "indicator spm-01 unit"), (shown_by, who(2), "indicator spm-01 units"),
    ]  # fmt: skip
    assert (await get(admin, "/v1/indicators/spm-01/units/nobody", 404))["detail"]
    assert (await get(admin, "/v1/indicators/spm-99", 404))["detail"].startswith("Indikator tidak dikenal")


async def test_doses_say_when_the_next_is_due(district: Stage, caller: Caller) -> None:
    await told(
        district,
        Write("Patient", "p6", who(6), patient(date(2025, 11, 1), "1410011001")),
        Write("Immunization", "d1", who(6), immunization(date(2026, 1, 5), "198"), "P1"),
        Write("Immunization", "d2", who(6), immunization(date(2026, 1, 20), "198"), "P1"),
        Write("Immunization", "d3", who(6), immunization(date(2026, 1, 29), "198"), "P1"),
    )
    page = await get(caller("dinkes-admin"), "/v1/indicators/pip-2/units", village="1410011001")
    due = {m["item"]: (m["due_from"], m["due_until"]) for m in page["items"][0]["missing"]}
    assert due["dpt"] == ("2026-02-22", "2026-10-31") and due["hb0"] == ("2025-11-01", "2025-11-08")


async def test_pages(district: Stage, caller: Caller) -> None:
    await told(
        district,
        *(w for n in range(10, 17) for w in (
            Write("Patient", f"p{n}", who(n), patient(date(1960, 1, 1), "1410011001")),
            Write("Condition", f"c{n}", who(n), condition("I10", date(2026, 1, 5)), "P1"),
        )),
    )  # fmt: skip
    admin, seen, after = caller("dinkes-admin"), list[str](), None
    while True:
        page = await get(admin, "/v1/indicators/spm-08/units", limit=3, **({"after": after} if after else {}))
        seen += [u["unit_id"] for u in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == sorted(set(seen), key=seen.index) and len(seen) == 9
    assert (await get(admin, "/v1/indicators/spm-08/units", 400, after="?!"))["errors"][0]["pointer"] == "/after"
    outside = await get(admin, "/v1/indicators/spm-08/units", outside=True)
    assert [u["unit_id"] for u in outside["items"]] == [who(4)]


async def test_who_may_open_what(district: Stage, house: App, caller: Caller) -> None:
    path, one = "/v1/indicators/spm-08/units", "/v1/indicators/spm-08/units/"
    for role in ("dinkes-analyst", "auditor", "jkn-connector"):
        await get(caller(role), path, 403)
        await get(caller(role), one + who(1), 403)
    await get(caller("auditor"), "/v1/indicators/spm-08")
    await get(caller("jkn-connector"), "/v1/indicators", 403)
    staff = caller("puskesmas-staff", "P1")
    assert [u["unit_id"] for u in (await get(staff, path))["items"]] == [who(1)]
    await get(staff, one + who(1))
    await get(staff, one + who(5), 403)
    assert (await get(staff, path, village="1410022003"))["items"] == []
    clinic = caller("clinic-system", "K1")
    assert [u["unit_id"] for u in (await get(clinic, path))["items"]] == [who(1)]
    await get(clinic, one + who(5), 403)
    assert (await get(caller("clinician", "K2"), path))["items"] == []
    what = "indicator spm-08 unit"
    assert await access_rows(house, "refused") == [
        ("someone-clinic-system", who(5), what), ("someone-puskesmas-staff", who(5), what),
    ]  # fmt: skip


async def test_an_opt_out_hides_the_unit_and_a_class_hides_its_facts(
    district: Stage, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "/v1/indicators/spm-08/units"
    admin, staff = caller("dinkes-admin"), caller("puskesmas-staff", "P1")
    card = await get(admin, "/v1/indicators/spm-08")
    facts = [f for i in (await get(staff, f"{path}/{who(1)}"))["items"] for f in i["facts"]]
    assert facts
    monkeypatch.setattr(conftest, "KEPT", {f"{f['type']}/{f['id']}" for f in facts})
    kept = (await get(staff, f"{path}/{who(1)}"))["items"]
    assert [i["facts"] for i in kept] == [[] for _ in kept]
    assert sum(i["withheld"] for i in kept) == len(facts)
    assert any(i["met"] for i in kept), "that it was done is told"
    monkeypatch.setattr(conftest, "KEPT", {"Condition/c1"})
    await get(staff, f"{path}/{who(1)}", 404)
    assert (await get(staff, path))["items"] == [], "to be counted among those with a disease tells the disease"
    monkeypatch.setattr(conftest, "KEPT", set())
    named = await get(staff, path, names=True)
    assert [u["who"]["name"] for u in named["items"]] == ["Orang 1"]
    assert (await get(staff, f"{path}/{who(1)}", names=True))["who"]["name"] == "Orang 1"
    monkeypatch.setattr(conftest, "OPTED_OUT", {who(1)})
    for client in (admin, staff, caller("clinic-system", "K1")):
        assert who(1) not in [u["unit_id"] for u in (await get(client, path))["items"]]
        await get(client, f"{path}/{who(1)}", 403)
    assert await get(admin, "/v1/indicators/spm-08") == card, "numbers count everyone"


async def test_the_catalogue(caller: Caller) -> None:
    analyst = caller("dinkes-analyst")
    found = {s["standard"]: s for s in await get(analyst, "/v1/standards")}
    assert found["spm-01.permenkes-6-2024"]["active"] and not found["spm-02.tiga-penolong"]["active"]
    one = await get(analyst, "/v1/standards/SPM-01")
    assert one["set"] == "permenkes-6-2024" and one["items"][1]["rule"] == {
        "days": 2,
        "from_day": 91,
        "until_day": 174,
        "without": "delivery",
    }
    await get(analyst, "/v1/standards/spm-77", 404)


async def test_rebuild_and_verify(district: Stage, house: App, caller: Caller) -> None:
    from services.indicators.usecases import day

    admin, service = caller("dinkes-admin"), house.state.service
    before = await get(admin, "/v1/indicators/spm-08", by="village")
    async with service.db.transaction() as tx:
        await tx.execute("UPDATE tally_residence SET units = units + 1 WHERE standard LIKE 'spm-08%'")
        await tx.execute("DELETE FROM standing WHERE standard LIKE 'pip-2.%'")
    wrong = (await get(admin, "/v1/indicators/verify"))["differences"]
    assert {d["where"] for d in wrong} == {"tally", "pip-2.idl-classic"}
    answer = await admin.post("/v1/indicators/rebuild")
    assert answer.status_code == 202 and answer.json()["building"]
    while (await get(admin, "/v1/indicators/rebuild"))["building"]:
        await day.upkeep(service)
    assert await get(admin, "/v1/indicators/verify") == {"as_of": str(TODAY), "differences": []}
    assert await get(admin, "/v1/indicators/spm-08", by="village") == before
