"""Keeping the record in step with referrals: the ServiceRequest, the Task that follows it, the approval Tasks.

An event carries codes only. A resource that a client wrote keeps its words; the words of what was sent over the plain
API are asked for by a job, and kept here for those who may see the referral.
"""

import logging
from contextlib import suppress
from datetime import datetime
from typing import Any

import orjson

from services.kernel import metrics
from services.kernel.db import OUTAGES, Tx
from services.kernel.events import Event
from services.kernel.logs import described
from services.kernel.problems import Unavailable
from services.kernel.service import Service
from services.records import peers
from services.records.queries import merging, projection
from services.records.queries import referral_fhir as queries
from services.records.queries.store import Raced
from services.records.referral_fhir import steps
from services.records.usecases.projecting import project

log = logging.getLogger(__name__)

_TYPES = {"servicerequest": "ServiceRequest", "task": "Task"}
_WORDS = ("note", "contained", "supportingInfo", "description")
"""Elements that hold a referral's words; they travel in no event."""
AT_ONCE = 200
_TURNS = 3
KEEP_DAYS = 30


async def follow(service: Service, tx: Tx, event: Event, person: str | None) -> None:
    """Project a step as its event tells it; the words are due to be asked for."""
    if event.data.get("servicerequest"):
        await keep(service, tx, event.data | {"id": event.subject, "version": event.version}, person)
        await queries.due(tx, event.subject)


async def keep(service: Service, tx: Tx, data: dict[str, Any], person: str | None) -> None:
    """Bring a referral's resources to where the machine says it stands.

    `lastUpdated` is the moment it is stored here: who polls by it must not be given a moment that has passed.
    """
    if not await queries.followed(tx, data["id"], data["version"]):
        return
    for _ in range(_TURNS):
        with suppress(Raced):  # a client's words came in between: they are to be kept
            await _projected(tx, data, person, service.clock.now())
            return
    raise Raced


async def _projected(tx: Tx, data: dict[str, Any], person: str | None, at: datetime) -> None:
    client, told_of = data["from_facility"], [(t, data[key]) for key, t in _TYPES.items() if data.get(key)]
    # what stands is read before whose words it is: were it the other way, words stored in between would be lost
    standing = [await _standing(tx, type_, told["id"]) for type_, told in told_of]
    parts = await queries.of_referral(tx, data["id"])
    worded = {p.type for p in parts if p.part == "request"}
    for (type_, told), (over, before) in zip(told_of, standing, strict=True):
        if before is not None:
            told = steps.requested(before, told) if type_ in worded else _with_words(before, told)
        await project(tx, type_, told["id"], person, client, told, at, over=over)
    for part in parts:
        if part.part == "approval":
            over, body = await _standing(tx, "Task", part.id)
            now_is = steps.approved(body, part.facility or "", data) if body is not None else None
            if now_is is not None and now_is is not body:
                await project(tx, "Task", part.id, person, client, now_is, at, over=over)


async def _standing(tx: Tx, type_: str, id_: str) -> tuple[int, dict[str, Any] | None]:
    found = await projection.projected(tx, type_, id_)
    return (found[0], orjson.loads(found[1])) if found is not None else (0, None)


def _with_words(before: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """What the machine says now, with the words that were asked for before."""
    kept = {k: before[k] for k in _WORDS if k in before and k not in told}
    reasons, said = told.get("reasonCode") or [], before.get("reasonCode") or []
    codes = [[r.get("coding") for r in each] for each in (reasons, said)]
    if codes[0] == codes[1] and not any("text" in r for r in reasons):
        kept |= {"reasonCode": said} if said else {}
    return {**told, **kept}


async def words(service: Service) -> None:
    """Ask referrals for the words of those that changed, and keep them. A kernel job; what cannot be asked for now
    stays due."""
    async with service.db.reading() as conn:
        due = await queries.all_due(conn, AT_ONCE)
    for id_, turn in due:
        try:
            await _words(service, id_, turn)
        except (Unavailable, *OUTAGES):
            return
        except Exception as error:  # one that cannot be kept holds up no other
            metrics.FAILED.labels(service.name, "referral-words").inc()
            log.error("a referral's words failed", extra={"service": service.name, **described(error)})


async def _words(service: Service, id_: str, turn: int) -> None:
    told = await peers.referral(service, id_)
    async with service.db.transaction() as tx:
        if told is not None:
            person = (await merging.standing(tx, [told["person"]]))[told["person"]]
            await keep(service, tx, told, person)
        await queries.done(tx, id_, turn)


async def forget(service: Service) -> None:
    """Drop first answers that no retry will ask for any more."""
    async with service.db.reading() as conn:
        await queries.forget(conn, KEEP_DAYS)
