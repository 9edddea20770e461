"""Nothing that is owed is left lying: what changes under way, and what has to wait, comes to its end."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.coverage.queries import deliveries as queries
from services.coverage.queries import lines as line_queries
from services.coverage.queries import owing as owing_queries
from services.coverage.rules.deliveries import Why
from services.coverage.rules.pcare_visit import dmy
from services.coverage.usecases.outbox import worker
from services.coverage.usecases.outbox.port import Gap, Skip
from services.coverage.usecases.outbox.visit import Bodies, Cancelled, Visit
from tests.service.coverage.outbox_stage import Outbox, card, facility, outbox, provider, subject
from tests.service.coverage.test_outbox import saying, saying_only


@pytest.fixture
async def box(database: str) -> AsyncIterator[Outbox]:
    async with outbox(database) as opened:
        yield opened


async def done(box: Outbox, sql: str, *args: Any) -> None:
    async with box.service.db.transaction() as tx:
        await tx.execute(sql, *args)


async def until(box: Outbox, sql: str) -> None:
    async with asyncio.timeout(10):
        while not await box.rows(sql):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("path", ["/kunjungan/V1", "/pendaftaran"])
async def test_a_facility_whose_bpjs_code_changes_while_the_outcome_is_unknown(box: Outbox, path: str) -> None:
    box.play("dropped-after-success", method="POST", path=path, times=1)
    await box.owe([1])
    box.worker()
    await until(box, "SELECT 1 FROM delivery WHERE state = 'sending' AND failed = 0 AND because IS NOT NULL")
    await done(box, "UPDATE facility SET bpjs_code = $1 WHERE code = $2", provider(3), facility(2))
    await done(box, "UPDATE facility SET bpjs_code = $1 WHERE code = $2", provider(9), facility(1))
    await box.until(delivered=1)
    assert len(box.visits()) == 1


def of(n: int) -> Any:
    """The same visit under another member's card."""

    def told(visit: Visit) -> Visit:
        assert isinstance(visit.what, Bodies) and visit.what.visit is not None
        registration, kept = visit.what.registration | {"noKartu": card(n)}, visit.what.visit | {"noKartu": card(n)}
        return replace(visit, card=card(n), what=replace(visit.what, registration=registration, visit=kept))

    return told


@pytest.mark.parametrize("how", ["moved", "day"])
async def test_the_second_of_a_day_is_sent_when_the_first_goes_elsewhere(box: Outbox, how: str) -> None:
    box.book.said[subject(3)] = of(1)
    await box.owe([1, 3], facilities=1)
    box.worker()
    await box.until(delivered=1, parked=1)
    await done(box, "UPDATE delivery SET person_id = 'person-1'")
    day = box.book.today - timedelta(days=1)

    def moved(visit: Visit) -> Visit:
        assert isinstance(visit.what, Bodies) and visit.what.visit is not None
        here = visit.what.registration["kdProviderPeserta"] == provider(1)
        if how == "moved":
            return replace(visit, what=Cancelled(to=facility(3))) if here else visit
        there = {"tglDaftar": dmy(day), "tglPulang": dmy(day)}
        return replace(
            visit,
            day=day,
            what=replace(visit.what, registration=visit.what.registration | there, visit=visit.what.visit | there),
        )

    box.book.said[subject(1)] = moved
    box.book.said[subject(3)] = lambda v: replace(of(1)(v), person_id="person-1")
    await box.touch(1)
    await box.until(10, delivered=2)


async def test_a_queue_held_for_want_of_a_line_wakes_when_there_is_one(
    box: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "LOOK_AGAIN", 0.0)
    await done(box, "UPDATE facility SET bpjs_code = NULL WHERE code = $1", facility(1))
    await box.owe([1])
    box.worker()
    await until(box, "SELECT 1 FROM delivery_queue WHERE rests_until = 'infinity'")
    await done(box, "UPDATE facility SET bpjs_code = $1 WHERE code = $2", provider(1), facility(1))
    await box.until(10, delivered=1)


async def test_new_credentials_while_the_old_ones_are_refused(box: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    box.play("password-401", provider=provider(1), times=1)
    inner = line_queries.hold

    async def late(tx: Any, *args: Any) -> bool:
        await done(
            box,
            "INSERT INTO line (facility, service, version, state, state_since) VALUES ($1, 'pcare', 1, 'open', now())",
            facility(1),
        )
        async with box.service.db.transaction() as other:
            await queries.wake(other, facility(1), "pcare")
        return await inner(tx, *args)

    monkeypatch.setattr(line_queries, "hold", late)
    monkeypatch.setattr(worker, "LOOK_AGAIN", 3600.0)
    await box.owe([1])
    box.worker()
    await box.until(10, delivered=1)


async def test_who_was_registered_and_is_no_member_for_a_while(box: Outbox) -> None:
    box.book.said[subject(1)] = saying(kdDiag1="XX")
    await box.owe([1])
    box.worker()
    await box.until(parked=1)
    box.book.said[subject(1)] = saying_only(Skip("inactive", "tidak aktif"))
    await box.touch(1)
    async with asyncio.timeout(5):
        while (await box.row(1))["state"] in ("parked", "waiting", "sending"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert box.places() == []
    box.book.said.clear()
    async with box.service.db.transaction() as tx:
        await owing_queries.owed_now(tx, ["person-1"], ["inactive"], box.book.today, 0.0)
    await box.until(10, delivered=1)


@pytest.mark.parametrize("what", ["gap", "skip"])
async def test_what_is_mended_while_it_is_looked_at(box: Outbox, what: str) -> None:
    looking, go = asyncio.Event(), asyncio.Event()
    found = Gap((("kdDokter", "x"),), "x") if what == "gap" else Skip("not-member", "x")
    box.book.said[subject(1)] = saying_only(found)
    inner = box.book.build

    async def slow(*args: Any) -> Visit:
        told = await inner(*args)
        looking.set()
        await go.wait()
        return told

    box.book.build = slow  # type: ignore[method-assign]
    await box.owe([1])
    box.worker()
    await looking.wait()
    box.book.said.clear()
    async with box.service.db.transaction() as tx:
        await owing_queries.again(tx, None, ["gap"])
        await owing_queries.look_again(tx, ["person-1"])
        await owing_queries.owed_now(tx, ["person-1"], ["not-member"], box.book.today, 0.0)
    go.set()
    await box.until(5, delivered=1)


async def test_a_card_that_changes_while_the_outcome_is_unknown(box: Outbox) -> None:
    box.play("dropped-after-success", method="POST", path="/kunjungan/V1", times=1)
    await box.owe([1])
    box.worker()
    await until(box, "SELECT 1 FROM delivery WHERE state = 'sending' AND failed = 0 AND because IS NOT NULL")
    box.book.said[subject(1)] = of(2)
    await box.until(5, parked=1)
    box.book.said.clear()
    await box.touch(1)
    await box.until(5, delivered=1)
    assert len(box.visits()) == len(box.places()) == 1


async def test_a_card_that_changed_is_sent_anew_once_people_removed_the_visit(box: Outbox) -> None:
    await box.owe([1])
    box.worker()
    await box.until(delivered=1)
    box.book.said[subject(1)] = of(2)
    await box.touch(1)
    await box.until(parked=1)
    assert (await box.row(1))["because"] == Why.CARD_CHANGED
    await box.touch(1)  # nobody has removed it yet
    await box.until(parked=1)
    assert [v["card"] for v in box.visits()] == [card(1)]
    box.world.store.run("DELETE FROM visit")
    box.world.store.run("DELETE FROM registration")
    await box.touch(1)
    await box.until(10, delivered=1)
    assert [v["card"] for v in box.visits()] == [p["card"] for p in box.places()] == [card(2)]
