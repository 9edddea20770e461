"""The simulator's control, under /_control: faults, members, FKTPs, accounts. Loopback only, or with its key."""

from collections.abc import Callable

import httpx
from fastapi import Depends, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from services.coverage.simulator.control import accounts, desk, look, members, mobile
from services.coverage.simulator.control.near import near
from services.coverage.simulator.world import World


def desk_of(world: World, http: httpx.AsyncClient | None = None) -> FastAPI:
    """The control of one simulator, an app below /_control; `http` is what Mobile JKN calls facilities with."""
    app = FastAPI(title="Meja kendali", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    guard = [Depends(near(world.settings))]
    parts = (desk, members, accounts, look)
    for router in (*(part.router(world) for part in parts), mobile.router(world, http)):
        app.include_router(router, dependencies=guard)
    return app


class Later:
    """An app that is built when it is first asked: control's routes cost more than all the rest of a simulator, and
    most simulators of a test run are never controlled by address."""

    def __init__(self, build: Callable[[], ASGIApp]) -> None:
        self._build = build
        self._app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._app is None:
            self._app = self._build()
        await self._app(scope, receive, send)
