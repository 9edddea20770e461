"""Stories played against the service: written and deleted in any order, while days turn and persons merge."""

import os
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from services.indicators.contract import By
from services.indicators.queries import building as building_sql
from services.indicators.queries import months as months_sql
from services.indicators.queries import slices
from services.indicators.queries import standings as sql
from services.indicators.queries.numbers import OUTSIDE, Asked
from services.indicators.queries.slices import Slice
from services.indicators.room import Kept, Room
from services.indicators.usecases import building, feed, months
from services.indicators.usecases import day as usecases_day
from services.kernel.db import Tx
from services.kernel.events import Event
from tests.service.indicators.lives import VILLAGES, Story
from tests.service.indicators.world import Stage, Write, patient, who

TIMES = 20 if os.environ.get("SIMPUL_LONG") else 1
"""`make soak` plays many more stories than there is time for in every run of the suite."""
SOME = settings(max_examples=25 * TIMES, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=60 * TIMES, suppress_health_check=list(HealthCheck))
SEEDS = st.integers(0, 2**32)


class Rebuild:
    """A rebuild beside what is shown, a piece at a time between the writes: range by range, standard by standard."""

    def __init__(self, conn: Tx, room: Room, rnd: Random) -> None:
        self.conn, self.room, self.rnd = conn, room, rnd
        self.left: list[tuple[building.Range | None, Kept | None]] = []

    async def a_little(self) -> None:
        """Sometimes begin one, or go on with it; sometimes it is cut off and begins anew."""
        state = await sql.state(self.conn)
        if state.building is None and state.day and self.rnd.random() < 0.15:
            await building.begin_rebuild(self.conn, state.day)
            await self._open()
        elif state.building is not None and self.rnd.random() < 0.05:
            await self._open()
        elif state.building is not None:
            for _ in range(self.rnd.choice([0, 1, 4])):
                await self._step(1)

    async def finish(self) -> None:
        """Until it is shown."""
        while (await sql.state(self.conn)).building is not None:
            await self._step(500)

    async def _open(self) -> None:
        self.left = []
        for ranged in await building.open_build(self.conn, size=self.rnd.choice([1, 2, 1000])):
            self.left += [(ranged, None), *((None, kept) for kept in self.room.kept)]
        state = await sql.state(self.conn)
        assert state.building_day
        await building_sql.put_rechecks(self.conn, self.room.age_bands, state.building_day)

    async def _step(self, limit: int) -> None:
        state = await sql.state(self.conn)
        if self.left:
            ranged, kept = self.left.pop(0)
            if ranged:
                await building.copy(self.conn, self.room.kept, ranged, state)
            if kept:
                await building.fill(self.conn, kept, state)
        elif state.building is not None:
            await building.late_chunk(self.conn, self.room, state.building, limit)


async def count_a_month(conn: Tx, room: Room, rnd: Random) -> None:
    """Sometimes count a closed month-end; what comes later, however late it is dated, must not make it wrong."""
    state = await sql.state(conn)
    if state.day and rnd.random() < 0.25:
        kept, day = rnd.choice(room.kept), rnd.choice(months.closed(state.day)[:4])
        await months_sql.open_count(conn, kept.standard.key, day)
        await months.count(conn, room, kept, day)


async def assert_months(conn: Tx, room: Room, rnd: Random) -> None:
    """A month-end that is said to stand is what is computed for that day from nothing."""
    rows = await conn.fetch("SELECT standard, day FROM month_end WHERE counted = marks ORDER BY 1, 2")
    for row in rnd.sample(rows, min(2, len(rows))):
        kept, day = next(k for k in room.kept if k.standard.key == row["standard"]), row["day"]
        one = Asked(kept, kept.standard.year_of(day), day, kept=False)
        closed = replace(one, closed=months_sql.generation(day))
        reading, by = rnd.choice([
            (slices.cells, (By.VILLAGE,)), (slices.cells, (By.SEX, By.AGE)), (slices.cells, (By.VILLAGE, By.PAYER)),
            (slices.credited, (By.FACILITY,)), (slices.credited, (By.OWNERSHIP, By.PAYER)),
        ])  # fmt: skip
        asked = [sorted(map(str, await reading(conn, a, Slice(by)))) for a in (one, closed)]
        assert asked[0] == asked[1], (row, by)


class Territory:
    """Two villages of the registry whose puskesmas changes now and then, also for days gone by."""

    def __init__(self, conn: Tx, rnd: Random) -> None:
        self.conn, self.rnd = conn, rnd
        self.spans: dict[str, tuple[str, str, date, date | None]] = {}

    async def begin(self) -> None:
        """The registry."""
        await feed.take_network(self.conn, [
            Event("area", "created", v, 1, {"code": v, "name": v, "level": "desa", "parent": v[:6]})
            for v in VILLAGES[:2] if v
        ])  # fmt: skip

    async def a_little(self) -> None:
        """Sometimes a catchment comes, ends or goes."""
        if self.rnd.random() < 0.3:
            village, since = self.rnd.choice(VILLAGES[:2]) or "", date(2026, self.rnd.randrange(1, 12), 1)
            name, until = f"{village}/{since}", self.rnd.choice([None, None, date(2026, 10, 31), date(2026, 11, 21)])
            self.spans.pop(name, None)
            kind, data = "deleted", {"village": village}
            if self.rnd.random() < 0.8:
                self.spans[name] = span = (village, self.rnd.choice(["P1", "P2"]), since, until)
                kind, data = "changed", {"village": village, "facility": span[1], "valid_from": str(since),
                                         "valid_until": str(until) if until else None}  # fmt: skip
            await feed.take_network(self.conn, [Event("catchment", kind, name, 1, data)])

    def puskesmas(self, village: str, day: date) -> str:
        """Who answers for a village on a day."""
        if village not in VILLAGES[:2]:
            return OUTSIDE
        found = [s for s in self.spans.values() if s[0] == village and s[2] <= day and (s[3] is None or s[3] >= day)]
        return max(found, key=lambda s: s[2])[1] if found else ""

    async def assert_summed(self, room: Room) -> None:
        """The sums of a puskesmas are those of its villages on that day, and all of them the district's."""
        state = await sql.state(self.conn)
        assert state.day
        for kept in room.kept:
            for year, day in kept.periods(state.day).items():
                ought = Counter[tuple[str, int]]()
                for r in await self.conn.fetch(
                    "SELECT village, month, count(*)::int FROM standing WHERE generation = $1 AND standard = $2"
                    " AND year = $3 GROUP BY 1, 2",
                    state.generation,
                    kept.standard.key,
                    year,
                ):
                    ought[self.puskesmas(r[0], day), r[1]] += r[2]
                one = Asked(kept, year, day, kept=True)
                rows = await slices.cells(self.conn, one, Slice((By.PUSKESMAS,)))
                assert {(k, m): n for k, m, _, n in rows if m is not None} == ought, (kept.standard.key, year)


async def merge_or_undo(stage: Stage, rnd: Random, merged: dict[str, list[tuple[str, str]]]) -> None:
    """Sometimes two persons become one, or two again (the last merge first)."""
    if merged and rnd.random() < 0.5:
        other, theirs = merged.popitem()
        since = [k for k, r in stage.world.records.items() if k not in theirs and r.person == who(1)]
        written = [k for k in since if k[0] not in ("Patient", "Medication") and rnd.random() < 0.3]
        await stage.merge(who(1), other, [*theirs, *written])
    elif free := [p for p in (who(2), who(3)) if p not in merged]:
        other = rnd.choice(free)
        merged[other] = [k for k, r in stage.world.records.items() if r.person == other]
        await stage.merge(who(1), other)


async def play(
    conn: Tx,
    room: Room,
    story: list[Story],
    days: list[date],
    rnd: Random,
    *,
    several: bool = False,
    registry: bool = False,
) -> None:
    """Play a story in a transaction that is rolled back, turning the day between its batches.

    `several`: it is scattered over three persons, who become one and several again.
    `registry`: what kind of organization a facility is changes too.
    """
    merged: dict[str, list[tuple[str, str]]] = {}
    undo = conn.transaction()
    await undo.start()
    try:
        stage, rebuild = Stage(conn, room), Rebuild(conn, room, rnd)
        await stage.begin(days[0])
        territory = Territory(conn, rnd)
        await territory.begin()
        await stage.write([Write("Patient", "first", who(1), patient(date(1990, 5, 5)))])
        turns = sorted(rnd.randrange(len(story) + 1) for _ in days)
        for n, batch in enumerate(story):
            await stage.write(batch)
            if rnd.random() < 0.2:
                person = who(rnd.choice([1, 2, 3]) if several else 1)
                await stage.member(person, rnd.choice(days), rnd.choice(["active", "inactive"]))
            if registry and rnd.random() < 0.4:
                await stage.facility(
                    rnd.choice(["P1", "P2", "K1"]), rnd.choice(["101", "102", "104", "OT000013", None])
                )
            if several and rnd.random() < 0.3:
                await merge_or_undo(stage, rnd, merged)
            for day in (d for d, t in zip(days, turns, strict=True) if t == n):
                while not await usecases_day.turn_chunk(conn, room, day):
                    pass
            await rebuild.a_little()
            await count_a_month(conn, room, rnd)
            await territory.a_little()
        await rebuild.finish()
        if registry:
            await stage.facility("P1", rnd.choice(["101", "102", None]))
        while not await usecases_day.turn_chunk(conn, room, days[-1]):
            pass
        await stage.assert_exact()
        await stage.assert_opens()
        await assert_months(conn, room, rnd)
        await territory.assert_summed(room)
        await stage.assert_any_day([days[0] - timedelta(days=47), days[-1]])
    finally:
        await undo.rollback()
