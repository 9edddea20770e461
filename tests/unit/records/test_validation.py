"""What is refused, where the issue points, and that no submitted value is ever repeated."""

import copy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from services.records.schema.compiled import known_types, rules_of
from services.records.schema.stored import STORED
from services.records.validation import admit, check, check_dates, is_valid
from tests.unit.records.bodies import (
    BUNDLE,
    CONDITION,
    ENCOUNTER,
    IMMUNIZATION,
    OBSERVATION,
    PATIENT,
    VALID,
    Resource,
    changed,
)
from tests.unit.records.broken import BROKEN, EXTENSION


@pytest.mark.parametrize(("body", "expression", "code"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_a_broken_body_is_refused_with_the_element_named(body: Any, expression: str, code: str) -> None:
    assert not is_valid(body)
    assert (expression, code) in [(i.expression, i.code) for i in check(body)]
    assert all(i.text.id and i.text.en and i.text.id != i.text.en for i in check(body))


@pytest.mark.parametrize("body", VALID, ids=[b["resourceType"] for b in VALID])
def test_a_right_body_is_accepted(body: Resource) -> None:
    before = copy.deepcopy(body)
    assert is_valid(body)
    assert check(body) == admit(body) == []
    assert body == before


@pytest.mark.parametrize(
    "body",
    [
        changed(PATIENT, birthDate="1990"),
        changed(PATIENT, birthDate="1990-07"),
        changed(PATIENT, birthDate="2024-02-29"),
        changed(PATIENT, birthDate="2000-02-29"),
        changed(PATIENT, deceasedDateTime="2026-01-01T00:00:00.123456789Z"),
        changed(PATIENT, name=[{"text": "Siti\u00a0Rahmawati"}]),
        changed(OBSERVATION, status=..., _status={"extension": [EXTENSION]}),
        changed(OBSERVATION, extension=[{"id": "1", "url": "a", "valueString": "b", "_valueString": {"id": "c"}}]),
        changed(ENCOUNTER, period={"start": "2026-04-20T09:00:00+07:00", "end": "2026-04-20"}),
        changed(ENCOUNTER, period={"start": "2026-04-20T09:00:00+07:00", "end": "2026-04-20T02:00:00Z"}),
        changed(ENCOUNTER, period={"start": "2026-04-20T09:00:00+07:00", "end": "2026"}),
        changed(ENCOUNTER, period={"start": "2026-06-30T23:59:60Z", "end": "2026-07-01T00:00:00Z"}),
        changed(
            OBSERVATION,
            component=...,
            valueQuantity={"value": Decimal("36.50"), "unit": "Cel"},
            referenceRange=[{"low": {"value": Decimal("36")}}],
        ),
        {"resourceType": "Parameters", "parameter": [{"name": "a", "resource": OBSERVATION}]},
        {"resourceType": "Medication"},
    ],
)
def test_unusual_but_right(body: Resource) -> None:
    assert check(body) == []


def test_a_null_beside_an_extension_is_a_place_holder() -> None:
    name = {"given": [None, "Siti"], "_given": [{"extension": [EXTENSION]}, None]}
    assert check(changed(PATIENT, name=[name])) == []
    assert check(changed(PATIENT, name=[name | {"given": [None, None]}])) != []


SECRET = "Budi1410014107900001"


@pytest.mark.parametrize("kind", ["Patient", "Observation", "Encounter", "Condition", "Immunization", "Bundle"])
def test_no_issue_repeats_a_value(kind: str) -> None:
    """Put the secret into every element in turn, as every wrong shape there is."""
    body = next(b for b in VALID if b["resourceType"] == kind)
    for wrong in (SECRET, [SECRET], {"text": [SECRET]}, [[SECRET]], {SECRET + " ": SECRET}, 10**30):
        for key in [*body, "extension", "contained", "identifier", "1" + SECRET]:
            for issue in check(body | {key: wrong}):
                assert SECRET not in issue.expression + issue.text.id + issue.text.en


def test_a_body_with_a_thousand_faults_is_answered_in_a_few() -> None:
    entries = [{"resource": {"resourceType": "Observation"}, "request": {"method": "POST", "url": "a"}}] * 1000
    assert 0 < len(check(changed(BUNDLE, entry=entries))) <= 25


@pytest.mark.parametrize("depth", [5, 300, 1000])
def test_resources_nested_too_deeply_are_refused(depth: int) -> None:
    inner: Resource = {"resourceType": "Medication"}
    for _ in range(depth):
        inner = {"resourceType": "Medication", "contained": [inner]}
    assert not is_valid(inner)
    assert "structure" in {i.code for i in check(inner)}


def test_deep_extensions_do_not_break_the_validator() -> None:
    inner: Resource = {"url": "a", "valueCode": "b"}
    for _ in range(1000):
        inner = {"url": "a", "extension": [inner]}
    assert is_valid(changed(OBSERVATION, extension=[inner]))


def test_every_stored_type_compiles_and_knows_its_own_shape() -> None:
    assert set(known_types()) == set(STORED)
    for kind in STORED:
        assert rules_of(kind) is not None
        assert [i.expression for i in check({"resourceType": kind, "bukan": 1})][:1] != []
        assert all(i.expression.startswith(kind) for i in check({"resourceType": kind, "bukan": 1}))


def test_allowed_codes_are_listed_and_misspelt_names_corrected() -> None:
    (gender,) = check(changed(PATIENT, gender="L"))
    assert gender.text.id == "Kode tidak sah; yang sah: male, female, other, unknown"
    (name,) = check(changed(PATIENT, birthdate="1990-07-01"))
    assert name.text.en.endswith("did you mean birthDate?")


# --- dates in the future --------------------------------------------------------------------------------

NOW = datetime(2026, 4, 20, 18, 0, tzinfo=UTC)  # already 21 April in Jakarta


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        ("2026-04-20", False),
        ("2026-04-21", False),
        ("2026-04-22", True),
        ("2026-04-21T23:59:59+07:00", False),
        ("2026-04-22T00:00:00+07:00", True),
        ("2026-04-21T16:59:59Z", False),
        ("2026-04-21T17:00:00Z", True),
        ("2026-04-21T12:00:00-12:00", True),
        ("2026", False),
        ("2026-04", False),
        ("2026-05", True),
        ("2027", True),
        ("9999-12-31", True),
        ("0001-01-01", False),
    ],
)
def test_a_clinical_date_may_not_lie_after_today(text: str, ahead: bool) -> None:
    found = check_dates(changed(OBSERVATION, effectiveDateTime=text), NOW)
    assert [i.expression for i in found] == (["Observation.effectiveDateTime"] if ahead else [])


LATER = "2026-12-01"


@pytest.mark.parametrize(
    ("body", "expressions"),
    [
        (changed(ENCOUNTER, period={"start": LATER}), ["Encounter.period.start"]),
        (changed(ENCOUNTER, period={"start": LATER}, status="planned"), []),
        (changed(PATIENT, birthDate=LATER), ["Patient.birthDate"]),
        (changed(IMMUNIZATION, expirationDate=LATER), []),
        (changed(CONDITION, onsetDateTime=LATER), ["Condition.onsetDateTime"]),
        ({"resourceType": "Appointment", "status": "booked", "start": LATER}, []),
        (
            {"resourceType": "ServiceRequest", "occurrenceDateTime": LATER, "authoredOn": LATER},
            ["ServiceRequest.authoredOn"],
        ),
        ({"resourceType": "CarePlan", "status": "active", "period": {"start": LATER}}, []),
        ({"resourceType": "Goal", "startDate": LATER, "target": [{"dueDate": LATER}]}, []),
        (changed(OBSERVATION, code={"coding": [{"code": "11778-8"}]}, valueDateTime=LATER), []),
        (
            changed(OBSERVATION, code={"coding": [{"code": "8665-2"}]}, valueDateTime=LATER),
            ["Observation.valueDateTime"],
        ),
        (
            {
                "resourceType": "Bundle",
                "entry": [{"resource": PATIENT}, {"resource": changed(PATIENT, birthDate=LATER)}, {}],
            },
            ["Bundle.entry[1].resource.birthDate"],
        ),
    ],
)
def test_planned_things_may_lie_ahead(body: Resource, expressions: list[str]) -> None:
    assert [i.expression for i in check_dates(body, NOW)] == expressions
