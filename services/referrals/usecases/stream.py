"""The boxes as they change: one reader of the events per process, fanned out to whoever listens.

While a client listens it costs no query: it has a short queue, and who does not empty it is let go, to come back with
the last position it saw. What was missed meanwhile is read from the same log of events.
"""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress

from services.kernel import events
from services.kernel.auth import Actor, expiry
from services.kernel.events import Event
from services.kernel.problems import Text, Unavailable
from services.kernel.service import Service
from services.kernel.stream import marked, told
from services.referrals.contract.stream import Box, Told
from services.referrals.queries import stream as queries
from services.referrals.rules.boxes import in_box, placed
from services.referrals.usecases.show import DISTRICT, home

HEARTBEAT = 15.0
POLL = 0.5
"""Seconds between two looks while another process seals."""
BATCH = 500
ROOM = 200
"""Changes that wait for one client."""
FAR = 10_000
"""Positions a client may be behind; who was away longer reads its boxes anew."""
MOST, EACH = 2000, 20
"""Open streams of a process, and of one account: one more ends that account's oldest."""


class Listener:
    """One client's queue. `whose` is the facility it hears of, None the district."""

    def __init__(self, whose: str | None, subject: str, until: float) -> None:
        self.whose, self.subject, self._until = whose, subject, until
        self.seen = 0
        """The last position that was put into the queue, or that it began after."""
        self.why: str | None = None
        self._queue: deque[bytes] = deque()
        self._wake = asyncio.Event()

    def give(self, position: int, message: bytes) -> None:
        """Put a change into the queue; a full one ends the stream."""
        if position <= self.seen:
            return
        if len(self._queue) == ROOM:
            self.end("slow")
            return
        self.seen = position
        self._queue.append(message)
        self._wake.set()

    def end(self, why: str) -> None:
        """End the stream: the token's time is over ("token"), "slow", "replaced" by a newer one, or "closing"."""
        self.why = self.why or why
        self._wake.set()

    async def next(self) -> bytes | None:
        """What has come since; empty when nothing came for a while, None when the stream has ended."""
        left = self._until - time.time()
        if left <= 0:
            self.end("token")
        elif not self._queue and self.why is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(HEARTBEAT, left)):
                    await self._wake.wait()
        self._wake.clear()
        if self.why is not None:
            return None
        come = b"".join(self._queue)
        self._queue.clear()
        return come


class Hub:
    """The process's one reader, and everybody it reads for. It rests while nobody listens."""

    def __init__(self) -> None:
        self.position = 0
        """Until here everything was given to those who listen."""
        self._listeners: dict[str | None, dict[Listener, None]] = {}
        self.count = 0
        self._wanted = asyncio.Event()
        self._beginning = asyncio.Lock()

    async def join(self, service: Service, listener: Listener) -> None:
        """Hear what comes after `listener.seen`, which is set here. Raises Unavailable when too many listen."""
        async with self._beginning:
            if not self.count:
                async with service.db.reading() as conn:
                    self.position = await events.head(conn)
        if self.count >= MOST:
            many = Text("Terlalu banyak aliran terbuka; coba lagi", "Too many open streams; try again")
            raise Unavailable(many, headers={"Retry-After": "30"})
        peers = self._listeners.setdefault(listener.whose, {})
        own = [other for other in peers if other.subject == listener.subject]
        if len(own) >= EACH:
            own[0].end("replaced")
        listener.seen = self.position
        peers[listener] = None
        self.count += 1
        self._wanted.set()

    def leave(self, listener: Listener) -> None:
        """Hear no more."""
        peers = self._listeners.get(listener.whose, {})
        if listener in peers:
            del peers[listener]
            self.count -= 1
        if not peers:
            self._listeners.pop(listener.whose, None)
        if not self.count:
            self._wanted.clear()

    async def run(self, service: Service) -> None:
        """Read for ever, each event once for all. Raises when the database is away."""
        while True:
            await self._wanted.wait()
            begun = self.position
            async with service.db.reading() as conn:
                found = await queries.changes(conn, begun, BATCH)
            for event in found:
                self._give(event)
            if found and self.position == begun:  # else somebody began anew meanwhile, at a later place
                self.position = found[-1].position
            if service.sealer.closing:
                self._close()
            if len(found) < BATCH:
                await service.sealer.wait(HEARTBEAT if service.sealer.holder else POLL)

    def _give(self, event: Event) -> None:
        for whose, box in placed(event).items():
            if peers := self._listeners.get(whose):
                message = _message(event, whose, box)
                for listener in [*peers]:
                    listener.give(event.position, message)

    def _close(self) -> None:
        for peers in [*self._listeners.values()]:
            for listener in [*peers]:
                listener.end("closing")


def _message(event: Event, whose: str | None, box: Box) -> bytes:
    return told(Told.REFERRAL, event.position, in_box(event, whose, box).model_dump_json().encode())


def hub_of(service: Service) -> Hub:
    """The service's hub."""
    hub: Hub = service.room.setdefault("stream", Hub())
    return hub


async def fan_out(service: Service) -> None:
    """The reader, for as long as the service runs."""
    await hub_of(service).run(service)


async def listen(service: Service, actor: Actor) -> Listener:
    """Begin to listen: an account of a facility to its own boxes, the office to the district. Raises Refused for an
    account of no facility, Unavailable when too many listen."""
    listener = Listener(None if actor.role in DISTRICT else home(actor), actor.subject, expiry(actor))
    await hub_of(service).join(service, listener)
    return listener


def leave(service: Service, listener: Listener) -> None:
    """The client is gone."""
    listener.end("gone")
    hub_of(service).leave(listener)


async def flow(service: Service, listener: Listener, after: int | None, *, once: bool) -> AsyncGenerator[bytes]:
    """What the client reads: what it missed after `after`, then what comes. No connection is held while it waits."""
    hub, upto = hub_of(service), listener.seen
    yield b"retry: %d\n\n" % (2000 + secrets.randbelow(3000)) + marked(upto if after is None else min(after, upto))
    if after is not None and not upto - FAR <= after <= upto:
        yield told(Told.RESET, upto, b"{}")
    elif after is not None:
        async for chunk in _missed(service, listener.whose, after, upto):
            yield chunk
    while not once and (come := await listener.next()) is not None:
        yield come or marked(max(listener.seen, hub.position))
    if not once:
        yield b'event: %s\ndata: {"why":"%s"}\n\n' % (Told.END.encode(), str(listener.why).encode())


async def _missed(service: Service, whose: str | None, after: int, upto: int) -> AsyncGenerator[bytes]:
    while after < upto:
        async with service.db.reading() as conn:
            found = await queries.changes(conn, after, BATCH, upto, whose)
        after = found[-1].position if len(found) == BATCH else upto
        boxes = ((event, placed(event).get(whose)) for event in found)
        yield b"".join(_message(event, whose, box) for event, box in boxes if box) + marked(after)
