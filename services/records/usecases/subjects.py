"""What a person asks of the record: recorded with a clock, listed by due time, answered once; and what has been
kept as long as law asks. A correction is a new version of a resource, never a change of an old one."""

import base64
import binascii
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor, Role
from services.kernel.ids import new_id
from services.kernel.problems import Conflict, Fault, NotFound, Refused, Text, Unprocessable
from services.kernel.service import Service
from services.records.contract.subject import (
    Kind,
    NewAnswer,
    NewSubjectRequest,
    Outcome,
    Retention,
    RetentionYear,
    SubjectRequest,
    SubjectRequests,
)
from services.records.queries import people, subjects
from services.records.usecases.people import visible

THING = "subject-request"
DISTRICT = frozenset({Role.DINKES_ADMIN, Role.AUDITOR})
"""Roles that see every facility's requests."""
FIRST = datetime(1, 1, 2, tzinfo=UTC), ""
RULE = "Permenkes 24/2022 pasal 39"


async def record(service: Service, actor: Actor, asked: NewSubjectRequest) -> SubjectRequest:
    """Record a request of a person the actor may see. Raises NotFound, Refused (logged), Unprocessable."""
    now = service.clock.now()
    received = (asked.received_at or now).astimezone(service.clock.zone)
    if received > now:
        wrong = Text("tidak boleh di masa depan", "must not be in the future")
        raise Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), [Fault("/received_at", wrong)])
    async with service.db.reading() as conn:
        ids = await people.ids_of(conn, asked.person)
        hours = await subjects.policy(conn, "subject-request-hours", received.date())
    if not ids:
        raise NotFound(Text("Orang ini belum tercatat", "This person is not in the record"))
    await _must_see(service, actor, ids[0])
    row = {
        "id": new_id(), "person_id": ids[0], "kind": asked.kind, "detail": asked.detail, "facility": actor.facility,
        "recorded_by": actor.subject, "received_at": received, "due_at": received + timedelta(hours=hours),
        "outcome": None, "note": None, "amended": None, "answered_by": None, "answered_at": None,
    }  # fmt: skip
    async with service.db.transaction() as tx:
        await subjects.add(tx, row)
        await access.log(tx, [Access(actor, ids[0], "write", THING, resources=[f"{THING}/{row['id']}"])])
    return _shown(row, now)


async def _must_see(service: Service, actor: Actor, person: str) -> None:
    if not await visible(service, actor, [person]):
        await access.refuse(service.db, [Access(actor, person, "write", THING, "refused")])
        raise Refused(Text("Orang ini bukan pasien faskes Anda", "This person is no patient of your facility"))


async def one(service: Service, actor: Actor, id_: str) -> SubjectRequest:
    """One request. Raises NotFound (also for another facility's)."""
    async with service.db.transaction() as tx:
        row = await _of(tx, actor, id_)
        await access.log(tx, [Access(actor, row["person_id"], "read", THING, resources=[f"{THING}/{id_}"])])
    return _shown(row, service.clock.now())


async def _of(conn: Any, actor: Actor, id_: str, *, lock: bool = False) -> dict[str, Any]:
    row = await subjects.one(conn, id_, lock=lock)
    if row is None or (actor.role not in DISTRICT and row["facility"] != actor.facility):
        raise NotFound(Text("Permintaan ini tidak ada", "There is no such request"))
    return row


async def page(
    service: Service, actor: Actor, facility: str | None, state: str, after: str | None, limit: int
) -> SubjectRequests:
    """Requests by due time: a facility's own, or the whole district's for the health office."""
    if actor.role not in DISTRICT:
        if facility not in (None, actor.facility):
            raise Refused(Text("Hanya permintaan faskes sendiri", "Only the own facility's requests"))
        facility = actor.facility
    now = service.clock.now()
    place = _opened(after) if after else FIRST
    async with service.db.transaction() as tx:
        rows = await subjects.page(tx, facility, state, place, limit + 1, now)
        late = await subjects.overdue(tx, facility, now)
        more, rows = len(rows) > limit, rows[:limit]
        seen: dict[str, list[str]] = {}
        for r in rows:
            seen.setdefault(r["person_id"], []).append(f"{THING}/{r['id']}")
        await access.log(tx, [Access(actor, p, "search", THING, resources=ids) for p, ids in seen.items()])
    return SubjectRequests(items=[_shown(r, now) for r in rows], overdue=late, next=_sealed(rows[-1]) if more else None)


async def answer(service: Service, actor: Actor, id_: str, told: NewAnswer) -> SubjectRequest:
    """Answer a request, once. A fulfilled correction names what it amended.

    Raises NotFound, Conflict, Unprocessable.
    """
    now = service.clock.now()
    async with service.db.transaction() as tx:
        row = await _of(tx, actor, id_, lock=True)
        if row["answered_at"] is not None:
            raise Conflict(Text("Permintaan ini sudah dijawab", "This request has been answered"))
        await _amended(tx, row, told)
        await subjects.answer(tx, id_, told.outcome, told.note, told.amended, actor.subject, now)
        looked = Access(actor, row["person_id"], "write", THING, resources=[f"{THING}/{id_}", *told.amended])
        await access.log(tx, [looked])
        row = await _of(tx, actor, id_)
    return _shown(row, now)


async def _amended(conn: Any, row: dict[str, Any], told: NewAnswer) -> None:
    mend = Text("Perbaiki isian berikut", "Mend the following fields")
    if row["kind"] == Kind.CORRECTION and told.outcome != Outcome.DECLINED and not told.amended:
        wrong = Text(
            "sebutkan sumber daya yang diperbaiki; perbaikan adalah versi baru, yang lama tetap tersimpan",
            "name the amended resources; a correction is a new version, the old one is kept",
        )
        raise Unprocessable(mend, [Fault("/amended", wrong, "required")])
    if not told.amended:
        return
    wrong = Text(
        "bukan milik orang ini, atau belum ada versi baru sejak permintaan diterima",
        "is not this person's, or has no new version since the request was received",
    )
    bad = await subjects.not_amended(conn, row["person_id"], told.amended, row["received_at"])
    if bad:
        raise Unprocessable(mend, [Fault(f"/amended/{told.amended.index(ref)}", wrong) for ref in bad])


async def retention(service: Service, at: date | None) -> Retention:
    """How many persons and resources have passed the time law asks to keep them, by year. Nothing is erased."""
    at = at or service.clock.today()
    async with service.db.reading() as conn:
        years = await subjects.policy(conn, "retention-years", at)
        rows = await subjects.retention(conn, at, years, service.clock.zone.key)
    return Retention(
        at=at, years=years, rule=RULE, persons=sum(r["persons"] for r in rows),
        resources=sum(r["resources"] for r in rows), by_year=[RetentionYear(**r) for r in rows],
    )  # fmt: skip


def _shown(row: dict[str, Any], now: datetime) -> SubjectRequest:
    left = None if row["answered_at"] else round((row["due_at"] - now).total_seconds() / 3600, 1)
    fields = row | {"amended": row["amended"] or [], "overdue": left is not None and left < 0, "hours_left": left}
    return SubjectRequest.model_validate(fields)


def _sealed(row: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([row["due_at"], row["id"]])).decode().rstrip("=")


def _opened(after: str) -> tuple[datetime, str]:
    try:
        due, id_ = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        place = datetime.fromisoformat(due), str(id_)
        if place[0].tzinfo is None:
            raise ValueError
        return place
    except (binascii.Error, ValueError, TypeError):
        at = Text("bukan `next` dari halaman sebelumnya", "is not the `next` of an earlier page")
        raise Unprocessable(faults=[Fault("/query/after", at)]) from None
