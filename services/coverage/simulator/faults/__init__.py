"""The moods of BPJS, to be played on purpose.

`menu` says what there is (texts in `menu.toml`), `plays` what is being played and whom it strikes, `strikes` what a
stricken request gets, `line` how a connection is broken off.

The door asks `world.strike(Call(...))` once and passes the moments of `strikes` in order: before the work, after it,
in the answer. They do nothing for a request that is not stricken.
"""

from services.coverage.simulator.faults.menu import Fault, Moment
from services.coverage.simulator.faults.plays import NOBODY, Call, Play, Plays, Struck

__all__ = ["NOBODY", "Call", "Fault", "Moment", "Play", "Plays", "Struck"]
