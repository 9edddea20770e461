"""A peer in the same process must look like a peer on the network."""

import asyncio
from contextvars import ContextVar

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from deploy import peers

HIDDEN: ContextVar[str] = ContextVar("hidden", default="nothing")


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Plays the peer: what it does stands in the path."""
    if scope["path"] == "/slow":
        await asyncio.sleep(5)
    if scope["path"] == "/broken":
        raise RuntimeError("a secret")
    body = f"{scope['headers'][0][1].decode()} {scope['path']} {HIDDEN.get()}"
    if scope["path"] == "/set":
        HIDDEN.set("set by the peer")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body.encode(), "more_body": scope["path"] == "/half"})
    if scope["path"] == "/half":
        raise RuntimeError("in the middle")


def client() -> httpx.AsyncClient:
    http, transports = peers.in_process(["records", "facilities"])
    transports["records"].app = answer
    return http


async def test_found_by_name() -> None:
    async with client() as http:
        assert (await http.get("http://records/x")).text == "records /x nothing"
        with pytest.raises(httpx.ConnectError):
            await http.get("http://facilities/x")


async def test_timeouts_count() -> None:
    async with client() as http:
        with pytest.raises(httpx.ReadTimeout):
            await http.get("http://records/slow", timeout=0.05)


@pytest.mark.parametrize("path", ["/broken", "/half"])
async def test_failing_peer_is_a_broken_connection_without_its_message(path: str) -> None:
    async with client() as http:
        with pytest.raises(httpx.RemoteProtocolError) as caught:
            await http.get(f"http://records{path}")
    assert "secret" not in str(caught.value)


async def test_context_variables_stay_on_their_side() -> None:
    HIDDEN.set("set by the caller")
    async with client() as http:
        assert (await http.get("http://records/set")).text == "records /set nothing"
        assert HIDDEN.get() == "set by the caller"


async def test_giving_up_ends_the_peers_work() -> None:
    ended = asyncio.Event()

    async def waits(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.sleep(5)
        finally:
            ended.set()

    http, transports = peers.in_process(["records"])
    transports["records"].app = waits
    call = asyncio.create_task(http.get("http://records/x"))
    await asyncio.sleep(0.01)
    call.cancel()
    async with asyncio.timeout(1):
        await ended.wait()
    await http.aclose()


async def test_peers_elsewhere_are_reached_at_their_address() -> None:
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, peers.at_addresses({"records": f"http://127.0.0.1:{port}"}) as http:
        assert (await http.get("http://records/internal/events?after=1")).text == "ok"
    assert asked[0].startswith(b"GET /internal/events?after=1 HTTP/1.1\r\n")
