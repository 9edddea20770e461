"""Reading the network."""

from datetime import date

from services.facilities.contract import (
    Area,
    Catchment,
    Facility,
    Kind,
    Level,
    Ownership,
    Practitioner,
    PractitionerWithNumber,
    Profession,
)
from services.facilities.queries import network as queries
from services.kernel.problems import NotFound, Text
from services.kernel.service import Service


async def facility(service: Service, any_code: str) -> Facility:
    """The facility behind any of its codes. Raises NotFound."""
    async with service.db.reading() as conn:
        found = await queries.resolve(conn, any_code)
    if found is None:
        raise NotFound(Text("Faskes tidak ada di registri", "The facility is not in the registry"))
    return Facility(**found)


async def facilities(
    service: Service, after: str, kinds: list[Kind] | None, ownership: Ownership | None, area: str | None,
    name: str | None, active: bool | None, limit: int,
) -> list[Facility]:  # fmt: skip
    """Facilities by code."""
    words = [str(k) for k in kinds] if kinds else None
    async with service.db.reading() as conn:
        rows = await queries.facilities(conn, after, words, ownership, area, name, active, limit)
    return [Facility(**r) for r in rows]


async def areas(service: Service, after: str, parent: str | None, level: Level | None, limit: int) -> list[Area]:
    """Areas by code."""
    async with service.db.reading() as conn:
        return [Area(**r) for r in await queries.areas(conn, after, parent, level, limit)]


async def catchments(
    service: Service, after: tuple[str, date], facility: str | None, village: str | None, on: date | None, limit: int
) -> list[Catchment]:
    """Catchments by village and first day."""
    async with service.db.reading() as conn:
        return [Catchment(**r) for r in await queries.catchments(conn, after, facility, village, on, limit)]


async def practitioners(
    service: Service, after: tuple[str, str], facility: str | None, profession: Profession | None, limit: int
) -> list[Practitioner]:
    """Practitioners by number and facility."""
    async with service.db.reading() as conn:
        return [Practitioner(**r) for r in await queries.practitioners(conn, after, facility, profession, limit)]


async def practitioner(service: Service, id_: str) -> list[PractitionerWithNumber]:
    """Where a practitioner works, with the NIK: for peers."""
    async with service.db.reading() as conn:
        return [PractitionerWithNumber(**r) for r in await queries.practitioner(conn, id_)]
