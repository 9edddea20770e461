"""The mapping to FHIR: valid R4 in every state, and nothing in it that names a person or tells a story."""

from dataclasses import replace
from datetime import date

import orjson
import pytest

from services.records.validation import check
from services.referrals import fhir
from services.referrals.contract import ReferralChanged, Side, State, Urgency, Verb
from services.referrals.rules.clock_file import STARTING
from services.referrals.rules.referrals import Referral, Step, ring
from tests.unit.referrals.examples import ID, NOW, OFFICE, PERSON, PRACTICE, REASON, after, draft, sent

ADVICE = "Lanjut nifedipin 3x10 mg"
S, R = Side.SENDER, Side.RECEIVER
ACCEPTED = ((Verb.ACCEPT, R, {}),)
IN_CARE = (*ACCEPTED, (Verb.ARRIVE, R, {}), (Verb.TREAT, R, {}))
WHY = {"reason": "Keluarga menolak"}
EACH = {
    "sent": (sent(), "active", "requested"),
    "accepted": (after(sent(), *ACCEPTED), "active", "accepted"),
    "declined": (after(sent(), (Verb.DECLINE, R, WHY)), "active", "rejected"),
    "redirected": (after(sent(), (Verb.REDIRECT, R, WHY)), "active", "rejected"),
    "expired": (ring(replace(sent(), rung=1), STARTING, NOW, OFFICE)[1], "active", "requested"),
    "draft": (draft(), "draft", "draft"),
    "cancelled": (after(sent(), (Verb.CANCEL, S, WHY)), "revoked", "cancelled"),
    "departed": (after(sent(), *ACCEPTED, (Verb.DEPART, S, {})), "active", "accepted"),
    "departed unanswered": (after(sent(Urgency.EMERGENCY), (Verb.DEPART, S, {})), "active", "requested"),
    "arrived": (after(sent(), *IN_CARE[:2]), "active", "in-progress"),
    "no-show": (after(sent(), *ACCEPTED, (Verb.NO_SHOW, R, {})), "revoked", "cancelled"),
    "in-care": (after(sent(), *IN_CARE), "active", "in-progress"),
    "back": (
        after(sent(), *IN_CARE, (Verb.REFER_BACK, R, {"advice": ADVICE, "due": date(2026, 12, 1)})),
        "completed",
        "completed",
    ),
    "died": (after(sent(), (Verb.CLOSE, S, {"outcome": "died"})), "completed", "completed"),
}


def test_every_state_is_tried() -> None:
    assert {r.state for r, _, _ in EACH.values()} == set(State)


@pytest.mark.parametrize(("referral", "request_status", "task_status"), EACH.values(), ids=EACH)
def test_valid_in_every_state(referral: Referral, request_status: str, task_status: str) -> None:
    request, task = fhir.service_request(referral), fhir.task(referral)
    assert [i for r in (request, task) for i in check(r)] == []
    assert (request["status"], task["status"]) == (request_status, task_status)
    assert task["businessStatus"]["coding"][0]["code"] == referral.state


def test_references() -> None:
    request, task = fhir.service_request(sent()), fhir.task(sent())
    assert request["id"] == ID
    assert request["subject"] == task["for"] == {"reference": f"Patient/{PERSON}"}
    assert request["requester"] == task["requester"] == {"reference": "Organization/991410016"}
    assert request["performer"] == [task["owner"]] == [{"reference": "Organization/991410001"}]
    assert task["focus"] == {"reference": f"ServiceRequest/{ID}"}
    assert request["encounter"] == task["encounter"] == {"reference": "Encounter/kunjungan-1"}
    assert task["id"] == fhir.task_id(ID) != ID


@pytest.mark.parametrize("urgency", Urgency)
def test_priority_and_tacc(urgency: Urgency) -> None:
    tacc = {"code": 3, "reason": "O14.1 - Preeklampsia"}
    request = fhir.service_request(sent(urgency, content={"reason": REASON, "tacc": tacc}))
    assert check(request) == []
    assert request["priority"] == {"routine": "routine", "urgent": "urgent", "emergency": "stat"}[urgency]
    codings = [r["coding"][0] for r in request["reasonCode"]]
    assert codings == [{"system": fhir.ICD10, "code": "O13"}, {"system": fhir.TACC, "code": "3"}]


def test_the_event_tells_no_story() -> None:
    back = EACH["back"][0]
    here = "P1410010101"
    step = Step(5, Verb.REFER_BACK, back.state, R, "dr-siti", "puskesmas-staff", here, NOW, NOW, "Sebab", "Catatan")
    told = fhir.event(back, step)
    text = orjson.dumps(told.data).decode()
    for secret in (REASON, ADVICE, "Sebab", "Catatan", "dr-siti", PRACTICE.name or "", "display", '"text"', '"note"'):
        assert secret not in text
    data = ReferralChanged.model_validate(told.data)
    assert (told.type, told.kind, told.subject, told.version, told.person_id) == ("referral", "changed", ID, 5, PERSON)
    assert (data.state, data.closed_at, data.legal) == (State.CLOSED, NOW, {S: [], R: [], Side.OFFICE: []})
    assert data.task["output"][1]["valueDate"] == "2026-12-01"


def test_the_first_event_says_created() -> None:
    told = fhir.event(sent(), Step(1, Verb.SEND, State.SENT, S, "x", "clinician", PRACTICE.code, NOW, NOW))
    assert told.kind == "created"
    assert told.data["legal"] == {
        "sender": ["send", "raise", "close", "cancel"],
        "receiver": ["accept", "decline", "redirect"],
        "office": ["send", "close", "cancel"],
    }
