"""What a FHIR Consent decides about access, and how one is written. Pure.

Only an active Consent of scope `patient-privacy` decides. `policyRule` OPTIN or OPTOUT (SATUSEHAT) is its base; a
provision with a type is a decision of its own, for the organisations it names (`actor`), for the sensitive classes it
names (`securityLabel`), during its period. What cannot be enforced is refused rather than kept without effect.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.kernel.problems import Fault, Text
from services.records import sensitive
from services.records.moments import LOCAL, earliest, latest
from services.records.references import local

Resource = dict[str, Any]
FacilityOf = Callable[[str | None], str | None]
ACT = sensitive.ACT
SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
_EVERYTHING = frozenset({"Resource", "DomainResource"})
_ACCESS = frozenset({"access", "use", "disclose"})
_BASE = {"OPTIN": True, "OPTOUT": False}
_NARROW = Text(
    "Pembatasan ini belum dapat ditegakkan; pakai masa berlaku (period), faskes (actor) dan kelas peka (securityLabel)",
    "This restriction cannot be enforced; use a period, facilities (actor) and sensitive classes (securityLabel)",
)
_UNKNOWN_CLASS = Text(
    f"Kelas peka tidak dikenal; yang ada: {', '.join(sensitive.CLASSES)}",
    f"Unknown sensitive class; there are: {', '.join(sensitive.CLASSES)}",
)
_UNKNOWN_ACTOR = Text("Organisasi ini tidak ada di jejaring", "This organisation is not in the network")


@dataclass(frozen=True, slots=True)
class Decision:
    """One word of a person: of the whole record (`class_` '') or a sensitive class, of all facilities ('') or one."""

    class_: str
    facility: str
    permit: bool
    valid_from: date
    valid_until: date | None
    decided_at: datetime


def decisions(consent: Resource, facility_of: FacilityOf, now: datetime) -> tuple[list[Decision], list[Fault]]:
    """What an active privacy Consent decides, and what of it cannot be enforced."""
    if consent.get("status") != "active" or "patient-privacy" not in _codes(consent.get("scope")):
        return [], []
    said = consent.get("dateTime")
    at = min(latest(said) or now, now) if type(said) is str else now
    found: list[Decision] = []
    faults: list[Fault] = []
    for permit, provision, path in _provisions(consent):
        narrowed = _unenforceable(provision)
        if narrowed:
            faults.append(Fault(f"{path}.{narrowed}", _NARROW, "not-supported"))
            continue
        classes = _classes(provision, path, faults)
        facilities = _facilities(provision, path, facility_of, faults)
        begin, end = _days(provision, at)
        found += [Decision(c, f, permit, begin, end, at) for c in classes for f in facilities]
    return found, faults


def _provisions(consent: Resource) -> Iterator[tuple[bool, Resource, str]]:
    """Every provision that decides: whether it permits, itself with the period it stands in, and where it stands."""
    root = consent.get("provision") or {}
    base = next((_BASE[c] for c in _codes(consent.get("policyRule")) if c in _BASE), None)
    own = {"permit": True, "deny": False}.get(root.get("type", ""))
    if base is not None and own in (None, base):
        yield base, root, "Consent.provision"
    else:
        if base is not None:
            yield base, {"period": root["period"]} if "period" in root else {}, "Consent.policyRule"
        if own is not None:
            yield own, root, "Consent.provision"
    open_ = [(inner, root, f"Consent.provision.provision[{i}]") for i, inner in enumerate(root.get("provision", ()))]
    for inner, outer, path in open_:
        whole = {k: outer[k] for k in ("period", "actor", "securityLabel") if k in outer} | inner
        if inner.get("type") in ("permit", "deny"):
            yield inner["type"] == "permit", whole, path
        open_ += [(more, whole, f"{path}.provision[{i}]") for i, more in enumerate(inner.get("provision", ()))]


def _unenforceable(provision: Resource) -> str | None:
    for key in ("data", "code", "dataPeriod"):
        if provision.get(key):
            return key
    if provision.get("class") and not _EVERYTHING & {c.get("code") for c in provision["class"]}:
        return "class"
    if provision.get("action") and not _ACCESS & {c for one in provision["action"] for c in _codes(one)}:
        return "action"
    if provision.get("purpose") and "TREAT" not in {c.get("code") for c in provision["purpose"]}:
        return "purpose"
    return None


def _classes(provision: Resource, path: str, faults: list[Fault]) -> list[str]:
    labels = provision.get("securityLabel")
    if not labels:
        return [""]
    found = {c.name for c in sensitive.classes([{"system": ACT, **one} for one in labels])}
    if not found:
        faults.append(Fault(f"{path}.securityLabel", _UNKNOWN_CLASS, "code-invalid"))
    return sorted(found)


def _facilities(provision: Resource, path: str, facility_of: FacilityOf, faults: list[Fault]) -> list[str]:
    actors = provision.get("actor")
    if not actors:
        return [""]
    found = []
    for i, actor in enumerate(actors):
        target = local(actor.get("reference", {}).get("reference", ""))
        code = facility_of(target[1]) if target and target[0] == "Organization" else None
        if code is None:
            faults.append(Fault(f"{path}.actor[{i}].reference", _UNKNOWN_ACTOR, "not-found"))
        else:
            found.append(code)
    return found


def _days(provision: Resource, at: datetime) -> tuple[date, date | None]:
    period = provision.get("period", {})
    begin = earliest(period["start"]) if "start" in period else at
    end = latest(period["end"]) if "end" in period else None
    return (begin or at).astimezone(LOCAL).date(), end.astimezone(LOCAL).date() if end else None


def _codes(concept: Any) -> set[Any]:
    return {c.get("code") for c in concept.get("coding", ())} if type(concept) is dict else set()


@dataclass(frozen=True, slots=True)
class Wish:
    """A person's word, as it is recorded."""

    permit: bool
    class_: str | None = None
    organization: str | None = None
    begin: date | None = None
    end: date | None = None
    agent: str | None = None
    """The officer who took it down."""
    document: str | None = None
    """The paper it stands on."""


def to_fhir(wish: Wish, patient: str, recorder: str, at: datetime) -> Resource:
    """The FHIR Consent of a wish. `patient` and `recorder` (an organisation) are ids."""
    provision: Resource = {"type": "permit" if wish.permit else "deny"}
    period = {"start": wish.begin, "end": wish.end}
    if any(period.values()):
        provision["period"] = {k: v.isoformat() for k, v in period.items() if v}
    if wish.organization:
        recipient = {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}]
        }
        provision["actor"] = [{"role": recipient, "reference": {"reference": f"Organization/{wish.organization}"}}]
    if wish.class_:
        provision["securityLabel"] = [{"system": ACT, "code": wish.class_}]
    consent: Resource = {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": SCOPE, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": f"Patient/{patient}"},
        "dateTime": at.astimezone(LOCAL).isoformat(timespec="milliseconds"),
        "organization": [{"reference": f"Organization/{recorder}"}],
        "policyRule": {"coding": [{"system": ACT, "code": "OPTIN" if wish.permit else "OPTOUT"}]},
        "provision": provision,
    }
    if wish.agent:
        consent["performer"] = [{"display": wish.agent}]
    if wish.document:
        consent["sourceAttachment"] = {"title": wish.document}
    return consent
