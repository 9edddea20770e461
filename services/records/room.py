"""What the running record keeps in memory: which organisation ids are which facility, how common words of names are."""

import time
from dataclasses import dataclass, field

from services.kernel.db import Connection
from services.kernel.service import Service

_FEW = 500


@dataclass(slots=True)
class Room:
    """Facility code by organisation id (the SATUSEHAT number and our own code both name it)."""

    facilities: dict[str, str] = field(default_factory=dict)
    organizations: dict[str, str] = field(default_factory=dict)
    loaded_at: float = 0.0
    common: dict[str, int] = field(default_factory=dict)
    persons: int = 0
    counted_at: float = -1e9
    seen: int = 0
    """Persons looked at since the words were counted."""

    def share(self, word: str) -> float:
        """What part of the people carries this word in its name; a small record knows little of that."""
        return (self.common.get(word, 1) + 1) / (self.persons + _FEW)

    def facility_of(self, organization: str | None) -> str | None:
        """The facility code behind an Organization id, or None when it is not of this network."""
        return self.facilities.get(organization) if organization else None

    def organization_of(self, facility: str | None) -> str:
        """The Organization id of a facility (its code when no other number is known)."""
        return self.organizations.get(facility or "", facility or "")

    async def load(self, conn: Connection) -> None:
        """Read the followed facilities."""
        rows = await conn.fetch("SELECT code, organization FROM facility")
        self.facilities = {r["organization"]: r["code"] for r in rows} | {r["code"]: r["code"] for r in rows}
        self.organizations = {r["code"]: r["organization"] for r in rows}
        self.loaded_at = time.monotonic()


def room(service: Service) -> Room:
    """The service's room; made on first use."""
    found: Room | None = service.room.get("records")
    if found is None:
        found = service.room["records"] = Room()
    return found


async def load(service: Service) -> None:
    """Fill the room at start and every few seconds (another process may be the one that follows)."""
    async with service.db.reading() as conn:
        await room(service).load(conn)
