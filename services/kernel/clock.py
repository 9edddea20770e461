"""The clock is a setting: tests and demos choose "today" (SIMPUL_TODAY); otherwise it is the wall clock."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Clock:
    """`zone` is the local zone of clinical days; `fixed` replaces today's date, the time of day runs on."""

    zone: ZoneInfo
    fixed: date | None = None

    def now(self) -> datetime:
        """This moment in UTC (on the fixed day, when one is set)."""
        real = datetime.now(UTC)
        if self.fixed is None:
            return real
        local = real.astimezone(self.zone)
        return datetime.combine(self.fixed, local.timetz()).astimezone(UTC)

    def today(self) -> date:
        """Today's date in the local zone."""
        return self.fixed or datetime.now(self.zone).date()
