"""Agreements, pure: what makes a row acceptable, renewals without loops, what followers hear."""

from datetime import date
from typing import Any

import orjson
import pytest
from pydantic import ValidationError

from services.facilities.rules import documents
from services.facilities.rules.agreements import AgreementRow, Known, agreements, last_day, told
from services.facilities.rules.cells import Line

TWO = "P1:authority:Kepala Puskesmas; D1:member:Dokter"
KNOWN = Known(
    {"P1": "puskesmas", "G1": "dinkes", "D1": "tpmd", "D2": "tpmd", "K1": "klinik-pratama"},
    {"KIA": (None, None), "TB": (None, date(2025, 12, 31)), "PKG": (date(2027, 1, 1), None)},
    {"lama": None, "diganti": None, "pengganti": "diganti"},
    {"1/PKS": "lama"},
)


def row(**change: Any) -> AgreementRow:
    cells = {
        "id": "baru", "kind": "pks", "number": "2/PKS", "title": "Jejaring", "parties": TWO,
        "signed_on": "2026-01-05", "valid_from": "2026-01-05", "valid_until": "2026-12-31", "programmes": "KIA",
        "member_sends": "record", "member_sees": "record", "purpose": "Kesinambungan", "safeguards": "Jejak akses",
    } | change  # fmt: skip
    return AgreementRow.model_validate({k: v for k, v in cells.items() if v is not None})


def refused(*rows: AgreementRow) -> list[tuple[int, str | None, str]]:
    _, found = agreements([Line(n, r) for n, r in enumerate(rows, 2)], KNOWN)
    return [(r.line, r.column, r.reason.en) for r in found]


def test_a_right_row_is_taken() -> None:
    kept, found = agreements([Line(2, row())], KNOWN)
    assert (len(kept), found) == (1, [])


@pytest.mark.parametrize(
    ("change", "column", "says"),
    [
        ({"parties": None}, "parties", "at least two parties"),
        ({"parties": "P1:authority:Kepala"}, "parties", "at least two parties"),
        ({"parties": TWO + "; D1:member:Dokter"}, "parties", "the same party twice"),
        ({"parties": TWO + "; X9:member:Dokter"}, "parties", "not registered: X9"),
        ({"parties": "D1:member:Dokter; D2:member:Dokter"}, "parties", "one party must be the authority"),
        ({"parties": "P1:authority:Kepala; G1:authority:Kadis"}, "parties", "one a member"),
        ({"parties": "K1:authority:Kepala; D1:member:Dokter"}, "parties", "must be the office or a puskesmas"),
        ({"parties": TWO + "; G1:member:Kadis"}, "parties", "cannot be a member"),
        ({"kind": "sk"}, "parties", "must be the health office"),
        ({"valid_until": None}, "valid_until", "only a decree may be open"),
        ({"valid_until": "2026-01-04"}, "valid_until", "before valid_from"),
        ({"evaluation_months": 9}, "evaluation_months", "must be 6 or 12"),
        ({"terminated_on": "2026-03-01"}, "termination_reason", "date and reason go together"),
        ({"terminated_on": "2025-03-01", "termination_reason": "tutup"}, "terminated_on", "before it was signed"),
        ({"purpose": None}, "purpose", "is required when data are shared"),
        ({"safeguards": None, "member_sends": "none"}, "safeguards", "is required when data are shared"),
        ({"programmes": None}, "programmes", "at least one programme"),
        ({"programmes": "KIA; LAIN"}, "programmes", "not of the list"),
        ({"programmes": "TB"}, "programmes", "not of the list"),
        ({"programmes": "PKG"}, "programmes", "not of the list"),
        ({"number": "1/PKS"}, "number", "belongs to lama"),
        ({"renews": "tak-ada"}, "renews", "is not registered"),
        ({"renews": "diganti"}, "renews", "renewed by another"),
        ({"renews": "baru"}, "renews", "a loop"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_refused_with_its_reason(change: dict[str, Any], column: str, says: str) -> None:
    (found,) = refused(row(**change))
    assert found[:2] == (2, column)
    assert says in found[2]


def test_a_decree_of_the_office_may_be_open() -> None:
    sk = row(kind="sk", parties="G1:authority:Kepala Dinas; D1:member:Dokter; D2:member:Dokter", valid_until=None)
    assert refused(sk) == []


def test_renewals_within_a_file_make_no_loop() -> None:
    a, b = row(id="a01", renews="b01"), row(id="b01", number="3/PKS", renews="a01")
    found = refused(a, b)
    assert [(line, column) for line, column, _ in found] == [(3, "renews"), (2, "renews")]
    assert "loop" in found[0][2]
    assert "not registered" in found[1][2]


def test_of_two_that_renew_the_same_the_later_falls() -> None:
    found = refused(row(id="a01", renews="lama"), row(id="b01", number="3/PKS", renews="lama"))
    assert [(line, column) for line, column, _ in found] == [(3, "renews")]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("parties", "P1:kepala:Kepala; D1:member:Dokter"), ("parties", "P1; D1"), ("parties", '[{"facility": 1}]'),
        ("programmes", "KIA; dua kata"), ("programmes", "[1"), ("id", "alarms"), ("id", "x"), ("kind", "kontrak"),
        ("member_sees", "semua"), ("valid_from", "2026-02-30"), ("purpose", "x"),
    ],
)  # fmt: skip
def test_a_cell_of_the_wrong_form_is_refused(field: str, value: str) -> None:
    with pytest.raises(ValidationError) as found:
        row(**{field: value})
    assert [e["loc"] for e in found.value.errors()] == [(field,)]


def test_parties_by_json_and_by_cell_are_the_same() -> None:
    both = [
        {"facility": "P1", "role": "authority", "signatory_title": "Kepala Puskesmas"},
        {"facility": "D1", "role": "member", "signatory_title": "Dokter"},
    ]
    assert row(parties=orjson.dumps(both).decode()).parties == row().parties
    assert row(programmes='["TB", "KIA"]').programmes == row(programmes="KIA; TB").programmes


@pytest.mark.parametrize(
    ("until", "ended", "last"),
    [
        (date(2026, 12, 31), None, date(2026, 12, 31)),
        (date(2026, 12, 31), date(2026, 6, 1), date(2026, 5, 31)),
        (date(2026, 3, 31), date(2026, 6, 1), date(2026, 3, 31)),
        (None, date(2026, 6, 1), date(2026, 5, 31)),
        (None, None, None),
    ],
)
def test_the_last_day_counts_a_termination(until: date | None, ended: date | None, last: date | None) -> None:
    assert last_day(until, ended) == last


def test_followers_hear_no_titles_and_no_texts() -> None:
    said = str(told(row(terminated_on=None).model_dump() | {"version": 1}))
    assert "P1" in said
    for text in ("Kepala", "Dokter", "Jejaring", "Kesinambungan", "Jejak", "2/PKS"):
        assert text not in said


@pytest.mark.parametrize(
    ("body", "is_one"),
    [
        (b"%PDF-1.7\n...\n%%EOF\n", True), (b"\n%PDF-1.4 x %%EOF", True), (b"%PDF-1.7 cut off", False),
        (b"PK\x03\x04 %PDF- %%EOF", False), (b"<html>%%EOF", False), (b"", False),
    ],
)  # fmt: skip
def test_a_pdf_is_known_by_its_content(body: bytes, is_one: bool) -> None:
    assert (documents.kind_of(body) == documents.PDF) is is_one
