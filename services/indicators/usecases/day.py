"""Time moves numbers too: the turn of the local day; when everything is to be rebuilt, and whether it is right."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

from services.indicators.compiler.statements import RESULT
from services.indicators.queries import standings as sql
from services.indicators.queries.growth import put_growth
from services.indicators.queries.numbers import snapshot
from services.indicators.queries.plausibility import forget_lags
from services.indicators.queries.standards import newest
from services.indicators.room import Room, room
from services.indicators.usecases import months
from services.indicators.usecases.building import begin_rebuild, build
from services.indicators.usecases.feed import bring_up_to_date
from services.indicators.usecases.months import ANY
from services.indicators.usecases.standards import current, edition
from services.kernel.db import Tx
from services.kernel.service import Service

log = logging.getLogger(__name__)

CHUNK = 1500
RECORDS, FACILITIES = "records", "facilities"


async def begin(tx: Tx, here: Room, today: date) -> None:
    """At the start of the service: is what is kept by today's rules, codings and calendar? If not, build it anew.

    With other codings, or read otherwise, the facts themselves are read again, from the first event on; meanwhile
    the numbers stand.
    """
    await sql.first_state(tx)
    await put_growth(tx, here.growth)
    state = await sql.hold(tx)
    if not await sql.has_facts(tx):
        await sql.change_state(tx, day=today, fingerprint=here.fingerprint, codings=here.codings, building=None,
                               edition=here.edition)  # fmt: skip
    elif state.codings != here.codings:
        replay_to = await sql.rewind(tx, RECORDS)
        await forget_lags(tx)
        await sql.rewind(tx, FACILITIES)
        await begin_rebuild(tx, today)
        await sql.change_state(tx, codings=here.codings, replay_to=replay_to)
    elif state.fingerprint != here.fingerprint or state.building is not None:  # half built by whatever rules
        await begin_rebuild(tx, today)
    else:
        await sql.change_state(tx, edition=here.edition)


async def begin_here(service: Service, tx: Tx) -> Room:
    """Begin with the newest standards there are; those by which is counted what is shown."""
    await begin(tx, await edition(service, tx, await newest(tx)), service.clock.today())
    return await edition(service, tx, (await sql.state(tx)).edition)


async def turn_chunk(tx: Tx, here: Room, today: date, limit: int = CHUNK) -> bool:
    """Recompute some of those whose day has come; whether none is left. From the first chunk on `today` is the day."""
    state = await sql.hold(tx)
    if state.edition != here.edition:  # another process shows other standards since; look again
        return True
    if state.day is None or state.day < today:
        await sql.change_state(tx, day=today)
        state = await sql.state(tx)
    persons = await sql.due(tx, today, limit)
    await bring_up_to_date(tx, here, state, {p: {ANY} for p in persons})
    await sql.settled(tx, today, persons)
    return len(persons) < limit


async def upkeep(service: Service) -> None:
    """The clock of this service: finish a rebuild, begin one at the turn of a year, else turn the day."""
    today = service.clock.today()
    async with service.db.reading() as conn:
        state = await sql.state(conn)
        here = await current(service, conn, state)
        behind = state.replay_to is not None and await sql.cursor(conn, RECORDS) < state.replay_to
        someone_due = await sql.someone_due(conn, today)
    if state.building is not None:
        if not behind:
            await _build(service)
    elif _another_year(state, today):
        async with service.db.transaction() as tx:
            if _another_year(await sql.hold(tx), today):
                await begin_rebuild(tx, today)
        await _build(service)
    elif state.day is not None and (state.day < today or someone_due):
        await _until_done(service, lambda tx: turn_chunk(tx, here, today))
    else:
        await months.count_one(service, here, state)


async def _build(service: Service) -> None:
    """The rebuild that was asked for, by the standards it was asked for with; then they are what is shown."""
    async with service.db.reading() as conn:
        wanted = await edition(service, conn, (await sql.state(conn)).building_edition)
    await build(service, wanted)
    async with service.db.reading() as conn:
        await current(service, conn, await sql.state(conn))


def _another_year(state: sql.State, today: date) -> bool:
    """Whether the years kept are no longer those to keep (or the clock was set back), and nobody is at it yet."""
    return state.building is None and state.day is not None and (state.day > today or state.day.year != today.year)


async def _until_done(service: Service, step: Callable[[Tx], Awaitable[bool]]) -> None:
    """Small transactions, one after another, each letting the feed in between."""
    done = False
    while not done:
        async with service.db.transaction() as tx:
            done = await step(tx)
        await asyncio.sleep(0)


async def rebuild(service: Service) -> sql.State:
    """Ask for a rebuild; it runs in the background. The state with its progress."""
    async with service.db.transaction() as tx:
        state = await sql.hold(tx)
        if state.building is None:
            await begin_rebuild(tx, service.clock.today())
        return await sql.state(tx)


async def verify(service: Service) -> tuple[date | None, list[dict[str, Any]]]:
    """Everything computed from nothing and compared with what is kept: standings, then tallies; what differs."""
    found = list[dict[str, Any]]()
    async with service.db.transaction() as tx:
        await snapshot(tx)
        state = await sql.state(tx)
        await tx.execute(sql.WIDE)
        for kept in room(service).kept if state.day else ():
            periods = kept.periods(state.day or date.min)
            rows = await tx.fetch(kept.verification, list(periods), list(periods.values()), state.generation)
            names = ["what", *RESULT.split(", ")]
            found += [{"where": kept.standard.key} | {n: r[n] for n in names} for r in rows]
        found += [{"where": "tally"} | r for r in await sql.tally_differences(tx, state.generation)]
    return state.day, found
