"""Clients as they are: the FHIR libraries of the field, and what a SATUSEHAT system sends, against a running house."""

import secrets
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fhirclient import client as fhirclient
from fhirclient.models.bundle import Bundle as ClientBundle
from fhirclient.models.observation import Observation
from fhirclient.models.patient import Patient
from fhirpy import AsyncFHIRClient

from deploy.demo import seed
from tests.system.conftest import Running, running_house

NIK, CLINIC, OTHER = "https://fhir.kemkes.go.id/id/nik", "K1410010201", "D1410010301"
DOCTOR = "1499990101800001"
SYS = "http://sys-ids.kemkes.go.id/"


@pytest.fixture(scope="module")
def house() -> Iterator[Running]:
    with running_house() as running, httpx.Client(base_url=running.address, timeout=30) as http:
        admin = _admin(http, running)
        for name in seed.files.LOADS:
            content = (seed.files.FOLDER / f"{name}.csv").read_bytes()
            door = seed.files.DOORS.get(name, name)
            answer = http.post(f"/v1/network/{door}", content=content, headers=admin | {"Content-Type": "text/csv"})
            assert answer.is_success, answer.text
        yield running


def _admin(http: httpx.Client, house: Running) -> dict[str, str]:
    form = {"grant_type": "password", **house.admin}
    return {"Authorization": f"Bearer {http.post('/oauth2/v1/token', data=form).json()['access_token']}"}


def token(house: Running, face: str, facility: str = CLINIC) -> dict[str, Any]:
    """What a freshly registered application gets for its credentials."""
    with httpx.Client(base_url=house.address, timeout=30) as http:
        made = http.post("/v1/clients", json={"facility": facility, "face": face}, headers=_admin(http, house)).json()
        form = {"client_id": made["id"], "client_secret": made["secret"]}
        got = http.post("/oauth2/v1/accesstoken", params={"grant_type": "client_credentials"}, data=form)
        assert got.status_code == 200, got.text
        answer: dict[str, Any] = got.json()
        return answer


def nik() -> str:
    return f"141001410790{secrets.randbelow(9999):04d}"


def patient(number: str, name: str = "SITI CONTOH") -> dict[str, Any]:
    return {
        "resourceType": "Patient", "identifier": [{"system": NIK, "value": number, "use": "official"}],
        "name": [{"text": name, "use": "official"}], "gender": "female", "birthDate": "1990-07-01",
    }  # fmt: skip


def systolic(id_: str, value: int = 120) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "status": "final", "subject": {"reference": f"Patient/{id_}"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
        "effectiveDateTime": "2026-03-01T08:00:00+07:00",
        "valueQuantity": {"value": value, "unit": "mm[Hg]", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
    }  # fmt: skip


async def test_fhirpy_does_all_it_can(house: Running) -> None:
    bearer = token(house, "fhir")["access_token"]
    fhir = AsyncFHIRClient(f"{house.address}/fhir-r4/v1", authorization=f"Bearer {bearer}")
    number = nik()
    made = fhir.resource("Patient", **{k: v for k, v in patient(number).items() if k != "resourceType"})
    await made.create()
    assert made.id
    found = await fhir.resources("Patient").search(identifier=f"{NIK}|{number}").first()
    assert found and found.id == made.id
    again, created = await fhir.resources("Patient").search(identifier=f"{NIK}|{number}").get_or_create(made)
    assert (again.id, created) == (made.id, False)
    for value in (120, 125, 130):
        await fhir.resource("Observation", **systolic(made.id, value)).save()
    mine = fhir.resources("Observation").search(patient=made.id, code="http://loinc.org|8480-6")
    assert await mine.count() == 3
    one_by_one = [o["valueQuantity"]["value"] async for o in mine.limit(1).sort("date")]
    assert sorted(one_by_one) == [120, 125, 130]
    assert len(await mine.fetch_all()) == 3
    reading = await mine.first()
    await reading.patch(status="amended")
    assert (await fhir.reference("Observation", reading.id).to_resource())["status"] == "amended"
    reading["status"] = "corrected"
    await reading.update()
    await reading.delete()
    assert await mine.count() == 2
    everything = await fhir.execute(f"Patient/{made.id}/$everything", method="GET")
    assert {e["resource"]["resourceType"] for e in everything["entry"]} == {"Patient", "Observation"}
    urn = "urn:uuid:8f1c40c4-6f4b-4dd5-9d20-2d3a5b2a1111"
    entries = [
        {"fullUrl": urn, "resource": patient(nik()), "request": {"method": "POST", "url": "Patient"}},
        {
            "resource": systolic("x") | {"subject": {"reference": urn}},
            "request": {"method": "POST", "url": "Observation"},
        },
    ]
    stored = await fhir.resource("Bundle", type="transaction", entry=entries).save()
    assert stored is None or stored["type"] == "transaction-response"


def test_fhirclient_reads_writes_and_searches(house: Running) -> None:
    bearer = token(house, "fhir")["access_token"]
    smart = fhirclient.FHIRClient(settings={"app_id": "uji", "api_base": f"{house.address}/fhir-r4/v1/"})
    smart.server.session.headers["Authorization"] = f"Bearer {bearer}"
    number = nik()
    hers = Patient(patient(number))
    answer = hers.create(smart.server)
    assert answer and answer["resourceType"] == "Patient"
    read = Patient.read(answer["id"], smart.server)
    assert read.name[0].text == "SITI CONTOH"
    for value in (118, 122):
        assert Observation(systolic(read.id, value)).create(smart.server)
    search = Observation.where({"patient": read.id, "_count": "1"})
    pages: list[ClientBundle] = list(search.perform_iter(smart.server))
    assert (len(pages), pages[0].total) == (2, 2)
    assert len(list(search.perform_resources_iter(smart.server))) == 2
    read.active = True
    assert read.update(smart.server)
    first = pages[0].entry[0].resource
    first.delete(smart.server)
    assert len(list(search.perform_resources_iter(smart.server))) == 1


class Satusehat:
    """What a SATUSEHAT client reads: token fields as numbers in texts, `data.patient_id`, `issue[0].details.text`."""

    def __init__(self, house: Running, facility: str = CLINIC) -> None:
        got = token(house, "satusehat", facility)
        until = int(got["issued_at"]) + int(got["expires_in"]) * 1000
        assert got["token_type"] == "BearerToken"
        assert until > time.time() * 1000 + 55 * 60 * 1000
        headers = {"Authorization": f"Bearer {got['access_token']}"}
        self.http = httpx.Client(base_url=house.address, headers=headers, timeout=30)

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"Content-Type": "application/json-patch+json" if isinstance(body, list) else "application/json"}
        return self.http.request(method, f"/fhir-r4/v1{path}", json=body, headers=headers)


@pytest.fixture
def clinic(house: Running) -> Iterator[Satusehat]:
    found = Satusehat(house)
    with found.http:
        yield found


@pytest.fixture
def other(house: Running) -> Iterator[Satusehat]:
    found = Satusehat(house, OTHER)
    with found.http:
        yield found


def test_a_satusehat_system_is_pointed_at_us(clinic: Satusehat, other: Satusehat) -> None:
    number, visit = nik(), secrets.token_hex(4)
    ack = clinic.call("POST", "/Patient", patient(number))
    assert ack.status_code == 200
    assert ack.json()["success"] is True
    id_ = ack.json()["data"]["patient_id"]
    assert ack.json()["data"]["Patient ID:"] == id_
    exists = clinic.call("POST", "/Patient", patient(number)).json()
    assert exists == {"success": False, "message": "Patient Resource Exists", "data": {"resourceID": id_}}
    known = clinic.call("GET", f"/Patient?identifier={NIK}|{number}").json()
    assert (known["total"], known["entry"][0]["resource"]["id"]) == (1, id_)
    nobody = clinic.call("GET", f"/Patient?identifier={NIK}|{nik()}").json()
    assert (nobody["total"], nobody["entry"]) == (0, [])
    for _ in range(50):
        doctors = clinic.call("GET", f"/Practitioner?identifier={NIK}|{DOCTOR}").json()
        if doctors["total"]:
            break
        time.sleep(0.2)
    doctor = doctors["entry"][0]["resource"]["id"]
    encounter = {
        "resourceType": "Encounter", "status": "arrived",
        "identifier": [{"system": f"{SYS}encounter/991410011", "value": visit}],
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": f"Patient/{id_}"},
        "participant": [{"individual": {"reference": f"Practitioner/{doctor}"}}],
        "period": {"start": "2026-03-02T01:00:00+00:00"}, "statusHistory": [
            {"status": "arrived", "period": {"start": "2026-03-02T01:00:00+00:00"}}
        ],
        "serviceProvider": {"reference": "Organization/991410011"},
    }  # fmt: skip
    came = clinic.call("POST", "/Encounter", encounter)
    assert came.status_code == 201, came.text
    twice = clinic.call("POST", "/Encounter", encounter)
    assert twice.status_code == 400
    issue = twice.json()["issue"][0]
    assert (issue["code"], issue["details"]["text"]) == ("duplicate", "Found duplicate resource: Encounter")
    ended = came.json() | {"status": "finished"}
    assert clinic.call("PUT", f"/Encounter/{ended['id']}", ended).status_code == 200
    patch = [{"op": "add", "path": "/period/end", "value": "2026-03-02T02:00:00+00:00"}]
    assert clinic.call("PATCH", f"/Encounter/{ended['id']}", patch).json()["period"]["end"]
    wrong = clinic.call("POST", "/Observation", systolic(id_) | {"status": "selesai"})
    assert (wrong.status_code, wrong.json()["issue"][0]["expression"]) == (400, ["Observation.status"])
    bundle = {
        "resourceType": "Bundle", "type": "transaction", "entry": [
            {"fullUrl": "urn:uuid:0b6d0b6e-55c7-4d0e-8d6f-0d2f6c5a0001", "resource": systolic(id_),
             "request": {"method": "POST", "url": "Observation"}},
        ],
    }  # fmt: skip
    response = clinic.call("POST", "", bundle).json()["entry"][0]["response"]
    assert (response["status"], response["resourceType"]) == ("201 Created", "Observation")
    assert clinic.call("GET", f"/Observation/{response['resourceID']}").status_code == 200
    shell = other.call("GET", f"/Patient?identifier={NIK}|{number}").json()["entry"][0]["resource"]
    assert shell["id"] == id_
    assert "birthDate" not in shell


def test_a_newborn_is_registered_by_the_mothers_nik(clinic: Satusehat) -> None:
    mother = nik()
    body = patient(mother) | {
        "identifier": [{"system": "https://fhir.kemkes.go.id/id/nik-ibu", "value": mother}],
        "name": [{"text": "BY NY SITI"}], "birthDate": "2026-03-02", "multipleBirthInteger": 0, "gender": "male",
    }  # fmt: skip
    made = clinic.call("POST", "/Patient", body).json()
    id_ = made["create_patient"]["data"]["patient_id"]
    related = made["create_related_patient"]["data"]["related_patient_id"]
    assert made["update_link_patient"]["data"]["patient_id"] == id_
    person = clinic.call("GET", f"/RelatedPerson/{related}").json()
    assert person["patient"]["reference"] == f"Patient/{id_}"
    assert person["relationship"][0]["coding"][0]["code"] == "MTH"
    exists = clinic.call("POST", "/Patient", body).json()
    assert (exists["success"], exists["data"]["resourceID"]) == (False, id_)


def test_a_clinic_that_sends_to_both_refers_by_the_national_number(clinic: Satusehat) -> None:
    ihs, number = f"P{secrets.randbelow(10**11):011d}", nik()
    entry = {"resource": systolic(ihs), "request": {"method": "POST", "url": "Observation"}}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    assert clinic.call("POST", "", bundle).status_code == 200
    assert clinic.call("POST", "/Observation", systolic(ihs)).status_code == 201
    assert clinic.call("GET", f"/Observation?subject={ihs}").json()["total"] == 2
    who = patient(number) | {"id": ihs}
    who["identifier"].append({"system": "https://fhir.kemkes.go.id/id/ihs-number", "value": ihs})
    assert clinic.call("PUT", f"/Patient/{ihs}", who).status_code == 200
    assert clinic.call("GET", f"/Patient?identifier={NIK}|{number}").json()["entry"][0]["resource"]["id"] == ihs
    wrong = clinic.call("POST", "/Observation", systolic("P123"))
    assert wrong.status_code == 400
