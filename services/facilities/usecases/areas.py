"""Areas: reading and loading."""

from services.facilities.contract import AREA, Area, Level
from services.facilities.queries import areas as queries
from services.facilities.rules import areas as rules
from services.facilities.rules.areas import AreaRow
from services.facilities.rules.cells import Line
from services.facilities.usecases.loading import Checked, File
from services.kernel.db import Tx
from services.kernel.service import Service


async def areas(service: Service, after: str, parent: str | None, level: Level | None, limit: int) -> list[Area]:
    """Areas by code."""
    async with service.db.reading() as conn:
        return [Area(**r) for r in await queries.areas(conn, after, parent, level, limit)]


async def _check(tx: Tx, lines: list[Line[AreaRow]]) -> Checked[AreaRow]:
    known = await queries.registered(tx, [line.row.parent for line in lines if line.row.parent])
    return rules.areas(lines, known)


AREAS = File(AREA, AreaRow, ("code", "name", "level", "parent"), _check, ("code", "name", "level", "parent"))
