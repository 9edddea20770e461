"""A resource of a visit that was none: marked as entered in error; and one that is about another person. Pure."""

from typing import Any

from services.records.visit.codes import REASON

Resource = dict[str, Any]
VERIFIED = frozenset({"Condition", "AllergyIntolerance"})
WITHOUT_STATUS = frozenset({"RelatedPerson", "FamilyMemberHistory", "Provenance", "DetectedIssue", "RiskAssessment"})
"""Types that have no such status, or cannot take it: their resources are deleted."""
ERROR = "entered-in-error"
_VERIFICATION = {
    "Condition": "http://terminology.hl7.org/CodeSystem/condition-ver-status",
    "AllergyIntolerance": "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification",
}


def voided(resource: Resource, reason: str | None = None) -> Resource | None:
    """The resource as entered in error (FHIR R4: con-5, ait-2 forbid a clinical status then); None: delete it."""
    kind = resource["resourceType"]
    if kind in WITHOUT_STATUS:
        return None
    void = {k: v for k, v in resource.items() if k != "clinicalStatus"} if kind in VERIFIED else dict(resource)
    if kind in VERIFIED:
        void["verificationStatus"] = {"coding": [{"system": _VERIFICATION[kind], "code": ERROR}]}
    else:
        void["status"] = ERROR
    if reason is not None:
        kept = [e for e in resource.get("extension", ()) if e.get("url") != REASON]
        void["extension"] = [*kept, {"url": REASON, "valueString": reason}]
    return void


def moved(resource: Resource, patient: str) -> Resource:
    """The resource as one about another Patient."""
    about = "patient" if "patient" in resource else "subject"
    return resource | {about: {"reference": patient}}
