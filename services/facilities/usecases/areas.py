"""Areas: reading, and loading a list of them."""

from datetime import date

from services.facilities.contract import AREA, Area, AreaChange, AreaDetail
from services.facilities.queries import areas as queries
from services.facilities.rules import areas as rules
from services.facilities.rules.areas import AreaRow
from services.facilities.rules.cells import Line
from services.facilities.usecases.loading import Checked, File
from services.kernel.db import Tx
from services.kernel.problems import NotFound, Text
from services.kernel.service import Service


async def area(service: Service, code: str, on: date | None) -> AreaDetail:
    """One area on a day: what lies above, what it came from, what it became. Raises NotFound."""
    day = on or service.clock.today()
    async with service.db.reading() as conn:
        found = await queries.area(conn, code, day)
        if found is None:
            raise NotFound(Text("Wilayah tidak ada di registri", "The area is not in the registry"))
        above = await queries.above(conn, code, day)
        here = [Area(**r) for r in await queries.here(conn, code, day)]
        changes = [AreaChange(**r) for r in await queries.changes_of(conn, code)]
    return AreaDetail(
        **found, on=day, in_force=any(a.code == code for a in here), ancestors=[Area(**r) for r in above],
        current=here, predecessors=[c for c in changes if c.new == code != c.old],
        successors=[c for c in changes if c.old == code],
    )  # fmt: skip


async def _check(tx: Tx, lines: list[Line[AreaRow]]) -> Checked[AreaRow]:
    asked = {code for line in lines for code in (line.row.code, line.row.parent) if code}
    return rules.areas(lines, await queries.last_days(tx, list(asked)))


AREAS = File(
    AREA, AreaRow, ("code", "name", "level", "parent"), _check,
    ("code", "name", "level", "parent", "valid_from", "valid_until", "regulation"),
)  # fmt: skip
