"""What this service follows: the facilities, to know who may be referred to and how FHIR calls them; of records, who
has become one person with whom, and the visits that do a follow-up or are an arrival."""

from datetime import date

from services.facilities.contract import FACILITY, NON_SPECIALIST_DIAGNOSIS, Kind
from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.service import Service
from services.records.contract import MERGE
from services.referrals.queries import competence, facilities
from services.referrals.room import meet
from services.referrals.usecases import merges, visits


async def apply(service: Service, tx: Tx, events: list[Event]) -> None:
    """Apply the facilities and the first level's diagnoses of a batch; areas and catchments do not concern us."""
    await facilities.follow_facilities(
        tx,
        [
            (
                e.subject,
                e.version,
                e.data.get("name") or e.subject,
                e.data.get("kind") or "",
                e.data.get("satusehat_id") or e.subject,
                e.kind != "deleted" and bool(e.data.get("active", True)),
            )
            for e in events
            if e.type == FACILITY
        ],
    )
    if any(e.type == FACILITY and e.data.get("kind") == Kind.DINKES for e in events):
        await meet(service, tx)
    await competence.follow(
        tx,
        [
            (e.data["code"], _day(e.data["valid_from"]), _last(e.data["valid_until"]), e.version)
            for e in events
            if e.type == NON_SPECIALIST_DIAGNOSIS
        ],
    )


_day = date.fromisoformat


def _last(said: str | None) -> date | None:
    return _day(said) if said else None


async def records(service: Service, tx: Tx, events: list[Event]) -> None:
    """The referrals of persons who were merged, or taken apart again."""
    for e in events:
        if e.type == MERGE:
            await merges.follow(service, tx, e)


async def encounters(service: Service, tx: Tx, events: list[Event]) -> None:
    """The visits that the record tells of."""
    await visits.apply(service, tx, events)
