"""The family folder: who sees which household, moving, dying, merging, no leaks: on a real database."""

import itertools
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.kernel.app import App
from services.records.usecases import families
from tests.service.records.bodies import BASE, encounter, nik, patient
from tests.service.records.conftest import own_record

records = own_record(still=True)
VILLAGE, ELSEWHERE = "1410011001", "1410012006"
_cards = itertools.count(1)
ADDRESS = "https://fhir.kemkes.go.id/r4/StructureDefinition/administrativeCode"
Caller = Callable[..., httpx.AsyncClient]


def card() -> str:
    return f"141001010126{next(_cards):04d}"


async def register(by: httpx.AsyncClient, kk: str | None, village: str = VILLAGE, **more: Any) -> str:
    number = nik()
    ids = [{"system": "https://fhir.kemkes.go.id/id/nik", "value": number}]
    ids += [{"system": "https://fhir.kemkes.go.id/id/kk", "value": kk}] if kk else []
    parts = [{"url": "village", "valueCode": village}, {"url": "rt", "valueCode": "001"}]
    body = patient(number) | {
        "identifier": ids, "address": [{"extension": [{"url": ADDRESS, "extension": parts}]}], **more,
    }  # fmt: skip
    answer = await by.post(f"{BASE}/Patient", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def settle(records: App) -> None:
    service = records.state.service
    while True:
        async with service.db.reading() as conn:
            if not await conn.fetchval("SELECT count(*) FROM event_pending"):
                break
        await service.sealer.wait(0.05)
    while await families.step(service):
        pass


async def family_of(by: httpx.AsyncClient, person: str, village: str = VILLAGE) -> str | None:
    page = (await by.get("/v1/families", params={"village": village, "limit": 500})).json()
    for item in page["items"]:
        one = (await by.get(f"/v1/families/{item['id']}")).json()
        if person in [m["person_id"] for m in one["members"]]:
            return str(item["id"])
    return None


def members(body: dict[str, Any]) -> list[str]:
    return [m["person_id"] for m in body["members"]]


async def put(by: httpx.AsyncClient, id_: str, *who: tuple[str, str], **more: Any) -> httpx.Response:
    body = {"village": VILLAGE, "members": [{"person_id": p, "relation": r} for p, r in who]} | more
    return await by.put(f"/v1/families/{id_}", json=body)


async def test_a_card_makes_a_household_that_its_puskesmas_sees_and_strangers_do_not(
    records: App, caller: Caller, sql: Any
) -> None:
    kk, clinic, puskesmas = card(), caller("KLINIK-A"), caller("PKM-C", "puskesmas-staff")
    mother, child = await register(clinic, kk), await register(clinic, kk)
    await settle(records)
    id_ = await family_of(puskesmas, mother)
    one = (await puskesmas.get(f"/v1/families/{id_}")).json()
    assert sorted(members(one)) == sorted([mother, child])
    assert (one["kk"], one["village"], one["rt"], one["version"]) == (kk, VILLAGE, "001", 1)
    logged = await sql("SELECT person_id FROM access_pending WHERE what = 'family' AND action = 'read'"
                       " UNION SELECT person_id FROM access_log WHERE what = 'family' AND action = 'read'")  # fmt: skip
    assert {mother, child} <= {r["person_id"] for r in logged}

    stranger = caller("TPMD-B")
    assert (await stranger.get(f"/v1/families/{id_}")).status_code == 404
    assert (await stranger.get(f"/v1/families/{uuid4()}")).status_code == 404
    assert id_ not in [
        f["id"] for f in (await stranger.get("/v1/families", params={"village": VILLAGE})).json()["items"]
    ]
    refused = await sql(
        "SELECT person_id FROM access_pending WHERE what = 'family' AND outcome = 'refused'"
        " UNION SELECT person_id FROM access_log WHERE what = 'family' AND outcome = 'refused'"
    )
    assert {mother, child} <= {r["person_id"] for r in refused}
    assert (await puskesmas.get("/v1/families")).status_code == 400


async def test_a_clinic_sees_of_a_household_only_whom_it_may_see(records: App, caller: Caller) -> None:
    kk, a, b = card(), caller("KLINIK-A"), caller("TPMD-B")
    hers, his = await register(a, kk), await register(b, kk)
    await settle(records)
    id_ = await family_of(a, hers)
    assert members((await a.get(f"/v1/families/{id_}")).json()) == [hers]
    assert members((await b.get(f"/v1/families/{id_}")).json()) == [his]
    item = next(f for f in (await a.get("/v1/families", params={"village": VILLAGE})).json()["items"] if f["id"] == id_)
    assert item["members"] == 1
    group = (await a.get(f"/v1/families/{id_}/group")).json()
    assert (group["resourceType"], group["type"], group["actual"], group["quantity"]) == ("Group", "person", True, 1)
    assert group["member"][0]["entity"] == {"reference": f"Patient/{hers}"}


async def test_writing_by_hand_is_for_who_answers_for_the_village(records: App, caller: Caller, sql: Any) -> None:
    await sql("INSERT INTO facility VALUES ('Y1','Y1','Posyandu','posyandu','public',true) ON CONFLICT DO NOTHING")
    clinic, puskesmas = caller("KLINIK-A"), caller("PKM-C", "puskesmas-staff")
    mother, child = await register(clinic, None), await register(clinic, None)
    hidden = await register(clinic, None, ELSEWHERE)
    await settle(records)
    waiting = (await puskesmas.get("/v1/families/unplaced", params={"village": VILLAGE, "limit": 500})).json()[
        "persons"
    ]
    assert {mother, child} <= {p["person_id"] for p in waiting}
    id_ = str(uuid4())
    head, kid = (mother, "kepala-keluarga"), (child, "anak")
    assert (await put(clinic, id_, head)).status_code == 403
    assert (await put(puskesmas, id_, head, village=ELSEWHERE)).status_code == 403
    for who, more, pointer in (
        ((head, (hidden, "anak")), {}, "/members/1/person_id"), ((head, ("none", "anak")), {}, "/members/1/person_id"),
        ((kid,), {}, "/members"), ((head, (child, "kepala-keluarga")), {}, "/members"),
        ((head, head), {}, "/members/1/person_id"), ((head,), {"posyandu": "KLINIK-A"}, "/posyandu"),
        ((head,), {"from_day": "2999-01-01"}, "/from_day"),
    ):  # fmt: skip
        answer = await put(puskesmas, id_, *who, **more)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    faults = [(await put(puskesmas, id_, head, (p, "anak"))).json()["errors"][0] for p in (hidden, "none")]
    assert faults[0] == faults[1], "a hidden person is as unknown as one that does not exist"
    assert not await sql("SELECT 1 FROM family WHERE id = $1", id_)

    done = await put(puskesmas, id_, head, kid, posyandu="Y1", hamlet="Dusun I", kk=card())
    assert done.status_code == 200, done.text
    assert [(m["person_id"], m["relation"]) for m in done.json()["members"]] == [head, kid]
    again = await put(puskesmas, id_, head, kid, posyandu="Y1", hamlet="Dusun I", kk=done.json()["kk"])
    assert again.json()["version"] == 1
    listed = (await puskesmas.get("/v1/families", params={"posyandu": "Y1"})).json()["items"]
    for post, which in (("Y1", "mine"), ("Y2", "others")):  # a peer asks who belongs to a posyandu of the village
        told = await puskesmas.get(
            f"/internal/posyandu/{post}", params={"village": VILLAGE}, headers={"x-peer-key": "kunci"}
        )
        assert set(told.json()[which]) >= {mother, child}
    assert [(f["id"], f["head"]["person_id"], f["members"]) for f in listed] == [(id_, mother, 2)]
    other = await put(puskesmas, str(uuid4()), head, kk=done.json()["kk"])
    assert other.status_code == 409


async def test_a_household_of_another_puskesmas_is_neither_taken_over_nor_read(
    records: App, caller: Caller, sql: Any
) -> None:
    await sql("INSERT INTO facility VALUES ('PKM-Z','PKM-Z','Puskesmas','puskesmas','public',true)")
    await sql("INSERT INTO catchment (village, facility, valid_from) VALUES ('1410019999','PKM-Z','2020-01-01')")
    clinic, puskesmas, other = (
        caller("KLINIK-A"), caller("PKM-C", "puskesmas-staff"), caller("PKM-Z", "puskesmas-staff")
    )  # fmt: skip
    mother, child = await register(clinic, None), await register(clinic, None)
    known = await register(other, None, "1410019999")
    id_, kk = str(uuid4()), card()
    await put(puskesmas, id_, (mother, "kepala-keluarga"), (child, "anak"), kk=kk, hamlet="Dusun I")
    taken = await put(other, id_, (known, "kepala-keluarga"), village="1410019999")
    assert taken.status_code == 403 and kk not in taken.text
    home = (await puskesmas.get(f"/v1/families/{id_}")).json()
    assert (home["village"], home["hamlet"], home["version"], members(home)) == (
        VILLAGE, "Dusun I", 1, [mother, child],
    )  # fmt: skip
    refused = "SELECT person_id FROM {} WHERE facility = 'PKM-Z' AND action = 'write' AND outcome = 'refused'"
    logged = await sql(refused.format("access_pending") + " UNION " + refused.format("access_log"))
    assert {mother, child} <= {r["person_id"] for r in logged}


async def test_moving_house_and_leaving_are_dated(records: App, caller: Caller) -> None:
    clinic, puskesmas = caller("KLINIK-A"), caller("PKM-C", "puskesmas-staff")
    a, b, c = [await register(clinic, None) for _ in range(3)]
    first, second, today = str(uuid4()), str(uuid4()), date.today()
    before = (today - timedelta(30)).isoformat()
    await put(puskesmas, first, (a, "kepala-keluarga"), (b, "istri"), (c, "anak"), from_day=before)
    since = today - timedelta(10)
    assert (await put(puskesmas, second, (c, "kepala-keluarga"), from_day=since.isoformat())).status_code == 200
    assert members((await puskesmas.get(f"/v1/families/{first}")).json()) == [a, b]
    then = {"on": (since - timedelta(1)).isoformat()}
    assert sorted(members((await puskesmas.get(f"/v1/families/{first}", params=then)).json())) == sorted([a, b, c])
    assert (await puskesmas.get(f"/v1/families/{second}", params=then)).status_code == 404
    await put(puskesmas, first, (a, "kepala-keluarga"))
    now = (await puskesmas.get(f"/v1/families/{first}")).json()
    assert members(now) == [a]
    left = (await puskesmas.get(f"/v1/families/{first}", params=then)).json()["members"]
    assert {m["person_id"]: m["end_reason"] for m in left} == {a: None, b: "keluar", c: "pindah"}


async def test_another_card_and_death_end_a_membership(records: App, caller: Caller) -> None:
    kk, clinic, puskesmas = card(), caller("KLINIK-A"), caller("PKM-C", "puskesmas-staff")
    a, b = await register(clinic, kk), await register(clinic, kk)
    await settle(records)
    id_ = await family_of(puskesmas, a)
    read = (await clinic.get(f"{BASE}/Patient/{b}")).json()
    answer = await clinic.put(f"{BASE}/Patient/{b}", json=read | {"deceasedDateTime": date.today().isoformat()})
    assert answer.status_code == 200, answer.text
    await settle(records)
    found = (await puskesmas.get(f"/v1/families/{id_}")).json()["members"]
    assert {m["person_id"]: m["end_reason"] for m in found} == {a: None, b: "meninggal"}
    other = card()
    read = (await clinic.get(f"{BASE}/Patient/{a}")).json()
    read["identifier"] = [i if not i["system"].endswith("/kk") else i | {"value": other} for i in read["identifier"]]
    assert (await clinic.put(f"{BASE}/Patient/{a}", json=read)).status_code == 200
    await settle(records)
    assert await family_of(puskesmas, a) != id_


async def test_a_household_follows_the_merge_of_its_members_and_back(records: App, caller: Caller, sql: Any) -> None:
    clinic, puskesmas = caller("KLINIK-A"), caller("PKM-C", "puskesmas-staff")
    office = caller(None, "dinkes-admin")
    kk, apart = card(), card()
    a, double, other = await register(clinic, kk), await register(clinic, kk), await register(clinic, apart)
    await settle(records)
    id_ = await family_of(puskesmas, a)
    done = await office.post("/v1/identity/merges", json={"survivor": a, "other": double, "reason": "uji gabung"})
    assert done.is_success, done.text
    await settle(records)
    assert members((await puskesmas.get(f"/v1/families/{id_}")).json()) == [a]
    second = await office.post("/v1/identity/merges", json={"survivor": a, "other": other, "reason": "uji gabung"})
    await settle(records)
    assert await family_of(puskesmas, other) is None
    assert await family_of(puskesmas, a) == id_
    for merge in (second, done):
        undo = f"/v1/identity/merges/{merge.json()['merge_id']}/undo"
        assert (await office.post(undo, json={"reason": "uji pisah"})).is_success
    await settle(records)
    assert sorted(members((await puskesmas.get(f"/v1/families/{id_}")).json())) == sorted([a, double])


async def test_visits_to_the_home_are_shown_with_the_household(records: App, caller: Caller, sql: Any) -> None:
    kk, clinic, puskesmas = card(), caller("KLINIK-A"), caller("PKM-C", "puskesmas-staff")
    a = await register(clinic, kk)
    home = {"coding": [{"system": families.queries.KIND, "code": "kunjungan-rumah"}]}
    made = await puskesmas.post(f"{BASE}/Encounter", json=encounter(a) | {"type": [home]})
    assert made.status_code == 201, made.text
    await puskesmas.post(f"{BASE}/Encounter", json=encounter(a))
    await settle(records)
    one = (await puskesmas.get(f"/v1/families/{await family_of(puskesmas, a)}")).json()
    assert [v["visit_id"] for v in one["home_visits"]] == [made.json()["id"]]


async def test_nobody_is_in_two_households_on_one_day(records: App, sql: Any) -> None:
    import asyncpg

    for n in (1, 2):
        await sql("INSERT INTO family (id, version) VALUES ($1, 1)", f"dua-{n}")
    put_in = "INSERT INTO family_member (family_id, person_id, valid_from) VALUES ($1, 'seseorang', '2026-01-01')"
    await sql(put_in, "dua-1")
    with pytest.raises(asyncpg.ExclusionViolationError):
        await sql(put_in, "dua-2")
