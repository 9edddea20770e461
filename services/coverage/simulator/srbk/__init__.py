"""The simulated pilot path of 2026 (`pcare-sisrute-rest`): referrals by competency, made by BPJS in SATUSEHAT."""

from services.coverage.simulator.srbk import criteria, facilities, visits
from services.coverage.simulator.srbk.service import SRBK

__all__ = ["SRBK", "criteria", "facilities", "visits"]
