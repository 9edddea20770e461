"""Decides whether a body is valid FHIR R4, and if not, says where and why.

`is_valid` is the hot path (a few µs); `check` explains; `admit` also repairs what official examples get
wrong before it refuses. All three are pure.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Any

from services.kernel.problems import Text
from services.records.issues import MOST_ISSUES, Issue, explained
from services.records.moments import LOCAL, earliest, in_order
from services.records.repair import normalise
from services.records.schema.compiled import Branch, Rules, known_types, rules_of

__all__ = ["Issue", "admit", "check", "check_dates", "is_valid", "normalise"]

_DEEPEST = 3  # resources within resources: Bundle > Task > contained is the deepest in use
Resource = dict[str, Any]
Breach = tuple[str, str, Text]  # (place inside the resource, issue code, text)

_NOT_OBJECT = Text("Harus berupa objek resource FHIR { … }", "Must be a FHIR resource object { … }")
_NO_TYPE = Text('Wajib ada resourceType, misalnya "Observation"', 'A resourceType is required, e.g. "Observation"')
_ORDER = Text("Akhir (end) tidak boleh sebelum awal (start)", "The end must not be before the start")
_ABSENT = Text(
    "dataAbsentReason hanya boleh ada bila tidak ada value[x]",
    "dataAbsentReason may only be present without a value[x]",
)
_TWICE = Text(
    "Komponen berkode sama dengan Observation-nya: nilainya hanya boleh di salah satu",
    "A component with the Observation's own code: the value may stand in one of them only",
)
_ABATED = Text(
    "Keadaan yang sudah berhenti (abatement) tidak boleh berstatus active, recurrence atau relapse",
    "What has abated must not have the clinicalStatus active, recurrence or relapse",
)
_REQUEST = Text(
    "Setiap entry Bundle transaction, batch atau history wajib punya request (method dan url)",
    "Every entry of a transaction, batch or history Bundle needs a request (method and url)",
)
_TOO_DEEP = Text("Resource di dalam resource terlalu dalam", "Resources are nested too deeply")
_TOO_NESTED = Text("JSON bertingkat terlalu dalam", "The JSON is nested too deeply")
FUTURE = Text(
    "Tanggal klinis tidak boleh di masa depan; paling akhir hari ini",
    "A clinical date must not be in the future; today at the latest",
)


def is_valid(resource: object, depth: int = 0) -> bool:
    """Whether a body is one valid resource, with the resources inside it."""
    if type(resource) is not dict:
        return False
    kind = resource.get("resourceType")
    rules = rules_of(kind) if type(kind) is str else None
    if rules is None or not rules.accepts(resource) or not _ordered(resource, rules.periods):
        return False
    invariant = _INVARIANTS.get(kind)
    if invariant is not None and invariant(resource):
        return False
    if "contained" in resource or kind in _HOLDERS:
        return depth < _DEEPEST and all(is_valid(inner, depth + 1) for _, inner in _inner(resource))
    return True


def check(resource: object) -> list[Issue]:
    """Everything wrong with a body; empty when it is valid."""
    if is_valid(resource):
        return []
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    return _examined(resource, kind if isinstance(kind, str) and rules_of(kind) else "Resource")[:MOST_ISSUES]


def admit(resource: object) -> list[Issue]:
    """`check`, after repairing (in place) what official examples get wrong. Never raises."""
    try:
        if is_valid(resource):
            return []
        if isinstance(resource, dict):
            normalise(resource)
        return check(resource)
    except (ValueError, RecursionError):  # jsonschema_rs stops at 255 levels
        return [Issue("Resource", "structure", _TOO_NESTED)]


def _examined(resource: object, root: str, depth: int = 0) -> list[Issue]:
    if not isinstance(resource, dict):
        return [Issue(root, "structure", _NOT_OBJECT)]
    kind = resource.get("resourceType")
    rules = rules_of(kind) if isinstance(kind, str) else None
    if rules is None:
        return [_unsupported(root, kind)]
    if depth > _DEEPEST:
        return [Issue(root, "structure", _TOO_DEEP)]
    issues = explained(root, resource, rules.errors(resource))
    if not issues:
        issues = [Issue(root + place, code, text) for place, code, text in _breaches(resource, rules)]
    for place, inner in _inner(resource):
        if len(issues) >= MOST_ISSUES:
            break
        if isinstance(inner, dict) and not is_valid(inner, depth + 1):
            issues += _examined(inner, root + place, depth + 1)
    return issues


def _unsupported(root: str, kind: object) -> Issue:
    place = f"{root}.resourceType"
    if not isinstance(kind, str):
        return Issue(place, "required" if kind is None else "structure", _NO_TYPE)
    near = get_close_matches(kind.capitalize(), known_types(), 1, 0.8)
    hint = (f"; maksudnya {near[0]}?", f"; did you mean {near[0]}?") if near else ("", "")
    text = Text(
        f"Jenis resource ini tidak disimpan di sini{hint[0]}",
        f"This resource type is not stored here{hint[1]}",
    )
    return Issue(place, "not-supported", text)


def check_dates(resource: Resource, now: datetime) -> list[Issue]:
    """Clinical dates after the end of today in Asia/Jakarta. Planned and expected dates may lie ahead."""
    kind = resource.get("resourceType", "")
    if kind == "Bundle":
        return [
            Issue(f"Bundle.entry[{index}].resource{issue.expression.removeprefix(inner_kind)}", issue.code, issue.text)
            for index, entry in enumerate(_items(resource, "entry"))
            for inner_kind in [entry.get("resource", {}).get("resourceType", "")]
            for issue in check_dates(entry.get("resource", {}), now)
        ]
    happened = _HAPPENED.get(kind)
    if happened is None or resource.get("status") in _NOT_YET:
        return []
    surely_past = now.astimezone(UTC).date().isoformat()
    late = []
    for key in happened:
        text = resource.get(key)
        if type(text) is dict:
            key, text = (f"{key}.start", text.get("start"))
        if type(text) is str and text[:10] >= surely_past and _ahead(text, now):
            late.append(Issue(f"{kind}.{key}", "value", FUTURE))
    value = resource.get("valueDateTime")
    if value is not None and value[:10] >= surely_past and _is_event(resource) and _ahead(value, now):
        late.append(Issue("Observation.valueDateTime", "value", FUTURE))
    return late


def _ahead(text: str, now: datetime) -> bool:
    moment = earliest(text)
    local = now.astimezone(LOCAL)
    tomorrow = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return moment is not None and moment >= tomorrow


def _is_event(observation: Resource) -> bool:
    codings = observation.get("code", {}).get("coding", ())
    return any(coding.get("code") in _DATED_EVENTS for coding in codings)


_NOT_YET = frozenset(("planned", "waitlist", "preparation", "intended", "draft"))
_DATED_EVENTS = frozenset(("8665-2", "93857-1", "81956-5"))  # last menses, time of birth, time of death
_HAPPENED: dict[str, tuple[str, ...]] = {
    "AdverseEvent": ("date", "detected", "recordedDate"),
    "AllergyIntolerance": ("onsetDateTime", "onsetPeriod", "recordedDate", "lastOccurrence"),
    "CarePlan": ("created",),
    "ClinicalImpression": ("effectiveDateTime", "effectivePeriod", "date"),
    "Communication": ("sent", "received"),
    "Composition": ("date",),
    "Condition": ("onsetDateTime", "onsetPeriod", "recordedDate"),
    "Consent": ("dateTime",),
    "DiagnosticReport": ("effectiveDateTime", "effectivePeriod", "issued"),
    "DocumentReference": ("date",),
    "Encounter": ("period",),
    "EpisodeOfCare": ("period",),
    "FamilyMemberHistory": ("date",),
    "ImagingStudy": ("started",),
    "Immunization": ("occurrenceDateTime", "recorded"),
    "List": ("date",),
    "Media": ("createdDateTime", "createdPeriod", "issued"),
    "MedicationAdministration": ("effectiveDateTime", "effectivePeriod"),
    "MedicationDispense": ("whenPrepared", "whenHandedOver"),
    "MedicationRequest": ("authoredOn",),
    "MedicationStatement": ("effectiveDateTime", "effectivePeriod", "dateAsserted"),
    "NutritionOrder": ("dateTime",),
    "Observation": ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued"),
    "Patient": ("birthDate", "deceasedDateTime"),
    "Procedure": ("performedDateTime", "performedPeriod"),
    "Provenance": ("recorded", "occurredDateTime", "occurredPeriod"),
    "QuestionnaireResponse": ("authored",),
    "RelatedPerson": ("birthDate",),
    "RiskAssessment": ("occurrenceDateTime", "occurrencePeriod"),
    "ServiceRequest": ("authoredOn",),
    "Specimen": ("receivedTime",),
    "Task": ("authoredOn",),
}


# --- rules JSON Schema cannot say -----------------------------------------------------------------------


def _breaches(resource: Resource, rules: Rules) -> Iterator[Breach]:
    invariant = _INVARIANTS.get(resource["resourceType"])
    if invariant is not None:
        yield from invariant(resource)
    for place in _disordered(resource, rules.periods, ""):
        yield place, "invariant", _ORDER


def _ordered(node: Resource, branch: Branch) -> bool:
    for key, below in branch:
        value = node.get(key)
        if value is None:
            continue
        if below is None:
            if type(value) is list:
                if not all(in_order(period) for period in value):
                    return False
            elif not in_order(value):
                return False
        elif type(value) is list:
            for item in value:
                if not _ordered(item, below):
                    return False
        elif not _ordered(value, below):
            return False
    return True


def _disordered(node: Resource, branch: Branch, place: str) -> Iterator[str]:
    for key, below in branch:
        value = node.get(key)
        several = isinstance(value, list)
        for index, item in enumerate(value if isinstance(value, list) else [value]):
            here = f"{place}.{key}[{index}]" if several else f"{place}.{key}"
            if not isinstance(item, dict):
                continue
            if below is not None:
                yield from _disordered(item, below, here)
            elif not in_order(item):
                yield f"{here}.end"


def _observation(resource: Resource) -> list[Breach]:
    """obs-6, for the Observation and for each component; obs-7."""
    found: list[Breach] = []
    if "dataAbsentReason" in resource and _valued(resource):
        found.append((".dataAbsentReason", "invariant", _ABSENT))
    code = resource.get("code")
    for index, part in enumerate(resource.get("component", ())):
        if part.get("code") == code and _valued(resource):
            found.append((f".component[{index}].code", "invariant", _TWICE))
        if "dataAbsentReason" in part and _valued(part):
            found.append((f".component[{index}].dataAbsentReason", "invariant", _ABSENT))
    return found


def _valued(node: Resource) -> bool:
    return any(key.startswith("value") for key in node)


def _condition(resource: Resource) -> list[Breach]:
    """con-4, where a clinical status is given."""
    if not any(key.startswith("abatement") for key in resource):
        return []
    codes = {coding.get("code") for coding in resource.get("clinicalStatus", {}).get("coding", ())}
    return [(".clinicalStatus", "invariant", _ABATED)] if codes & _GOING_ON else []


_GOING_ON = frozenset(("active", "recurrence", "relapse"))


def _bundle(resource: Resource) -> list[Breach]:
    """bdl-3: a request per entry of what is to be executed."""
    if resource.get("type") not in ("transaction", "batch", "history"):
        return []
    entries = enumerate(resource.get("entry", ()))
    return [(f".entry[{n}].request", "required", _REQUEST) for n, entry in entries if "request" not in entry]


_INVARIANTS: Mapping[str | None, Callable[[Resource], list[Breach]]] = {
    "Condition": _condition,
    "Observation": _observation,
    "Bundle": _bundle,
}
_HOLDERS = frozenset(("Bundle", "Parameters"))


def _inner(resource: Resource) -> Iterator[tuple[str, Any]]:
    """The resources inside a resource, with their place."""
    for index, inner in enumerate(_items(resource, "contained")):
        yield f".contained[{index}]", inner
    kind = resource.get("resourceType")
    if kind == "Bundle":
        for index, entry in enumerate(_items(resource, "entry")):
            if isinstance(entry, dict) and "resource" in entry:
                yield f".entry[{index}].resource", entry["resource"]
    elif kind == "Parameters":
        yield from _parameters(resource, "parameter", "")


def _parameters(node: Resource, key: str, place: str) -> Iterator[tuple[str, Any]]:
    for index, parameter in enumerate(_items(node, key)):
        if isinstance(parameter, dict):
            here = f"{place}.{key}[{index}]"
            if "resource" in parameter:
                yield f"{here}.resource", parameter["resource"]
            yield from _parameters(parameter, "part", here)


def _items(node: Resource, key: str) -> list[Any]:
    value = node.get(key)
    return value if isinstance(value, list) else []
