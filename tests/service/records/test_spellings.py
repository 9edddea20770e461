"""All spellings are accepted, one is stored; decimals keep every digit through all doors."""

import uuid
from collections.abc import Callable

import httpx
import pytest

from tests.service.records.bodies import BASE, nik, patient, systolic

Caller = Callable[..., httpx.AsyncClient]


async def test_one_spelling_is_stored_and_any_finds_it(caller: Caller) -> None:
    a, mark = caller("KLINIK-A"), str(uuid.uuid4())
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    body = systolic(person) | {
        "code": {"coding": [{"system": "HTTP://LOINC.ORG/", "code": "8480-6"}]},
        "identifier": [{"system": "http:sys-ids.kemkes.go.id/Observation/1", "value": mark}],
        "valueQuantity": {"value": 120, "unit": "mmHg"},
    }
    stored = (await a.post(f"{BASE}/Observation", json=body)).json()
    assert stored["code"]["coding"][0]["system"] == "http://loinc.org"
    assert stored["identifier"][0]["system"] == "http://sys-ids.kemkes.go.id/observation/1"
    assert stored["valueQuantity"] == {
        "value": 120, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]",
    }  # fmt: skip
    for system in ("http://sys-ids.kemkes.go.id/observation/1", "http:sys-ids.kemkes.go.id/Observation/1"):
        found = await a.get(f"{BASE}/Observation", params={"identifier": f"{system}|{mark}"})
        assert found.json()["total"] == 1, system
    for system in ("http://loinc.org", "HTTP://LOINC.ORG/"):
        found = await a.get(f"{BASE}/Observation", params={"patient": person, "code": f"{system}|8480-6"})
        assert found.json()["total"] == 1, system
    again = await a.put(f"{BASE}/Observation/{stored['id']}", json=body)
    assert again.json()["meta"]["versionId"] == "1"  # the same, however it is spelt


@pytest.mark.parametrize("number", ["36.50", "1.0", "0.10", "100", "1e3", "0.000001", "12345678901234.123456789"])
async def test_a_decimal_keeps_its_digits_through_every_door(caller: Caller, number: str) -> None:
    a = caller("KLINIK-A")
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    raw = httpx.Request("POST", "http://t", json=systolic(person, "7777")).content.decode()
    raw = raw.replace("7777.0", number).replace("mm[Hg]", "mmHg")
    written = "1E+3" if number == "1e3" else number
    made = await a.post(f"{BASE}/Observation", content=raw)
    assert f'"value":{written},' in made.text, made.text
    id_ = made.json()["id"]
    steps = [{"op": "add", "path": "/note", "value": [{"text": "x"}]}]
    texts = [
        (await a.get(f"{BASE}/Observation/{id_}")).text,
        (await a.patch(f"{BASE}/Observation/{id_}", json={"status": "amended"})).text,
        (await a.patch(f"{BASE}/Observation/{id_}", json=steps)).text,
        (await a.put(f"{BASE}/Observation/{id_}", content=raw)).text,
        (await a.get(f"{BASE}/Observation?patient={person}")).text,
        (await a.get(f"{BASE}/Observation/{id_}/_history")).text,
        (await a.get(f"{BASE}/Patient/{person}/$everything")).text,
        (await a.post(BASE, content=f'{{"resourceType":"Bundle","type":"batch","entry":[{{"resource":{raw},'
                      '"request":{"method":"POST","url":"Observation"}}]}')).text,
    ]  # fmt: skip
    for text in texts:
        assert f'"value":{written},' in text, text
