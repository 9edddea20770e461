"""What an actor may see since its cursor: changes in the order of the feed, and, after a grant, the earlier record.

The cursor is opaque. It holds where it is in the feed, where the present round began (`base`) and how far the feed
reached then (`head`). A grant up to `head` was in force while everything after `base` was looked at; what lies before
`base` was looked at without it, perhaps, so the record of the persons it concerns is given again (kind `granted`).
"""

import asyncio
import base64
import binascii
import time
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from services.kernel import events
from services.kernel.auth import Actor
from services.kernel.problems import Invalid, Text
from services.kernel.service import Service
from services.records.queries import changes as queries
from services.records.queries.changes import Change, Grant
from services.records.queries.visible import sees_all

WHAT = "changes"
SCANNED = 2000
"""Events looked at in one step."""
STEPS = 5
"""Steps of one request, so that a caller who may see little is answered all the same."""
LARGEST = 2**62


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a consumer is. With `grant` > 0 it is in the record of `person` (of `village`), after `receipt`."""

    position: int = 0
    base: int = 0
    head: int = 0
    grant: int = 0
    village: str = ""
    person: str = ""
    receipt: int = 0

    def sealed(self) -> str:
        """As an opaque text."""
        parts = [self.position, self.base, self.head, self.grant, self.village, self.person, self.receipt]
        return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def opened(text: str | None) -> Cursor:
    """The cursor in a text; the beginning when there is none. Raises Invalid."""
    if not text:
        return Cursor()
    try:
        parts = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        kinds = [int, int, int, int, str, str, int]
        if [type(p) for p in parts] != kinds or any(type(p) is int and not 0 <= p < LARGEST for p in parts):
            raise ValueError
        return Cursor(*parts)
    except (ValueError, TypeError, binascii.Error):
        raise Invalid(
            Text(
                "Penanda tidak dikenal; pakai `next` dari jawaban sebelumnya", "Unknown cursor; use an answer's `next`"
            )
        ) from None


@dataclass(slots=True)
class Page:
    """Changes, where to go on, and whether there is more now."""

    found: list[Change] = field(default_factory=list)
    cursor: Cursor = Cursor()
    more: bool = False


async def page(service: Service, actor: Actor, cursor: Cursor, limit: int, wait: float = 0) -> Page:
    """A page of changes; when there are none, held until there are some or `wait` seconds are over."""
    deadline = time.monotonic() + wait
    while True:
        page = await _page(service, actor, cursor, limit)
        left = deadline - time.monotonic()
        if page.found or left <= 0:
            return page
        cursor = page.cursor
        if not page.more:
            await service.sealer.wait(left if service.sealer.holder else min(left, 0.5))
        await asyncio.sleep(0)


async def _page(service: Service, actor: Actor, cursor: Cursor, limit: int) -> Page:
    page, steps = Page(cursor=cursor), 0
    async with service.db.reading() as conn:
        while len(page.found) < limit:
            if steps == STEPS:
                page.more = True
                break
            if page.cursor.grant == 0 and page.cursor.position >= page.cursor.head:
                top = await events.head(conn)
                page.cursor = replace(page.cursor, base=page.cursor.position, head=top)
                if page.cursor.position >= top:
                    break
            step = _granted if page.cursor.grant else _changed
            await step(service, conn, actor, page, limit - len(page.found))
            steps += 1
        else:
            page.more = True
    if page.found:
        service.db.signal()
    return page


async def _changed(service: Service, conn: Any, actor: Actor, page: Page, limit: int) -> None:
    """The next events, up to the first grant that concerns the actor."""
    c = page.cursor
    until = min(c.position + SCANNED, c.head)
    grant: Grant | None = None
    if c.base and actor.facility and not sees_all(actor):
        grant = await queries.grant(conn, actor.facility, c.position, until)
    stop = grant.position - 1 if grant else until
    if stop > c.position:
        found = await queries.changed(conn, actor, service.clock.today(), c.position, stop, limit, WHAT)
        page.found += found
        if len(found) == limit:
            page.cursor = replace(c, position=found[-1].position)
            return
    page.cursor = replace(c, position=stop)
    if grant:
        first = grant.person or (await queries.next_resident(conn, grant.village, "") if grant.village else None)
        if first is None:
            page.cursor = replace(c, position=grant.position)
        else:
            page.cursor = replace(c, position=stop, grant=grant.position, village=grant.village or "", person=first)


async def _granted(service: Service, conn: Any, actor: Actor, page: Page, limit: int) -> None:
    """More of the record of a person whom the actor may see since a grant."""
    c = page.cursor
    found = await queries.record(conn, actor, service.clock.today(), c.grant, c.person, c.receipt, limit, WHAT)
    page.found += found
    if len(found) == limit:
        page.cursor = replace(c, receipt=found[-1].receipt)
        return
    next_ = await queries.next_resident(conn, c.village, c.person) if c.village else None
    if next_ is not None:
        page.cursor = replace(c, person=next_, receipt=0)
    else:
        page.cursor = Cursor(position=c.grant, base=c.base, head=max(c.head, c.grant))
