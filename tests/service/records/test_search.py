"""Searching as clients do: spellings, modifiers, chains, includes, order, pages, what is shown; and no way to learn
of what is hidden."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from services.records.queries import prepared
from tests.service.records.bodies import BASE, NIK, encounter, nik, patient, systolic
from tests.service.records.conftest import own_record

Caller = Callable[..., httpx.AsyncClient]
Items = list[tuple[str, str]]


records = own_record()
"""A record of its own: many persons alike would be in the way of others."""


async def register(client: httpx.AsyncClient, **more: Any) -> str:
    answer = await client.post(f"{BASE}/Patient", json=patient(nik(), **more))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def keep(client: httpx.AsyncClient, body: dict[str, Any]) -> str:
    answer = await client.post(f"{BASE}/{body['resourceType']}", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def found(client: httpx.AsyncClient, type_: str, query: str) -> list[str]:
    answer = await client.get(f"{BASE}/{type_}?{query}")
    assert answer.status_code == 200, answer.text
    return [e["resource"]["id"] for e in answer.json().get("entry", ()) if e["search"]["mode"] == "match"]


def beside(body: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**body, **more}


@pytest.fixture
async def visit(caller: Caller) -> dict[str, str]:
    """A patient of KLINIK-A with a visit, two readings, a vaccination, an episode and a referral."""
    a = caller("KLINIK-A")
    person = await register(a)
    there = await keep(a, encounter(person))
    of = {"subject": {"reference": f"Patient/{person}"}, "encounter": {"reference": f"Encounter/{there}"}}
    kfa = {"system": "http://sys-ids.kemkes.go.id/kfa", "code": "VG90"}
    episode = {"system": "http://terminology.kemkes.go.id/CodeSystem/episodeofcare-type", "code": "ANC"}
    ids = {
        "person": person,
        "encounter": there,
        "low": await keep(a, beside(systolic(person, "110"), **of, performer=[{"reference": "Practitioner/N7"}])),
        "high": await keep(a, beside(systolic(person, "165.4"), **of)),
        "immunization": await keep(a, {
            "resourceType": "Immunization", "status": "completed", "patient": of["subject"],
            "vaccineCode": {"coding": [kfa]}, "occurrenceDateTime": "2026-03-01",
        }),
        "episode": await keep(a, {
            "resourceType": "EpisodeOfCare", "status": "waitlist", "type": [{"coding": [episode]}],
            "patient": of["subject"], "managingOrganization": {"reference": "Organization/100000001"},
            "period": {"start": "2026-02-01", "end": "2026-03-31"},
        }),
    }  # fmt: skip
    plan = await keep(a, {
        "resourceType": "CarePlan", "status": "active", "intent": "plan", "subject": of["subject"],
        "supportingInfo": [{"reference": f"Observation/{ids['high']}"}],
    })  # fmt: skip
    ids["referral"] = await keep(a, {
        "resourceType": "ServiceRequest", "status": "active", "intent": "order", **of,
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "11429006"}], "text": "Rujukan pasien"},
        "requester": {"reference": "Organization/100000001"}, "performer": [{"reference": "Organization/100000002"}],
        "authoredOn": "2026-03-01T09:15:20.691+07:00",
        "supportingInfo": [{"reference": f"CarePlan/{plan}"}, {"reference": f"Observation/{ids['low']}"}],
    })  # fmt: skip
    return ids | {"plan": plan}


SPELLINGS = [
    (
        "Encounter",
        "subject={person}&service-provider=Organization/100000001&&date=ge2026-03-01&&date=le2026-03-02",
        "encounter",
    ),
    ("Encounter", "patient=Patient/{person}&service-provider=100000001", "encounter"),
    ("EpisodeOfCare", "patient={person}&type=ANC&status=waitlist, active&organization=100000001", "episode"),
    ("EpisodeOfCare", "subject={person}", "episode"),
    ("Immunization", "patient={person}&vaccineCode=VG90", "immunization"),
    ("Immunization", "patient={person}&vaccine-code=http://sys-ids.kemkes.go.id/kfa|VG90", "immunization"),
    ("ServiceRequest", "patient={person}&requester=Organization/100000001&performer=100000002", "referral"),
    ("ServiceRequest", "performer=Organization/100000002&_id={referral}", "referral"),
    ("ServiceRequest", "supportingInfo=CarePlan/{plan}", "referral"),
    ("ServiceRequest", "patient={person}&authored=2026-03-01T02:15:20.691Z", "referral"),
    ("ServiceRequest", "patient={person}&authored=le2026-03-01T02:15:20.691Z", "referral"),
    ("Observation", "patient={person}&performer=Practitioner/N7", "low"),
    ("Observation", "patient={person}&performer=N7", "low"),
    ("Observation", "encounter={encounter}&value-quantity=gt160", "high"),
    ("Observation", "encounter=Encounter/{encounter}&value-quantity=165.4||mm[Hg]", "high"),
    ("Observation", "encounter={encounter}&value-quantity=le110|http://unitsofmeasure.org|mm[Hg]", "low"),
    ("Observation", "encounter={encounter}&combo-value-quantity=eq110", "low"),
    ("ServiceRequest", "patient={person}&code:text=rujukan", "referral"),
    ("ServiceRequest", "patient={person}&code=http://snomed.info/sct|", "referral"),
    ("ServiceRequest", "patient={person}&performer:Organization=100000002", "referral"),
    ("EpisodeOfCare", "patient={person}&date=sa2026-01-15&date=lt2026-04", "episode"),
]


@pytest.mark.parametrize(("type_", "query", "wanted"), SPELLINGS)
async def test_spellings(caller: Caller, visit: dict[str, str], type_: str, query: str, wanted: str) -> None:
    assert await found(caller("KLINIK-A"), type_, query.format(**visit)) == [visit[wanted]]


NOTHING = [
    ("Observation", "patient={person}&code=|8480-6"),
    ("Observation", "patient={person}&code:not=8480-6"),
    ("Observation", "patient={person}&component-code=8480-6"),
    ("Observation", "patient={person}&value-quantity=5.4,gt500"),
    ("Observation", "patient={person}&value-quantity=gt100||kg"),
    ("Observation", "patient={person}&subject=Group/{person}"),
    ("Encounter", "patient={person}&status=planned,arrived"),
    ("Encounter", "patient={person}&type=AMB"),
    ("ServiceRequest", "patient={person}&performer=Practitioner/100000002"),
    ("EpisodeOfCare", "patient={person}&organization:missing=true"),
    ("Immunization", "patient={person}&date=lt2026-03-01"),
]


@pytest.mark.parametrize(("type_", "query"), NOTHING)
async def test_what_does_not_match(caller: Caller, visit: dict[str, str], type_: str, query: str) -> None:
    assert await found(caller("KLINIK-A"), type_, query.format(**visit)) == []


async def test_names_as_people_write_them(caller: Caller) -> None:
    a, mark = caller("KLINIK-A"), nik()[-5:]
    told = [{"text": f"Ñúr'aini Putri{mark}"}, {"given": ["Aisyah", "Dewi"], "family": f"Sitompul{mark}"}]
    one = await register(a, name=told[:1], birthDate="1991-02-03", gender="female")
    two = await register(a, name=told[1:], birthDate="1992", gender="male")
    for query, wanted in (
        (f"name=putri{mark}", [one]), (f"name=PUTRI{mark[:4]}&birthdate=1991-02-03", [one]),
        (f"name=utri{mark}", []), (f"name:contains=utri{mark}", [one]),
        (f"name=nur%27aini  putri{mark}", [one]), (f"name:exact=Ñúr'aini Putri{mark}", [one]),
        (f"name:exact=ñúr'aini Putri{mark}", []), (f"family=sitompul{mark}&given=dewi", [two]),
        (f"given=sitompul{mark}", []), (f"name=putri{mark},sitompul{mark}", [two, one]),
        (f"name=sitompul{mark}&gender=male", [two]), (f"name=sitompul{mark}&gender:not=male", []),
    ):  # fmt: skip
        assert await found(a, "Patient", query) == wanted, query
    assert await found(a, "Patient", f"name=putri{mark}&birthdate=1991-02-03&gender=female") == [one]


async def test_a_newborn_by_its_mothers_number(caller: Caller) -> None:
    a, mother = caller("KLINIK-A"), nik()
    number = [{"system": NIK + "-ibu", "value": mother}]
    child = await register(a, identifier=number, multipleBirthInteger=0, birthDate="2026-03-01")
    assert await found(a, "Patient", f"identifier={NIK}-ibu|{mother}") == [child]
    assert await found(a, "Patient", f"identifier={NIK}-ibu|{mother}&birthdate=2026-03-01&name=siti") == [child]


async def test_chains(caller: Caller, visit: dict[str, str]) -> None:
    a, person = caller("KLINIK-A"), visit["person"]
    number = (await a.get(f"{BASE}/Patient/{person}")).json()["identifier"][0]["value"]
    both = [visit["high"], visit["low"]]
    for query in (
        f"patient.identifier={NIK}|{number}", f"subject:Patient.identifier={number}", f"subject.identifier={number}",
        f"subject:Patient._id={person}", f"encounter:Encounter.class=AMB&patient={person}",
        f"encounter.service-provider=Organization/100000001&patient={person}&patient.name=siti",
        f"encounter.patient.identifier={number}",
    ):  # fmt: skip
        assert await found(a, "Observation", query) == both, query
    assert await found(a, "Observation", f"patient={person}&patient.name=budi") == []
    assert await found(a, "ServiceRequest", f"supporting-info:Observation.value-quantity=lt111&patient={person}")
    assert await found(a, "Patient", f"_id={person}&_has:Observation:patient:value-quantity=gt160") == [person]
    assert await found(a, "Patient", f"_id={person}&_has:Observation:patient:value-quantity=gt170") == []
    assert await found(a, "CarePlan", f"patient={person}&_has:ServiceRequest:supportingInfo:status=active") == [
        visit["plan"]
    ]


async def test_what_a_match_leads_to(caller: Caller, visit: dict[str, str], sql: Any) -> None:
    a, person = caller("KLINIK-A"), visit["person"]

    async def led(type_: str, query: str) -> dict[str, str]:
        entries = (await a.get(f"{BASE}/{type_}?{query}")).json()["entry"]
        assert len({e["fullUrl"] for e in entries}) == len(entries)
        return {e["resource"]["id"]: e["resource"]["resourceType"] for e in entries if e["search"]["mode"] == "include"}

    of = f"_id={visit['referral']}"
    assert await led("ServiceRequest", of + "&_include=ServiceRequest:supportingInfo") == {
        visit["plan"]: "CarePlan", visit["low"]: "Observation",
    }  # fmt: skip
    again = "&_include:iterate=CarePlan:supportingInfo"
    assert visit["high"] in await led("ServiceRequest", of + "&_include=ServiceRequest:supportingInfo" + again)
    only = await led("ServiceRequest", of + "&_include=ServiceRequest:supportingInfo:CarePlan")
    assert only == {visit["plan"]: "CarePlan"}
    assert await led("Observation", f"_id={visit['low']},{visit['high']}&_include=Observation:patient") == {
        person: "Patient"
    }
    back = await led("Encounter", f"_id={visit['encounter']}&_revinclude=Observation:encounter")
    assert set(back) == {visit["low"], visit["high"]}
    assert visit["immunization"] in await led("Patient", f"_id={person}&_revinclude=Immunization:patient")
    assert await led("CarePlan", f"_id={visit['plan']}&_revinclude=ServiceRequest:supportingInfo") == {
        visit["referral"]: "ServiceRequest"
    }
    looks = await sql("SELECT * FROM access_pending WHERE person_id = $1 AND action = 'search'", person)
    sealed = await sql("SELECT * FROM access_log WHERE person_id = $1 AND action = 'search'", person)
    assert any(
        f"Observation/{visit['low']}" in (r["resources"] or "") for r in [*looks, *sealed] if "_include" in r["what"]
    )


async def test_the_network_and_its_places(caller: Caller) -> None:
    a = caller("KLINIK-A")
    top = await keep(a, {"resourceType": "Organization", "name": "Induk"})
    part = await keep(
        a, {"resourceType": "Organization", "name": "Poli", "partOf": {"reference": f"Organization/{top}"}}
    )
    room = await keep(a, {
        "resourceType": "Location", "name": "Ruang", "managingOrganization": {"reference": f"Organization/{part}"},
    })  # fmt: skip
    for spelt in ("partof", "part-of", "partOf"):
        answer = (await a.get(f"{BASE}/Organization?{spelt}={top}&_revinclude=Location:organization")).json()
        assert [e["resource"]["id"] for e in answer["entry"]] == [part, room], spelt
        answer = (await a.get(f"{BASE}/Organization?_id={top}&_revinclude=Organization:{spelt}")).json()
        assert [e["resource"]["id"] for e in answer["entry"]] == [top, part], spelt


async def test_nothing_is_told_of_a_hidden_person(caller: Caller, visit: dict[str, str]) -> None:
    """Whatever is tried on a person one may not see, the answer is the same as for one who has nothing."""
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    person, number = (
        visit["person"],
        (await a.get(f"{BASE}/Patient/{visit['person']}")).json()["identifier"][0]["value"],
    )
    # B may write of a person it does not see, and sees what it wrote; that must not open the person's own words
    mine = await keep(b, systolic(person))
    tries = [
        "patient.name=siti", "patient.name=budi", "patient.gender=female", "patient.birthdate=1990-07-01",
        "patient.birthdate=1991", "patient:Patient.name:contains=iti", "patient.active:missing=true",
        "encounter.status=finished", "patient._has:Encounter:patient:status=finished",
        "patient._has:Immunization:patient:vaccine-code=VG90",
    ]  # fmt: skip
    for query in tries:
        assert await found(b, "Observation", f"_id={mine}&{query}") == [], query
        answer = (await b.get(f"{BASE}/Observation?_id={mine}&{query}&_summary=count")).json()
        assert answer["total"] == 0, query
    assert mine in await found(b, "Observation", f"patient={person}")
    for query in (
        f"patient.identifier={NIK}|{number}&code=8480-6",
        f"patient.identifier={number}&value-quantity=gt160",
    ):
        told = (await b.get(f"{BASE}/Observation?{query}")).json()
        said = [e["resource"]["issue"][0]["code"] for e in told["entry"] if e["search"]["mode"] == "outcome"]
        assert said == ["suppressed"], query
    for query in ("_include=Observation:patient", "_include=*", "_revinclude=Provenance:target"):
        told = (await b.get(f"{BASE}/Observation?_id={mine}&{query}")).json()
        assert [e["resource"]["id"] for e in told["entry"]] == [mine], query
    for query in ("_sort=patient", "_sort=-date,_id", "_elements=subject", "_total=accurate"):
        told = (await b.get(f"{BASE}/Encounter?_id={visit['encounter']}&{query}")).json()
        assert "entry" not in told and told["total"] == 0, query


async def test_what_is_shown(caller: Caller, visit: dict[str, str]) -> None:
    a, of = caller("KLINIK-A"), f"{BASE}/Observation?patient={visit['person']}"

    async def one(query: str) -> dict[str, Any]:
        answer: dict[str, Any] = (await a.get(of + query)).json()
        return answer

    whole = (await one(""))["entry"][0]["resource"]
    short = (await one("&_elements=value,identifier"))["entry"][0]["resource"]
    assert set(short) == {"resourceType", "id", "meta", "status", "code", "valueQuantity"}
    assert short["meta"]["tag"][-1]["code"] == "SUBSETTED" and short["valueQuantity"] == whole["valueQuantity"]
    text = (await one("&_summary=text"))["entry"][0]["resource"]
    assert set(text) == {"resourceType", "id", "meta", "status", "code"}
    summary = (await one("&_summary=true"))["entry"][0]["resource"]
    assert "valueQuantity" in summary and "performer" not in summary
    assert (await one("&_summary=data"))["entry"][0]["resource"]["meta"]["tag"]
    assert "tag" not in (await one("&_summary=false"))["entry"][0]["resource"]["meta"]
    for query in ("&_summary=count", "&_count=0", "&_count=0&_totalMethod=count"):
        answer = await one(query)
        assert answer["total"] == 2 and "entry" not in answer, query
    assert (await one("&_count=1"))["total"] == 2
    assert "total" not in await one("&_count=1&_total=none")
    assert {link["relation"] for link in (await one("&_count=1"))["link"]} == {"self", "first", "next"}


async def test_strict_and_lenient(caller: Caller) -> None:
    a = caller("KLINIK-A")
    assert (await a.get(f"{BASE}/Observation?ngawur=1&_sort=ngawur&_include=X:y")).status_code == 200
    for query in ("ngawur=1", "_sort=ngawur", "_include=Observation:ngawur", "date:ngawur=1", "value-quantity=x",
                  "code:above=1", "date:not=2026", "patient:missing=ya", "date=2026-13"):  # fmt: skip
        answer = await a.get(f"{BASE}/Observation?{query}", headers={"prefer": "handling=strict"})
        assert answer.status_code == 400, query
        assert answer.json()["resourceType"] == "OperationOutcome"
    form = await a.post(f"{BASE}/Observation/_search", data={"ngawur": "1"}, headers={"prefer": "handling=strict"})
    assert form.status_code == 400


async def test_what_takes_too_long_is_refused(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    a = caller("KLINIK-A")
    monkeypatch.setattr(prepared, "SLOWEST", 1e-6)
    for _ in range(4):  # prepared aside, and kept prepared
        answer = await a.get(f"{BASE}/Observation?value-quantity=gt1&code=too-slow")
        assert (answer.status_code, answer.json()["issue"][0]["code"]) == (400, "too-costly")
    monkeypatch.undo()
    assert await found(a, "Observation", "value-quantity=gt1&code=too-slow") == []


async def test_one_number_leads_to_the_others(caller: Caller) -> None:
    a, b, number = caller("KLINIK-A"), caller("TPMD-B"), nik()
    ihs = {"system": NIK.replace("/nik", "/ihs-number"), "value": "P0" + number[-10:]}
    person = await register(a, identifier=[{"system": NIK, "value": number}, ihs])

    async def ask(client: httpx.AsyncClient, *items: tuple[str, str]) -> httpx.Response:
        return await client.get(f"{BASE}/Patient/$ihe-pix?{urlencode(items)}")

    known = ("sourceIdentifier", f"{NIK}|{number}")
    told = (await ask(a, known)).json()["parameter"]
    assert told == [
        {"name": "targetIdentifier", "valueIdentifier": ihs},
        {"name": "targetId", "valueReference": {"reference": f"Patient/{person}"}},
    ]
    assert len((await ask(a, known, ("targetSystem", NIK.replace("/nik", "/kk")))).json()["parameter"]) == 1
    assert (await ask(b, known)).status_code == 403
    for status, items in (
        (404, [("sourceIdentifier", f"{NIK}|1410014107909999")]), (400, [("sourceIdentifier", "urn:x|1")]), (400, []),
        (403, [known, ("targetSystem", "urn:x")]),
    ):  # fmt: skip
        assert (await ask(a, *items)).status_code == status, items


async def test_everything(caller: Caller, visit: dict[str, str]) -> None:
    a, b = caller("KLINIK-A"), caller("TPMD-B")

    async def ask(path: str, **given: str) -> list[str]:
        answer = await a.get(f"{BASE}/{path}/$everything", params=given)
        assert answer.status_code == 200, answer.text
        ids, links = [], answer.json()
        while True:
            ids += [e["resource"]["id"] for e in links.get("entry", ())]
            following = next((link["url"] for link in links["link"] if link["relation"] == "next"), None)
            if following is None:
                return ids
            links = (await a.get(following)).json()

    whole = await ask(f"Patient/{visit['person']}")
    assert set(whole) == set(visit.values()) and await ask(f"Patient/{visit['person']}", _count="2") == whole
    assert set(await ask(f"Patient/{visit['person']}", _type="Observation,Encounter")) == {
        visit["low"], visit["high"], visit["encounter"],
    }  # fmt: skip
    assert await ask(f"Patient/{visit['person']}", _since="2099-01-01") == []
    early = await ask(
        f"Patient/{visit['person']}", start="2026-01-01", end="2026-02-15", _type="Patient,EpisodeOfCare,Immunization"
    )
    assert set(early) == {visit["person"], visit["episode"]}
    assert set(await ask(f"Encounter/{visit['encounter']}")) == {
        visit[k] for k in ("person", "encounter", "low", "high", "referral")
    }
    assert (await a.get(f"{BASE}/Encounter/tidak-ada/$everything")).status_code == 404
    assert (await b.get(f"{BASE}/Encounter/{visit['encounter']}/$everything")).status_code == 403
    assert (await a.get(f"{BASE}/Patient/{visit['person']}/$everything?_since=x")).status_code == 400
