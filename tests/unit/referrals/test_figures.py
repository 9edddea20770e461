"""Figures: shares, what is too small to be shown, the chapters of ICD-10, and what a step says of those asked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referrals.contract import Alarm, Measure, Side, State, Verb
from services.referrals.rules import chapters, figures, legs
from services.referrals.rules.referrals import Step
from tests.unit.referrals.examples import sent as example

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)


def row(code: str, sent: int, **others: int) -> dict[str, Any]:
    counts = dict.fromkeys((m.value for m in Measure), 0) | {"sent": sent} | others
    return {"code": code, "name": None, "link": None} | counts | figures.shares(counts, "referrals")


def test_shares() -> None:
    counts = dict.fromkeys((m.value for m in Measure), 0)
    assert set(figures.shares(counts, "referrals").values()) == {None}
    counts |= {"sent": 10, "cancelled": 2, "accepted": 5, "closed": 4, "vertical": 3, "non_specialist": 1}
    assert figures.shares(counts, "referrals")["closed_share"] == 0.5
    assert figures.shares(counts, "askings")["closed_share"] == 0.8
    assert figures.shares(counts, "referrals")["non_specialist_share"] == 0.3333


def test_a_formula_for_every_figure() -> None:
    told = {name for f in figures.FORMULAS for name in f.name.split(", ")}
    assert set(figures.SHARES) <= told
    assert {"sent", "answered", "decided", "open", "overdue"} <= told
    ratio = next(f for f in figures.FORMULAS if f.name == "non_specialist_share")
    assert ratio.source is not None and "7 Tahun 2019" in ratio.source and "TACC" in ratio.id
    assert set(figures.HEADINGS) == {"code", "name", *(m.value for m in Measure), *figures.SHARES} | {
        "response_median_minutes", "response_p90_minutes",
    }  # fmt: skip


@given(st.lists(st.integers(1, 12), max_size=12))
def test_nothing_small_is_shown_or_can_be_worked_out(sizes: list[int]) -> None:
    rows = [row(f"A{n:02}", size, declined=1) for n, size in enumerate(sizes)]
    shown, joined = figures.merged(rows, "referrals")
    own = [r for r in shown if r["code"] != figures.OTHER]
    others = [r for r in shown if r["code"] == figures.OTHER]
    assert all(r["sent"] >= figures.SMALLEST for r in own)
    assert len(own) + joined == len(rows)
    assert len(others) == (1 if joined else 0)
    hidden = sum(sizes) - sum(r["sent"] for r in own)
    for other in others:
        if other["sent"] is None:
            assert hidden < figures.SMALLEST and not own, "what is left to work out is at least five"
            assert other["declined"] is None and other["declined_share"] is None
        else:
            assert other["sent"] == hidden >= figures.SMALLEST


@pytest.mark.parametrize(
    ("code", "number"),
    [("A00", "I"), ("B99", "I"), ("C00", "II"), ("D48.9", "II"), ("D50", "III"), ("H59", "VII"), ("H60.1", "VIII"),
     ("O13", "XV"), ("T98", "XIX"), ("U07.1", "XXII"), ("V01", "XX"), ("Y98", "XX"), ("Z34.9", "XXI")],
)  # fmt: skip
def test_chapters(code: str, number: str) -> None:
    assert chapters.chapter(code) == number
    assert number in chapters.NAMES


def _step(verb: Any, side: Side, facility: str = "P1410010101") -> Step:
    return Step(2, verb, State.ACCEPTED, side, "siapa", "clinician", facility, NOW, NOW)


def test_what_a_step_says_of_those_asked() -> None:
    sent = replace(example(), state=State.SENT, asked=["A", "B"], due_at=NOW + timedelta(hours=1))
    assert legs.told(sent, _step(Verb.SEND, Side.SENDER)) == legs.Told(["A", "B"], until=NOW + timedelta(hours=1))
    assert legs.told(sent, _step(Verb.RAISE, Side.SENDER)).until == NOW + timedelta(hours=1)
    assert legs.told(sent, _step(Verb.DECLINE, Side.RECEIVER, "C")) == legs.Told(("C",), None, "declined", NOW)
    for verb, answer in ((Verb.ACCEPT, "accepted"), (Verb.ARRIVE, "accepted"), (Verb.REDIRECT, "redirected")):
        assert legs.told(sent, _step(verb, Side.RECEIVER, "C")) == legs.Told(("C",), None, answer, NOW)
    expired = replace(sent, state=State.EXPIRED)
    assert legs.told(expired, _step(Alarm.EXPIRE, Side.CLOCK)) == legs.Told(["A", "B"], answer="expired")
    quiet = replace(sent, state=State.ACCEPTED)
    for verb in (Verb.DEPART, Verb.TREAT, Verb.CANCEL, Verb.RAISE, Verb.CLOSE):
        assert legs.told(quiet, _step(verb, Side.SENDER)) == legs.NOTHING
    assert legs.told(sent, _step(Alarm.REMIND, Side.CLOCK)) == legs.NOTHING
    assert legs.told(replace(sent, state=State.DRAFT), _step("draft", Side.SENDER)) == legs.NOTHING
