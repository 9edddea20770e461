"""Rules of a target file: sums that agree, changes that were meant, versions that never change."""

from datetime import date
from typing import Any

import pytest

from services.indicators.rules.cells import Place
from services.indicators.rules.policies import Sudden
from services.indicators.rules.targets import Known, check, parse, unchanged, version_for

PLACES = [Place("1410011001", "A", "k", "P1"), Place("1410011002", "B", "k", "P1"), Place("1410022003", "C", "k", "P2")]
LIMITS = Sudden(valid_from=date(2020, 1, 1), percent=30, units=5, total_percent=15)
DAY = date(2026, 11, 21)


def known(counting: dict[str, int] | None = None, year: int = 2026) -> Known:
    mine = {p: {"value": v, "source": "s", "version": "v1", "valid_from": None} for p, v in (counting or {}).items()}
    versions = {("spm-01", year, p, "v1"): t for p, t in mine.items()}
    services = frozenset({"spm-01", "spm-02"})
    return Known(PLACES, services, {"pip-4": "spm-02"}, {("spm-01", year): mine}, versions, LIMITS)


def lines(*rows: tuple[Any, ...], **more: Any) -> Any:
    """(place, value) → rows that can be read."""
    said = []
    for n, (place, value, *service) in enumerate(rows, 2):
        column = "village" if place == "total" or place[:1].isdigit() else "puskesmas"
        said.append(
            (
                n,
                {"service": (service or ["SPM-1"])[0], "year": 2026, column: place, "value": value, "source": "s"}
                | more,
            )
        )
    good, bad = parse(said)
    assert not bad
    return good


A, B, C = (p.village for p in PLACES)


@pytest.mark.parametrize(
    ("rows", "refused"),
    [
        ([(A, 10), (B, 5), ("P1", 15)], []),
        ([(A, 10), (B, 5), ("P1", 16)], [2, 3, 4]),
        ([(A, 10), ("P1", 16)], []),
        ([(A, 17), ("P1", 16)], [2, 3]),
        ([(A, 10), (B, 5), (C, 2), ("Jumlah", 17)], []),
        ([(A, 10), (B, 5), ("P2", 4), ("total", 19)], []),
        ([(A, 10), (B, 5), (C, 2), ("TOTAL", 18)], [2, 3, 4, 5]),
        ([(A, 10), ("total", 9), (A, 9, "SPM-2")], [2, 3]),
        ([("9900000001", 3), (A, 10), ("total", 13)], [2]),
        ([(A, 10), (A, 10)], [3]),
        ([(A, 10, "PIP-2")], [2]),
    ],
)
def test_sums(rows: list[Any], refused: list[int]) -> None:
    rows = [("total" if r[0].lower() in ("jumlah", "total") else r[0], *r[1:]) for r in rows]
    done = check(lines(*rows), known(), confirm=False)
    assert sorted({r.line for r in done.refused}) == refused
    kept = {x.number for x in done.good}
    totals = {n for n, r in enumerate(rows, 2) if r[0] == "total"}
    assert kept == set(range(2, len(rows) + 2)) - set(refused) - totals


def test_a_total_counts_what_stands_already() -> None:
    before = known({A: 10, B: 5})
    assert not check(lines((C, 2), ("total", 17)), before, False).refused
    assert check(lines((C, 2), ("total", 2)), before, False).refused
    assert check(lines((A, 11)), known({A: 10, B: 5, "P1": 15}), False).refused[0].line == 2


@pytest.mark.parametrize(
    ("before", "after", "asked"),
    [({A: 15}, [(A, 150)], 1), ({A: 4}, [(A, 1)], 0), ({A: 100}, [(A, 129)], 1), ({A: 100}, [(A, 114)], 0),
     ({A: 0}, [(A, 5)], 1), ({A: 0}, [(A, 4)], 0), ({A: 20}, [(A, 0)], 1), ({}, [(A, 900)], 0),
     ({A: 100, B: 100}, [(A, 120), (B, 120)], 2), ({A: 100, B: 100}, [(A, 120), (B, 100)], 0)],
)  # fmt: skip
def test_sudden(before: dict[str, int], after: list[Any], asked: int) -> None:
    for year in (2026, 2025):  # the last version, or that of the year before
        held = known(before, year)
        done = check(lines(*after), held, confirm=False)
        assert len(done.refused) == asked and bool(done.changes) == bool(asked)
        sure = check(lines(*after), held, confirm=True)
        assert not sure.refused and sure.changes == done.changes and len(sure.good) == len(after)


def test_versions_never_change() -> None:
    before = known({A: 10, B: 5})
    assert [r.column for r in check(lines((A, 11), version="v1"), before, False).refused] == ["version"]
    same = check(lines((A, 10), version="v1"), before, False).good
    assert unchanged(same, before) == {2}
    assert unchanged(lines((A, 10), (B, 5)), before) == {2, 3} and unchanged(lines((A, 10), (B, 6)), before) == set()
    taken = [("spm-01", 2026, A, "2026-11-21"), ("spm-01", 2026, B, "2026-11-21-2")]
    assert version_for(lines((A, 1)), taken, DAY) == "2026-11-21-2"
    assert version_for(lines((A, 1), (B, 1)), taken, DAY) == "2026-11-21-3"
    assert version_for(lines((C, 1)), taken, DAY) == "2026-11-21"


def test_what_is_measured_by_another_is_kept_and_told() -> None:
    done = check(lines((A, 10, "PIP-4")), known(), False)
    assert len(done.good) == 1 and [r.line for r in done.warned] == [2]
