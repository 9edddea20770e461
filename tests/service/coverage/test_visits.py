"""A visit written in the shared record arrives at BPJS with the same values, changes there when it changes here, and
goes when it is cancelled; what cannot be sent says which field to mend."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from services.kernel.auth import Actor
from tests.service.coverage.jkn_stage import token
from tests.service.coverage.visits_stage import ZONE, Visits, told


@pytest.fixture(scope="module")
async def visits(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Visits]:
    """One stage for the file; each test has patients of its own."""
    folder: Path = tmp_path_factory.mktemp("visits")
    async with told(new_database("records"), new_database("coverage"), folder) as stage:
        await stage.chosen()
        yield stage


async def test_recorded_changed_cancelled(visits: Visits) -> None:
    patient = visits.member()
    visit = await visits.visit(patient)
    sent = await visits.delivery(visit, "delivered")
    card = visits.jkn.world.by_nik(patient)["noKartu"]  # type: ignore[index]
    (held,) = [v for v in visits.at_bpjs("visit") if v["card"] == card]
    assert (sent["no_kunjungan"], held["provider"], held["poli"]) == (held["no"], "9914P001", "001")
    body = held["body"]
    assert (body["sistole"], body["diastole"], body["beratBadan"], body["tinggiBadan"]) == (152, 94, 63.5, 158)
    assert (body["kdDiag1"], body["kdDokter"], body["keluhan"], body["suhu"]) == ("I10", "131491", "Pusing", None)
    (place,) = [r for r in visits.at_bpjs("registration") if r["card"] == card]
    assert (place["no_urut"], place["visit"]) == (sent["no_urut"], held["no"])

    changed = visits.words(patient, measurements={"systolic": 138, "diastolic": 88, "temperature": 36.5})
    assert (await visits.clinic.put(f"/v1/visits/{visit}", json=changed)).status_code == 200
    while (await visits.delivery(visit, "delivered"))["wanted"] == sent["wanted"]:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    (held,) = [v for v in visits.at_bpjs("visit") if v["card"] == card]
    assert (held["no"], held["body"]["sistole"], held["body"]["suhu"]) == (sent["no_kunjungan"], 138, "36.5")
    assert held["body"]["beratBadan"] == 0, "what was taken back is not told any more"

    gone = await visits.clinic.post(f"/v1/visits/{visit}/cancel", json={"reason": "Salah orang"})
    assert gone.status_code == 200
    await visits.delivery(visit, "removed")
    assert [v for v in (*visits.at_bpjs("visit"), *visits.at_bpjs("registration")) if v["card"] == card] == []


async def test_medicines_and_the_laboratory_go_along(visits: Visits) -> None:
    patient = visits.member()
    lab = {"systolic": 130, "diastolic": 80, "glucose_mgdl": 118, "glucose_kind": "puasa", "hba1c": 6.9}
    obat = [{"name": "Amlodipin 5 mg", "quantity": 30, "unit": "tablet"}, {"name": "Metformin 500 mg", "quantity": 60}]
    visit = await visits.visit(patient, measurements=lab, medicines=obat)
    sent = await visits.delivery(visit, "delivered")
    there = [p for p in visits.at_bpjs("part") if p["visit"] == sent["no_kunjungan"]]
    given = sorted((p["body"]["nmObatNonDPHO"], p["body"]["jmlObat"]) for p in there if p["kind"] == "obat")
    assert given == [
        ("Amlodipin 5 mg", 30), ("Metformin 500 mg", 60),
    ]  # fmt: skip
    (mcu,) = [p for p in there if p["kind"].lower() == "mcu"]
    assert (mcu["body"]["gulaDarahPuasa"], mcu["body"]["gulaDarahHbA1c"]) == (118, 6.9)


async def test_a_healthy_visit_is_a_registration(visits: Visits) -> None:
    visit = await visits.visit(visits.member(), kind="posyandu", diagnoses=[])
    sent = await visits.delivery(visit, "delivered")
    assert (sent["no_kunjungan"], bool(sent["no_urut"]), sent["poli"]) == (None, True, "020")


GAPS: list[tuple[dict[str, Any], set[str]]] = [
    ({"diagnoses": []}, {"kdDiag1"}),
    ({"practitioner": {"ihs": "10000000001"}}, {"kdDokter"}),
    ({"kind": "sekolah"}, {"kdPoli"}),
]


async def test_what_is_missing_parks_the_visit_before_it_is_sent(visits: Visits) -> None:
    before = len(visits.at_bpjs("registration"))
    made = [(await visits.visit(visits.member(), **more), fields) for more, fields in GAPS]
    for visit, fields in made:
        parked = await visits.delivery(visit, "parked")
        assert {f for f, _ in json.loads(parked["fields"])} == fields and parked["because"] == "gap"
    assert len(visits.at_bpjs("registration")) == before, "nothing was sent"
    answer = await visits.jkn.http.put("/v1/jkn/maps", json={"items": [SCHOOL]}, headers=token("dinkes-admin", None))
    assert answer.status_code == 200
    await visits.delivery(made[2][0], "delivered")
    assert (await visits.delivery(made[0][0], "parked"))["because"] == "gap", "mended by the record alone"


SCHOOL = {"kind": "poli", "ours": "sekolah", "theirs": "021", "facility": "KLINIK-A"}


async def test_a_visit_whose_day_is_not_said_asks_for_it_and_holds_nobody_up(visits: Visits) -> None:
    """FHIR lets an Encounter start on a day without a time, in a month, or only end."""
    known = await visits.visit(visits.member())
    await visits.delivery(known, "delivered")
    encounter = (await visits.clinic.get(f"/fhir-r4/v1/Encounter/{known}")).json()
    bare = {k: v for k, v in encounter.items() if k not in ("id", "meta", "identifier", "diagnosis", "statusHistory")}
    today, found = datetime.now(ZONE).date().isoformat(), []
    for period in ({"start": today}, {"start": today[:7]}, {"end": f"{today}T00:01:00+07:00"}):
        made = await visits.clinic.post("/fhir-r4/v1/Encounter", json=bare | {"period": period})
        assert made.status_code == 201, made.text
        parked = await visits.delivery(made.json()["id"], "parked")
        found.append({f for f, _ in json.loads(parked["fields"])})
    assert found == [{"kdDiag1"}, {"tglDaftar"}, {"tglDaftar"}]
    await visits.delivery(await visits.visit(visits.member()), "delivered")


async def test_a_record_that_does_not_know_us_takes_nothing_back(visits: Visits) -> None:
    """Two services with different keys (one was started anew): what BPJS has stays."""
    patient = visits.member()
    visit = await visits.visit(patient)
    sent = await visits.delivery(visit, "delivered")
    auth = visits.record.state.service.auth
    known, auth._peer_key = auth._peer_key, b"another"
    try:
        await visits.jkn.rows("UPDATE delivery SET state = 'waiting', wanted = wanted + 1 WHERE subject = $1", visit)
        for _ in range(100):
            await asyncio.sleep(0.02)
            if await visits.jkn.rows("SELECT FROM delivery_queue WHERE because = 'peer'"):
                break
        (row,) = await visits.jkn.rows("SELECT state FROM delivery WHERE subject = $1", visit)
        assert row["state"] == "waiting"
    finally:
        auth._peer_key = known
    assert (await visits.delivery(visit, "delivered"))["no_kunjungan"] == sent["no_kunjungan"]
    assert sent["no_kunjungan"] in {v["no"] for v in visits.at_bpjs("visit")}


async def test_who_is_no_active_member_is_skipped_with_the_reason(visits: Visits) -> None:
    skipped = await visits.delivery(await visits.visit(visits.member(active=False)), "skipped")
    assert (skipped["because"], skipped["no_urut"]) == ("inactive", None)


async def test_what_would_be_told_is_shown_to_the_facility_and_not_sent(visits: Visits) -> None:
    patient = visits.member()
    lab = {"systolic": 130.4, "glucose_mgdl": 118, "glucose_kind": "puasa"}
    visit = await visits.visit(patient, measurements=lab, medicines=[{"name": "Oralit", "quantity": 4}])
    await visits.delivery(visit, "delivered")
    before = len(visits.at_bpjs("visit"))
    own, other = (
        visits.known_to_record(token("clinic-system", f), "clinic-system", f) for f in ("KLINIK-A", "K1410010201")
    )
    answer = await visits.jkn.http.get(f"/v1/jkn/visits/{visit}/told", headers=own)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["state"], said["visit"]["sistole"], said["checkup"]["gulaDarahPuasa"]) == ("ready", 130, 118)
    assert {"field": "sistole", "why": "rounded"} in said["left"]
    assert {"field": "lingkarPerut", "why": "missing"} in said["left"]
    assert "noKartu" not in answer.text and patient not in answer.text
    assert [m["nmObatNonDPHO"] for m in said["medicines"]] == ["Oralit"]
    assert len(visits.at_bpjs("visit")) == before
    assert (await visits.jkn.http.get(f"/v1/jkn/visits/{visit}/told", headers=other)).status_code == 404
    looks = [a for a in await visits.jkn.accesses() if a["what"] == "JKN/visit-told"]
    assert [(a["facility"], a["action"], a["person_id"]) for a in looks] == [("KLINIK-A", "read", said["person_id"])]
    lacking = await visits.visit(visits.member(), diagnoses=[])
    shown = (await visits.jkn.http.get(f"/v1/jkn/visits/{lacking}/told", headers=own)).json()
    assert (shown["state"], [(m["field"], m["where"]) for m in shown["missing"]]) == ("gap", [("kdDiag1", "record")])


async def test_what_is_disclosed_is_logged_in_the_record(visits: Visits) -> None:
    visit = await visits.visit(visits.member())
    await visits.delivery(visit, "delivered")
    said = await visits.jkn.rows("SELECT person_id FROM delivery WHERE subject = $1", visit)
    stated = await visits.jkn.rows("SELECT status FROM member WHERE person_id = $1", said[0]["person_id"])
    assert [r["status"] for r in stated] == ["active"], "what BPJS said of the member on the way is kept"


async def test_a_posyandus_visit_is_sent_by_the_clinic_it_hangs_on(visits: Visits) -> None:
    """With the clinic's sign-in and the clinic's codes."""
    visits.jkn.peers.facility(POST, "Posyandu", None, kind="posyandu")
    visits.jkn.peers.link(POST, "KLINIK-A", "2024-01-01")
    actor = Actor(subject="app-posyandu", role="clinic-system", facility=POST, token="posyandu")
    visits.record.state.service.auth._actors["posyandu"] = (actor, time.time() + 36_000)
    there = {"authorization": "Bearer posyandu"}
    made = await visits.clinic.post("/v1/visits", json=visits.words(visits.member()), headers=there)
    assert made.status_code == 201, made.text
    sent = await visits.delivery(made.json()["visit_id"], "delivered")
    (held,) = [v for v in visits.at_bpjs("visit") if v["no"] == sent["no_kunjungan"]]
    assert (sent["facility"], held["provider"], held["body"]["kdDokter"]) == ("KLINIK-A", "9914P001", "131491")


POST = "TPMD-B"
"""Which the record knows; here it is a post without a BPJS code."""
