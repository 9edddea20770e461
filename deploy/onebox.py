"""The whole house in one process: every service, the simulator and the gateway on an embedded PostgreSQL.

The gateway calls the services as ASGI apps (no socket, no copy), and so do the services one another. Each service
keeps a database of its own, so nothing can be joined across services here that could not be in a split house.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager

from starlette.types import ASGIApp

from deploy import peers, server, topology
from deploy.house import House, write_json
from deploy.migrate import migrate
from deploy.obstacle import Obstacle
from deploy.placing import own_folder
from deploy.postgres import Embedded

log = logging.getLogger(__name__)
Note = Callable[[str], None]


def up(house: House, note: Note, started: Callable[[], Awaitable[None]]) -> None:
    """Start everything and serve until Ctrl-C; `started` runs once requests are answered.

    Raises Obstacle when something stands in the way.
    """
    server.check_port(house.host, house.port)
    with ExitStack() as stack:
        embedded, databases = open_databases(house, note, stack)
        house.make_credentials()
        migrate(databases)

        async def serve(stop: asyncio.Event) -> None:
            async with built(house, databases) as app:
                keeper = asyncio.create_task(keep_alive(embedded, stop, note))
                try:
                    await server.serve(app, house.host, house.port, stop, started)
                finally:
                    keeper.cancel()
                    note("Berhenti … · stopping …")

        server.run(serve)


def open_databases(house: House, note: Note, stack: ExitStack) -> tuple[Embedded | None, dict[str, str]]:
    """The database address of every service: those given by environment, else those of our own server."""
    databases, embedded = house.given_databases(), None
    own_folder(house.data)
    if not databases:
        embedded = stack.enter_context(Embedded(house.data, note=note))
        databases = {name: embedded.url(name) for name in topology.NAMES}
    write_json(house.running, {"address": house.address, "databases": databases})
    stack.callback(house.running.unlink, missing_ok=True)
    return embedded, databases


@asynccontextmanager
async def built(house: House, databases: Mapping[str, str]) -> AsyncIterator[ASGIApp]:
    """The house as one ASGI app, all its services running: built first, so that each finds the others."""
    http, transports = peers.in_process([*topology.NAMES, topology.SIMULATOR])
    behind = {
        name: topology.build_service(name, house.settings(name, databases[name]), http) for name in topology.NAMES
    }
    if topology.plays_bpjs():
        behind[topology.SIMULATOR] = topology.build_simulator(house.data / topology.SIMULATOR, house.address)
    for name, app in behind.items():
        transports[name].app = app
    gateway = topology.build_gateway(house.settings(topology.GATEWAY), http, behind)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(http)
        for app in (*behind.values(), gateway):
            await stack.enter_async_context(topology.running(app))
        yield gateway


async def keep_alive(embedded: Embedded | None, stop: asyncio.Event, note: Note) -> None:
    """Bring the database server back, at its old address, if it dies under us; `stop` when it cannot be.

    The services' pools reconnect by themselves.
    """
    while embedded is not None:
        await asyncio.sleep(0.5)
        if embedded.alive():
            continue
        log.error("database server died, starting it again")
        try:
            embedded.start()  # blocks the loop; without a database nothing could be answered anyway
        except Obstacle as obstacle:
            note(str(obstacle))
            stop.set()
            return
