"""The shared record through its own door, on a real database."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.service.records.bodies import BASE, NIK, bundle, encounter, nik, patient, systolic


async def test_create_read_update_history(caller: Callable[..., httpx.AsyncClient]) -> None:
    a = caller("KLINIK-A")
    made = await a.post(f"{BASE}/Patient", json=patient(nik()))
    assert made.status_code == 201, made.text
    id_ = made.json()["id"]
    got = await a.get(f"{BASE}/Patient/{id_}")
    assert got.json() == made.json()
    assert got.headers["etag"] == 'W/"1"'
    assert (await a.get(f"{BASE}/Patient/{id_}", headers={"if-none-match": 'W/"1"'})).status_code == 304
    changed = made.json() | {"active": True}
    assert (await a.put(f"{BASE}/Patient/{id_}", json=changed, headers={"if-match": 'W/"7"'})).status_code == 412
    put = await a.put(f"{BASE}/Patient/{id_}", json=changed)
    assert (put.status_code, put.json()["meta"]["versionId"]) == (200, "2")
    again = await a.put(f"{BASE}/Patient/{id_}", json=changed)
    assert again.json()["meta"]["versionId"] == "2"
    history = (await a.get(f"{BASE}/Patient/{id_}/_history")).json()
    assert [e["resource"]["meta"]["versionId"] for e in history["entry"]] == ["2", "1"]
    assert (await a.get(f"{BASE}/Patient/{id_}/_history/1")).json() == made.json()


async def test_one_person_however_many_register_at_once(caller: Callable[..., httpx.AsyncClient], sql: Any) -> None:
    number = nik()
    clients = [caller(f) for f in ("KLINIK-A", "TPMD-B", "PKM-C")]
    answers = await asyncio.gather(*(clients[i % 3].post(f"{BASE}/Patient", json=patient(number)) for i in range(24)))
    assert {a.status_code for a in answers} <= {200, 201}, [a.text for a in answers if a.status_code > 201]
    assert len({a.json()["id"] for a in answers}) == 1
    assert len(await sql("SELECT 1 FROM person_identifier WHERE value = $1", number)) == 1


async def test_same_nik_other_birth_date_is_another_person_for_review(
    caller: Callable[..., httpx.AsyncClient], sql: Any
) -> None:
    number, a = nik(), caller("KLINIK-A")
    first = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    second = await a.post(f"{BASE}/Patient", json=patient(number, birthDate="1991-01-01"))
    assert second.status_code == 201
    assert second.json()["id"] != first
    assert len(await sql("SELECT 1 FROM identity_review WHERE other_person_id = $1", first)) == 1


async def test_refusal_without_a_reason_is_logged(caller: Callable[..., httpx.AsyncClient], sql: Any) -> None:
    number, a, b, c = nik(), caller("KLINIK-A"), caller("TPMD-B"), caller("PKM-C")
    for other in (b, c):  # a facility that knows other people still does not know her
        assert (await other.post(f"{BASE}/Patient", json=patient(nik()))).status_code == 201
    id_ = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    assert (await a.post(f"{BASE}/Observation", json=systolic(id_))).status_code == 201
    for path in (f"{BASE}/Patient/{id_}", f"{BASE}/Patient/{id_}/$everything"):
        refused = await b.get(path)
        assert refused.status_code == 403, refused.text
        assert refused.json()["resourceType"] == "OperationOutcome"
        assert "SITI" not in refused.text
    found = await b.get(f"{BASE}/Patient", params={"identifier": f"{NIK}|{number}"})
    assert found.json()["total"] == 0
    assert found.json()["entry"][0]["resource"]["issue"][0]["code"] == "suppressed"
    shell = await caller("TPMD-B", face="satusehat").get(f"{BASE}/Patient", params={"identifier": f"{NIK}|{number}"})
    assert [e["resource"]["id"] for e in shell.json()["entry"]] == [id_]
    assert number not in shell.text.replace(shell.json()["link"][0]["url"], "")
    assert "SITI" not in shell.text
    assert (await b.get(f"{BASE}/Observation", params={"patient": id_})).json()["total"] == 0
    rows = await sql(
        "SELECT outcome, what FROM access_log WHERE person_id=$1 AND facility='TPMD-B' UNION ALL"
        " SELECT outcome, what FROM access_pending WHERE person_id=$1 AND facility='TPMD-B'",
        id_,
    )
    assert {r["outcome"] for r in rows} == {"refused"}
    assert len(rows) >= 4
    village = [
        {
            "use": "home",
            "extension": [
                {
                    "url": "https://fhir.kemkes.go.id/r4/StructureDefinition/administrativeCode",
                    "extension": [{"url": "village", "valueCode": "1410011001"}],
                }
            ],
        }
    ]
    assert (await c.get(f"{BASE}/Patient/{id_}")).status_code == 403
    await a.post(f"{BASE}/Patient", json=patient(number, address=village))
    assert (await c.get(f"{BASE}/Patient/{id_}")).status_code == 200
    assert (await b.post(f"{BASE}/Encounter", json=encounter(id_))).status_code == 201
    assert (await b.get(f"{BASE}/Patient/{id_}")).status_code == 200


async def test_transaction_links_its_entries(caller: Callable[..., httpx.AsyncClient]) -> None:
    a, number = caller("KLINIK-A"), nik()
    for slash in ("", "/"):
        answer = await a.post(BASE + slash, json=bundle(number))
        assert answer.status_code == 200, answer.text
        assert answer.json()["type"] == "transaction-response"
    id_ = (await a.get(f"{BASE}/Patient", params={"identifier": f"{NIK}|{number}"})).json()["entry"][0]["resource"][
        "id"
    ]
    whole = (await a.get(f"{BASE}/Patient/{id_}/$everything")).json()
    assert whole["total"] == 19
    assert "urn:uuid" not in str(whole)
    by_code = (
        await a.get(
            f"{BASE}/Observation", params={"patient": id_, "code": "http://loinc.org|8480-6", "date": "2026-03-01"}
        )
    ).json()
    assert by_code["total"] == 16
    assert (await a.get(f"{BASE}/Observation?patient={id_}&code=8480-6&date=gt2026-03-02")).json()["total"] == 0
    either = f"{BASE}/Observation?patient={id_}&date=2025-01-01,2026-03-01"
    assert (await a.get(either)).json()["total"] == 16
    for empty in ("date=,", "birthdate=,", "identifier=,", "code=,"):
        assert (await a.get(f"{BASE}/Patient?{empty}")).status_code == 200


async def test_a_wrong_fifth_entry_stores_nothing(caller: Callable[..., httpx.AsyncClient], sql: Any) -> None:
    a, number = caller("KLINIK-A"), nik()
    wrong = bundle(number)
    del wrong["entry"][4]["resource"]["status"]
    answer = await a.post(BASE, json=wrong)
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == ["Bundle.entry[4].resource.status"]
    assert not await sql("SELECT 1 FROM person_identifier WHERE value = $1", number)


@pytest.mark.parametrize(
    ("change", "status", "place"),
    [
        ({"gender": "perempuan"}, 422, "Patient.gender"),
        ({"birthDate": "2026-02-30"}, 422, "Patient.birthDate"),
        ({"identifier": [{"system": NIK, "value": "141001410790111"}]}, 422, "Patient.identifier[0].value"),
        ({"birthDate": 1990}, 422, "Patient.birthDate"),
    ],
)
async def test_wrong_input_names_the_element(
    caller: Callable[..., httpx.AsyncClient], change: dict[str, Any], status: int, place: str
) -> None:
    answer = await caller("KLINIK-A").post(f"{BASE}/Patient", json=patient(nik()) | change)
    assert answer.status_code == status
    assert answer.json()["issue"][0]["expression"] == [place]


async def test_broken_json_and_future_and_unknown_patient(caller: Callable[..., httpx.AsyncClient]) -> None:
    a = caller("KLINIK-A")
    broken = await a.post(f"{BASE}/Patient", content=b'{"resourceType":')
    assert (broken.status_code, broken.json()["resourceType"]) == (400, "OperationOutcome")
    unknown = await a.post(f"{BASE}/Observation", json=systolic("tidak-ada"))
    assert unknown.status_code == 422
    id_ = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    future = systolic(id_) | {"effectiveDateTime": "2099-01-01T00:00:00+07:00"}
    assert (await a.post(f"{BASE}/Observation", json=future)).json()["issue"][0]["expression"] == [
        "Observation.effectiveDateTime"
    ]


async def test_patch_delete_and_decimals(caller: Callable[..., httpx.AsyncClient]) -> None:
    a = caller("KLINIK-A")
    id_ = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    body = (
        '{"resourceType":"Observation","status":"final","subject":{"reference":"Patient/ID"},"code":{"text":"x"},'
        '"valueQuantity":{"value":36.50,"unit":"Cel"}}'.replace("ID", id_)
    )
    made = await a.post(f"{BASE}/Observation", content=body)
    assert '"value":36.50' in made.text, made.text
    oid = made.json()["id"]
    patched = await a.patch(
        f"{BASE}/Observation/{oid}", json=[{"op": "replace", "path": "/status", "value": "amended"}]
    )
    assert (patched.status_code, patched.json()["status"]) == (200, "amended")
    assert '"value":36.50' in patched.text
    merged = await a.patch(f"{BASE}/Observation/{oid}", json={"status": "corrected"})
    assert merged.json()["status"] == "corrected"
    wrong = await a.patch(f"{BASE}/Observation/{oid}", json=[{"op": "replace", "path": "/nothing/there", "value": 1}])
    assert wrong.status_code == 400
    assert (await caller("TPMD-B").delete(f"{BASE}/Observation/{oid}")).status_code == 403
    assert (await a.delete(f"{BASE}/Observation/{oid}")).status_code == 204
    assert (await a.get(f"{BASE}/Observation/{oid}")).status_code == 410


async def test_conditional_create(caller: Callable[..., httpx.AsyncClient]) -> None:
    a = caller("KLINIK-A")
    id_ = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    visit = encounter(id_) | {"identifier": [{"system": "http://sys-ids.kemkes.go.id/encounter/1", "value": id_}]}
    header = {"if-none-exist": f"identifier=http://sys-ids.kemkes.go.id/encounter/1|{id_}"}
    answers = await asyncio.gather(*(a.post(f"{BASE}/Encounter", json=visit, headers=header) for _ in range(6)))
    assert sorted(r.status_code for r in answers) == [200] * 5 + [201], [r.text for r in answers]
    assert len({r.json()["id"] for r in answers}) == 1


@pytest.mark.parametrize(
    "reference", ["Practitioner/", "praktisi/1", "Practitioner/1/2", "/Practitioner/", "#tidak-ada"]
)
async def test_a_reference_that_can_mean_nothing_is_named(
    caller: Callable[..., httpx.AsyncClient], reference: str
) -> None:
    a = caller("KLINIK-A")
    id_ = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    wrong = systolic(id_) | {"performer": [{"reference": "Practitioner/1"}, {"reference": reference}]}
    answer = await a.post(f"{BASE}/Observation", json=wrong)
    assert answer.status_code == 422, answer.text
    assert [i["expression"] for i in answer.json()["issue"]] == [["Observation.performer[1].reference"]]


@pytest.mark.parametrize(
    "reference", ["Practitioner/1", "Practitioner/1/_history/2", "urn:uuid:1", "https://x.id/a/b", "#dr", "#"]
)
async def test_references_of_every_right_form(caller: Callable[..., httpx.AsyncClient], reference: str) -> None:
    a = caller("KLINIK-A")
    id_ = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    doctor = {"resourceType": "Practitioner", "id": "dr"}
    right = systolic(id_) | {"performer": [{"reference": reference}], "contained": [doctor]}
    answer = await a.post(f"{BASE}/Observation", json=right)
    assert (answer.status_code, answer.json()["performer"]) == (201, [{"reference": reference}])
