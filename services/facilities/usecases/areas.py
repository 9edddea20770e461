"""Areas: loading."""

from services.facilities.contract import AREA
from services.facilities.queries import areas as queries
from services.facilities.rules import areas as rules
from services.facilities.rules.areas import AreaRow
from services.facilities.rules.cells import Line
from services.facilities.usecases.loading import Checked, File
from services.kernel.db import Tx


async def _check(tx: Tx, lines: list[Line[AreaRow]]) -> Checked[AreaRow]:
    known = await queries.registered(tx, [line.row.parent for line in lines if line.row.parent])
    return rules.areas(lines, known)


AREAS = File(AREA, AreaRow, ("code", "name", "level", "parent"), _check, ("code", "name", "level", "parent"))
