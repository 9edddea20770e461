"""The simulated PCare, an aggregate a module; importing them declares their addresses."""

from services.coverage.simulator.pcare import peserta
from services.coverage.simulator.pcare.service import PCARE

__all__ = ["PCARE", "peserta"]
