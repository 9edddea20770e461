"""Comparing: what is owed, what BPJS accepted, what it lists; nightly for the last week, and when asked."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Literal

from services.coverage import peers
from services.coverage.bpjs.listing import Listed
from services.coverage.bpjs.outcomes import Because, Refused, Said, Unavailable
from services.coverage.bpjs.vclaim import VClaim
from services.coverage.bpjs.wire import BpjsService
from services.coverage.contract.reconciliation import Kind
from services.coverage.queries import deliveries, network, owing
from services.coverage.queries import reconciliation as queries
from services.coverage.rules import reconciliation as rules
from services.coverage.rules.pcare_visit import dmy
from services.coverage.rules.reconciliation import Ours, Theirs
from services.coverage.rules.visit_given import inner, text
from services.coverage.settings import CoverageSettings
from services.coverage.usecases import visits
from services.coverage.usecases.lines import OpenLine, line_of
from services.coverage.usecases.outbox.owing import FIRST_LEVEL, left_out
from services.coverage.usecases.outbox.visit import Bodies, Visit, key_of, keyed
from services.kernel.db import OUTAGES
from services.kernel.logs import described
from services.kernel.problems import Unavailable as Away
from services.kernel.service import Service

log = logging.getLogger(__name__)
NIGHTLY = "nightly"
NIGHT = range(2, 5)
"""Hours (local) in which the days before are compared. A night that was slept through is made up for by the next:
each compares a week."""
BACK = 7
"""How many days back a night compares."""
PAGE = 100
HOSPITALS = ("rs",)
_NIGHT = "reconciled-night"


@dataclass(frozen=True, slots=True)
class Row:
    """A registration BPJS lists, with the card that the list tells: kept while one day is compared, no longer."""

    theirs: Theirs
    card: str | None = field(repr=False)


class Silent(Exception):  # noqa: N818 - a finding, not an error
    """BPJS, or a peer, could not be asked: nothing can be said of this day now."""

    def __init__(self, because: str) -> None:
        super().__init__(because)
        self.because = because


async def work(service: Service) -> None:
    """What waits to be compared, one run after the other."""
    await _night(service)
    while True:
        async with service.db.reading() as conn:
            run = await queries.claim(conn)
        if run is None:
            return
        await _run(service, run)


async def _night(service: Service) -> None:
    now = service.clock.now().astimezone(service.clock.zone)
    today = now.date()
    if now.hour not in NIGHT or service.room.get(_NIGHT) == today:
        return
    async with service.db.reading() as conn:
        await queries.nightly(conn, NIGHTLY, today - timedelta(days=BACK), today - timedelta(days=1))
        if await conn.fetchval("SELECT EXISTS (SELECT FROM delivery)"):
            service.room[_NIGHT] = today


async def _run(service: Service, run: dict[str, Any]) -> None:
    days = [run["since"] + timedelta(days=n) for n in range((run["until"] - run["since"]).days + 1)]
    which = await _facilities(service, run["facility"])
    todo = [(compare, f, d) for d in reversed(days) for compare, f in which]
    failed = 0
    for n, (compare, facility, day) in enumerate(todo):
        async with service.db.reading() as conn:
            await queries.beat(conn, run["id"], len(todo), n, failed)
        failed += not await compare(service, facility, day)
    async with service.db.reading() as conn:
        await queries.beat(conn, run["id"], len(todo), len(todo), failed, finished=True)


Compare = Callable[[Service, str, date], Awaitable[bool]]


async def _facilities(service: Service, only: str | None) -> list[tuple[Compare, str]]:
    """Who is compared, and how: first-level facilities with PCare's list, hospitals with VClaim's."""
    simulated = CoverageSettings.of(service.settings).simulated
    async with service.db.reading() as conn:
        codes = [only] if only else await network.codes(conn)
        first = await owing.with_lines(conn, codes, BpjsService.PCARE, simulated, FIRST_LEVEL)
        second = await owing.with_lines(conn, codes, BpjsService.VCLAIM, simulated, HOSPITALS)
    return [*((compare_day, f) for f in sorted(first)), *((compare_hospital_day, f) for f in sorted(second))]


async def compare_day(service: Service, facility: str, day: date) -> bool:
    """Compare one facility's day with what the record has, owed from then on, and with PCare's list; whether it could
    be."""
    because, found, rows = None, None, list[Row]()
    try:
        await left_out(service, facility, day)
    except (Away, *OUTAGES):
        because = "peer"
    async with service.db.reading() as conn:
        ours, sums = await queries.ours(conn, facility, day)
    try:
        if because is not None:
            raise Silent(because)
        line = await line_of(service, facility, BpjsService.PCARE)
        if line is None or line.held is not None:
            raise Silent(line.held if line and line.held else Because.NO_LINE)
        rows = await _listed(service, line, day)
        rows = await _known(service, ours, rows)
        wanted = await _looked_into(service, line, day, ours, rows)
        found = rules.compare(ours, [r.theirs for r in rows], wanted)
    except Silent as silent:
        because = silent.because
    except (Away, *OUTAGES):
        because = "peer"
    except Exception as error:  # one day's fault stops no other day
        log.warning("a day could not be compared", extra={"service": service.name, **described(error)})
        because = "fault"
    paired, _ = rules.pairs(ours, [r.theirs for r in rows])
    async with service.db.transaction() as tx:
        await queries.stood(tx, facility, day, BpjsService.PCARE, sums, len(rows), because)
        if found is not None:
            await queries.keep(tx, facility, day, BpjsService.PCARE, found)
            sent = {o.delivery_id for o in ours if o.state == "delivered"}
            gone = {f.ours.delivery_id for f in found if f.ours and f.kind in _UNSEEN}
            await queries.seen(tx, sorted(paired.keys() & sent - gone))
    return because is None


async def compare_hospital_day(service: Service, facility: str, day: date) -> bool:
    """Compare the SEPs VClaim lists of a hospital's day with its visits in the record; whether it could be."""
    because, theirs, ours = None, list[Theirs](), list[Ours]()
    try:
        theirs = await _seps(service, facility, day)
        ours = [Ours(v, v, person, "shown") for v, person in await peers.visits_of_day(service, facility, day)]
    except Silent as silent:
        because = silent.because
    except (Away, *OUTAGES):
        because = "peer"
    paired, _ = rules.pairs(ours, theirs)
    sums = {"owed": len(ours), "skipped": 0, "sent": 0, "accepted": len(paired)}
    async with service.db.transaction() as tx:
        await queries.stood(tx, facility, day, BpjsService.VCLAIM, sums, len(theirs), because)
        if because is None:
            await queries.keep(tx, facility, day, BpjsService.VCLAIM, rules.unrecorded(ours, theirs))
    return because is None


async def _seps(service: Service, facility: str, day: date) -> list[Theirs]:
    """The SEPs of a hospital's day, each with whom the record knows by its card. Raises Silent."""
    line = await line_of(service, facility, BpjsService.VCLAIM)
    if line is None or line.held is not None:
        raise Silent(line.held if line and line.held else Because.NO_LINE)
    rows = list[dict[str, Any]]()
    for kind in _KINDS:
        reply = await VClaim(line.wire, line.login).visits(day, kind)
        if isinstance(reply, Said) and isinstance(reply.response, dict):
            rows += reply.response.get("sep") or ()
        elif not isinstance(reply, Said) and reply.because is not Because.NO_DATA:
            raise Silent(reply.because)
    told = await peers.matched(service, [(None, text(r.get("noKartu"))) for r in rows]) if rows else []
    return [
        Theirs(None, number, None, (who or {}).get("person"))
        for r, who in zip(rows, told, strict=True) if (number := text(r.get("noSep")))
    ]  # fmt: skip


_KINDS: tuple[Literal["1", "2"], ...] = ("1", "2")
"""Inpatients, outpatients."""
_UNSEEN = (Kind.NOT_LISTED, Kind.DELETED_THERE)


async def _listed(service: Service, line: OpenLine, day: date) -> list[Row]:
    """The facility's registrations of a day, all pages. Raises Silent."""
    key, found, start = key_of(service), dict[tuple[str | None, str], Row](), 0
    while True:
        page = _rows(await line.pcare.registrations(day, start, PAGE))
        for row in page.rows:
            number, card, poli = text(row.get("noUrut")), inner(row, "peserta", "noKartu"), inner(row, "poli", "kdPoli")
            if number:
                mark = keyed(key, card) if card else None
                found[poli, number] = Row(Theirs(poli, number, mark), card)
        start += len(page.rows)
        if not page.rows or start >= page.count:
            return list(found.values())


async def _known(service: Service, ours: Sequence[Ours], rows: list[Row]) -> list[Row]:
    """Whom the record knows of those that are listed and not found by number or card."""
    _, strangers = rules.pairs(ours, [r.theirs for r in rows])
    asked = [r for r in rows if r.theirs in strangers and r.card]
    owners = dict[str | None, str | None]()
    for n in range(0, len(asked), 1000):
        part = asked[n : n + 1000]
        told = await peers.matched(service, [(None, r.card) for r in part])
        owners |= {r.card: (who or {}).get("person") for r, who in zip(part, told, strict=True)}
    return [Row(replace(r.theirs, person_id=owners.get(r.card)), r.card) if owners.get(r.card) else r for r in rows]


async def _looked_into(
    service: Service, line: OpenLine, day: date, ours: Sequence[Ours], rows: list[Row]
) -> dict[str, dict[str, str | None]]:
    """Of each pair that was delivered: what BPJS has of the visit (put into `rows`), and what the record says of it."""
    paired, _ = rules.pairs(ours, [r.theirs for r in rows])
    wanted = dict[str, dict[str, str | None]]()
    for one in (o for o in ours if o.state == "delivered" and o.no_kunjungan and o.delivery_id in paired):
        at = next(n for n, r in enumerate(rows) if r.theirs is paired[one.delivery_id])
        rows[at] = await _with_visit(line, day, one, rows[at])
        said = await _said(service, line, one.delivery_id)
        if said is not None:
            wanted[one.delivery_id] = said
    return wanted


async def _with_visit(line: OpenLine, day: date, one: Ours, row: Row) -> Row:
    """The registration with the visit BPJS has for it. Raises Silent."""
    if row.card is None:
        return row
    there = [
        v for v in _rows(await line.pcare.history(row.card)).rows
        if text(v.get("tglKunjungan")) == dmy(day) and inner(v, "poli", "kdPoli") in (None, row.theirs.poli)
        and (inner(v, "providerPelayanan", "kdProvider") or line.provider).upper() == line.provider.upper()
    ]  # fmt: skip
    visit = next((v for v in there if text(v.get("noKunjungan")) == one.no_kunjungan), next(iter(there), None))
    if visit is None:
        return replace(row, theirs=replace(row.theirs, asked=True))
    content = {
        "kdPoli": inner(visit, "poli", "kdPoli"), "kdStatusPulang": inner(visit, "statusPulang", "kdStatusPulang"),
        "tglPulang": text(visit.get("tglPulang")),
        **{f"kdDiag{n}": inner(visit, f"diagnosa{n}", "kdDiag") for n in (1, 2, 3)},
    }  # fmt: skip
    told = {name: value for name, value in content.items() if value is not None or name.startswith("kdDiag")}
    theirs = replace(row.theirs, asked=True, visit=text(visit.get("noKunjungan")), content=told)
    return replace(row, theirs=theirs)


async def _said(service: Service, line: OpenLine, delivery_id: str) -> dict[str, str | None] | None:
    """What the record would say of a visit now; None when it says nothing that BPJS is told. Raises Silent."""
    async with service.db.reading() as conn:
        owed = await deliveries.standing(conn, delivery_id)
    if owed is None:
        return None
    visit = await visits.build(service, line, owed)
    if not isinstance(visit, Visit):
        raise Silent(visit.because)
    if not isinstance(visit.what, Bodies) or visit.what.visit is None:
        return None
    body = visit.what.visit | ({"kdPoli": owed.given.poli} if owed.given.poli else {})
    return {name: text(body.get(name)) for name in rules.COMPARED}


def _rows(rows: Listed | Refused | Unavailable) -> Listed:
    if isinstance(rows, Listed):
        return rows
    raise Silent(rows.because)
