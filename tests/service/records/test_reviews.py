"""The scan that fills the review queue, and the queue itself, on a real database."""

from typing import Any

import httpx

from services.kernel.app import App
from services.kernel.auth import Actor
from services.records.usecases import merging, scanning
from tests.service.records.alike import (
    Caller,
    described,
    match,
    numbered,
    rare,
    register,
    scan,
    sealed,
)
from tests.service.records.alike import no_job as no_job
from tests.service.records.bodies import BASE
from tests.service.records.conftest import own_record

records = own_record()
"""Its queue holds what is put into it here."""


async def queue(client: httpx.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    """The whole queue, newest first."""
    found: list[dict[str, Any]] = []
    before: dict[str, Any] = {}
    while True:
        answer = await client.get("/v1/identity/reviews", params={"limit": 200, **params, **before})
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        if answer.json()["next"] is None:
            return found
        before = {"before": answer.json()["next"]}


def of(pairs: list[dict[str, Any]], *patients: str) -> list[dict[str, Any]]:
    return [p for p in pairs if set(p["patients"]) == set(patients)]


async def test_the_scan_queues_likely_pairs_once(records: App, caller: Caller) -> None:
    office, name = caller(None, "dinkes-admin"), rare()
    first = await register(caller("KLINIK-A"), described(name))
    second = await register(caller("TPMD-B"), described(f"Bpk. {name}"))
    await scan(records)
    (pair,) = of(await queue(office), first, second)
    assert (pair["reason"], pair["state"]) == ("probable", "open")
    assert pair["grade"] in ("certain", "probable")
    await caller("KLINIK-A").patch(f"{BASE}/Patient/{first}", json={"maritalStatus": {"text": "kawin"}})
    await scan(records)
    assert len(of(await queue(office), first, second)) == 1


async def test_only_who_may_see_both_sees_the_pair(records: App, caller: Caller, sql: Any) -> None:
    admin, office = caller("KLINIK-A", "facility-admin"), caller(None, "dinkes-admin")
    name, both = rare(), rare()
    hidden = await register(caller("KLINIK-A"), described(name)), await register(caller("TPMD-B"), described(name))
    own = (
        await register(caller("KLINIK-A"), described(both)),
        await register(caller("KLINIK-A"), described(f"Hj. {both}")),
    )
    await scan(records)
    seen = await queue(admin)
    assert of(seen, *own)
    assert not of(seen, *hidden)
    (pair,) = of(await queue(office), *hidden)
    refused = await admin.get(f"/v1/identity/reviews/{pair['id']}")
    assert refused.status_code == 403
    rows = await sql("SELECT outcome FROM access_pending WHERE person_id = $1 AND what = 'identity-review'", hidden[0])
    rows += await sql("SELECT outcome FROM access_log WHERE person_id = $1 AND what = 'identity-review'", hidden[0])
    assert {r["outcome"] for r in rows} == {"allowed", "refused"}
    assert (await admin.get("/v1/identity/reviews/999999999")).status_code == 404


async def test_pages(records: App, caller: Caller) -> None:
    a, office = caller("KLINIK-A"), caller(None, "dinkes-admin")
    for _ in range(3):
        name = rare()
        await register(a, described(name))
        await register(a, described(f"H. {name}"))
    await scan(records)
    expected = [p["id"] for p in await queue(office)]
    assert len(expected) >= 3 and expected == sorted(expected, reverse=True)
    pages = list[list[int]]()
    before: dict[str, int] = {}
    while True:
        page = (await office.get("/v1/identity/reviews", params={"limit": 7, **before})).json()
        pages.append([p["id"] for p in page["items"]])
        if page["next"] is None:
            break
        before = {"before": page["next"]}
    assert [n for page in pages for n in page] == expected
    assert [len(p) for p in pages[:-1]] == [7] * (len(pages) - 1) and pages[-1]


async def test_filters(records: App, caller: Caller) -> None:
    a, office, name = caller("KLINIK-A"), caller(None, "dinkes-admin"), rare()
    first, second = await register(a, described(name)), await register(a, described(f"H. {name}"))
    await scan(records)
    hers = await queue(office, person=first)
    assert all(first in (p["person"], p["other"]) for p in hers)
    (pair,) = of(hers, first, second)
    assert of(await queue(office, grade=pair["grade"]), first, second)
    assert not of(await queue(office, grade="possible"), first, second)
    assert not of(await queue(office, reason="reported"), first, second)
    assert await queue(office, person="nobody") == []
    assert (await office.get("/v1/identity/reviews", params={"state": "closed"})).status_code == 422


async def test_side_by_side_and_decided(records: App, caller: Caller) -> None:
    a, office, name = caller("KLINIK-A"), caller(None, "dinkes-admin"), rare()
    first = await register(a, described(name))
    second = await register(a, described(name, "1984-09-03"))
    await scan(records)
    (pair,) = of(await queue(office), first, second)
    one = (await office.get(f"/v1/identity/reviews/{pair['id']}")).json()
    assert {r["id"] for r in one["resources"]} == {first, second}
    assert {e["field"]: e["outcome"] for e in one["evidence"]}["birth-date"] == "close"
    decision = {"decision": "different", "reason": "Dua orang, sudah ditanya"}
    done = await office.post(f"/v1/identity/reviews/{pair['id']}/decision", json=decision)
    assert done.json()["state"] == "different"
    assert done.json()["decided_by"] == "app-None"
    assert not of(await queue(office), first, second)


async def test_same_is_merged(records: App, caller: Caller, sql: Any) -> None:
    a, office, name = caller("KLINIK-A"), caller(None, "dinkes-admin"), rare()
    first = await register(a, described(name))
    second = await register(a, described(f"H. {name}", **numbered("1410010903840104")))
    third = await register(caller("TPMD-B"), described(name))
    await scan(records)
    (pair,) = of(await queue(office), first, second)
    decision = {"decision": "same", "reason": "Kartu keluarga sama"}
    wrong = await office.post(f"/v1/identity/reviews/{pair['id']}/decision", json=decision | {"survivor": third})
    assert wrong.status_code == 400
    done = await office.post(f"/v1/identity/reviews/{pair['id']}/decision", json=decision)
    assert (done.status_code, done.json().get("state")) == (200, "same"), done.text
    merged = await sql("SELECT survivor, other, reason FROM person_merge WHERE other = $1", first)
    assert [tuple(r) for r in merged] == [(second, first, "Kartu keluarga sama")], "who has a NIK stays"
    again = await office.post(
        f"/v1/identity/reviews/{pair['id']}/decision", json={"decision": "different", "reason": "keliru"}
    )
    assert again.status_code == 409
    await scan(records)
    whole = await queue(office)
    assert not of(whole, first, third), "who is merged is nobody to decide about"
    assert of(whole, second, third)
    assert [e["resource"]["id"] for e in await match(a, described(name))].count(first) == 0


async def test_an_undone_merge_is_a_decision(records: App, caller: Caller, sql: Any) -> None:
    a, office, name = caller("KLINIK-A"), caller(None, "dinkes-admin"), rare()
    first, second = await register(a, described(name)), await register(a, described(f"H. {name}"))
    await scan(records)
    (pair,) = of(await queue(office), first, second)
    decision = {"decision": "same", "reason": "Kartu keluarga sama"}
    await office.post(f"/v1/identity/reviews/{pair['id']}/decision", json=decision)
    await scan(records)
    merge = (await sql("SELECT id FROM person_merge WHERE survivor = $1", min(first, second)))[0]["id"]
    service = records.state.service
    actor = Actor(subject="app-None", role="dinkes-admin", facility=None)
    await merging.unmerge(service, actor, merge, "Ternyata dua orang")
    await scan(records)
    assert not of(await queue(office), first, second)
    assert of(await queue(office, state="different"), first, second)


async def test_different_stays_decided_until_something_changes(records: App, caller: Caller, sql: Any) -> None:
    a, office, name = caller("KLINIK-A"), caller(None, "dinkes-admin"), rare()
    first, second = await register(a, described(name)), await register(a, described(f"H. {name}"))
    await scan(records)
    (pair,) = of(await queue(office), first, second)
    decision = {"decision": "different", "reason": "Dua orang, sudah ditanya"}
    await office.post(f"/v1/identity/reviews/{pair['id']}/decision", json=decision)
    await a.patch(f"{BASE}/Patient/{first}", json={"maritalStatus": {"text": "kawin"}})
    await scan(records)
    assert not of(await queue(office), first, second), "nothing they are recognised by has changed"
    await sql("DELETE FROM person_traits WHERE person_id = $1", first)
    await sql("UPDATE traits_scan SET position = 0")
    await scan(records)
    assert not of(await queue(office), first, second), "an index made anew is no change"
    phone = [{"system": "phone", "value": "081299990777"}]
    for id_ in (first, second):
        await a.patch(f"{BASE}/Patient/{id_}", json={"telecom": phone})
    await scan(records)
    assert of(await queue(office), first, second)[0]["state"] == "open"


async def test_a_pair_that_is_no_longer_likely_is_withdrawn(records: App, caller: Caller) -> None:
    a, office, name = caller("KLINIK-A"), caller(None, "dinkes-admin"), rare()
    first, second = await register(a, described(name)), await register(a, described(name))
    await scan(records)
    assert of(await queue(office), first, second)
    await a.patch(f"{BASE}/Patient/{second}", json={"birthDate": "1951-10-30", "gender": "female"})
    await scan(records)
    assert not of(await queue(office), first, second)
    assert of(await queue(office, state="withdrawn"), first, second)


async def test_a_contradiction_of_numbers_stands_in_the_queue(records: App, caller: Caller) -> None:
    a, office, number = caller("KLINIK-A"), caller(None, "dinkes-admin"), "1410010903840103"
    first = await register(a, described(rare(), **numbered(number)))
    second = await register(a, described(rare(), "1990-01-05", **numbered(number)))
    (pair,) = of(await queue(office, reason="nik-birth-date"), first, second)
    one = (await office.get(f"/v1/identity/reviews/{pair['id']}")).json()
    assert {e["field"]: e["outcome"] for e in one["evidence"]}["nik"] == "agree"


async def test_a_human_reports_a_pair(records: App, caller: Caller) -> None:
    admin, stranger = caller("KLINIK-A", "facility-admin"), caller("TPMD-B", "facility-admin")
    first, second = [await register(caller("KLINIK-A"), described(rare())) for _ in range(2)]
    report = {"person": first, "other": second}
    made = await admin.post("/v1/identity/reviews", json=report)
    assert made.status_code == 201
    assert made.json()["reason"] == "reported"
    assert (await admin.post("/v1/identity/reviews", json=report)).json()["id"] == made.json()["id"]
    assert (await stranger.post("/v1/identity/reviews", json=report)).status_code == 403
    assert (await admin.post("/v1/identity/reviews", json=report | {"other": first})).status_code == 400
    assert (await admin.post("/v1/identity/reviews", json=report | {"other": "nobody"})).status_code == 403


async def test_each_version_is_looked_at_once_and_a_stop_loses_nothing(records: App, caller: Caller, sql: Any) -> None:
    a, names = caller("KLINIK-A"), [rare() for _ in range(5)]
    ids = [await register(a, described(n)) for n in names]
    service = records.state.service
    await sealed(records)
    assert await scanning.step(service, most=2)
    known = "SELECT count(*) AS n FROM person_traits WHERE person_id = ANY($1::text[])"
    assert (await sql(known, ids))[0]["n"] < 5
    await scan(records)
    assert (await sql(known, ids))[0]["n"] == 5
    assert not await scanning.step(service)
