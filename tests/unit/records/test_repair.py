"""The misspellings of official examples are repaired before a body is refused, and nothing else is."""

import copy
from typing import Any

import pytest

from services.records.systems import CANONICAL
from services.records.validation import admit, check
from tests.unit.records.bodies import BUNDLE, CONDITION, ENCOUNTER, IMMUNIZATION, OBSERVATION, PATIENT, changed

NIK = PATIENT["identifier"][0]

MISSPELT: list[tuple[str, dict[str, Any], str, Any]] = [
    ("a lone identifier", changed(PATIENT, identifier=NIK), "identifier", [NIK]),
    ("a lone reason", changed(IMMUNIZATION, reasonCode={"text": "a"}), "reasonCode", [{"text": "a"}]),
    ("Reference", changed(OBSERVATION, subject={"Reference": "Patient/p1"}), "subject", {"reference": "Patient/p1"}),
    ("an empty end", changed(ENCOUNTER, period={"start": "2026-04-20", "end": ""}), "period", {"start": "2026-04-20"}),
    (
        "blanks around a code",
        changed(OBSERVATION, code={"coding": [{"system": " http://loinc.org", "code": "8480-6\u00a0"}]}),
        "code",
        {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
    ),
    ("a blank after a status", changed(OBSERVATION, status="final "), "status", "final"),
    ("a blank in a date", changed(CONDITION, onsetDateTime=" 2026-04-20"), "onsetDateTime", "2026-04-20"),
    (
        "a system without slashes",
        changed(PATIENT, identifier={"system": "http:sys-ids.kemkes.go.id/mrn/1", "value": "1"}),
        "identifier",
        [{"system": "http://sys-ids.kemkes.go.id/mrn/1", "value": "1"}],
    ),
]


@pytest.mark.parametrize(("body", "key", "expected"), [m[1:] for m in MISSPELT], ids=[m[0] for m in MISSPELT])
def test_what_official_examples_misspell_is_repaired(body: dict[str, Any], key: str, expected: Any) -> None:
    assert check(copy.deepcopy(body)) != []
    inside = changed(BUNDLE, entry=[BUNDLE["entry"][0] | {"resource": copy.deepcopy(body)}])
    assert admit(body) == []
    assert body[key] == expected
    assert admit(inside) == []
    assert inside["entry"][0]["resource"][key] == expected


@pytest.mark.parametrize(
    "body",
    [
        changed(OBSERVATION, code={"text": ""}),
        changed(OBSERVATION, status="Final"),
        changed(OBSERVATION, performer={"reference": "Organization/o1"}),
        changed(PATIENT, birthDate=""),
        changed(PATIENT, name={"text": "Siti"}),
        {"resourceType": "Observation", "identifier": "a", "reasonCode": {}},
        {"resourceType": ["Observation"], "identifier": {}},
    ],
)
def test_other_errors_stay_errors(body: dict[str, Any]) -> None:
    assert admit(body) != []


def test_words_are_never_touched() -> None:
    note = [{"text": "  dua spasi  "}]
    body = changed(OBSERVATION, status="final ", note=note)
    assert admit(body) == []
    assert body["note"] == note


@pytest.mark.parametrize(
    ("system", "canonical"),
    [
        ("http://snomed.info.sct", "http://snomed.info/sct"),
        ("http://unitofmeasure.org", "http://unitsofmeasure.org"),
        ("https://loinc.org/", "http://loinc.org"),
        (
            "https:terminology.kemkes.go.id/CodeSystem/prev-tb-treatment",
            "http://terminology.kemkes.go.id/CodeSystem/prev-tb-treatment",
        ),
        ("HTTP://Sys-Ids.Kemkes.go.id/encounter/A", "http://sys-ids.kemkes.go.id/encounter/A"),
        ("http://fhir.kemkes.go.id/id/nik", "https://fhir.kemkes.go.id/id/nik"),
        ("https://fhir.kemkes.go.id/id/patient-ihs-number", "https://fhir.kemkes.go.id/id/ihs-number"),
        ("http://example.org/Codes/", "http://example.org/Codes/"),
        ("urn:oid:1.2.3", "urn:oid:1.2.3"),
    ],
)
def test_every_system_has_one_spelling(system: str, canonical: str) -> None:
    assert CANONICAL[system] == CANONICAL[canonical] == canonical
