"""Pure decisions of the queue: hours of a day, refusals in BPJS' words, what BPJS may send."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coverage.rules import antrean, queue
from services.coverage.rules.antrean import Said
from services.coverage.rules.queue import Because, Day, Session, Wish

TODAY = date(2026, 11, 23)
MORNING = Session("001", "Poli Umum", "A", 131491, "dr. Dewi", "08:00", "12:00", 2)
EVENING = Session("001", "Poli Umum", "A", 131492, "dr. Rudi", "16:00", "20:00", 1)
DAY = Day(frozenset({"001", "002"}), (EVENING, MORNING))


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 23, hour, minute)


def test_a_day_is_refused_before_it_begins_and_after_it_has_passed() -> None:
    assert queue.of_day(Wish("001", TODAY - timedelta(days=1)), TODAY, 30) is Because.PAST
    assert queue.of_day(Wish("001", TODAY), TODAY, 30) is None
    assert queue.of_day(Wish("001", TODAY + timedelta(days=30)), TODAY, 30) is None
    assert queue.of_day(Wish("001", TODAY + timedelta(days=31)), TODAY, 30) is Because.FAR


@pytest.mark.parametrize(
    ("wish", "day", "now", "found"),
    [
        (Wish("001", TODAY), DAY, at(7), [MORNING, EVENING]),
        (Wish("001", TODAY, 131492, "16:00-20:00"), DAY, at(7), [EVENING]),
        (Wish("001", TODAY, 131491, "16:00-20:00"), DAY, at(7), Because.NO_HOURS),
        (Wish("001", TODAY, 999), DAY, at(7), Because.NO_HOURS),
        (Wish("009", TODAY), DAY, at(7), Because.UNKNOWN_POLI),
        (Wish("002", TODAY), Day(DAY.polis, ()), at(7), Because.CLOSED),
        (Wish("001", TODAY), Day(DAY.polis, DAY.sessions, "Libur"), at(7), Because.CLOSED),
        (Wish("001", TODAY), DAY, at(11, 59), [MORNING, EVENING]),
        (Wish("001", TODAY), DAY, at(12), [EVENING]),
        (Wish("001", TODAY, 131491), DAY, at(12), Because.OVER),
        (Wish("001", TODAY + timedelta(days=1), 131491), DAY, at(23), [MORNING]),
    ],
)
def test_sessions_that_can_still_be_had(wish: Wish, day: Day, now: datetime, found: Any) -> None:
    assert queue.open_sessions(wish, day, now) == found


def test_room_is_counted_by_doctor_and_hours() -> None:
    assert queue.with_room([MORNING, EVENING], {(131491, "08:00-12:00"): 1}) is MORNING
    assert queue.with_room([MORNING, EVENING], {(131491, "08:00-12:00"): 2}) is EVENING
    assert queue.with_room([MORNING], {(131491, "08:00-12:00"): 2}) is None


def test_hours_of_one_doctor_do_not_overlap() -> None:
    rows = [("001", 1, 1, "08:00", "12:00"), ("002", 1, 1, "12:00", "13:00"), ("002", 1, 2, "08:00", "09:00")]
    assert queue.clashes(rows) is None
    assert queue.clashes([*rows, ("003", 1, 1, "11:59", "12:30")]) == 3
    assert queue.clashes([("001", 1, 1, "08:00", "08:00")]) == 0


BOOKING = {
    "nomorkartu": "0577535571856", "nik": "1410014107900001", "kodepoli": "001", "tanggalperiksa": "2026-11-23",
    "keluhan": "demam", "kodedokter": 131491, "jampraktek": "08:00-12:00", "norm": "", "nohp": "0812",
}  # fmt: skip


def test_a_booking_as_bpjs_sends_it() -> None:
    found = antrean.booking(BOOKING | {"kodedokter": "131491", "jampraktek": "8:00 - 12.00"})
    assert found.wish == Wish("001", TODAY, 131491, "08:00-12:00")
    assert (found.card, found.nik, found.complaint) == ("0577535571856", "1410014107900001", "demam")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("nomorkartu", "", "Nomor Kartu tidak boleh kosong"),
        ("nomorkartu", "123", "Nomor Kartu harus 13 digit"),
        ("nomorkartu", "057753557185x", "Format Nomor Kartu tidak sesuai"),
        ("nik", None, "NIK tidak boleh kosong"),
        ("nik", "0000000000000000", "Format NIK tidak sesuai"),
        ("kodepoli", "' OR 1", "Poli Tidak Ditemukan"),
        ("tanggalperiksa", "23-11-2026", "Format Tanggal Tidak Sesuai, format yang benar adalah yyyy-mm-dd"),
        ("tanggalperiksa", "2026-02-30", "Format Tanggal Tidak Sesuai, format yang benar adalah yyyy-mm-dd"),
        ("kodedokter", "", "Kode Dokter tidak boleh kosong"),
        ("jampraktek", "pagi", "Format Jam Praktek Tidak Sesuai, format yang benar adalah HH:MM-HH:MM"),
    ],
)
def test_what_is_wrong_is_said_first_come_first(field: str, value: Any, message: str) -> None:
    with pytest.raises(Said) as refused:
        antrean.booking(BOOKING | {field: value})
    assert refused.value.as_metadata() == {"response": None, "metadata": {"message": message, "code": 201}}


@given(st.dictionaries(st.sampled_from([*BOOKING, "keterangan", "nama"]), st.none() | st.integers() | st.text()))
def test_whatever_is_sent_is_read_or_refused(body: dict[str, Any]) -> None:
    for read in (antrean.booking, antrean.cancelling, lambda b: antrean.patient(b, TODAY)):
        try:
            read(BOOKING | body)
        except Said as refused:
            assert refused.status == 201
