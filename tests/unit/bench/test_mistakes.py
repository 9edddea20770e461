"""The bench's registrations: the same for the same seed, valid, about a tenth of them twice."""

from collections import Counter, defaultdict

import orjson
import pytest

from bench.mistakes import registrations
from services.records import rules
from services.records.validation import check

PEOPLE = 1500


@pytest.fixture(scope="module")
def made() -> list[tuple[int, dict]]:
    return list(registrations(PEOPLE, 7))


def test_same_seed_same_registrations(made) -> None:
    assert orjson.dumps(list(registrations(PEOPLE, 7))) == orjson.dumps(made)
    assert orjson.dumps(list(registrations(PEOPLE, 8))) != orjson.dumps(made)


def test_every_registration_is_a_valid_patient(made) -> None:
    assert [faults for _, patient in made if (faults := check(patient))] == []
    assert [faults for _, patient in made if (faults := rules.identity(patient)[1])] == []
    assert len({patient["id"] for _, patient in made}) == len(made)


def test_about_a_tenth_stands_there_twice(made) -> None:
    times = Counter(entity for entity, _ in made)
    twice = sum(1 for n in times.values() if n > 1)
    assert 0.07 * PEOPLE < twice < 0.14 * PEOPLE
    assert len(times) > PEOPLE, "and strangers who look alike"


def test_second_registrations_differ(made) -> None:
    of = defaultdict(list)
    for entity, patient in made:
        of[entity].append({k: v for k, v in patient.items() if k != "id"})
    pairs = [found for found in of.values() if len(found) > 1]
    assert sum(found[0] != found[1] for found in pairs) == len(pairs)
    names = sum(found[0]["name"] != found[1]["name"] for found in pairs) / len(pairs)
    dates = sum(found[0]["birthDate"] != found[1]["birthDate"] for found in pairs) / len(pairs)
    assert 0.5 < names < 0.95
    assert 0.1 < dates < 0.35
