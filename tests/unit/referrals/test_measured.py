"""The letter's words for what is measured."""

import pytest

from services.referrals.rules.measured import value


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("134 mm[Hg]", "134 mmHg"), ("35.9 Cel", "35,9 °C"), ("10 wk", "10 minggu"), ("140 {beats}/min", "140 /menit"),
        ("Non-Reactive", "non-reaktif"), ("2026-02-15", "15-02-2026"), ("Group O", "Group O"),
        ("11.7 g/dL", "11,7 g/dL"),
    ],
)  # fmt: skip
def test_a_value_as_people_here_write_it(said: str, written: str) -> None:
    assert value(said) == written
