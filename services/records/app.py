"""The shared record plugs itself in."""

import httpx

from services.kernel.app import App, Job, Manifest, create_app
from services.kernel.follow import Follow
from services.kernel.service import Service
from services.records import follow, room
from services.records.queries import imports as import_queries
from services.records.routes import (
    bundles,
    changes,
    consents,
    due,
    exports,
    families,
    fhir_history,
    fhir_match,
    fhir_merge,
    fhir_patient,
    fhir_read,
    fhir_search,
    fhir_summary,
    fhir_validate,
    fhir_write,
    identity_merges,
    imports,
    inner,
    left_open,
    people,
    persons,
    policy,
    reviews,
    subjects,
    tables,
    visits,
    webhooks,
)
from services.records.settings import RecordsSettings
from services.records.usecases import (
    classifying,
    delivering,
    directing,
    merging,
    projecting,
    projecting_referrals,
    scanning,
)
from services.records.usecases import exports as exporting
from services.records.usecases import families as placing
from services.records.usecases import policy as policing


async def _interrupted_imports(service: Service) -> None:
    """An import whose process died is said to be interrupted, so that its sender knows to send it again."""
    async with service.db.reading() as conn:
        await conn.execute(import_queries.INTERRUPT)


MANIFEST = Manifest(
    name="records",
    title="Catatan bersama (shared record)",
    description="Satu catatan layanan primer per orang, ditulis semua faskes: FHIR R4, kunjungan JSON, impor massal.",
    routers=(
        bundles.router,
        left_open.router,
        visits.router,
        due.router,
        tables.router,
        imports.router,
        consents.router,
        policy.router,
        people.router,
        subjects.router,
        changes.router,
        webhooks.router,
        identity_merges.router,
        persons.router,
        families.router,
        inner.router,
        exports.router,
        reviews.router,
        fhir_match.router,
        fhir_merge.router,
        fhir_summary.router,
        fhir_patient.router,
        fhir_history.router,
        fhir_read.router,
        fhir_search.router,
        fhir_validate.router,
        fhir_write.router,
    ),
    follows=(
        Follow("facilities", follow.facilities),
        Follow("facilities", follow.directory, batch=100, name="directory"),
        Follow("referrals", follow.referrals),
    ),
    jobs=(
        Job("load-room", 5, room.load),
        Job("interrupted-imports", 60, _interrupted_imports),
        Job("settle-merges", 2, merging.settle),
        Job("exports", 1, exporting.work),
        Job("webhooks", 1, delivering.work),
        Job("classify-again", 60, classifying.again),
        Job("practitioners", 1, projecting.practitioners),
        Job("referral-words", 1, projecting_referrals.words),
        Job("forget-referral-answers", 3600, projecting_referrals.forget),
        Job("same-persons", 2, scanning.work),
        Job("families", 2, placing.work),
        Job("day-turns", 5, policing.day_turns),
        Job("directory-day", 60, directing.day_turns),
    ),
    start=room.load,
    unlimited=("/v1/imports",),
)


def build(settings: RecordsSettings, http: httpx.AsyncClient) -> App:
    """The app of the shared record."""
    return create_app(MANIFEST, settings, http)
