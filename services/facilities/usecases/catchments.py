"""Catchments: loading."""

from datetime import date

from services.facilities.contract import CATCHMENT
from services.facilities.queries import areas, facilities
from services.facilities.queries import catchments as queries
from services.facilities.rules import catchments as rules
from services.facilities.rules.catchments import CatchmentRow, Span
from services.facilities.rules.cells import Line
from services.facilities.usecases.loading import Checked, File
from services.kernel.db import Tx


async def _check(tx: Tx, lines: list[Line[CatchmentRow]]) -> Checked[CatchmentRow]:
    asked = list({line.row.village for line in lines})
    villages = await areas.registered(tx, asked)
    kinds = await facilities.kinds(tx, list({line.row.facility for line in lines}))
    registered: dict[str, dict[date, Span]] = {}
    for c in await queries.of_villages(tx, asked):
        span = Span(c["valid_from"], c["valid_until"] or date.max, c["facility"])
        registered.setdefault(c["village"], {})[c["valid_from"]] = span
    return rules.catchments(lines, villages, kinds, registered)


CATCHMENTS = File(
    CATCHMENT, CatchmentRow, ("village", "facility", "valid_from", "valid_until"), _check,
    ("village", "facility", "valid_from", "valid_until"),
)  # fmt: skip
