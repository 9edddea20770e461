"""What this service follows: the facilities, to know who is asking and where a member is registered; of
records, who has become one person with whom."""

from services.coverage.queries import members, network
from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.service import Service
from services.records.contract import MERGE

FACILITY = "facility"


async def apply(_: Service, tx: Tx, events: list[Event]) -> None:
    """Apply the facility events of a batch; areas and catchments do not concern us."""
    await network.follow_facilities(
        tx,
        [
            (
                e.subject,
                e.version,
                e.data.get("name") or e.subject,
                e.data.get("bpjs_code"),
                e.kind != "deleted" and bool(e.data.get("active", True)),
                e.data.get("kind"),
            )
            for e in events
            if e.type == FACILITY
        ],
    )


async def records(_: Service, tx: Tx, events: list[Event]) -> None:
    """Who has become one person, or two again. Of several words on one person the last holds."""
    last = {e.data["other"]: e for e in events if e.type == MERGE}
    standing = [(other, e.data["survivor"]) for other, e in last.items() if e.kind == "created"]
    await members.follow_merges(tx, standing, [other for other, e in last.items() if e.kind == "deleted"])
