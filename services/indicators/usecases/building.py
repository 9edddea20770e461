"""The rebuild: everything computed from nothing beside what is shown, in whole sets, and shown when it is whole.

It holds the lock of the state only to begin, to recompute some touched persons, and to show itself. Between, two
connections fill standard after standard, each a range of persons at a time, while the feed goes on with what is shown
and notes whom it touched: these are computed again at the end. Cut off, it begins anew; what it left is forgotten.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.indicators.queries import building as sql
from services.indicators.queries import standings as standings_sql
from services.indicators.queries.standings import State
from services.indicators.room import Kept, Room, room
from services.kernel.db import Tx
from services.kernel.service import Service

log = logging.getLogger(__name__)

HANDS = 2
RANGE = 1_000_000
"""Persons of one statement: all facts are read once for each range and standard."""
LATE, AHEAD = 500, 20_000
"""Touched persons recomputed, and rechecks brought over, at a time under the lock."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one statement fills: a standard, the persons from `low` to `high`."""

    kept: Kept
    low: UUID
    high: UUID


async def begin_rebuild(tx: Tx, today: date) -> None:
    """From now on a new generation is to be filled beside the one that is shown."""
    state = await standings_sql.hold(tx)
    await standings_sql.change_state(
        tx, building=max(state.generation, state.building or 0) + 1, building_day=today, at=None, done=0,
        total=await standings_sql.count_persons(tx),
    )  # fmt: skip


async def open_build(tx: Tx, here: Room, size: int = RANGE) -> list[list[Piece]]:
    """Begin the filling: from here on touched persons are noted. The work, in lists to be done in order."""
    state = await standings_sql.hold(tx)
    if state.building is None or state.building_day is None:
        return []
    if state.at is not None:  # cut off half way: what is there cannot be told from what is not
        await begin_rebuild(tx, state.building_day)
    await sql.untouch(tx)
    await standings_sql.change_state(tx, at=sql.LAST)
    ranges = await sql.ranges(tx, size)
    return [[Piece(kept, low, high) for low, high in ranges] for kept in here.kept]


async def fill(tx: Tx, piece: Piece, state: State) -> None:
    """Fill one piece of the generation being built."""
    if state.building is not None and state.building_day is not None:
        periods = piece.kept.periods(state.building_day)
        await sql.run_fill(tx, piece.kept.fill, periods, piece.low, piece.high, state.building)


async def late_chunk(tx: Tx, here: Room, generation: int, limit: int = LATE) -> bool:
    """Bring over the rechecks, recompute those touched meanwhile; when nobody is left, show the new generation.

    Whether it is done: shown, or no longer asked for.
    """
    state = await standings_sql.hold(tx)
    if state.building != generation or state.building_day is None:
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
        done=state.total, replay_to=None,
    )  # fmt: skip
    return True


async def build(service: Service) -> None:
    """Do the rebuild that was asked for, unless another process is at it."""
    alone = await service.db.connect()
    try:
        if await sql.sole_builder(alone):
            await _build(service, room(service))
    finally:
        await alone.close()


async def _build(service: Service, here: Room) -> None:
    async with service.db.transaction() as tx:
        work = await open_build(tx, here)
        state = await standings_sql.state(tx)
    if state.building is None or state.building_day is None:
        return
    log.info("rebuilding", extra={"service": service.name, "generation": state.building})
    async with asyncio.TaskGroup() as hands:
        share = state.total / max(1, sum(len(pieces) for pieces in work))
        hands.create_task(_rechecks(service, here, state.building_day))
        for _ in range(HANDS):
            hands.create_task(_work(service, work, state, share))
    done = False
    while not done:
        async with service.db.transaction() as tx:
            done = await late_chunk(tx, here, state.building)
        await asyncio.sleep(0)
    await _forget(service)
    log.info("rebuilt", extra={"service": service.name, "persons": state.total})


async def _work(service: Service, work: list[list[Piece]], state: State, share: float) -> None:
    """Take one standard after another until none is left, or another rebuild was asked for meanwhile."""
    while work:
        for piece in _heaviest(work):
            async with service.db.transaction() as tx:
                await fill(tx, piece, state)
            async with service.db.transaction() as tx:
                if not await sql.advance(tx, state.building or 0, share):
                    work.clear()
                    return


def _heaviest(work: list[list[Piece]]) -> Sequence[Piece]:
    """Those with the most items first, so that the hands end together."""
    return work.pop(max(range(len(work)), key=lambda n: len(work[n][0].kept.standard.items)))


async def _rechecks(service: Service, here: Room, day: date) -> None:
    async with service.db.transaction() as tx:
        await sql.put_rechecks(tx, here.age_bands, day)


async def _forget(service: Service) -> None:
    """Delete what is no longer shown and what was left half built, in small transactions."""
    at: int | None = 0
    while at is not None:
        async with service.db.transaction() as tx:
            state = await standings_sql.state(tx)
            at = await sql.forget_generations(tx, [state.generation, *([state.building] if state.building else [])], at)
        await asyncio.sleep(0)
