"""Who read a person's record, gathered from every service: the rows, and the report for the person."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx

from services.kernel import access
from services.kernel.access import Access, Span
from services.kernel.auth import Actor, Role
from services.kernel.problems import Fault, NotFound, Refused, Text, Unprocessable
from services.kernel.service import Service
from services.records import report
from services.records.contract.trail import Report
from services.records.queries import people as queries
from services.records.queries import referrals as referring
from services.records.queries import store
from services.records.usecases.people import visible

PEERS = ("facilities", "coverage", "referrals", "indicators")
REPORT, LOG = "access-report", "access-log"
AT_REQUEST = "PATRQT"
PRINTED = 2000
"""Lines on the printed page at most; the totals and the picture always cover the whole time asked for."""
PATIENCE = 10.0


@dataclass(slots=True)
class Gathered:
    """Access rows of every service, newest first, and their counts. `unreachable` names services that said nothing."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    counted: list[dict[str, Any]] = field(default_factory=list)
    unreachable: list[str] = field(default_factory=list)
    more: datetime | None = None
    """Where the next page begins (`until`), when there is one."""


async def who_read(
    service: Service, actor: Actor, person: str, limit: int, until: datetime | None = None
) -> list[dict[str, Any]]:
    """All services' access rows of one person, newest first. A peer that is away is named in a row of its own. This
    look is in the log from then on."""
    async with service.db.reading() as conn:
        ids = await queries.ids_of(conn, person)
    found = await gather(service, Span(ids or [person], until=until or access.END), limit)
    if ids:
        async with service.db.transaction() as tx:
            await access.log(tx, [Access(actor, ids[0], "read", LOG)])
    return [{"service": name, "outcome": "unavailable"} for name in found.unreachable] + found.rows


async def gather(service: Service, span: Span, limit: int) -> Gathered:
    """One page of rows of a span of time (and the rows of the same moment as its last), all of it counted."""
    answers = await asyncio.gather(_own(service, span, limit), *(_asked(service, p, span, limit) for p in PEERS))
    found, full = Gathered(), False
    for name, answer in zip((service.name, *PEERS), answers, strict=True):
        if answer is None:
            found.unreachable.append(name)
            continue
        full |= len(answer["rows"]) >= limit
        found.rows += [{"service": name, **r, "at": _moment(r["at"])} for r in answer["rows"]]
        found.counted += answer["counted"]
    found.rows.sort(key=lambda r: r["at"], reverse=True)
    if limit and (full or len(found.rows) > limit):
        last = found.rows[limit - 1]["at"]
        found.more = last if any(r["at"] < last for r in found.rows) or full else None
        found.rows = [r for r in found.rows if r["at"] >= last]
    return found


def _moment(at: datetime | str) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromisoformat(at)


async def _own(service: Service, span: Span, limit: int) -> dict[str, Any]:
    async with service.db.reading() as conn:
        rows = await access.who_read(conn, span, limit)
        return {"rows": rows, "counted": await access.counted(conn, span, service.clock.zone.key)}


async def _asked(service: Service, peer: str, span: Span, limit: int) -> dict[str, Any] | None:
    asked = {"person": list(span.persons), "since": span.since.isoformat(), "until": span.until.isoformat()}
    key = {"x-peer-key": service.settings.peer_key.get_secret_value()}
    try:
        answer = await service.http.get(
            f"http://{peer}/internal/access-log", params={**asked, "limit": limit}, headers=key, timeout=PATIENCE
        )
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found
    except httpx.HTTPError:
        return None


async def reported(
    service: Service, actor: Actor, person: str, since: date | None, until: date | None, before: datetime | None,
    limit: int,
) -> Report:  # fmt: skip
    """A person's own report: who looked, when, at what, why. Raises NotFound, Refused (logged), Unprocessable.

    For the auditor, the health office, and the administrator of a facility that may see the person, at the
    person's request (UU 27/2022 art. 7); making the report is itself in the log.
    """
    if actor.purpose == "TREAT":
        actor = replace(actor, purpose=AT_REQUEST)  # nobody is treated by this
    if since and until and since > until:
        wrong = Text("harus tidak sesudah `until`", "must not be after `until`")
        raise Unprocessable(Text("Rentang terbalik", "The period is reversed"), [Fault("/query/since", wrong)])
    async with service.db.reading() as conn:
        if actor.role in (Role.AUDITOR, Role.DINKES_ADMIN):  # they may not search, and people bring this number
            _, person = (await store.resolve(conn, [person], [])).patients.get(person, ("", person))
        ids, names = await queries.ids_of(conn, person), await queries.facility_names(conn)
    if not ids:
        raise NotFound(Text("Orang ini belum tercatat", "This person is not in the record"))
    if actor.role == Role.FACILITY_ADMIN and not await visible(service, actor, [ids[0]]):
        await access.refuse(service.db, [Access(actor, ids[0], "read", REPORT, "refused")])
        raise Refused(Text("Orang ini bukan pasien faskes Anda", "This person is no patient of your facility"))
    async with service.db.transaction() as tx:
        sent = await referring.of_person(tx, ids)
        await access.log(tx, [Access(actor, ids[0], "read", REPORT)])
    zone = service.clock.zone
    begin = datetime.combine(since, time(), zone) if since else access.BEGINNING
    end = datetime.combine(until + timedelta(days=1), time(), zone) if until else access.END
    whole = page = await gather(service, Span(ids, begin, end), 0 if before else limit)
    if before is not None:
        page = await gather(service, Span(ids, begin, min(end, before)), limit)
    away = sorted({*page.unreachable, *whole.unreachable})
    asked = report.Asked(ids[0], since, until, datetime.now(UTC), zone, names)
    return report.assembled(asked, whole.counted, page.rows, away, page.more, sent)
