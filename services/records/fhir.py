"""What the record needs to know of a resource to store, find and announce it. Pure, table-driven, fast."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.records import sensitive
from services.records.moments import earliest
from services.records.references import Resource, local, misformed, number_named, place_of, query, resolve_urns, walked
from services.records.sensitive import Class
from services.records.stripped import strip
from services.records.systems import CANONICAL

__all__ = ["Extract", "extract", "local", "number_named", "place_of", "query", "resolve_urns", "strip"]


@dataclass(slots=True)
class Extract:
    """The indexed content of one resource."""

    patient: str | None
    """Literal reference to the Patient it is about ("Patient/…", "urn:uuid:…"); None on a Patient itself."""
    patient_identifier: tuple[str, str] | None
    """(system, value) when the Patient is named by identifier only."""
    encounter: str | None
    date: datetime | None
    """The clinical date in UTC; with `recorded_only`, merely when it was written down."""
    recorded_only: bool
    """True: the encounter's start, when known, comes before `date` (see the clinical date rule)."""
    status: str | None
    codes: list[str]
    """"system|code" of the main coded elements, components and contained medications included."""
    organization: str | None
    """Literal reference to the Organization responsible for it."""
    identifiers: list[tuple[str, str]]
    references: list[tuple[str, str]]
    """(type, id) of every reference to this record."""
    queries: list[str]
    """Conditional references ("Practitioner?identifier=…")."""
    sensitive: tuple[Class, ...] = ()
    """The sensitive classes its codings and labels put it into."""
    odd: bool = False
    """A system or unit in it is spelt otherwise than the record keeps it."""
    misformed: Sequence[str] = ()
    """References that cannot mean anything."""
    urns: Sequence[str] = ()
    """`urn:` references, which only a transaction can resolve."""


def extract(resource: Resource) -> Extract:
    """The indexed content of a valid resource."""
    kind = resource["resourceType"]
    patient, by_identifier = _patient(resource, kind)
    date, recorded_only = _date(resource, kind)
    targets, others, codings, odd = walked(resource)
    return Extract(
        patient,
        by_identifier,
        _encounter(resource),
        date,
        recorded_only,
        _status(resource),
        _codes(resource, kind),
        _organization(resource, kind),
        _identifiers(resource),
        targets,
        [text for text in others if "?" in text],
        sensitive.classes(codings + _beside(resource, kind)),
        odd,
        misformed(resource, others) if others else (),
        [text for text in others if text.startswith("urn:")] if others else (),
    )


# --- who and where --------------------------------------------------------------------------------------

_ABOUT = {
    "Coverage": "beneficiary", "Task": "for", "SupplyRequest": "deliverFor", "AppointmentResponse": "actor",
    "Schedule": "actor",
}  # fmt: skip


def _patient(resource: Resource, kind: str) -> tuple[str | None, tuple[str, str] | None]:
    about = resource.get("subject") or resource.get("patient") or resource.get(_ABOUT.get(kind, ""))
    if about is None:
        if kind != "Appointment":
            return None, None
        about = [p.get("actor", {}) for p in resource.get("participant", ())]
    for one in about if type(about) is list else (about,):
        if type(one) is not dict:
            continue
        text = one.get("reference")
        if text is None:
            if "identifier" in one and one.get("type", "Patient") == "Patient":
                return None, _identifier(one["identifier"])
        elif (
            "Patient/" in text
            or "Patient?" in text
            or (text.startswith("urn:") and one.get("type", "Patient") == "Patient")
        ):
            return text, None
    return None, None


def _encounter(resource: Resource) -> str | None:
    node = resource.get("encounter") or resource.get("context")
    if type(node) is dict and "encounter" in node:  # DocumentReference.context
        node = node["encounter"]
    if type(node) is list:
        node = node[0]
    text = node.get("reference") if type(node) is dict else None
    if type(text) is str and ("Encounter/" in text or text.startswith("urn:")):
        return text
    return None


_RESPONSIBLE: dict[str, tuple[str, ...]] = {
    "Account": ("owner",),
    "CarePlan": ("author", "contributor"),
    "CareTeam": ("managingOrganization",),
    "Composition": ("custodian", "author"),
    "Consent": ("organization",),
    "Coverage": ("payor",),
    "CoverageEligibilityRequest": ("provider",),
    "CoverageEligibilityResponse": ("requestor",),
    "Device": ("owner",),
    "DocumentReference": ("custodian", "author"),
    "Encounter": ("serviceProvider",),
    "HealthcareService": ("providedBy",),
    "MeasureReport": ("reporter",),
    "MedicationRequest": ("requester",),
    "NutritionOrder": ("orderer",),
    "Organization": ("partOf",),
    "OrganizationAffiliation": ("organization",),
    "PractitionerRole": ("organization",),
    "QuestionnaireResponse": ("author",),
    "ServiceRequest": ("requester",),
    "Task": ("requester",),
}
_USUAL = ("performer", "managingOrganization")


def _organization(resource: Resource, kind: str) -> str | None:
    for key in _RESPONSIBLE.get(kind, _USUAL):
        value = resource.get(key)
        if value is None:
            continue
        for item in value if type(value) is list else (value,):
            for node in (item, item.get("actor"), item.get("onBehalfOf")):
                text = node.get("reference") if type(node) is dict else None
                if type(text) is str and "Organization/" in text:
                    return text
    return None


# --- when -----------------------------------------------------------------------------------------------

_HAPPENED: dict[str, tuple[str, ...]] = {
    "AllergyIntolerance": ("onsetDateTime", "onsetPeriod"),
    "Appointment": ("start",),
    "AppointmentResponse": ("start",),
    "Condition": ("onsetDateTime", "onsetPeriod"),
    "Coverage": ("period",),
    "Goal": ("startDate",),
    "Immunization": ("occurrenceDateTime",),
    "ImagingStudy": ("started",),
    "Media": ("createdDateTime", "createdPeriod"),
    "MedicationDispense": ("whenHandedOver",),
    "Observation": ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "effectiveTiming"),
    "Procedure": ("performedDateTime", "performedPeriod"),
    "Slot": ("start",),
    "Specimen": ("collection", "receivedTime"),
    "Task": ("executionPeriod",),
}
_ELSEWHERE = tuple(
    """
    effectiveDateTime effectivePeriod occurrenceDateTime occurrencePeriod occurrenceTiming occurredDateTime
    occurredPeriod period date planningHorizon detected servicedDate servicedPeriod
    """.split()  # noqa: SIM905 - a page of quotes reads worse
)
_WRITTEN = tuple(
    """
    authoredOn authored recordedDate recorded issued whenPrepared created dateAsserted dateTime dateWritten sent
    received started
    """.split()  # noqa: SIM905
)


def _date(resource: Resource, kind: str) -> tuple[datetime | None, bool]:
    """The first clinical date there is, and whether it only says when it was written down."""
    for key in _HAPPENED.get(kind, _ELSEWHERE):
        moment = _moment(resource.get(key))
        if moment is not None:
            return moment, False
    for key in _WRITTEN:
        moment = _moment(resource.get(key))
        if moment is not None:
            return moment, True
    return None, False


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    if type(value) is dict:
        value = value.get("start") or value.get("collectedDateTime") or (value.get("event") or [None])[0]
    return earliest(value) if type(value) is str else None


# --- what -----------------------------------------------------------------------------------------------


def _status(resource: Resource) -> str | None:
    status = resource.get("status")
    if status is None and "clinicalStatus" in resource:
        coding = resource["clinicalStatus"].get("coding")
        return str(coding[0]["code"]) if coding and "code" in coding[0] else None
    return status if type(status) is str else None


_CODED: dict[str, tuple[str, ...]] = {
    "AdverseEvent": ("event",),
    "Appointment": ("serviceType", "appointmentType"),
    "CarePlan": ("category",),
    "CareTeam": ("category",),
    "Communication": ("category", "topic"),
    "CommunicationRequest": ("category",),
    "Composition": ("type",),
    "Consent": ("scope", "category"),
    "Coverage": ("type",),
    "DeviceRequest": ("codeCodeableConcept",),
    "DocumentReference": ("type", "category"),
    "Encounter": ("class", "type"),
    "EpisodeOfCare": ("type",),
    "Goal": ("description", "category"),
    "HealthcareService": ("type", "category"),
    "Immunization": ("vaccineCode",),
    "Location": ("type",),
    "Organization": ("type",),
    "OrganizationAffiliation": ("code",),
    "RelatedPerson": ("relationship",),
    "Schedule": ("serviceType",),
    "Slot": ("serviceType",),
    "Specimen": ("type",),
    "Device": ("type",),
}
_MEDICINE = ("medicationCodeableConcept", "code")


def _codes(resource: Resource, kind: str) -> list[str]:
    found: dict[str, None] = {}
    for key in _CODED.get(kind, _MEDICINE if kind.startswith("Medication") else ("code",)):
        value = resource.get(key)
        if value is not None:
            _tokens(value, found)
    if kind == "Observation":
        for part in resource.get("component", ()):
            _tokens(part["code"], found)
    elif kind == "QuestionnaireResponse":
        base, _, number = resource.get("questionnaire", "").partition("|")[0].rpartition("/")
        if number:
            found[f"{base}|{number}"] = None
    elif kind == "FamilyMemberHistory":
        for part in resource.get("condition", ()):
            _tokens(part["code"], found)
    elif kind.startswith("Medication"):
        for inner in resource.get("contained", ()):
            if inner.get("resourceType") == "Medication" and "code" in inner:
                _tokens(inner["code"], found)
    return list(found)


def _tokens(value: Any, found: dict[str, None]) -> None:
    """The tokens of a Coding, a CodeableConcept, or a list of either."""
    if type(value) is list:
        for item in value:
            _tokens(item, found)
    elif type(value) is dict:
        for coding in value.get("coding") or (value,):
            code = coding.get("code")
            if type(code) is str:
                system = coding.get("system")
                found[f"{CANONICAL[system]}|{code}" if system else f"|{code}"] = None


def _beside(resource: Resource, kind: str) -> list[Any]:
    """Codings that stand in no CodeableConcept: security labels, a questionnaire's number, what a Consent is about."""
    found = sensitive.labels(resource) if "meta" in resource else []
    if kind == "QuestionnaireResponse":
        base, _, number = resource.get("questionnaire", "").partition("|")[0].rpartition("/")
        found.append({"system": base, "code": number})
    elif kind == "Consent":
        found += sensitive.spoken_of(resource)
    return found


def _identifiers(resource: Resource) -> list[tuple[str, str]]:
    value = resource.get("identifier")
    if value is None:
        return []
    pairs = [_identifier(one) for one in (value if type(value) is list else (value,))]
    return [pair for pair in pairs if pair is not None]


def _identifier(node: Any) -> tuple[str, str] | None:
    value = node.get("value")
    if type(value) is not str:
        return None
    system = node.get("system")
    return (CANONICAL[system] if system else "", value.strip())
