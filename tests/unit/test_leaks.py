"""The search for secrets and numbers in what tests print and log finds what it is for."""

import logging
from pathlib import Path
from typing import Any

import pytest

from services.coverage.simulator.settings import SimulatorSettings
from tests.leaks import LISTENER, found_in, in_file, pytest_runtest_makereport

LOGIN = SimulatorSettings().login("9914P001")
NIK, CARD = "1410014107900001", "0577535571856"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (f"GET /peserta/nik/{NIK}", "a NIK"), (f"noka={CARD}", "a card number"), (LOGIN.secret, "a secret"),
        (LOGIN.password, "a secret"), (LOGIN.user_key, "a secret"), ("my-planted-word", "a secret"),
        (LOGIN.headers("1700000000")["X-authorization"], "a secret"),
    ],
)  # fmt: skip
def test_what_is_planted_is_found(said: str, kind: str) -> None:
    assert found_in(f"{{'error': '{said}'}}") == kind


@pytest.mark.parametrize(
    "said",
    ["1700000000000", "1700000000", "14100000-0001-8000-a000-000000000000", "1410010000000000", "position 12", "a" * 64,
     "0190a3f0-0000-7000-8000-000000000001", "12.0123456789012", "bpjs gave no answer"],
)  # fmt: skip
def test_what_is_no_number_of_a_person_is_not(said: str) -> None:
    assert found_in(said) is None


@pytest.mark.says_numbers
def test_every_way_into_a_record_is_heard() -> None:
    log = logging.getLogger("tests.leaks.own")
    before = len(LISTENER.heard)
    log.warning("asked %s", NIK)
    log.warning("asked", extra={"path": f"/peserta/{NIK}"})
    try:
        raise ValueError(NIK)
    except ValueError:
        log.exception("failed")
    log.warning("asked")
    assert len(LISTENER.heard) == before + 3
    assert not any(NIK in heard for heard in LISTENER.heard)


class Item:
    """As much of a test as the hook looks at."""

    def __init__(self, printed: str, marker: str | None = None) -> None:
        self._report_sections, self._marker = [("call", "stdout", printed)], marker

    def get_closest_marker(self, name: str) -> str | None:
        """Its marker, when it has this one."""
        return self._marker if self._marker == name else None


def reported(item: Item) -> pytest.TestReport:
    report = pytest.TestReport("a::test", ("a", 1, "test"), {}, "passed", None, "call")
    hook: Any = pytest_runtest_makereport(item)  # type: ignore[arg-type]
    next(hook)
    with pytest.raises(StopIteration) as done:
        hook.send(report)
    assert done.value.value is report
    return report


@pytest.mark.says_numbers
def test_a_test_that_lets_something_out_fails() -> None:
    heard = list(LISTENER.heard)
    LISTENER.heard.clear()
    assert reported(Item("nothing")).passed
    printed = reported(Item(f"noka={CARD}"))
    assert printed.failed and printed.longrepr == "let out: a card number in its stdout"
    assert reported(Item(CARD, "says_numbers")).passed
    logging.getLogger("tests.leaks.own").warning("asked %s", NIK)
    logged = reported(Item("nothing"))
    assert logged.failed and "a NIK in a record of tests.leaks.own" in str(logged.longrepr)
    assert reported(Item("nothing")).passed
    LISTENER.heard.extend(heard)


def test_a_log_file_is_searched(tmp_path: Path) -> None:
    log = tmp_path / "simpul.log"
    assert in_file(log) is None
    log.write_text(f"fine\nasked {CARD}\n")
    assert in_file(log) == "a card number in simpul.log, line 2"
