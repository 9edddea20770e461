"""The pilot path as a service: PCare's headers, dates dd-MM-yyyy, codes as numbers, HTTP status as the code."""

from services.coverage.simulator.door import Service

_NAMES = ("pcare-sisrute-rest", "pcare-sisrute-rest-dev")
SRBK = Service("srbk", tuple(n + v for v in ("/api/v1.0", "") for n in _NAMES), basic=True, status_follows=True)
