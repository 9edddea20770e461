"""What the JKN service plugs in, and its line to BPJS."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from services.coverage import follow
from services.coverage.bpjs.wires import Wires
from services.coverage.routes import (
    antrean,
    deliveries,
    eligibility,
    fhir,
    groups,
    lines,
    lists,
    maps,
    members,
    queue,
    reconciliation,
    references,
    targets,
    told,
    vclaim,
)
from services.coverage.settings import CoverageSettings
from services.coverage.simulator.settings import HOST
from services.coverage.usecases import line_settings, list_loading, reconciling, referral_numbers, visits
from services.coverage.usecases.lines import WIRES
from services.coverage.usecases.outbox import owing, worker
from services.coverage.usecases.outbox.port import KINDS, Kind
from services.coverage.usecases.outbox.ticket import Tickets
from services.coverage.usecases.outbox.visit_steps import VisitKind
from services.facilities.contract import LINK, SPECIAL_DAY
from services.kernel.app import App, Job, Manifest, create_app
from services.kernel.follow import Follow
from services.kernel.settings import Settings
from services.records.contract import MERGE
from services.referrals.contract import REFERRAL

MANIFEST = Manifest(
    name="coverage",
    title="JKN",
    description="Kepesertaan dan kelayakan JKN, melalui konektor BPJS Kesehatan (JKN membership and eligibility).",
    routers=[
        eligibility.router,
        deliveries.router,
        fhir.router,
        groups.router,
        lines.router,
        lists.router,
        maps.router,
        members.router,
        targets.router,
        references.router,
        vclaim.router,
        told.router,
        queue.router,
        antrean.router,
        reconciliation.router,
    ],
    start=line_settings.reseal,
    follows=[
        Follow(source="facilities", apply=follow.apply),
        Follow(source="facilities", apply=follow.links, only=LINK, name="links"),
        Follow(source="facilities", apply=follow.special_days, only=SPECIAL_DAY, name="special-days"),
        Follow(source="records", apply=follow.records, only=MERGE),
        Follow(source="records", apply=owing.follow, name="visits"),
        Follow(source="referrals", apply=follow.referrals, only=REFERRAL),
    ],
    jobs=[
        Job("outbox", 1, worker.serve),
        Job("referral-numbers", 2, referral_numbers.hand),
        Job("lists", 10, list_loading.left_behind),
        Job("reconciliation", 2, reconciling.work),
    ],
)


def build(settings: Settings, http: httpx.AsyncClient) -> App:
    """The JKN service. `http` reaches peers by name, the bundled simulator among them."""
    own = CoverageSettings.of(settings)
    app = create_app(MANIFEST, own, http)
    room = app.state.service.room
    room[KINDS] = {kind.name: kind for kind in kinds()}
    inner = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(asgi: FastAPI) -> AsyncIterator[None]:
        async with ways_out(own, http) as room[WIRES], inner(asgi):
            yield

    app.router.lifespan_context = lifespan
    return app


def kinds() -> list[Kind]:
    """What is delivered through the outbox."""
    return [VisitKind(visits.build), Tickets()]


@asynccontextmanager
async def ways_out(settings: CoverageSettings, peers: httpx.AsyncClient) -> AsyncIterator[Wires]:
    """The ways to BPJS: to the simulator over the peers' client, else over a client by the egress proxy if set.

    That client takes nothing from the environment, so that a stray proxy variable cannot lead patients' numbers
    elsewhere.
    """
    proxy = settings.bpjs_proxy.get_secret_value() if settings.bpjs_proxy else None
    async with httpx.AsyncClient(proxy=proxy, trust_env=False, follow_redirects=False) as outside:
        yield Wires(peers, outside, HOST, settings.patience())
