"""What a line must have, where it may lead, and what its refusals mean to people."""

import pytest

from services.coverage.bpjs.outcomes import OF_THE_LINE, Because
from services.coverage.bpjs.wire import BpjsService
from services.coverage.rules.bpjs_words import words
from services.coverage.rules.lines import HOLDING, astray, ill_formed, missing, needed
from services.coverage.settings import CoverageSettings
from services.coverage.simulator.settings import SimulatorSettings

OURS = ["http://jkn-simulator/pcare-rest", None]


@pytest.mark.parametrize(
    "address",
    [
        "https://apijkn.bpjs-kesehatan.go.id/pcare-rest", "https://new-apijkn.bpjs-kesehatan.go.id:443/x",
        "http://jkn-simulator/vclaim-rest",
    ],
)  # fmt: skip
def test_a_line_leads_to_bpjs_or_where_the_installation_goes(address: str) -> None:
    assert not astray(address, OURS)


@pytest.mark.parametrize(
    "address",
    [
        "http://apijkn.bpjs-kesehatan.go.id/pcare-rest", "https://bpjs-kesehatan.go.id.evil.id/x", "ftp://jkn-simulator/x",
        "https://evilbpjs-kesehatan.go.id/x", "https://u:p@apijkn.bpjs-kesehatan.go.id/x", "http://127.0.0.1:5432/",
        "https://apijkn.bpjs-kesehatan.go.id/x?a=1", "https://apijkn.bpjs-kesehatan.go.id/x#a", "http://jkn-simulator:99/x",
        "https://apijkn.bpjs-kesehatan.go.id:99999/x", "https://apijkn.bpjs-kesehatan.go.id:8443/x", "pcare-rest", "",
    ],
)  # fmt: skip
def test_nobody_can_lead_numbers_elsewhere(address: str) -> None:
    assert astray(address, OURS)


@pytest.mark.parametrize(
    "address",
    [
        "http://apijkn.bpjs-kesehatan.go.id/pcare-rest", "https://evil.id\\.bpjs-kesehatan.go.id/x",
        "https://apijkn.bpjs-kesehatan.go.id\t/x", "https://apijkn.bpjs-kesehatan.go.id/x\n",
        "https://evil.id%2f.bpjs-kesehatan.go.id/x", "https://evil\u2100.bpjs-kesehatan.go.id/x",
        "https://apijkn.bpjs-kesehatan.go.id/x?", "https://apijkn.bpjs-kesehatan.go.id/x y",
    ],
)  # fmt: skip
def test_not_by_a_weaker_scheme_nor_by_what_readers_part_differently(address: str) -> None:
    assert astray(address, ["https://apijkn.bpjs-kesehatan.go.id/pcare-rest"])


def test_each_service_needs_what_it_signs_with() -> None:
    assert "password" in needed(BpjsService.PCARE) and "password" in needed(BpjsService.SRBK)
    assert "password" not in needed(BpjsService.VCLAIM)
    assert [f.pointer for f in missing(BpjsService.VCLAIM, ["cons_id", "secret"])] == ["/user_key"]


@pytest.mark.parametrize("value", ["a\r\nX-evil: 1", " a", "a\t", "sandi\u00e9", "\x00"])
def test_what_no_header_can_carry_is_refused(value: str) -> None:
    assert [f.pointer for f in ill_formed({"password": value, "secret": "fine"})] == ["/password"]


def test_a_colon_would_end_a_user_name() -> None:
    assert [f.pointer for f in ill_formed({"username": "a:b", "password": "a:b"})] == ["/username"]


@pytest.mark.parametrize("because", Because)
def test_every_reason_has_its_words_in_both_languages(because: Because) -> None:
    said = words(because)
    assert said.id.endswith(".") and said.en.endswith(".") and said.id != said.en


@pytest.mark.parametrize("because", [Because.CONNECTION, Because.TIMEOUT])
def test_a_caller_outside_the_whitelist_is_told_where_to_look(because: Because) -> None:
    assert "alamat IP yang didaftarkan" in words(because).id and "SIMPUL_BPJS_PROXY" in words(because).id


def test_both_meanings_of_not_registered_are_said() -> None:
    said = words(Because.ENTITLEMENT).id
    assert "belum berhak" in said and "alamatnya salah" in said


def test_our_own_clock_holds_no_line() -> None:
    assert {Because.CLOCK, Because.ENTITLEMENT} == OF_THE_LINE - HOLDING


@pytest.mark.parametrize(
    ("pcare", "service", "expected"),
    [
        ("https://a.id/pcare-rest", "vclaim", "https://a.id/vclaim-rest"),
        ("https://a.id/pcare-rest/", "antrean", "https://a.id/antreanfktp"),
        ("https://a.id/pcare-rest-dev", "icare", "https://a.id/ihs_dev"),
        ("https://a.id/pcare-rest", "icare", "https://a.id/wsihs"),
        ("https://a.id/pcare-rest", "srbk", None),
        ("https://a.id/other", "vclaim", None),
        ("http://jkn-simulator/pcare-rest", "srbk", "http://jkn-simulator/pcare-sisrute-rest/api/v1.0"),
    ],
)
def test_each_service_has_a_base_address_of_its_own(pcare: str, service: str, expected: str | None) -> None:
    settings = CoverageSettings(bpjs_url=pcare)
    assert settings.address(BpjsService(service)) == expected
    given = CoverageSettings(bpjs_url=pcare, **{f"bpjs_{service}_url": "https://b.id/x"})  # type: ignore[arg-type]
    assert given.address(BpjsService(service)) == "https://b.id/x"


def test_the_simulators_sign_in_is_never_used_at_bpjs() -> None:
    real = CoverageSettings(bpjs_url="https://apijkn.bpjs-kesehatan.go.id/pcare-rest")
    assert real.login() is None and real.simulated_login("9914P001") is None
    assert CoverageSettings().simulated_login("9914P001") == SimulatorSettings().login("9914P001")
