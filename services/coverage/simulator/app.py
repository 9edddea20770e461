"""Builds the simulator: an ordinary ASGI app that anyone's BPJS client can be pointed at."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from services.coverage.simulator import control, icare, page
from services.coverage.simulator.antrean import ANTREAN
from services.coverage.simulator.door import METHODS, Door, Service
from services.coverage.simulator.faults.line import Simulator
from services.coverage.simulator.icare import ICARE
from services.coverage.simulator.pcare import PCARE
from services.coverage.simulator.settings import HOST, SimulatorSettings
from services.coverage.simulator.srbk import SRBK
from services.coverage.simulator.vclaim import VCLAIM
from services.coverage.simulator.world import World

SERVICES: tuple[Service, ...] = (PCARE, VCLAIM, ANTREAN, ICARE, SRBK)
NO_SERVICE = "<html><head><title>404</title></head><body><h1>404 Not Found</h1><hr>nginx</body></html>"


def build(
    settings: SimulatorSettings, now: Callable[[], float] = time.time, http: httpx.AsyncClient | None = None
) -> FastAPI:
    """One simulator; `app.state.world` is what it holds. It needs no lifespan and no server database.

    `http` is what Mobile JKN calls facilities with; without it, a client of its own.
    """
    world = World(settings, now)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        world.close()

    app = Simulator(
        title="Simulator BPJS Kesehatan", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False,
        lifespan=lifespan,
    )  # fmt: skip
    app.state.world = world
    app.add_middleware(Below, prefix=f"/{HOST}")
    app.mount("/_control", control.Later(lambda: control.desk_of(world, http)))
    app.include_router(icare.router(world))
    app.include_router(page.router())
    for service in SERVICES:
        door = Door(world, service)
        for prefix in service.prefixes:
            app.add_route(f"/{prefix}/{{path:path}}", door.answer, methods=list(METHODS))
    app.add_route("/{path:path}", unknown_service, methods=list(METHODS))
    return app


async def unknown_service(_: Request) -> Response:
    """The page of a proxy: no BPJS service has this name."""
    return Response(NO_SERVICE, 404, media_type="text/html")


class Below:
    """Serves the same addresses below the prefix by which a house's front door leads here."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app, self._prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (scope["path"] + "/").startswith(self._prefix + "/"):
            below = scope["path"].removeprefix(self._prefix) or "/"
            scope = {**scope, "path": below, "raw_path": below.encode(), "front": self._prefix}
        await self._app(scope, receive, send)
