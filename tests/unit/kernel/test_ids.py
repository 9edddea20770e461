"""Identifiers as value types, problems and languages: pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from services.kernel.ids import JknNumber, Nik, VillageCode, new_id, nik_fault
from services.kernel.problems import Fault, Invalid, Text, language


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("1410014107900001", None),
        ("141001410790001", "length"),
        ("14100141079000011", "length"),
        ("1410014107a00001", "digits"),
        ("1111111111111111", "repeated"),
        ("1410013207900001", "date"),
        ("1410010013900001", "date"),
        ("1410017201900001", "date"),
        ("١٤١٠٠١٤١٠٧٩٠٠٠٠١", "digits"),
    ],
)
def test_nik(value: str, fault: str | None) -> None:
    assert nik_fault(value) == fault
    adapter = TypeAdapter(Nik)
    if fault is None:
        assert adapter.validate_python(value) == value
    else:
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


@given(st.integers(1, 31), st.integers(1, 12), st.integers(0, 99), st.integers(1, 9999), st.booleans())
def test_every_birth_date_makes_a_nik(day: int, month: int, year: int, number: int, woman: bool) -> None:
    assert nik_fault(f"141001{day + 40 * woman:02d}{month:02d}{year:02d}{number:04d}") is None


def test_numbers_keep_their_leading_zeros() -> None:
    assert TypeAdapter(JknNumber).validate_python("0002035020396") == "0002035020396"
    for adapter, wrong in ((TypeAdapter(JknNumber), "2035020396"), (TypeAdapter(VillageCode), "14.10.01.1001")):
        with pytest.raises(ValidationError):
            adapter.validate_python(wrong)


def test_new_ids_are_ordered_and_distinct() -> None:
    made = [new_id() for _ in range(2000)]
    assert len(set(made)) == 2000
    assert [i[:13] for i in made] == sorted(i[:13] for i in made)
    assert {i[14] for i in made} == {"7"}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "id"),
        ("", "id"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("id,en;q=0.8", "id"),
        ("fr", "id"),
        ("en;q=x", "id"),
    ],
)
def test_language(header: str | None, expected: str) -> None:
    assert language(header) == expected


def test_a_problem_in_both_forms() -> None:
    problem = Invalid(
        Text("salah", "wrong"), [Fault("Patient.gender", Text("harus female", "must be female"), "value")]
    )
    as_problem = problem.as_problem("en", "/v1/x", "r1")
    assert (as_problem["status"], as_problem["detail"], as_problem["errors"][0]["pointer"]) == (
        400,
        "wrong",
        "Patient.gender",
    )
    outcome = problem.as_outcome("id", "r1")
    assert outcome["issue"][0]["details"]["text"] == "harus female"
    assert outcome["issue"][0]["expression"] == ["Patient.gender"]
