"""SATUSEHAT Rujukan over the FHIR door, mapped onto the one machine of the referrals: own payloads, two services."""

import asyncio
import uuid
from typing import Any

import pytest

from services.records import examples
from services.records.referral_fhir.codes import APPROVAL
from tests.service.records.bodies import BASE, patient, systolic
from tests.service.records.referral_stage import (
    CLINIC,
    HOSPITAL,
    ICD10,
    NUMBER,
    ORGANIZATION,
    OTHER,
    PUSKESMAS,
    SCT,
    Both,
    approvals,
    asked,
    candidate,
    coded,
    number,
    plan,
    request,
    running_both,
    task,
    transaction,
)  # fmt: skip
from tests.service.referrals.stage import PRACTICE

stage = running_both()


async def test_the_first_who_accepts_has_it_and_every_task_says_so(stage: Both) -> None:
    clinic, person, (one, two, three), referral = await asked(stage, HOSPITAL, PUSKESMAS, OTHER)
    stands = await clinic.referral(referral)
    assert (stands["state"], stands["urgency"], stands["diagnosis"], stands["kind"]) == (
        "sent", "routine", "I61.9", "vertical",
    )  # fmt: skip
    assert stands["asked"] == [HOSPITAL, PUSKESMAS, OTHER]
    assert stands["content"]["reason"] == "Perlu pemeriksaan lanjutan oleh spesialis"
    hospital, puskesmas, other = (stage.at(f) for f in (HOSPITAL, PUSKESMAS, OTHER))
    assert await puskesmas.found("Task", code="referral-approval-request", patient=person) == [two]
    no = await other.answer(three, "rejected", statusReason={"text": "Dokter spesialis sedang cuti"})
    assert (no.status_code, no.json()["status"], no.json()["output"][0]["valueCoding"]["code"]) == (
        200, "completed", "rejected",
    )  # fmt: skip
    yes = await puskesmas.answer(two, "accepted")
    assert (yes.status_code, yes.json()["status"]) == (200, "completed"), yes.text
    assert yes.json()["output"] == [
        {
            "type": {
                "coding": [
                    {"system": "http://terminology.kemkes.go.id", "code": "response-referral-task",
                     "display": "Response referral task"}
                ],
                "text": "Respon atas Task Rujukan",
            },
            "valueCoding": {"system": "http://hl7.org/fhir/task-status", "code": "accepted", "display": "Accepted"},
        }
    ]  # fmt: skip
    late = await hospital.answer(one, "accepted")
    assert late.status_code == 409, late.text
    assert "sudah diterima" in late.json()["issue"][0]["details"]["text"]
    stands = await clinic.referral(referral)
    assert (stands["state"], stands["to_facility"]) == ("accepted", PUSKESMAS)
    assert [h["verb"] for h in stands["history"]] == ["send", "decline", "accept"]
    assert stands["history"][1]["reason"] == "Dokter spesialis sedang cuti"
    said = await clinic.get(f"Task/{one}")
    assert (said["status"], said["statusReason"]["text"][:11]) == ("cancelled", "Faskes lain")
    assert (await clinic.get(f"Task/{three}"))["output"][0]["valueCoding"]["code"] == "rejected"


async def test_tasks_follow_whoever_acts_at_the_other_door(stage: Both) -> None:
    clinic, _, (one, two), referral = await asked(stage, HOSPITAL, PUSKESMAS)
    hospital = stage.at(HOSPITAL)
    assert (await hospital.take(referral, "accept")).status_code == 200
    await stage.settle()
    taken = await hospital.get(f"Task/{one}")
    assert (taken["status"], taken["output"][0]["valueCoding"]["code"]) == ("completed", "accepted")
    assert (await clinic.get(f"Task/{two}"))["status"] == "cancelled"
    clinic, _, (one,), referral = await asked(stage, HOSPITAL)
    assert (await clinic.take(referral, "cancel", reason="Pasien sudah membaik")).status_code == 200
    await stage.settle()
    assert (await clinic.get(f"Task/{one}"))["statusReason"]["text"].startswith("Rujukan dibatalkan")
    assert (await clinic.get(f"ServiceRequest/{referral}"))["status"] == "revoked"


async def test_approvals_of_two_patients_are_not_one_referral(stage: Both) -> None:
    """Else whoever is asked about the second would be shown the first, and nobody would ask for the second."""
    clinic = stage.at(CLINIC)
    (one, visit), (other, another) = await clinic.person(), await clinic.person()
    icd = coded("primary-diagnosis", ICD10, "I61.9")
    for who, where in ((other, another), (one, another), (other, visit)):
        asked = [task(APPROVAL, CLINIC, one, visit, number(), candidate(HOSPITAL), icd),
                 task(APPROVAL, CLINIC, who, where, number(), candidate(PUSKESMAS), icd)]  # fmt: skip
        answer = await clinic.post(transaction(None, *asked))
        assert answer.status_code == 422, answer.text
        assert "Bundle.entry[1].resource.for" in answer.text
    await stage.settle()
    about = "SELECT count(*) AS n FROM referral WHERE person_id = ANY ($1)"
    assert (await stage.sql(about, [one, other]))[0]["n"] == 0


async def test_a_plan_is_the_reason_of_its_own_patients_referral(stage: Both) -> None:
    """Two patients in one write: neither receiver reads the other's words."""
    clinic = stage.at(CLINIC)
    (one, _), (other, _) = await clinic.person(), await clinic.person()
    words = {one: "Perlu kemoterapi untuk kanker payudara", other: "Perlu operasi katarak mata kanan"}
    asked = [request(who, CLINIC, to, number()) for who, to in ((one, HOSPITAL), (other, PUSKESMAS))]
    answer = await clinic.post(transaction(None, *asked, *(plan(who, said) for who, said in words.items())))
    assert answer.status_code == 200, answer.text
    for made, who in zip(answer.json()["entry"], words, strict=False):
        shown = await clinic.referral(made["response"]["location"].split("/")[-3])
        assert (shown["person_id"], shown["content"]["reason"]) == (who, words[who])


async def test_who_declined_sends_it_on_in_the_same_referral(stage: Both) -> None:
    clinic, person, (one,), referral = await asked(stage, HOSPITAL)
    assert (await stage.at(HOSPITAL).answer(one, "rejected")).status_code == 200
    visit = (await clinic.referral(referral))["encounter"]
    again = await clinic.post(approvals(person, visit, PUSKESMAS))
    assert again.status_code == 200, again.text
    stands = await clinic.referral(referral)
    assert (stands["state"], stands["leg"], stands["asked"]) == ("sent", 2, [PUSKESMAS])


async def test_the_request_completes_what_was_accepted(stage: Both) -> None:
    clinic, person, (one, two), referral = await asked(stage, HOSPITAL, PUSKESMAS)
    info = [{"reference": f"Task/{one}", "display": "Task Respon Kandidat"},
            {"reference": "Observation/tak-dikenal", "display": "Tanda vital"}]  # fmt: skip
    pcare = {"system": "http://sys-ids.kemkes.go.id/referral-number-pcare", "value": "0101U0011126Y000001"}
    asks = request(person, CLINIC, HOSPITAL, number(), "737481003", supportingInfo=info)
    asks["identifier"].append(pcare)
    early = await clinic.post(transaction("referral-request", asks, plan(person)))
    assert early.status_code == 409 and "kandidat" in early.text
    assert (await stage.at(HOSPITAL).answer(one, "accepted")).status_code == 200
    wrong = asks | {"performer": [{"reference": f"Organization/{ORGANIZATION[PUSKESMAS]}"}]}
    refused = await clinic.post(transaction("referral-request", wrong, plan(person)))
    assert refused.status_code == 422
    assert refused.json()["issue"][0]["expression"] == ["Bundle.entry[0].resource.performer"]
    sent = await clinic.post(transaction("referral-request", asks, plan(person)))
    assert sent.status_code == 200, sent.text
    response = sent.json()["entry"][0]["response"]
    assert response["status"] == "201 Created"
    assert f"ServiceRequest/{referral}/" in response["location"]
    twice = asks | {"identifier": [{"system": "urn:klinik", "value": number()}]}
    assert (await clinic.post(transaction("referral-request", twice, plan(person)))).status_code == 409
    await stage.settle()
    stands = await clinic.get(f"ServiceRequest/{referral}")
    shown = await clinic.referral(referral)
    own, others = shown["number"], shown["numbers"]
    assert [(o["system"], o["value"]) for o in others] == [("pcare", pcare["value"])]
    assert stands["supportingInfo"] == info
    assert [i["value"] for i in stands["identifier"]] == [i["value"] for i in asks["identifier"]] + [own]
    assert stands["performer"][0]["display"] == "RS tujuan"
    hospital = stage.at(HOSPITAL)
    bundle = await hospital.get(
        "ServiceRequest", identifier=f"{NUMBER}|{own}", _include="ServiceRequest:supporting-info"
    )
    modes = [(e["search"]["mode"], e["resource"]["id"]) for e in bundle["entry"]]
    assert modes == [("match", referral), ("include", one)]
    assert await stage.at(PUSKESMAS).found("ServiceRequest", identifier=f"{NUMBER}|{own}") == []
    assert two not in str(bundle)


async def test_outpatient_is_sent_at_once_and_once(stage: Both) -> None:
    clinic = stage.at(CLINIC)
    person, visit = await clinic.person()
    asks = request(person, CLINIC, HOSPITAL, number(), encounter={"reference": f"Encounter/{visit}"})
    whole = transaction("referral-request", asks, plan(person))
    whole["entry"][0]["resource"] = asks | {"basedOn": [{"reference": whole["entry"][1]["fullUrl"]}]}
    answers = await asyncio.gather(*(clinic.post(whole) for _ in range(3)))
    assert {a.status_code for a in answers} == {200}, [a.text for a in answers]
    assert len({a.json()["entry"][0]["response"]["location"].split("/")[-3] for a in answers}) == 1
    again = await clinic.post(whole)
    made = [[e["response"]["location"].split("/_history")[0] for e in a.json()["entry"]] for a in (again, *answers)]
    assert made[1:] == made[:-1]
    referral = again.json()["entry"][0]["response"]["location"].split("/")[-3]
    stands = await clinic.referral(referral)
    assert (stands["state"], stands["urgency"], stands["to_facility"], stands["encounter"]) == (
        "sent", "urgent", HOSPITAL, visit,
    )  # fmt: skip
    other = dict(whole, entry=[whole["entry"][0] | {"resource": asks | {"status": "active", "priority": "routine"}}])
    assert (await clinic.post(other)).status_code == 409
    assert len(await stage.sql("SELECT 1 FROM resource WHERE type = 'CarePlan' AND person_id = $1", person)) == 1
    await stage.settle()
    read = await stage.at(HOSPITAL).get(f"ServiceRequest/{referral}")
    assert read["basedOn"][0]["reference"].startswith("CarePlan/")
    assert read["code"]["text"] == "Rujukan ke rawat jalan pasien stroke"
    second = request(person, CLINIC, PUSKESMAS, number())
    open_one = await clinic.post(second)
    assert open_one.status_code == 409
    assert stands["number"] in open_one.text


async def test_the_documented_example_is_a_referral(stage: Both) -> None:
    doctor = stage.at(PRACTICE)
    assert (await doctor.post(patient(examples.NIK["value"]))).is_success
    sent = await doctor.post(examples.REFERRAL)
    assert sent.status_code == 200, sent.text
    referral = sent.json()["entry"][0]["response"]["location"].split("/")[-3]
    stands = await doctor.referral(referral)
    assert (stands["to_facility"], stands["kind"], stands["diagnosis"]) == (OTHER, "horizontal", "H52.1")
    assert (await doctor.post(examples.REFERRAL)).status_code == 200


async def test_an_emergency_and_a_visit_that_names_the_person(stage: Both) -> None:
    clinic = stage.at(CLINIC, face="satusehat")
    person, visit = await stage.at(CLINIC).person()
    asks = request(person, CLINIC, HOSPITAL, number(), "385868005")
    sent = await clinic.post(asks)
    assert sent.status_code == 201, sent.text
    stands = await clinic.referral(sent.json()["id"])
    assert (stands["urgency"], stands["content"]["reason"]) == ("emergency", "Rujukan ke rawat jalan pasien stroke")
    await stage.settle()
    assert (await stage.at(HOSPITAL).get(f"Encounter/{visit}"))["id"] == visit


async def test_questions_and_candidates(stage: Both) -> None:
    clinic = stage.at(CLINIC)
    person, visit = await clinic.person()
    first = task("referral-pre-request", CLINIC, None, visit, number(), coded("primary-diagnosis", ICD10, "I61.9"))
    made = await clinic.post(first)
    assert made.status_code == 201, made.text
    body = made.json()
    assert [c["resourceType"] for c in body["contained"]] == ["Questionnaire", "Questionnaire"]
    assert [o["type"]["coding"][0]["code"] for o in body["output"]] == ["referral-criteria", "area"]
    assert [o["valueReference"]["reference"] for o in body["output"]] == [f"#{c['id']}" for c in body["contained"]]
    assert body["basedOn"] == [{"reference": f"Task/{body['id']}"}]
    assert {k: body[k] for k in first} == first
    assert (await clinic.post(first)).json()["id"] == body["id"]
    again = first | {"identifier": [{"system": "http://sys-ids.kemkes.go.id/task/1", "value": number()}]}
    other = (await clinic.post(again)).json()["id"]
    rows = await stage.sql("SELECT referral FROM referral_resource WHERE id = ANY($1)", [body["id"], other])
    assert len(rows) == 2 and rows[0] == rows[1]
    draft = await clinic.referral(rows[0]["referral"])
    assert (draft["state"], draft["person_id"], draft["diagnosis"]) == ("draft", person, "I61.9")
    changed = body | {"status": "completed"}
    assert (await clinic.call("PUT", f"{BASE}/Task/{body['id']}", changed)).status_code == 200
    sent = await clinic.post(approvals(person, visit, HOSPITAL, PUSKESMAS))
    assert sent.status_code == 200, sent.text
    now_is = await clinic.referral(draft["id"])
    assert (now_is["state"], now_is["asked"], now_is["content"]["reason"]) == (
        "sent", [HOSPITAL, PUSKESMAS], "Perlu pemeriksaan lanjutan oleh spesialis",
    )  # fmt: skip
    assert (await clinic.post(approvals(person, visit, HOSPITAL, PUSKESMAS))).status_code == 409
    foreign = first | {"requester": {"reference": f"Organization/{ORGANIZATION[OTHER]}"}, "identifier": []}
    foreign.pop("identifier")
    made = await stage.at(OTHER).post(foreign)
    assert made.status_code == 201, made.text
    assert await stage.sql("SELECT 1 FROM referral_resource WHERE id = $1", made.json()["id"]) == []
    nobody = task("referral-pre-request", CLINIC, None, str(uuid.uuid4()), number(), *first["input"])
    assert (await clinic.post(nobody)).status_code == 201


async def test_candidates_are_named_best_first_with_the_reasons(stage: Both) -> None:
    clinic = stage.at(CLINIC)
    person, visit = await clinic.person()
    area = {"resourceType": "QuestionnaireResponse", "id": "2", "status": "completed",
            "questionnaire": "https://fhir.kemkes.go.id/Questionnaire/Q101"}  # fmt: skip
    inputs = coded("119270007", SCT, "737492002"), coded("primary-diagnosis", ICD10, "O13")
    for code, best in (("14.10", [HOSPITAL, PUSKESMAS]), ("1410011001", [PUSKESMAS]), ("31", [])):
        said = [{"linkId": "1", "item": [{"linkId": "1.2", "answer": [{"valueCoding": {"code": code}}]}]}]
        ask = task(
            "request-referral-candidate", CLINIC, person, visit, number(), *inputs, contained=[area | {"item": said}]
        )  # fmt: skip
        made = await clinic.post(ask)
        assert made.status_code == 201, made.text
        named = made.json().get("output", [])
        assert {k: made.json()[k] for k in ask} == ask
        assert [o["valueReference"]["reference"] for o in named] == [f"Organization/{ORGANIZATION[f]}" for f in best]
        for rank, output in enumerate(named, 1):
            place, *why = [next(v for k, v in e.items() if k != "url") for e in output["extension"]]
            assert (place, "10,0 km" in why) == (rank, True)
    bare = task("request-referral-candidate", CLINIC, person, visit, number())
    assert (await clinic.post(bare)).json()["issue"][0]["expression"] == ["Task.input"]


async def test_what_the_flow_asked_before_counts_for_the_referral(stage: Both) -> None:
    clinic = stage.at(CLINIC)
    person, visit = await clinic.person()
    response = {
        "resourceType": "QuestionnaireResponse", "id": "1", "status": "completed",
        "questionnaire": "https://fhir.kemkes.go.id/Questionnaire/Q100",
        "item": [{"linkId": "3215", "text": "Tindakan Medis", "answer": [{"valueString": "01.24"}]}],
    }  # fmt: skip
    ask = task(
        "request-referral-candidate", CLINIC, person, visit, number(), coded("119270007", SCT, "385868005"),
        coded("primary-diagnosis", ICD10, "I61.9"), contained=[response],
    )  # fmt: skip
    assert (await clinic.post(ask)).status_code == 201
    bare = task("referral-approval-request", CLINIC, person, visit, number(), candidate(HOSPITAL))
    sent = await clinic.post(transaction("referral-approval", bare, plan(person)))
    assert sent.status_code == 200, sent.text
    rows = await stage.sql(
        "SELECT p.referral FROM referral_resource p JOIN resource r USING (type, id) WHERE r.person_id = $1", person
    )
    mine = await clinic.referral(rows[0]["referral"])
    assert (mine["urgency"], mine["diagnosis"]) == ("emergency", "I61.9")
    assert mine["content"]["criterion"] == {"kind": "procedure", "code": "01.24"}


@pytest.mark.parametrize(
    "performer",
    [[{"reference": "Practitioner/N10000005"}], [{"reference": "Organization/F10000001"}],
     [{"reference": "Organization/991410201"}]],
)  # fmt: skip
async def test_a_referral_to_nobody_of_the_network_is_a_record_only(stage: Both, performer: list[Any]) -> None:
    clinic = stage.at(CLINIC)
    person, _ = await clinic.person()
    own = [{"reference": f"Organization/{ORGANIZATION[CLINIC]}"}]
    for who in (performer, own):
        made = await clinic.post(request(person, CLINIC, who, number()))
        assert made.status_code == 201, made.text
        assert "referral-untracked" in made.headers["warning"], "its sender is told that nobody was asked"
        changed = made.json() | {"status": "completed"}
        assert (await clinic.call("PUT", f"{BASE}/ServiceRequest/{changed['id']}", changed)).status_code == 200
    assert await stage.sql("SELECT 1 FROM referral WHERE person_id = $1", person) == []
    sent = await clinic.post(transaction(None, request(person, CLINIC, performer, number())))
    told = sent.json()["entry"][0]["response"]["outcome"]["issue"][1]
    assert (told["severity"], told["details"]["coding"][0]["code"]) == ("warning", "referral-untracked")


async def test_what_was_stored_before_it_meant_a_referral_is_still_its_writers(stage: Both) -> None:
    clinic = stage.at(CLINIC)
    person, _ = await clinic.person()
    old = request(person, CLINIC, [{"reference": "Practitioner/1"}], number())
    made = (await clinic.post(old)).json()
    named = made | {"performer": [{"reference": f"Organization/{ORGANIZATION[HOSPITAL]}"}]}
    assert (await clinic.call("PUT", f"{BASE}/ServiceRequest/{made['id']}", named)).status_code == 200
    assert await stage.sql("SELECT 1 FROM referral WHERE person_id = $1", person) == []


async def test_what_cannot_be_stored_sends_nothing(stage: Both) -> None:
    clinic = stage.at(CLINIC)
    person, visit = await clinic.person()
    asks = request(person, CLINIC, HOSPITAL, number())
    broken = transaction("referral-request", asks, plan(person) | {"subject": {"reference": "Patient/tak-ada"}})
    cases: list[tuple[dict[str, Any], str]] = [
        (broken, "Bundle.entry[1].resource.subject.reference"),
        (asks | {"subject": {"reference": "Patient/tak-ada"}}, "ServiceRequest.subject"),
        ({k: v for k, v in asks.items() if k != "reasonCode"}, "ServiceRequest.reasonCode"),
        (asks | {"requester": {"reference": f"Organization/{ORGANIZATION[PUSKESMAS]}"}}, "ServiceRequest.requester"),
        (approvals(person, visit, CLINIC), "Bundle.entry[0].resource.input.valueReference"),
    ]
    for body, where in cases:
        answer = await clinic.post(body)
        assert answer.status_code == 422, answer.text
        assert answer.json()["issue"][0]["expression"][0].startswith(where), answer.text
    mine = f"{BASE}/ServiceRequest/{uuid.uuid4()}"
    assert (await clinic.call("PUT", mine, asks | {"id": mine.split("/")[-1]})).status_code == 422
    stranger = stage.at(OTHER)
    foreign = asks | {"requester": {"reference": f"Organization/{ORGANIZATION[OTHER]}"}}
    assert (await stranger.post(foreign)).status_code == 403
    box = await clinic.call("GET", "/v1/referrals?box=outbox&limit=200")
    assert person not in box.text
    stage.door.shut = True
    try:
        assert (await clinic.post(asks)).status_code == 503
    finally:
        stage.door.shut = False
    assert await clinic.found("ServiceRequest", patient=person) == []
    assert (await clinic.post(asks)).status_code == 201


async def test_a_diagnosis_the_sender_may_not_see_is_not_told_to_it(stage: Both) -> None:
    clinic, hospital = stage.at(CLINIC), stage.at(HOSPITAL)
    person, visit = await clinic.person()
    ill = {"resourceType": "Condition", "subject": {"reference": f"Patient/{person}"}}
    hidden, own = [
        (await who.post(ill | {"code": {"coding": [{"system": ICD10, "code": code}]}})).json()["id"]
        for who, code in ((hospital, "B20"), (clinic, "H40.1"))
    ]
    asks = request(person, CLINIC, HOSPITAL, number(), encounter={"reference": f"Encounter/{visit}"})
    asks.pop("reasonCode")
    refused = await clinic.post(asks | {"reasonReference": [{"reference": f"Condition/{hidden}"}]})
    assert (refused.status_code, refused.json()["issue"][0]["expression"]) == (422, ["ServiceRequest.reasonCode"])
    both_ = [{"reference": f"Condition/{i}"} for i in (hidden, own)]
    sent = await clinic.post(asks | {"reasonReference": both_})
    assert sent.status_code == 201, sent.text
    assert (await clinic.referral(sent.json()["id"]))["diagnosis"] == "H40.1"


async def test_what_is_no_referral_costs_nothing(stage: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    clinic = stage.at(CLINIC)
    person, _ = await clinic.person()
    from services.records.usecases import referral_writes

    def never(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(referral_writes, "_Referring", never)
    lab = request(person, CLINIC, HOSPITAL, number()) | {
        "category": [{"coding": [{"system": SCT, "code": "108252007"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]},
    }
    assert (await clinic.post(lab)).status_code == 201
    assert (await clinic.post(transaction(None, lab, systolic(person)))).status_code == 200
