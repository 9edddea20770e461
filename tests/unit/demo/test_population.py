"""The synthetic district: the same for the same seed, believable, and made of resources that point to each other."""

from collections import Counter
from datetime import date, timedelta

import orjson
import pytest

from deploy.demo.network import load
from deploy.demo.people import (
    EXAMPLE_CHILD,
    EXAMPLE_HUSBAND,
    EXAMPLE_IHS,
    EXAMPLE_NIK,
    EXAMPLE_PERSON,
    EXAMPLE_PRACTICE,
)
from deploy.demo.population import SEED, district, persons
from services.kernel.ids import nik_fault
from services.records.validation import check, is_valid

NETWORK = load()
TODAY = date(2026, 11, 21)
PEOPLE = 2_000


@pytest.fixture(scope="module")
def written():
    return list(district(PEOPLE, SEED, TODAY, NETWORK))


@pytest.fixture(scope="module")
def people():
    return persons(PEOPLE, SEED, TODAY, NETWORK)


def of(written, kind: str) -> list[dict]:
    return [resource for _, resource in written if resource["resourceType"] == kind]


def identifiers(written, system: str) -> list[str]:
    return [
        identifier["value"]
        for patient in of(written, "Patient")
        for identifier in patient["identifier"]
        if identifier["system"].endswith("/" + system)
    ]


def test_same_seed_same_district(written) -> None:
    again = district(PEOPLE, SEED, TODAY, NETWORK)
    assert all(orjson.dumps(a) == orjson.dumps(b) for a, b in zip(written, again, strict=True))


def test_another_seed_is_another_district(written) -> None:
    other = {resource["id"] for _, resource in district(300, SEED + 1, TODAY, NETWORK)}
    shared = other & {resource["id"] for _, resource in written}
    assert all(id_.startswith(("14100000-", "contoh-")) for id_ in shared), "only the examples' family"


@pytest.mark.parametrize("today", [date(2026, 11, 21), date(2027, 1, 1), date(2031, 7, 3)])
def test_the_family_of_the_examples_is_the_same_in_every_year(today) -> None:
    of_examples = {
        (resource["resourceType"], resource["id"]): (code, resource)
        for code, resource in district(3, SEED, today, NETWORK)
        if resource["id"].startswith("contoh-") or resource["resourceType"] == "Patient"
    }
    patients = [resource for (kind, _), (_, resource) in of_examples.items() if kind == "Patient"]
    assert {p["id"] for p in patients} == {EXAMPLE_PERSON, EXAMPLE_HUSBAND, EXAMPLE_CHILD}
    siti = next(p for p in patients if p["id"] == EXAMPLE_PERSON)
    assert {EXAMPLE_NIK, EXAMPLE_IHS} <= {i["value"] for i in siti["identifier"]}
    written_by = {id_: code for (_, id_), (code, _) in of_examples.items() if id_.startswith("contoh-")}
    assert written_by["contoh-tensi-1"] == written_by["contoh-kunjungan"] == "P1410010101"
    assert written_by["contoh-praktik"] == EXAMPLE_PRACTICE


def test_a_larger_district_contains_the_smaller() -> None:
    small = [orjson.dumps(pair) for pair in district(500, SEED, TODAY, NETWORK)]
    large = {orjson.dumps(pair) for pair in district(800, SEED, TODAY, NETWORK)}
    assert large.issuperset(small)


def test_the_same_event_keeps_its_id_when_days_pass(written) -> None:
    """What lies in the year on both days is the same resource (births push the last people out of the count)."""
    later = {
        (resource["resourceType"], resource["id"]): resource
        for _, resource in district(PEOPLE + 50, SEED, TODAY + timedelta(days=30), NETWORK)
    }
    start = (TODAY - timedelta(days=330)).isoformat()
    for kind, when in (("Observation", "effectiveDateTime"), ("Immunization", "occurrenceDateTime")):
        for resource in of(written, kind):
            if resource[when] > start:
                assert later[kind, resource["id"]] == resource


def test_exactly_so_many_people_and_unique_ids(written) -> None:
    assert len(of(written, "Patient")) == PEOPLE
    ids = [(resource["resourceType"], resource["id"]) for _, resource in written]
    assert len(set(ids)) == len(ids)


def test_every_nik_is_unique_well_shaped_and_reserved(written, people) -> None:
    niks = identifiers(written, "nik")
    assert len(set(niks)) == len(niks) > PEOPLE * 0.95
    assert [nik_fault(nik) for nik in niks if nik_fault(nik)] == []
    assert {nik[12] for nik in niks} == {"9", "0"}
    assert [nik for nik in niks if nik[12] == "0"] == [EXAMPLE_NIK]
    for person in people:
        if person.nik:
            day = date.fromordinal(person.birth)
            assert person.nik[6:12] == f"{day.day + 40 * person.female:02d}{day:%m%y}"


def test_newborns_are_known_by_their_mother(written) -> None:
    mothers = set(identifiers(written, "nik"))
    assert set(identifiers(written, "nik-ibu")) <= mothers
    babies = [patient for patient in of(written, "Patient") if "multipleBirthInteger" in patient]
    assert len(babies) > PEOPLE * 0.01


def test_every_village_facility_and_author_is_known(written) -> None:
    for code, resource in written:
        assert code in NETWORK.facilities
        if resource["resourceType"] == "Patient":
            extension = resource["address"][0]["extension"][0]["extension"]
            village = next(part["valueCode"] for part in extension if part["url"] == "village")
            assert village in NETWORK.names
        if resource["resourceType"] == "Encounter":
            assert resource["serviceProvider"]["reference"] == NETWORK.facilities[code].organization


def test_what_is_referred_to_comes_first(written) -> None:
    seen = {facility.organization for facility in NETWORK.facilities.values()}
    for _, resource in written:
        for reference in references(resource):
            assert reference in seen
        seen.add(f"{resource['resourceType']}/{resource['id']}")


def references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["reference"]] if isinstance(value.get("reference"), str) else []
        return own + [found for part in value.values() for found in references(part)]
    if isinstance(value, list):
        return [found for part in value for found in references(part)]
    return []


def test_nothing_lies_in_the_future(written) -> None:
    today = TODAY.isoformat()
    for _, resource in written:
        for field in ("effectiveDateTime", "occurrenceDateTime", "performedDateTime", "birthDate", "whenHandedOver"):
            assert resource.get(field, "")[:10] <= today


def test_the_age_pyramid_is_believable(people) -> None:
    today = TODAY.toordinal()
    ages = Counter(min(person.age(today) // 15, 4) for person in people)
    share = {band: count / PEOPLE for band, count in ages.items()}
    assert 0.22 < share[0] < 0.33
    assert 0.55 < share[1] + share[2] + share[3] < 0.70
    assert 0.06 < share[4] < 0.14
    assert 0.47 < sum(person.female for person in people) / PEOPLE < 0.53


def test_care_is_spread_and_incomplete(written) -> None:
    kinds = Counter(NETWORK.facilities[code].ownership for code, _ in written)
    assert 0.12 < kinds["private"] / len(written) < 0.40
    per_person = Counter(r["subject"]["reference"] for r in of(written, "Encounter"))
    assert max(per_person.values()) > 8
    assert 6 < len(written) / PEOPLE < 12
    seen = {(r["subject"]["reference"], code) for code, r in written if r["resourceType"] == "Encounter"}
    assert len(seen) > 1.2 * len(per_person)


def test_every_resource_is_valid_r4(written) -> None:
    for _, resource in written:
        assert is_valid(resource), check(resource)
