"""Patient/$match on a real database: ranked candidates with evidence, and what a guess may learn."""

import asyncio
from typing import Any

import pytest

from services.kernel.app import App
from tests.service.records.alike import (
    HOME,
    Caller,
    asked,
    described,
    evidence,
    grade,
    looks,
    match,
    numbered,
    rare,
    register,
    scan,
)
from tests.service.records.alike import no_job as no_job
from tests.service.records.bodies import BASE
from tests.service.records.test_statements import counting  # noqa: F401


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
