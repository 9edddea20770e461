"""Who presents themselves through a peer (the queue of Mobile JKN) is a person of the record by its own rules."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from services.kernel.app import App
from tests.service.records.bodies import BASE, nik, patient

Caller = Callable[..., httpx.AsyncClient]
KEY = {"x-peer-key": "kunci"}
AREAS = [
    ("1410", "Kepulauan Meranti"), ("141001", "Tebing Tinggi"), ("141002", "Rangsang"), ("1410011001", "Selatpanjang"),
    ("1410021001", "Selatpanjang"),
]  # fmt: skip


@pytest.fixture
async def areas(records: App) -> None:
    async with records.state.service.db.transaction() as tx:
        await tx.executemany(
            "INSERT INTO network_row (of, key, version, data) VALUES ('area', $1, 1, $2) ON CONFLICT DO NOTHING",
            [(code, json.dumps({"code": code, "name": name})) for code, name in AREAS],
        )


def described(number: str, card: str, **more: Any) -> dict[str, Any]:
    return {
        "facility": "KLINIK-A", "subject": "antrean:bpjs.a", "origin": "10.0.0.1", "nik": number, "jkn": card,
        "kk": "1410011203150031", "mrn": f"MJ{card[-6:]}", "name": "Rina Contoh", "sex": "P",
        "birth_date": "1992-07-15", "line": "Jl. Dorak No. 9", "village_code": "0001", "village": "selatpanjang",
        "kecamatan": "Tebing Tinggi", "district": "Kab. Kepulauan Meranti", "rt": "002", "rw": "001", **more,
    }  # fmt: skip


async def register(client: httpx.AsyncClient, said: dict[str, Any]) -> str:
    answer = await client.post("/internal/registrations", json=said, headers=KEY)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["person_id"])


async def test_a_new_patient_has_numbers_family_card_and_address(caller: Caller, areas: None, sql: Any) -> None:
    number, card, client = nik(), f"99{nik()[-11:]}", caller("KLINIK-A")
    person = await register(client, described(number, card))
    assert await register(client, described(number, card)) == person
    found = (
        await client.get(f"{BASE}/Patient", params={"identifier": f"https://fhir.kemkes.go.id/id/nik|{number}"})
    ).json()
    (entry,) = found["entry"]
    said = {i["system"].rsplit("/", 1)[-1]: i["value"] for i in entry["resource"]["identifier"]}
    assert said == {"nik": number, "bpjs": card, "kk": "1410011203150031", "100000001": f"MJ{card[-6:]}"}
    codes = {e["url"]: e["valueCode"] for e in entry["resource"]["address"][0]["extension"][0]["extension"]}
    assert codes["village"] == "1410011001", "the one of its kecamatan, of two with this name"
    assert (codes["rt"], codes["rw"]) == ("002", "001")
    for value, system in ((number, "nik"), (card, "jkn")):
        known = await client.get("/internal/persons", params={"system": system, "value": value}, headers=KEY)
        assert known.json()["person_id"] == person
    logged = await sql(
        "SELECT actor, role, purpose, action, origin FROM access_pending WHERE person_id = $1 UNION ALL "
        "SELECT actor, role, purpose, action, origin FROM access_log WHERE person_id = $1",
        person,
    )
    assert ("antrean:bpjs.a", "jkn-connector", "PATRQT", "write", "10.0.0.1") in [tuple(r) for r in logged]


async def test_a_village_nobody_knows_stays_as_it_was_written(caller: Caller, areas: None) -> None:
    number, client = nik(), caller("KLINIK-A")
    person = await register(client, described(number, f"99{nik()[-11:]}", village="Entah"))
    found = (await client.get(f"{BASE}/Patient/{person}")).json()
    assert found["address"][0]["text"] == "Jl. Dorak No. 9, Entah, Tebing Tinggi, Kab. Kepulauan Meranti"


async def test_a_known_person_by_numbers_alone_keeps_who_they_are(caller: Caller) -> None:
    number, card = nik(), f"99{nik()[-11:]}"
    made = await caller("PKM-C").post(f"{BASE}/Patient", json=patient(number, name=[{"text": "Siti Lama"}]))
    hidden = await caller("KLINIK-A").get(f"{BASE}/Patient/{made.json()['id']}")
    assert hidden.status_code == 403
    numbers = {"facility": "KLINIK-A", "subject": "antrean:bpjs.a", "nik": number, "jkn": card}
    person = await register(caller("KLINIK-A"), numbers)
    names = await caller("KLINIK-A").post("/internal/names", json={"person_ids": [person]}, headers=KEY)
    assert names.json()[person]["name"] == "Siti Lama", "the facility that gave the place may see who comes"
    answer = await caller("KLINIK-A").get("/internal/persons", params={"system": "jkn", "value": card}, headers=KEY)
    assert answer.json()["person_id"] == person


async def test_only_peers_register_so(caller: Caller) -> None:
    answer = await caller("KLINIK-A").post("/internal/registrations", json=described(nik(), "0" * 13))
    assert answer.status_code == 403
