"""What a new referral may look like."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.referrals.contract import NewReferral

GOOD: dict[str, Any] = {
    "patient": {"nik": "1410014107900001"},
    "to_facility": "P1410010101",
    "kind": "horizontal",
    "diagnosis": "O13",
    "reason": "Tekanan darah 150/95 pada kehamilan 32 minggu",
}


def wrong(**changes: Any) -> list[str]:
    body = {k: v for k, v in (GOOD | changes).items() if v is not None}
    with pytest.raises(ValidationError) as found:
        NewReferral.model_validate(body)
    return [".".join(str(p) for p in e["loc"]) for e in found.value.errors()]


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"tacc": {"code": 1, "reason": ">= 7 Hari"}},
        {"tacc": {"code": 2, "reason": "< 1 Bulan"}},
        {"tacc": {"code": 3, "reason": "O14.1 - Preeklampsia"}},
        {"criterion": {"kind": "procedure", "code": "88.78"}},
        {"criterion": {"kind": "workup"}},
        {"diagnosis": "O14.1", "urgency": "emergency", "sbar": {"situation": "Kejang satu kali"}},
    ],
)
def test_good(extra: dict[str, Any]) -> None:
    NewReferral.model_validate(GOOD | extra)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"patient": {"nik": "141001410790000"}}, ["patient.nik"]),
        ({"person_id": "0190a3f0-0000-7000-8000-000000000001"}, [""]),
        ({"patient": None}, [""]),
        ({"diagnosis": "hipertensi"}, ["diagnosis"]),
        ({"kind": "sideways"}, ["kind"]),
        ({"reason": "  "}, ["reason"]),
        ({"reason": None}, ["reason"]),
        ({"name": "Siti"}, ["name"]),
        ({"criterion": {"kind": "procedure"}}, ["criterion"]),
        ({"criterion": {"kind": "therapy", "code": "88.78"}}, ["criterion"]),
        ({"tacc": {"code": 1, "reason": "lama"}}, ["tacc"]),
        ({"tacc": {"code": 3, "reason": "preeklampsia"}}, ["tacc"]),
        ({"tacc": {"code": 5, "reason": "lain"}}, ["tacc.code"]),
        ({"encounter": "bukan id"}, ["encounter"]),
    ],
)
def test_wrong(changes: dict[str, Any], where: list[str]) -> None:
    assert wrong(**changes) == where
