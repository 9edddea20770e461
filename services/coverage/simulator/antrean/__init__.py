"""The simulated Antrean FKTP, the side BPJS provides. Mobile JKN, which calls facilities, is in `mobile`."""

from services.coverage.simulator.antrean import references, tickets
from services.coverage.simulator.antrean.service import ANTREAN

__all__ = ["ANTREAN", "references", "tickets"]
