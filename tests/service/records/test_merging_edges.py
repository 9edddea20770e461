"""A merge beside other things: changed Patients, children, disputes, a crash, FHIR's own operation, links, a race."""

from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest

from services.records.usecases import merging
from services.records.usecases.writing import Writing
from tests.service.records.bodies import BASE, NIK, encounter, nik, patient, systolic
from tests.service.records.test_merging import IBU, MERGES, bare, everything, merged, pair, snapshot, undone
from tests.service.records.test_merging import office as office

Caller = Callable[..., httpx.AsyncClient]


async def test_a_replaced_patient_is_changed_through_the_one_that_stands(
    caller: Caller, office: httpx.AsyncClient
) -> None:
    b = caller("TPMD-B")
    first, second, _ = await pair(caller)
    await merged(office, first, second)
    body = bare(id=second, telecom=[{"system": "phone", "value": "0812"}])
    put = await b.put(f"{BASE}/Patient/{second}", json=body)
    assert (put.status_code, put.json()["id"]) == (200, first), put.text
    assert put.json()["link"] == [{"other": {"reference": f"Patient/{second}"}, "type": "replaces"}]
    a, number = caller("KLINIK-A"), (await b.get(f"{BASE}/Patient/{first}")).json()["identifier"][0]["value"]
    own = (await a.put(f"{BASE}/Patient/{first}", json=patient(number, id=first))).json()
    assert own["link"] == put.json()["link"], "its writer need not know of the merge"
    assert {i["system"] for i in own["identifier"]} == {NIK, "urn:uji:rm"}
    entries = [
        {"resource": r, "request": {"method": "PUT", "url": f"{r['resourceType']}/{r['id']}"}}
        for r in (bare(id=second), systolic(second) | {"id": f"o-{second}"})
    ]
    sent = await b.post(BASE, json={"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert sent.status_code == 200, sent.text
    assert f"Observation/o-{second}" in await everything(a, first)
    merge_patch = {"content-type": "application/merge-patch+json"}
    answer = await b.patch(f"{BASE}/Patient/{second}", content=b'{"gender":"male"}', headers=merge_patch)
    assert answer.status_code == 409, answer.text
    assert (await b.delete(f"{BASE}/Patient/{second}")).status_code == 409
    assert (await b.get(f"{BASE}/Patient/{second}")).json()["active"] is False


async def test_children_follow_their_mother(caller: Caller, office: httpx.AsyncClient, sql: Any) -> None:
    a, number = caller("KLINIK-A"), nik()
    mother = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    again = (await a.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    baby = patient("", identifier=[{"system": IBU, "value": number}], birthDate="2026-01-05", multipleBirthInteger=1)
    child = (await a.post(f"{BASE}/Patient", json=baby)).json()["id"]

    async def said() -> str:
        rows = await sql(
            "SELECT data FROM (SELECT position AS n, data, subject FROM event WHERE type <> 'grant' UNION ALL"
            " SELECT 1000000000 + id, data, subject FROM event_pending WHERE type <> 'grant') e WHERE subject = $1"
            " ORDER BY n DESC", child,
        )  # fmt: skip
        return str(orjson.loads(rows[0]["data"])["resource"]["mother"])

    assert await said() == mother
    id_ = await merged(office, again, mother)
    assert await said() == again
    await undone(office, id_)
    assert await said() == mother


async def test_a_human_word_ends_a_dispute_of_birth_dates(caller: Caller, office: httpx.AsyncClient, sql: Any) -> None:
    a, number = caller("KLINIK-A"), nik()
    right = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    wrong = (await a.post(f"{BASE}/Patient", json=patient(number, birthDate="1991-07-01"))).json()["id"]
    assert right != wrong
    id_ = await merged(office, right, wrong)
    again = await a.post(f"{BASE}/Patient", json=patient(number, birthDate="1991-07-01"))
    assert (again.status_code, again.json()["id"], again.json()["birthDate"]) == (200, right, "1990-07-01")
    await undone(office, id_)
    apart = await a.post(f"{BASE}/Patient", json=patient(number, birthDate="1991-07-01"))
    assert apart.json()["id"] == wrong


async def test_a_merge_in_the_middle_of_a_crash_is_none(
    caller: Caller, office: httpx.AsyncClient, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _ = await pair(caller)
    before = await snapshot(sql, first, second)

    async def power_cut(*_: Any) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as cut:
        cut.setattr(merging._Joining, "_announce_children", power_cut)
        wish = {"survivor": first, "other": second, "reason": "orang yang sama"}
        assert (await office.post(MERGES, json=wish)).status_code >= 500
    assert await snapshot(sql, first, second) == before
    assert not await sql("SELECT 1 FROM person_merge WHERE other = $1", second)


async def test_by_fhirs_own_operation(caller: Caller, office: httpx.AsyncClient) -> None:
    first, second, _ = await pair(caller)

    def asked(source: str, target: str) -> dict[str, Any]:
        names = {"source-patient": source, "target-patient": target}
        given = [{"name": n, "valueReference": {"reference": f"Patient/{p}"}} for n, p in names.items()]
        return {"resourceType": "Parameters", "parameter": given}

    answer = await office.post(f"{BASE}/Patient/$merge", json=asked(second, first))
    assert answer.status_code == 200, answer.text
    said = {p["name"]: p["resource"] for p in answer.json()["parameter"]}
    assert said["result"]["id"] == first
    merge_id = said["outcome"]["issue"][0]["diagnostics"].split()[-1]
    same = await office.post(f"{BASE}/Patient/$merge", json=asked(second, first))
    assert same.status_code == 400, "one and the same by now"
    await undone(office, merge_id)
    assert (await office.post(f"{BASE}/Patient/$merge", json=asked("tidak-ada", first))).status_code == 404
    assert (await office.post(f"{BASE}/Patient/$merge", json={"resourceType": "Parameters"})).status_code == 400
    assert (await caller("KLINIK-A").post(f"{BASE}/Patient/$merge", json=asked(second, first))).status_code == 403


async def test_a_senders_own_link_is_its_own(caller: Caller) -> None:
    a = caller("KLINIK-A")
    link = [{"other": {"reference": "Patient/di-tempat-lain"}, "type": "replaced-by"}]
    id_ = (await a.post(f"{BASE}/Patient", json=patient(nik(), link=link))).json()["id"]
    patched = await a.patch(
        f"{BASE}/Patient/{id_}",
        content=b'{"active":false}',
        headers={"content-type": "application/merge-patch+json"},
    )
    assert patched.status_code == 200, patched.text


async def test_a_link_of_who_may_see_both_joins_them(caller: Caller, office: httpx.AsyncClient) -> None:
    b = caller("TPMD-B")
    first, second, _ = await pair(caller)
    link = [{"other": {"reference": f"Patient/{first}"}, "type": "replaced-by"}]

    async def say() -> dict[str, Any]:
        return dict((await b.put(f"{BASE}/Patient/{second}", json=bare(id=second, active=False, link=link))).json())

    assert (await say())["link"] == link
    assert (await office.get(MERGES, params={"person": first})).json()["merges"] == [], "it has nothing to do with hers"
    assert (await b.post(f"{BASE}/Encounter", json=encounter(first))).status_code == 201
    await say()
    (made,) = (await office.get(MERGES, params={"person": first})).json()["merges"]
    assert (made["state"], made["other_patient"]) == ("merged", second)
    gone = (await b.get(f"{BASE}/Patient/{second}")).json()
    assert (gone["active"], gone["link"]) == (False, link)
    assert (await b.get(f"{BASE}/Patient/{first}")).json().get("active") is not False
    assert (await say())["id"] == first, "said once more, it is about the one that stands"
    assert (await b.get(f"{BASE}/Patient/{first}")).json().get("active") is not False
    await undone(office, made["merge_id"])
    assert "link" not in (await b.get(f"{BASE}/Patient/{second}")).json()
    assert (await say())["id"] == second, "who was taken apart stays apart"


async def test_a_newborn_who_has_a_nik_elsewhere_is_one_person_once_both_are_said(
    caller: Caller, office: httpx.AsyncClient
) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    for again_by, strange in ((a, False), (b, False), (b, True)):
        ibu, number = nik(), nik()
        born = {"birthDate": "2026-01-05", "multipleBirthInteger": 1}
        under = {"system": IBU, "value": ibu}
        baby = (await a.post(f"{BASE}/Patient", json=patient("", identifier=[under], **born))).json()["id"]
        other = born | ({"birthDate": "2026-01-06"} if strange else {})
        numbered = (await b.post(f"{BASE}/Patient", json=patient(number, **other))).json()["id"]
        assert numbered != baby
        both = patient("", identifier=[under, {"system": NIK, "value": number}], **born)
        if again_by is a:
            said = await a.put(f"{BASE}/Patient/{baby}", json=both | {"id": baby})
        else:
            said = await b.post(f"{BASE}/Patient", json=both)
        assert said.status_code in (200, 201), said.text
        made = (await office.get(MERGES, params={"person": baby})).json()["merges"]
        assert [{m["survivor"], m["other"]} for m in made] == ([] if strange else [{baby, numbered}])
        for merge in made:
            await undone(office, merge["merge_id"])
            assert (await b.post(f"{BASE}/Patient", json=both | {"language": "id"})).status_code == 200
            again = (await office.get(MERGES, params={"person": baby})).json()["merges"]
            assert [m["state"] for m in again] == ["undone"], "who was taken apart stays apart"


async def test_who_ends_a_registration_does_not_end_the_others(caller: Caller) -> None:
    a, b, number = caller("KLINIK-A"), caller("TPMD-B"), nik()
    first = (await a.post(f"{BASE}/Patient", json=patient(number, active=True))).json()["id"]
    again = (await b.post(f"{BASE}/Patient", json=patient(number, active=False))).json()
    assert (again["id"], again["active"]) == (first, True)
    mine = patient(nik(), active=False)
    alone = (await a.post(f"{BASE}/Patient", json=mine)).json()
    assert alone["active"] is False
    begun = await b.post(f"{BASE}/Patient", json=mine | {"active": True})
    assert begun.json().get("active") is True, begun.text
    ended = await a.put(f"{BASE}/Patient/{alone['id']}", json=mine | {"id": alone["id"]})
    assert ended.json()["active"] is False, "its writer may"


async def test_a_registration_that_meets_a_merge_begins_anew(
    caller: Caller, office: httpx.AsyncClient, sql: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    b = caller("TPMD-B")
    first, second, _ = await pair(caller)
    turns = iter([True])
    own = Writing._currents

    async def between(self: Writing, drafts: Any) -> None:
        if next(turns, False):
            await merged(office, first, second)
        await own(self, drafts)

    with monkeypatch.context() as meeting:
        meeting.setattr(Writing, "_currents", between)
        body = bare(id=second, telecom=[{"system": "phone", "value": "0812"}])
        put = await b.put(f"{BASE}/Patient/{second}", json=body)
    assert (put.status_code, put.json()["id"]) == (200, first), put.text
    assert not await sql("SELECT 1 FROM resource WHERE person_id = $1", second)
    assert (await b.get(f"{BASE}/Patient/{second}")).json()["active"] is False
