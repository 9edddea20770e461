"""VClaim as a service: dates yyyy-MM-dd, codes as text, refusals 201, HTTP 200 whatever the envelope says."""

from services.coverage.simulator.door import Service

VCLAIM = Service("vclaim", ("vclaim-rest", "vclaim-rest-dev"), text_code=True)
