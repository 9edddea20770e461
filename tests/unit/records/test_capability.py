"""The CapabilityStatement says what the table says, as strict R4."""

from fhirclient.models.capabilitystatement import CapabilityStatement

from services.records import capability
from services.records.schema.stored import STORED


def test_it_is_valid_r4() -> None:
    said = capability.statement("http://t/fhir-r4/v1")
    CapabilityStatement(said)  # raises FHIRValidationError
    assert said["fhirVersion"] == "4.0.1"
    for one in said["rest"][0]["resource"]:
        names = [p["name"] for p in one["searchParam"]]
        assert len(names) == len(set(names))  # cpb-12
        for include in (*one.get("searchInclude", ()), *one.get("searchRevInclude", ())):
            type_, _, name = include.partition(":")
            there = next(r for r in said["rest"][0]["resource"] if r["type"] == type_)
            assert {"name": name, "type": "reference"}.items() <= next(
                p for p in there["searchParam"] if p["name"] == name
            ).items()


def test_it_says_how_referrals_are_sent_answered_and_polled() -> None:
    said = {r["type"]: r.get("documentation", "") for r in capability.statement("http://t")["rest"][0]["resource"]}
    assert "3457005" in said["ServiceRequest"] and "/v1/changes" in said["ServiceRequest"]
    assert "referral-approval-request" in said["Task"] and not said["Observation"]


def test_each_stored_type_stands_once() -> None:
    types = [r["type"] for r in capability.statement("http://t")["rest"][0]["resource"]]
    assert sorted(types) == sorted(STORED) and "everything" in str(capability.OPERATIONS["Encounter"])


def test_the_standards_own_parameters_are_all_there() -> None:
    """A handful read off the specification, so that a broken generator shows."""
    said = {
        r["type"]: {p["name"] for p in r["searchParam"]}
        for r in capability.statement("http://t")["rest"][0]["resource"]
    }
    assert {"_id", "active", "family", "given", "identifier", "telecom", "birthdate", "address", "address-city",
            "address-postalcode", "gender", "phone", "general-practitioner"} <= said["Patient"]  # fmt: skip  # PDQm
    assert {"code", "combo-code", "component-value-quantity", "has-member", "value-concept"} <= said["Observation"]
    assert {"active", "identifier", "name", "partof", "type", "_lastUpdated"} <= said["Organization"]  # mCSD
    assert {"organization", "partof", "status", "type", "identifier", "name"} <= said["Location"]
    assert {"practitioner", "organization", "location", "role", "service", "specialty"} <= said["PractitionerRole"]
    assert {"coverage-area", "location", "organization", "service-type"} <= said["HealthcareService"]
    assert {"based-on", "intent", "performer", "requester", "supporting-info"} <= said["ServiceRequest"]
