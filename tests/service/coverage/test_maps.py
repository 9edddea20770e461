"""The codes a facility chooses: whose they are, from which day they hold, and that who chose stays."""

from datetime import date, timedelta
from typing import Any

from services.coverage.contract.maps import MapKind
from services.coverage.queries import choices
from services.coverage.rules.choices import chosen
from tests.service.coverage.jkn_stage import Stage, token

OWN, OFFICE = token("facility-admin"), token("dinkes-admin", None)
DOCTOR: dict[str, Any] = {"kind": "doctor", "ours": "dr. Andi Saputra", "theirs": "131491"}


async def put(stage: Stage, *items: dict[str, Any], who: dict[str, str] = OWN) -> Any:
    return await stage.http.put("/v1/jkn/maps", json={"items": list(items)}, headers=who)


async def test_choices_hold_from_a_day_and_who_chose_stays(stage: Stage) -> None:
    today = stage.app.state.service.clock.today()
    tomorrow = (today + timedelta(days=1)).isoformat()
    made = await put(stage, DOCTOR, {"kind": "poli", "ours": "*", "theirs": "001"})
    assert made.status_code == 200, made.text
    later = await put(stage, DOCTOR | {"ours": "DR.  andi saputra", "theirs": "131999", "since": tomorrow})
    assert [c["theirs"] for c in later.json()["items"] if c["kind"] == "doctor"] == ["131491"], "not yet"
    async with stage.app.state.service.db.reading() as conn:
        rows = await choices.ever(conn, "P1410010101")
    on = [chosen(rows, d).theirs(MapKind.DOCTOR, "dr. Andi Saputra") for d in (today, today + timedelta(days=1))]
    assert on == ["131491", "131999"]
    await put(stage, DOCTOR | {"theirs": None})
    shown = (await stage.http.get("/v1/jkn/maps", params={"kind": "doctor"}, headers=OWN)).json()["items"]
    assert shown == [], "taken back"
    ever = (await stage.http.get("/v1/jkn/maps", params={"history": True}, headers=OWN)).json()["items"]
    assert [(c["theirs"], c["by"]) for c in ever if c["kind"] == "doctor"] == [
        ("131491", "test-facility-admin"), ("131999", "test-facility-admin"), (None, "test-facility-admin"),
    ]  # fmt: skip
    assert all(c["at"] for c in ever)


async def test_a_facility_chooses_its_own_and_the_office_names_one(stage: Stage) -> None:
    other = await put(stage, DOCTOR | {"facility": "K1410010201"})
    assert other.status_code == 403
    nobody = await put(stage, DOCTOR, who=OFFICE)
    assert (nobody.status_code, nobody.json()["errors"][0]["pointer"]) == (422, "/facility")
    unknown = await put(stage, DOCTOR | {"facility": "P1410019999"}, who=OFFICE)
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/items/0/facility")
    assert (await put(stage, DOCTOR | {"facility": "K1410010201"}, who=OFFICE)).status_code == 200
    mine = (await stage.http.get("/v1/jkn/maps", headers=OWN)).json()["items"]
    assert mine == []
    theirs = await stage.http.get("/v1/jkn/maps", params={"facility": "K1410010201"}, headers=OFFICE)
    assert [c["by"] for c in theirs.json()["items"]] == ["test-dinkes-admin"]


async def test_all_or_none(stage: Stage) -> None:
    twice = await put(stage, DOCTOR, DOCTOR | {"ours": "dr. andi saputra"})
    assert (twice.status_code, twice.json()["errors"][0]["pointer"]) == (422, "/items/1/ours")
    odd = await put(stage, DOCTOR, {"kind": "poli", "ours": "posyandu", "theirs": "0 0 1"})
    assert odd.status_code == 422
    assert await stage.rows("SELECT 1 FROM bpjs_choice") == []
    day = {"kind": "poli", "ours": "posyandu", "theirs": "021", "since": date.max.isoformat()}
    assert (await put(stage, day)).status_code == 200
