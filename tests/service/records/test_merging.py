"""Two persons become one and two again: what is read, searched and written by either, what is announced, who sees."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from services.kernel.app import App
from services.records.usecases import merging
from tests.service.records.bodies import BASE, NIK, bundle, encounter, nik, patient, systolic

Caller = Callable[..., httpx.AsyncClient]
MERGES = "/v1/identity/merges"
IBU = "https://fhir.kemkes.go.id/id/nik-ibu"
VILLAGE = {
    "extension": [
        {
            "url": "https://fhir.kemkes.go.id/r4/StructureDefinition/administrativeCode",
            "extension": [{"url": "village", "valueCode": "1410011001"}],
        }
    ]
}


def bare(**more: Any) -> dict[str, Any]:
    """A Patient without numbers."""
    return {k: v for k, v in patient("", **more).items() if k != "identifier"}


@pytest.fixture
def office(caller: Caller) -> httpx.AsyncClient:
    return caller(None, "dinkes-admin")


async def pair(caller: Caller) -> tuple[str, str, str]:
    """Two registrations of one woman at two facilities, each with a visit: hers with a NIK, and one without."""
    a, b, number = caller("KLINIK-A"), caller("TPMD-B"), nik()
    first = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    nameless = patient("", identifier=[{"system": "urn:uji:rm", "value": number}], address=[VILLAGE])
    second = (await b.post(f"{BASE}/Patient", json=nameless)).json()["id"]
    assert first != second
    for client, who in ((a, first), (b, second)):
        visit = (await client.post(f"{BASE}/Encounter", json=encounter(who))).json()["id"]
        reading = systolic(who) | {"encounter": {"reference": f"Encounter/{visit}"}}
        made = (await client.post(f"{BASE}/Observation", json=reading)).json()["id"]
        again = await client.put(f"{BASE}/Observation/{made}", json=reading | {"id": made, "status": "amended"})
        assert again.status_code == 200, again.text
    return first, second, number


async def merged(office: httpx.AsyncClient, survivor: str, other: str) -> str:
    wish = {"survivor": survivor, "other": other, "reason": "orang yang sama"}
    answer = await office.post(MERGES, json=wish)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["merge_id"])


async def undone(office: httpx.AsyncClient, merge_id: str) -> dict[str, Any]:
    answer = await office.post(f"{MERGES}/{merge_id}/undo", json={"reason": "ternyata dua orang"})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def everything(client: httpx.AsyncClient, who: str) -> set[str]:
    answer = await client.get(f"{BASE}/Patient/{who}/$everything", params={"_count": 500})
    assert answer.status_code == 200, answer.text
    return {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in answer.json()["entry"]}


SNAPSHOT = {
    "resource": "SELECT type, id, person_id, client, status, date, encounter_id, organization, codes FROM resource"
    " WHERE person_id = ANY ($1)",
    "body": "SELECT type, id, regexp_replace(body, '\"meta\":\\{\"versionId\":[^}]*\\}', '') FROM resource"
    " WHERE person_id = ANY ($1)",
    "history": "SELECT type, id, version, person_id FROM resource_history WHERE person_id = ANY ($1)"
    " AND type <> 'Patient'",
    "person": "SELECT * FROM person WHERE person_id = ANY ($1)",
    "identifier": "SELECT * FROM person_identifier WHERE person_id = ANY ($1)",
    "relation": "SELECT person_id, facility, reason, source, until FROM care_relation WHERE person_id = ANY ($1)",
    "found-by": "SELECT i.type, i.id, i.system, i.value FROM resource_identifier i JOIN resource r USING (type, id)"
    " WHERE r.person_id = ANY ($1)",
    "consent": "SELECT consent_id, part, person_id FROM consent_rule WHERE person_id = ANY ($1)",
}


async def snapshot(sql: Any, *persons: str) -> dict[str, list[str]]:
    return {name: sorted(repr(tuple(r)) for r in await sql(q, list(persons))) for name, q in SNAPSHOT.items()}


async def announced(sql: Any, *persons: str) -> dict[str, str | None]:
    """Whose each resource is by the last event that spoke of it."""
    rows = await sql(
        "SELECT type, subject, person_id FROM (SELECT *, position AS n FROM event UNION ALL"
        " SELECT NULL, at, type, kind, subject, version, person_id, data, 1000000000 + id FROM event_pending) e"
        " WHERE type NOT IN ('merge', 'grant') ORDER BY n"
    )
    found = {f"{r['type']}/{r['subject']}": r["person_id"] for r in rows}
    return {k: p for k, p in found.items() if p in persons}


async def test_a_merge_is_seen_through_both_ids(caller: Caller, office: httpx.AsyncClient, sql: Any) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    first, second, number = await pair(caller)
    assert (await a.get(f"{BASE}/Patient/{second}")).status_code == 403
    before = await everything(a, first) | await everything(b, second)
    await merged(office, first, second)

    gone = (await a.get(f"{BASE}/Patient/{second}")).json()
    assert gone["active"] is False
    assert gone["link"] == [{"other": {"reference": f"Patient/{first}"}, "type": "replaced-by"}]
    left = (await b.get(f"{BASE}/Patient/{first}")).json()
    assert left["link"] == [{"other": {"reference": f"Patient/{second}"}, "type": "replaces"}]
    assert left["address"] == [VILLAGE], "what she lacked is taken over"
    assert {i["value"] for i in left["identifier"]} == {number}
    for client in (a, b):
        for who in (first, second):
            assert await everything(client, who) == before
            found = await client.get(f"{BASE}/Observation", params={"patient": who})
            assert found.json()["total"] == 2, found.text
    for who in (first, second):
        assert (await b.post(f"{BASE}/Observation", json=systolic(who))).status_code == 201
    assert len(await everything(a, first)) == len(before) + 2
    assert len(set((await announced(sql, first, second)).values())) == 1
    search = await b.get(f"{BASE}/Patient", params={"identifier": f"urn:uji:rm|{number}"})
    assert [e["resource"]["id"] for e in search.json()["entry"]] == [first]
    history = await a.get(f"{BASE}/Patient/{second}/_history")
    assert history.json()["total"] == 2


async def test_merge_and_undo_leave_what_was(caller: Caller, office: httpx.AsyncClient, sql: Any) -> None:
    first, second, _ = await pair(caller)
    before, told = await snapshot(sql, first, second), await announced(sql, first, second)
    id_ = await merged(office, first, second)
    assert await snapshot(sql, first, second) != before
    done = await undone(office, id_)
    assert (done["state"], done["to_check"]) == ("undone", [])
    assert await snapshot(sql, first, second) == before
    assert await announced(sql, first, second) == told
    assert (await caller("KLINIK-A").get(f"{BASE}/Patient/{second}")).status_code == 403


async def test_what_was_written_since_goes_back_to_whom_it_names(
    caller: Caller, office: httpx.AsyncClient, sql: Any
) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    first, second, _ = await pair(caller)
    other_number = nik()
    put = patient(other_number, id=second, identifier=[{"system": NIK, "value": other_number}])
    assert (await b.put(f"{BASE}/Patient/{second}", json=put)).status_code == 200
    id_ = await merged(office, first, second)
    by_id = (await a.post(f"{BASE}/Observation", json=systolic(second))).json()["id"]
    hers = (await b.post(f"{BASE}/Observation", json=systolic(first))).json()["id"]
    named = systolic("x") | {"subject": {"identifier": {"system": NIK, "value": other_number}}}
    by_number = (await b.post(f"{BASE}/Observation", json=named)).json()["id"]
    visit = await b.post(BASE, json=bundle(other_number))
    assert visit.status_code == 200, visit.text
    places = [e["response"]["location"].split("/")[-4:-2] for e in visit.json()["entry"]]
    assert places[0] == ["Patient", first], "a registration joins the Patient that stands"
    plain = {
        "patient": {"nik": other_number, "name": "Siti", "birth_date": "1990-07-01", "sex": "P"},
        "at": "2026-03-02T08:00:00+07:00",
    }  # fmt: skip
    recorded = await b.post("/v1/visits", json=plain)
    assert recorded.status_code == 201, recorded.text
    posted = recorded.json()
    assert posted["person_id"] == first
    done = await undone(office, id_)
    assert done["to_check"] == [first]
    theirs = await everything(b, second)
    for id_ in (by_id, by_number):
        assert f"Observation/{id_}" in theirs
    assert {"/".join(p) for p in places[1:]} <= theirs
    assert f"Encounter/{posted['visit_id']}" in theirs
    own = await everything(a, first)
    assert f"Observation/{hers}" in own
    assert not own & theirs
    assert not [i for i in (await a.get(f"{BASE}/Patient/{first}")).json()["identifier"] if i["value"] == other_number]
    told = await announced(sql, first, second)
    assert all(told[ref] == second for ref in theirs)
    assert all(told[ref] == first for ref in own)


async def test_chains_are_undone_from_the_end(caller: Caller, office: httpx.AsyncClient, sql: Any) -> None:
    first, second, _ = await pair(caller)
    third, fourth, _ = await pair(caller)
    start = await snapshot(sql, first, second, third, fourth)
    one = await merged(office, first, second)
    wish = {"survivor": third, "other": second, "reason": "orang yang sama"}
    refused = await office.post(MERGES, json=wish)
    assert refused.status_code == 409
    assert first in refused.json()["detail"]
    between = await snapshot(sql, first, second, third, fourth)
    two = await merged(office, third, first)
    late = (await caller("TPMD-B").post(f"{BASE}/Observation", json=systolic(second))).json()["id"]
    assert f"Observation/{late}" in await everything(office, third)
    early = await office.post(f"{MERGES}/{one}/undo", json={"reason": "terlalu dini"})
    assert early.status_code == 409
    assert third in early.json()["detail"]
    await undone(office, two)
    assert f"Observation/{late}" in await everything(office, first)
    await sql("DELETE FROM resource WHERE id = $1", late)
    assert await snapshot(sql, first, second, third, fourth) == between
    await undone(office, one)
    assert await snapshot(sql, first, second, third, fourth) == start
    again = await office.post(f"{MERGES}/{one}/undo", json={"reason": "dua kali"})
    assert again.status_code == 409


async def test_siblings_are_undone_in_any_order(caller: Caller, office: httpx.AsyncClient, sql: Any) -> None:
    first, second, _ = await pair(caller)
    third, fourth, _ = await pair(caller)
    people = (first, second, third, fourth)
    start = await snapshot(sql, *people)
    one, two = await merged(office, first, second), await merged(office, first, fourth)
    await undone(office, one)
    await undone(office, two)
    assert await snapshot(sql, *people) == start


async def test_writers_meet_a_merge_and_its_undoing(
    caller: Caller, office: httpx.AsyncClient, records: App, sql: Any
) -> None:
    b = caller("TPMD-B")
    first, second, _ = await pair(caller)
    done = asyncio.Event()
    written: list[str] = []

    async def write(n: int) -> None:
        while not done.is_set():
            wish = systolic(second, str(100 + n))
            if n % 3 == 0:
                answer = await b.post(f"{BASE}/Observation", json=wish)
            elif n % 3 == 1:
                answer = await b.put(f"{BASE}/Observation/{second}-{n}-{len(written)}", json=wish)
            else:
                phone = {"telecom": [{"system": "phone", "value": str(len(written))}]}
                answer = await b.put(f"{BASE}/Patient/{second}", json=bare(id=second, **phone))
                assert answer.status_code in (200, 409), answer.text
                continue
            assert answer.status_code == 201, answer.text
            written.append(answer.json()["id"])

    writers = [asyncio.create_task(write(n)) for n in range(6)]
    for _ in range(4):
        id_ = await merged(office, first, second)
        await asyncio.sleep(0.05)
        await undone(office, id_)
        await asyncio.sleep(0.05)
    id_ = await merged(office, first, second)
    done.set()
    await asyncio.gather(*writers)
    await merging.settle(records.state.service)
    assert not await sql("SELECT type, id FROM resource WHERE person_id = $1", second)
    whose = "SELECT person_id, count(*) AS n FROM resource WHERE id = ANY ($1) GROUP BY 1"
    assert [tuple(r) for r in await sql(whose, written)] == [(first, len(written))]
    refs = {f"Observation/{i}" for i in written}
    told = await announced(sql, first, second)
    assert {told[r] for r in refs} == {first}
    await undone(office, id_)
    await merging.settle(records.state.service)
    assert [tuple(r) for r in await sql(whose, written)] == [(second, len(written))]
    told = await announced(sql, first, second)
    assert {told[r] for r in refs} == {second}


async def test_many_merge_the_same_pair(caller: Caller, office: httpx.AsyncClient, sql: Any) -> None:
    first, second, _ = await pair(caller)
    wish = {"survivor": first, "other": second, "reason": "orang yang sama"}
    crossed = {"survivor": second, "other": first, "reason": "orang yang sama"}
    answers = await asyncio.gather(*(office.post(MERGES, json=w) for w in (wish, crossed, wish, wish)))
    good = [r for r in answers if r.status_code == 201]
    assert len({r.json()["merge_id"] for r in good}) == 1
    assert {r.status_code for r in answers} <= {201, 409}
    assert len(await sql("SELECT 1 FROM person WHERE person_id = ANY ($1)", [first, second])) == 1


async def test_who_may_merge(caller: Caller, office: httpx.AsyncClient, sql: Any) -> None:
    first, second, _ = await pair(caller)
    wish = {"survivor": first, "other": second, "reason": "orang yang sama"}
    clerk = caller("KLINIK-A", "facility-admin")
    assert (await clerk.post(MERGES, json=wish)).status_code == 403
    refused = await sql(
        "SELECT person_id FROM (SELECT person_id, what, outcome FROM access_log UNION ALL"
        " SELECT person_id, what, outcome FROM access_pending) l WHERE outcome = 'refused' AND what = 'merge'"
        " AND person_id = ANY ($1)", [first, second],
    )  # fmt: skip
    assert {r["person_id"] for r in refused} == {first, second}
    assert (await caller("KLINIK-A", "clinician").post(MERGES, json=wish)).status_code == 403
    for client, who in ((caller("KLINIK-A"), second), (caller("TPMD-B"), first)):
        known = (await office.get(f"{BASE}/Patient/{who}")).json()
        await client.post(f"{BASE}/Encounter", json=encounter(who))
        assert known["id"] == who
    before = [m["merge_id"] for m in (await clerk.get(MERGES)).json()["merges"]]
    answer = await clerk.post(MERGES, json=wish)
    assert answer.status_code == 201, answer.text
    id_ = answer.json()["merge_id"]
    shown = (await clerk.get(f"{MERGES}/{id_}")).json()
    assert shown["moved"]["Patient"] == 1
    assert {"type": "Patient", "id": second} in shown["resources"]
    assert [m["merge_id"] for m in (await clerk.get(MERGES)).json()["merges"]] == [id_, *before]
    assert (await office.get(MERGES, params={"person": second})).json()["merges"][0]["merge_id"] == id_
    for wrong, status in (
        ({"survivor": first, "other": first, "reason": "sama saja"}, 400),
        ({"survivor": first, "other": "tidak-ada", "reason": "sama saja"}, 404),
        ({"survivor": first, "reason": "sama saja"}, 422),
    ):
        assert (await office.post(MERGES, json=wrong)).status_code == status, wrong
    assert (await office.get(f"{MERGES}/tidak-ada")).status_code == 404
