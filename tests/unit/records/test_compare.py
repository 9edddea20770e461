"""What speaks for and against two descriptions being of one person."""

from dataclasses import replace
from datetime import date
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.records.matching.compare import GRADES, Likeness, compare
from services.records.matching.traits import Traits, keys, traits, unpacked
from services.records.matching.weights import weights

DAY = date(2026, 11, 22)
ID = "https://fhir.kemkes.go.id/id/"
COMMON = {"siti": 0.05, "muhamad": 0.08}


def share(word: str) -> float:
    return COMMON.get(word, 0.0005)


def person(name: str, born: str = "1990-07-21", sex: str = "female", **numbers: str) -> Traits:
    village = numbers.pop("village", "1410011001")
    phone = numbers.pop("phone", "")
    order = numbers.pop("order", "")
    patient: dict[str, Any] = {
        "name": [{"text": name}], "birthDate": born, "gender": sex,
        "identifier": [{"system": ID + k.replace("_", "-"), "value": v} for k, v in numbers.items()],
        "address": [{"extension": [{"url": "https://fhir.kemkes.go.id/r4/StructureDefinition/administrativeCode",
                                    "extension": [{"url": "village", "valueCode": village}]}]}],
        "telecom": [{"system": "phone", "value": phone}],
    }  # fmt: skip
    if order:
        patient["multipleBirthInteger"] = int(order)
    return traits(patient)


def liken(a: Traits, b: Traits) -> Likeness:
    return compare(a, b, weights(DAY), share)


SITI = person("Siti Rosmaida", nik="1410016107900001", phone="0812 3456 789")
MAYBE = [
    (person("St. Rosmayda", phone="+628123456789"), "certain"),
    (person("ROSMAIDA SITI", "1990-07-21"), "probable"),
    (person("Siti Rosmaida", "1990-07-12"), "probable"),
    (person("Siti Rosmaida", "1980-07-21", phone="08123456789"), "probable"),
    (person("Siti Rosmaida", "1990"), "possible"),
    (person("Siti Rosmaida", "1961-02-03", nik="1410014302610001"), "certainly-not"),
    (person("Budi Hartono", sex="male"), "certainly-not"),
]


@pytest.mark.parametrize(("other", "grade"), MAYBE)
def test_grades(other: Traits, grade: str) -> None:
    found = liken(SITI, other).grade
    assert GRADES.index(found) <= GRADES.index(grade) if grade != "certainly-not" else found == grade, found


def test_a_rare_name_says_more_than_a_common_one() -> None:
    common = liken(person("Siti"), person("Siti"))
    rare = liken(person("Lumongga"), person("Lumongga"))
    assert rare.evidence[0].weight > common.evidence[0].weight


def test_day_and_month_swapped_is_close() -> None:
    assert liken(person("Siti", "1990-03-04"), person("Siti", "1990-04-03")).outcome("birth-date") == "close"


def test_a_nik_tells_the_birth_date_that_was_mistyped() -> None:
    right = person("Siti Rosmaida", "1990-07-21")
    mistyped = person("Siti Rosmaida", "1985-01-02", nik="1410016107900001")
    assert [f.how for f in liken(right, mistyped).evidence if f.field == "birth-date"] == ["nik"]


def test_rhyming_twins_are_not_joined() -> None:
    rina = person("Rina Lumongga", nik="1410016107900001", phone="08123456789", kk="1410010101100001")
    rini = person("Rini Lumongga", nik="1410016107900002", phone="08123456789", kk="1410010101100001")
    assert liken(rina, replace(rini, numbers=(("nik", "1410016107907742"),))).grade not in ("certain", "probable")
    first, second = (person(n, order=o) for n, o in (("Rina Lumongga", "1"), ("Rina Lumonga", "2")))
    assert liken(first, second).grade == "certainly-not"


def test_a_child_under_its_mothers_number_is_not_its_mother() -> None:
    child = person("Budi Rosmaida", "2026-01-05", "male", nik="1410016107900001")
    assert liken(SITI, child).grade not in ("certain", "probable")


def test_father_and_son_of_one_name_on_one_telephone() -> None:
    home = {"phone": "08123456789", "kk": "1410010101100001"}
    father, son = (person("Zulfikar Effendi", born, "male", **home) for born in ("1970-02-03", "2001-08-09"))
    assert liken(father, son).grade not in ("certain", "probable")


def test_neighbours_of_one_name() -> None:
    assert liken(person("Sarno", "1980-02-03", "male"), person("Sarno", "1981-10-29", "male")).grade == "certainly-not"


def test_a_family_counts_once() -> None:
    """Village, telephone and family card together add no more than the family's most."""
    home = {"phone": "08123456789", "kk": "1410010101100001"}
    evidence = liken(person("Siti", **home), person("Siti", **home)).evidence
    assert sum(f.weight for f in evidence if f.field in ("village", "phone", "kk")) <= weights(DAY)["family"]["most"]


def test_weights_of_a_day() -> None:
    assert weights(date(2020, 1, 1)) == weights(date(2026, 1, 1))
    assert weights(DAY)["valid_from"] <= DAY.isoformat()


NAMES = ["siti", "aminah", "rosmaida", "muhammad", "yusuf", "h.", "st.", "nur", "hayati", "nurhayati", "a", "b"]
WORDS = st.lists(st.sampled_from(NAMES), max_size=4)
DATES = st.sampled_from(["1990-07-21", "1990-12-07", "1990", "1991-07-21", "1990-01-01", "2001-02-03"])
PEOPLE = st.builds(
    lambda words, born, sex, village, nik: person(
        " ".join(words), born, sex, village=village, **({"nik": nik} if nik else {})
    ),
    WORDS, DATES, st.sampled_from(["male", "female", ""]), st.sampled_from(["1410011001", "1410022002"]),
    st.sampled_from(["", "1410016107900001", "1410016107900010", "1410022107900001"]),
)  # fmt: skip


@settings(max_examples=300)
@given(PEOPLE, PEOPLE)
def test_whoever_comes_first(a: Traits, b: Traits) -> None:
    one, other = liken(a, b), liken(b, a)
    assert (one.score, one.grade) == (other.score, other.grade)
    assert 0 <= one.score <= 1


@given(WORDS, WORDS, st.randoms(use_true_random=False))
def test_the_order_of_words_says_nothing(a: list[str], b: list[str], rng: Any) -> None:
    a, b = [w for w in a if len(w) > 2 and "." not in w], [w for w in b if len(w) > 2 and "." not in w]
    turned = rng.sample(a, len(a))
    assert liken(person(" ".join(a)), person(" ".join(b))) == liken(person(" ".join(turned)), person(" ".join(b)))


@given(PEOPLE)
def test_traits_are_kept_as_they_are(t: Traits) -> None:
    assert unpacked(orjson.loads(orjson.dumps(t.packed()))) == t


@pytest.mark.parametrize("other", [o for o, g in MAYBE if g != "certainly-not"])
def test_those_who_may_be_the_same_meet(other: Traits) -> None:
    assert set(keys(SITI)) & set(keys(other))


def test_keys_fit_an_integer_column() -> None:
    assert all(-(2**31) <= k < 2**31 for k in keys(SITI))
