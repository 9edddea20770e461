"""What leaves the record in events: every code and number the standards need, and no word about a person."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.records.exact import dumps
from services.records.fhir import strip
from services.records.schema.compiled import definition
from services.records.schema.stored import STORED
from tests.unit.records.bodies import CONDITION, ENCOUNTER, IMMUNIZATION, OBSERVATION, PATIENT, Resource, changed

SECRET = "Siti Rahmawati binti Abdullah"
FREE = ("string", "markdown", "xhtml", "base64Binary")
PLAIN = {"boolean": True, "integer": 1, "positiveInt": 1, "unsignedInt": 1, "decimal": 1.5, "code": "kode", "id": "x1"}
PLAIN |= {"date": "2026-01-01", "dateTime": "2026-01-01", "instant": "2026-01-01T00:00:00Z", "time": "10:00:00"}


def filled(name: str, secret: str, depth: int = 5) -> Any:
    """An element of a type with every property present, the secret in every text (choices all at once)."""
    if name in FREE:
        return secret
    if name in PLAIN:
        return PLAIN[name]
    shape = definition(name)
    if "properties" not in shape:
        return "http://example.org/x"
    found: Resource = {"resourceType": name} if "resourceType" in shape["properties"] else {}
    for key, schema in shape["properties"].items():
        value = _value(schema.get("items", schema), secret, depth)
        if value is not None and key not in ("resourceType", "contained"):
            found[key] = [value] if "items" in schema else value
    return found


def _value(schema: Resource, secret: str, depth: int) -> Any:
    schema = schema.get("allOf", [schema])[0]
    if "enum" in schema:
        return schema["enum"][0]
    if "$ref" not in schema:
        return {"any": secret}
    target = schema["$ref"].rpartition("/")[2]
    is_simple = target in FREE or target in PLAIN or "properties" not in definition(target)
    return filled(target, secret, depth - 1) if depth or is_simple else None


@pytest.mark.parametrize("kind", STORED)
def test_no_word_of_any_element_of_any_type_leaks(kind: str) -> None:
    whole = filled(kind, SECRET, 3)
    whole["contained"] = [filled("Medication", SECRET, 2), filled("Patient", SECRET, 1)]
    assert SECRET in json.dumps(whole)
    stripped = strip(whole)
    assert "Siti" not in json.dumps(stripped)
    assert "Abdullah" not in json.dumps(stripped)
    assert stripped["resourceType"] == kind


words = st.text(min_size=25, max_size=60).map(lambda t: "nama " + t)


@settings(max_examples=60)
@given(
    words, st.sampled_from(["Patient", "Observation", "Encounter", "Immunization", "MedicationDispense", "Procedure"])
)
def test_whatever_the_words_are_they_do_not_leak(secret: str, kind: str) -> None:
    texts: list[str] = []
    nodes: list[Any] = [strip(filled(kind, secret, 2))]
    for node in nodes:
        if isinstance(node, dict):
            assert not {"display", "text", "note", "name", "address", "telecom", "div"} & set(node)
            nodes += node.values()
        elif isinstance(node, list):
            nodes += node
        elif isinstance(node, str):
            texts.append(node)
    assert secret not in texts


def test_an_observation_keeps_what_counts() -> None:
    body = changed(OBSERVATION, note=[{"text": SECRET}], id_="x1")
    quantity = OBSERVATION["component"][0]["valueQuantity"]
    stripped = strip(body)
    assert stripped == {
        "resourceType": "Observation",
        "id": "x1",
        "status": "final",
        "category": OBSERVATION["category"],
        "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
        "subject": {"reference": "Patient/p1"},
        "encounter": {"reference": "Encounter/e1"},
        "effectiveDateTime": "2026-04-20T02:15:00+00:00",
        "performer": [{"reference": "Organization/o1"}],
        "component": [
            {"code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}, "valueQuantity": quantity},
            {
                "code": {"coding": [{"system": "http://loinc.org", "code": "8462-4"}]},
                "valueQuantity": quantity | {"value": 76},
            },
        ],
    }


def test_a_value_in_words_stays_a_value_without_words() -> None:
    body = changed(OBSERVATION, component=...)
    assert strip(body | {"valueString": SECRET})["valueString"] == ""
    assert strip(body | {"valueCodeableConcept": {"text": SECRET}})["valueCodeableConcept"] == {"coding": []}
    assert strip(body | {"valueBoolean": False})["valueBoolean"] is False
    assert strip(body | {"valueInteger": 0})["valueInteger"] == 0


def test_codes_are_spelt_canonically_and_decimals_kept() -> None:
    body = changed(
        OBSERVATION,
        component=...,
        code={"coding": [{"system": "http://snomed.info.sct", "code": "284473002"}]},
        valueQuantity={
            "value": Decimal("26.50"),
            "unit": "cm",
            "system": "http://unitofmeasure.org",
            "comparator": "<",
        },
    )
    stripped = strip(body)
    assert stripped["code"]["coding"] == [{"system": "http://snomed.info/sct", "code": "284473002"}]
    assert '"value":26.50' in dumps(stripped)
    assert stripped["valueQuantity"]["system"] == "http://unitsofmeasure.org"


def test_only_contact_numbers_are_kept_of_identifiers() -> None:
    anc = {"system": "http://terminology.kemkes.go.id/CodeSystem/episodeofcare/ANC", "value": "K1M"}
    own = {"system": "http://sys-ids.kemkes.go.id/encounter/1", "value": "RM-0012"}
    assert strip(changed(ENCOUNTER, identifier=[own, anc | {"assigner": {"display": SECRET}}]))["identifier"] == [anc]
    assert "identifier" not in strip(changed(ENCOUNTER, identifier=[own]))


def test_only_organisations_are_kept_of_performers() -> None:
    doctor, clinic = {"reference": "Practitioner/n1", "display": SECRET}, {"reference": "Organization/o1"}
    body = changed(
        IMMUNIZATION,
        performer=[{"actor": doctor}, {"actor": clinic, "function": {"text": SECRET}}],
        protocolApplied=[{"series": SECRET, "doseNumberPositiveInt": 2}],
    )
    assert strip(body)["performer"] == [{"actor": clinic}]
    assert strip(body)["protocolApplied"] == [{"doseNumberPositiveInt": 2}]
    assert "performer" not in strip(changed(OBSERVATION, performer=[doctor]))


def test_a_dispense_keeps_its_contained_medicine() -> None:
    code = {"coding": [{"system": "http://sys-ids.kemkes.go.id/kfa", "code": "92000653"}]}
    body = {
        "resourceType": "MedicationDispense",
        "status": "completed",
        "contained": [{"resourceType": "Medication", "id": "m", "code": code | {"text": SECRET}}],
        "medicationReference": {"reference": "#m", "display": SECRET},
        "quantity": {"value": 30, "unit": SECRET},
        "context": {"reference": "Encounter/e1"},
    }
    assert strip(body) == body | {
        "contained": [{"resourceType": "Medication", "id": "m", "code": code}],
        "medicationReference": {"reference": "#m"},
        "quantity": {"value": 30},
    }


def test_a_reference_that_is_a_query_is_withheld() -> None:
    query = {"reference": "Patient?identifier=https://fhir.kemkes.go.id/id/nik|1410014107900001"}
    assert "subject" not in strip(changed(CONDITION, subject=query))


def village(code: str, **more: Any) -> Resource:
    url = "https://fhir.kemkes.go.id/r4/StructureDefinition/administrativeCode"
    return {"extension": [{"url": url, "extension": [{"url": "village", "valueCode": code}]}], **more}


def test_a_patient_is_reduced_to_what_counts() -> None:
    body = changed(
        PATIENT,
        id_="p1",
        active=True,
        multipleBirthInteger=0,
        deceasedBoolean=False,
        address=[village("1410010001", use="old"), {"city": SECRET}, village("14.10.01.2004"), village("1410010002")],
        _birthDate={
            "extension": [
                {
                    "url": "http://hl7.org/fhir/StructureDefinition/patient-birthTime",
                    "valueDateTime": "2026-04-20T08:00:00+07:00",
                }
            ]
        },
    )
    assert strip(body) == {
        "resourceType": "Patient",
        "id": "p1",
        "birthDate": "1990-07-01",
        "gender": "female",
        "active": True,
        "deceasedBoolean": False,
        "multipleBirthInteger": 0,
        "birthTime": "2026-04-20T08:00:00+07:00",
        "village": "1410012004",
    }


@pytest.mark.parametrize("code", ["141001200", "1410012004x", "", "Desa Banglas"])
def test_a_village_code_has_ten_digits(code: str) -> None:
    assert "village" not in strip(changed(PATIENT, address=[village(code)]))
