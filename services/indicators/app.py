"""What the indicators service plugs in."""

import httpx

from services.indicators import follow
from services.indicators.room import BASE, ROOM, Room
from services.indicators.routes import (
    cascade,
    charts,
    exchange,
    ilp,
    index,
    inner,
    kbk,
    lifetable,
    numbers,
    panels,
    plausibility,
    reports,
    standards,
    surveillance,
    targets,
    uhc,
    units,
    worklists,
)
from services.indicators.settings import IndicatorsSettings
from services.indicators.usecases import day
from services.kernel.app import App, Job, Manifest, create_app
from services.kernel.follow import Follow
from services.kernel.service import Service
from services.records.contract import MERGE


async def _start(service: Service) -> None:
    """Load concepts and standards; see whether what is kept was made by them."""
    settings = service.settings
    folder = settings.standards if isinstance(settings, IndicatorsSettings) else None
    service.room[BASE] = Room(folder, service.clock.zone, service.clock.fixed)
    async with service.db.transaction() as tx:
        service.room[ROOM] = await day.begin_here(service, tx)


MANIFEST = Manifest(
    name="indicators",
    title="Indikator (indicators)",
    description="Angka SPM dan PIP yang selalu mutakhir, terbuka sampai orang dan faktanya "
    "(live numbers that open down to people and facts).",
    routers=(
        exchange.fhir,
        exchange.dhis2,
        index.router,
        ilp.router,
        panels.router,
        plausibility.router,
        lifetable.router,
        numbers.router,
        charts.router,
        units.router,
        standards.router,
        targets.router,
        cascade.router,
        reports.router,
        surveillance.router,
        worklists.router,
        kbk.router,
        uhc.coverage,
        uhc.router,
        inner.router,
    ),
    follows=(
        Follow("records", follow.records),
        Follow("facilities", follow.facilities),
        Follow("coverage", follow.coverage),
        Follow("coverage", follow.jkn, name="jkn"),
        Follow("facilities", follow.spans, name="spans"),
        Follow("records", follow.merges, only=MERGE, name="merges"),
        Follow("referrals", follow.referrals),
    ),
    jobs=(Job("upkeep", 2, day.upkeep),),
    start=_start,
)


def build(settings: IndicatorsSettings, http: httpx.AsyncClient) -> App:
    """The app of the indicators service."""
    return create_app(MANIFEST, settings, http)
