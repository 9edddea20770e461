"""What does not fit among codes: each kind is told where it is, and only there."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.facilities.contract.mismatches import CodeMismatch, Mismatch
from services.facilities.rules.mismatches import mismatches

TODAY = date(2026, 11, 22)


def _row(code: str = "K1", **more: Any) -> dict[str, Any]:
    """A clinic at which nothing is wrong."""
    row: dict[str, Any] = {
        "code": code, "name": f"Klinik {code}", "kind": "klinik-pratama", "active": True, "satusehat_id": "100000001",
        "bpjs_code": "0001B001", "registration": f"123{code}", "licence": f"503/{code}", "licence_until": None,
        "inpatient": None, "hospital_class": None, "village": "1410011001", "latitude": None, "longitude": None,
        "status": "active",
    }  # fmt: skip
    return row | more


def _told(rows: list[dict[str, Any]], contracts: Any = None, within: int = 90) -> list[CodeMismatch]:
    return mismatches(rows, contracts or {}, TODAY, within)


def _short(found: list[CodeMismatch]) -> list[tuple[str, str, str]]:
    return [(m.facility, m.what, m.field) for m in found]


PUSKESMAS = {"kind": "puskesmas", "bpjs_code": "0001P001", "registration": "P1234567890", "inpatient": False}
RS = {"kind": "rs", "bpjs_code": "0001R001", "registration": "1234567", "hospital_class": "C"}


def test_nothing_is_told_where_all_fits() -> None:
    contract = {"ppk_code": "0001B001"}
    rows = [
        _row(),
        _row("P1", **PUSKESMAS),
        _row("R1", **RS),
        _row("Y1", kind="posyandu", bpjs_code=None, licence=None),
    ]
    assert _told(rows, {"K1": contract}) == []


@pytest.mark.parametrize(
    ("more", "contract", "what", "field"),
    [
        ({"satusehat_id": None}, None, Mismatch.MISSING, "satusehat_id"),
        ({"licence": None}, None, Mismatch.MISSING, "licence"),
        ({"registration": None}, None, Mismatch.MISSING, "registration"),
        (PUSKESMAS | {"inpatient": None}, None, Mismatch.MISSING, "inpatient"),
        (RS | {"hospital_class": None}, None, Mismatch.MISSING, "hospital_class"),
        (PUSKESMAS | {"registration": "1234567890"}, None, Mismatch.FORM, "registration"),
        (RS | {"registration": "12345678"}, None, Mismatch.FORM, "registration"),
        ({"bpjs_code": "0001R001"}, None, Mismatch.PPK_KIND, "bpjs_code"),
        ({"licence_until": TODAY - timedelta(1)}, None, Mismatch.LICENCE_ENDED, "licence_until"),
        ({"licence_until": TODAY}, None, Mismatch.LICENCE_ENDING, "licence_until"),
        ({"licence_until": TODAY + timedelta(90)}, None, Mismatch.LICENCE_ENDING, "licence_until"),
        ({}, {"ppk_code": None}, Mismatch.CONTRACT_WITHOUT_PPK, "ppk_code"),
        ({}, {"ppk_code": "0001B009"}, Mismatch.PPK_DIFFERS, "bpjs_code"),
        ({"bpjs_code": None}, {"ppk_code": "0001B009"}, Mismatch.PPK_DIFFERS, "bpjs_code"),
        (
            {"active": False, "status": "closed"}, {"ppk_code": "0001B001"}, Mismatch.CONTRACT_OF_INACTIVE, "status",
        ),
    ],
)  # fmt: skip
def test_one_thing_wrong_is_told_with_what_would_be_right(more: Any, contract: Any, what: str, field: str) -> None:
    found = _told([_row(**more)], {"K1": contract} if contract else {})
    assert _short(found) == [("K1", what, field)]
    assert found[0].wrong.id
    assert found[0].wrong.en
    assert found[0].right.id
    assert found[0].right.en


@pytest.mark.parametrize(
    "more",
    [
        {"licence_until": TODAY + timedelta(91)}, {"bpjs_code": "03010402"}, {"active": False, "satusehat_id": None},
        {"kind": "tpmd", "bpjs_code": "0001U001", "registration": None},
    ],
)  # fmt: skip
def test_what_is_not_wrong(more: Any) -> None:
    assert _told([_row(**more)]) == []


def test_numbers_of_two_active_facilities_are_told_at_both() -> None:
    rows = [_row("A1", licence="503/X"), _row("A2", licence="503/x"), _row("A3", licence="503/X", active=False)]
    assert [(m.facility, m.what, m.other) for m in _told(rows)] == [("A1", "shared", "A2"), ("A2", "shared", "A1")]


def test_a_place_far_from_its_kecamatans_others_is_astray() -> None:
    rows = [_row(f"K{n}", latitude=1.0 + n / 100, longitude=102.7) for n in range(5)]
    assert _told(rows) == []
    lost = _row("K9", latitude=1.0, longitude=103.1)
    (found,) = _told([*rows, lost])
    assert (found.facility, found.what) == ("K9", "astray")
    assert "45 km" in found.wrong.en
    assert _told([*rows[:3], lost]) == []  # too few to tell
    elsewhere = {**lost, "village": "1410031001"}
    assert _told([*rows, elsewhere]) == []


@pytest.mark.parametrize(
    ("other", "twice"),
    [
        ({"name": "KLINIK PRATAMA Harapan Ibu"}, True), ({"name": "Klinik Harapan Ibu 2"}, False),
        ({"name": "Klinik Pratama Harapan Ibu", "latitude": 1.02}, False),
        ({"name": "Klinik Pratama Harapan Ibu", "active": False}, False),
        ({"name": "Harapan Ibu", "kind": "klinik-utama"}, False),
    ],
)  # fmt: skip
def test_one_name_twice_and_near_is_a_duplicate(other: Any, twice: bool) -> None:
    place = {"latitude": 1.0, "longitude": 102.7}
    rows = [_row("A1", name="Klinik Harapan Ibu", **place), _row("A2", **{**place, **other})]
    assert [m.facility for m in _told(rows) if m.what == "duplicate"] == (["A1", "A2"] if twice else [])
