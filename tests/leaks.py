"""No secret and no person's number in what the whole test run prints and logs.

`tests/conftest.py` takes the hooks in: every log record of every test (as this process' own formatter prints it, and as
a careless one would), what a test wrote to its output, and the log files of the houses that system tests start are
searched. A find fails the test in which it was made, naming its kind and place, never what was found.

Planted, so that a find is no chance: the simulator's public sign-in, the secrets tests give lines, what a header makes
of any of them, and numbers shaped like those of the demo district's people.
"""

import base64
import logging
import re
from collections.abc import Generator
from pathlib import Path

import pytest

from services.coverage.simulator.settings import SimulatorSettings
from services.kernel.ids import nik_fault
from services.kernel.logs import JsonLines

PLANT = "-planted-"
"""What a test's own secret contains, so that it is searched for everywhere."""
_public = SimulatorSettings().login("9914P001")
_secrets = (_public.secret, _public.user_key, _public.password)
_account = base64.b64encode(f"{_public.username}:{_public.password}".encode()).decode()[:24]
SECRET = re.compile(
    "|".join([re.escape(s) for s in (*_secrets, _account)]) + rf"|\w+{PLANT}\w+|X-authorization.{{0,9}}Basic "
)
NIK = re.compile(r"(?<![\w.-])1410\d{12}(?![\w-])")
CARD = re.compile(r"(?<![\w.-])0\d{12}(?![\w-])")
ON_PURPOSE = "says_numbers"
"""Marker of a test whose own output has to hold such a number: it proves that something else takes it out."""


def found_in(text: str) -> str | None:
    """What kind of thing a text gives away, or None."""
    if SECRET.search(text):
        return "a secret"
    if any(nik_fault(m[0]) is None for m in NIK.finditer(text)):
        return "a NIK"
    return "a card number" if CARD.search(text) else None


def in_file(path: Path) -> str | None:
    """What kind of thing a log file gives away, and in which line, or None."""
    if not path.exists():
        return None
    with path.open(errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if kind := found_in(line):
                return f"{kind} in {path.name}, line {number}"
    return None


class Listener(logging.Handler):
    """Hears every record of this process. `heard` holds what the running test let out."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[str] = []
        self._ours = JsonLines()

    def emit(self, record: logging.LogRecord) -> None:
        """Look at one record: message with its arguments, extras, exception."""
        try:
            text = f"{record.getMessage()} {self._ours.format(record)}"
        except Exception:
            text = f"{record.msg} {record.args}"
        if record.exc_info and record.exc_info[1] is not None:
            text += repr(record.exc_info[1])
        if kind := found_in(text + repr(_extras(record))):
            self.heard.append(
                f"{kind} in a record of {record.name} ({record.pathname.rsplit('/', 1)[-1]}:{record.lineno})"
            )


_PLAIN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def _extras(record: logging.LogRecord) -> dict[str, object]:
    return {k: v for k, v in record.__dict__.items() if k not in _PLAIN}


LISTENER = Listener()


def pytest_configure(config: pytest.Config) -> None:
    """Listen from the first import to the last teardown, at the level the services log at."""
    config.addinivalue_line("markers", f"{ON_PURPOSE}: its own output has to hold a number (tests/leaks.py)")
    for ours in ("services", "gateway", "deploy"):
        logging.getLogger(ours).setLevel(logging.INFO)
    _listen()


def _listen() -> None:
    logging.getLogger().addHandler(LISTENER)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Listen again: a test that configures logging takes every other handler off (`basicConfig(force=True)`)."""
    _listen()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail the phase of a test in which something was let out."""
    report = yield
    let_out, LISTENER.heard = LISTENER.heard, []
    for when, stream, text in item._report_sections:
        if when == report.when and stream in ("stdout", "stderr") and (kind := found_in(text)):
            let_out.append(f"{kind} in its {stream}")
    if let_out and report.passed and item.get_closest_marker(ON_PURPOSE) is None:
        report.outcome = "failed"
        report.longrepr = "let out: " + "; ".join(dict.fromkeys(let_out))
    return report
