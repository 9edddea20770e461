"""Following referrals: each step is projected, opens or shuts, and is kept for those it concerns."""

from datetime import UTC, date, datetime

from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.service import Service
from services.records.queries import merging
from services.records.queries import referrals as queries
from services.records.queries.referrals import Stood
from services.records.referred import Opens, away, moment, opens, outcome
from services.records.usecases import projecting_referrals
from services.records.usecases.projecting import project


async def follow(service: Service, tx: Tx, event: Event) -> None:
    """Apply one `referral` event. Applied again, from whatever place in the feed, everything stands the same, and
    nobody sees meanwhile what was shut to them by a later step."""
    d, at = event.data, event.at or datetime.now(UTC)
    if d.get("leg") == 0:  # a draft concerns nobody but its writer
        return
    before = await queries.stood(tx, event.subject)
    if event.version < before.version:
        return
    person = (await merging.standing(tx, [event.person_id]))[event.person_id] if event.person_id else None
    await projecting_referrals.follow(service, tx, event, person)
    said = opens(d)
    until = await queries.seen_until(tx, said.ended, _day(service, said.ended)) if said.ended else None
    await _parties(tx, event, person, before, said, until, at)
    if person:
        record = await queries.opened_to(tx, event.subject) if said.record is None else said.record
        await queries.open_record(tx, event.subject, person, record, until, urgent=said.urgent)


async def follow_up(service: Service, tx: Tx, event: Event) -> None:
    """Apply one `followup` event: the home facility's Task. A facility that the receiver named, and that may not know
    the person, sees the record for as long as the follow-up is open, and some days after (`referral-days`)."""
    d, body = event.data, event.data["task"]
    person = (await merging.standing(tx, [event.person_id]))[event.person_id] if event.person_id else None
    await project(tx, "Task", body["id"], person, d["from_facility"], body, event.at)
    if person and d["named"]:
        ended = event.at or datetime.now(UTC)
        until = await queries.seen_until(tx, ended, _day(service, ended)) if d["done_on"] else None
        await queries.open_record(tx, body["id"], person, [d["facility"]], until, urgent=False)
        if event.kind == "created":
            await queries.told(tx, [d["facility"]], person)


async def _parties(
    tx: Tx, event: Event, person: str | None, before: Stood, said: Opens, until: datetime | None, at: datetime
) -> None:
    """Keep where it stands and who sees the referral itself."""
    d = event.data
    parties = before.parties if said.parties is None else said.parties
    row = (
        event.subject, (d.get("task") or {}).get("id"), person, d["from_facility"], d["to_facility"], d.get("kind"),
        d["urgency"], d["state"], outcome(d), moment(d.get("opened_at")), moment(d.get("closed_at")),
        away(d, before.away_since, at), sorted(parties), until, event.version,
    )  # fmt: skip
    await queries.keep(tx, row, person, parties - before.parties)


def _day(service: Service, at: datetime) -> date:
    return at.astimezone(service.clock.zone).date()
