"""Who may learn from whom, and rows of visits."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.facilities.rules import learning as rules
from services.facilities.rules.cells import Line
from services.facilities.rules.learning import ActionRow, Place, VisitRow

TODAY = date(2026, 6, 1)
KINDS = {"P1": "puskesmas", "P2": "puskesmas", "P3": "puskesmas"}
NEAR, FAR = (1.0, 102.7), (1.0, 103.7)


def ranked(places: list[Place], visited: dict[frozenset[str], date] | None = None) -> list[tuple[str, str]]:
    return [(p.weak.code, p.strong.code) for p in rules.pairs(places, 50, visited or {}, TODAY)]


def test_the_near_one_of_two_equally_strong_comes_first() -> None:
    weak, near, far = Place("W", 30, 40, NEAR), Place("B", 80, 40, (1.1, 102.7)), Place("A", 80, 40, FAR)
    assert ranked([weak, near, far]) == [("W", "B"), ("W", "A")]
    best = rules.pairs([weak, near, far], 50, {}, TODAY)[0]
    assert (best.gap, best.kilometres, best.score) == (50, 11.1, 52.78)
    assert [r.en for r in best.reasons] == [
        "a gap of 50 percentage points", "11.1 km apart", "similar in size (40, 40)",
    ]  # fmt: skip


def test_a_recent_visit_puts_a_pair_behind() -> None:
    weak, near, far = Place("W", 30, 40, NEAR), Place("B", 80, 40, (1.1, 102.7)), Place("A", 80, 40, FAR)
    recent = {frozenset(("B", "W")): date(2026, 3, 1)}
    assert ranked([weak, near, far], recent) == [("W", "A"), ("W", "B")]
    assert ranked([weak, near, far], {frozenset(("B", "W")): date(2025, 3, 1)})[0] == ("W", "B")


def test_likeness_counts() -> None:
    weak = Place("W", 30, 40, None, True)
    assert ranked([weak, Place("A", 80, 40, None, False), Place("B", 80, 40, None, True)])[0] == ("W", "B")
    assert ranked([weak, Place("A", 80, 400), Place("B", 80, 50)])[0] == ("W", "B")


def test_few_persons_say_nothing() -> None:
    few = [Place("W", 0, 4), Place("A", 80, 40)]
    assert ranked(few) == []
    assert len(rules.pairs(few, 50, {}, TODAY, fewest=4)) == 1


def test_kilometres() -> None:
    assert rules.kilometres((0, 0), (0, 1)) == 111.2
    assert rules.kilometres((0, 0), None) is None


PLACES = st.lists(
    st.builds(
        Place, st.sampled_from("ABCDEFGH"), st.floats(0, 100), st.integers(0, 500),
        st.none() | st.tuples(st.floats(-5, 5), st.floats(95, 140)), st.none() | st.booleans(),
    ),
    unique_by=lambda p: p.code,
)  # fmt: skip


@given(PLACES, st.floats(0, 100))
def test_the_weak_learn_from_the_strong_only(places: list[Place], average: float) -> None:
    found = rules.pairs(places, average, {}, TODAY)
    assert all(p.weak.coverage < average <= p.strong.coverage and p.gap >= 0 for p in found)
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
    assert rules.pairs(places[::-1], average, {}, TODAY) == found


def visit(known: dict[str, Any] | None = None, **fields: str) -> str | None:
    given_ = {"id": "KB-1", "host": "P1", "guests": "P2 P3", "topic": "x", "planned_on": "2026-05-01"} | fields
    row = VisitRow.model_validate({k: v for k, v in given_.items() if v})
    _, refused = rules.visits([Line(1, row)], KINDS, {"KB-1": known} if known else {}, TODAY)
    return refused[0].column if refused else None


def test_what_a_visit_must_be() -> None:
    assert visit() is None
    assert visit(host="P9") == "host"
    assert visit(guests="P2 P9") == "guests"
    assert visit(guests="P1") == "guests"
    assert visit(done_on="2026-05-02") == "learned"
    assert visit(done_on="2026-05-02", learned="y") is None
    assert visit(done_on="2026-06-02", learned="y") == "done_on"
    assert visit(cancelled_on="2026-05-02") == "reason"
    assert visit(done_on="2026-05-02", learned="y", cancelled_on="2026-05-02", reason="z") == "cancelled_on"


def test_what_was_done_stays() -> None:
    known = {
        "id": "KB-1", "host": "P1", "guests": "P2 P3", "topic": "x", "indicator": None, "done_on": date(2026, 5, 2),
        "planned_on": date(2026, 5, 1), "learned": "y", "cancelled_on": None, "reason": None,
    }  # fmt: skip
    assert visit(known) is None
    assert visit(known, done_on="2026-05-03", learned="y") == "done_on"
    assert visit(known, guests="P2") == "guests"
    assert visit(known, cancelled_on="2026-05-05", reason="z") == "cancelled_on"


def action(known: dict[str, Any] | None = None, **fields: str) -> str | None:
    given_ = {"visit": "KB-1", "number": "1", "what": "x", "owner": "P2", "due": "2026-06-30"} | fields
    visits = {"KB-1": {"host": "P1", "guests": "P2", "done_on": date(2026, 5, 2)},
              "KB-2": {"host": "P1", "guests": "P2", "done_on": None}}  # fmt: skip
    row = ActionRow.model_validate(given_)
    _, refused = rules.actions([Line(1, row)], visits, {("KB-1", 1): known} if known else {}, TODAY)
    return refused[0].column if refused else None


def test_what_an_action_must_be() -> None:
    assert action() is None
    assert action(visit="KB-2") == "visit"
    assert action(visit="KB-9") == "visit"
    assert action(owner="P3") == "owner"
    assert action(due="2026-05-01") == "due"
    assert action(done_on="2026-05-01") == "done_on"
    assert action(done_on="2026-06-02") == "done_on"
    assert action({"done_on": date(2026, 5, 20)}) is None
    assert action({"done_on": date(2026, 5, 20)}, done_on="2026-05-21") == "done_on"
