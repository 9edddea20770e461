"""Prometheus metrics. Labels are names of routes and feeds, never of people."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, Metric, generate_latest
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector


class Requests(Collector):
    """The durations of requests as a histogram. The library's own locks every bucket, which costs more than counting
    does here, where one thread counts."""

    BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
    LABELS = ("service", "method", "route", "status")

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str, str, int], list[float]] = {}

    def observe(self, key: tuple[str, str, str, int], seconds: float) -> None:
        """Count one request under its labels."""
        counts = self._seen.get(key)
        if counts is None:
            counts = self._seen[key] = [0.0] * (len(self.BOUNDS) + 2)
        counts[bisect_left(self.BOUNDS, seconds)] += 1
        counts[-1] += seconds

    def collect(self) -> Iterator[Metric]:
        """The histogram as it stands (called by the library)."""
        family = HistogramMetricFamily(
            "simpul_request_seconds", "Lama permintaan (request duration)", labels=self.LABELS
        )
        for (service, method, route, status), (*counts, total) in self._seen.items():
            bounds = [*map(str, self.BOUNDS), "+Inf"]
            buckets = list(zip(bounds, accumulate(counts), strict=True))
            family.add_metric([service, method, route, str(status)], buckets, total)
        yield family


REQUESTS = Requests()
REGISTRY.register(REQUESTS)
SEALED = Counter("simpul_sealed_total", "Peristiwa yang diberi posisi (rows sealed)", ["service", "log"])
FOLLOWED = Gauge(
    "simpul_follower_position", "Posisi terakhir yang diterapkan (position applied)", ["service", "source"]
)
BEHIND = Gauge("simpul_follower_behind", "Peristiwa yang belum diterapkan (events behind)", ["service", "source"])
PARKED = Gauge("simpul_parked_persons", "Orang yang peristiwanya tertahan (parked persons)", ["service", "source"])
FAILED = Counter("simpul_failures_total", "Kegagalan latar (background failures)", ["service", "where"])

VERBS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Any other verb is the caller's own word, which no label may hold."""


def observe(service: str, method: str, route: str, status: int, seconds: float) -> None:
    """Count one request."""
    REQUESTS.observe((service, method if method in VERBS else "-", route, status), seconds)


def exposition() -> tuple[bytes, str]:
    """The metrics page and its content type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
