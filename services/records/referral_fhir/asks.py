"""What a client's resource asks of the referral machine, read from FHIR. Defensive: it looks before anything is
checked; what it returns is used after the resource has been examined."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from services.records.references import local
from services.records.referral_fhir.codes import (
    APPROVAL,
    ASKED,
    CANDIDATES,
    DIAGNOSIS,
    EMERGENCY,
    GIVEN,
    LEVEL,
    LEVELS,
    PRE_REQUEST,
    REFERRAL,
    SNOMED,
    codes,
    listed,
)  # fmt: skip
from services.records.systems import ICD10

TYPES = frozenset({"ServiceRequest", "Task"})
"""Types that may speak of a referral; of all others nothing is asked."""
REQUEST = "request"
"""A ServiceRequest that refers the patient."""
_TASKS = (PRE_REQUEST, CANDIDATES, APPROVAL)
_ICD = re.compile(r"[A-Z]\d{2}(\.[0-9A-Z]{1,2})?")
_ACTIVE = frozenset({"active", "requested"})
_URGENT = {"stat": "emergency", "asap": "urgent", "urgent": "urgent"}
_LONGEST = 4000
_PROCEDURE = re.compile(r"\d{2}(\.\d{1,2})?")


def part_of(resource: Any) -> str | None:
    """Which part of the flow a resource is: one of SATUSEHAT's three Tasks, `request`, or none."""
    kind = resource.get("resourceType")
    if kind == "ServiceRequest":
        found = (*codes(resource.get("category")), *codes(resource.get("code")))
        return REQUEST if REFERRAL in found else None
    if kind == "Task":
        named = codes(resource.get("code"))
        return next((part for part in _TASKS if part in named), None)
    return None


@dataclass(slots=True)
class Ask:
    """What one resource asks: whom it is about, for what, whom it asks. References are as they came."""

    part: str
    patient: dict[str, Any] | None
    encounter: str | None
    level: str | None
    priority: str | None
    diagnosis: str | None
    conditions: list[str] = field(default_factory=list)
    organizations: list[str] = field(default_factory=list)
    """Ids of the Organizations asked to take the patient."""
    requester: str | None = None
    reason: str | None = None
    tasks: list[str] = field(default_factory=list)
    """Ids of the Tasks it comes from."""
    numbers: list[dict[str, str]] = field(default_factory=list)
    """The referral's numbers in other systems, as it carries them."""
    practitioner: str | None = None
    active: bool = True

    @property
    def about(self) -> tuple[str | None, str | None, str | None]:
        """Whom and which visit it is about, as it says it: what differs may be of somebody else."""
        patient = self.patient if isinstance(self.patient, dict) else {}
        number = patient.get("identifier")
        value = number.get("value") if isinstance(number, dict) else None
        return _reference(patient), value if isinstance(value, str) else None, self.encounter

    @property
    def urgency(self) -> str:
        """Emergency care asked for is an emergency; of another level of care, however fast, it is none."""
        if self.level == EMERGENCY:
            return "emergency"
        found = _URGENT.get(self.priority or "", "routine")
        return "urgent" if self.level is not None and found == "emergency" else found


def ask_of(resource: dict[str, Any], part: str) -> Ask:
    """What an examined resource asks."""
    found = _request(resource) if part == REQUEST else _task(resource, part)
    found.priority = resource.get("priority")
    found.active = resource.get("status") in _ACTIVE
    found.requester = _organization(resource.get("requester"))
    return found


def _request(resource: dict[str, Any]) -> Ask:
    reasons = listed(resource.get("reasonCode"))
    numbers = [i for i in listed(resource.get("identifier")) if i.get("system") in GIVEN and i.get("value")]
    return Ask(
        REQUEST, resource.get("subject"), _reference(resource.get("encounter")),
        level=next((c for c in codes(resource.get("code"), SNOMED) if c in LEVELS), None), priority=None,
        diagnosis=_icd(reasons), conditions=_references(resource.get("reasonReference")),
        organizations=_organizations(resource.get("performer")),
        reason=_text([*reasons, resource.get("code"), *listed(resource.get("note"))]),
        tasks=[t[1] for t in map(local, _references(resource.get("supportingInfo"))) if t and t[0] == "Task"],
        numbers=[{"system": GIVEN[i["system"]], "value": i["value"]} for i in numbers],
        practitioner=_id(resource.get("requester"), "Practitioner"),
    )  # fmt: skip


def _task(resource: dict[str, Any], part: str) -> Ask:
    inputs = listed(resource.get("input"))
    level = next((c for i in _of(inputs, LEVEL) for c in codes(i.get("valueCoding")) if c in LEVELS), None)
    named = [i.get("valueReference") for i in _of(inputs, ASKED)]
    return Ask(
        part, resource.get("for"), _reference(resource.get("encounter")), level, None,
        _icd([i.get("valueCoding") or i.get("valueCodeableConcept") for i in _of(inputs, DIAGNOSIS)]),
        organizations=_organizations(named), reason=_text([resource.get("reasonCode"), *listed(resource.get("note"))]),
        tasks=[t[1] for t in map(local, _references(resource.get("basedOn"))) if t and t[0] == "Task"],
        conditions=_references([resource.get("reasonReference")]),
    )  # fmt: skip


def criterion(resource: dict[str, Any]) -> dict[str, str] | None:
    """Why not here, from the answers to the criteria (Q100): a procedure's code, else therapy or workup."""
    said: dict[str, Any] = {}
    for response in listed(resource.get("contained")):
        if str(response.get("questionnaire", "")).partition("|")[0].endswith("/Q100"):
            for item in listed(response.get("item")):
                answers = listed(item.get("answer"))
                if answers:
                    said[str(item.get("linkId"))] = next(iter(answers[0].values()), None)
    code = said.get(CRITERION_ITEMS["procedure"][0])
    if isinstance(code, str) and _PROCEDURE.fullmatch(code):
        return {"kind": "procedure", "code": code}
    return next(({"kind": kind} for kind in ("therapy", "workup") if said.get(CRITERION_ITEMS[kind][0]) is True), None)


CRITERION_ITEMS = {
    "therapy": ("3216", "Terapi/Pengobatan", "boolean"),
    "procedure": ("3215", "Tindakan Medis", "string"),
    "workup": ("3214", "Upaya Diagnosis", "boolean"),
}
"""Our criteria as SATUSEHAT's questionnaire numbers them."""


def area(resource: dict[str, Any]) -> str | None:
    """The smallest area asked for (Q101), a Kemendagri code."""
    found: list[str] = []
    for response in listed(resource.get("contained")):
        if str(response.get("questionnaire", "")).partition("|")[0].endswith("/Q101"):
            found += _areas(response.get("item"))
    fit = [code for code in (f.replace(".", "") for f in found) if code.isascii() and code.isdigit()]
    return max(fit, key=len) if fit else None


def _areas(items: Any) -> list[str]:
    found: list[str] = []
    for item in listed(items):
        found += [c for answer in listed(item.get("answer")) for c in codes(answer.get("valueCoding"))]
        found += _areas(item.get("item"))
    return found


def plan_of(resources: Sequence[dict[str, Any]], patient: Any = None) -> tuple[str | None, list[str]]:
    """Of the CarePlan that comes along: why, and the Conditions it is for. Another patient's is not its reason."""
    for one in resources:
        if one.get("resourceType") == "CarePlan" and not _another(one.get("subject"), patient):
            return _text([{"text": one.get("description")}]), _references(one.get("addresses"))
    return None, []


def _another(one: Any, other: Any) -> bool:
    """Whether two references, written alike, name two patients."""
    names = [_reference(one), _reference(other)]
    kinds = [local(name) is not None if name else None for name in names]
    return names[0] != names[1] and None not in kinds and kinds[0] == kinds[1]


def _of(inputs: Sequence[dict[str, Any]], code: str) -> list[dict[str, Any]]:
    return [i for i in inputs if code in codes(i.get("type"))]


def icd_of(found: Sequence[str]) -> str | None:
    """The first ICD-10 code among codes."""
    return next((c for c in found if _ICD.fullmatch(c)), None)


def icd_among(tokens: Sequence[str]) -> str | None:
    """The first ICD-10 code among tokens ("system|code")."""
    return icd_of([code for system, _, code in (t.partition("|") for t in tokens) if system == ICD10])


def _icd(nodes: Sequence[Any]) -> str | None:
    return icd_of([c for node in nodes for c in codes(node, ICD10)])


def icd(condition: dict[str, Any]) -> str | None:
    """The ICD-10 code of a Condition."""
    return _icd([condition.get("code")])


def _text(nodes: Sequence[Any]) -> str | None:
    """The first words there are; a coding's display when nothing else is said."""
    said = [n["text"] for n in nodes if isinstance(n, dict) and isinstance(n.get("text"), str)]
    return next((t.strip()[:_LONGEST] for t in said if len(t.strip()) >= 3), None)


def _reference(node: Any) -> str | None:
    text = node.get("reference") if isinstance(node, dict) else None
    return text if isinstance(text, str) else None


def _references(nodes: Any) -> list[str]:
    found = map(_reference, nodes if isinstance(nodes, list) else [nodes])
    return [text for text in found if text]


def _id(node: Any, kind: str) -> str | None:
    target = local(_reference(node) or "")
    return target[1] if target and target[0] == kind else None


def _organization(node: Any) -> str | None:
    return _id(node, "Organization")


def _organizations(nodes: Any) -> list[str]:
    found = map(_organization, nodes if isinstance(nodes, list) else [nodes])
    return list(dict.fromkeys(id_ for id_ in found if id_))
