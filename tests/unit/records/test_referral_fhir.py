"""What a client's Task or ServiceRequest asks of the machine, and what a change of it means there."""

from typing import Any

import pytest

from services.records.referral_fhir import asks, steps

SCT, TERMS = "http://snomed.info/sct", "http://terminology.kemkes.go.id"
ICD10, OUTCOME = "http://hl7.org/fhir/sid/icd-10", "https://simpul.id/fhir/CodeSystem/referral-outcome"


def concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


@pytest.mark.parametrize(
    ("level", "priority", "urgency"),
    [
        ("385868005", "routine", "emergency"), ("737492002", "stat", "urgent"), ("737481003", "asap", "urgent"),
        (None, "stat", "emergency"), (None, "urgent", "urgent"), ("737492002", None, "routine"),
    ],
)  # fmt: skip
def test_urgency_is_the_level_of_care_then_the_priority(level: str | None, priority: str | None, urgency: str) -> None:
    code = {"code": concept(SCT, level)} if level else {}
    body = {"resourceType": "ServiceRequest", "priority": priority, **code}
    assert asks.ask_of(body, asks.REQUEST).urgency == urgency


@pytest.mark.parametrize(
    "odd",
    [{}, {"code": 3}, {"code": {"coding": "x"}}, {"code": [None]}, {"category": [{"coding": [7, {"code": 8}]}]},
     {"code": {"coding": [{"code": ["3457005"]}]}}],
)  # fmt: skip
def test_what_is_no_resource_yet_is_looked_at_without_harm(odd: dict[str, Any]) -> None:
    for kind in ("ServiceRequest", "Task", None):
        assert asks.part_of(odd | {"resourceType": kind}) is None
        for part in (asks.REQUEST, "referral-approval-request"):
            asks.ask_of(odd | {"input": [1, {"type": 2}], "identifier": 3, "performer": {"reference": 4}}, part)


def test_a_referral_is_told_by_category_or_code() -> None:
    for key in ("category", "code"):
        value = concept(SCT, "3457005")
        body = {"resourceType": "ServiceRequest", key: [value] if key == "category" else value}
        assert asks.part_of(body) == asks.REQUEST
    assert (
        asks.part_of({"resourceType": "Task", "code": concept(TERMS, "referral-pre-request")}) == "referral-pre-request"
    )


def test_how_it_ended_is_read_from_the_output() -> None:
    old: dict[str, Any] = {"status": "in-progress", "note": [{"text": "catatan lama"}]}
    outputs: list[dict[str, Any]] = [
        {"type": concept(OUTCOME, "outcome"), "valueCodeableConcept": concept(OUTCOME, "died")}
    ]
    closed = steps.of_task(old, old | {"status": "completed", "output": outputs})
    assert closed == steps.Meant("close", {"outcome": "died"})
    back = [{"type": concept(OUTCOME, "advice"), "valueString": "Kontrol tensi"},
            {"type": concept(OUTCOME, "follow-up"), "valueDate": "2026-12-01"}]  # fmt: skip
    noted = old | {"status": "completed", "output": back, "note": [*old["note"], {"text": "catatan baru"}]}
    assert steps.of_task(old, noted) == steps.Meant(
        "refer-back", {"advice": "Kontrol tensi", "due": "2026-12-01", "note": "catatan baru"}
    )
    assert steps.of_task(old, old | {"status": "completed"}) is None
    assert steps.of_task(old, old | {"status": "draft"}) is None


def test_an_approval_task_answered_stays_answered() -> None:
    waiting = {"status": "requested"}
    asked = {"state": "sent", "asked": ["A", "B"], "answered_at": None, "to_facility": "A", "step": {"verb": "send"}}
    assert steps.approved(waiting, "A", asked) is waiting
    assert steps.approved(waiting, "B", asked | {"state": "expired"}) is waiting
    declined = steps.approved(
        waiting, "A", asked | {"asked": ["B"], "step": {"verb": "decline", "facility": "A", "at": "x"}}
    )
    assert (declined["status"], declined["output"][0]["valueCoding"]["code"]) == ("completed", "rejected")
    assert steps.approved(declined, "A", asked) is declined
    closed = {"state": "closed", "asked": ["A"], "answered_at": None, "to_facility": "A", "outcome": "cancelled"}
    assert steps.approved(waiting, "A", closed)["status"] == "cancelled"
    done = closed | {"answered_at": "y", "outcome": "discharged"}
    assert steps.approved(waiting, "A", done)["output"][0]["valueCoding"]["code"] == "accepted"
    assert steps.approved(waiting, "B", done)["statusReason"]["text"].startswith("Faskes lain")
