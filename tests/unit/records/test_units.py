"""Units and systems come in many spellings and are kept in one; a number is never touched."""

import copy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.records import units
from services.records.fhir import extract
from services.records.repair import respell
from services.records.systems import CANONICAL, UCUM


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"unit": "mmHg"}, {"unit": "mmHg", "system": UCUM, "code": "mm[Hg]"}),
        ({"code": "mmHg", "system": "http://unitofmeasure.org/"}, {"code": "mm[Hg]", "system": UCUM}),
        ({"unit": "g/dl", "code": "g/dl"}, {"unit": "g/dl", "system": UCUM, "code": "g/dL"}),
        ({"unit": "x/menit", "system": UCUM}, {"unit": "x/menit", "system": UCUM, "code": "/min"}),
        ({"unit": "mg/dL", "code": "mg/dL"}, {"unit": "mg/dL", "system": UCUM, "code": "mg/dL"}),
        ({"unit": "mL", "system": UCUM, "code": "ml"}, {"unit": "mL", "system": UCUM, "code": "mL"}),
    ],
)
def test_a_unit_gets_its_code(sent: dict[str, Any], kept: dict[str, Any]) -> None:
    body = {"resourceType": "Observation", "code": {"text": "x"}, "valueQuantity": {"value": Decimal("36.50"), **sent}}
    assert extract(body).odd
    respell(body)
    assert body["valueQuantity"] == {"value": Decimal("36.50"), **kept}
    assert str(body["valueQuantity"]["value"]) == "36.50"
    assert not extract(body).odd


@pytest.mark.parametrize(
    "measure",
    [
        {"value": 1, "unit": "tablet"},
        {"value": 1, "unit": "C"},
        {"value": 1, "system": UCUM, "code": "C"},  # a coulomb, until somebody says otherwise
        {"value": 1, "system": UCUM, "code": "Mg"},
        {"value": 1, "system": UCUM, "code": "{Zscore}", "unit": "{Zscore}"},
        {"value": 5.5, "system": UCUM, "code": "mmol/L", "unit": "mmol/l"},
        {
            "value": 1,
            "system": "http://terminology.hl7.org/CodeSystem/v3-orderableDrugForm",
            "code": "TAB",
            "unit": "g",
        },
        {"value": 1},
        {"unit": "mmHg"},
    ],
)
def test_what_could_mean_something_else_stays(measure: dict[str, Any]) -> None:
    body = {"resourceType": "Observation", "code": {"text": "x"}, "valueQuantity": measure}
    before = copy.deepcopy(body)
    assert not extract(body).odd
    respell(body)
    assert body == before


spelt = st.sampled_from([*units._SPELLINGS, *units._FINE, "C", "Mg", "tablet"])


@given(st.decimals(allow_nan=False, allow_infinity=False) | st.integers() | st.floats(allow_nan=False), spelt, spelt)
def test_the_number_stays_and_respelling_ends(value: Any, code: str, unit: str) -> None:
    measure: dict[str, Any] = {"value": value, "code": code, "unit": unit}
    body = {"resourceType": "Observation", "component": [{"code": {"text": "x"}, "valueQuantity": measure}]}
    respell(body)
    assert measure["value"] is value
    assert measure["unit"] == unit
    assert not extract(body).odd
    once = copy.deepcopy(body)
    respell(body)
    assert body == once


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("http:sys-ids.kemkes.go.id/encounter/1", "http://sys-ids.kemkes.go.id/encounter/1"),
        ("http://sys-ids.kemkes.go.id/QuestionnaireResponse/1", "http://sys-ids.kemkes.go.id/questionnaireresponse/1"),
        ("https://SYS-IDS.kemkes.go.id/kfa", "http://sys-ids.kemkes.go.id/kfa"),
        ("http://terminology.kemkes.go.id/Codesystem/kpsp", "http://terminology.kemkes.go.id/CodeSystem/kpsp"),
        ("https://fhir.kemkes.go.id/id/patient-ihs-number", "https://fhir.kemkes.go.id/id/ihs-number"),
        ("HTTP://LOINC.ORG", "http://loinc.org"),
        ("urn:oid:2.16.840.1.113883.6.96", "http://snomed.info/sct"),
        ("http://rs.example/ID", "http://rs.example/ID"),
        ("phone", "phone"),
    ],
)
def test_a_system_has_one_spelling(sent: str, kept: str) -> None:
    assert CANONICAL[sent] == kept == CANONICAL[kept]
    coding, identifier = {"system": sent, "code": "x"}, {"system": sent}
    body = {"resourceType": "Basic", "code": {"coding": [coding]}, "identifier": [identifier]}
    assert extract(body).odd == (sent != kept)
    respell(body)
    assert coding["system"] == identifier["system"] == kept
