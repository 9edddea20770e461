"""A visit's life: sent late and twice, listed, read back, cancelled, moved from the wrong person."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.service.records.bodies import BASE, nik

Caller = Callable[..., httpx.AsyncClient]


def card(nik_: str, **more: Any) -> dict[str, Any]:
    return {
        "patient": {"nik": nik_, "name": "Siti Aminah", "birth_date": "1990-07-01", "sex": "P"},
        "at": "2026-03-02T09:00:00+07:00", "measurements": {"systolic": 150, "diastolic": 95},
        "diagnoses": [{"name": "hipertensi", "primary": True}],
    } | more  # fmt: skip


async def test_an_offline_day_sent_late_and_twice_is_stored_once_and_dated_right(caller: Caller, sql: Any) -> None:
    b, number = caller("TPMD-B"), nik()
    day = [card(number, number="L-1"), card(nik(), at="2026-03-02T10:00:00+07:00"), card("123"), {"patient": 1}, "x"]
    first = (await b.post("/v1/visits/batch", json={"visits": day})).json()
    assert (first["received"], first["created"], first["same"], first["refused"]) == (5, 2, 0, 3), first
    assert first["rows"][2]["errors"][0]["pointer"] == "/patient/nik"
    assert "123" not in str(first["rows"][2]["errors"])
    again = (await b.post("/v1/visits/batch", json={"visits": day})).json()
    assert (again["created"], again["same"], again["refused"]) == (0, 2, 3)
    ids = [r["visit_id"] for r in first["rows"][:2]]
    assert [r["visit_id"] for r in again["rows"][:2]] == ids
    rows = await sql("SELECT version, date::text FROM resource WHERE type = 'Encounter' AND id = ANY($1)", ids)
    assert [r["version"] for r in rows] == [1, 1]
    changed = (await b.post("/v1/visits/batch", json={"visits": [card(number, number="L-1", notes="lain")]})).json()
    assert (changed["refused"], changed["rows"][0]["visit_id"]) == (1, ids[0]), changed
    fewer = (await b.post("/v1/visits", json=card(number, number="L-1", measurements={"systolic": 150}))).json()
    assert (fewer["status"], fewer["visit_id"]) == (409, ids[0])
    other = (await b.post("/v1/visits", json=card(nik(), number="L-1"))).json()
    assert (other["status"], other["visit_id"]) == (409, ids[0])
    listed = (await b.get("/v1/visits", params={"day": "2026-03-02", "limit": 200})).json()["items"]
    mine = {i["visit_id"]: i for i in listed if i["visit_id"] in ids}
    assert mine[ids[0]]["number"] == "L-1"
    assert mine[ids[0]]["at"] == "2026-03-02T09:00:00+07:00"
    assert mine[ids[0]]["received_at"] > "2026-03-02T10"


async def test_a_late_second_sending_does_not_bring_back_an_old_address(caller: Caller) -> None:
    b, number = caller("TPMD-B"), nik()
    old = card(number, number="A-1")
    old["patient"] |= {"address": {"village": "1410011001"}, "phone": "0811111111"}
    person = (await b.post("/v1/visits", json=old)).json()["person_id"]
    new = card(number, at="2026-03-05T09:00:00+07:00")
    new["patient"] |= {"phone": "0822222222"}
    await b.post("/v1/visits", json=new)
    assert (await b.post("/v1/visits", json=old)).status_code == 200
    patient = (await b.get(f"{BASE}/Patient/{person}")).json()
    assert patient["telecom"][0]["value"] == "0822222222"


async def test_a_second_sending_is_the_same_though_the_facility_has_got_its_number_since(
    caller: Caller, records: Any
) -> None:
    from services.records.room import room

    here, body = room(records.state.service), card(nik(), number="N-1")
    now_is = here.organizations.pop("TPMD-B")
    try:
        assert (await caller("TPMD-B").post("/v1/visits", json=body)).status_code == 201
    finally:
        here.organizations["TPMD-B"] = now_is
    assert (await caller("TPMD-B").post("/v1/visits", json=body)).status_code == 200


async def test_a_visit_reads_back_in_its_own_words_and_can_be_sent_back(caller: Caller, sql: Any) -> None:
    b = caller("TPMD-B")
    body = card(nik(), number="R-1", kind="posyandu", cluster="3", screening={"smoking": "ya", "risks": ["merokok"]})
    made = await b.post("/v1/visits", json=body)
    assert made.status_code == 201, made.text
    read = (await b.get(made.headers["location"])).json()
    assert read["state"] == "recorded"
    looks = " UNION ALL ".join(
        f"SELECT what, resources FROM {table} WHERE person_id = $1 AND action = 'read'"
        for table in ("access_pending", "access_log")
    )
    (look,) = await sql(looks, read["person_id"])
    assert look["what"] == "visit"
    assert set(look["resources"].split()) >= {f"{r['type']}/{r['id']}" for r in made.json()["resources"]}
    assert read["other"] == []
    same = {k: v for k, v in read["visit"].items() if k != "diagnoses"}
    assert same == {k: v for k, v in body.items() if k != "diagnoses"}
    assert read["visit"]["diagnoses"] == [{"icd10": "I10", "name": "hipertensi", "primary": True}]
    sent_back = await b.put(made.headers["location"], json=read["visit"])
    assert {r["state"] for r in sent_back.json()["resources"]} == {"kept"}, sent_back.text


async def test_warnings_stand_beside_the_answer_and_the_impossible_is_refused(caller: Caller) -> None:
    b = caller("TPMD-B")
    odd = card(nik(), measurements={"systolic": 260}, diagnoses=[{"name": "masuk angin"}])
    made = (await b.post("/v1/visits", json=odd)).json()
    told = {w["pointer"]: w["code"] for w in made["warnings"] if not w["pointer"].startswith("/patient")}
    assert told == {"/measurements/systolic": "unlikely", "/diagnoses/0/name": "unknown-words"}
    wrong = await b.post("/v1/visits", json=card(nik(), measurements={"systolic": 1200}))
    assert wrong.status_code == 422
    assert "40 sampai 300 mmHg" in wrong.json()["errors"][0]["detail"]
    place = await b.post("/v1/visits", json=card(nik(), kind="rumah"))
    assert place.json()["errors"][0]["detail"].endswith("'kunjungan-rumah' atau 'sekolah'")


async def test_a_visit_of_tomorrow_has_one_fault_in_its_own_words(caller: Caller) -> None:
    b = caller("TPMD-B")
    made = (await b.post("/v1/visits", json=card(nik(), at="2026-03-05T08:00:00+07:00"))).json()
    late = card(nik(), at="2127-03-05T08:00:00+07:00")
    for verb, path in (("POST", "/v1/visits"), ("PUT", f"/v1/visits/{made['visit_id']}")):
        refused = await b.request(verb, path, json=late)
        assert refused.status_code == 422
        assert [e["pointer"] for e in refused.json()["errors"]] == ["/at"]


async def test_a_cancelled_visit_is_in_error_everywhere(caller: Caller, sql: Any) -> None:
    b, number = caller("TPMD-B"), nik()
    made = (await b.post("/v1/visits", json=card(number, number="C-1"))).json()
    visit, person = made["visit_id"], made["person_id"]
    assert (await caller("KLINIK-A").post(f"/v1/visits/{visit}/cancel", json={"reason": "x"})).status_code == 403
    gone = await b.post(f"/v1/visits/{visit}/cancel", json={"reason": "Salah entri"})
    assert gone.status_code == 200, gone.text
    assert {r["state"] for r in gone.json()["resources"]} == {"changed"}
    bodies = await sql("SELECT type, body::jsonb AS b, status FROM resource WHERE id = ANY($1)",
                       [r["id"] for r in gone.json()["resources"]])  # fmt: skip
    assert {r["status"] for r in bodies if r["type"] != "Condition"} == {"entered-in-error"}
    read = (await b.get(f"/v1/visits/{visit}")).json()
    assert (read["state"], read["reason"]) == ("cancelled", "Salah entri")
    assert read["visit"]["measurements"] == {"systolic": 150, "diastolic": 95}
    again = (await b.post(f"/v1/visits/{visit}/cancel", json={"reason": "lagi"})).json()
    assert {r["state"] for r in again["resources"]} == {"kept"}
    assert (await b.post("/v1/visits", json=card(number, number="C-1"))).status_code == 409
    assert (await b.put(f"/v1/visits/{visit}", json=card(number))).status_code == 409
    assert not await sql("SELECT 1 FROM care_relation WHERE person_id = $1 AND facility = 'TPMD-B'", person)
    listed = (await b.get("/v1/visits", params={"day": "2026-03-02", "person": person})).json()["items"]
    assert [i["state"] for i in listed] == ["cancelled"]
    assert not (await b.get("/v1/visits", params={"day": "2026-03-02", "person": person, "cancelled": False})).json()[
        "items"
    ]


async def test_a_visit_of_the_wrong_person_is_moved_with_all_it_holds(caller: Caller, sql: Any) -> None:
    b, wrong, right = caller("TPMD-B"), nik(), nik()
    named = card(wrong)["patient"] | {"phone": "0811111111"}
    await caller("KLINIK-A").post("/v1/visits", json=card(wrong) | {"patient": named})
    made = (await b.post("/v1/visits", json=card(wrong) | {"patient": named | {"phone": "0822222222"}})).json()
    visit, old = made["visit_id"], made["person_id"]
    target = card(right)["patient"] | {"name": "Siti Halimah"}
    answer = await b.post(f"/v1/visits/{visit}/move", json={"patient": target})
    assert answer.status_code == 200, answer.text
    new = answer.json()["person_id"]
    assert (new != old, answer.json()["moved_from"]) == (True, old)
    ids = [r["id"] for r in made["resources"]]
    rows = await sql("SELECT person_id, version, body FROM resource WHERE id = ANY($1)", ids)
    assert {(r["person_id"], r["version"]) for r in rows} == {(new, 2)}
    assert all(f"Patient/{new}" in r["body"] and old not in r["body"] for r in rows)
    history = await sql("SELECT DISTINCT person_id FROM resource_history WHERE id = ANY($1)", ids)
    assert [r["person_id"] for r in history] == [old]
    seen = "SELECT person_id, reason FROM care_relation WHERE facility = 'TPMD-B' AND person_id = ANY($1)"
    relations = await sql(seen, [old, new])
    assert {(r["person_id"], r["reason"]) for r in relations} == {(new, "registration"), (new, "encounter")}
    assert (await b.get(f"{BASE}/Patient/{old}")).status_code == 403
    phone = (await caller("KLINIK-A").get(f"{BASE}/Patient/{old}")).json()["telecom"][0]["value"]
    assert phone == "0811111111"
    logged = await sql(
        "SELECT person_id, what FROM access_log WHERE action = 'write' AND facility = 'TPMD-B' AND person_id = ANY($1)"
        " UNION ALL SELECT person_id, what FROM access_pending WHERE action = 'write' AND person_id = ANY($1)",
        [old, new],
    )
    assert (old, "visit moved") in {(r["person_id"], r["what"]) for r in logged}
    assert new in {r["person_id"] for r in logged}
    assert (await b.post(f"/v1/visits/{visit}/move", json={"patient": target})).json()["resources"][0][
        "state"
    ] == "kept"
    assert (await b.put(f"/v1/visits/{visit}", json=card(wrong))).status_code == 409
    assert (await b.put(f"/v1/visits/{visit}", json=card(right))).status_code == 200


@pytest.mark.parametrize("why", ["another visit", "registered by itself"])
async def test_a_reason_of_its_own_to_see_the_wrong_person_stays(caller: Caller, why: str) -> None:
    b, wrong = caller("TPMD-B"), nik()
    if why == "another visit":
        await b.post("/v1/visits", json=card(wrong, at="2026-02-01T09:00:00+07:00"))
    else:
        from tests.service.records.bodies import patient

        await b.post(f"{BASE}/Patient", json=patient(wrong))
    made = (await b.post("/v1/visits", json=card(wrong))).json()
    assert (await b.post(f"/v1/visits/{made['visit_id']}/move", json={"patient": card(nik())["patient"]})).is_success
    assert (await b.get(f"{BASE}/Patient/{made['person_id']}")).status_code == 200


async def test_what_becomes_of_the_pregnancy_episode_of_a_moved_visit(caller: Caller, sql: Any) -> None:
    b, one, two, three = caller("TPMD-B"), nik(), nik(), nik()

    async def anc(number: str, day: str) -> dict[str, Any]:
        pregnancy = {"contact": "K1M", "lmp": "2026-01-05"}
        body = card(number, at=f"2026-{day}T09:00:00+07:00", pregnancy=pregnancy)
        answer = await b.post("/v1/visits", json=body)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def episodes(person: str) -> list[tuple[str, str]]:
        rows = await sql(
            "SELECT id, status FROM resource WHERE type = 'EpisodeOfCare' AND person_id = $1 ORDER BY receipt", person
        )
        return [(r["id"], r["status"]) for r in rows]

    async def joined(visit: dict[str, Any]) -> str:
        (row,) = await sql("SELECT body::jsonb #>> '{episodeOfCare,0,reference}' AS e FROM resource WHERE id = $1",
                           visit["visit_id"])  # fmt: skip
        found: str = row["e"]
        return found.removeprefix("EpisodeOfCare/")

    first = await anc(one, "02-10")
    (own,) = await episodes(first["person_id"])
    alone = (await b.post(f"/v1/visits/{first['visit_id']}/move", json={"patient": card(two)["patient"]})).json()
    assert await episodes(alone["person_id"]) == [(own[0], "active")]
    assert await episodes(first["person_id"]) == []
    shared = await anc(two, "03-10")
    assert await joined(shared) == own[0]
    back = (await b.post(f"/v1/visits/{first['visit_id']}/move", json={"patient": card(one)["patient"]})).json()
    assert await episodes(alone["person_id"]) == [(own[0], "active")]
    (another,) = await episodes(back["person_id"])
    assert await joined(first) == another[0] != own[0]
    third = await anc(three, "02-20")
    (lost,) = await episodes(third["person_id"])
    await b.post(f"/v1/visits/{third['visit_id']}/move", json={"patient": card(two)["patient"]})
    assert await joined(third) == own[0]
    assert await episodes(third["person_id"]) == [(lost[0], "entered-in-error")]


async def test_a_list_is_paged_by_the_day_of_the_visit(caller: Caller) -> None:
    c = caller("KLINIK-A")
    kk = "1410011203150099"
    for hour in range(8, 13):
        body = card(nik(), at=f"2026-01-20T{hour:02}:00:00+07:00", kind="sekolah" if hour == 9 else "posyandu")
        body["patient"] |= {"kk": kk} if hour == 10 else {}
        assert (await c.post("/v1/visits", json=body)).status_code == 201
    seen, page = [], None
    while True:
        params: dict[str, Any] = {"day": "2026-01-20", "limit": 2} | ({"page": page} if page else {})
        found = (await c.get("/v1/visits", params=params)).json()
        seen += [i["at"][11:13] for i in found["items"]]
        page = found["next"]
        if page is None:
            break
    assert seen == ["12", "11", "10", "09", "08"]

    async def hours(**more: str) -> list[str]:
        items = (await c.get("/v1/visits", params={"day": "2026-01-20", **more})).json()["items"]
        return [i["at"][11:13] for i in items]

    assert await hours(kind="sekolah") == ["09"]
    assert await hours(family=kk) == ["10"]
    assert (await c.get("/v1/visits", params={"facility": "TPMD-B"})).status_code == 403
    assert (await c.get("/v1/visits", params={"since": "2020-01-01", "until": "2026-01-01"})).status_code == 400
    assert (await c.get("/v1/visits", params={"page": "???"})).status_code == 400
    assert (await caller(None, "dinkes-admin").get("/v1/visits")).status_code == 400


async def test_a_visit_is_stored_though_nobody_can_say_what_is_due(caller: Caller, sql: Any) -> None:
    """Indicators are away here, as after a power cut."""
    b = caller("TPMD-B")
    made = await b.post("/v1/visits", params={"due": True}, json=card(nik()))
    assert made.status_code == 201
    assert made.json()["due"] == {"known": False, "as_of": None, "standards": []}
    person = made.json()["person_id"]
    assert (await b.get(f"/v1/persons/{person}/due")).json()["known"] is False
    assert (await caller("KLINIK-A").get(f"/v1/persons/{person}/due")).status_code == 403
    logged = await sql(
        "SELECT facility, outcome FROM access_pending WHERE person_id = $1 AND what = 'due'"
        " UNION ALL SELECT facility, outcome FROM access_log WHERE person_id = $1 AND what = 'due'", person
    )  # fmt: skip
    assert sorted((r["facility"], r["outcome"]) for r in logged) == [
        ("KLINIK-A", "refused"), ("TPMD-B", "allowed"), ("TPMD-B", "allowed"),
    ]  # fmt: skip


async def test_one_number_sent_by_many_at_once_is_one_visit(caller: Caller, sql: Any) -> None:
    import asyncio

    b, body = caller("TPMD-B"), card(nik(), number="P-1", pregnancy={"contact": "K1M", "lmp": "2026-01-05"})
    answers = await asyncio.gather(*(b.post("/v1/visits", json=body) for _ in range(8)))
    assert {a.status_code for a in answers} <= {200, 201}, [a.text for a in answers if a.status_code > 201]
    assert sum(a.status_code == 201 for a in answers) == 1
    (visit,) = {a.json()["visit_id"] for a in answers}
    rows = await sql("SELECT DISTINCT version FROM resource WHERE id = $1 OR encounter_id = $1", visit)
    assert [r["version"] for r in rows] == [1]
    person = answers[0].json()["person_id"]
    episodes = await sql("SELECT 1 FROM resource WHERE type = 'EpisodeOfCare' AND person_id = $1", person)
    assert len(episodes) == 1


async def test_the_office_mends_in_the_name_of_the_facility(caller: Caller, sql: Any) -> None:
    """A hospital of another facility may not; what the office cancels stays the facility's."""
    made = (await caller("TPMD-B").post("/v1/visits", json=card(nik()))).json()
    target = {"patient": card(nik())["patient"]}
    stranger = await caller("KLINIK-A").post(f"/v1/visits/{made['visit_id']}/move", json=target)
    assert stranger.status_code == 403
    said = "SELECT 1 FROM {} WHERE person_id = $1 AND outcome = 'refused'"
    union = " UNION ALL ".join(said.format(table) for table in ("access_pending", "access_log"))
    refused = await sql(union, made["person_id"])
    assert refused
    read = await caller(None, "dinkes-admin").get(f"/v1/visits/{made['visit_id']}")
    assert read.json()["visit"]["measurements"] == {"systolic": 150, "diastolic": 95}
    listed = (
        await caller(None, "dinkes-admin").get("/v1/visits", params={"facility": "TPMD-B", "day": "2026-03-02"})
    ).json()
    assert made["visit_id"] in {i["visit_id"] for i in listed["items"]}
    assert (await caller("KLINIK-A").get(f"/v1/visits/{made['visit_id']}")).status_code == 403


async def test_what_is_withheld_is_not_read_back(caller: Caller, sql: Any) -> None:
    """A facility that may see the person but not the sensitive class gets the visit without it."""
    number = nik()
    body = card(number, tests={"hiv": "reaktif"}, diagnoses=[{"icd10": "I10"}])
    made = (await caller("TPMD-B").post("/v1/visits", json=body)).json()
    await caller("KLINIK-A").post("/v1/visits", json=card(number, at="2026-03-03T09:00:00+07:00"))
    seen = (await caller("TPMD-B").get(f"/v1/visits/{made['visit_id']}")).json()
    assert seen["visit"]["tests"] == {"hiv": "reaktif"}
    other = await caller("KLINIK-A").get(f"/v1/visits/{made['visit_id']}")
    assert "hiv" not in other.text.lower().replace("hivqp", "")
    assert "68961-2" not in other.text


async def test_a_person_without_a_number_is_known_by_the_facilitys_own_or_stays_provisional(caller: Caller) -> None:
    b = caller("TPMD-B")
    who = {"name": "Pak Tua", "birth_date": "1950-01-01", "sex": "L"}
    own = {"patient": who | {"mrn": "RM-77"}, "at": "2026-03-02T09:00:00+07:00"}
    first, later = [
        (await b.post("/v1/visits", json=own | {"at": f"2026-03-0{d}T09:00:00+07:00"})).json() for d in (2, 3)
    ]
    assert first["person_id"] == later["person_id"], later
    other = (await caller("KLINIK-A").post("/v1/visits", json=own)).json()
    assert other["person_id"] != first["person_id"]
    assert (await b.get(f"/v1/visits/{first['visit_id']}")).json()["visit"]["patient"] == own["patient"]
    nobody = own | {"patient": who | {"no_number": "no-document"}, "number": "X-1"}
    made = await b.post("/v1/visits", json=nobody)
    assert made.status_code == 201, made.text
    again = await b.post("/v1/visits", json=nobody)
    assert (again.status_code, again.json()["person_id"]) == (200, made.json()["person_id"])
    assert (
        await b.post("/v1/visits", json=nobody | {"patient": nobody["patient"] | {"name": "Lain"}})
    ).status_code == 409
    assert (await b.get(f"/v1/visits/{made.json()['visit_id']}")).json()["visit"]["patient"] == nobody["patient"]
    twice = {"visits": [nobody | {"number": None}] * 2}
    states = [r["state"] for r in (await b.post("/v1/visits/batch", json=twice)).json()["rows"]]
    assert states == ["created", "same"]
    unsaid = await b.post("/v1/visits", json=own | {"patient": who})
    assert unsaid.status_code == 422
