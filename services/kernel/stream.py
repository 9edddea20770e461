"""Server-Sent Events (WHATWG HTML, 9.2): how one looks on the wire, and an answer that stays open."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PATIENCE = 30.0
"""Seconds that a client may leave what was sent to it lying; one that is gone without a word is given up."""


def told(kind: str, position: int, data: bytes) -> bytes:
    """One event. `data` is one line."""
    return b"event: %s\nid: %d\ndata: %s\n\n" % (kind.encode(), position, data)


def marked(position: int) -> bytes:
    """Nothing happened; the client has everything until here. Also what keeps the connection from looking dead."""
    return b": -\nid: %d\n\n" % position


class EventStream(Response):
    """Sends what `flow` yields until it ends. `leave` is called when the client is gone, and makes `flow` end."""

    media_type = "text/event-stream"

    def __init__(self, flow: AsyncGenerator[bytes], leave: Callable[[], None]) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._flow, self._leave = flow, leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream. A client that does not take what is sent for `PATIENCE` seconds is left."""
        gone = asyncio.create_task(_gone(receive))
        gone.add_done_callback(lambda _: self._leave())
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async with aclosing(self._flow) as flow:
                async for chunk in flow:
                    async with asyncio.timeout(PATIENCE):
                        await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            return
        finally:
            gone.cancel()
            self._leave()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
