"""The simulated VClaim (hospital side), an aggregate a module; importing them declares their addresses."""

from services.coverage.simulator.vclaim import monitoring, peserta, prb, rujukan, rujukan_rs, sep
from services.coverage.simulator.vclaim.service import VCLAIM

__all__ = ["VCLAIM", "monitoring", "peserta", "prb", "rujukan", "rujukan_rs", "sep"]
