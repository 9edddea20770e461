"""The projection of a resource that leaves the record in events: facts and codes, no person's words.

A whitelist: an element that is not named here stays. Codings keep system and code, quantities keep the
measure, references keep their target; displays, texts, notes, names and addresses never pass.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from services.records.references import Resource
from services.records.systems import ADMINISTRATIVE_CODE, BIRTH_TIME, CANONICAL

_NAMED = frozenset("?|= \u00a0")  # a reference with one of these is a query by NIK, or words
_LONGEST_UNIT = 24  # a longer "unit" is a sentence


def strip(resource: Resource) -> Resource:
    """The de-identified projection of a valid resource."""
    if resource["resourceType"] == "Patient":
        return _person(resource)
    kept: Resource = {}
    for key, value in resource.items():
        keep = _KEPT.get(key)
        if keep is not None:
            small = keep(value)
            if small is not None:
                kept[key] = small
    return kept


# --- the person -----------------------------------------------------------------------------------------

_PLAIN = ("resourceType", "id", "birthDate", "gender", "active", "deceasedDateTime", "deceasedBoolean")


def _person(patient: Resource) -> Resource:
    kept = {key: patient[key] for key in (*_PLAIN, "multipleBirthInteger") if key in patient}
    birth_time = _birth_time(patient)
    if birth_time is not None:
        kept["birthTime"] = birth_time
    village = village_of(patient)
    if village is not None:
        kept["village"] = village
    return kept


def _birth_time(patient: Resource) -> str | None:
    beside = patient.get("_birthDate")
    inner = beside.get("extension", []) if type(beside) is dict else []
    for extension in (*inner, *patient.get("extension", ())):
        if extension.get("url") == BIRTH_TIME:
            value = extension.get("valueDateTime")
            return value if type(value) is str else None
    return None


def village_of(patient: Resource) -> str | None:
    """The 10-digit village code of the first address that has one and is not `old`."""
    for address in patient.get("address", ()):
        if address.get("use") == "old":
            continue
        for extension in address.get("extension", ()):
            if extension.get("url") != ADMINISTRATIVE_CODE:
                continue
            for part in extension.get("extension", ()):
                if part.get("url") == "village":
                    code = str(part.get("valueCode", part.get("valueString", ""))).replace(".", "").strip()
                    if len(code) == 10 and code.isascii() and code.isdigit():
                        return code
    return None


# --- the elements ---------------------------------------------------------------------------------------


def _scalar(value: Any) -> Any:
    return value if type(value) in _SCALARS else None


_SCALARS = frozenset((str, bool, int, float, Decimal))


def _coding(node: Any) -> Resource | None:
    code = node.get("code")
    if type(code) is not str:
        return None
    system = node.get("system")
    return {"system": CANONICAL[system], "code": code} if type(system) is str else {"code": code}


def _coded(value: Any) -> Any:
    """A code, a Coding, a CodeableConcept, or a list of them."""
    if type(value) is dict:
        codings = value.get("coding")
        if codings is None:
            return _coding(value)
        kept = [small for coding in codings if (small := _coding(coding)) is not None]
        return {"coding": kept} if kept else None
    if type(value) is list:
        found = [small for one in value if (small := _coded(one)) is not None]
        return found or None
    return value if type(value) is str else None


def _coded_value(value: Any) -> Any:
    """A value that was only words still counts as a value: its coding is empty."""
    return _coded(value) or {"coding": []}


def _withheld(_: Any) -> str:
    return ""


def _emptied(_: Any) -> Resource:
    return {}


def _quantity(value: Any) -> Any:
    if type(value) is not dict:
        return _scalar(value) if not isinstance(value, str) else None
    kept: Resource = {}
    for key in ("value", "comparator", "unit", "code", "system"):
        part = value.get(key)
        if part is None or (key == "unit" and len(part) > _LONGEST_UNIT):
            continue
        kept[key] = CANONICAL[part] if key == "system" else part
    return kept


def _quantities(value: Any) -> Resource:
    """A Range or a Ratio."""
    return {k: _quantity(value[k]) for k in ("low", "high", "numerator", "denominator") if k in value}


def _period(value: Any) -> Resource | None:
    return {k: value[k] for k in ("start", "end") if k in value} if type(value) is dict else None


def _timing(value: Any) -> Resource | None:
    return {"event": value["event"]} if "event" in value else None


def _reference(value: Any) -> Any:
    if type(value) is list:
        found = [small for small in map(_reference, value) if small is not None]
        return found or None
    text = value.get("reference") if type(value) is dict else None
    if type(text) is not str or not _NAMED.isdisjoint(text) or not ("/" in text or text.startswith(("#", "urn:"))):
        return None
    return {"reference": text}


def _of_organization(value: Any) -> Resource | None:
    small = _reference(value)
    return small if type(small) is dict and "Organization/" in small["reference"] else None


def _performer(value: Any) -> Any:
    """Only the organisations, in the shape they came in."""
    found = []
    for item in value if type(value) is list else (value,):
        kept = _of_organization(item)
        if kept is None:
            parts = {k: _of_organization(item[k]) for k in ("actor", "onBehalfOf") if k in item}
            kept = {k: v for k, v in parts.items() if v is not None}
        if kept:
            found.append(kept)
    return found or None


def _contact_codes(value: Any) -> Any:
    """Identifiers that SATUSEHAT uses as codes: the ANC, postnatal and neonatal contact numbers."""
    found = []
    for one in value if type(value) is list else ():
        system = one.get("system")
        if type(system) is str and "/CodeSystem/episodeofcare" in system and "value" in one:
            found.append({"system": CANONICAL[system], "value": one["value"]})
    return found or None


def _medications(value: Any) -> Any:
    found = []
    for inner in value:
        if inner.get("resourceType") == "Medication":
            small = {"resourceType": "Medication", "id": inner.get("id"), "code": _coded(inner.get("code"))}
            found.append({k: v for k, v in small.items() if v is not None})
    return found or None


def _doses(value: Any) -> Any:
    found = []
    for one in value:
        kept = {k: one[k] for k in ("doseNumberPositiveInt", "seriesDosesPositiveInt") if k in one}
        disease = _coded(one.get("targetDisease"))
        found.append(kept | ({"targetDisease": disease} if disease else {}))
    return found


def _components(value: Any) -> Any:
    return [
        {
            key: small
            for key, inner in part.items()
            for small in [_KEPT[key](inner) if key in _COMPONENT else None]
            if small is not None
        }
        for part in value
    ]


_BY_KIND: dict[Callable[[Any], Any], str] = {
    _scalar: "resourceType id status primarySource questionnaire intent valueBoolean valueInteger valueTime "
    "valueDateTime effectiveDateTime effectiveInstant occurrenceDateTime performedDateTime onsetDateTime "
    "abatementDateTime whenHandedOver whenPrepared authoredOn authored recordedDate recorded issued date "
    "created started sent received",
    _coded: "clinicalStatus verificationStatus category code dataAbsentReason vaccineCode "
    "medicationCodeableConcept type class reasonCode",
    _coded_value: "valueCodeableConcept",
    _withheld: "valueString",
    _emptied: "valueSampledData",
    _quantity: "valueQuantity quantity abatementAge",
    _quantities: "valueRange valueRatio abatementRange",
    _period: "period effectivePeriod occurrencePeriod performedPeriod onsetPeriod abatementPeriod valuePeriod",
    _timing: "effectiveTiming occurrenceTiming",
    _reference: "encounter context subject patient episodeOfCare serviceProvider managingOrganization "
    "medicationReference basedOn",
    _performer: "performer",
    _contact_codes: "identifier",
    _medications: "contained",
    _doses: "protocolApplied",
    _components: "component",
}
_KEPT: dict[str, Callable[[Any], Any]] = {key: keep for keep, keys in _BY_KIND.items() for key in keys.split()}
_COMPONENT = frozenset(k for k in _KEPT if k.startswith("value")) | {"code", "dataAbsentReason"}
