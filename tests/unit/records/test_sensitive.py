"""Which resources are of a sensitive class."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.records import sensitive
from services.records.fhir import extract
from services.records.queries import visible

ICD10, LOINC = "http://hl7.org/fhir/sid/icd-10", "http://loinc.org"


def condition(code: str, system: str = ICD10) -> dict[str, Any]:
    coding = [{"system": system, "code": code}]
    return {"resourceType": "Condition", "code": {"coding": coding}, "subject": {"reference": "Patient/1"}}


def bounds(resource: dict[str, Any]) -> list[str]:
    return [c.bound for c in extract(resource).sensitive]


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("B19", []), ("B20", ["HIV"]), ("b24.9", ["HIV"]), ("B25", []), ("Z11.4", ["HIV"]), ("Z11.5", []),
        ("F03", []), ("F04", ["PSY"]), ("F17.2", []), ("F20.0", ["PSY"]), ("F70", []), ("X84", ["PSY"]),
        ("X85", ["VIO"]), ("Y09.9", ["VIO"]), ("Y10", []), ("T74.1", ["VIO"]),
        ("A51", ["SEX|10|18"]), ("Z30.0", ["SEX|10|18"]), ("Z34", []), ("I10", []),
    ],
)  # fmt: skip
def test_diagnoses(code: str, wanted: list[str]) -> None:
    assert bounds(condition(code)) == wanted


def test_a_coding_counts_wherever_it_stands() -> None:
    hiv = {"coding": [{"system": ICD10, "code": "B20"}]}
    encounter = {"resourceType": "Encounter", "reasonCode": [hiv], "subject": {"reference": "Patient/1"}}
    medicine = {"resourceType": "MedicationRequest", "contained": [{"resourceType": "Medication", "code": hiv}]}
    value = {"resourceType": "Observation", "code": {"coding": []}, "valueCodeableConcept": hiv}
    answer = {"answer": [{"valueCoding": {"system": ICD10, "code": "B20"}}]}
    form = {"resourceType": "QuestionnaireResponse", "item": [{"item": [answer]}]}
    for resource in (encounter, medicine, value, form):
        assert bounds(resource) == ["HIV"], resource
    screening = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": "https://fhir.kemkes.go.id/Questionnaire/Q0023",
    }
    assert bounds(screening) == ["HIV"]


def test_labels_count_and_an_exact_one_speaks_louder() -> None:
    act = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
    secret = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
    plain = condition("I10")
    assert bounds(plain | {"meta": {"security": [secret]}}) == ["R"]
    assert bounds(plain | {"meta": {"security": [secret, {"system": act, "code": "SDV"}]}}) == ["VIO"]
    assert bounds(plain | {"meta": {"security": [{"code": "PSY"}]}}) == ["PSY"]
    assert bounds(plain | {"meta": {"security": [{"code": "N"}], "tag": [{"system": act, "code": "HIV"}]}}) == []


def test_a_test_does_not_carry_and_a_disease_does() -> None:
    assert [c.carries for c in extract(condition("Z11.4")).sensitive] == [False]
    assert [c.carries for c in extract(condition("B20")).sensitive] == [True]


def test_a_consent_about_a_class_is_of_that_class() -> None:
    act = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HIV"}
    inner = {"type": "permit", "provision": [{"type": "deny", "securityLabel": [act]}]}
    assert bounds({"resourceType": "Consent", "provision": inner}) == ["HIV"]


@given(st.dates(date(1990, 1, 1), date(2020, 12, 31)), st.dates(date(2000, 1, 1), date(2040, 1, 1)))
def test_adolescents_only(born: date, at: date) -> None:
    age = at.year - born.year - ((at.month, at.day) < (born.month, born.day))
    assert sensitive.settled(["SEX|10|18", "HIV"], born, at) == (["SEX", "HIV"] if 10 <= age <= 18 else ["HIV"])
    assert sensitive.settled(["SEX|10|18"], None, at) == ["SEX"]


def test_the_list_is_whole() -> None:
    assert set(sensitive.CLASSES) == {"HIV", "PSY", "VIO", "SEX", "R"}
    assert len(sensitive.EDITION) == 16


@pytest.mark.parametrize("column", ["person_id", "its_row.person_id"])
def test_a_person_column_cannot_be_taken_for_an_inner_one(column: str) -> None:
    with pytest.raises(ValueError, match="qualified"):
        visible.visible_to(column, visible.ASKER)
