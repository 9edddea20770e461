"""What this service follows: the facilities, to know who is asking and where a member is registered; of
records, who has become one person with whom."""

from datetime import date

from services.coverage.queries import members, network, queue
from services.coverage.usecases.outbox import owing
from services.facilities.contract import LINK, SPECIAL_DAY
from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.service import Service
from services.records.contract import MERGE
from services.referrals.contract import REFERRAL

FACILITY = "facility"
REGISTRY = "registry"
"""Who closed a day, when it was the registry."""


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


async def links(_: Service, tx: Tx, events: list[Event]) -> None:
    """Who hangs on whom: what a posyandu or pustu does is told to BPJS by its puskesmas."""
    last = {e.subject: e for e in events if e.type == LINK}
    gone = [name for name, e in last.items() if e.kind == "deleted" or e.data.get("active") is False]
    rows = [
        (name, d["child"], d["parent"], date.fromisoformat(d["valid_from"]), _day(d.get("valid_until")))
        for name, d in ((name, e.data) for name, e in last.items() if name not in gone)
    ]
    await network.follow_links(tx, gone, rows)


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


async def special_days(_: Service, tx: Tx, events: list[Event]) -> None:
    """Days on which the registry says a facility is closed close its polis too; a day with hours leaves them be."""
    for event in (e for e in events if e.type == SPECIAL_DAY and e.data):
        facility, day = event.data["facility"], date.fromisoformat(event.data["day"])
        if event.kind != "deleted" and not event.data.get("hours"):
            await queue.close(tx, facility, day, "", event.data.get("reason") or "Tutup", REGISTRY)
        else:
            await queue.reopen(tx, facility, day, "", REGISTRY)


async def records(_: Service, tx: Tx, events: list[Event]) -> None:
    """Who has become one person, or two again. Of several words on one person the last holds."""
    last = {e.data["other"]: e for e in events if e.type == MERGE}
    standing = [(other, e.data["survivor"]) for other, e in last.items() if e.kind == "created"]
    await members.follow_merges(tx, standing, [other for other, e in last.items() if e.kind == "deleted"])


async def referrals(service: Service, tx: Tx, events: list[Event]) -> None:
    """A referral that was sent, raised or taken back changes what BPJS is told: its visit is looked at again."""
    now = [e for e in events if e.type == REFERRAL and (e.data.get("step") or {}).get("verb") in _TOLD]
    named = {e.subject: ((e.data.get("servicerequest") or {}).get("encounter") or {}).get("reference", "") for e in now}
    visits = [ref.rpartition("/")[2] for ref in named.values() if ref]
    persons = [e.person_id for e in now if e.person_id and not named[e.subject]]
    await owing.told_again(service, tx, visits, persons)


_TOLD = ("send", "raise", "cancel")
