"""The SPM index of Permendagri 59/2021: whole fractions, categories of the unrounded value, what is lacking."""

from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.indicators.reading.concepts import HERE
from services.indicators.reading.faults import BadFile
from services.indicators.room import Room
from services.indicators.rules import index as rules
from services.indicators.rules import policies
from services.indicators.rules.index import category, mean, of_place, quality, reached, score

SCORING = Room(None, ZoneInfo("Asia/Jakarta")).scoring[-1]


def test_the_rule_text() -> None:
    whole = score(Fraction(100), Fraction(95), SCORING)
    assert whole == 99 and category(whole, SCORING) == "Utama"
    assert len(SCORING.services) == 12 and SCORING.regulation == "Permendagri 59/2021"


@pytest.mark.parametrize(
    ("value", "name"),
    [("100", "Tuntas Paripurna"), ("99.99", "Utama"), ("99.9999999999999999999", "Utama"), ("90", "Utama"),
     ("89.5", "Madya"), ("89.999", "Madya"), ("80", "Madya"), ("79.99", "Pratama"), ("70", "Pratama"), ("69.9", "Muda"),
     ("60", "Muda"), ("59.999", "Belum Tuntas"), ("0", "Belum Tuntas")],
)  # fmt: skip
def test_categories(value: str, name: str) -> None:
    assert category(Fraction(value), SCORING) == name
    assert category(None, SCORING) is None


def test_a_is_capped_and_b_is_the_mean_of_items() -> None:
    assert reached(3, 2) == 100 and reached(1, 3) == Fraction(100, 3) and reached(1, 0) is None
    items = [{"needed": 10, "available": 30}, {"needed": 10, "available": 5}]
    assert quality(items, "mean-of-items") == 75 and quality(items, "sum-of-amounts") == 100
    assert quality([], "mean-of-items") is None and score(Fraction(1), None, SCORING) is None
    thirds = [Fraction(100, 3), Fraction(200, 3), Fraction(200)]  # floats would miss the border
    assert mean(thirds) == 100 and mean([]) is None


def row(place: str, item: str, needed: int, available: int, service: str = "spm-01") -> dict[str, Any]:
    return {"service": service, "place": place, "kind": "goods", "item": item, "needed": needed, "available": available}


def test_the_district_has_its_own_items_or_the_sums_of_its_puskesmas() -> None:
    rows = [row("P1", "Vitamin A", 10, 5), row("P2", "vitamin a", 30, 40), row("P2", "Reagen", 4, 1),
            row("", "Tablet", 8, 2, "spm-02"), row("P1", "Tablet", 1, 1, "spm-02")]  # fmt: skip
    district = of_place(rows, rules.DISTRICT)
    assert [(i["item"], i["needed"], i["available"]) for i in district["spm-01"]] == [
        ("Vitamin A", 40, 45), ("Reagen", 4, 1),
    ]  # fmt: skip
    assert [i["needed"] for i in district["spm-02"]] == [8] and list(of_place(rows, "P2")) == ["spm-01"]


def test_a_wrong_policy_is_named(tmp_path: Path) -> None:
    text, file = (HERE / "index.toml").read_text(), tmp_path / "index.toml"
    wrong = {
        text.replace("weight_b = 0.2", "weight_b = 0.3"): r"index\.toml.*must add up to 1",
        text.replace("at_least = 0 }", "at_least = 61 }"): "from the highest down to 0",
        "weight_a =": "not valid TOML",
        "": r"there is no \[\[scoring\]\]",
    }
    for said, found in wrong.items():
        file.write_text(said)
        with pytest.raises(BadFile, match=found):
            policies.load(file, "scoring", policies.Scoring)
