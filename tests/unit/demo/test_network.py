"""The network files: complete, consistent, numbers that no register issues."""

import csv
import io
from collections import Counter
from datetime import date

import pytest

from deploy.demo import agreements, make_network
from deploy.demo.network import FOLDER, load, rows
from deploy.demo.seed import targets

NETWORK = load()


def test_it_is_the_network_of_kepulauan_meranti() -> None:
    kinds = Counter(facility.kind for facility in NETWORK.facilities.values())
    assert kinds == {"puskesmas": 10, "klinik-pratama": 5, "tpmd": 28, "rs": 1, "dinkes": 1}
    assert len([area for area in rows("areas.csv") if area["level"] == "kecamatan"]) == 9
    assert len(NETWORK.villages) == 101


def test_every_area_hangs_under_its_parent() -> None:
    codes = {area["code"] for area in rows("areas.csv")}
    for area in rows("areas.csv"):
        assert area["code"].isdigit()
        assert area["parent"] == "" or (area["parent"] in codes and area["code"].startswith(area["parent"]))


def test_every_village_belongs_to_one_puskesmas() -> None:
    catchments = rows("catchments.csv")
    assert sorted(row["village"] for row in catchments) == sorted(NETWORK.villages)
    assert {NETWORK.facilities[row["facility"]].kind for row in catchments} == {"puskesmas"}
    assert len({row["facility"] for row in catchments}) == 10


def test_facility_numbers_have_their_shape_and_are_unique() -> None:
    for field, shape in (("code", 11), ("satusehat_id", 9), ("bpjs_code", 8)):
        numbers = [row[field] for row in rows("facilities.csv")]
        assert len(set(numbers)) == len(numbers)
        assert {len(number) for number in numbers} == {shape}
    assert all(row["village"] in NETWORK.names for row in rows("facilities.csv"))
    assert {row["ownership"] for row in rows("facilities.csv")} == {"public", "private"}


def test_every_post_hangs_on_a_pustu_or_puskesmas_of_its_own_village_or_near() -> None:
    posts = {row["code"]: row for row in rows("posts.csv")}
    assert Counter(row["kind"] for row in posts.values()) == {"pustu": 20, "posyandu": 60}
    links = rows("links.csv")
    assert sorted(row["child"] for row in links) == sorted(posts)
    for link in links:
        child, parent = posts[link["child"]], link["parent"]
        while parent in posts:
            assert child["kind"] == "posyandu"
            parent = next(row["parent"] for row in links if row["child"] == parent)
        assert parent == NETWORK.catchment[child["village"]]
    above = Counter("pustu" if row["parent"] in posts else "puskesmas" for row in links)
    assert above["pustu"] >= 10


def test_targets_name_known_villages_and_add_up() -> None:
    targets = rows("targets.csv")
    assert {row["village"] for row in targets} == set(NETWORK.villages)
    district = Counter[tuple[str, str]]()
    for row in targets:
        district[row["service"], row["year"]] += int(row["value"])
    assert district["SPM-06", "2026"] == 12_600
    assert len({service for service, _ in district}) == 13


@pytest.mark.parametrize("people", [300, 2_000, 20_000])
def test_targets_shrink_with_the_people_and_still_add_up(people) -> None:
    sums = Counter[str]()
    for item in targets(2031, people):
        assert item["year"] == 2031
        assert item["value"] >= 0
        sums[item["service"]] += item["value"]
    assert sums["SPM-01"] == round(368 * people / 20_000)


def test_the_files_are_what_the_script_writes(tmp_path, monkeypatch) -> None:
    written = {}
    monkeypatch.setattr(
        make_network, "write", lambda name, header, lines: written.update({name: [header.split(","), *lines]})
    )
    make_network.main()
    for name, lines in written.items():
        text = "".join(",".join(map(str, line)) + "\n" for line in lines)
        assert (FOLDER / name).read_text(encoding="utf-8") == text


@pytest.mark.parametrize("today", [date(2026, 11, 22), date(2028, 2, 29)])
def test_the_private_members_have_agreements_but_a_few(today: date) -> None:
    found = list(csv.DictReader(io.StringIO(agreements.content(NETWORK, today).decode())))
    private = {f.code for f in NETWORK.facilities.values() if f.ownership == "private"}
    in_force = {
        code
        for row in found
        for code in private
        if code in row["parties"] and row["valid_from"] <= str(today) <= (row["valid_until"] or "9")
        and not row["terminated_on"]
    }  # fmt: skip
    assert private - in_force == {*agreements.WITHOUT, agreements.ENDED}
    assert len({row["number"] for row in found}) == len({row["id"] for row in found}) == len(found)
    left = sorted((date.fromisoformat(row["valid_until"]) - today).days for row in found if row["valid_until"])
    assert [days for days in left if 0 <= days <= 90] == [6, 25, 55, 85]
