"""What a FHIR Consent decides, in the shapes it comes in."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.records.consents import Decision, decisions

NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)
TODAY = date(2026, 11, 22)
KNOWN = {"100000001": "KLINIK-A", "KLINIK-A": "KLINIK-A"}
ACCESS = [{"coding": [{"code": "access"}]}]


def consent(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Consent", "status": "active", "scope": {"coding": [{"code": "patient-privacy"}]}, **more}


def rule(code: str) -> dict[str, Any]:
    return {"policyRule": {"coding": [{"code": code}]}}


def actor(organization: str) -> dict[str, Any]:
    return {"reference": {"reference": f"Organization/{organization}"}}


def decided(body: dict[str, Any]) -> list[tuple[bool, str, str, date, date | None]]:
    found, faults = decisions(body, lambda code: KNOWN.get(code or ""), NOW)
    assert not faults, faults
    return [(d.permit, d.class_, d.facility, d.valid_from, d.valid_until) for d in found]


def test_in_and_out() -> None:
    assert decided(consent(**rule("OPTOUT"))) == [(False, "", "", TODAY, None)]
    assert decided(consent(**rule("OPTIN"))) == [(True, "", "", TODAY, None)]
    assert decided(consent(**rule("OPTOUT"), status="inactive")) == []
    assert decided(consent(**rule("OPTOUT"), scope={"coding": [{"code": "research"}]})) == []
    assert decided(consent()) == []


def test_the_official_example() -> None:
    """A base of OPTIN, and a nested permission to access everything, from a day on."""
    nested = {"type": "permit", "action": ACCESS, "class": [{"code": "Resource"}]}
    provision = {"period": {"start": "2022-06-30T15:02:33+07:00"}, "provision": [nested]}
    found = decided(consent(**rule("OPTIN"), dateTime="2016-06-23T17:02:33+10:00", provision=provision))
    assert found == [(True, "", "", date(2022, 6, 30), None)] * 2


def test_an_exception_to_a_base() -> None:
    provision = {"type": "permit", "actor": [actor("100000001")], "period": {"end": "2026-12-31"}}
    assert decided(consent(**rule("OPTOUT"), provision=provision)) == [
        (False, "", "", TODAY, date(2026, 12, 31)), (True, "", "KLINIK-A", TODAY, date(2026, 12, 31)),
    ]  # fmt: skip


def test_a_day_without_a_time_is_its_end_and_never_the_future() -> None:
    (said,), _ = decisions(consent(**rule("OPTIN"), dateTime="2026-11-22"), KNOWN.get, NOW)  # type: ignore[arg-type]
    assert said == Decision("", "", True, TODAY, None, NOW)


@pytest.mark.parametrize(
    ("provision", "where"),
    [
        ({"code": [{"text": "x"}]}, "Consent.provision.code"),
        ({"class": [{"code": "Observation"}]}, "Consent.provision.class"),
        ({"purpose": [{"code": "HRESCH"}]}, "Consent.provision.purpose"),
        ({"action": [{"coding": [{"code": "correct"}]}]}, "Consent.provision.action"),
        ({"securityLabel": [{"code": "XYZ"}]}, "Consent.provision.securityLabel"),
        ({"actor": [actor("999")]}, "Consent.provision.actor[0].reference"),
    ],
)
def test_what_cannot_be_enforced_is_named(provision: dict[str, Any], where: str) -> None:
    found, faults = decisions(consent(**rule("OPTOUT"), provision=provision), KNOWN.get, NOW)  # type: ignore[arg-type]
    assert [f.pointer for f in faults] == [where]
    assert found == []
