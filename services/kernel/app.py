"""The app factory: one manifest says what a service plugs in; the kernel does the rest."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI
from starlette.types import Receive, Scope, Send

from services.kernel import access, errors
from services.kernel.auth import Auth
from services.kernel.db import Database
from services.kernel.direct import Direct
from services.kernel.events import Sealer
from services.kernel.follow import Follow, Follower
from services.kernel.frame import Frame
from services.kernel.inner import router as inner_router
from services.kernel.logs import described
from services.kernel.openapi import describe
from services.kernel.service import Service
from services.kernel.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """Background work: `work(service)` every `seconds`; a failure is logged and tried again next time."""

    name: str
    seconds: float
    work: Callable[[Service], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that a service plugs in. `start` runs once when its database is open, before followers begin."""

    name: str
    title: str
    description: str
    routers: Sequence[APIRouter]
    follows: Sequence[Follow] = ()
    jobs: Sequence[Job] = ()
    start: Callable[[Service], Awaitable[None]] | None = None
    unlimited: tuple[str, ...] = ()


class App(FastAPI):
    """A FastAPI app inside the kernel's frame (outside of all middleware, so that it sees every request)."""

    frame: Frame
    direct: Direct

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.frame(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A framed request: the short way for a simple route that it fits, FastAPI's for every other."""
        found = self.direct.find(scope)
        left = receive if found is None else await self.direct.answer(*found, scope, receive, send)
        if left is not None:
            await super().__call__(scope, left, send)


def create_app(manifest: Manifest, settings: Settings, http: httpx.AsyncClient) -> App:
    """Build one service. Nothing runs until its lifespan is entered."""
    db = Database(settings, manifest.name)
    service = Service(
        name=manifest.name,
        settings=settings,
        http=http,
        clock=settings.clock(),
        db=db,
        auth=Auth(http, settings.issuer, settings.peer_key.get_secret_value()),
        sealer=Sealer(db, manifest.name, settings.seal_gap),
    )
    service.followers = [Follower(service, f) for f in manifest.follows]

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await db.open()
        if manifest.start is not None:
            await manifest.start(service)
        tasks = [asyncio.create_task(w, name=n) for n, w in _work(service, manifest)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks, return_exceptions=True)
            await db.close()

    app = App(
        title=manifest.title, description=manifest.description, version="0.1.0", lifespan=lifespan,
        docs_url=None, redoc_url=None, openapi_url="/internal/openapi.json", redirect_slashes=False,
    )  # fmt: skip
    app.state.service = service
    app.state.manifest = manifest
    app.frame = Frame(app.inside, manifest.name, settings.max_body, manifest.unlimited or ("\0",))
    for router in (*manifest.routers, inner_router):
        app.router.routes += router.routes  # as they are: `include_router` would build each a second time
    errors.install(app)
    describe(app)
    app.direct = Direct(app, service)
    return app


def _work(service: Service, manifest: Manifest) -> list[tuple[str, Any]]:
    """The service's background tasks: sealer, followers, jobs, the daily chain head."""
    daily = Job("publish-chain", 600, _publish)
    return [
        ("sealer", service.sealer.run()),
        *((f"follow-{f.source}", f.run()) for f in service.followers),
        *((j.name, _repeat(service, j)) for j in (*manifest.jobs, daily)),
    ]


async def _repeat(service: Service, job: Job) -> None:
    while True:
        try:
            await job.work(service)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.warning("job failed", extra={"service": service.name, "job": job.name, **described(error)})
        await asyncio.sleep(job.seconds)


async def _publish(service: Service) -> None:
    async with service.db.reading() as conn:
        day = service.clock.today().isoformat()
        await access.publish(conn, service.settings.data / "chain", service.name, day)
