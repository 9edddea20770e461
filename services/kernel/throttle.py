"""Failed attempts slow the next ones down: after a few misses a key waits until its window is over."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Throttle:
    """Counts misses per key within a window. Kept in memory: small, and forgotten at a restart."""

    misses: int = 5
    window: float = 60.0
    room: int = 10_000
    _seen: dict[tuple[str, str], tuple[int, float]] = field(default_factory=dict)

    def wait(self, key: tuple[str, str], now: float) -> int:
        """Whole seconds until `key` may try again; 0 when it may now."""
        count, until = self._seen.get(key, (0, 0.0))
        return int(until - now) + 1 if count >= self.misses and now < until else 0

    def miss(self, key: tuple[str, str], now: float) -> None:
        """Count a failed attempt; the window begins with the first."""
        count, until = self._seen.get(key, (0, 0.0))
        if now >= until:
            count, until = 0, now + self.window
        if key not in self._seen and len(self._seen) >= self.room:
            self._forget(now)
        self._seen[key] = (count + 1, until)

    def hit(self, key: tuple[str, str]) -> None:
        """A successful sign-in clears the count."""
        self._seen.pop(key, None)

    def _forget(self, now: float) -> None:
        self._seen = {k: v for k, v in self._seen.items() if now < v[1]}
        while len(self._seen) >= self.room:
            self._seen.pop(next(iter(self._seen)))
