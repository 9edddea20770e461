"""What this service plugs in."""

import httpx

from services.facilities.routes import (
    accounts,
    agreements,
    areas,
    candidates,
    catchments,
    diagnoses,
    facilities,
    learning,
    links,
    particulars,
    practitioners,
    proposals,
    readiness,
    reconciling,
    surveys,
    templates,
    territory,
    token,
    units,
    workforce,
)
from services.facilities.usecases import alarms
from services.facilities.usecases.facilities import begin_day
from services.facilities.usecases.start import start
from services.kernel.app import App, Job, Manifest, create_app
from services.kernel.settings import Settings

MANIFEST = Manifest(
    name="facilities",
    title="Jejaring (network)",
    description="Wilayah, faskes, wilayah kerja; aplikasi, staf, dan token (areas, facilities, catchments; accounts).",
    routers=(
        token.router,
        accounts.router,
        agreements.router, agreements.files,
        areas.router,
        facilities.router, facilities.inner,
        particulars.router,
        catchments.router,
        diagnoses.router, candidates.inner,
        practitioners.router, practitioners.inner,
        workforce.router,
        links.router,
        territory.router,
        units.router,
        proposals.router,
        readiness.router,
        learning.router,
        surveys.router,
        reconciling.router,
        templates.router,
    ),
    start=start,
    jobs=(Job("begin-day", 30, begin_day), Job("agreement-alarms", 30, alarms.work)),
)  # fmt: skip


def build(settings: Settings, http: httpx.AsyncClient) -> App:
    """The service, ready for its lifespan."""
    return create_app(MANIFEST, settings, http)
