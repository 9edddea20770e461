"""Facilities: reading and loading."""

from services.facilities.contract import FACILITY, Facility
from services.facilities.queries import areas
from services.facilities.queries import facilities as queries
from services.facilities.rules import facilities as rules
from services.facilities.rules.cells import Line
from services.facilities.rules.facilities import FacilityRow
from services.facilities.usecases.loading import Checked, File
from services.kernel.db import Tx
from services.kernel.problems import NotFound, Text
from services.kernel.service import Service


async def facility(service: Service, any_code: str) -> Facility:
    """The facility behind any of its codes. Raises NotFound."""
    async with service.db.reading() as conn:
        found = await queries.resolve(conn, any_code)
    if found is None:
        raise NotFound(Text("Faskes tidak ada di registri", "The facility is not in the registry"))
    return Facility(**found)


async def _check(tx: Tx, lines: list[Line[FacilityRow]]) -> Checked[FacilityRow]:
    rows = [line.row for line in lines]
    villages = await areas.registered(tx, list({r.village for r in rows}))
    registered = await queries.identifiers(
        tx, [r.code for r in rows], [r.satusehat_id for r in rows if r.satusehat_id],
        [r.bpjs_code for r in rows if r.bpjs_code],
    )  # fmt: skip
    return rules.facilities(lines, villages, registered)


FACILITIES = File(
    FACILITY, FacilityRow, ("code", "name", "kind", "ownership", "village"), _check,
    (
        "code", "name", "kind", "ownership", "satusehat_id", "bpjs_code", "organization_type", "village", "active",
        "latitude", "longitude", "phone",
    ),
    derived=frozenset({"organization_type"}),
)  # fmt: skip
