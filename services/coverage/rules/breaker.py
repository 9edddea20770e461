"""A breaker for one address of BPJS: when nobody gets an answer there, few ask, and less and less often."""

from dataclasses import dataclass

OPENS_AFTER = 3
"""Outages in a row, of whichever facility, without one answer between."""


@dataclass(slots=True)
class Breaker:
    """Closed: all may ask. Open: nobody, until `until`; then one asks for all, and its answer decides.

    Refusals are answers. Times are of one clock, in seconds.
    """

    first: float
    longest: float
    outages: int = 0
    until: float = 0.0
    probing: bool = False

    @property
    def open(self) -> bool:
        """Whether it keeps anybody from asking."""
        return self.outages >= OPENS_AFTER

    def enter(self, now: float) -> bool:
        """Whether one may ask now. Who asks while it is open is the probe, until `answered`, `failed` or `leave`."""
        if not self.open:
            return True
        if self.probing or now < self.until:
            return False
        self.probing = True
        return True

    def leave(self) -> None:
        """The probe went without having asked."""
        self.probing = False

    def answered(self) -> bool:
        """BPJS answered; whether that ended an outage."""
        ended, self.outages, self.probing = self.open, 0, False
        return ended

    def failed(self, now: float, draw: float) -> None:
        """No answer; `draw` (0 to 1) spreads the probes of several processes."""
        self.outages, self.probing = self.outages + 1, False
        pause = min(self.longest, self.first * 2.0 ** min(max(self.outages - OPENS_AFTER, 0), 30))
        self.until = now + pause * (0.5 + draw / 2)
