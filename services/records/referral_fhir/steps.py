"""How a resource keeps in step with the machine, and what a change of it means there.

A resource that a client wrote keeps the client's words; of it the machine says the status, the performer, the numbers
and the output alone. What it wrote itself (a referral sent over the plain API) it says wholly.
"""

from dataclasses import dataclass, field
from typing import Any

from services.records.referral_fhir.codes import (
    NUMBER,
    OUTCOME,
    RESPONSE,
    STATE,
    TASK_STATUS,
    TERMS,
    codes,
    concept,
    listed,
)  # fmt: skip

Body = dict[str, Any]
_ANSWERS = {"accepted": "Accepted", "rejected": "Rejected"}
_SAYABLE = frozenset(
    "resourceType id meta status statusReason businessStatus output lastModified note executionPeriod".split()  # noqa: SIM905
)
"""What a change of a referral's Task may touch; everything else is the referral's own."""


@dataclass(frozen=True, slots=True)
class Meant:
    """The step a change means: a verb of the machine, and what is told with it."""

    verb: str
    told: dict[str, Any] = field(default_factory=dict)


# --- following ------------------------------------------------------------------------------------------


def requested(words: Body, told: Body) -> Body:
    """A client's ServiceRequest as the machine says it stands now."""
    body = dict(words)
    body["status"] = told["status"]
    now = _organizations(told.get("performer"))
    if now and now[0] not in _organizations(words.get("performer")):
        body["performer"] = told["performer"]
    given = [i for i in listed(words.get("identifier")) if i.get("system") != NUMBER]
    known = {(i.get("system"), i.get("value")) for i in given}
    more = [i for i in listed(told.get("identifier")) if (i["system"], i["value"]) not in known]
    return body | {"identifier": [*given, *more]}


def _organizations(nodes: Any) -> list[str]:
    return [n["reference"] for n in listed(nodes) if isinstance(n.get("reference"), str)]


_TAKEN = frozenset({"accepted", "departed", "arrived", "in-care", "closed"})
_WAITS = frozenset({"requested", "received", "in-progress", "accepted", "ready"})


def approved(body: Body, facility: str, data: Body) -> Body:
    """An approval Task of one candidate, after a step of its referral. Once answered, or passed over, it stays so."""
    if body.get("status") not in _WAITS:
        return body
    step = data.get("step") or {}
    if step.get("facility") == facility and step.get("verb") in ("decline", "redirect"):
        return _answered(body, "rejected", data)
    taken = data["state"] in _TAKEN and bool(data.get("answered_at"))
    if taken and data.get("to_facility") == facility:
        return _answered(body, "accepted", data)
    if not taken and facility in data.get("asked", ()) and data["state"] != "closed":
        return body
    why = "another" if taken else str(data.get("outcome") or data["state"])
    return _moved(body, data) | {"status": "cancelled", "statusReason": {"text": _PASSED.get(why, _PASSED["other"])}}


_PASSED = {
    "another": "Faskes lain sudah menerima pasien (another facility has accepted)",
    "cancelled": "Rujukan dibatalkan (the referral was cancelled)",
    "other": "Tidak ditanya lagi (not asked any more)",
}


def _answered(body: Body, answer: str, data: Body) -> Body:
    said = {
        "type": concept(TERMS, RESPONSE, "Response referral task") | {"text": "Respon atas Task Rujukan"},
        "valueCoding": {"system": TASK_STATUS, "code": answer, "display": _ANSWERS[answer]},
    }
    others = [o for o in listed(body.get("output")) if RESPONSE not in codes(o.get("type"))]
    return _moved(body, data) | {"status": "completed", "output": [*others, said]}


def _moved(body: Body, data: Body) -> Body:
    at = (data.get("step") or {}).get("at")
    return body | ({"lastModified": at} if at else {})


# --- what a change means --------------------------------------------------------------------------------


def of_approval(old: Body, new: Body) -> Meant | None:
    """The answer of a candidate: completed with accepted or rejected, or FHIR's own status for them."""
    if not _only_says(old, new):
        return None
    answers = [c for o in listed(new.get("output")) if RESPONSE in codes(o.get("type"))
               for c in codes(o.get("valueCoding") or o.get("valueCodeableConcept"))]  # fmt: skip
    status = new.get("status")
    if status == "completed" and answers and answers[-1] in _ANSWERS:
        status = answers[-1]
    if status == "accepted":
        return Meant("accept", _noted(old, new))
    if status == "rejected":
        return Meant("decline", {"reason": _why(new) or _UNSAID["decline"]})
    return None


def of_task(old: Body, new: Body) -> Meant | None:
    """A step of the referral's own Task; `businessStatus` names the state where FHIR's status says too little."""
    if not _only_says(old, new):
        return None
    before, status = old.get("status"), new.get("status")
    state = next(iter(codes(new.get("businessStatus"), STATE)), None)
    if state is not None and state not in codes(old.get("businessStatus")) and state in _STATES:
        verb = _STATES[state]
    elif status != before and status in _STATUSES:
        verb = _STATUSES[status]
    else:
        return None
    if verb in ("decline", "cancel"):
        return Meant(verb, {"reason": _why(new) or _UNSAID[verb]})
    return _closing(old, new) if verb == "close" else Meant(verb, _noted(old, new))


_STATES = {"accepted": "accept", "departed": "depart", "arrived": "arrive", "in-care": "treat", "declined": "decline"}
_STATUSES = {
    "accepted": "accept", "rejected": "decline", "in-progress": "arrive", "cancelled": "cancel", "completed": "close",
}  # fmt: skip
_UNSAID = {
    "decline": "Ditolak lewat FHIR tanpa alasan (declined over FHIR, no reason given)",
    "cancel": "Dibatalkan lewat FHIR tanpa alasan (cancelled over FHIR, no reason given)",
}


def _closing(old: Body, new: Body) -> Meant | None:
    """How it ended: the outcome stands in the output, or the advice and the day of a back-referral."""
    told: dict[str, Any] = {}
    for output in listed(new.get("output")):
        kinds = codes(output.get("type"), OUTCOME)
        if "outcome" in kinds:
            told["outcome"] = next(iter(codes(output.get("valueCodeableConcept") or output.get("valueCoding"))), None)
        elif "follow-up" in kinds and output.get("valueDate"):
            told["due"] = output["valueDate"]
        elif "advice" in kinds and output.get("valueString"):
            told["advice"] = output["valueString"]
    if told.get("outcome") == "back-referred" or (told.get("advice") and told.get("due")):
        return Meant("refer-back", {k: v for k, v in told.items() if k != "outcome"} | _noted(old, new))
    if told.get("outcome") == "no-show":
        return Meant("no-show", _noted(old, new))
    return Meant("close", told | _noted(old, new)) if told.get("outcome") else None


def of_request(old: Body, new: Body) -> Meant | None:
    """A ServiceRequest taken back is a cancelled referral; nothing else of it changes by itself."""
    if {k for k in old.keys() | new.keys() if old.get(k) != new.get(k)} - {"status", "note", "meta"}:
        return None
    if old.get("status") != new.get("status") and new.get("status") in ("revoked", "entered-in-error"):
        said = [n for n in listed(new.get("note")) if n not in listed(old.get("note"))]
        return Meant("cancel", {"reason": _why({"note": said}) or _UNSAID["cancel"]})
    return None


def _only_says(old: Body, new: Body) -> bool:
    return not {k for k in old.keys() | new.keys() if old.get(k) != new.get(k)} - _SAYABLE


def _why(body: Body) -> str | None:
    reason = body.get("statusReason")
    said = [reason] if isinstance(reason, dict) else []
    texts = [n.get("text") for n in (*said, *reversed(listed(body.get("note"))))]
    return next((t.strip() for t in texts if isinstance(t, str) and len(t.strip()) >= 3), None)


def _noted(old: Body, new: Body) -> dict[str, Any]:
    """What is noted with the step: the last note that was not there before."""
    note = _why({"note": [n for n in listed(new.get("note")) if n not in listed(old.get("note"))]})
    return {"note": note} if note else {}
