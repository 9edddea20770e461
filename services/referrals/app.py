"""What the referrals service plugs in."""

import httpx

from services.kernel.app import App, Job, Manifest, create_app
from services.kernel.follow import Follow
from services.kernel.settings import Settings
from services.records.contract import MERGE
from services.referrals.follow import apply, encounters, records
from services.referrals.room import load
from services.referrals.routes import ageing, candidates, clocks, figures, follow_ups, inner, letters, referrals, stream
from services.referrals.usecases import follow_ups as followed
from services.referrals.usecases import merges, ringing
from services.referrals.usecases.answers import forget
from services.referrals.usecases.stream import fan_out

MANIFEST = Manifest(
    name="referrals",
    title="Simpul ILP: rujukan (referrals)",
    description="Rujukan antar faskes, dari kirim sampai rujuk balik (closed-loop referrals)",
    routers=[
        inner.router,
        clocks.router,
        ageing.router,
        candidates.router,
        figures.router,
        follow_ups.router,
        stream.router,
        letters.router,
        referrals.router,
    ],
    follows=[
        Follow("facilities", apply),
        Follow("records", records, only=MERGE),
        Follow("records", encounters, only="Encounter", name="visits"),
    ],
    start=load,
    jobs=[
        Job("room", 2, load),
        Job("clock", 2, ringing.ring),
        Job("follow-ups", 30, followed.ring),
        Job("missed-follow-ups", 600, followed.catch_up),
        Job("orphans", 30, ringing.orphans),
        Job("forget-answers", 3600, forget),
        Job("late-merges", 60, merges.late),
        Job("stream", 1, fan_out),
    ],
)


def build(settings: Settings, http: httpx.AsyncClient) -> App:
    """The referrals app. Nothing runs until its lifespan is entered."""
    return create_app(MANIFEST, settings, http)
