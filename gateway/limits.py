"""Limits at the door: how often one client may ask."""

import time
from collections.abc import Callable


class Rate:
    """GCRA: per client one number, the time until which its allowance is spent. Not shared between processes."""

    ROOM = 50_000

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._step = 1 / per_second
        self._slack = self._step * max(burst - 1, 0)
        self._clock = clock
        self._spent: dict[object, float] = {}

    def wait(self, client: object) -> float:
        """0 when the client may pass now (and the pass is counted), else the seconds until it may."""
        now = self._clock()
        spent = self._spent.get(client, now)
        over = spent - now - self._slack
        if over > 0:
            return over
        if len(self._spent) >= self.ROOM:
            self._forget(now)
        self._spent[client] = (spent if spent > now else now) + self._step
        return 0.0

    def _forget(self, now: float) -> None:
        """Drop the clients whose allowance is whole again; when that is nobody, all."""
        self._spent = {c: t for c, t in self._spent.items() if t > now}
        if len(self._spent) >= self.ROOM:
            self._spent.clear()
