"""The rebuild: everything computed from nothing beside what is shown, in whole sets, and shown when it is whole.

It holds the lock of the state only to begin, to recompute some touched persons, and to show itself. Between, two
connections copy the facts of a range of persons aside and fill standard after standard from them, while the feed goes
on with what is shown and notes whom it touched: these are computed again at the end. Cut off, it begins anew; what it
left is forgotten.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from services.indicators.queries import building as sql
from services.indicators.queries import months as months_sql
from services.indicators.queries import standards as standards_sql
from services.indicators.queries import standings as standings_sql
from services.indicators.queries.standings import State
from services.indicators.room import Kept, Room
from services.kernel.db import Connection, Tx
from services.kernel.service import Service

log = logging.getLogger(__name__)

HANDS = 2
RANGE = 250_000
"""Persons copied aside at a time, at most."""
LATE, AHEAD = 500, 20_000
"""Touched persons recomputed, and rechecks brought over, at a time under the lock."""
Range = tuple[UUID, UUID]


async def begin_rebuild(tx: Tx, today: date) -> None:
    """From now on a new generation is to be filled beside the one that is shown."""
    state = await standings_sql.hold(tx)
    await standings_sql.change_state(
        tx, building=max(state.generation, state.building or 0) + 1, building_day=today, at=None, done=0,
        total=await standings_sql.count_persons(tx), building_edition=await standards_sql.newest(tx),
    )  # fmt: skip


async def open_build(tx: Tx, size: int | None = None) -> list[Range]:
    """Begin the filling: from here on touched persons are noted. The ranges of persons to fill."""
    state = await standings_sql.hold(tx)
    if state.building is None or state.building_day is None:
        return []
    if state.at is not None:  # cut off half way: what is there cannot be told from what is not
        await begin_rebuild(tx, state.building_day)
    await sql.untouch(tx)
    await standings_sql.change_state(tx, at=sql.LAST)
    return await sql.ranges(tx, size or max(1000, min(RANGE, -(-state.total // HANDS))))


def parts(kept: Sequence[Kept], persons: int) -> list[Collection[str]]:
    """The concepts that standards look at; of many persons those that the same standards look at together."""
    users = defaultdict[str, list[str]](list)
    for one in kept:
        for concept in one.standard.concepts:
            users[concept].append(one.standard.key)
    if persons < sql.APART:
        return [list(users)]
    together = defaultdict[tuple[str, ...], list[str]](list)
    for concept, keys in users.items():
        together[tuple(keys)].append(concept)
    return list(together.values())


async def copy(tx: Tx, kept: Sequence[Kept], ranged: Range, state: State) -> None:
    """Lay the persons of a range aside, their facts, and what several standards would compute alike."""
    await sql.copy_range(tx, *ranged, parts(kept, state.total))
    by_periods = defaultdict[tuple[tuple[int, date], ...], list[Kept]](list)
    for one in kept if state.building_day else ():
        by_periods[tuple(one.periods(state.building_day or date.min).items())].append(one)
    for periods, some in by_periods.items():
        await sql.share(tx, [k.compiled for k in some], dict(periods))


async def fill(tx: Tx, kept: Kept, state: State) -> None:
    """Fill one standard of the generation being built for the persons copied aside."""
    if state.building is not None and state.building_day is not None:
        periods = kept.periods(state.building_day)
        await sql.run_fill(tx, kept.fill, kept.standard.key, periods, state.building)


async def late_chunk(tx: Tx, here: Room, generation: int, limit: int = LATE) -> bool:
    """Bring over the rechecks, recompute those touched meanwhile; when nobody is left, show the new generation.

    Whether it is done: shown, or no longer asked for.
    """
    state = await standings_sql.hold(tx)
    if state.building != generation or state.building_day is None or state.building_edition != here.edition:
        return True
    if await sql.take_rechecks(tx, AHEAD):
        return False
    persons = await sql.take_touched(tx, limit)
    if persons:
        await tx.execute(standings_sql.HASHED)
        for kept in here.kept:
            periods = kept.periods(state.building_day)
            await standings_sql.recompute(tx, kept.increment, periods, persons, generation)
        await sql.remember(tx, persons, state.building_day)
        return False
    await standings_sql.change_state(
        tx, generation=generation, day=state.building_day, fingerprint=here.fingerprint, building=None, at=None,
        done=state.total, replay_to=None, edition=here.edition,
    )  # fmt: skip
    return True


async def build(service: Service, here: Room) -> None:
    """Do the rebuild that was asked for by these standards, unless another process is at it."""
    alone = await service.db.connect()
    try:
        if await sql.sole_builder(alone):
            await _build(service, here)
    finally:
        await alone.close()


async def _build(service: Service, here: Room) -> None:
    async with service.db.transaction() as tx:
        ranges = await open_build(tx)
        state = await standings_sql.state(tx)
    if state.building is None or state.building_day is None or state.building_edition != here.edition:
        return
    log.info("rebuilding", extra={"service": service.name, "generation": state.building})
    async with asyncio.TaskGroup() as hands:
        hands.create_task(_rechecks(service, here, state.building_day))
        share = state.total / max(1, len(ranges) * len(here.kept))
        for n in range(HANDS):
            order = sorted(here.kept, key=lambda k: len(k.standard.items), reverse=n % 2 == 0)
            hands.create_task(_work(service, order, ranges, state, share))
    done = False
    while not done:
        async with service.db.transaction() as tx:
            done = await late_chunk(tx, here, state.building)
        await asyncio.sleep(0)
    await _forget(service)
    log.info("rebuilt", extra={"service": service.name, "persons": state.total})


async def _work(service: Service, kept: Sequence[Kept], ranges: list[Range], state: State, share: float) -> None:
    """One hand: range after range until none is left, or another rebuild was asked for meanwhile."""
    hand = await service.db.connect()
    try:
        await hand.execute(sql.HAND)
        while ranges:
            await _fill_range(service, hand, kept, ranges.pop(), state, share)
            if (await standings_sql.state(hand)).building != state.building:
                ranges.clear()
    finally:
        await hand.close()


async def _fill_range(
    service: Service, hand: Connection, kept: Sequence[Kept], ranged: Range, state: State, share: float
) -> None:
    async with hand.transaction():
        await copy(hand, kept, ranged, state)
    for one in kept:
        async with hand.transaction():
            await fill(hand, one, state)
        async with service.db.transaction() as tx:
            if not await sql.advance(tx, state.building or 0, share):
                return


async def _rechecks(service: Service, here: Room, day: date) -> None:
    async with service.db.transaction() as tx:
        await sql.put_rechecks(tx, here.age_bands, day)


async def _forget(service: Service) -> None:
    """Delete what is no longer shown and what was left half built, in small transactions."""
    at: int | None = 0
    while at is not None:
        async with service.db.transaction() as tx:
            state = await standings_sql.state(tx)
            keep = [g for g in (state.generation, state.building) if g is not None]
            first = date((state.day or date.max).year - 1, 1, 1)
            at = await sql.forget_generations(tx, keep, months_sql.generation(first), at)
        await asyncio.sleep(0)
