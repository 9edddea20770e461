"""The panels of the clusters: items of a standard together, the children of the month, visits at home."""

from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from services.indicators.rules.panels import Line
from tests.service.indicators.world import (
    TODAY,
    Stage,
    Write,
    condition,
    encounter,
    episode,
    observation,
    patient,
    quantity,
    who,
)

Caller = Callable[..., httpx.AsyncClient]
DOOR = "/v1/indicators/panels"
HOME = {"class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "HH"}}


async def lines(client: httpx.AsyncClient, cluster: int, **asked: Any) -> dict[str, dict[str, Any]]:
    answer = await client.get(f"{DOOR}/{cluster}", params=asked)
    assert answer.status_code == 200, answer.text
    return {line["code"]: line for line in answer.json()["lines"]}


def weight(n: int, day: date, kilograms: float) -> Write:
    return Write("Observation", f"w{n}-{day}", who(n), observation("29463-7", day, **quantity(kilograms, "kg")))


async def test_the_children_of_the_month(caller: Caller, stage: Stage) -> None:
    births = {1: date(2023, 5, 1), 2: date(2025, 5, 1), 3: date(2022, 2, 1), 4: date(2026, 8, 1), 5: date(2021, 11, 21)}
    await stage.write([Write("Patient", f"p{n}", who(n), patient(b, "1410022003" if n == 3 else "1410011001"))
                       for n, b in births.items()])  # fmt: skip
    await stage.write([
        weight(1, date(2026, 10, 3), 12.0), weight(1, date(2026, 11, 3), 11.8), weight(1, date(2026, 11, 20), 12.1),
        weight(2, date(2026, 10, 3), 9.0), weight(2, date(2026, 11, 3), 9.0),
        weight(3, date(2026, 11, 3), 14.0), weight(5, date(2026, 11, 3), 18.0),
    ])  # fmt: skip
    admin = caller("dinkes-admin")
    found = await lines(admin, 2, by="puskesmas")
    assert (found["d-s"]["value"], found["d-s"]["of"], found["d-s"]["percent"]) == (3, 4, 75.0), "the fifth is five"
    assert {r["code"]: (r["value"], r["of"]) for r in found["d-s"]["rows"]} == {"P1": (2, 3), "P2": (1, 1)}
    assert (found["n-d"]["value"], found["n-d"]["of"]) == (1, 2), "heavier than last month, of those weighed in both"
    late = (await admin.get(found["d-s"]["link"])).json()
    assert [c["person_id"] for c in late["items"]] == [who(4)] and late["items"][0]["resources"] == []
    same = (await admin.get(found["n-d"]["link"])).json()
    assert [(c["person_id"], c["resources"]) for c in same["items"]] == [(who(2), ["Observation/w2-2026-11-03"])]
    staff = await caller("puskesmas-staff", "P2").get(found["d-s"]["link"])
    assert staff.json()["items"] == []
    past = await lines(admin, 2, as_of="2026-10-31")
    assert (past["d-s"]["value"], past["d-s"]["of"]) == (2, 5)


async def test_visits_at_home_by_age(caller: Caller, stage: Stage) -> None:
    births = {1: date(2010, 1, 1), 2: date(1950, 1, 1), 3: date(2008, 5, 5), 4: date(1990, 1, 1)}
    await stage.write([Write("Patient", f"p{n}", who(n), patient(b, "9999999999" if n == 4 else "1410011001"))
                       for n, b in births.items()])  # fmt: skip
    days = [(1, date(2026, 3, 1)), (1, date(2026, 4, 1)), (2, date(2026, 4, 1)), (3, date(2026, 5, 4)),
            (3, date(2026, 5, 5)), (4, date(2026, 5, 5)), (2, date(2025, 12, 31))]  # fmt: skip
    await stage.write([Write("Encounter", f"v{i}", who(n), encounter(d) | HOME) for i, (n, d) in enumerate(days)])
    admin = caller("dinkes-admin")
    young, old, all_ = [(await lines(admin, c, by="village"))["kunjungan-rumah"] for c in (2, 3, 4)]
    assert (young["value"], young["events"], young["of"]) == (2, 3, None), "on the day before the eighteenth birthday"
    assert (old["value"], old["events"]) == (2, 2) and (all_["value"], all_["events"]) == (3, 5)
    assert {r["code"]: r["value"] for r in all_["rows"]} == {"1410011001": 3}
    opened = (await admin.get(old["link"])).json()
    assert [c["person_id"] for c in opened["items"]] == [who(2), who(3)] and opened["items"][0]["on"] == "2026-04-01"
    few = (await lines(caller("dinkes-analyst"), 4, by="village"))["kunjungan-rumah"]
    assert (few["value"], few["events"], few["link"], few["suppressed"]) == (None, None, None, True)
    assert [r["value"] for r in few["rows"]] == [None]


async def test_some_items_of_a_standard_together(caller: Caller, stage: Stage) -> None:
    for n in (1, 2, 3):
        await stage.write([
            Write("Patient", f"p{n}", who(n), patient(date(1995, 1, 1))),
            Write("EpisodeOfCare", f"e{n}", who(n), episode(date(2026, 1, 10))),
        ])  # fmt: skip
    for n, days in ((1, [20, 100, 120, 180, 200, 220]), (2, [20])):
        lmp = date(2026, 1, 1)
        await stage.write([Write("Encounter", f"v{n}-{d}", who(n), encounter(date.fromordinal(lmp.toordinal() + d),
                                                                             f"e{n}")) for d in days])  # fmt: skip
        said = observation("8665-2", date(2026, 1, 21), f"v{n}-20", valueDateTime=f"{lmp}T08:00:00+07:00")
        await stage.write([Write("Observation", f"lmp{n}", who(n), said)])
    found = await lines(caller("dinkes-admin"), 2)
    assert (found["k1"]["value"], found["k1"]["of"]) == (2, 3), "the third is undated: of her nothing is known"
    assert (found["k6"]["value"], found["ibu-hamil"]["value"], found["ibu-hamil"]["of"]) == (1, 0, 3)
    opened = (await caller("dinkes-admin").get(found["k1"]["link"])).json()
    assert opened["as_of"] == str(TODAY)


async def test_postnatal_contacts_of_each_delivery(caller: Caller, stage: Stage) -> None:
    born = date(2026, 3, 10)
    days = {1: [0, 7, 8, 42], 2: [1, 5, 43], 3: []}
    number = {"system": "http://terminology.kemkes.go.id/CodeSystem/episodeofcare/puerperium", "value": "KF1"}
    for n, contacts in days.items():
        await stage.write([
            Write("Patient", f"p{n}", who(n), patient(date(1995, 1, 1))),
            Write("Observation", f"d{n}", who(n), observation("93857-1", born, valueDateTime=f"{born}T08:00:00+07:00")),
            *(Write("Encounter", f"k{n}-{d}", who(n), encounter(date.fromordinal(born.toordinal() + d)) | {
                "identifier": [number]}) for d in contacts),
        ])  # fmt: skip
    twice = observation("93857-1", born, valueDateTime=f"{date(2026, 3, 11)}T01:00:00+07:00")
    await stage.write([Write("Observation", "again", who(1), twice)])
    admin = caller("dinkes-admin")
    found = await lines(admin, 2, by="puskesmas")
    assert (found["kf-lengkap"]["value"], found["kf-lengkap"]["of"], found["kf1"]["value"]) == (1, 3, 2)
    late = (await admin.get(found["kf-lengkap"]["link"])).json()
    assert [(c["person_id"], c["on"]) for c in late["items"]] == [(who(2), "2026-03-10"), (who(3), "2026-03-10")]
    past = await lines(admin, 2, as_of="2026-04-20")
    assert (past["kf-lengkap"]["value"], past["kf1"]["value"]) == (0, 2), "the last contact was still to come"


async def test_communicable_diseases(caller: Caller, stage: Stage) -> None:
    await stage.write([
        Write("Patient", "p1", who(1), patient(date(1995, 1, 1))),
        Write("Condition", "c1", who(1), condition("A15.0", date(2026, 3, 1))),
        Write("EpisodeOfCare", "e1", who(1), episode(date(2026, 3, 2), kind="TB-SO")),
    ])  # fmt: skip
    found = await lines(caller("dinkes-admin"), 4)
    assert (found["tbc-diobati"]["value"], found["tbc-diobati"]["of"]) == (1, 1)
    assert (found["tbc-hiv"]["value"], found["tbc-diperiksa"]["value"], found["tbc-diperiksa"]["of"]) == (0, 0, 1)
    missing = (await caller("dinkes-admin").get(found["tbc-hiv"]["link"])).json()
    assert [p["person_id"] for p in missing["items"]] == [who(1)]


async def test_what_is_not_there_is_said(caller: Caller) -> None:
    admin = caller("dinkes-admin")
    assert (await admin.get(f"{DOOR}/1")).status_code == 404
    assert (await admin.get(f"{DOOR}/2/zzz/persons")).status_code == 404
    assert (await admin.get(f"{DOOR}/2/k1/persons")).status_code == 422, "opens by its own link"
    assert (await caller("dinkes-analyst").get(f"{DOOR}/2/d-s/persons")).status_code == 403


def test_a_line_says_one_thing() -> None:
    title = {"id": "x", "en": "x"}
    for wrong in ({}, {"standard": "spm-01", "step": "case"}, {"persons": "weighed", "items": ["x"]},
                  {"persons": "postnatal"}, {"persons": "postnatal", "windows": [[3, 1]]}):  # fmt: skip
        with pytest.raises(ValidationError):
            Line.model_validate({"code": "x", "title": title} | wrong)
