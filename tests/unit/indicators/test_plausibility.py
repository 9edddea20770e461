"""What is too late to be true, when a clock is wrong, why a measurement is not believed."""

import tomllib
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.indicators.reading.concepts import HERE
from services.indicators.rules.plausibility import TRUSTING, Suspicion, unbelieved

JAKARTA = ZoneInfo("Asia/Jakarta")
RECEIVED = datetime(2026, 11, 21, 10, 0, tzinfo=JAKARTA)


@pytest.mark.parametrize(
    ("minutes", "reason"),
    [(-60, None), (10, None), (11, "future"), (389, "future"), (390, "clock"), (420, "clock"), (450, "clock"),
     (451, "future")],
)  # fmt: skip
def test_a_moment_ahead(minutes: int, reason: str | None) -> None:
    at = RECEIVED + timedelta(minutes=minutes)
    assert TRUSTING.ahead(at.date(), at, RECEIVED, None) == reason


@pytest.mark.parametrize(("day", "reason"), [(date(2026, 11, 21), None), (date(2026, 11, 22), "future")])
def test_a_day_ahead(day: date, reason: str | None) -> None:
    assert TRUSTING.ahead(day, None, RECEIVED, None) == reason
    assert TRUSTING.ahead(day, None, RECEIVED + timedelta(days=90), date(2026, 11, 21)) == reason, "a day that was set"


@pytest.mark.parametrize(
    ("lags", "state"),
    [({}, "too-few"), ({-7: 4}, "too-few"), ({-7: 5}, "ahead"), ({7: 3, 0: 3}, "behind"), ({7: 2, 0: 3}, "in-order"),
     ({0: 90, -7: 9}, "in-order"), ({48: 500, 7: 45, 0: 3}, "behind"), ({48: 500}, "too-few")],
)  # fmt: skip
def test_a_clock_by_its_lags(lags: dict[int, int], state: str) -> None:
    assert TRUSTING.judged(lags) == state


@pytest.mark.parametrize(("hours", "lag"), [(-7, -7), (6.6, 7), (0.2, 0), (9000, 48), (-9000, -48)])
def test_lags_are_whole_hours(hours: float, lag: int) -> None:
    assert TRUSTING.lag(RECEIVED - timedelta(hours=hours), RECEIVED) == lag


def test_our_file_says_what_is_trusted_without_it() -> None:
    assert Suspicion.of(tomllib.loads((HERE / "plausibility.toml").read_text())) == TRUSTING


def test_why_a_measurement_is_not_believed() -> None:
    limits = {"weight_for_age": (-6.0, 5.0), "height_for_age": (-6.0, 6.0), "weight_for_height": (-5.0, 5.0)}
    scores = {"weight_for_age": 5.01, "height_for_age": -6.0, "weight_for_height": None}
    why = ["weight_for_age:implausible", "weight_for_height:outside-tables"]
    assert unbelieved(scores, limits, "female") == why and unbelieved(scores, limits, "unknown") == ["sex-unknown"]
