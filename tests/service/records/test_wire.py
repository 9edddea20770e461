"""How FHIR comes over HTTP: both slash forms, odd encodings, preconditions, preferences, and every refusal in FHIR."""

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.service.records.bodies import BASE, NIK, nik, patient, systolic

Caller = Callable[..., httpx.AsyncClient]


@pytest.fixture
async def made(caller: Caller) -> dict[str, Any]:
    a = caller("KLINIK-A")
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    return dict((await a.post(f"{BASE}/Observation", json=systolic(person))).json())


async def test_both_slash_forms_of_every_address(caller: Caller, made: dict[str, Any]) -> None:
    a = caller("KLINIK-A")
    id_, person = made["id"], made["subject"]["reference"]
    for path in (
        f"Observation/{id_}", f"Observation/{id_}/_history", f"Observation/{id_}/_history/1", "Location/_history",
        f"{person}/$everything", "metadata", f"Observation?patient={person}",
    ):  # fmt: skip
        plain, _, query = path.partition("?")
        answers = [
            await a.get(f"{base}{slash}?{query}")
            for base in (f"{BASE}/{plain}", f"{BASE}//{plain}")
            for slash in ("", "/")
        ]
        assert {r.status_code for r in answers} == {200}, path
    for slash in ("", "/"):
        found = await a.post(f"{BASE}/Observation/_search{slash}", data={"patient": person})
        assert found.json()["total"] == 1
        changed = await a.put(f"{BASE}/Observation/{id_}{slash}", json=made)
        assert changed.status_code == 200, changed.text
        assert (await a.patch(f"{BASE}/Observation/{id_}{slash}", json={"status": "final"})).status_code == 200
        assert (await a.post(f"{BASE}/Location{slash}", json={"resourceType": "Location"})).status_code == 201
        empty = {"resourceType": "Bundle", "type": "transaction"}
        assert (await a.post(f"{BASE}{slash}", json=empty)).json() == {
            "resourceType": "Bundle", "type": "transaction-response",
        }  # fmt: skip


@pytest.mark.parametrize("bar", ["|", "%7C", "%7c"])
async def test_raw_and_encoded_bars_and_an_unencoded_plus(caller: Caller, made: dict[str, Any], bar: str) -> None:
    a, person = caller("KLINIK-A"), made["subject"]["reference"]
    url = f"{BASE}/Observation?patient={person}&code=http://loinc.org{bar}8480-6&date=ge2026-03-01T08:00:00+07:00"
    found = await a.get(url)
    assert found.json()["total"] == 1, found.text
    assert (await a.get(url.replace("T08", "T09"))).json()["total"] == 0
    again = await a.post(f"{BASE}/Observation", json=systolic(person), headers={"if-none-exist": url.split("?")[1]})
    assert (again.status_code, again.json()["id"]) == (200, made["id"])


@pytest.mark.parametrize("kind", ["application/fhir+json", "application/json", "text/plain;charset=UTF-8",
                                  "application/json-patch+json", "", "application/x-www-form-urlencoded"])  # fmt: skip
async def test_json_whatever_the_content_type(caller: Caller, made: dict[str, Any], kind: str) -> None:
    a = caller("KLINIK-A")
    headers = {"content-type": kind} if kind else {}
    raw = httpx.Request("POST", "http://t", json=made).content
    address = f"{BASE}/Observation/{made['id']}"
    patch = b'[{"op":"replace","path":"/status","value":"amended"}]'
    bundle = b'{"resourceType":"Bundle","type":"batch"}'
    answers = [
        await a.post(f"{BASE}/Observation", content=raw, headers=headers),
        await a.put(address, content=raw, headers=headers),
        await a.patch(address, content=patch, headers=headers),
        await a.patch(address, content=b'{"status":"final"}', headers=headers),
        await a.post(BASE, content=bundle, headers=headers),
    ]
    assert [r.status_code for r in answers] == [201, 200, 200, 200, 200], [r.text for r in answers]


async def test_every_refusal_is_an_operation_outcome(caller: Caller, made: dict[str, Any]) -> None:
    a = caller("KLINIK-A")
    there, xml = f"{BASE}/Observation/{made['id']}", {"content-type": "application/fhir+xml"}
    wishes: list[tuple[int, str, str, dict[str, Any]]] = [
        (406, "GET", there, {"headers": {"accept": "application/fhir+xml"}}),
        (406, "GET", f"{there}?_format=xml", {}),
        (406, "GET", f"{there}/_history?_format=text/turtle", {}),
        (406, "POST", f"{BASE}/Observation", {"json": made, "headers": {"accept": "application/xml"}}),
        (415, "POST", f"{BASE}/Observation", {"content": b"<a/>", "headers": xml}),
        (415, "PUT", there, {"content": b"<a/>", "headers": xml}),
        (415, "PATCH", there, {"content": b"<a/>", "headers": xml}),
        (415, "POST", BASE, {"content": b"<a/>", "headers": xml}),
        (405, "DELETE", BASE, {}),
        (405, "POST", there, {"json": made}),
        (405, "PUT", f"{there}/_history/1", {"json": made}),
        (404, "GET", f"{BASE}/Bukan/1", {}),
        (404, "POST", f"{BASE}/Bukan", {"json": {"resourceType": "Bukan"}}),
        (404, "GET", f"{BASE}/Observation/1/2/3/4", {}),
        (404, "GET", f"{BASE}/Observation/{uuid.uuid4()}", {}),
    ]
    for status, method, url, sent in wishes:
        answer = await a.request(method, url, **sent)
        assert answer.status_code == status, (method, url, answer.text)
        assert answer.json()["resourceType"] == "OperationOutcome"
        assert answer.headers["content-type"].startswith("application/fhir+json")
    anonymous = httpx.AsyncClient(transport=a._transport, base_url="http://t")
    assert (await anonymous.get(there)).json()["resourceType"] == "OperationOutcome"


async def test_if_match(caller: Caller, made: dict[str, Any]) -> None:
    a, address = caller("KLINIK-A"), f"{BASE}/Observation/{made['id']}"
    for wrong in ('W/"2"', '"2"', "2", 'W/"MTc2NTI="', '"7", "8"'):
        for wish in (
            a.put(address, json=made | {"status": "amended"}, headers={"if-match": wrong}),
            a.patch(address, json={"status": "amended"}, headers={"if-match": wrong}),
            a.delete(address, headers={"if-match": wrong}),
        ):
            assert (await wish).status_code == 412, wrong
    for n, right in enumerate(('W/"1"', '"2"', "3", "*", '"9", W/"5"')):
        changed = await a.put(address, json=made | {"note": [{"text": str(n)}]}, headers={"if-match": right})
        assert changed.status_code == 200, (right, changed.text)
    fresh = f"{BASE}/Observation/{uuid.uuid4()}"
    body = {k: v for k, v in made.items() if k != "id"}
    assert (await a.put(fresh, json=body, headers={"if-match": "*"})).status_code == 412
    assert (await a.put(fresh, json=body, headers={"if-none-match": "*"})).status_code == 201
    assert (await a.put(fresh, json=body, headers={"if-none-match": "*"})).status_code == 412
    assert (await a.delete(fresh)).status_code == 204
    assert (await a.put(fresh, json=body, headers={"if-match": 'W/"2"'})).status_code == 412
    revived = await a.put(fresh, json=body, headers={"if-none-match": "*"})
    assert (revived.status_code, revived.json()["meta"]["versionId"]) == (200, "3")


async def test_what_the_caller_has_is_not_sent_again(caller: Caller, made: dict[str, Any]) -> None:
    a, address = caller("KLINIK-A"), f"{BASE}/Observation/{made['id']}"
    first = await a.get(address)
    for tag in (first.headers["etag"], "1", '"1"', 'W/"7", W/"1"', "*"):
        same = await a.get(address, headers={"if-none-match": tag})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", 'W/"1"')
    assert (await a.get(address, headers={"if-none-match": "2"})).status_code == 200
    since = {"if-modified-since": first.headers["last-modified"]}
    assert (await a.get(address, headers=since)).status_code == 304
    for since in ({"if-modified-since": "Mon, 01 Jan 2001 00:00:00 GMT"}, {"if-modified-since": "kemarin"}):
        assert (await a.get(address, headers=since)).status_code == 200


async def test_prefer_return(caller: Caller, made: dict[str, Any]) -> None:
    a, address = caller("KLINIK-A"), f"{BASE}/Observation/{made['id']}"
    body = {k: v for k, v in made.items() if k != "id"}
    for n, (prefer, kind) in enumerate(
        [("return=minimal", None), ('respond-async; return="representation"', "Observation"), ("", "Observation"),
         ("return=OperationOutcome", "OperationOutcome")]
    ):  # fmt: skip
        headers = {"prefer": prefer}
        for wish in (
            a.post(f"{BASE}/Observation", json=body, headers=headers),
            a.put(address, json=made | {"note": [{"text": str(n)}]}, headers=headers),
            a.patch(address, json={"note": [{"text": f"lagi {n}"}]}, headers=headers),
        ):
            answer = await wish
            assert answer.headers["location"].endswith(f"_history/{answer.headers['etag'][3:-1]}")
            assert (answer.json()["resourceType"] if answer.content else None) == kind
    entry = {"resource": body, "request": {"method": "POST", "url": "Observation"}}
    sent = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    plain = (await a.post(BASE, json=sent)).json()["entry"][0]
    assert set(plain) == {"response"}
    whole = (await a.post(BASE, json=sent, headers={"prefer": "return=representation"})).json()["entry"][0]
    assert whole["resource"]["resourceType"] == "Observation"
    told = (await a.post(BASE, json=sent, headers={"prefer": "return=OperationOutcome"})).json()["entry"][0]
    assert told["response"]["outcome"]["resourceType"] == "OperationOutcome"
    short = (await a.post(BASE, json=sent | {"type": "batch"}, headers={"prefer": "return=minimal"})).json()["entry"][0]
    assert set(short) == {"response"}


async def test_format_and_pretty(caller: Caller) -> None:
    a = caller("KLINIK-A")
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    raw = httpx.Request("POST", "http://t", json=systolic(person)).content.replace(b"120.0", b"36.50")
    made = await a.post(f"{BASE}/Observation?_pretty=true", content=raw)
    assert b'\n    "value": 36.50' in made.content
    for kind in ("json", "application/json", "application/fhir%2Bjson", "application/fhir+json", "text/json"):
        read = await a.get(f"{BASE}/Observation/{made.json()['id']}?_format={kind}", headers={"accept": "text/xml"})
        assert (read.status_code, read.json()) == (200, made.json())
    found = await a.get(f"{BASE}/Patient?identifier={quote(NIK)}|0&_pretty=true&_format=json")
    assert found.text.startswith('{\n  "resourceType"')


async def test_what_never_was_is_gone_and_what_was_stays_so(caller: Caller, made: dict[str, Any]) -> None:
    a, address = caller("KLINIK-A"), f"{BASE}/Observation/{made['id']}"
    assert (await a.delete(f"{BASE}/Observation/{uuid.uuid4()}")).status_code == 204
    assert (await a.patch(f"{BASE}/Observation/{uuid.uuid4()}", json={"status": "final"})).status_code == 404
    assert [(await a.delete(address)).status_code for _ in range(2)] == [204, 204]
    assert (await a.get(address)).status_code == 410
    assert (await a.patch(address, json={"status": "final"})).status_code == 410
    assert (await a.get(f"{address}/_history/1")).status_code == 200
    told = await a.delete(address, headers={"prefer": "return=OperationOutcome"})
    assert (told.status_code, told.json()["resourceType"]) == (200, "OperationOutcome")
