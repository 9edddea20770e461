"""What BPJS' answers mean for what is owed, how queues rest, when a breaker opens."""

from datetime import date

import pytest

from services.coverage.bpjs.outcomes import Because, Refused, Said, Unavailable
from services.coverage.rules import deliveries as rules
from services.coverage.rules import visit_given
from services.coverage.rules.breaker import OPENS_AFTER, Breaker
from services.coverage.rules.deliveries import Given, Hold, NoAnswer, Park, Pauses


@pytest.mark.parametrize(
    ("because", "until_mended"),
    [
        (Because.CREDENTIALS, True), (Because.SIGNATURE, True), (Because.ENTITLEMENT, True),
        (Because.CONSUMER_EXPIRED, True), (Because.CLOCK, False),
    ],
)  # fmt: skip
def test_a_refused_sign_in_is_about_the_line(because: Because, until_mended: bool) -> None:
    assert rules.meaning(Refused(because, code=401)) == Hold(because, until_mended)


def test_a_refusal_in_words_is_parked_whatever_its_code() -> None:
    fields = (("kdPoli", "Tidak sesuai dengan referensi sistem."),)
    plain = rules.meaning(Refused(Because.RULE, fields, "PRECONDITION_FAILED", 412))
    assert plain == Park(Because.RULE, fields, "PRECONDITION_FAILED", sure=True)
    meant = rules.meaning(Refused(Because.RULE, fields, "", 500))
    assert isinstance(meant, Park) and not meant.sure  # in a 500 nobody knows what was done before it


def test_numbers_of_patients_in_bpjs_words_are_not_kept() -> None:
    meant = rules.meaning(
        Refused(Because.RULE, (("noKartu", "0001112223334 tidak aktif"),), "NIK 1410014107900001", 412)
    )
    assert isinstance(meant, Park)
    assert (meant.fields, meant.message) == ((("noKartu", "… tidak aktif"),), "NIK …")


def test_silence_tells_whether_it_was_reached_and_how_long_to_wait() -> None:
    assert rules.meaning(Unavailable(Because.CONNECTION, reached=False)) == NoAnswer("connection", False)
    assert rules.meaning(Unavailable(Because.RATE_LIMIT, wait=30.0)) == NoAnswer("rate-limit", True, 30.0)


@pytest.mark.parametrize(
    ("words", "already"),
    [
        ("Peserta sudah di-entri di poli yang sama pada hari yang sama.", True),
        ("PESERTA SUDAH DIENTRI", True), ("Belum melakukan pendaftaran pada poli tersebut.", False),
        ("Tidak sesuai dengan referensi sistem.", False),
    ],
)  # fmt: skip
def test_refusals_that_say_an_earlier_try_succeeded(words: str, already: bool) -> None:
    assert rules.already_there(Refused(Because.RULE, (("noKartu", words),), "", 412)) is already


def test_a_lost_registration_leaves_nothing_and_others_leave_all() -> None:
    lost = Refused(Because.RULE, (("kdPoli", "Belum melakukan pendaftaran pada poli tersebut."),), "", 412)
    assert visit_given.unregistered(lost, Given("001", "A1")) == Given()
    assert visit_given.unregistered(lost, Given()) is None
    assert visit_given.unregistered(Refused(Because.RULE, message="lain"), Given("001", "A1")) is None


@pytest.mark.parametrize(
    "response", [{"field": "noKunjungan", "message": "9Y1"}, [{"field": "noKunjungan", "message": "9Y1"}]]
)
def test_the_number_of_a_visit_comes_alone_or_in_a_list(response: object) -> None:
    kept = visit_given.visited(Said(201, response), Given("001", "A1"), "d")
    assert kept and (kept.no_kunjungan, kept.digests) == ("9Y1", {"visit": "d"})
    assert visit_given.visited(Said(201, None), Given(), "d") is None


@pytest.mark.parametrize(
    ("day", "today", "closed"),
    [
        (date(2026, 10, 31), date(2026, 11, 5), False), (date(2026, 10, 1), date(2026, 11, 6), True),
        (date(2026, 12, 31), date(2027, 1, 5), False), (date(2026, 12, 1), date(2027, 1, 6), True),
        (date(2026, 11, 1), date(2026, 11, 30), False),
    ],
)  # fmt: skip
def test_a_month_closes_on_a_day_of_the_next(day: date, today: date, closed: bool) -> None:
    assert rules.closed(day, today, 5) is closed


def test_pauses_double_up_to_the_longest_and_are_spread() -> None:
    pauses = Pauses(first=2, longest=60)
    assert [pauses.rest(n, 1.0) for n in (1, 2, 3, 6, 99)] == [2, 4, 8, 60, 60]
    assert pauses.rest(3, 0.0) == 4


def test_a_breaker_opens_lets_one_probe_and_closes_by_its_answer() -> None:
    breaker = Breaker(first=2, longest=60)
    for _ in range(OPENS_AFTER):
        assert breaker.enter(0)
        breaker.failed(0, 1.0)
    assert breaker.open and not breaker.enter(1.9)
    assert breaker.enter(2.0)  # the probe
    assert not breaker.enter(2.0)  # and nobody beside it
    breaker.failed(2.0, 1.0)
    assert breaker.until == 6.0  # twice as long
    assert breaker.enter(6.0)
    assert breaker.answered()
    assert breaker.enter(6.0) and not breaker.answered()


def test_a_refusal_between_outages_keeps_the_breaker_closed() -> None:
    breaker = Breaker(first=2, longest=60)
    for _ in range(10):
        breaker.failed(0, 1.0)
        breaker.answered()
    assert not breaker.open


def test_a_body_cannot_be_guessed_from_its_digest_and_a_change_shows() -> None:
    body = {"noKartu": "0001112223334", "sistole": 120}
    assert rules.digest(b"k", body) == rules.digest(b"k", dict(reversed(body.items())))
    assert rules.digest(b"k", body) != rules.digest(b"l", body)
    assert rules.digest(b"k", body) != rules.digest(b"k", body | {"sistole": 121})
