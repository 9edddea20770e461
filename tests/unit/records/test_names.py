"""Names as they are written on the islands, read as words to compare."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.records.matching import names

SAME = [
    ("Hj. Siti Aminah, S.Pd., M.Kes", "SITTI AMINA"),
    ("Moch. Soejono", "Muhammad Sujono"),
    ("H.M.Idris", "M. IDRIS"),
    ("Djamilah", "Jamila"),
    ("Achmad Rochmat", "Ahmad Rohmat"),
    ("Tjahjono", "Cahyono"),
    ("Sjarifah", "Syarifah"),
    ("Dr. Oetari", "utari"),
    ("Nur'aini", "Nuraini"),
    ("Abd. Rahman", "Rahman Abdul"),
    ("St. Aminah", "Siti Aminah"),
    ("Ahmad bin Yusuf", "Ahmad Yusuf"),
    ("Tn. Paijo", "Paijo"),
    ("Khadijah", "Hadijah"),
    ("Yulia", "Yulia, A.Md.Keb"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_name_in_two_spellings(one: str, other: str) -> None:
    assert names.read(one).words == names.read(other).words


@pytest.mark.parametrize(("one", "other"), [("Siti", "Sri"), ("Budi", "Adi"), ("Hasan", "Husin"), ("Rudi", "Dewi")])
def test_other_names_stay_other(one: str, other: str) -> None:
    assert names.read(one).words != names.read(other).words


@pytest.mark.parametrize("text", ["By. Ny. Fatimah", "BAYI NY FATIMAH", "ByNy. Fatimah"])
def test_a_newborn_carries_its_mothers_name(text: str) -> None:
    assert names.read(text) == names.Name(("fatima",), baby=True)


@pytest.mark.parametrize("text", ["H", "M.", "An.", "Ibu"])
def test_a_name_that_looks_like_a_title_stays_a_name(text: str) -> None:
    assert names.read(text).words


@pytest.mark.parametrize("text", ["", " ", "...", "123", ",,", "李"])
def test_what_is_no_name_has_no_words(text: str) -> None:
    assert names.read(text).words == ()


@given(st.text(max_size=60))
def test_anything_can_be_read(text: str) -> None:
    assert all(names.read(text).words)


@given(st.text("abcdefghij", max_size=9), st.text("abcdefghij", max_size=9))
def test_distance_is_symmetric_and_bounded(a: str, b: str) -> None:
    assert names.distance(a, b, 2) == names.distance(b, a, 2) <= 3
    assert (names.distance(a, b, 9) == 0) == (a == b)


@pytest.mark.parametrize(("a", "b"), [("siti", "stii"), ("budi", "bud"), ("budi", "bupi"), ("ab", "ba")])
def test_neighbours_swapped_are_one_slip(a: str, b: str) -> None:
    assert names.distance(a, b, 3) == 1
