"""Membership as FHIR R4: Coverage, CoverageEligibilityRequest and CoverageEligibilityResponse. Pure mapping.

An outage of BPJS is outcome `error`; `inforce` is then only ever true (by the last answer), never false.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.coverage.contract import AnswerSource, Eligibility, MemberStatus, RegisteredFacility

COVERAGE, REQUEST, RESPONSE = "Coverage", "CoverageEligibilityRequest", "CoverageEligibilityResponse"
OURS = "https://simpul.id/fhir/StructureDefinition"
PRIMARY = "https://fhir.kemkes.go.id/r4/StructureDefinition/primaryCareProvider"
DENTAL = f"{OURS}/dental-care-provider"
NIK, PPK = "https://fhir.kemkes.go.id/id/nik", "https://fhir.kemkes.go.id/id/bpjs-ppk"
CLASS = "http://terminology.hl7.org/CodeSystem/coverage-class"
BPJS = {
    "reference": "Organization/bpjs-kesehatan",
    "identifier": {"system": "http://sys-ids.kemkes.go.id/payor", "value": "BPJS-K"},
    "display": "BPJS Kesehatan",
}
_STATUS = {MemberStatus.ACTIVE: "active", MemberStatus.INACTIVE: "cancelled", MemberStatus.NOT_FOUND: "cancelled"}
COB = "-cob"
"""Ends the id of the second Coverage, of the other insurer."""


@dataclass(frozen=True, slots=True)
class Covered:
    """Whose Coverage it is: our person id, the Patient's id, the card number and the system it is written under."""

    person: str
    patient: str
    card: str | None
    system: str


def coverages(of: Covered, known: Eligibility) -> list[dict[str, Any]]:
    """The person's Coverage, and a second one when another insurer pays as well."""
    assert known.checked_at is not None  # noqa: S101 - nothing is shown of whom nothing was said
    found: dict[str, Any] = {
        "resourceType": COVERAGE,
        "id": of.person,
        "meta": {"lastUpdated": instant(known.checked_at)},
        "extension": _extensions(known),
        "status": _STATUS.get(known.status, "draft"),
        "type": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PUBLICPOL"}],
            "text": "JKN",
        },
        "beneficiary": {"reference": f"Patient/{of.patient}"},
        "payor": [BPJS],
    }
    if of.card:
        found |= {"identifier": [{"system": of.system, "value": of.card}], "subscriberId": of.card}
    if known.relationship:
        found["relationship"] = {"text": known.relationship}
    if period := _period(known.member_since, known.valid_until):
        found["period"] = period
    classes = [_class("group", known.payer), _class("class", known.care_class)]
    if any(classes):
        found["class"] = [c for c in classes if c]
    if not known.cob:
        return [found]
    second = {
        "resourceType": COVERAGE, "id": of.person + COB, "meta": found["meta"], "status": "active",
        "beneficiary": found["beneficiary"], "payor": [{"display": known.insurer or "penjamin lain (other insurer)"}],
        "order": 2,
    }  # fmt: skip
    return [found | {"order": 1}, second]


def _extensions(known: Eligibility) -> list[dict[str, Any]]:
    told = [
        _provider(PRIMARY, known.registered_facility),
        _provider(DENTAL, known.dental_facility),
        {"url": f"{OURS}/membership-source", "valueCode": known.stated_by or "bpjs"},
        known.status_text and {"url": f"{OURS}/membership-status-text", "valueString": known.status_text},
        known.status_since and {"url": f"{OURS}/membership-status-since", "valueDate": known.status_since.isoformat()},
        known.arrears is not None
        and {"url": f"{OURS}/arrears", "valueMoney": {"value": known.arrears, "currency": "IDR"}},
        known.prb is not None and {"url": f"{OURS}/prb", "valueBoolean": known.prb},
        *({"url": f"{OURS}/prolanis", "valueCode": p} for p in known.prolanis),
    ]
    return [e for e in told if e]


def _provider(url: str, at: RegisteredFacility | None) -> dict[str, Any] | None:
    if at is None:
        return None
    reference: dict[str, Any] = {"type": "Organization", "identifier": {"system": PPK, "value": at.bpjs_code}}
    return {"url": url, "valueReference": reference | ({"display": at.name} if at.name else {})}


def _class(kind: str, said: Any) -> dict[str, Any] | None:
    if said is None:
        return None
    named = {"value": said.code or said.name} | ({"name": said.name} if said.name else {})
    return {"type": {"coding": [{"system": CLASS, "code": kind}]}} | named


def _period(start: date | None, end: date | None) -> dict[str, str]:
    return {n: d.isoformat() for n, d in (("start", start), ("end", end)) if d}


def instant(at: datetime) -> str:
    """A moment as FHIR writes it."""
    return at.isoformat(timespec="milliseconds")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Identifier(BaseModel):
    """A number and whose it is."""

    system: Annotated[str, Field(min_length=1, max_length=200)]
    value: Annotated[str, Field(min_length=1, max_length=64)]


class Reference(BaseModel):
    """What is meant, by reference or by number."""

    reference: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    identifier: Identifier | None = None
    type: str | None = None
    display: str | None = None

    @model_validator(mode="after")
    def _one(self) -> "Reference":
        if self.reference is None and self.identifier is None:
            raise ValueError("isi reference atau identifier / give reference or identifier")
        return self


class ServicedPeriod(_Strict):
    """Days of service; the first one is asked about."""

    start: date
    end: date | None = None


class Insurance(BaseModel):
    """The coverage asked about; JKN is the only one here."""

    coverage: Reference
    focal: bool | None = None


class EligibilityRequest(_Strict):
    """A CoverageEligibilityRequest: is this patient's membership in force on a day? (FHIR R4)"""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "resourceType": "CoverageEligibilityRequest", "status": "active", "purpose": ["validation"],
                    "patient": {"identifier": {"system": "https://fhir.kemkes.go.id/id/nik",
                                               "value": "1410014107900001"}},
                    "servicedDate": "2026-11-21", "created": "2026-11-21",
                    "insurer": {"reference": "Organization/bpjs-kesehatan"},
                }
            ]
        },
    )  # fmt: skip

    resourceType: Literal["CoverageEligibilityRequest"]  # noqa: N815 - FHIR's name
    id: str | None = None
    meta: dict[str, Any] | None = None
    text: dict[str, Any] | None = None
    extension: list[dict[str, Any]] | None = None
    identifier: list[Identifier] | None = None
    status: Literal["active"]
    priority: dict[str, Any] | None = None
    purpose: Annotated[list[Literal["validation"]], Field(min_length=1, max_length=4)]
    patient: Reference
    servicedDate: date | None = None  # noqa: N815
    servicedPeriod: ServicedPeriod | None = None  # noqa: N815
    created: date | datetime
    enterer: Reference | None = None
    provider: Reference | None = None
    insurer: Reference
    facility: Reference | None = None
    insurance: list[Insurance] | None = None

    @model_validator(mode="after")
    def _one_day(self) -> "EligibilityRequest":
        if self.servicedDate is not None and self.servicedPeriod is not None:
            raise ValueError("isi servicedDate atau servicedPeriod, jangan keduanya / give one of the two")
        return self

    @property
    def day(self) -> date | None:
        """The day asked about."""
        return self.servicedDate or (self.servicedPeriod.start if self.servicedPeriod else None)


@dataclass(frozen=True, slots=True)
class Asked:
    """Under which id a question is kept, of which patient (as referred to), when."""

    id: str
    patient: Mapping[str, Any]
    at: datetime


def request(said: EligibilityRequest, asked: Asked) -> dict[str, Any]:
    """The question as it is kept: of the patient by reference, no number."""
    kept = said.model_dump(mode="json", exclude_none=True, exclude={"id", "meta", "text"})
    return kept | {"id": asked.id, "meta": {"lastUpdated": instant(asked.at)}, "patient": dict(asked.patient)}


def response(known: Eligibility, asked: Asked, purpose: list[str]) -> dict[str, Any]:
    """The answer. Unknown is never a no: an outage is an error, and says at most what held by the last answer."""
    outage = known.trouble is not None
    told: dict[str, Any] = {
        "resourceType": RESPONSE, "id": asked.id, "meta": {"lastUpdated": instant(asked.at)}, "status": "active",
        "purpose": purpose, "patient": dict(asked.patient), "created": instant(asked.at),
        "request": {"reference": f"{REQUEST}/{asked.id}"}, "insurer": BPJS, "disposition": known.message,
        "outcome": "error" if outage else "complete" if known.in_force is not None else "partial",
    }  # fmt: skip
    if known.serviced_date:
        told["servicedDate"] = known.serviced_date.isoformat()
    if known.person_id is not None and known.source is not AnswerSource.NONE:
        insurance: dict[str, Any] = {"coverage": {"reference": f"{COVERAGE}/{known.person_id}"}}
        if known.in_force or (known.in_force is False and not outage):
            insurance["inforce"] = known.in_force
        if period := _period(known.member_since, known.valid_until):
            insurance["benefitPeriod"] = period
        told["insurance"] = [insurance]
    if outage:
        told["error"] = [{"code": {"coding": [{"system": f"{OURS}/bpjs-trouble", "code": known.trouble}]}}]
    if known.age_seconds is not None and known.source is AnswerSource.CACHED:
        told["extension"] = [
            {
                "url": f"{OURS}/answer-age",
                "valueDuration": {
                    "value": known.age_seconds,
                    "unit": "s",
                    "system": "http://unitsofmeasure.org",
                    "code": "s",
                },
            }
        ]
    return told


def searchset(found: list[dict[str, Any]], base: str, asked: str) -> dict[str, Any]:
    """A Bundle of what a search found."""
    return {
        "resourceType": "Bundle", "type": "searchset", "total": len(found),
        "link": [{"relation": "self", "url": f"{base}{asked}"}],
        "entry": [
            {"fullUrl": f"{base}/{r['resourceType']}/{r['id']}", "resource": r, "search": {"mode": "match"}}
            for r in found
        ],
    }  # fmt: skip
