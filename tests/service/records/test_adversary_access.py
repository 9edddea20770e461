"""What somebody who looks for a way round the access rule tries: each of these once found one."""

from collections.abc import Callable
from typing import Any

import httpx
import orjson

from services.kernel.app import App
from tests.service.records.bodies import BASE, encounter, nik, patient, systolic
from tests.service.records.test_break_glass import opened
from tests.service.records.test_consent import opt
from tests.service.records.test_export import done
from tests.service.records.test_sensitive import condition, registered, stored

Caller = Callable[..., httpx.AsyncClient]
PAPER = {"agent": "Bidan Rina", "document": "Formulir 12"}


async def test_a_deleted_row_keeps_its_class(caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = await registered(a, b)
    hiv = await stored(a, condition(person, "B20"))
    start = (await b.get("/v1/changes", params={"limit": 1000})).json()
    while start["more"]:
        start = (await b.get("/v1/changes", params={"after": start["next"], "limit": 1000})).json()
    assert (await a.delete(f"{BASE}/Condition/{hiv}")).status_code == 204
    assert (await b.get(f"{BASE}/Condition/{hiv}")).status_code == 403
    assert hiv not in (await b.get(f"{BASE}/Condition/_history", params={"_count": 100})).text
    told = await b.get("/v1/changes", params={"after": start["next"], "limit": 1000, "wait": 1})
    assert hiv not in told.text
    gone = await done(b, "?_type=Condition&_since=2020-01-01T00:00:00Z")
    assert hiv not in str(gone["lines"])
    assert (await a.get(f"{BASE}/Condition/{hiv}")).status_code == 410


async def test_earlier_versions_of_what_is_sensitive_now_are_not_in_the_history_of_the_type(caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = await registered(a, b)
    plain = await stored(a, condition(person, "R50"))
    visit = await stored(a, encounter(person) | {"status": "arrived"})
    body = encounter(person) | {"id": visit, "status": "in-progress"}
    assert (await a.put(f"{BASE}/Encounter/{visit}", json=body)).status_code == 200
    both = (plain in (await b.get(f"{BASE}/Condition/_history")).text,
            visit in (await b.get(f"{BASE}/Encounter/_history")).text)  # fmt: skip
    assert both == (True, True)
    assert (await a.put(f"{BASE}/Condition/{plain}", json=condition(person, "B20", visit, id=plain))).status_code == 200
    assert (await b.get(f"{BASE}/Encounter/{visit}")).status_code == 403
    assert plain not in (await b.get(f"{BASE}/Condition/_history", params={"_count": 100})).text
    assert visit not in (await b.get(f"{BASE}/Encounter/_history", params={"_count": 100})).text


async def test_a_consents_earlier_class_is_not_told_by_its_history(caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = await registered(a, b)
    said = await a.post("/v1/consents", json={"patient": person, "decision": "deny", "class": "HIV", **PAPER})
    assert said.status_code == 201, said.text
    id_ = said.json()["id"]
    body = (await a.get(f"{BASE}/Consent/{id_}")).json()
    body["provision"].pop("securityLabel")
    assert (await a.put(f"{BASE}/Consent/{id_}", json=body)).status_code == 200
    mine = await a.get(f"/v1/consents/{id_}/history")
    assert "HIV" in mine.text
    theirs = await b.get(f"/v1/consents/{id_}/history")
    assert theirs.status_code == 200
    assert "HIV" not in theirs.text


async def test_an_export_gives_only_what_may_be_seen_when_it_is_fetched(caller: Caller, sql: Any) -> None:
    a, b, c = caller("KLINIK-A"), caller("TPMD-B"), caller("PKM-C")
    person, other = await registered(a, b), await registered(a)
    plain, unseen = await stored(a, systolic(person)), await stored(a, systolic(other))
    hiv = await stored(a, condition(person, "B20"))
    await stored(b, systolic(person) | {"note": [{"text": "satu\u2028dua\u0085tiga"}]})
    glass = await opened(c, other)
    theirs, emergency = await done(b, "?_type=Observation"), await done(c, "?_type=Observation")
    assert plain in str(theirs["lines"])
    assert unseen in str(emergency["lines"])
    assert hiv not in str(theirs["lines"])
    await opt(a, person, "OPTOUT")
    await sql("UPDATE break_glass SET until = now() - interval '1 second' WHERE id = $1", glass["id"])

    async def again(client: httpx.AsyncClient, manifest: dict[str, Any]) -> str:
        return "".join([(await client.get(p["url"].removeprefix("http://t"))).text for p in manifest["output"]])

    assert plain not in await again(b, theirs)
    assert unseen not in await again(c, emergency)


async def test_broken_glass_makes_no_lasting_reason_by_a_merge(caller: Caller, sql: Any) -> None:
    a, c = caller("KLINIK-A"), caller("PKM-C", "puskesmas-staff")
    hers = await registered(a)
    mine = await registered(c)
    glass = await opened(c, hers)
    assert (await c.get(f"{BASE}/Patient/{hers}")).status_code == 200
    rows = await sql("SELECT patient_id, person_id FROM person WHERE patient_id = ANY($1)", [hers, mine])
    ids = {r["patient_id"]: r["person_id"] for r in rows}
    made = await c.post(
        "/v1/identity/merges", json={"survivor": ids[hers], "other": ids[mine], "reason": "dua kali terdaftar"}
    )
    assert made.status_code == 403, made.text
    await sql("UPDATE break_glass SET until = now() - interval '1 second' WHERE id = $1", glass["id"])
    assert (await c.get(f"{BASE}/Patient/{hers}")).status_code == 403


def pregnancy(number: str, at: str) -> dict[str, Any]:
    return {
        "at": at, "kind": "dalam-gedung", "cluster": "2",
        "patient": {"nik": number, "name": "Siti Aminah", "birth_date": "1990-07-01", "sex": "P"},
        "pregnancy": {"lmp": "2026-06-01", "gravida": 1},
    }  # fmt: skip


async def test_a_hidden_pregnancy_is_not_told_by_the_episode_a_visit_joins(caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    number = nik()
    person = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    first = await a.post("/v1/visits", json=pregnancy(number, "2026-08-01T08:00:00+07:00"))
    assert first.status_code == 201, first.text
    (episode,) = [r["id"] for r in first.json()["resources"] if r["type"] == "EpisodeOfCare"]
    await opt(a, person, "OPTOUT")
    second = await b.post("/v1/visits", json=pregnancy(number, "2026-09-01T08:00:00+07:00"))
    assert second.status_code == 201, second.text
    visit = (await b.get(f"{BASE}/Encounter/{second.json()['visit_id']}")).text
    assert "EpisodeOfCare/" in visit
    assert episode not in visit


async def test_reading_the_access_log_is_in_the_access_log(caller: Caller, records: App, sql: Any) -> None:
    a, auditor = caller("KLINIK-A"), caller(None, "auditor")
    patient_id = await registered(a)
    person = (await sql("SELECT person_id FROM person WHERE patient_id = $1", patient_id))[0]["person_id"]
    assert (await auditor.get("/v1/access-log", params={"person": person})).status_code == 200
    looks = await sql(
        "SELECT 1 FROM access_log WHERE person_id = $1 AND role = 'auditor' UNION ALL"
        " SELECT 1 FROM access_pending WHERE person_id = $1 AND role = 'auditor'", person,
    )  # fmt: skip
    assert len(looks) == 1


async def test_a_guess_at_the_owner_of_a_nik_is_in_the_access_log(caller: Caller, sql: Any) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    number = nik()
    hers = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    guess = {"reason": "unidentified", "birth_date": "1971-02-03", "sex": "P"}
    mine = (await b.post("/v1/persons", json=guess)).json()["person_id"]
    answer = await b.post(f"/v1/persons/{mine}/upgrade", json={"nik": number})
    assert answer.status_code == 409, answer.text
    owner = (await sql("SELECT person_id FROM person WHERE patient_id = $1", hers))[0]["person_id"]
    looks = await sql(
        "SELECT outcome FROM access_log WHERE person_id = $1 AND facility = 'TPMD-B' UNION ALL"
        " SELECT outcome FROM access_pending WHERE person_id = $1 AND facility = 'TPMD-B'", owner,
    )  # fmt: skip
    assert [r["outcome"] for r in looks] == ["refused"]


async def test_a_patients_schedule_is_not_everybodys(caller: Caller) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = await registered(a)
    own = {"resourceType": "Schedule", "actor": [{"reference": f"Patient/{person}"}], "comment": "kontrol ARV"}
    office = {"resourceType": "Schedule", "actor": [{"reference": "Practitioner/10009880728"}]}
    assert (await b.get(f"{BASE}/Schedule/{await stored(a, own)}")).status_code == 403
    assert (await b.get(f"{BASE}/Schedule/{await stored(a, office)}")).status_code == 200


async def test_broken_glass_makes_no_lasting_reason_by_a_put(caller: Caller, sql: Any) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    hers = await registered(a)
    glass = await opened(b, hers)
    body = (await b.get(f"{BASE}/Patient/{hers}")).json()
    assert (await b.put(f"{BASE}/Patient/{hers}", json=body)).status_code == 403
    change = [{"op": "add", "path": "/active", "value": True}]
    assert (await b.patch(f"{BASE}/Patient/{hers}", json=change)).status_code == 403
    await sql("UPDATE break_glass SET until = now() - interval '1 second' WHERE id = $1", glass["id"])
    assert (await b.get(f"{BASE}/Patient/{hers}")).status_code == 403


async def test_only_the_office_imports_in_anothers_name(caller: Caller, sql: Any) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person = await registered(a)
    own = await stored(a, systolic(person))
    named = {"meta": {"source": "urn:simpul:facility:KLINIK-A"}}
    lines = [orjson.dumps(body | named) for body in (encounter(person), systolic(person, "99") | {"id": own})]
    done_ = (await b.post("/v1/imports", content=b"\n".join(lines))).json()
    assert (done_["stored"], done_["refused"]) == (1, 1), done_
    clients = await sql("SELECT client FROM resource WHERE type = 'Encounter' AND person_id = $1", person)
    assert [r["client"] for r in clients] == ["TPMD-B"]
