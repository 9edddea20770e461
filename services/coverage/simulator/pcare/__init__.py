"""The simulated PCare, an aggregate a module; importing them declares their addresses."""

from services.coverage.simulator.pcare import kunjungan, pendaftaran, peserta, rujukan
from services.coverage.simulator.pcare.service import PCARE

__all__ = ["PCARE", "kunjungan", "pendaftaran", "peserta", "rujukan"]
