"""Reading a list of the network: one page as JSON."""

import orjson

from services.facilities.queries.listing import Chosen
from services.facilities.rules.listing import Asked
from services.kernel.service import Service


async def page(service: Service, chosen: Chosen, asked: Asked) -> bytes:
    """One page as its wire form, `Page`. Raises Invalid for an order or a mark that is not of this list.

    The rows go from the driver to the wire: models for 2,000 of them would cost three times the query.
    """
    async with service.db.reading() as conn:
        items, following = await chosen.rows(conn, asked)
        total = await chosen.count(conn) if asked.total else None
    return orjson.dumps({"items": items, "next": following, "total": total}, default=float, option=orjson.OPT_UTC_Z)
