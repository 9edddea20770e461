"""What the JKN service asks of the record: whose many numbers are, and what eligibility turns on."""

from collections.abc import Callable

import httpx

from tests.service.records.bodies import BASE, nik
from tests.service.records.test_visits_imports import visit

Caller = Callable[..., httpx.AsyncClient]
PEER = {"x-peer-key": "kunci"}
SYSTEM = "https://fhir.kemkes.go.id/id/"


async def test_many_numbers_are_matched_in_their_order(caller: Caller) -> None:
    a, one, two, card = caller("KLINIK-A"), nik(), nik(), "0009" + nik()[-9:]
    persons = [(await a.post("/v1/visits", json=visit(n))).json()["person_id"] for n in (one, two)]
    numbers = [[None, card], [two, None], [nik(), card], [one, card], [None, None]]
    found = (await a.post("/internal/persons/matched", json={"numbers": numbers}, headers=PEER)).json()
    assert [f and f["person"] for f in found] == [None, persons[1], None, persons[0], None]
    patient = {
        "resourceType": "Patient", "identifier": [{"system": SYSTEM + "bpjs", "value": card}],
        "name": [{"text": "PEMILIK KARTU"}], "gender": "male", "birthDate": "1980-01-01",
    }  # fmt: skip
    assert (await a.post(f"{BASE}/Patient", json=patient)).status_code == 201
    again = (await a.post("/internal/persons/matched", json={"numbers": numbers}, headers=PEER)).json()
    assert [bool(f and f["differ"]) for f in again] == [False, False, False, True, False]
    assert "PEMILIK" not in str(again) and one not in str(again)
    many = {"numbers": [[None, None]] * 1001}
    assert (await a.post("/internal/persons/matched", json=many, headers=PEER)).status_code == 422


async def test_what_eligibility_turns_on(caller: Caller) -> None:
    a, mother = caller("KLINIK-A"), nik()
    her = (await a.post("/v1/visits", json=visit(mother))).json()["person_id"]
    asked = {"facility": "KLINIK-A", "since": "2000-01-01", "until": "2099-12-31"}
    told = (await a.get(f"/internal/persons/{her}/insured", params=asked, headers=PEER)).json()
    assert (told["person"], told["visits"], told["mother"]) == (her, 1, None)
    other = (
        await a.get(f"/internal/persons/{her}/insured", params=asked | {"facility": "TPMD-B"}, headers=PEER)
    ).json()
    assert other["visits"] == 0
    baby = {
        "resourceType": "Patient", "identifier": [{"system": SYSTEM + "nik-ibu", "value": mother}],
        "name": [{"text": "BAYI"}], "gender": "female", "birthDate": "2026-11-01", "multipleBirthInteger": 1,
    }  # fmt: skip
    made = (await a.post(f"{BASE}/Patient", json=baby)).json()
    child = (await a.get(f"/internal/persons/{made['id']}/insured", params=asked, headers=PEER)).json()
    assert (child["born"], child["mother"], child["patient"]) == ("2026-11-01", her, made["id"])
    nobody = await a.get("/internal/persons/tidak-ada/insured", params=asked, headers=PEER)
    assert nobody.status_code == 404
