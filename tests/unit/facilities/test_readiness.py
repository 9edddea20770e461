"""When a puskesmas implements ILP, worked out from claims: by hand, and against a day-by-day walk."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.facilities.contract.readiness import ClaimState, Stage
from services.facilities.rules import documents
from services.facilities.rules import readiness as rules
from services.facilities.rules.cells import Line
from services.facilities.rules.readiness import ClaimRow, Known, Progress

TODAY = date(2026, 11, 1)


def criterion(code: str, required: bool = True, **more: Any) -> dict[str, Any]:
    return {
        "code": code, "valid_from": date(2023, 1, 1), "valid_until": None, "required": required, "weight": 1,
        "evidence_months": None, **more,
    }  # fmt: skip


def claim(code: str, number: int, claimed: date, **more: Any) -> dict[str, Any]:
    return {
        "facility": "P1", "criterion": code, "number": number, "claimed_on": claimed, "note": "x", "link": None,
        "file": None, "valid_until": None, "verified_on": None, "returned_on": None, "reason": None, **more,
    }  # fmt: skip


def test_it_implements_from_the_day_the_last_required_one_is_verified() -> None:
    way = Progress(
        [criterion("a"), criterion("b"), criterion("c", required=False)],
        [claim("a", 1, date(2025, 1, 5), verified_on=date(2025, 2, 1)),
         claim("b", 1, date(2025, 3, 1), verified_on=date(2025, 3, 9), valid_until=date(2026, 3, 8)),
         claim("b", 2, date(2026, 2, 1), verified_on=date(2026, 3, 1), returned_on=date(2026, 9, 1), reason="?")],
    )  # fmt: skip
    assert way.periods() == [(date(2025, 3, 9), date(2026, 8, 31))]
    assert way.stage(date(2025, 1, 4)) is Stage.NOT_STARTED
    assert way.stage(date(2025, 3, 8)) is Stage.PARTIAL
    assert way.stage(date(2026, 8, 31)) is Stage.IMPLEMENTS
    assert way.stage(date(2026, 9, 1)) is Stage.PARTIAL


def test_a_criterion_that_comes_into_force_later_counts_from_then() -> None:
    way = Progress(
        [criterion("a"), criterion("new", valid_from=date(2026, 1, 1))],
        [claim("a", 1, date(2025, 1, 1), verified_on=date(2025, 1, 1))],
    )
    assert way.periods() == [(date(2025, 1, 1), date(2025, 12, 31))]


DAYS = st.integers(0, 60).map(lambda n: date(2025, 1, 1) + timedelta(n))


@st.composite
def lives(draw: st.DrawFn) -> Progress:
    checklist = [
        criterion(code, draw(st.booleans()), valid_from=min(pair), valid_until=max(pair))
        for code in "abc"
        for pair in [draw(st.tuples(DAYS, DAYS))]
    ]
    claims = []
    for code in "abc":
        for number in range(1, draw(st.integers(0, 3)) + 1):
            first, second, third, fourth = sorted(draw(st.tuples(DAYS, DAYS, DAYS, DAYS)))
            claims.append(claim(
                code, number, first, verified_on=draw(st.sampled_from([None, second])),
                returned_on=draw(st.sampled_from([None, third])), valid_until=draw(st.sampled_from([None, fourth])),
            ))  # fmt: skip
    return Progress(checklist, claims)


@given(lives())
def test_periods_are_what_a_walk_day_by_day_finds(way: Progress) -> None:
    for n in range(-1, 63):
        day = date(2025, 1, 1) + timedelta(n)
        needed = [c["code"] for c in way.checklist
                  if c["required"] and c["valid_from"] <= day <= c["valid_until"]]  # fmt: skip
        fine = {c["criterion"] for c in way.claims if rules.state_of(c, day) is ClaimState.VERIFIED}
        assert bool(rules.covering(way.periods(), day)) == (bool(needed) and fine >= set(needed)), day


def known(*claims: dict[str, Any], **more: Any) -> Known:
    rows = {c["number"]: c for c in claims}
    checklist = [criterion("sk"), criterion("monthly", evidence_months=12)]
    fields: dict[str, Any] = {"files": {}, "claims": {("P1", "sk"): rows}, "today": TODAY, **more}
    return Known({"P1": "puskesmas", "K1": "klinik-pratama"}, checklist, **fields)


def check(known_: Known, **fields: Any) -> str | None:
    """The column at fault."""
    given_ = {"facility": "P1", "criterion": "sk", "claimed_on": "2026-01-02", "note": "x"} | fields
    row = ClaimRow.model_validate({k: v for k, v in given_.items() if v})
    _, refused = rules.claims([Line(1, row)], known_)
    return refused[0].column if refused else None


def test_what_a_claim_must_be() -> None:
    assert check(known()) is None
    assert check(known(), facility="K1") == "facility"
    assert check(known(), criterion="nothing") == "criterion"
    assert check(known(), note="") == "note"
    assert check(known(), claimed_on="2026-11-02") == "claimed_on"
    assert check(known(), verified_on="2026-01-01") == "verified_on"
    assert check(known(), returned_on="2026-01-05") == "reason"
    assert check(known(), number="2") == "number"
    assert check(known(), file="0" * 36) == "file"
    assert check(known(files={"0" * 36: "P2"}), file="0" * 36) == "file"
    assert check(known(files={"0" * 36: "P1"}), file="0" * 36) is None


def test_claims_follow_one_another_and_verdicts_stay() -> None:
    open_ = claim("sk", 1, date(2026, 1, 2))
    assert check(known(open_), number="2") == "number"
    assert check(known(open_), note="better words") is None
    sent_back = open_ | {"returned_on": date(2026, 1, 9), "reason": "?"}
    assert check(known(sent_back), number="2", claimed_on="2026-01-10") is None
    assert check(known(sent_back), returned_on="2026-01-09", reason="?", verified_on="2026-01-09") == "verified_on"
    verified = open_ | {"verified_on": date(2026, 1, 9)}
    assert check(known(verified), verified_on="2026-01-09", note="other") == "number"
    assert check(known(verified), verified_on="2026-01-08") == "verified_on"
    assert check(known(verified), verified_on="2026-01-09", returned_on="2026-02-01", reason="?") is None


def test_evidence_expires_after_the_criterions_months() -> None:
    row = ClaimRow(facility="P1", criterion="monthly", claimed_on="2024-02-29", note="x")  # type: ignore[arg-type]
    assert rules.expiring(row, known().checklist).valid_until == date(2025, 2, 27)
    cases = (("2025-12-31", 2, "2026-02-28"), ("2025-11-30", 1, "2025-12-30"), ("2025-12-01", 12, "2026-12-01"))
    for day, months, end in cases:
        assert rules._months_after(date.fromisoformat(day), months) == date.fromisoformat(end)


def test_months_end_today() -> None:
    assert rules.month_ends(2026, TODAY)[-2:] == [date(2026, 10, 31), TODAY]
    assert len(rules.month_ends(2025, TODAY)) == 12
    assert rules.month_ends(2027, TODAY) == []
    assert rules.percent(12, 10) == 120.0


def test_files_are_known_by_their_content() -> None:
    assert documents.kind_of(b"%PDF-1.4\n...\n%%EOF\n") == documents.PDF
    assert documents.kind_of(b"\xff\xd8\xff\xe0...\xff\xd9") == documents.JPEG
    assert documents.kind_of(b"\x89PNG\r\n\x1a\n....IEND\xaeB`\x82") == documents.PNG
    for broken in (b"", b"%PDF-1.4 cut off", b"<html>", b"\xff\xd8\xff", b"PK\x03\x04", b"MZ%PDF-%%EOF"):
        assert documents.kind_of(broken) is None
