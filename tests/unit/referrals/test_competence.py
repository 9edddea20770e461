"""Which diagnoses are the first level's own: by category, code and block, on their days."""

from datetime import date
from itertools import product

import pytest

from services.referrals.contract import Kind, NewReferral, Urgency
from services.referrals.rules import competence
from services.referrals.rules.competence import FirstLevel

DAY = date(2026, 11, 22)
LIST = FirstLevel.of(
    [
        ("I10", date(2014, 1, 1), None), ("A01.0", date(2014, 1, 1), None), ("B50-B54", date(2014, 1, 1), None),
        ("K21", date(2014, 1, 1), date(2026, 11, 21)), ("K30", date(2026, 11, 23), None),
    ]
)  # fmt: skip
FINE = {"person_id": "p", "to_facility": "R1", "kind": "vertical", "diagnosis": "I10", "reason": "tidak terkendali"}


@pytest.mark.parametrize(
    ("diagnosis", "own"),
    [
        ("I10", True), ("I10.9", True), ("I11", False), ("A01.0", True), ("A01", False), ("A01.1", False),
        ("B52.8", True), ("B55", False), ("K21.9", False), ("K30", False),
    ],
)  # fmt: skip
def test_a_row_holds_what_it_covers_on_its_days(diagnosis: str, own: bool) -> None:
    assert LIST.holds(diagnosis, DAY) is own


def test_the_last_and_the_first_day_count() -> None:
    assert LIST.holds("K21", date(2026, 11, 21))
    assert LIST.holds("K30", date(2026, 11, 23))


def test_without_a_list_nothing_is_known() -> None:
    assert FirstLevel().holds("I10", DAY) is None
    assert not competence.competence("I10", DAY, FirstLevel()).tacc


def test_a_reason_is_wanted_upward_from_the_first_level_only() -> None:
    asked = product(Kind, Urgency, ["puskesmas", "rs", None], [True, False, None], [True, False])
    wanted = {a for a in asked if competence.lacks_reason(*a[:3], own=a[3], given=a[4])}
    assert wanted == {
        (Kind.VERTICAL, urgency, sender, True, False)
        for urgency in (Urgency.ROUTINE, Urgency.URGENT) for sender in ("puskesmas", None)
    }  # fmt: skip


def test_every_choice_we_offer_is_taken() -> None:
    for choice in competence.TACC:
        for reason in choice.reasons or ["E11.2 - Diabetes dengan komplikasi ginjal"]:
            NewReferral.model_validate(FINE | {"tacc": {"code": choice.code, "reason": reason}})
    for limit in competence.LIMITS:
        NewReferral.model_validate(FINE | {"limit": limit.id})
