"""Change requests: who may ask for what, what is shown, who decides, and what happens when two decide at once."""

import asyncio
from typing import Any

import httpx
import pytest

from services.facilities.queries import loading
from tests.service.facilities.conftest import House

SELATPANJANG, CLINIC = "P1410010101", "K1410010201"
Json = dict[str, Any]


async def staff(house: House, username: str, role: str, facility: str | None) -> dict[str, str]:
    body = {"username": username, "password": "sandi-panjang-uji", "role": role, "facility": facility}
    answer = await house.http.post("/v1/staff", json=body, headers=house.admin)
    assert answer.status_code == 201, answer.text
    return await house.sign_in(username, "sandi-panjang-uji")


@pytest.fixture
async def puskesmas(house: House) -> dict[str, str]:
    return await staff(house, "petugas", "puskesmas-staff", SELATPANJANG)


async def propose(house: House, who: dict[str, str], values: Json, **more: Any) -> httpx.Response:
    headers = who | ({"Idempotency-Key": more.pop("again")} if "again" in more else {})
    body = {"of": "facility", "key": SELATPANJANG, "values": values, **more}
    return await house.http.post("/v1/proposals", json=body, headers=headers)


async def step(house: House, who: dict[str, str], id_: str, verb: str, **body: Any) -> httpx.Response:
    return await house.http.post(f"/v1/proposals/{id_}/{verb}", json=body, headers=who)


async def read(house: House, who: dict[str, str], id_: str) -> Json:
    answer = await house.http.get(f"/v1/proposals/{id_}", headers=who)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def phone(house: House, code: str = SELATPANJANG) -> str:
    return str((await house.http.get(f"/v1/facilities/{code}", headers=house.admin)).json()["phone"])


async def test_a_proposal_changes_nothing_until_it_is_approved(house: House, puskesmas: dict[str, str]) -> None:
    answer = await propose(house, puskesmas, {"phone": "0763-111111", "active": True}, note="Nomor baru")
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["diff"] == [{"field": "phone", "was": "0763-990001", "would_be": "0763-111111"}]
    assert (made["state"], made["legal"]) == ("proposed", ["approve", "reject", "return", "withdraw"])
    assert await phone(house) == "0763-990001"
    done = await step(house, house.admin, made["id"], "approve", row_version=made["current_version"])
    assert (done.status_code, done.json()["state"], done.json()["diff"]) == (200, "approved", [])
    assert await phone(house) == "0763-111111"
    async with house.service.db.reading() as conn:
        last = await conn.fetchrow("SELECT * FROM history WHERE key = $1 ORDER BY version DESC", SELATPANJANG)
    assert last is not None
    assert (last["because"], last["recorded_by"]) == (f"proposal/{made['id']}", "admin")
    assert last["version"] == done.json()["applied_version"] == 2


async def test_events_name_fields_and_no_values(house: House, puskesmas: dict[str, str]) -> None:
    values = {
        "id": "10009889999", "facility": SELATPANJANG, "name": "dr. Rahasia Sekali", "nik": "1499990101809999",
        "profession": "dokter", "valid_from": "2026-01-01",
    }  # fmt: skip
    made = (await propose(house, puskesmas, values, of="practitioner", key=None)).json()
    assert made["current_version"] is None
    shown = {d["field"]: d["would_be"] for d in made["diff"]}
    assert shown["nik"] == "…9999"
    async with house.service.db.reading() as conn:
        sql = "SELECT data FROM event WHERE type = 'proposal' UNION ALL SELECT data FROM event_pending"
        told = " ".join([r["data"] for r in await conn.fetch(sql) if "proposer" in r["data"]])
    assert "practitioner" in told
    assert '"nik"' in told  # the field
    assert "Rahasia" not in told
    assert "1499990101809999" not in told
    done = await step(house, house.admin, made["id"], "approve")
    assert done.status_code == 200, done.text
    found = await house.http.get("/v1/practitioners", params={"facility": SELATPANJANG}, headers=house.admin)
    assert "10009889999" in [p["id"] for p in found.json()["items"]]


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"phone": "x"}, "/values/phone"),
        ({"bpjs_code": "9914P002"}, "/values/bpjs_code"),  # the neighbour's
        ({"village": "1410019999"}, "/values/village"),
        ({"latitude": None}, "/values/latitude"),  # without the other
        ({"code": "P9"}, "/values/code"),
        ({"name": None}, "/values/name"),
        ({"director": "x"}, "/values/director"),
        ({"phone": "0763-990001"}, "/values"),  # it stands so
    ],
)
async def test_what_the_rules_refuse_is_refused_when_proposed(
    house: House, puskesmas: dict[str, str], values: Json, pointer: str
) -> None:
    answer = await propose(house, puskesmas, values)
    assert (answer.status_code, [e["pointer"] for e in answer.json()["errors"]]) == (422, [pointer])
    listed = await house.http.get("/v1/proposals", headers=house.admin)
    assert listed.json()["items"] == []


async def test_only_its_own_and_the_posts_of_its_catchment(house: House, puskesmas: dict[str, str]) -> None:
    assert (await propose(house, puskesmas, {"phone": "0763-222222"}, key=CLINIC)).status_code == 403
    assert (await propose(house, puskesmas, {"phone": "0763-222222"}, key="TIDAK-ADA")).status_code == 422
    assert (await propose(house, puskesmas, {"phone": "0763-222222"}, of="area", key="14")).status_code == 422
    assert (await propose(house, house.admin, {"phone": "0763-222222"})).status_code == 403
    post: Json = {"kind": "posyandu", "ownership": "public", "name": "Posyandu Melati", "code": "Y1410010001"}
    mine = await propose(house, puskesmas, post | {"village": "1410011001"}, key=None)
    assert mine.status_code == 201, mine.text
    far = await propose(house, puskesmas, post | {"village": "1410032001"}, key=None)
    assert far.status_code == 403
    clinic = await propose(house, puskesmas, post | {"village": "1410011001", "kind": "klinik-pratama"}, key=None)
    assert clinic.status_code == 403


async def test_who_speaks_for_a_post(house: House, puskesmas: dict[str, str]) -> None:
    trick = await propose(
        house, puskesmas, {"kind": "posyandu"}, key=CLINIC
    )  # in its catchment, but no post of its own
    assert trick.status_code == 403
    posts = "code,name,kind,ownership,village\n"
    posts += "Y1,Posyandu Satu,posyandu,public,1410011001\nY2,Posyandu Dua,posyandu,public,1410032001\n"
    assert (await house.load("facilities", posts)).status_code == 200
    assert (await propose(house, puskesmas, {"name": "Posyandu Satu A"}, key="Y1")).status_code == 201  # its catchment
    assert (await propose(house, puskesmas, {"name": "Posyandu Dua A"}, key="Y2")).status_code == 403
    chain = "child,parent,valid_from\nY1,P1410010102,2026-01-01\nY2,P1410010101,2026-01-01\n"
    assert (await house.load("links", chain)).status_code == 200
    assert (await propose(house, puskesmas, {"name": "Posyandu Satu B"}, key="Y1")).status_code == 403
    assert (await propose(house, puskesmas, {"name": "Posyandu Dua B"}, key="Y2")).status_code == 201


async def test_others_do_not_see_it(house: House, puskesmas: dict[str, str]) -> None:
    made = (await propose(house, puskesmas, {"phone": "0763-333333"})).json()["id"]
    other = await staff(house, "orang.klinik", "facility-admin", CLINIC)
    assert (await house.http.get(f"/v1/proposals/{made}", headers=other)).status_code == 404
    assert (await step(house, other, made, "withdraw")).status_code == 404
    assert (await house.http.get("/v1/proposals", headers=other)).json()["items"] == []
    assert (await step(house, puskesmas, made, "approve")).status_code == 403
    assert [p["id"] for p in (await house.http.get("/v1/proposals", headers=puskesmas)).json()["items"]] == [made]


async def test_only_the_proposer_withdraws_or_asks_again(house: House, puskesmas: dict[str, str]) -> None:
    posts = "code,name,kind,ownership,village\nU1,Pustu Satu,pustu,public,1410011001\n"
    assert (await house.load("facilities", posts)).status_code == 200
    pustu = await staff(house, "orang.pustu", "puskesmas-staff", "U1")
    made = (await propose(house, puskesmas, {"name": "Pustu Satu A"}, key="U1")).json()["id"]
    assert (await read(house, pustu, made))["state"] == "proposed", "it is about them"
    assert (await step(house, pustu, made, "withdraw")).status_code == 403
    assert (await step(house, house.admin, made, "return", reason="Nama siapa?")).status_code == 200
    assert (await step(house, pustu, made, "resubmit", values={"name": "Lain"})).status_code == 403
    assert (await step(house, puskesmas, made, "withdraw")).status_code == 200


async def test_a_registered_nik_is_not_found_out_by_proposing(house: House, puskesmas: dict[str, str]) -> None:
    row = (
        f"id,facility,name,nik,profession,valid_from\n10009887778,{CLINIC},Bd. Ada,1499990101807778,bidan,2026-01-01\n"
    )
    assert (await house.load("practitioners", row)).status_code == 200
    values = {"id": "10009887778", "facility": SELATPANJANG, "name": "Bd. Ada", "profession": "bidan",
              "valid_from": "2026-02-01"}  # fmt: skip
    told = [
        await propose(house, puskesmas, values | {"nik": nik}, of="practitioner", key=None)
        for nik in ("1499990101807778", "1499990101807779")
    ]
    assert [a.status_code for a in told] == [422, 422]
    assert told[0].json()["errors"] == told[1].json()["errors"], "the right number is as refused as a wrong one"
    assert (await propose(house, puskesmas, values, of="practitioner", key=None)).status_code == 201


async def test_two_approvers_at_once_one_wins(house: House, puskesmas: dict[str, str]) -> None:
    made = (await propose(house, puskesmas, {"phone": "0763-444444"})).json()["id"]
    asked = (step(house, house.admin, made, v, reason="bersamaan") for v in ("approve", "approve", "reject"))
    answers = await asyncio.gather(*asked)
    assert sorted(a.status_code for a in answers) == [200, 409, 409]
    won = next(a.json() for a in answers if a.status_code == 200)
    for lost in (a.json() for a in answers if a.status_code == 409):
        assert (lost["state"], lost["legal"], lost["last"]["by"]) == (won["state"], [], "admin")
        assert lost["last"]["verb"] == won["steps"][-1]["verb"]
    assert len((await read(house, puskesmas, made))["steps"]) == 2
    async with house.service.db.reading() as conn:
        versions = await conn.fetchval("SELECT count(*) FROM history WHERE key = $1", SELATPANJANG)
    assert versions == (2 if won["state"] == "approved" else 1)


async def test_a_row_that_changed_meanwhile_is_shown_again(house: House, puskesmas: dict[str, str]) -> None:
    made = (await propose(house, puskesmas, {"phone": "0763-555555"})).json()["id"]
    row = "code,name,kind,ownership,village,phone\n"
    row += f"{SELATPANJANG},Puskesmas Selatpanjang,puskesmas,public,1410011001,0763-666666\n"
    assert (await house.load("facilities", row)).status_code == 200
    told = await step(house, house.admin, made, "approve")
    assert told.status_code == 409
    assert (told.json()["row_version"], told.json()["diff"][0]["was"]) == (2, "0763-666666")
    assert await phone(house) == "0763-666666"
    assert (await step(house, house.admin, made, "approve", row_version=2)).status_code == 200
    assert await phone(house) == "0763-555555"


async def test_a_new_row_that_somebody_made_meanwhile(house: House, puskesmas: dict[str, str]) -> None:
    values = {"id": "10009887777", "facility": SELATPANJANG, "name": "Bd. Baru", "profession": "bidan",
              "valid_from": "2026-01-01"}  # fmt: skip
    made = (await propose(house, puskesmas, values, of="practitioner", key=None)).json()["id"]
    row = f"id,facility,name,profession,valid_from\n10009887777,{SELATPANJANG},Bd. Lain,bidan,2026-01-01\n"
    assert (await house.load("practitioners", row)).status_code == 200
    told = await step(house, house.admin, made, "approve")
    assert (told.status_code, told.json()["row_version"]) == (409, 1)
    assert [d["field"] for d in told.json()["diff"]] == ["name"]


async def test_asked_back_and_asked_again(house: House, puskesmas: dict[str, str]) -> None:
    made = (await propose(house, puskesmas, {"phone": "0763-777777"})).json()["id"]
    assert (await step(house, house.admin, made, "return")).status_code == 422  # a reason is needed
    back = await step(house, house.admin, made, "return", reason="Nomor kantor atau nomor orang?")
    assert (back.json()["state"], back.json()["legal"]) == ("returned", ["resubmit", "withdraw"])
    early = await step(house, house.admin, made, "approve")
    assert (early.status_code, early.json()["legal"]) == (409, ["resubmit", "withdraw"])
    again = await step(house, puskesmas, made, "resubmit", values={"phone": "0763-888888"})
    assert again.status_code == 200, again.text
    assert again.json()["diff"][0]["would_be"] == "0763-888888"
    assert (await step(house, puskesmas, made, "withdraw")).json()["state"] == "withdrawn"
    late = await step(house, puskesmas, made, "resubmit")
    assert (late.status_code, late.json()["last"]["verb"]) == (409, "withdraw")


async def test_asked_again_and_approved_at_once(house: House, puskesmas: dict[str, str]) -> None:
    """Both take the load's lock before the proposal, so neither waits for the other in a ring."""
    made = (await propose(house, puskesmas, {"phone": "0763-777777"})).json()["id"]
    assert (await step(house, house.admin, made, "return", reason="Nomor siapa?")).status_code == 200
    async with house.service.db.transaction() as tx:
        await loading.lock(tx)
        again = asyncio.create_task(step(house, puskesmas, made, "resubmit"))
        await asyncio.sleep(0.5)
        free = "SELECT id FROM proposal WHERE id = $1 FOR UPDATE SKIP LOCKED"
        assert await tx.fetchval(free, made) == made
    assert (await again).status_code == 200


async def test_a_retry_makes_no_second_one(house: House, puskesmas: dict[str, str]) -> None:
    answers = await asyncio.gather(
        *(propose(house, puskesmas, {"phone": "0763-121212"}, again="satu") for _ in range(4))
    )
    assert sorted(a.status_code for a in answers) == [200, 200, 200, 201]
    assert len({a.json()["id"] for a in answers}) == 1
    assert (await propose(house, puskesmas, {"phone": "0763-131313"}, again="satu")).status_code == 409


async def test_the_list_pages_filters_and_sorts(house: House, puskesmas: dict[str, str]) -> None:
    made = [(await propose(house, puskesmas, {"phone": f"0763-{n}{n}{n}{n}"})).json()["id"] for n in range(5)]
    await step(house, house.admin, made[2], "reject", reason="Nomor salah")
    for sort, order in (("made_at", made), (None, made[::-1])):
        seen: list[str] = []
        after: str | None = None
        while True:
            params: dict[str, Any] = (
                {"limit": 2} | ({"sort": sort} if sort else {}) | ({"after": after} if after else {})
            )
            page = (await house.http.get("/v1/proposals", params=params, headers=house.admin)).json()
            seen += [p["id"] for p in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert seen == order
    rejected = await house.http.get("/v1/proposals", params={"state": "rejected"}, headers=house.admin)
    assert [p["id"] for p in rejected.json()["items"]] == [made[2]]
    wrong = await house.http.get("/v1/proposals", params={"after": "YQpi"}, headers=house.admin)
    assert wrong.status_code == 400
