"""What an actor may see since its cursor: changes in the order of the feed, and, after a grant, the earlier record.

The cursor is opaque. It holds where it is in the feed, where the present round began (`base`) and how far the feed
reached then (`head`). A grant up to `head` was in force while everything after `base` was looked at; what lies before
`base` was looked at without it, perhaps, so the record of the persons it concerns is given again (kind `granted`).
"""

import base64
import binascii
import time
from dataclasses import dataclass, replace

import orjson

from services.kernel import events
from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.kernel.problems import Invalid, Text
from services.kernel.service import Service
from services.records.queries import changes as queries
from services.records.queries.changes import Change, Grant
from services.records.queries.visible import sees_all

WHAT = "changes"
SCANNED = 2000
"""Events looked at in one step."""
NEAR = 5000
"""Who is no further behind is not given with a grant what the feed tells anyway; others get some of it twice."""
STEPS = 5
"""Steps of one request, so that a caller who may see little is answered all the same."""
LARGEST = 2**62
EVERYONE = "*"
"""In place of a village: all whom the facility has a reason to see (its agreement is in force again)."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a consumer is. With `grant` > 0 it is in the record of `person` (of `village`, or of all the facility has a
    reason to see), after `receipt`."""

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

    found: list[Change]
    cursor: Cursor
    more: bool


async def page(service: Service, actor: Actor, cursor: Cursor, limit: int, wait: float = 0) -> Page:
    """A page of changes; when there are none, held until there are some or `wait` seconds are over."""
    deadline = time.monotonic() + wait
    while True:
        async with service.db.reading() as conn:
            feed = Feed(service, conn, actor, WHAT, cursor)
            found = await feed.read(limit)
        if found:
            service.db.signal()
        left = deadline - time.monotonic()
        if found or left <= 0:
            return Page(found, feed.cursor, feed.more)
        cursor = feed.cursor
        if not feed.more:
            await service.sealer.wait(left if service.sealer.holder else min(left, 0.5))


@dataclass(slots=True)
class Feed:
    """One reading of the feed for an actor: `cursor` moves on, `more` tells whether there is more now.

    `what` is how it stands in the access log; with `bodies` off only ids are fetched.
    """

    service: Service
    conn: Connection
    actor: Actor
    what: str
    cursor: Cursor
    bodies: bool = True
    more: bool = False

    async def read(self, limit: int) -> list[Change]:
        """Up to `limit` changes."""
        found: list[Change] = []
        for _ in range(STEPS):
            if not self.cursor.grant and self.cursor.position >= self.cursor.head:
                top = await events.head(self.conn)
                self.cursor = replace(self.cursor, base=self.cursor.position, head=top)
                if self.cursor.position >= top:
                    self.more = False
                    return found
            step = self._record if self.cursor.grant else self._changed
            found += await step(limit - len(found))
            if len(found) >= limit:
                break
        self.more = True
        return found

    async def _changed(self, limit: int) -> list[Change]:
        """The next events, up to the first grant that concerns the actor."""
        c, actor, found = self.cursor, self.actor, list[Change]()
        until = min(c.position + SCANNED, c.head)
        grant: Grant | None = None
        if c.base and actor.facility and not sees_all(actor):
            grant = await queries.grant(self.conn, actor.facility, c.position, until)
        stop = grant.position - 1 if grant else until
        if stop > c.position:
            today = self.service.clock.today()
            found = await queries.changed(
                self.conn, actor, today, c.position, stop, limit, self.what, bodies=self.bodies
            )
            if len(found) == limit:
                self.cursor = replace(c, position=found[-1].position)
                return found
        self.cursor = replace(c, position=stop)
        if grant:
            village = grant.village or ("" if grant.person else EVERYONE)
            first = grant.person or await self._next(village, "")
            self.cursor = (
                replace(c, position=stop, grant=grant.position, village=village, person=first)
                if first
                else replace(c, position=grant.position)
            )
        return found

    async def _record(self, limit: int) -> list[Change]:
        """More of the record of a person whom the actor may see since a grant."""
        c, today = self.cursor, self.service.clock.today()
        told = (c.base, c.head if c.head - c.base <= NEAR else c.base)
        place = (c.grant, c.person, c.receipt)
        found = await queries.record(self.conn, self.actor, today, place, told, limit, self.what, bodies=self.bodies)
        if len(found) == limit:
            self.cursor = replace(c, receipt=found[-1].receipt)
            return found
        next_ = await self._next(c.village, c.person)
        if next_ is not None:
            self.cursor = replace(c, person=next_, receipt=0)
        else:
            self.cursor = Cursor(position=c.grant, base=c.base, head=max(c.head, c.grant))
        return found

    async def _next(self, village: str, person: str) -> str | None:
        """Whose record a grant speaks of after this person's."""
        if village == EVERYONE:
            return await queries.next_related(self.conn, self.actor.facility or "", person)
        return await queries.next_resident(self.conn, village, person) if village else None
