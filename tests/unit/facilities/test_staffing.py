"""Laws of staffing: order changes nothing, any day is what the dated rows say, licences and shifts as sets of days."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.facilities.contract import Profession
from services.facilities.contract.units import Shift, Weekday
from services.facilities.contract.workforce import Care, LicenceKind, Setting
from services.facilities.rules import days, limits, staffing, units
from services.facilities.rules.limits import Limit
from services.facilities.rules.practitioners import LicenceRow
from services.facilities.rules.staffing import Norm, Picture, Plan, Puskesmas
from services.facilities.rules.units import Duty

FIRST = date(2026, 1, 1)
DAYS = st.integers(0, 40)
PEOPLE, PLACES = st.sampled_from("abc"), st.sampled_from(["P1", "P2"])
KINDS = st.sampled_from([Profession.DOCTOR, Profession.DENTIST])


def _day(number: int) -> date:
    return FIRST + timedelta(number)


@st.composite
def spans(draw: st.DrawFn) -> days.Span:
    """A span that begins within forty days, and may be open."""
    start = draw(DAYS)
    length = draw(st.one_of(st.none(), st.integers(0, 15)))
    return _day(start), date.max if length is None else _day(start + length)


Spans = st.lists(spans(), max_size=6)
PLACEMENTS = st.lists(st.tuples(PEOPLE, PLACES, KINDS, spans()), max_size=8)
LICENCES = st.lists(
    st.one_of(
        st.tuples(PEOPLE, st.just(LicenceKind.STR), st.none(), spans()),
        st.tuples(PEOPLE, st.just(LicenceKind.SIP), PLACES, spans()),
    ),
    max_size=12,
)
NORMS = [Norm(Care.OUTPATIENT, Setting.RURAL, kind, 2, (FIRST, date.max), "uji") for kind in Profession]
PUSKESMAS = [Puskesmas(code, code, (((FIRST, date.max), Care.OUTPATIENT),)) for code in ("P1", "P2")]
Placed = list[tuple[str, str, Profession, days.Span]]
Held = list[tuple[str, LicenceKind, str | None, days.Span]]


def _in(all_: Sequence[days.Span], day: date) -> bool:
    return any(start <= day <= end for start, end in all_)


@given(Spans, Spans, DAYS)
def test_spans_are_sets_of_days(one: list[days.Span], other: list[days.Span], number: int) -> None:
    day = _day(number)
    assert days.covers(days.joined(one), day) == _in(one, day)
    assert days.covers(days.common(one, other), day) == (_in(one, day) and _in(other, day))
    assert days.covers(days.outside(one), day) == (not _in(one, day))
    assert all(a[1] + days.DAY < b[0] for a, b in pairwise(days.joined(one)))


@given(PLACEMENTS, LICENCES, DAYS, st.randoms())
def test_a_day_is_what_the_rows_say_whatever_their_order(placed: Placed, held: Held, number: int, rng: object) -> None:
    """Counted by hand, person by person, as a replay of the rows up to that day would."""
    day = _day(number)
    valid = {(who, place) for who, _, place, span in held if _in([span], day)}
    people = {
        (place, kind, who)
        for who, place, kind, span in placed
        if _in([span], day) and (who, None) in valid and (who, place) in valid
    }
    wanted = {(p, k): sum(x[:2] == (p, k) for x in people) for p, k, _ in people}
    assert staffing.have(staffing.stays(placed, held), day) == wanted
    for rows in (placed, held):
        rng.shuffle(rows)  # type: ignore[attr-defined]
    assert staffing.have(staffing.stays(placed, held), day) == wanted


@given(PLACEMENTS, LICENCES, st.integers(0, 60))
def test_who_lacks_on_a_day_is_who_has_nobody_that_day(placed: Placed, held: Held, number: int) -> None:
    picture = Picture(PUSKESMAS, staffing.stays(placed, held), NORMS)
    last, day = _day(60), _day(number)
    told = {
        (k.facility, k.profession)
        for k in staffing.lacks(picture, FIRST, last)
        if k.valid_from <= day <= (k.valid_until or date.max)
    }
    missing = {(s.facility, p) for s in staffing.of_puskesmas(picture, day) for p in s.missing}
    assert told == missing
    district = staffing.district(picture, day)
    assert {k.profession: k.lacking for k in district.kinds} == {
        kind: sum(p == kind for _, p in missing) for kind in Profession
    }
    assert all(k.gap == sum(max(0, 2 - n) for n in _each(picture, k.profession, day)) for k in district.kinds)


def _each(picture: Picture, kind: Profession, day: date) -> list[int]:
    counted = staffing.have(picture.stays, day)
    return [counted.get((p.code, kind), 0) for p in picture.puskesmas]


@given(PLACEMENTS, LICENCES, spans(), DAYS)
def test_a_plan_never_makes_it_worse(placed: Placed, held: Held, span: days.Span, number: int) -> None:
    stays = staffing.stays(placed, held)
    plans = [Plan("P1", kind, 1, span) for kind in Profession]
    told = staffing.district(Picture(PUSKESMAS, stays, NORMS, plans), _day(number))
    bare = staffing.district(Picture(PUSKESMAS, stays, NORMS), _day(number))
    assert told.complete == bare.complete == bare.complete_with_plan <= told.complete_with_plan
    filled = days.covers([span], _day(number))
    assert (told.complete_with_plan > bare.complete) <= filled


def test_months_begin_where_asked_and_then_on_the_first() -> None:
    assert staffing.first_days(date(2025, 11, 15), date(2026, 2, 1)) == [
        date(2025, 11, 15), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1),
    ]  # fmt: skip


def _sip(place: str, span: days.Span, number: int) -> LicenceRow:
    return LicenceRow.model_construct(
        practitioner="a", kind=LicenceKind.SIP, number=f"S{number}", facility=place, valid_from=span[0],
        valid_until=None if span[1] == date.max else span[1],
    )  # fmt: skip


SIPS = st.lists(st.tuples(st.sampled_from(["P1", "P2", "K1", "K2"]), spans()), max_size=7)


@given(SIPS, SIPS, st.booleans())
def test_no_day_has_more_places_than_the_law_allows(
    given_: list[tuple[str, days.Span]], before: list[tuple[str, days.Span]], refuse: bool
) -> None:
    registered = [_sip(place, span, n) for n, (place, span) in enumerate(before[:2])]
    lines = [(n, Profession.DOCTOR, _sip(place, span, n)) for n, (place, span) in enumerate(given_, 2)]
    rule = Limit(Profession.DOCTOR, 2, refuse, (_day(5), date.max), "uji")
    found = limits.too_many(lines, registered, [rule])
    assert all(r.warning is not refuse for r in found)
    fallen = {r.line for r in found}
    kept = [*registered, *(s for n, _, s in lines if n not in fallen)]
    worst = max(_places(kept, _day(n)) for n in range(5, 60))
    if refuse:
        assert worst <= 2
    elif max(_places([*kept, *(s for _, _, s in lines)], _day(n)) for n in range(5, 60)) > 2:
        assert found


def _places(sips: list[LicenceRow], day: date) -> int:
    return len({s.facility for s in sips if _in([days.span(s.valid_from, s.valid_until)], day)})


CLOCK = st.integers(0, 23).map(lambda hour: time(hour, 0))
DUTIES = st.builds(
    Duty, practitioner=st.just("a"), facility=PLACES, service=st.just("ibu"), shift=st.just(Shift.MORNING),
    weekdays=st.sets(st.sampled_from("1234567"), min_size=1).map(lambda s: "".join(sorted(s))),
    starts=CLOCK, ends=CLOCK, span=spans(),
).filter(lambda duty: duty.starts != duty.ends)  # fmt: skip


def _hours(duty: Duty) -> set[int]:
    """The hours of the week it takes."""
    length = (duty.ends.hour - duty.starts.hour) % 24
    return {((int(d) - 1) * 24 + duty.starts.hour + n) % 168 for d in duty.weekdays for n in range(length)}


@given(DUTIES, DUTIES)
def test_duties_overlap_when_they_share_an_hour_and_a_time(one: Duty, other: Duty) -> None:
    shared = _hours(one) & _hours(other)
    together = bool(days.common([one.span], [other.span]))
    found = units.overlap(one, other)
    assert (found is not None) == (bool(shared) and together) == (units.overlap(other, one) is not None)
    if found is not None:
        assert found == list(Weekday)[min(shared) // 24]


@pytest.mark.parametrize(
    ("said", "digits"),
    [("senin-jumat", "12345"), ("Rabu senin", "13"), ("sabtu-senin", "167"), ("1357", "1357"), ("minggu", "7")],
)
def test_weekdays_are_read_from_words(said: str, digits: str) -> None:
    assert units.weekdays(said) == digits


@pytest.mark.parametrize("said", ["", "lusa", "senin-rabu-jumat", "8", "senin--rabu"])
def test_other_words_are_no_weekdays(said: str) -> None:
    with pytest.raises(ValueError, match="hari seperti"):
        units.weekdays(said)
