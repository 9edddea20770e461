"""Who is due, late or lost, and how long an outcome keeps somebody off the list: the pure rules, at their edges."""

from datetime import date
from pathlib import Path

import pytest

from services.indicators.contract.outcomes import OutcomeKind, OutcomeState
from services.indicators.contract.worklists import LineState
from services.indicators.reading.concepts import HERE
from services.indicators.reading.faults import BadFile
from services.indicators.rules import outcomes, policies, worklists
from services.indicators.rules.worklists import Policy, Thing, months_before, state

DAY = date(2026, 11, 21)
(RULE,) = policies.load(HERE / "worklists.toml", "worklist", Policy)


def bp(month: str, since: date, until: date) -> Thing:
    return Thing("spm-08.x", "u", f"bp:{month}", since, until)


OCTOBER = bp("2026-10", date(2026, 10, 1), date(2026, 10, 31))
SEPTEMBER = bp("2026-09", date(2026, 9, 1), date(2026, 9, 30))
AUGUST = bp("2026-08", date(2026, 8, 1), date(2026, 8, 31))
NOW = Thing("spm-08.x", "u", "education", date(2026, 1, 1), date(2026, 12, 31))
LATER = Thing("spm-01.x", "u", "contact_t3", date(2026, 12, 1), date(2027, 2, 1))
YEARLY = Thing("spm-06.x", "u", "waist", date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("things", "last", "wanted"),
    [
        ([], DAY, None),
        ([LATER], DAY, None),
        ([NOW], DAY, LineState.DUE),
        ([NOW], date(2026, 8, 21), LineState.DUE),
        ([NOW], date(2026, 8, 20), LineState.LOST),
        ([NOW], None, LineState.LOST),
        ([YEARLY], None, LineState.DUE),
        ([OCTOBER], None, LineState.LATE),
        ([OCTOBER, NOW], DAY, LineState.LATE),
        ([OCTOBER, AUGUST], DAY, LineState.LATE),
        ([OCTOBER, SEPTEMBER], DAY, LineState.LOST),
    ],
)
def test_how_a_person_stands(things: list[Thing], last: date | None, wanted: LineState | None) -> None:
    assert state(things, DAY, last, RULE) == wanted


def test_the_last_day_of_a_window_is_open() -> None:
    assert NOW.open(date(2026, 12, 31)) and NOW.overdue(date(2027, 1, 1)) and LATER.open(date(2026, 12, 1))
    assert not LATER.open(date(2026, 11, 30))


@pytest.mark.parametrize(
    ("day", "months", "wanted"),
    [
        (date(2026, 5, 31), 3, date(2026, 2, 28)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 1, 1), 2, date(2025, 11, 1)),
        (date(2024, 3, 29), 1, date(2024, 2, 29)),
    ],
)
def test_months_before(day: date, months: int, wanted: date) -> None:
    assert months_before(day, months) == wanted


def test_how_long_an_outcome_rests() -> None:
    assert outcomes.rest_until(OutcomeKind.REACHED, DAY, None, RULE) == date(2026, 12, 5)
    assert outcomes.rest_until(OutcomeKind.REACHED, DAY, date(2026, 11, 24), RULE) == date(2026, 11, 24)
    assert outcomes.rest_until(OutcomeKind.REFUSED, DAY, None, RULE) == date(2027, 2, 19)
    assert outcomes.rest_until(OutcomeKind.DIED, DAY, None, RULE) is None
    resting = lambda day: outcomes.stands(OutcomeKind.REACHED, date(2026, 12, 5), None, False, day)  # noqa: E731
    assert (resting(date(2026, 12, 5)), resting(date(2026, 12, 6))) == (OutcomeState.RESTING, OutcomeState.OVER)
    claim = lambda verdict, fulfilled: outcomes.stands(OutcomeKind.MOVED, None, verdict, fulfilled, DAY)  # noqa: E731
    assert claim(None, False) is OutcomeState.CLAIMED
    assert claim(None, True) is OutcomeState.CORRECTED
    assert claim("rejected", False) is OutcomeState.REJECTED


def test_a_rule_is_dated_and_checked(tmp_path: Path) -> None:
    assert worklists.Policy in type(RULE).__mro__
    text = (HERE / "worklists.toml").read_text()
    later = text.replace("2020-01-01", "2027-01-01").replace("missed_months = 2", "missed_months = 3")
    file = tmp_path / "worklists.toml"
    file.write_text(text + later)
    rules = policies.load(file, "worklist", Policy)
    assert [policies.on(rules, d).missed_months for d in (DAY, date(2027, 1, 1))] == [2, 3]
    file.write_text(text.replace("missed_months = 2", "missed_months = 0"))
    with pytest.raises(BadFile):
        policies.load(file, "worklist", Policy)
