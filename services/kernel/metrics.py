"""Prometheus metrics. Labels are names of routes and feeds, never of people."""

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, Histogram, generate_latest

REQUESTS = Histogram(
    "simpul_request_seconds",
    "Lama permintaan (request duration)",
    ["service", "method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
SEALED = Counter("simpul_sealed_total", "Peristiwa yang diberi posisi (rows sealed)", ["service", "log"])
FOLLOWED = Gauge(
    "simpul_follower_position", "Posisi terakhir yang diterapkan (position applied)", ["service", "source"]
)
BEHIND = Gauge("simpul_follower_behind", "Peristiwa yang belum diterapkan (events behind)", ["service", "source"])
PARKED = Gauge("simpul_parked_persons", "Orang yang peristiwanya tertahan (parked persons)", ["service", "source"])
FAILED = Counter("simpul_failures_total", "Kegagalan latar (background failures)", ["service", "where"])

VERBS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Any other verb is the caller's own word, which no label may hold."""

_children: dict[tuple[str, str, str, int], Histogram] = {}


def observe(service: str, method: str, route: str, status: int, seconds: float) -> None:
    """Count one request; label children are cached because looking them up costs more than observing."""
    key = (service, method if method in VERBS else "-", route, status)
    child = _children.get(key)
    if child is None:
        child = _children[key] = REQUESTS.labels(service, key[1], route, str(status))
    child.observe(seconds)


def exposition() -> tuple[bytes, str]:
    """The metrics page and its content type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
