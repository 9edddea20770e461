"""Who may be the same: $match, the scan that fills the review queue, and the queue itself, on a real database."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from services.kernel.app import App
from services.kernel.auth import Actor
from services.records.usecases import merging, scanning
from tests.service.records.bodies import BASE, NIK
from tests.service.records.test_statements import counting  # noqa: F401

Caller = Callable[..., httpx.AsyncClient]
_rare = itertools.count(1)
HOME, ELSEWHERE = "1410011001", "1410022002"
ADMINISTRATIVE = "https://fhir.kemkes.go.id/r4/StructureDefinition/administrativeCode"


@pytest.fixture(autouse=True)
def no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """The running record's own turns do nothing here: the tests say when to look."""
    monkeypatch.setattr(scanning, "BUDGET", 0.0)


def rare() -> str:
    """A name nobody else has."""
    n, letters = next(_rare), "bcdfgklmnprstw"
    return "Zul" + "".join(letters[n // 14**i % 14] + v for i, v in enumerate("aiu")) + "man"


def described(name: str, born: str = "1984-03-09", village: str = ELSEWHERE, **more: Any) -> dict[str, Any]:
    place = {"url": ADMINISTRATIVE, "extension": [{"url": "village", "valueCode": village}]}
    return {
        "resourceType": "Patient", "name": [{"text": name}], "gender": "male", "birthDate": born,
        "address": [{"use": "home", "extension": [place]}], **more,
    }  # fmt: skip


def numbered(value: str) -> dict[str, Any]:
    return {"identifier": [{"system": NIK, "value": value}]}


def asked(patient: dict[str, Any], **more: Any) -> dict[str, Any]:
    kinds = {int: "valueInteger", bool: "valueBoolean"}
    parameter = [{"name": "resource", "resource": patient}]
    parameter += [{"name": k, kinds[type(v)]: v} for k, v in more.items()]
    return {"resourceType": "Parameters", "parameter": parameter}


SCANNED = """SELECT NOT EXISTS (SELECT FROM event_pending)
    AND (SELECT position FROM traits_scan) = coalesce((SELECT max(position) FROM event), 0) AS done"""


async def sealed(records: App) -> None:
    """Until all events have their position."""
    service = records.state.service
    for _ in range(500):
        async with service.db.reading() as conn:
            if not await conn.fetchval("SELECT EXISTS (SELECT FROM event_pending)"):
                return
        service.db.signal()
        await asyncio.sleep(0.01)
    raise AssertionError("events are not sealed")


async def scan(records: App) -> None:
    """Until every event has been looked at."""
    service = records.state.service
    await sealed(records)
    await scanning.renew(service, after=0)
    for _ in range(500):
        while await scanning.step(service):
            pass
        async with service.db.reading() as conn:
            if await conn.fetchval(SCANNED):
                return
        await asyncio.sleep(0.01)
    raise AssertionError("the scan does not end")


async def register(client: httpx.AsyncClient, patient: dict[str, Any]) -> str:
    answer = await client.post(f"{BASE}/Patient", json=patient)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def match(client: httpx.AsyncClient, patient: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    answer = await client.post(f"{BASE}/Patient/$match", json=asked(patient, **more))
    assert answer.status_code == 200, answer.text
    assert answer.json()["type"] == "searchset"
    return list(answer.json().get("entry", []))


def grade(entry: dict[str, Any]) -> str:
    return str(next(e["valueCode"] for e in entry["search"]["extension"] if e["url"].endswith("match-grade")))


def evidence(entry: dict[str, Any]) -> dict[str, str]:
    parts = [e["extension"] for e in entry["search"]["extension"] if e["url"].endswith("match-evidence")]
    return {p[0]["valueCode"]: p[1]["valueCode"] for p in parts}


async def looks(sql: Any, person: str) -> list[tuple[str, str]]:
    found = await sql(
        "SELECT action, what, outcome FROM access_pending WHERE person_id = $1 UNION ALL "
        "SELECT action, what, outcome FROM access_log WHERE person_id = $1",
        person,
    )
    return [(r["what"], r["outcome"]) for r in found if r["action"] == "search"]


async def test_candidates_come_ranked_with_their_evidence(records: App, caller: Caller, sql: Any) -> None:
    a, name = caller("KLINIK-A"), rare()
    first = await register(a, described(f"H. {name} Effendi", telecom=[{"system": "phone", "value": "081299990001"}]))
    other = await register(a, described(f"{name} Effendi", "1985-11-02", HOME))
    await scan(records)
    found = await match(
        a, described(f"{name.upper()} EFENDI", "1984-09-03", telecom=[{"system": "phone", "value": "+6281299990001"}])
    )
    assert found[0]["resource"]["id"] == first
    assert found[0]["search"]["mode"] == "match"
    assert grade(found[0]) in ("certain", "probable")
    said = evidence(found[0])
    assert (said["name"], said["birth-date"], said["phone"]) == ("agree", "close", "agree")
    scores = [e["search"]["score"] for e in found]
    assert scores == sorted(scores, reverse=True)
    assert other not in [e["resource"]["id"] for e in found if grade(e) == "probable"]
    assert ("Patient/$match", "allowed") in await looks(sql, first)


async def test_count_and_only_certain(records: App, caller: Caller) -> None:
    a, name = caller("KLINIK-A"), rare()
    number = "1410010903840101"
    born = described(name, **numbered(number))
    certain = await register(a, born)
    await register(a, described(f"{name} Jalil"))
    await scan(records)
    assert len(await match(a, described(name), count=1)) == 1
    only = await match(a, born, onlyCertainMatches=True)
    assert [e["resource"]["id"] for e in only] == [certain]
    assert grade(only[0]) == "certain"
    assert await match(a, described(name, "1984"), onlyCertainMatches=True) == []


async def test_a_hidden_person_is_told_only_to_who_knows_them(records: App, caller: Caller, sql: Any) -> None:
    a, b, name = caller("KLINIK-A"), caller("TPMD-B"), rare()
    phone = [{"system": "phone", "value": "081299990002"}]
    whole = described(name, telecom=phone, **numbered("1410010903840102"))
    id_ = await register(a, whole)
    await scan(records)
    (told,) = await match(b, described(name, telecom=phone))
    assert told["resource"]["id"] == id_
    assert set(told["resource"]) == {"resourceType", "id", "meta", "active", "name"}
    assert told["resource"]["name"] == [{"text": "Z."}]
    assert set(evidence(told)) == {"name", "birth-date", "sex"}, "telephone and village could have been tried out"
    assert ("Patient/$match", "refused") in await looks(sql, id_)
    scores = {
        (await match(b, guess))[0]["search"]["score"]
        for guess in (described(name), described(name, village=HOME), described(name, **numbered("1410010903840777")))
    }
    assert len(scores) == 1, "what else is guessed changes nothing"


@pytest.mark.parametrize(
    "guess", [{"born": "1984-03-10"}, {"born": "1984"}, {"name": "Zulkifli"}, {"gender": "female"}]
)
async def test_a_near_guess_at_a_hidden_person_learns_nothing(
    records: App, caller: Caller, sql: Any, guess: dict[str, Any]
) -> None:
    a, b, name = caller("KLINIK-A"), caller("TPMD-B"), rare()
    id_ = await register(a, described(name, "1984-03-09", HOME))
    await scan(records)
    wrong = described(guess.get("name", name), guess.get("born", "1984-03-09"), HOME)
    wrong["gender"] = guess.get("gender", "male")
    found = await match(b, wrong)
    assert id_ not in [e["resource"]["id"] for e in found]


async def test_every_search_is_logged(records: App, caller: Caller, sql: Any) -> None:
    count = "SELECT count(*) AS n FROM access_pending WHERE what = 'Patient/$match' AND person_id IS NULL"
    count_log = count.replace("access_pending", "access_log")
    before = (await sql(count))[0]["n"] + (await sql(count_log))[0]["n"]
    assert await match(caller("TPMD-B"), described(rare(), "1911-01-02")) == []
    assert (await sql(count))[0]["n"] + (await sql(count_log))[0]["n"] == before + 1


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"resourceType": "Patient"}, "Parameters"),
        (asked({"resourceType": "Observation"}), "Parameters.parameter.resource"),
        (asked(described("Budi"), count=0), "Parameters.parameter.valueInteger"),
        (asked({"resourceType": "Patient", "name": [{"text": "Budi"}]}), "Parameters.parameter.resource"),
        (asked({"resourceType": "Patient", "birthDate": "1990-02-31"}), "Patient.birthDate"),
    ],
)
async def test_bad_questions(caller: Caller, body: dict[str, Any], where: str) -> None:
    answer = await caller("KLINIK-A").post(f"{BASE}/Patient/$match", json=body)
    assert answer.status_code in (400, 422)
    assert answer.json()["issue"][0]["expression"] == [where]


async def test_two_statements(records: App, caller: Caller, counting: Any) -> None:  # noqa: F811
    a, name = caller("KLINIK-A"), rare()
    await register(a, described(name))
    await scan(records)
    with counting() as statements:
        await match(a, described(name))
        await asyncio.sleep(0)  # the driver notes a statement one turn of the loop later
    assert len([s for s in statements if "person_traits" in s or "Patient/$match" in s]) == 2


# --- the queue ------------------------------------------------------------------------------------------


async def queue(client: httpx.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    answer = await client.get("/v1/identity/reviews", params={"limit": 200, **params})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


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
    whole = [p["id"] for p in await queue(office)]
    paged, before = [], None
    while True:
        params = {"limit": 2, **({"before": before} if before else {})}
        page = (await office.get("/v1/identity/reviews", params=params)).json()
        paged += [p["id"] for p in page["items"]]
        before = page["next"]
        if before is None:
            break
    assert paged == whole == sorted(whole, reverse=True)


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
