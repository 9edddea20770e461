"""What makes a record implausible, and when a sender's clock is wrong. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

ClockState = Literal["ahead", "behind", "in-order", "too-few"]
MOST_HOURS = 48


@dataclass(frozen=True, slots=True)
class Suspicion:
    """standards/plausibility.toml: when a clock is suspected, and what counts as the future."""

    hours_off: int
    within: timedelta
    days: int
    least: int
    share: float
    tolerance: timedelta

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Suspicion":
        """From the file."""
        clock = data["clock"]
        return cls(
            int(clock["hours_off"]), timedelta(minutes=clock["within_minutes"]), int(clock["days"]),
            int(clock["least"]), float(clock["share"]), timedelta(minutes=data["future"]["tolerance_minutes"]),
        )  # fmt: skip

    def ahead(self, said: date, at: datetime | None, received: datetime, today: date | None) -> str | None:
        """Why a date is too late: `clock` (just the zone's distance ahead), `future`, or not at all.

        `received` is local; `today` replaces it when the day is set (demos, tests).
        """
        if at is not None and abs(at - received - timedelta(hours=self.hours_off)) <= self.within:
            return "clock"
        if today is not None:
            return "future" if said > today else None
        late = at > received + self.tolerance if at is not None else said > received.date()
        return "future" if late else None

    def lag(self, at: datetime, received: datetime) -> int:
        """Whole hours from what was said to receipt (negative: ahead); those far off together at the ends."""
        hours = round((received - at) / timedelta(hours=1))
        return max(-MOST_HOURS, min(MOST_HOURS, hours))

    def judged(self, lags: Mapping[int, int]) -> ClockState:
        """A sender's clock, by how many of its timed records came so many hours after the time they state. What was
        entered days later (a backlog, a bulk load) says nothing of a clock and does not dilute what does."""
        lags = prompt(lags)
        total = sum(lags.values())
        for state, lag in (("ahead", -self.hours_off), ("behind", self.hours_off)):
            if total >= self.least and lags.get(lag, 0) >= self.share * total:
                return state  # type: ignore[return-value]
        return "in-order" if total >= self.least else "too-few"


def prompt(lags: Mapping[int, int]) -> dict[int, int]:
    """The lags of what came within two days of the time it states."""
    return {hours: records for hours, records in lags.items() if hours < MOST_HOURS}


TRUSTING = Suspicion(7, timedelta(minutes=30), 30, 5, 0.5, timedelta(minutes=10))
"""As the file of this folder says when nobody has changed it."""
LIMITED = ("weight_for_age", "height_for_age", "weight_for_height")


def unbelieved(scores: Mapping[str, float | None], limits: Mapping[str, tuple[float, float]], sex: str) -> list[str]:
    """Why a measurement is not believed: by index, `<index>:outside-tables` or `<index>:implausible`; or the sex."""
    if sex not in ("male", "female"):
        return ["sex-unknown"]
    found = list[str]()
    for name in LIMITED:
        score = scores[name]
        if score is None:
            found.append(f"{name}:outside-tables")
        elif not limits[name][0] <= float(score) <= limits[name][1]:
            found.append(f"{name}:implausible")
    return found
