"""What this service follows: the facilities, to know who is asking and where a member is registered."""

from services.coverage import queries
from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.service import Service

FACILITY = "facility"


async def apply(_: Service, tx: Tx, events: list[Event]) -> None:
    """Apply the facility events of a batch; areas and catchments do not concern us."""
    await queries.follow_facilities(
        tx,
        [
            (
                e.subject,
                e.version,
                e.data.get("name") or e.subject,
                e.data.get("bpjs_code"),
                e.kind != "deleted" and bool(e.data.get("active", True)),
            )
            for e in events
            if e.type == FACILITY
        ],
    )
