"""The house as one process per service, on this machine: started together, watched, stopped together.

The same commands run in containers (`simpul serve NAME`, see docker-compose.yml); here we are the orchestrator.
Used by the system tests, and by who wants to see the services apart: `simpul up --split`.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

import httpx

from deploy import peers, server, topology
from deploy.house import House
from deploy.migrate import migrate
from deploy.obstacle import Obstacle
from deploy.onebox import Note, keep_alive, open_databases
from deploy.processes import end_with_parent

PATIENCE = 60.0  # seconds until everything must answer
PAUSE = 1.0  # seconds before a process that died is started again


def up(house: House, note: Note, started: Callable[[], Awaitable[None]]) -> None:
    """Start every process and watch them until Ctrl-C. Raises Obstacle when something stands in the way."""
    ports = {name: house.port + 1 + i for i, name in enumerate(topology.PROCESSES)}
    ports[topology.GATEWAY] = house.port
    for port in ports.values():
        server.check_port(house.host, port, patience=server.GRACE + 1)  # a killed house may still be closing
    with ExitStack() as stack:
        embedded, databases = open_databases(house, note, stack)
        house.make_credentials()
        migrate(databases)
        environment = _environment(house, databases, ports)

        async def watch(stop: asyncio.Event) -> None:
            crew = Crew(house, environment, ports)
            beside = [asyncio.create_task(keep_alive(embedded, stop, note))]
            try:
                crew.start()
                await _ready(house, crew, stop)
                beside.append(asyncio.create_task(_unless(stop, started)))
                await crew.watch(stop, note)
            finally:
                note("Berhenti … · stopping …")
                for task in beside:
                    task.cancel()
                crew.stop()

        server.run(watch)


def _environment(house: House, databases: dict[str, str], ports: dict[str, int]) -> dict[str, str]:
    """What every process is told: where databases and peers are, and the peers' secret."""
    told = {topology.database_variable(name): url for name, url in databases.items()}
    told |= {topology.address_variable(name): f"http://127.0.0.1:{port}" for name, port in ports.items()}
    told |= {"SIMPUL_PEER_KEY": house.peer_key(), "SIMPUL_DATA": str(house.data), "SIMPUL_PUBLIC_URL": house.address}
    return os.environ | told


async def serve(process: str, house: House, stop: asyncio.Event) -> None:
    """Run one process of a split house: a service, the simulator or the gateway."""
    names = [*topology.NAMES, topology.SIMULATOR]
    async with peers.at_addresses({name: topology.address(name) for name in names}) as http:
        if process == topology.SIMULATOR:
            app = topology.build_simulator(house.data / topology.SIMULATOR, house.address)
        elif process == topology.GATEWAY:
            behind = names if topology.plays_bpjs() else topology.NAMES
            upstreams = {name: topology.address(name) for name in behind}
            app = topology.build_gateway(house.settings(process), http, upstreams)
        else:
            app = topology.build_service(process, house.settings(process, _own_database(process)), http)
        async with topology.running(app):
            await server.serve(app, house.host, house.port, stop, closing=lambda: topology.release(app))


def _own_database(service: str) -> str:
    variable = topology.database_variable(service)
    url = os.environ.get(variable) or os.environ.get("SIMPUL_DATABASE_URL", "")
    if not url:
        raise Obstacle(
            id=f"Layanan {service} memerlukan alamat basis datanya: {variable}=postgresql://…",
            en=f"The service {service} needs the address of its database: {variable}=postgresql://…",
        )
    return url


def launch(words: list[str], environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start `simpul` with these words beside us; what it complains about goes to `log`."""
    with log.open("ab") as complaints:
        return subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", *words],
            env=environment,
            stdin=subprocess.DEVNULL,
            stderr=complaints,
            start_new_session=True,  # Ctrl-C is ours; we stop them in order
            preexec_fn=end_with_parent(signal.SIGTERM),
        )


class Crew:
    """The processes of a split house. One that dies is started again."""

    def __init__(self, house: House, environment: dict[str, str], ports: dict[str, int]) -> None:
        self._house, self._environment, self._ports = house, environment, ports
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Start all."""
        for name in topology.PROCESSES:
            if name != topology.SIMULATOR or topology.plays_bpjs():
                self._start(name)

    def _start(self, name: str) -> None:
        host = self._house.host if name == topology.GATEWAY else "127.0.0.1"  # nobody else is met from outside
        own = {"SIMPUL_HOST": host, "SIMPUL_PORT": str(self._ports[name])}
        self._running[name] = launch(["serve", name], self._environment | own, self._house.log)

    def dead(self) -> list[str]:
        """The processes that have ended by themselves."""
        return [name for name, process in self._running.items() if process.poll() is not None]

    async def watch(self, stop: asyncio.Event, note: Note) -> None:
        """Until `stop`: start again what has died."""
        while not stop.is_set():
            for name in self.dead():
                note(f"{name} mati, dijalankan lagi · {name} died, started again")
                await asyncio.sleep(PAUSE)
                self._start(name)
            await asyncio.sleep(0.2)

    def stop(self) -> None:
        """Stop all, the front door first."""
        for name in reversed(list(self._running)):
            self._running[name].send_signal(signal.SIGTERM)
        for process in self._running.values():
            try:
                process.wait(server.GRACE + 10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


async def _ready(house: House, crew: Crew, stop: asyncio.Event) -> None:
    """Return when the gateway says that everything answers. Raises Obstacle when that will not be."""
    deadline = time.monotonic() + PATIENCE
    async with httpx.AsyncClient(trust_env=False) as http:
        while not stop.is_set():
            try:
                if (await http.get(f"{house.local}/health/ready", timeout=2)).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            dead = ", ".join(crew.dead())
            if dead or time.monotonic() > deadline:
                raise Obstacle(
                    id=f"Tidak semua layanan mulai ({dead or '/health/ready'}); sebabnya di {house.log}.",
                    en=f"Not every service has started ({dead or '/health/ready'}); the reason is in {house.log}.",
                )
            await asyncio.sleep(0.1)


async def _unless(stop: asyncio.Event, started: Callable[[], Awaitable[None]]) -> None:
    if not stop.is_set():
        await started()
