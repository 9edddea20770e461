"""A connection that breaks off without an answer."""

import asyncio
from typing import Never

import httpx
from fastapi import FastAPI, Request
from starlette.types import Message, Receive, Scope, Send

_CUT = "simulator.cut"


class Dropped(Exception):  # noqa: N818 - an event, played on purpose
    """This request gets no answer; its connection ends."""


def hang_up(request: Request) -> Never:
    """End the connection of `request` without a byte of an answer."""
    request.scope[_CUT].append(True)
    raise Dropped


class Simulator(FastAPI):
    """An app that can hang up.

    A web server turns every exception into an answer, so the connection is cut below it: uvicorn's by its socket; in
    one process, where there is none, the caller's client gets the error a cut socket gives.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or cut it off."""

        cut: list[bool] = []  # shared by every copy of the scope

        async def unless_cut(message: Message) -> None:
            if not cut:
                await send(message)

        try:
            await super().__call__({**scope, _CUT: cut}, receive, unless_cut)
        except Dropped:
            transport = getattr(getattr(send, "__self__", None), "transport", None)
            if not isinstance(transport, asyncio.Transport):
                raise httpx.RemoteProtocolError("the simulator hung up") from None
            transport.abort()
            while (await receive())["type"] != "http.disconnect":
                pass
