"""Serving one ASGI app: uvicorn on uvloop and httptools, stopped by Ctrl-C or SIGTERM, in order."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import uvicorn
import uvloop
from starlette.types import ASGIApp

from deploy.obstacle import Obstacle

KEEP_ALIVE = 60  # seconds; a proxy in front keeps its connections shorter than this, so that none closes in use
GRACE = 3  # seconds that requests in progress get when the house is closed


class _Server(uvicorn.Server):
    """uvicorn, without its own idea of signals, and saying when it has started."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises Obstacle when the port is taken or not ours to take."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except PermissionError:
        raise Obstacle(
            id=f"Port {port} hanya untuk root. Pilih port lain: SIMPUL_PORT=8081 make up",
            en=f"Port {port} is for root only. Choose another: SIMPUL_PORT=8081 make up",
        ) from None
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)  # its own text repeats the address
        raise Obstacle(
            id=f"Port {port} di {host} tidak dapat dipakai ({why}). Hentikan program yang memakainya, "
            f"atau pilih port lain: SIMPUL_PORT={port + 1} make up",
            en=f"Port {port} on {host} cannot be used ({why}). Stop the program that uses it, or "
            f"choose another port: SIMPUL_PORT={port + 1} make up",
        ) from None


def check_port(host: str, port: int, patience: float = 0.0) -> None:
    """Find out early whether the port is free, or becomes free in `patience` seconds. Raises Obstacle otherwise."""
    deadline = time.monotonic() + patience
    while True:
        try:
            listen(host, port).close()
            return
        except Obstacle:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def run(main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run `main(stop)` on uvloop; `stop` is set by Ctrl-C or SIGTERM. A second Ctrl-C does not wait."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_until_stopped(main))


async def _until_stopped(main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    task = asyncio.current_task()

    def ask() -> None:
        if stop.is_set() and task is not None:
            task.cancel()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ask)
    with contextlib.suppress(asyncio.CancelledError):
        await main(stop)


async def serve(
    app: ASGIApp,
    host: str,
    port: int,
    stop: asyncio.Event,
    started: Callable[[], Awaitable[None]] | None = None,
    closing: Callable[[], None] | None = None,
) -> None:
    """Serve `app` until `stop` is set; `started` runs beside it once requests are answered.

    `closing` is called before the last requests are waited for. The app's lifespan is not entered here.
    Raises Obstacle when the port is taken, and what `started` raises.
    """
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # the gateway decides whose word counts
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )
    server = _Server(config)
    gc.collect()
    gc.freeze()  # what is loaded now stays; the collector need not look at it again
    serving = asyncio.create_task(server.serve(sockets=[listen(host, port)]))
    stopping = asyncio.create_task(stop.wait())
    after = asyncio.create_task(_after(server, started))
    waiting: set[asyncio.Task[Any]] = {serving, stopping, after}
    try:
        while {serving, stopping} <= waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if after in done:
                after.result()
    finally:
        after.cancel()
        stopping.cancel()
        if closing is not None:
            closing()
        server.should_exit = True
        await serving


async def _after(server: _Server, started: Callable[[], Awaitable[None]] | None) -> None:
    await server.up.wait()
    if started is not None:
        await started()
