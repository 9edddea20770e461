"""What other services own stands in the record as they say it, and a client's resource stays the client's."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.kernel.app import App
from services.kernel.events import Event
from services.records import follow
from services.records.usecases import projecting
from services.records.validation import admit
from tests.service.records.bodies import BASE, NIK, nik, patient
from tests.service.records.conftest import own_record

records = own_record()
"""The registry it follows is this file's."""

Caller = Callable[..., httpx.AsyncClient]


def referral(person: str, request: str, task: str, **change: Any) -> Event:
    subject = {"reference": f"Patient/{person}"}
    data = {
        "state": "accepted", "urgency": "routine", "from_facility": "KLINIK-A", "to_facility": "TPMD-B",
        "closed_at": None,
        "servicerequest": {"resourceType": "ServiceRequest", "id": request, "status": "active", "subject": subject,
                           "intent": "order"},
        "task": {"resourceType": "Task", "id": task, "status": "accepted", "for": subject, "intent": "order"},
    }  # fmt: skip
    return Event("referral", "created", request, 1, data | change, person, at=datetime.now(UTC))


async def test_a_referral_is_projected_and_only_its_owner_changes_it(records: App, caller: Caller) -> None:
    a, b, request, task = caller("KLINIK-A"), caller("TPMD-B"), str(uuid.uuid4()), str(uuid.uuid4())
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    service = records.state.service
    first = referral(person, request, task)
    changed = referral(person, request, task, servicerequest=first.data["servicerequest"] | {"priority": "urgent"})
    for event in (first, first, changed):  # what stands so already gets no new version
        async with service.db.transaction() as tx:
            await follow.referrals(service, tx, [event])
    seen = await b.get(f"{BASE}/ServiceRequest/{request}")
    assert (seen.status_code, seen.json()["meta"]["versionId"]) == (200, "2")
    for type_, id_ in (("ServiceRequest", request), ("Task", task)):
        body = (await a.get(f"{BASE}/{type_}/{id_}")).json() | {"status": "completed"}
        assert (await a.put(f"{BASE}/{type_}/{id_}", json=body)).status_code == 403
        assert (await a.delete(f"{BASE}/{type_}/{id_}")).status_code == 403
        patch = [{"op": "replace", "path": "/status", "value": "completed"}]
        assert (await a.patch(f"{BASE}/{type_}/{id_}", json=patch)).status_code == 403


async def test_a_projection_does_not_take_a_clients_id(records: App, caller: Caller) -> None:
    a, request = caller("KLINIK-A"), str(uuid.uuid4())
    person = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    event = referral(person, request, str(uuid.uuid4()))
    own = event.data["servicerequest"] | {"note": [{"text": "milik klinik"}]}
    stored = await a.put(f"{BASE}/ServiceRequest/{request}", json=own)
    assert stored.status_code == 201, stored.text
    service = records.state.service
    async with service.db.transaction() as tx:
        await follow.referrals(service, tx, [event])
    assert (await a.get(f"{BASE}/ServiceRequest/{request}")).json() == stored.json()
    assert (await caller("TPMD-B").get(f"{BASE}/Patient/{person}")).status_code == 200


async def test_the_registrys_word_on_an_organisation_replaces_a_clients(records: App, caller: Caller) -> None:
    b, code = caller("TPMD-B"), "PKM-C"
    squatted = {"resourceType": "Organization", "id": "100000003", "name": "Bukan puskesmas"}
    assert (await b.put(f"{BASE}/Organization/100000003", json=squatted)).status_code == 201
    data = {"code": code, "name": "PKM C", "kind": "puskesmas", "ownership": "public", "satusehat_id": "100000003",
            "village": "1410011001", "latitude": 0.99, "longitude": 102.7, "phone": "0763-1"}  # fmt: skip
    service = records.state.service
    async with service.db.transaction() as tx:
        await follow.directory(service, tx, [Event("facility", "created", code, 1, data, at=datetime.now(UTC))])
    assert (await b.get(f"{BASE}/Organization/100000003")).json()["name"] == "PKM C"
    assert (await b.put(f"{BASE}/Organization/100000003", json=squatted)).status_code == 403
    place = (await b.get(f"{BASE}/Location/100000003")).json()
    assert (place["managingOrganization"]["reference"], place["position"]["latitude"]) == (
        "Organization/100000003", 0.99,
    )  # fmt: skip
    assert admit(place) == admit((await b.get(f"{BASE}/HealthcareService/100000003")).json()) == []


async def test_a_practitioner_is_asked_for_and_found_by_a_nik_that_is_not_shown(
    records: App, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    b, service, number = caller("TPMD-B"), records.state.service, "1499990101800001"
    row = {"id": "10009880001", "facility": "PKM-C", "profession": "dokter", "name": "dr. Dewi Lestari", "nik": number,
           "str_number": "STR-1"}  # fmt: skip

    def registry(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/internal/practitioners/10009880001"
        assert request.headers["x-peer-key"] == "kunci"
        return httpx.Response(200, json=[row])

    data = {"id": row["id"], "facility": "PKM-C", "profession": "dokter", "valid_from": "2024-01-01"}
    event = Event("practitioner", "created", "10009880001/PKM-C", 1, data, at=datetime.now(UTC))
    async with httpx.AsyncClient(transport=httpx.MockTransport(registry)) as http:
        monkeypatch.setattr(service, "http", http)
        async with service.db.transaction() as tx:
            await follow.directory(service, tx, [event])
        await projecting.practitioners(service)
    found = (await b.get(f"{BASE}/Practitioner", params={"identifier": f"{NIK}|{number}"})).json()
    doctor = found["entry"][0]["resource"]
    assert (doctor["id"], doctor["name"][0]["text"]) == ("10009880001", "dr. Dewi Lestari")
    assert number not in str(found["entry"])
    role = (await b.get(f"{BASE}/PractitionerRole/10009880001-PKM-C")).json()
    assert role["organization"]["reference"] == "Organization/100000003"
    assert admit(doctor) == admit(role) == []
