"""How long a letter holds, and what other systems' numbers look like."""

from datetime import date

import pytest

from services.referrals.contract import Kind
from services.referrals.rules import numbers, validity
from services.referrals.rules.validity import Validity
from tests.unit.referrals import examples

DAY = date(2026, 11, 22)


def test_a_jkn_letter_holds_ninety_days_with_its_own_day() -> None:
    assert validity.last_day("jkn", Kind.VERTICAL, DAY) == date(2027, 2, 19)
    assert validity.last_day("jkn", Kind.VERTICAL, date(2027, 1, 1)) == date(2027, 3, 31)


@pytest.mark.parametrize(("payer", "kind"), [("self", Kind.VERTICAL), (None, Kind.VERTICAL), ("jkn", Kind.BACK)])
def test_other_letters_have_no_last_day(payer: str | None, kind: Kind) -> None:
    assert validity.last_day(payer, kind, DAY) is None


def test_a_change_of_law_is_a_row_from_a_day_on() -> None:
    jkn = frozenset({"jkn"})
    rows = (
        Validity(jkn, frozenset(), 90, date(2014, 1, 1), date(2026, 12, 31), "lama"),
        Validity(jkn, frozenset(), 30, date(2027, 1, 1), None, "baru"),
    )
    assert validity.last_day("jkn", Kind.VERTICAL, date(2026, 12, 31), rows) == date(2027, 3, 30)
    assert validity.last_day("jkn", Kind.VERTICAL, date(2027, 1, 1), rows) == date(2027, 1, 30)
    assert validity.last_day("jkn", Kind.VERTICAL, date(2013, 12, 31), rows) is None


def test_the_last_day_still_counts() -> None:
    assert not validity.lapsed(DAY, DAY)
    assert validity.lapsed(DAY, date(2026, 11, 23))
    assert not validity.lapsed(None, DAY)


def test_each_sending_has_a_letter_of_its_own_day() -> None:
    first = examples.sent(payer="jkn", valid_until=date(2026, 1, 1))
    again = examples.taken(first, examples.Verb.SEND, examples.Side.SENDER, examples.StepTaken())
    assert again.valid_until == date(2027, 2, 18)


@pytest.mark.parametrize(
    ("system", "value"),
    [
        ("pcare", "0101U0011126Y000001"), ("pcare", "0101U0011126P000001"), ("vclaim", "0101R0011126B000001"),
        ("satusehat", "SATUSEHAT0000123"), ("sisrute", "1234567890"),
        ("satusehat-servicerequest", "52fb06ba-01e0-5d2c-be57-0541dd0927d3"),
    ],
)  # fmt: skip
def test_numbers_as_their_systems_give_them(system: str, value: str) -> None:
    assert numbers.fault(system, value) is None


@pytest.mark.parametrize(
    ("system", "value"),
    [
        ("pcare", "0101U0011326Y000001"), ("pcare", "0101U0011126Z000001"), ("pcare", "0101U0011126Y00001"),
        ("pcare", "0101u0011126Y000001"), ("pcare", "0101U0011126Y000001\n"), ("sisrute", "12 34"),
        ("satusehat", "<b>"), ("satusehat-servicerequest", "52FB06BA-01E0-5D2C-BE57-0541DD0927D3"),
    ],
)  # fmt: skip
def test_numbers_that_cannot_be(system: str, value: str) -> None:
    assert numbers.fault(system, value) is not None


def test_a_system_has_one_number_the_last_it_gave() -> None:
    held = numbers.beside([{"system": "pcare", "value": "a"}, {"system": "sisrute", "value": "1"}], "pcare", "b")
    assert held == [{"system": "sisrute", "value": "1"}, {"system": "pcare", "value": "b"}]
