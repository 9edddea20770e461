"""Limits at the door: how often one client may ask, and how a refused upload is ended."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Rate:
    """GCRA: per client one number, the time until which its allowance is spent. Not shared between processes."""

    ROOM = 50_000

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._step = 1 / per_second
        self._slack = self._step * max(burst - 1, 0)
        self._clock = clock
        self._spent: dict[object, float] = {}

    def wait(self, client: object) -> float:
        """0 when the client may pass now (and the pass is counted), else the seconds until it may."""
        now = self._clock()
        spent = self._spent.get(client, now)
        over = spent - now - self._slack
        if over > 0:
            return over
        if len(self._spent) >= self.ROOM:
            self._forget(now)
        self._spent[client] = (spent if spent > now else now) + self._step
        return 0.0

    def _forget(self, now: float) -> None:
        """Drop the clients whose allowance is whole again; when that is nobody, all."""
        self._spent = {c: t for c, t in self._spent.items() if t > now}
        if len(self._spent) >= self.ROOM:
            self._spent.clear()


class Linger:
    """After a 413, reads on for a moment and throws away, so that the client sees the answer.

    A socket closed with unread bytes is reset, and a reset can overtake the answer on its way.
    """

    SECONDS = 2.0

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = False

        async def held(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                refused = message["status"] == 413
                await send(message)
            elif refused and not message.get("more_body", False):
                await send({**message, "more_body": True})
                await _drain(receive, self.SECONDS)
                await send({"type": "http.response.body", "body": b""})
            else:
                await send(message)

        await self._app(scope, receive, held)


async def _drain(receive: Receive, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return
