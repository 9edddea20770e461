"""Whether two rows are one place: the words of names, the bits, and how often that is right on made lists."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.facilities.contract import Kind
from services.facilities.contract.reconciling import Found
from services.facilities.rules import facility_names as names
from services.facilities.rules import likeness
from services.facilities.rules.likeness import Place, metres
from services.facilities.rules.reconciling import Scope, compare
from tests.unit.facilities.made_lists import district, theirs

RARE = 1 / 500


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Puskesmas Alai", "PKM ALAI"),
        ("Puskesmas Alai", "UPTD. Pusk. Alai"),
        ("UPT Puskesmas Sungai Tohor", "Puskesmas Sei. Tohor"),
        ("Klinik Pratama Harapan Ibu", "KP HARAPAN IBU"),
        ("Praktik dr. Agus Salim", "Praktek Dokter Agus Salim, Sp.A"),
        ("Praktik dr. Agus Salim", "dr. AGUS SALIM, S.Ked., M.Kes"),
        ("Serang Kota II", "SERANG KOTA 2"),
        ("Posyandu Melati III", "Posy. Melati 3"),
        ("Apotek Soeka Djaja", "Apotik Suka Jaja"),
        ("TPMB Rohani", "Bidan Praktik Mandiri Hj. Rohani, Amd.Keb"),
    ],
)
def test_names_that_are_one(a: str, b: str) -> None:
    x, y = names.read(a), names.read(b)
    assert (x.words, x.numerals) == (y.words, y.numerals)
    assert x.kind == y.kind or None in (x.kind, y.kind)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Puskesmas Alai I", "Puskesmas Alai II"),
        ("Puskesmas Alai", "Puskesmas Bandul"),
        ("Praktik dr. Agus Salim", "Praktik dr. Agus Susilo"),
        ("Klinik Pratama Harapan Ibu", "Klinik Pratama Harapan Bunda"),
    ],
)
def test_neighbours_with_other_names_are_two(a: str, b: str) -> None:
    for phone in ("", "763990001"):  # under one roof, too
        x, y = replace(_place(a), phone=phone), replace(_place(b), phone=phone)
        score, clues = likeness.likeness(x, y, lambda _: RARE)
        assert score < likeness.PROBABLE, clues


def test_a_kind_tells_two_places_of_one_name_apart() -> None:
    one, other = _place("Puskesmas Alai"), _place("Pustu Alai")
    assert (one.name.kind, other.name.kind) == (Kind.PUSKESMAS, Kind.PUSTU)
    assert likeness.likeness(one, other, lambda _: RARE)[0] < likeness.PROBABLE
    assert likeness.likeness(one, _place("PKM Alai"), lambda _: RARE)[0] > 0.95


def _place(name: str) -> Place:
    return Place(names.read(name), None, "1410011001", (1.0, 102.7), "", {})


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_a_name_and_the_score_is_even(a: str, b: str) -> None:
    x, y = _place(a), _place(b)
    forth, back = (likeness.likeness(p, q, lambda _: RARE)[0] for p, q in ((x, y), (y, x)))
    assert 0 <= forth <= 1
    assert forth == back


def test_metres() -> None:
    assert metres((1.0, 102.7), (1.0, 102.7)) == 0
    assert 110_000 < metres((1.0, 102.7), (2.0, 102.7)) < 112_000


def test_precision_and_recall_on_made_lists(capsys: pytest.CaptureFixture[str]) -> None:
    """No row has a code; a fifth is not ours. What is called probable is right, and little is missed."""
    for n, seed in ((400, 1), (800, 11)):
        ours = district(n, seed)
        listed, truth = theirs(ours, seed + 1)
        found = compare(listed.rows, ours, {}, set(), Scope())
        said = [(truth[f.foreign.line], f.facility) for f in found if f.found is Found.PROBABLE and f.foreign]
        right = sum(true == code for true, code in said)
        precision, recall = right / len(said), right / sum(code is not None for code in truth.values())
        with capsys.disabled():
            print(f"\n{n} facilities beside {len(truth)} rows: precision {precision:.3f}, recall {recall:.3f}")
        assert precision > 0.97
        assert recall > 0.90


def test_two_thousand_rows_are_compared_in_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    ours = district(2000, 5)
    for coded in (0.0, 0.8):
        listed, truth = theirs(ours, 6, coded)
        started = time.process_time()
        found = compare(listed.rows, ours, {}, set(), Scope("1410"))
        spent = time.process_time() - started
        with capsys.disabled():
            print(f"\n{len(truth)} rows, {coded:.0%} with a code: {spent:.2f} s of CPU")
        assert spent < 8
        codes = [f.facility for f in found if f.found in (Found.SAME, Found.CHANGED)]
        assert len(codes) == len(set(codes))
        assert all(truth[f.foreign.line] == f.facility for f in found if f.foreign and f.found in ("same", "changed"))
