"""Who belongs to which household follows from cards: nobody is in two, the past stands, what was said by hand stays."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.records import families
from services.records.families import Said, Stay, place

FIRST = date(2026, 1, 1)
CARDS = {"A": "1410010101010001", "B": "1410010101010002"}
BORN = st.sampled_from(["P", "Q", "R"])


def _said(card: str | None, died: date | None = None) -> Said:
    return Said(CARDS[card] if card else None, "1410011001", "001", "002", died)


ACT = st.tuples(st.integers(0, 3), BORN, st.sampled_from(["A", "B", None]), st.booleans())


@given(st.lists(ACT, max_size=25))
def test_after_any_registrations_nobody_is_in_two_households_on_a_day(acts: list[tuple[int, str, str, bool]]) -> None:
    stays: list[list[Any]] = []  # person, family, from, until
    today, dead = FIRST, set[str]()
    for later, person, card, dies in acts:
        today += timedelta(later)
        died = today if dies or person in dead else None
        dead |= {person} if died else set()
        held = next((s for s in stays if s[0] == person and s[3] is None), None)
        stay = Stay(held[1], held[2], held[1]) if held else None
        before = [list(s) for s in stays]
        todo = place([(person, _said(card, died), stay)], today)
        for _, _, last, _ in todo.ends:
            assert held is not None
            if last is None:
                stays.remove(held)
            else:
                assert held[2] <= last <= today
                held[3] = last
        stays += [[p, kk, day, None] for p, kk, day in todo.enters]
        for one in stays:
            others = [s for s in stays if s is not one and s[0] == one[0]]
            assert all((one[3] or date.max) < o[2] or (o[3] or date.max) < one[2] for o in others), "two households"
        ended = [s for s in before if s[3] is not None]
        assert all(s in stays for s in ended), "the past stands"
        now = next((s for s in stays if s[0] == person and s[3] is None), None)
        if card and person not in dead:
            assert now is not None
            assert now[1] == CARDS[card]
        if person in dead:
            assert now is None


def test_who_was_placed_by_hand_stays_until_the_own_card_changes() -> None:
    by_hand = Stay("another-family", FIRST, CARDS["A"])
    assert not place([("P", _said("A"), by_hand)], FIRST).enters
    moved = place([("P", _said("B"), by_hand)], FIRST + timedelta(9))
    assert [(e[2], e[3]) for e in moved.ends] == [(FIRST + timedelta(8), families.MOVED)]
    assert moved.enters == [("P", CARDS["B"], FIRST + timedelta(9))]


def test_what_a_patient_says() -> None:
    body = {
        "identifier": [{"system": families.KK, "value": CARDS["A"]}, {"system": families.KK, "value": "x"}],
        "address": [{"extension": [{"url": families.ADMINISTRATIVE_CODE, "extension": [
            {"url": "village", "valueCode": "14.10.01.1001"}, {"url": "rt", "valueCode": "003"},
        ]}]}],
        "deceasedDateTime": "2026-03-01T10:00:00+07:00",
    }  # fmt: skip
    assert families.said(body) == Said(CARDS["A"], "1410011001", "003", None, date(2026, 3, 1))
    assert families.said({"deceasedBoolean": True, "identifier": [{"system": families.KK, "value": "12"}]}) == Said(
        None, None, None, None, date.min
    )
    lost = place([("P", families.said({"deceasedBoolean": True}), Stay("f", FIRST, None))], FIRST + timedelta(3))
    assert lost.ends[0][2] == FIRST + timedelta(3)
