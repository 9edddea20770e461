"""What the record finds in a resource: patient, visit, date, codes, responsible organisation, references."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.records.fhir import extract, local, resolve_urns
from services.records.moments import earliest, latest
from tests.unit.records.bodies import CONDITION, ENCOUNTER, IMMUNIZATION, OBSERVATION, PATIENT, Resource, changed


def test_an_observation() -> None:
    found = extract(OBSERVATION)
    assert (found.patient, found.encounter, found.organization) == ("Patient/p1", "Encounter/e1", "Organization/o1")
    assert (found.date, found.recorded_only) == (datetime(2026, 4, 20, 2, 15, tzinfo=UTC), False)
    assert found.codes == ["http://loinc.org|85354-9", "http://loinc.org|8480-6", "http://loinc.org|8462-4"]
    assert set(found.references) == {
        ("Patient", "p1"),
        ("Encounter", "e1"),
        ("Practitioner", "n1"),
        ("Organization", "o1"),
    }
    assert (found.status, found.identifiers) == ("final", [])


def test_a_patient_speaks_of_nobody_else() -> None:
    found = extract(changed(PATIENT, managingOrganization={"reference": "Organization/o1"}))
    assert found.patient is None
    assert found.organization == "Organization/o1"
    assert found.identifiers == [("https://fhir.kemkes.go.id/id/nik", "1410014107900001")]


KFA = "http://sys-ids.kemkes.go.id/kfa"
BY_NIK = {"identifier": {"system": "https://fhir.kemkes.go.id/id/nik", "value": "1410014107900001"}}


@pytest.mark.parametrize(
    ("body", "field", "expected"),
    [
        ({"resourceType": "Task", "for": {"reference": "Patient/p"}}, "patient", "Patient/p"),
        ({"resourceType": "Coverage", "beneficiary": {"reference": "Patient/p"}}, "patient", "Patient/p"),
        ({"resourceType": "Account", "subject": [{"reference": "Patient/p"}]}, "patient", "Patient/p"),
        (
            {
                "resourceType": "Appointment",
                "participant": [{"actor": {"reference": "Location/l"}}, {"actor": {"reference": "Patient/p"}}],
            },
            "patient",
            "Patient/p",
        ),
        (changed(OBSERVATION, subject={"reference": "urn:uuid:1"}), "patient", "urn:uuid:1"),
        (changed(OBSERVATION, subject={"reference": "Group/g"}), "patient", None),
        (changed(OBSERVATION, subject={"reference": "Location/l"}), "patient", None),
        (
            changed(OBSERVATION, subject={"reference": "https://x.id/fhir-r4/v1/Patient/p"}),
            "patient",
            "https://x.id/fhir-r4/v1/Patient/p",
        ),
        (
            changed(OBSERVATION, subject=BY_NIK),
            "patient_identifier",
            ("https://fhir.kemkes.go.id/id/nik", "1410014107900001"),
        ),
        (changed(OBSERVATION, subject=BY_NIK | {"type": "Group"}), "patient_identifier", None),
        ({"resourceType": "MedicationDispense", "context": {"reference": "Encounter/e"}}, "encounter", "Encounter/e"),
        ({"resourceType": "MedicationDispense", "context": {"reference": "EpisodeOfCare/e"}}, "encounter", None),
        (
            {"resourceType": "DocumentReference", "context": {"encounter": [{"reference": "Encounter/e"}]}},
            "encounter",
            "Encounter/e",
        ),
        (ENCOUNTER, "organization", "Organization/o1"),
        (ENCOUNTER, "codes", ["http://terminology.hl7.org/CodeSystem/v3-ActCode|AMB"]),
        (
            changed(
                IMMUNIZATION,
                performer=[{"actor": {"reference": "Practitioner/n"}}, {"actor": {"reference": "Organization/o"}}],
            ),
            "organization",
            "Organization/o",
        ),
        (
            {
                "resourceType": "ServiceRequest",
                "requester": {"reference": "Organization/a"},
                "performer": [{"reference": "Organization/b"}],
            },
            "organization",
            "Organization/a",
        ),
        (
            {
                "resourceType": "MedicationDispense",
                "contained": [
                    {"resourceType": "Medication", "code": {"coding": [{"system": KFA, "code": "93000143"}]}}
                ],
            },
            "codes",
            [f"{KFA}|93000143"],
        ),
        (
            {
                "resourceType": "QuestionnaireResponse",
                "questionnaire": "https://fhir.kemkes.go.id/Questionnaire/Q0003|1.0",
            },
            "codes",
            ["https://fhir.kemkes.go.id/Questionnaire|Q0003"],
        ),
        (
            changed(
                CONDITION,
                code={"coding": [{"system": "http://snomed.info.sct", "code": "1"}, {"code": "2"}, {"display": "a"}]},
            ),
            "codes",
            ["http://snomed.info/sct|1", "|2"],
        ),
        (changed(CONDITION, code={"text": "a"}), "codes", []),
        (CONDITION, "status", "active"),
        ({"resourceType": "Composition", "identifier": {"system": "a", "value": " 1 "}}, "identifiers", [("a", "1")]),
        ({"resourceType": "Patient", "identifier": [{"value": "1"}, {"system": "a"}]}, "identifiers", [("", "1")]),
    ],
)
def test_where_things_stand(body: Resource, field: str, expected: Any) -> None:
    assert getattr(extract(body), field) == expected


@pytest.mark.parametrize(
    ("body", "date", "recorded_only"),
    [
        (CONDITION, "2026-04-20", True),
        (changed(CONDITION, onsetDateTime="2024"), "2024-01-01", False),
        (changed(CONDITION, onsetString="dulu"), "2026-04-20", True),
        (changed(CONDITION, recordedDate=..., onsetAge={"value": 3}), None, False),
        (ENCOUNTER, "2026-04-20T02:15:00Z", False),
        (IMMUNIZATION, "2026-04-20", False),
        (changed(IMMUNIZATION, occurrenceDateTime=..., occurrenceString="a", recorded="2026-04"), "2026-04-01", True),
        (
            {"resourceType": "MedicationDispense", "whenPrepared": "2026-04-19", "whenHandedOver": "2026-04-20"},
            "2026-04-20",
            False,
        ),
        ({"resourceType": "MedicationDispense", "whenPrepared": "2026-04-19"}, "2026-04-19", True),
        (
            {"resourceType": "QuestionnaireResponse", "authored": "2026-04-20T09:15:00+07:00"},
            "2026-04-20T02:15:00Z",
            True,
        ),
        (
            {"resourceType": "Procedure", "performedPeriod": {"start": "2026-04-20", "end": "2026-04-21"}},
            "2026-04-20",
            False,
        ),
        ({"resourceType": "Procedure", "performedPeriod": {"end": "2026-04-21"}}, None, False),
        ({"resourceType": "Observation", "effectiveTiming": {"event": ["2026-04-20"]}}, "2026-04-20", False),
        (
            {"resourceType": "Observation", "effectiveTiming": {"code": {}}, "issued": "2026-04-20T02:15:00Z"},
            "2026-04-20T02:15:00Z",
            True,
        ),
        ({"resourceType": "Specimen", "collection": {"collectedDateTime": "2026-04-20"}}, "2026-04-20", False),
        ({"resourceType": "Location"}, None, False),
        (PATIENT, None, False),
    ],
)
def test_the_clinical_date(body: Resource, date: str | None, recorded_only: bool) -> None:
    found = extract(body)
    assert (found.date, found.recorded_only) == (earliest(date) if date else None, recorded_only)


def test_a_date_without_time_is_local() -> None:
    assert earliest("2026-04-20") == datetime(2026, 4, 19, 17, 0, tzinfo=UTC)
    assert earliest("2026-04-20T09:15:00") == datetime(2026, 4, 20, 2, 15, tzinfo=UTC)
    assert earliest("2026") == datetime(2025, 12, 31, 17, 0, tzinfo=UTC)
    assert latest("2026-02") == datetime(2026, 2, 28, 16, 59, 59, 999999, tzinfo=UTC)
    assert latest("9999") == datetime.max.replace(tzinfo=UTC)
    assert earliest("0001-01-01") == datetime.min.replace(tzinfo=UTC)
    assert earliest("2026-06-30T23:59:60Z") == datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC)
    assert earliest("kemarin") is None


@pytest.mark.parametrize(
    ("reference", "target"),
    [
        ("Patient/1", ("Patient", "1")),
        ("Patient/1/_history/2", ("Patient", "1")),
        ("https://api-satusehat.kemkes.go.id/fhir-r4/v1/Patient/P1", ("Patient", "P1")),
        ("http://127.0.0.1:8080/fhir-r4/v1/Encounter/a/_history/3", ("Encounter", "a")),
        ("http://example.org/fhir/Patient/1", None),
        ("Patient?identifier=https://fhir.kemkes.go.id/id/nik|1", None),
        ("https://x.id/fhir-r4/v1/Patient?identifier=a/b", None),
        ("urn:uuid:1", None),
        ("#1", None),
        ("Patient/", None),
        ("Patient/1/2", None),
        ("1000", None),
        ("", None),
    ],
)
def test_which_references_are_ours(reference: str, target: tuple[str, str] | None) -> None:
    assert local(reference) == target


def test_references_are_found_at_every_depth() -> None:
    body = changed(
        OBSERVATION,
        contained=[{"resourceType": "Medication", "manufacturer": {"reference": "Organization/deep"}}],
        extension=[{"url": "a", "extension": [{"url": "b", "valueReference": {"reference": "Device/d"}}]}],
        hasMember=[{"reference": "Observation/o"}, {"reference": "#in"}, {"reference": "urn:uuid:1"}],
    )
    assert {("Organization", "deep"), ("Device", "d"), ("Observation", "o")} < set(extract(body).references)


def test_urns_are_resolved_at_every_depth() -> None:
    urn, lost = "urn:uuid:e", "urn:uuid:lost"
    body: Resource = {
        "resourceType": "Task",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": urn}],
        "contained": [
            {"resourceType": "QuestionnaireResponse", "encounter": {"reference": urn}, "questionnaire": "urn:uuid:q"}
        ],
        "focus": {"reference": lost, "display": urn},
        "owner": {"identifier": {"value": urn}},
        "input": [
            {"type": {"text": "a"}, "valueReference": {"reference": urn}},
            {"valueUri": urn},
            {"valueString": urn},
        ],
        "basedOn": [{"reference": lost}, {"reference": urn}],
    }
    assert resolve_urns(body, {urn: "Encounter/1", "urn:uuid:q": "Questionnaire/2"}) == [lost]
    assert body == {
        "resourceType": "Task",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": urn}],
        "contained": [
            {
                "resourceType": "QuestionnaireResponse",
                "encounter": {"reference": "Encounter/1"},
                "questionnaire": "Questionnaire/2",
            }
        ],
        "focus": {"reference": lost, "display": urn},
        "owner": {"reference": "Encounter/1"},
        "input": [
            {"type": {"text": "a"}, "valueReference": {"reference": "Encounter/1"}},
            {"valueUri": "Encounter/1"},
            {"valueString": urn},
        ],
        "basedOn": [{"reference": lost}, {"reference": "Encounter/1"}],
    }
