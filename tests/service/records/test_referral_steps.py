"""A referral's ServiceRequest and Task after it was sent: steps by PATCH, and what is read back."""

from typing import Any

import pytest

from services.records import peers
from services.records.queries.store import Raced
from services.records.usecases import projecting_referrals
from services.records.usecases.projecting import project
from tests.service.records.bodies import BASE
from tests.service.records.referral_stage import (
    CLINIC,
    HOSPITAL,
    ORGANIZATION,
    PUSKESMAS,
    Both,
    number,
    request,
    running_both,
)  # fmt: skip

stage = running_both()


async def test_only_steps_change_a_referral(stage: Both) -> None:
    clinic, hospital = stage.at(CLINIC), stage.at(HOSPITAL)
    person, _ = await clinic.person()
    made = (await clinic.post(request(person, CLINIC, HOSPITAL, number()))).json()
    await stage.settle()
    path = f"ServiceRequest/{made['id']}"
    put = {"resource": made | {"status": "revoked"}, "request": {"method": "PUT", "url": path}}
    for body in ("transaction", "batch"):
        answer = await clinic.post({"resourceType": "Bundle", "type": body, "entry": [put]})
        assert "403" in f"{answer.status_code} {answer.text}", answer.text
    for answer in (
        await clinic.patch(path, ("replace", "/status", "revoked"), ("add", "/patientInstruction", "Bawa kartu")),
        await clinic.patch(path, ("replace", "/status", "completed")),
        await clinic.patch(path, ("add", "/patientInstruction", "Bawa kartu")),
        await clinic.call("PUT", f"{BASE}/{path}", made | {"code": {"text": "Lain"}}),
        await clinic.call("DELETE", f"{BASE}/{path}"),
    ):
        assert answer.status_code == 403, answer.text
        assert "send, raise, close, cancel" in answer.json()["issue"][0]["details"]["text"]
    (followed,) = await hospital.found("Task", focus=f"ServiceRequest/{made['id']}")
    way = f"Task/{followed}"
    state = {"coding": [{"system": "https://simpul.id/fhir/CodeSystem/referral-state", "code": "in-care"}]}
    outcome = "https://simpul.id/fhir/CodeSystem/referral-outcome"
    closing = [{"type": {"coding": [{"system": outcome, "code": "outcome"}]},
                "valueCodeableConcept": {"coding": [{"system": outcome, "code": "admitted"}]}}]  # fmt: skip
    op, old = [{"op": "replace", "path": "/status", "value": "accepted"}], {"if-match": 'W/"77"'}
    for caller, status in ((stage.at(PUSKESMAS), 403), (hospital, 412)):
        assert (await caller.call("PATCH", f"{BASE}/{way}", op, headers=old)).status_code == status
    more = await hospital.patch(way, ("replace", "/status", "accepted"), ("replace", "/priority", "stat"))
    assert more.status_code == 403
    illegal = await clinic.patch(way, ("replace", "/status", "accepted"))
    assert illegal.status_code == 409 and "send, raise, close, cancel" in illegal.text
    assert (await hospital.patch(way, ("replace", "/status", "completed"))).status_code == 403
    for op, now in (
        ([("replace", "/status", "accepted")], "accepted"),
        ([("replace", "/status", "in-progress")], "in-progress"),
        ([("replace", "/businessStatus", state)], "in-progress"),
        ([("replace", "/status", "completed"), ("add", "/output", closing)], "completed"),
    ):
        answer = await hospital.patch(way, *op)
        assert (answer.status_code, answer.json().get("status")) == (200, now), answer.text
    stands = await clinic.referral(made["id"])
    assert [h["verb"] for h in stands["history"]] == ["send", "accept", "arrive", "treat", "close"]
    assert stands["outcome"] == "admitted"
    assert (await clinic.get(path))["status"] == "completed"


async def test_an_older_word_does_not_undo_a_newer_one(stage: Both) -> None:
    clinic, hospital, service = stage.at(CLINIC), stage.at(HOSPITAL), stage.records.state.service
    person, _ = await clinic.person()
    made = (await clinic.post(request(person, CLINIC, HOSPITAL, number()))).json()["id"]
    before = await peers.referral(service, made)
    assert before is not None and (await hospital.take(made, "accept")).status_code == 200
    await stage.settle()
    async with service.db.transaction() as tx:
        await projecting_referrals.keep(service, tx, before, person)
        with pytest.raises(Raced):
            await project(tx, "ServiceRequest", made, person, CLINIC, before["servicerequest"], None, over=77)
    (followed,) = await hospital.found("Task", focus=f"ServiceRequest/{made}")
    assert (await hospital.get(f"Task/{followed}"))["status"] == "accepted"


async def test_taken_back_by_its_sender(stage: Both) -> None:
    clinic = stage.at(CLINIC)
    person, _ = await clinic.person()
    made = (await clinic.post(request(person, CLINIC, HOSPITAL, number()))).json()
    await stage.settle()
    note = [{"text": "Keluarga memilih rawat jalan di sini"}]
    path = f"ServiceRequest/{made['id']}"
    back = await clinic.patch(path, ("replace", "/status", "revoked"), ("add", "/note", note))
    assert (back.status_code, back.json()["status"]) == (200, "revoked"), back.text
    stands = await clinic.referral(made["id"])
    assert (stands["outcome"], stands["history"][-1]["reason"]) == ("cancelled", note[0]["text"])
    stale = await clinic.call(
        "PATCH", f"{BASE}/{path}", [{"op": "replace", "path": "/status", "value": "active"}],
        headers={"if-match": 'W/"1"'},
    )  # fmt: skip
    assert stale.status_code == 412


async def test_what_was_sent_over_the_plain_api_is_read_back_with_its_words(stage: Both) -> None:
    clinic, hospital = stage.at(CLINIC), stage.at(HOSPITAL)
    person, _ = await clinic.person()
    body = {
        "person_id": person, "to_facility": HOSPITAL, "kind": "vertical", "diagnosis": "O14.1", "urgency": "urgent",
        "reason": "Tekanan darah 170/115 dan pandangan kabur", "vitals": {"systolic": 170, "diastolic": 115},
        "sbar": {"situation": "Hamil 34 minggu, nyeri kepala"},
    }  # fmt: skip
    sent = await clinic.call("POST", "/v1/referrals", body)
    assert sent.status_code == 201, sent.text
    id_ = sent.json()["id"]
    await stage.settle()
    path = f"ServiceRequest/{id_}"
    read = await hospital.get(path)
    assert read["reasonCode"][0]["text"] == body["reason"]
    assert read["note"][0]["text"] == "Situasi (situation): Hamil 34 minggu, nyeri kepala"
    assert [o["valueQuantity"]["value"] for o in read["contained"]] == [170, 115]
    rows = await stage.sql("SELECT count(*) AS n FROM event WHERE data::text ~ 'pandangan|nyeri'")
    assert rows[0]["n"] == 0
    assert (await stage.at(PUSKESMAS).call("GET", f"{BASE}/{path}")).status_code == 403
    assert (await hospital.take(id_, "accept")).status_code == 200
    await stage.follow()
    again = await hospital.get(path)
    assert again["reasonCode"] == read["reasonCode"] and again["contained"] == read["contained"]


async def test_polling_by_last_updated_misses_no_step(stage: Both) -> None:
    clinic, hospital = stage.at(CLINIC), stage.at(HOSPITAL)
    person, _ = await clinic.person()
    organization = f"Organization/{ORGANIZATION[HOSPITAL]}"
    since = stage.records.state.service.clock.now().isoformat()
    made = (await clinic.post(request(person, CLINIC, HOSPITAL, number()))).json()["id"]
    await stage.settle()
    wanted = {"_lastUpdated": f"ge{since}", "performer": organization}
    assert made in await hospital.found("ServiceRequest", **wanted)
    tasks = await hospital.found("Task", _lastUpdated=f"ge{since}", owner=organization, status="requested")
    assert len(tasks) == 1
    assert tasks == await clinic.found(
        "Task", requester=f"Organization/{ORGANIZATION[CLINIC]}", focus=f"ServiceRequest/{made}"
    )
    middle = stage.records.state.service.clock.now().isoformat()
    assert (await hospital.take(made, "accept")).status_code == 200
    await stage.settle()
    assert await clinic.found("Task", _lastUpdated=f"ge{middle}", patient=person) == tasks


async def test_words_stored_while_a_step_is_followed_are_kept(stage: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    clinic, service = stage.at(CLINIC), stage.records.state.service
    person, _ = await clinic.person()
    body = {"person_id": person, "to_facility": HOSPITAL, "kind": "vertical", "diagnosis": "I61.9", "reason": "Stroke"}
    id_ = (await clinic.call("POST", "/v1/referrals", body)).json()["id"]
    await stage.settle()
    told, worded = await peers.referral(service, id_), request(person, CLINIC, HOSPITAL, number())
    of_referral = projecting_referrals.queries.of_referral

    async def meanwhile(conn: Any, referral: str) -> Any:
        monkeypatch.undo()
        made = await clinic.post(worded | {"patientInstruction": "Bawa hasil CT"})
        assert (made.status_code, made.json().get("id")) == (201, id_), made.text
        return await of_referral(conn, referral)

    monkeypatch.setattr(projecting_referrals.queries, "of_referral", meanwhile)
    async with service.db.transaction() as tx:
        assert told is not None
        await projecting_referrals.keep(service, tx, told, person)
    assert (await clinic.get(f"ServiceRequest/{id_}"))["patientInstruction"] == "Bawa hasil CT"


async def test_one_whose_words_cannot_be_told_holds_up_no_other(stage: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    await stage.settle()
    await stage.sql("INSERT INTO referral_due (id) VALUES ('rusak'), ('lain')")
    asked = list[str]()

    async def told(service: Any, id_: str) -> None:
        asked.append(id_)
        if id_ == "rusak":
            raise ValueError("cannot be told")

    monkeypatch.setattr(peers, "referral", told)
    await projecting_referrals.words(stage.records.state.service)
    assert {"rusak", "lain"} <= set(asked)
    assert [r["id"] for r in await stage.sql("DELETE FROM referral_due RETURNING id")] == ["rusak"]
