"""The outbox sends what is owed once, in order, and proves it."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.coverage.rules.deliveries import Why
from services.coverage.rules.pcare_visit import dmy
from services.coverage.usecases.outbox.port import Gap, Skip
from services.coverage.usecases.outbox.visit import Bodies, Cancelled, Visit
from tests.service.coverage.bpjs_caller import Caller, registration
from tests.service.coverage.bpjs_caller import visit as typed
from tests.service.coverage.outbox_stage import Outbox, card, facility, outbox, provider, subject


@pytest.fixture
async def box(database: str) -> AsyncIterator[Outbox]:
    async with outbox(database) as opened:
        yield opened


def saying(**fields: Any) -> Any:
    """The same visit with other fields in its body."""

    def told(visit: Visit) -> Visit:
        assert isinstance(visit.what, Bodies) and visit.what.visit is not None
        return replace(visit, what=replace(visit.what, visit=visit.what.visit | fields))

    return told


def saying_only(what: Any) -> Any:
    return lambda visit: replace(visit, what=what)


async def test_a_visit_is_registered_sent_and_proved(box: Outbox) -> None:
    await box.owe([1])
    box.worker()
    await box.until(delivered=1)
    row, visit = await box.row(1), box.visits()[0]
    assert (row["no_urut"], row["no_kunjungan"], row["action"], row["sent_at"]) == ("A1", visit["no"], "send", None)
    assert await box.proof(1) == [("registration", "accepted"), ("visit", "accepted")]
    tries = await box.rows("SELECT code, ms, digest, given FROM delivery_try ORDER BY number")
    assert [t["code"] for t in tries] == [201, 201] and all(t["digest"] and t["ms"] >= 0 for t in tries)
    assert json.loads(tries[1]["given"])["noKunjungan"] == visit["no"]
    event = (await box.rows("SELECT * FROM event_pending"))[0]
    assert (event["type"], event["kind"], event["person_id"]) == ("delivery", "created", "person-1")
    assert json.loads(event["data"]) == {
        "kind": "visit", "subject": subject(1), "facility": row["facility"], "day": box.book.today.isoformat(),
        "state": "delivered", "because": None,
    }  # fmt: skip


async def test_nothing_of_the_patient_lies_in_the_outbox(box: Outbox) -> None:
    await box.owe([1])
    box.worker()
    await box.until(delivered=1)
    kept = str(await box.rows("SELECT * FROM delivery")) + str(await box.rows("SELECT * FROM delivery_try"))
    assert card(1) not in kept and "batuk" not in kept and "J06" not in kept


async def test_a_facilitys_order_is_kept_and_facilities_do_not_wait_for_each_other(box: Outbox) -> None:
    box.play("timeout", provider=provider(1), seconds=5)
    await box.owe(range(30), facilities=3)
    box.worker()
    await box.until(delivered=20)  # the first facility's stand still
    box.world.plays.stop()
    await box.until(delivered=30)
    for n in (1, 2, 3):
        came = [v["card"] for v in box.visits() if v["provider"] == provider(n)]
        assert came == [card(i) for i in range(30) if i % 3 + 1 == n]


async def test_a_change_after_delivery_is_put_with_its_number(box: Outbox) -> None:
    await box.owe([1])
    box.worker()
    await box.until(delivered=1)
    await box.touch(1)  # something was said that changes nothing for BPJS
    await box.until(delivered=1)
    assert box.asked("PUT") == 0
    box.book.said[subject(1)] = saying(sistole=135)
    await box.touch(1)
    await box.until(delivered=1)
    assert json.loads(box.visits()[0]["body"])["sistole"] == 135
    assert (await box.proof(1))[-1] == ("visit-change", "accepted")
    assert (await box.row(1))["action"] == "change"
    assert (box.asked("POST", "/kunjungan"), len(box.visits())) == (1, 1)


async def test_entered_in_error_removes_the_visit_then_its_registration(box: Outbox) -> None:
    await box.owe([1])
    box.worker()
    await box.until(delivered=1)
    box.book.said[subject(1)] = saying_only(Cancelled())
    await box.touch(1)
    await box.until(removed=1)
    assert (box.visits(), box.places()) == ([], [])
    assert (await box.proof(1))[2:] == [("visit-removal", "accepted"), ("registration-removal", "accepted")]
    row = await box.row(1)
    assert (row["no_urut"], row["no_kunjungan"]) == (None, None)
    box.book.said.clear()  # and once more: it did happen after all
    await box.touch(1)
    await box.until(delivered=1)
    assert len(box.visits()) == 1


async def test_entered_in_error_before_it_was_sent_sends_nothing(box: Outbox) -> None:
    box.book.said[subject(1)] = saying_only(Cancelled())
    await box.owe([1])
    box.worker()
    await box.until(removed=1)
    assert box.world.asked == 0


@pytest.mark.parametrize("delivered", [True, False])
async def test_a_visit_that_turns_out_to_be_anothers_is_removed_and_sent_by_it(box: Outbox, delivered: bool) -> None:
    await box.owe([1], facilities=3)  # the second facility's
    if delivered:
        box.worker()
        await box.until(delivered=1)

    def moved(visit: Visit) -> Visit:
        assert isinstance(visit.what, Bodies)
        here = visit.what.registration["kdProviderPeserta"] == provider(2)
        return replace(visit, what=Cancelled(to=facility(3))) if here else visit

    box.book.said[subject(1)] = moved
    await box.touch(1)
    if not delivered:
        box.worker()
    await box.until(delivered=1)
    assert [v["provider"] for v in box.visits()] == [p["provider"] for p in box.places()] == [provider(3)]
    assert (await box.row(1))["facility"] == facility(3)


async def test_a_corrected_day_moves_the_visit(box: Outbox) -> None:
    await box.owe([1])
    box.worker()
    await box.until(delivered=1)
    day = box.book.today - timedelta(days=1)

    def moved(visit: Visit) -> Visit:
        assert isinstance(visit.what, Bodies)
        there = {"tglDaftar": dmy(day), "tglPulang": dmy(day)}
        bodies = replace(
            visit.what, registration=visit.what.registration | there, visit=(visit.what.visit or {}) | there
        )
        return replace(visit, day=day, what=bodies)

    box.book.said[subject(1)] = moved
    await box.touch(1)
    await box.until(delivered=1)
    assert [v["day"] for v in box.visits()] == [p["day"] for p in box.places()] == [day.isoformat()]
    assert (await box.row(1))["day"] == day


async def test_a_business_refusal_is_parked_with_its_words_and_the_queue_goes_on(box: Outbox) -> None:
    box.book.said[subject(1)] = saying(kdDiag1="XX", kdSadar="77")
    await box.owe([1, 2])
    box.worker()
    await box.until(parked=1, delivered=1)
    row = await box.row(1)
    fields = json.loads(row["fields"])
    assert row["because"] == "rule" and {f for f, _ in fields} == {"kdDiag1", "kdSadar"}
    assert row["message"] and card(1) not in row["message"]
    box.book.said.clear()
    await box.touch(1)  # the record was mended
    await box.until(delivered=2)
    assert len(box.places()) == 2  # registered once


async def test_a_gap_is_parked_before_anything_is_sent_and_a_skip_has_its_reason(box: Outbox) -> None:
    box.book.said[subject(1)] = saying_only(Gap((("kdDokter", "belum dipetakan"),), "kdDokter belum dipetakan"))
    box.book.said[subject(2)] = saying_only(Skip("not-member", "bukan peserta JKN"))
    await box.owe([1, 2])
    box.worker()
    await box.until(parked=1, skipped=1)
    assert ((await box.row(1))["because"], (await box.row(2))["because"]) == ("gap", "not-member")
    assert box.world.asked == 0


async def test_the_second_visit_of_a_day_is_parked_not_adopted(box: Outbox) -> None:
    box.book.said[subject(2)] = lambda visit: replace(
        visit, card=card(1), what=replace(visit.what, registration=visit.what.registration | {"noKartu": card(1)})
    )
    await box.owe([1, 2])
    box.worker()
    await box.until(delivered=1, parked=1)
    row = await box.row(2)
    assert (row["because"], row["no_urut"], row["no_kunjungan"]) == (Why.SECOND_OF_DAY, None, None)
    assert len(box.visits()) == 1
    await box.rows("UPDATE delivery SET person_id = 'person-1'")
    box.book.said[subject(1)] = saying_only(Cancelled())  # the first was entered in error: now there is room
    del box.book.said[subject(2)]
    await box.touch(1)
    await box.until(removed=1, delivered=1)


async def by_hand(box: Outbox, n: int, visited: bool) -> None:
    """Somebody typed it in PCare before we could send it."""
    caller, day = Caller(box.simulator, box.world.settings.login(provider(1))), dmy(box.book.today)
    await caller("POST", "/pendaftaran", registration(card(n), day, kdProviderPeserta=provider(1)))
    if visited:
        await caller("POST", "/kunjungan/V1", typed(card(n), day))


@pytest.mark.parametrize("visited", [False, True])
async def test_what_somebody_typed_at_bpjs_is_adopted(box: Outbox, visited: bool) -> None:
    await by_hand(box, 1, visited)
    await box.owe([1])
    box.worker()
    await box.until(delivered=1)
    assert len(box.visits()) == len(box.places()) == 1
    assert (await box.row(1))["no_kunjungan"] == box.visits()[0]["no"]
    assert ("registration", "adopted") in await box.proof(1)


async def test_a_registration_lost_at_bpjs_is_made_anew(box: Outbox) -> None:
    box.book.said[subject(1)] = saying(kdDiag1="XX")
    await box.owe([1])
    box.worker()
    await box.until(parked=1)
    box.world.store.run("DELETE FROM registration")
    box.book.said.clear()
    await box.touch(1)
    await box.until(delivered=1)
    assert (len(box.visits()), len(box.places())) == (1, 1)


async def test_a_wrong_password_stops_only_that_facilitys_queue(box: Outbox) -> None:
    box.play("password-401", provider=provider(1))
    await box.owe(range(6), facilities=3)
    box.worker()
    await box.until(delivered=4, waiting=2)
    line = await box.rows("SELECT state, because FROM line")
    assert [tuple(r.values()) for r in line] == [("held", "credentials")]
    tried = box.world.asked
    queue = await box.rows("SELECT because FROM delivery_queue WHERE rests_until = 'infinity'")
    assert [r["because"] for r in queue] == ["credentials"]
    assert len([s for s in box.world.seen if s.call.provider == provider(1)]) == 1  # a password is not tried again
    assert box.world.asked == tried


async def test_a_fault_of_ours_is_put_aside_and_the_queue_goes_on(box: Outbox) -> None:
    def broken(_: Visit) -> Visit:
        raise KeyError("x")

    box.book.said[subject(1)] = broken
    await box.owe([1, 2])
    box.worker()
    await box.until(parked=1, delivered=1)
    assert (await box.row(1))["because"] == Why.FAULT
