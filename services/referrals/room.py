"""What the running service keeps in memory: the clock rules of today and who the district's health office is."""

from dataclasses import dataclass

from services.kernel.service import Service
from services.referrals.queries import facilities
from services.referrals.rules.clocks import STARTING, Clocks

NO_OFFICE = "dinas"
"""The owner's code when the registry has told of no health office yet."""


@dataclass(slots=True)
class Room:
    """Read at the start and every few seconds, so that no step asks for it."""

    clocks: Clocks
    office: str = NO_OFFICE


def room(service: Service) -> Room:
    """The service's room; made on first use."""
    found: Room | None = service.room.get("referrals")
    if found is None:
        found = service.room["referrals"] = Room(STARTING)
    return found


async def load(service: Service) -> None:
    """Fill the room."""
    async with service.db.reading() as conn:
        room(service).office = await facilities.office(conn) or NO_OFFICE
