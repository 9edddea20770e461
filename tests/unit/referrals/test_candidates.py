"""Ranking where to refer: what is better never ranks worse, and every point has its reason."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.facilities.contract.candidates import Bond, CandidateFacts, Origin, RankingRule, Report
from services.referrals.contract import Kind, Urgency
from services.referrals.rules import candidates
from services.referrals.rules.candidates import Past, Wish

NOW = datetime(2026, 11, 25, 2, tzinfo=UTC)
NUMBERS = {
    "competence": 25, "services": 20, "open": 15, "distance": 15, "capacity": 10, "jkn": 10, "agreement": 5,
    "answers": 5, "acceptance": 10, "half-distance-km": 20, "stale-minutes": 360, "half-answer-minutes": 60,
    "unknown-percent": 40, "history-days": 90,
}  # fmt: skip
WISH = Wish(
    Kind.VERTICAL, Urgency.URGENT, NOW, NOW, True, ("kia", "ponek"), (), "P1", Origin("puskesmas", None, 1.0, 102.0)
)
HOSPITAL = CandidateFacts(
    "R1", "RSUD", "rs", "public", "active", "C", 10.0, ("kia", "ponek"), True, True, "madya", "O10-O16", "fkrtl", None,
    (Report("3", 4, NOW),), (),
)  # fmt: skip

km = st.none() | st.floats(0, 500)
reports = st.lists(
    st.builds(Report, st.just("x"), st.integers(0, 50), st.integers(0, 900).map(lambda m: NOW - timedelta(minutes=m))),
    max_size=3,
).map(tuple)
facts = st.builds(
    CandidateFacts, code=st.sampled_from(["R1", "R2", "R3", "R4"]), name=st.just("RS"), kind=st.just("rs"),
    ownership=st.sampled_from(["public", "private"]), status=st.just("active"),
    hospital_class=st.sampled_from(["A", "C", None]), distance_km=km,
    offered=st.sampled_from([(), ("kia",), ("kia", "ponek")]), listed=st.booleans(), open=st.none() | st.booleans(),
    competence=st.sampled_from([None, "dasar", "madya", "utama", "paripurna"]), competence_code=st.just("O10-O16"),
    jkn=st.sampled_from([None, "fkrtl"]),
    agreement=st.none() | st.builds(Bond, st.just("a"), st.just(date(2027, 1, 1)), st.booleans(), st.booleans()),
    beds=reports, slots=reports,
)  # fmt: skip
pasts = st.none() | st.integers(0, 20).flatmap(
    lambda n: st.builds(Past, st.just(n), st.just(n), st.integers(0, n), st.floats(0, 5000))
)
weights = st.fixed_dictionaries({r: st.integers(0, 50) for r in list(RankingRule)[:9]})


def total(one: CandidateFacts, past: Past | None = None, **numbers: int) -> float:
    return candidates.points(one, WISH, NUMBERS | numbers, past)


@given(facts, pasts, weights)
def test_points_are_a_part_of_a_hundred_and_are_what_they_are_made_of(
    one: CandidateFacts, past: Past | None, said: dict[str, int]
) -> None:
    ranked = candidates.weigh(one, WISH, NUMBERS | said, past)
    assert 0 <= ranked.total <= 100.000001
    assert ranked.total == total(one, past, **said)
    most = sum(w.weight for w in ranked.weighed)
    assert ranked.total == pytest.approx(100 * sum(w.points for w in ranked.weighed) / most if most else 0)
    for w in ranked.weighed:
        share = NUMBERS["unknown-percent"] / 100 if w.share is None else w.share
        assert 0 <= share <= 1
        assert w.points == pytest.approx(w.weight * share)
        assert w.words.id
        assert w.words.en
    assert {w.rule for w in ranked.weighed} == {r for r in list(RankingRule)[:9] if said[r]}


@given(facts, pasts, weights, st.floats(0, 500), st.floats(0, 500))
def test_farther_never_ranks_better(
    one: CandidateFacts, past: Past | None, said: dict[str, int], a: float, b: float
) -> None:
    near, far = sorted((a, b))
    first = replace(one, code="R2", distance_km=near)
    second = replace(one, code="R1", distance_km=far)
    assert total(first, past, **said) >= total(second, past, **said)
    if near < far:
        ranked = candidates.rank([second, first], WISH, NUMBERS | said, {}, 9)
        assert ranked[0].facts.code == "R2"


BETTER: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"open": True}, {"open": None}), ({"open": None}, {"open": False}),
    ({"offered": ("kia", "ponek"), "listed": True}, {"offered": ("kia",), "listed": True}),
    ({"competence": "utama"}, {"competence": "madya"}), ({"competence": "dasar"}, {"competence": None}),
    ({"jkn": "fkrtl"}, {"jkn": None}), ({"ownership": "public"}, {"ownership": "private", "agreement": None}),
    ({"agreement": Bond("a", None, True, True), "ownership": "private"},
     {"agreement": Bond("a", None, False, True), "ownership": "private"}),
    ({"agreement": Bond("a", None, False, False), "ownership": "private"},
     {"agreement": None, "ownership": "private"}),
    ({"slots": (Report("kia", 6, NOW),), "beds": ()}, {"slots": (Report("kia", 5, NOW),), "beds": ()}),
    ({"slots": (Report("kia", 1, NOW),), "beds": ()}, {"slots": (), "beds": ()}),
    ({"slots": (), "beds": ()}, {"slots": (Report("kia", 0, NOW),), "beds": ()}),
]  # fmt: skip


@pytest.mark.parametrize(("better", "worse"), BETTER)
def test_each_criterion_points_the_right_way(better: dict[str, Any], worse: dict[str, Any]) -> None:
    assert total(replace(HOSPITAL, **better)) > total(replace(HOSPITAL, **worse))


@given(facts, facts, facts)
def test_the_order_is_by_points_and_the_same_whatever_came_first(
    a: CandidateFacts, b: CandidateFacts, c: CandidateFacts
) -> None:
    some = [replace(f, code=f"R{n}") for n, f in enumerate((a, b, c))]
    ranked = candidates.rank(some, WISH, NUMBERS, {}, 9)
    assert [r.facts.code for r in ranked] == [r.facts.code for r in candidates.rank(some[::-1], WISH, NUMBERS, {}, 9)]
    points = [round(r.total, 4) for r in ranked]
    assert points == sorted(points, reverse=True)


def test_a_stale_report_counts_as_unknown_and_says_so() -> None:
    old = replace(HOSPITAL, beds=(Report("3", 40, NOW - timedelta(minutes=361)),))
    silent = replace(HOSPITAL, beds=())
    assert total(old) == total(silent)
    said = {w.rule: w for w in candidates.weigh(old, WISH, NUMBERS, None).weighed}[RankingRule.CAPACITY]
    assert (said.share, "lama" in said.words.id, "361" in said.words.id) == (None, True, True)
    still = replace(HOSPITAL, beds=(Report("3", 40, NOW - timedelta(minutes=360)),))
    assert total(still) > total(silent)


def test_beds_do_not_count_for_routine_outpatients() -> None:
    routine = replace(WISH, urgency=Urgency.ROUTINE)
    said = {w.rule: w.share for w in candidates.weigh(HOSPITAL, routine, NUMBERS, None).weighed}
    assert said[RankingRule.CAPACITY] is None


def test_the_past_counts_once_there_is_enough_of_it() -> None:
    assert total(HOSPITAL, Past(2, 2, 2, 1)) == total(HOSPITAL)
    assert total(HOSPITAL, Past(9, 9, 9, 5)) > total(HOSPITAL, Past(9, 9, 9, 50)) > total(HOSPITAL, Past(9, 9, 3, 50))


def test_jkn_counts_only_when_jkn_pays() -> None:
    other = replace(WISH, jkn=False)
    rules = [w.rule for w in candidates.weigh(HOSPITAL, other, NUMBERS, None).weighed]
    assert RankingRule.JKN not in rules


@pytest.mark.parametrize(
    ("changes", "wish", "why"),
    [
        ({}, {}, []),
        ({"code": "P1"}, {"kind": None}, ["pengirim"]),
        ({"status": "suspended"}, {}, ["ditangguhkan"]), ({"status": "closed"}, {}, ["tutup"]),
        ({"status": "planned"}, {}, ["belum beroperasi"]),
        ({"kind": "puskesmas"}, {}, ["tingkatnya"]), ({"kind": "puskesmas"}, {"kind": Kind.HORIZONTAL}, []),
        ({}, {"kind": Kind.HORIZONTAL}, ["tingkatnya"]), ({}, {"kind": Kind.BACK}, ["tingkatnya"]),
        ({"kind": "lab"}, {"kind": Kind.PARTIAL}, []), ({"kind": "lab"}, {}, ["tingkatnya"]),
        ({}, {"origin": Origin("rs", "C", None, None)}, ["tingkatnya"]),
        ({"hospital_class": "B"}, {"origin": Origin("rs", "C", None, None)}, []),
        ({}, {"within_km": 9}, ["9 km"]), ({}, {"within_km": 10}, []),
        ({"distance_km": None}, {"within_km": 9}, ["jarak"]),
        ({}, {"insisted": ("bedah",)}, ["bedah"]), ({"listed": False}, {"insisted": ("bedah",)}, []),
        ({"open": False}, {}, []), ({"open": False}, {"urgency": Urgency.EMERGENCY}, ["tutup"]),
    ],
)  # fmt: skip
def test_who_is_no_candidate_is_told_why(changes: dict[str, Any], wish: dict[str, Any], why: list[str]) -> None:
    found = candidates.excluded(replace(HOSPITAL, **changes), replace(WISH, **wish))
    assert len(found) == len(why), found
    assert all(word in text.id for word, text in zip(why, found, strict=True))


def test_what_speaks_against_a_destination() -> None:
    poor = replace(HOSPITAL, offered=("kia",), open=False, jkn=None)
    assert [c for c, _ in candidates.warnings(poor, ("kia", "ponek"), jkn=True)] == ["service", "closed", "jkn"]
    assert candidates.warnings(poor, ("kia",), jkn=False) == [
        ("closed", candidates.warnings(poor, ("kia",), jkn=False)[0][1])
    ]
    assert not candidates.warnings(HOSPITAL, ("kia", "ponek"), jkn=True)
    assert not candidates.warnings(replace(HOSPITAL, offered=(), listed=False), ("kia",), jkn=True)
