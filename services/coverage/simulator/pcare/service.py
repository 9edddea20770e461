"""PCare as a service: dates dd-MM-yyyy, codes as numbers, and the HTTP status follows the code."""

from services.coverage.simulator.door import Service

PCARE = Service("pcare", ("pcare-rest", "pcare-rest-dev"), basic=True, status_follows=True)
