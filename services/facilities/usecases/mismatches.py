"""The report of what does not fit among the codes of facilities."""

from collections.abc import Sequence
from datetime import date

from services.facilities.contract.mismatches import CodeMismatch, Mismatch
from services.facilities.queries import facilities as queries
from services.facilities.queries import particulars
from services.facilities.rules import listing, mismatches
from services.kernel.service import Service

_KEY = ("facility", "what", "field", "other")


async def report(
    service: Service, on: date | None, whats: Sequence[Mismatch] | None, area: str | None, ending_within: int,
    after: str | None, limit: int,
) -> tuple[list[CodeMismatch], str | None, int]:  # fmt: skip
    """A page of what does not fit on a day, the mark of the next, and how many there are. Raises Invalid.

    It is made whole each time: some thousand facilities take less time than keeping a table of them right would.
    """
    day = on or service.clock.today()
    beyond = tuple(v or "" for v in listing.values(after, None, CodeMismatch, _KEY)) if after else None
    async with service.db.reading() as conn:
        facilities = await queries.on(conn, day)
        contracts = {c["facility"]: c for c in await particulars.contracts(conn, day)}
    inside = {row["code"] for row in facilities if row["village"].startswith(area or "")}
    found = [
        m
        for m in mismatches.mismatches(facilities, contracts, day, ending_within)
        if (not whats or m.what in whats) and m.facility in inside
    ]
    rest = [m for m in found if beyond is None or mismatches.key(m) > beyond]
    items = rest[:limit]
    following = listing.mark(None, [getattr(items[-1], f) for f in _KEY]) if len(rest) > limit else None
    return items, following, len(found)
