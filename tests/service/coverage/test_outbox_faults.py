"""Every fault of the menu, before and after the work, at each step of a visit: BPJS has it once, or nobody said so."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from services.coverage.bpjs.wire import BpjsService
from services.coverage.queries import deliveries as queries
from services.coverage.queries import lines as line_queries
from services.coverage.simulator.faults import Fault, Moment, Play
from services.coverage.simulator.faults.menu import menu
from services.coverage.usecases.outbox import owing
from tests.service.coverage.outbox_stage import Outbox, facility, outbox, provider

PATHS = {"registration": "/pendaftaran", "visit": "/kunjungan/V1"}
HELD = {Fault.WRONG_SECRET, Fault.WRONG_USER_KEY, Fault.PASSWORD_401, Fault.CONSUMER_EXPIRED, Fault.UNKNOWN_PATH}
PARKED = {Fault.RULE_412, Fault.BUSINESS_500, Fault.BAD_PAGING_400}
"""Refused in words: somebody has to mend something. What was done nevertheless is found when it is sent again."""

CLAIMED = (Fault.ALREADY_ENTERED_412, Moment.BEFORE)
"""BPJS says it has the visit, and it has none: people must look."""


@dataclass(frozen=True)
class Case:
    """One fault, striking one request of one facility."""

    fault: Fault
    moment: Moment
    step: str


def cases() -> list[Case]:
    found = []
    for fault, entry in menu().items():
        for step, path in PATHS.items():
            if entry.meets("pcare", "POST", path):
                moments = (Moment.BEFORE, Moment.AFTER) if entry.movable else (entry.moment,)
                found += [Case(fault, moment, step) for moment in moments]
    return found


@pytest.fixture
async def box(database: str) -> AsyncIterator[Outbox]:
    async with outbox(database, facilities=len(cases())) as opened:
        yield opened


async def test_every_fault_of_the_menu(box: Outbox) -> None:
    """Each case has a facility of its own, so that all are played at the same time."""
    those = cases()
    assert len(those) > 50
    for i, case in enumerate(those):
        box.world.plays.start(
            Play(
                fault=case.fault, moment=case.moment, method="POST", path=PATHS[case.step], provider=provider(i + 1),
                times=1, seconds=0.5,
            )
        )  # fmt: skip
    await box.owe(range(len(those)), facilities=len(those))
    box.worker(lanes=24)
    stopped = {i for i, c in enumerate(those) if c.fault in HELD | PARKED or (c.fault, c.moment) == CLAIMED}
    await box.until(90, delivered=len(those) - len(stopped))
    await told_apart(box, those, stopped)
    assert not box.world.plays.playing  # each has struck
    async with box.service.db.transaction() as tx:  # people mend the sign-ins, and send again what was refused
        for i in range(len(those)):
            line = await line_queries.one(tx, facility(i + 1), BpjsService.PCARE)
            await line_queries.open_again(tx, facility(i + 1), BpjsService.PCARE, line.version if line else 0)
            await queries.wake(tx, facility(i + 1), BpjsService.PCARE)
        await owing.mended(tx, None, ("rule",))
    await box.until(60, delivered=len(those))
    assert sorted(v["provider"] for v in box.visits()) == sorted(provider(i + 1) for i in range(len(those)))
    kept = {r["facility"]: r["no_kunjungan"] for r in await box.rows("SELECT facility, no_kunjungan FROM delivery")}
    assert kept == {facility(int(v["provider"][5:])): v["no"] for v in box.visits()}


async def told_apart(box: Outbox, those: list[Case], stopped: set[int]) -> None:
    """What stopped says why: the line is held, or the delivery is parked with words to mend it by."""
    lines = {r["facility"] for r in await box.rows("SELECT facility FROM line WHERE state = 'held'")}
    rows: dict[str, Any] = {r["facility"]: r for r in await box.rows("SELECT * FROM delivery")}
    for i in stopped:
        case, row = those[i], rows[facility(i + 1)]
        if case.fault in HELD:
            assert (row["state"], facility(i + 1) in lines) == ("waiting", True), case
        else:
            assert row["state"] == "parked", (case, row["state"], row["because"])
            assert row["message"] or json.loads(row["fields"]), case
    assert len(lines) == sum(c.fault in HELD for c in those)
