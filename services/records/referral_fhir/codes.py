"""The codes of SATUSEHAT Rujukan, and how a coded element is read whatever came."""

from collections.abc import Iterator
from typing import Any

from services.records.systems import CANONICAL

SNOMED, TERMS = "http://snomed.info/sct", "http://terminology.kemkes.go.id"
TASK_STATUS = "http://hl7.org/fhir/task-status"
OURS = "https://simpul.id/fhir"
NUMBER = f"{OURS}/referral-number"
"""Identifier system of our own referral number."""
OUTCOME, STATE = f"{OURS}/CodeSystem/referral-outcome", f"{OURS}/CodeSystem/referral-state"
GIVEN = {
    f"http://sys-ids.kemkes.go.id/referral-number-{name}": name for name in ("pcare", "vclaim", "satusehat", "sisrute")
}
"""Identifier system → how referrals calls who gave the number."""
AREA = "http://sys-ids.kemkes.go.id/administrative-area"

REFERRAL = "3457005"
PRE_REQUEST, CANDIDATES, APPROVAL = "referral-pre-request", "request-referral-candidate", "referral-approval-request"
CRITERIA, AREA_OF, CANDIDATE, RESPONSE = "referral-criteria", "area", "referral-candidate", "response-referral-task"
DIAGNOSIS, ASKED = "primary-diagnosis", "referral-task"
LEVEL = "119270007"
OUTPATIENT, INPATIENT, EMERGENCY = "737492002", "737481003", "385868005"
LEVELS = frozenset({OUTPATIENT, INPATIENT, EMERGENCY})


def codings(node: Any) -> Iterator[dict[str, Any]]:
    """The codings of a Coding, a CodeableConcept or a list of them; nothing of anything else."""
    for one in node if isinstance(node, list) else [node]:
        if isinstance(one, dict):
            inner = one.get("coding", [one])
            yield from (c for c in inner if isinstance(c, dict)) if isinstance(inner, list) else ()


def codes(node: Any, system: str | None = None) -> list[str]:
    """The codes among them, of one system when it is named."""
    found = [(c.get("system"), c.get("code")) for c in codings(node)]
    return [
        code for spelt, code in found
        if isinstance(code, str) and (system is None or (isinstance(spelt, str) and CANONICAL[spelt] == system))
    ]  # fmt: skip


def concept(system: str, code: str, display: str | None = None) -> dict[str, Any]:
    """A CodeableConcept."""
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]}


def listed(node: Any) -> list[dict[str, Any]]:
    """The objects of a list, whatever else stands in it."""
    return [one for one in node if isinstance(one, dict)] if isinstance(node, list) else []
