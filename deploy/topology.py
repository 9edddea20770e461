"""The plan of the house in one place: who there is, what each answers for, how each is built.

Services are imported when they are built, not when this plan is read: a process loads only what it runs.
"""

import importlib
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette
from starlette.types import ASGIApp

from deploy.obstacle import Obstacle
from services.kernel.follow import Follow
from services.kernel.settings import Settings

GATEWAY = "gateway"
SIMULATOR = "jkn-simulator"
INNER_PORT = 8000  # where every process of a container deployment listens


@dataclass(frozen=True, slots=True)
class Service:
    """One service: its name is its host name, its package under `services/` and its database.

    `prefixes` are the public addresses that lead to it; those in `streams` take bodies of any length. Below `held`
    answers stay open for as long as somebody listens.
    """

    name: str
    prefixes: tuple[str, ...]
    streams: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


SERVICES = (
    Service(
        "facilities",
        (
            "/oauth2",
            "/v1/clients",
            "/v1/staff",
            "/v1/network",
            "/v1/areas",
            "/v1/facilities",
            "/v1/catchments",
            "/v1/links",
            "/v1/territory",
            "/v1/services",
            "/v1/service-types",
            "/v1/competences",
            "/v1/opening-hours",
            "/v1/special-days",
            "/v1/equipment",
            "/v1/beds",
            "/v1/jkn-contracts",
            "/v1/practitioners",
            "/v1/free-slots",
            "/v1/diagnoses",
            "/v1/candidate-rules",
            "/v1/agreements",
            "/v1/proposals",
            "/v1/reconciliations",
            "/v1/readiness",
            "/v1/learning",
            "/v1/surveys",
            "/v1/workforce",
        ),
    ),
    Service(
        "records",
        (
            "/fhir-r4",
            "/consent",
            "/v1/access-policy",
            "/v1/consents",
            "/v1/break-glass",
            "/v1/visits",
            "/v1/families",
            "/v1/imports",
            "/v1/access-log",
            "/v1/unresolved",
            "/v1/persons",
            "/v1/identity",
            "/v1/subject-requests",
            "/v1/retention",
            "/v1/changes",
            "/v1/webhooks",
        ),
        streams=("/v1/imports",),
    ),
    Service(
        "coverage",
        (
            "/v1/eligibility",
            "/v1/coverage",
            "/v1/jkn",
            "/antreanfktp",
            "/fhir-r4/v1/Coverage",
            "/fhir-r4/v1/CoverageEligibilityRequest",
            "/fhir-r4/v1/CoverageEligibilityResponse",
        ),
    ),
    Service("referrals", ("/v1/referrals",), held=("/v1/referrals/stream",)),
    Service(
        "indicators",
        (
            "/v1/indicators",
            "/v1/standards",
            "/v1/targets",
            "/v1/reports",
            "/v1/surveillance",
            "/v1/worklists",
            "/v1/kbk",
            "/v1/uhc",
            "/v1/jkn-gaps",
        ),
    ),
)
NAMES = tuple(s.name for s in SERVICES)
PROCESSES = (*NAMES, SIMULATOR, GATEWAY)
"""Every process of a split deployment, in the order they are started."""


def database_variable(service: str) -> str:
    """The environment variable that gives a service its database."""
    return f"SIMPUL_{service.upper()}_DATABASE_URL"


def address_variable(process: str) -> str:
    """The environment variable that says where a process is reached by the others."""
    return f"SIMPUL_{process.upper().replace('-', '_')}_URL"


def address(process: str) -> str:
    """Where a process is reached by the others: as the environment says, else by its name (compose file)."""
    return os.environ.get(address_variable(process), "") or f"http://{process}:{INNER_PORT}"


def settings_of(service: str) -> type[Settings]:
    """The settings class of a service: the one its `settings` module defines, else the kernel's."""
    try:
        module = importlib.import_module(f"services.{service}.settings")
    except ModuleNotFoundError as error:
        if error.name != f"services.{service}.settings":
            raise
        return Settings
    own = [c for c in vars(module).values() if _is_settings(c) and c.__module__ == module.__name__]
    return own[0] if own else Settings


def _is_settings(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, Settings)


def build_service(name: str, values: Mapping[str, Any], http: httpx.AsyncClient) -> ASGIApp:
    """Build one service from the values this installation gives it; the rest comes from the environment."""
    module = importlib.import_module(f"services.{name}.app")
    app: ASGIApp = module.build(settings_of(name)(**values), http)
    return app


def follows(name: str) -> Sequence[Follow]:
    """The feeds a service reads."""
    found: Sequence[Follow] = importlib.import_module(f"services.{name}.app").MANIFEST.follows
    return found


def plays_bpjs() -> bool:
    """Whether BPJS is played in this house: no line of it leads to another address than the bundled simulator's."""
    lines = (value for name, value in os.environ.items() if name.startswith("SIMPUL_BPJS_") and name.endswith("URL"))
    return all(urlsplit(line).hostname == SIMULATOR for line in lines if line)


def build_simulator(state: Path, door: str = "") -> ASGIApp:
    """Build the bundled BPJS simulator, which knows the demo network's facilities and keeps its world in `state`.

    `door` is the address of the house's front door, behind which browsers find it. Raises Obstacle when another
    simulator lives in that folder.
    """
    from deploy.demo.network import FOLDER
    from services.coverage.simulator.app import build
    from services.coverage.simulator.settings import SimulatorSettings
    from services.coverage.simulator.store import Taken

    own = SimulatorSettings()
    address = own.address or (f"{door.rstrip('/')}/{SIMULATOR}" if door else "")
    given = {"network": own.network or FOLDER / "facilities.csv", "state": own.state or state, "address": address}
    try:
        return build(own.model_copy(update=given))
    except Taken as taken:
        raise Obstacle(
            id=f"Simulator BPJS lain sedang memakai folder {taken.folder}; pilih folder lain.",
            en=f"Another BPJS simulator is using the folder {taken.folder}; choose another.",
        ) from None


def build_gateway(
    values: Mapping[str, Any], http: httpx.AsyncClient, upstreams: Mapping[str, ASGIApp | str]
) -> ASGIApp:
    """Build the front door before the services, each an app in this process or a base URL."""
    from gateway.app import Route, Settings, build

    routes = [Route(p, s.name, unlimited=p in s.streams) for s in SERVICES for p in s.prefixes]
    routes += [Route(p, s.name, held=True) for s in SERVICES for p in s.held]
    if SIMULATOR in upstreams:
        routes += [Route(f"/{SIMULATOR}", SIMULATOR, guest=True)]
        routes += [Route(f"/{SIMULATOR}/_control", SIMULATOR, guest=True, near=True)]
    return build(Settings(**values), routes, http, upstreams)


@asynccontextmanager
async def running(app: ASGIApp) -> AsyncIterator[None]:
    """Enter an app's lifespan: nothing else does, neither a mount nor an in-process transport."""
    if isinstance(app, Starlette):
        async with app.router.lifespan_context(app):
            yield
        return
    try:
        yield
    finally:
        close = getattr(app, "close", None)  # the gateway's connections to services elsewhere
        if close is not None:
            await close()


def release(app: ASGIApp) -> None:
    """Let go the peers that wait for this service's next event, so that closing does not wait for them."""
    service = getattr(app.state, "service", None) if isinstance(app, Starlette) else None
    if service is not None:
        service.sealer.release()
