"""What a facility is told."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.coverage.bpjs.outcomes import Because, NotFound, Outcome, Refused, Unavailable
from services.coverage.contract import AnswerSource, MemberStatus
from services.coverage.rules import eligibility as rules
from services.coverage.rules.eligibility import Asking, Known, KnownFacility, Statement

ZONE = ZoneInfo("Asia/Jakarta")
LATE = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)  # the 22nd in Jakarta
HERE = KnownFacility("P1", "Puskesmas A", "9914P001", True)
ELSEWHERE = KnownFacility("P2", "Puskesmas B", "9914P002", True)
UNCONTRACTED = KnownFacility("D1", "dr. C", None, True)
ACTIVE = Statement(MemberStatus.ACTIVE, LATE, payer_code="21", provider_code="9914p001")


def asking(facility: KnownFacility | None, language: str = "id") -> Asking:
    return Asking(facility, language, ZONE)


def known(said: Statement | None, source: AnswerSource, why: str | None = None) -> Known:
    day = LATE.astimezone(ZONE)
    return Known(said, source, day.date(), day, why, HERE if said else None)


@pytest.mark.parametrize(
    ("status", "facility", "expected"),
    [
        (MemberStatus.ACTIVE, HERE, True),
        (MemberStatus.ACTIVE, ELSEWHERE, False),
        (MemberStatus.ACTIVE, UNCONTRACTED, False),
        (MemberStatus.ACTIVE, None, None),
        (MemberStatus.INACTIVE, HERE, False),
        (MemberStatus.NOT_FOUND, HERE, False),
    ],
)
def test_eligible_here_is_active_and_registered_here(
    status: MemberStatus, facility: KnownFacility | None, expected: bool | None
) -> None:
    said = Statement(status, LATE, provider_code="9914p001")
    assert rules.eligible_here(said, facility) is expected


@pytest.mark.parametrize("because", list(Because))
def test_no_trouble_ever_states_anything_about_the_person(because: Because) -> None:
    outcomes: list[Outcome] = [Refused(because), Unavailable(because)]
    for outcome in outcomes:
        assert rules.statement(outcome, LATE) is None
        told = rules.eligibility(known(None, AnswerSource.CACHED, rules.trouble(outcome)), asking(HERE), "p")
        assert (told.status, told.eligible_here, told.source) == (MemberStatus.UNKNOWN, None, AnswerSource.NONE)
        assert "tidak berarti tidak aktif" in told.message
        kept = rules.eligibility(known(ACTIVE, AnswerSource.CACHED, because.value), asking(HERE), "p")
        assert (kept.status, kept.eligible_here, kept.checked_at) == (MemberStatus.ACTIVE, True, LATE)
        assert "2026-11-22" in kept.message


def test_not_found_is_a_statement_of_its_own() -> None:
    said = rules.statement(NotFound(), LATE)
    assert said == Statement(MemberStatus.NOT_FOUND, LATE)


def test_the_event_holds_codes_and_the_local_day_only() -> None:
    data = rules.changed(ACTIVE, HERE, ZONE).model_dump(mode="json")
    assert data == {
        "status": "active",
        "payer": "21",
        "checked_on": date(2026, 11, 22).isoformat(),
        "registered_facility": "P1", "dental_facility": None, "prolanis": [], "prb": False, "source": "bpjs",
        "since": None,
    }  # fmt: skip


def test_messages_speak_both_languages() -> None:
    told = rules.eligibility(known(ACTIVE, AnswerSource.CACHED, "credentials"), asking(HERE, "en"), "p")
    assert told.message.startswith("BPJS refuses the connector")
    live = rules.eligibility(known(ACTIVE, AnswerSource.LIVE), asking(HERE), "p")
    assert live.message.startswith("Peserta JKN aktif")
