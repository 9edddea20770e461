"""The story's parts that need no system: its people, its letters, its table."""

from datetime import date, timedelta

import pytest

from deploy.demo import vocabulary as words
from deploy.demo.network import load
from deploy.demo.play import Played, table
from deploy.demo.story import CHAPTERS, STORY, Failed, Shown
from deploy.demo.story.bodies import Letter, identifiers_of
from deploy.demo.story.cast import Cast
from deploy.demo.story.step import expect
from services.kernel.ids import nik_fault
from services.records.validation import check

DAYS = [date(2026, 11, 21), date(2027, 1, 1), date(2028, 2, 29), date(2026, 12, 31)]


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_the_cast_is_new_each_time_and_outside_the_district_s_numbers(today) -> None:
    one, other = Cast.fresh(today), Cast.fresh(today)
    for human in (one.mother, one.patient, one.child):
        assert nik_fault(human.nik) is None
        assert human.nik[12] == "8"
    assert one.run != other.run
    assert {one.mother.nik, one.patient.nik, one.child.nik} != {other.mother.nik, other.patient.nik, other.child.nik}


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_the_child_has_turned_one_this_year(today) -> None:
    birth = Cast.fresh(today).child.birth
    birthday = birth.replace(year=birth.year + 1)
    assert today - timedelta(days=1) <= birthday <= today
    assert birthday.year == today.year


def test_a_letter_is_a_valid_transaction_without_our_ids() -> None:
    letter = Letter(Cast.fresh(DAYS[0]).mother, load().facilities["K1410010201"])
    episode = letter.chart.episode(DAYS[0].toordinal(), 39, letter.facility, words.ANC_EPISODE, None)
    visit = letter.visit(DAYS[0], episode=episode)
    visit.pressure(110, 70)
    bundle = letter.bundle()
    assert check(bundle) == []
    urls = {entry["fullUrl"] for entry in bundle["entry"]}
    assert len(urls) == len(bundle["entry"]) == 5
    for entry in bundle["entry"]:
        resource = entry["resource"]
        assert "id" not in resource
        for field in ("subject", "patient", "encounter"):
            if field in resource:
                assert resource[field]["reference"] in urls


def test_ids_of_an_answer_by_type() -> None:
    answer = {
        "entry": [
            {"response": {"location": "http://x/fhir-r4/v1/Patient/p1/_history/1"}},
            {"response": {"location": "Encounter/e1"}},
        ]
    }
    assert identifiers_of(answer, "Patient") == ["p1"]
    assert identifiers_of(answer, "Encounter") == ["e1"]


def test_the_story_is_told_in_order_and_in_both_languages() -> None:
    chapters = [step.chapter for step in STORY]
    assert chapters == sorted(chapters)
    assert set(chapters) == set(CHAPTERS) == {1, 2, 3, 4, 5, 6}
    assert all(step.id and step.en and step.id != step.en for step in STORY)
    assert len({step.name for step in STORY}) == len(STORY)


def test_a_step_that_sees_something_else_fails() -> None:
    assert expect(3, 3) == Shown("3", "3")
    with pytest.raises(Failed, match="expected"):
        expect(3, 4)


def test_the_table_shows_both_sides_and_the_failure() -> None:
    rows = [
        Played("1.1", "Satu", "One", Shown("a", "a"), 12.3, True),
        Played("1.2", "Dua", "Two", Shown("ya", "tidak"), 5, False),
    ]
    text = table(rows)
    assert "Diharapkan · expected" in text
    assert "5 ✗" in text
    assert text.endswith("1/2 GAGAL · FAILED")
