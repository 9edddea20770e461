"""Search values, read as clients write them."""

from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kernel.problems import Invalid
from services.records import params
from services.records.params import values
from services.records.params.query import Chained, Having, Wanted
from services.records.params.table import find, table


@pytest.mark.parametrize(("value", "system", "code"), [
    ("A", None, "A"), ("s|A", "s", "A"), ("|A", "", "A"), ("s|", "s", ""), ("a\\|b", None, "a|b"),
    ("s|a\\,b", "s", "a,b"),
    ("https://loinc.org/|8480-6", "http://loinc.org", "8480-6"), ("s|a|b", "s", "a|b"),
])  # fmt: skip
def test_tokens(value: str, system: str | None, code: str) -> None:
    assert values.token(value) == values.Token(system, code)


def test_a_comma_means_or_and_can_be_escaped() -> None:
    assert values.split("waitlist, active,,") == ["waitlist", "active"]
    assert values.split(r"a\,b,c") == [r"a\,b", "c"]


@pytest.mark.parametrize(("value", "key"), [
    ("1", "1"), ("Patient/1", "Patient/1"), ("https://x.id/fhir-r4/v1/Patient/1/_history/3", "Patient/1"),
    ("urn:uuid:1", "urn:uuid:1"),
])  # fmt: skip
def test_references(value: str, key: str) -> None:
    assert values.pointer(value).key == key


def test_dates_stand_for_spans_of_the_district() -> None:
    assert values.span("2026-03") == (
        "eq",
        datetime(2026, 2, 28, 17, tzinfo=UTC),
        datetime(2026, 3, 31, 17, tzinfo=UTC),
    )
    repaired = values.span("ge2026-03-01T10:00:00 07:00")
    assert repaired == values.span("ge2026-03-01T10:00:00+07:00")
    assert (values.span("2026-03-01T10:00Z")[2] - values.span("2026-03-01T10:00Z")[1]).seconds == 60
    for wrong in ("x", "2026-13", "ge", "2026-02-30", "0000", "99999", "ap0001", "ap9999"):
        with pytest.raises(Invalid):
            values.span(wrong)


def test_numbers_stand_for_their_precision() -> None:
    assert values.amount("5.40") == values.Amount("eq", Decimal("5.40"), Decimal("5.395"), Decimal("5.405"))
    assert values.amount("gt1e2").exact == 100
    for wrong in ("", "x", "5,4", "1e999", "٣"):
        with pytest.raises(Invalid):
            values.amount(wrong)


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_odd_parameter_is_an_error_of_ours(key: str, value: str) -> None:
    for type_ in ("Patient", "Observation", "Encounter"):
        with suppress(Invalid):
            params.parse(type_, [(key, value)], page=50, max_page=500, strict=False)


def test_spellings_find_the_standard_name() -> None:
    assert [find(t, n).name for t, n in (  # type: ignore[union-attr]
        ("Immunization", "vaccineCode"), ("Organization", "part-of"), ("Organization", "partOf"),
        ("Encounter", "lastUpdated"), ("Immunization", "subject"), ("ServiceRequest", "supportingInfo"),
        ("MedicationDispense", "encounter"),
    )] == ["vaccine-code", "partof", "partof", "_lastUpdated", "patient", "supporting-info", "encounter"]  # fmt: skip
    assert find("Patient", "ngawur") is None


def test_chains_are_read() -> None:
    asked = [("patient.name:exact", "Siti"), ("_has:Provenance:target:agent", "x"), ("subject:Group.code", "1")]
    query = params.parse("Observation", asked, page=50, max_page=500, strict=True)
    first, second, third = query.wanted
    assert isinstance(first, Chained) and first.inner == (Wanted(table()["Patient"]["name"], "exact", ("Siti",)),)
    assert isinstance(second, Having) and second.param.type == "Provenance"
    assert isinstance(third, Chained) and third.inner[0].param.type == "Group"
    with pytest.raises(Invalid):
        params.parse(
            "Observation",
            [("encounter.part-of.part-of.part-of.part-of.status", "x")],
            page=50,
            max_page=500,
            strict=True,
        )


def test_a_page_mark_is_of_the_criteria_not_of_their_order() -> None:
    def asked(*items: tuple[str, str]) -> str:
        return params.parse("Observation", items, page=50, max_page=500, strict=True).asked

    assert asked(("code", "a"), ("date", "2026")) == asked(("date", "2026"), ("_count", "3"), ("code", "a"))
    assert asked(("code", "a")) != asked(("code", "b")) != asked(("code", "b"), ("_sort", "date"))
