"""Antrean FKTP as a service: dates yyyy-MM-dd, `metadata` in small letters, refusals 201, HTTP 200."""

from services.coverage.simulator.door import Service

ANTREAN = Service("antrean", ("antreanfktp", "antreanfktp_dev"), meta="metadata")
