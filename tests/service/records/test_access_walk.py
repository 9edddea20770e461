"""Every route that shows a person × every relation a caller can have: what is shown, and that the look is in the log.

A route that is in neither table fails the test: whoever adds one says here what it shows, or why it shows nobody.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from deploy import topology
from services.kernel.app import App
from services.kernel.auth import Allow
from tests.contract.test_routes_roles import built, operations
from tests.service.records.access_elsewhere import ELSEWHERE
from tests.service.records.alike import scan
from tests.service.records.bodies import BASE, NIK, encounter, nik, patient, systolic
from tests.service.records.test_consent import opt
from tests.service.records.test_sensitive import condition, stored

WHO, PLAIN, HIV = "RAHASIANAMA", "tanda-biasa", "tanda-peka"
"""What is looked for in answers: the name, something in an ordinary observation, something in an HIV diagnosis."""
ALL = frozenset({WHO, PLAIN, HIV})
NOTHING: frozenset[str] = frozenset()
MARK = "urn:uji:jalan"


@dataclass(frozen=True)
class Relation:
    """How a caller stands to a person, and what follows: what may be shown, and whether the record as a whole is."""

    facility: str | None
    shown: frozenset[str]
    role: str = "clinic-system"
    registers: bool = False
    resides: bool = False
    referred: bool = False
    opted_out: bool = False
    breaks: bool = False
    shut_out: bool = False
    urgent: bool = False


RELATIONS = {
    "the writer": Relation("KLINIK-A", ALL),
    "registered": Relation("TPMD-B", frozenset({WHO, PLAIN}), registers=True),
    "a stranger": Relation("TPMD-B", NOTHING),
    "the catchment": Relation("PKM-C", frozenset({WHO, PLAIN}), role="puskesmas-staff", resides=True),
    "an open referral": Relation("TPMD-B", ALL, role="hospital", referred=True),
    "the office": Relation(None, frozenset({WHO, PLAIN}), role="dinkes-admin"),
    "the writer, opted out": Relation("KLINIK-A", ALL, opted_out=True),
    "registered, opted out": Relation("TPMD-B", frozenset({WHO}), registers=True, opted_out=True),
    "the catchment, opted out": Relation("PKM-C", NOTHING, role="puskesmas-staff", resides=True, opted_out=True),
    "the office, opted out": Relation(None, frozenset({WHO}), role="dinkes-admin", opted_out=True),
    "a stranger who breaks the glass": Relation("TPMD-B", ALL, opted_out=True, breaks=True),
    "the writer, without an agreement": Relation("KLINIK-A", ALL, shut_out=True),
    "registered, without an agreement": Relation("TPMD-B", frozenset({WHO}), registers=True, shut_out=True),
    "an open referral, without an agreement": Relation(
        "TPMD-B", NOTHING, role="hospital", referred=True, shut_out=True
    ),
    "an emergency, without an agreement": Relation(
        "TPMD-B", ALL, role="hospital", referred=True, urgent=True, shut_out=True
    ),
    "who breaks the glass, without an agreement": Relation("TPMD-B", ALL, breaks=True, shut_out=True),
}


@dataclass
class Case:
    """One person with something of each kind, and one caller."""

    client: httpx.AsyncClient
    person: str
    number: str
    name: str
    ids: dict[str, str] = field(default_factory=dict)

    def url(self, path: str) -> str:
        return f"{BASE}/{path}".format(person=self.person, number=self.number, name=self.name, **self.ids)


Ask = Callable[[Case], Awaitable[httpx.Response]]


def get(path: str) -> Ask:
    return lambda case: case.client.get(case.url(path))


def plain(path: str) -> Ask:
    return lambda case: case.client.get(path.format(person=case.person, **case.ids))


def batch(case: Case) -> Awaitable[httpx.Response]:
    urls = [f"Observation/{case.ids['plain']}", f"Condition/{case.ids['hiv']}", f"Patient/{case.person}",
            f"Condition?patient={case.person}"]  # fmt: skip
    entries = [{"request": {"method": "GET", "url": url}} for url in urls]
    return case.client.post(BASE, json={"resourceType": "Bundle", "type": "batch", "entry": entries})


def match(case: Case) -> Awaitable[httpx.Response]:
    resource = patient(case.number, name=[{"text": case.name}])
    parameters = [{"name": "resource", "resource": resource}, {"name": "onlyCertainMatches", "valueBoolean": False}]
    return case.client.post(f"{BASE}/Patient/$match", json={"resourceType": "Parameters", "parameter": parameters})


def search_by_post(case: Case) -> Awaitable[httpx.Response]:
    return case.client.post(f"{BASE}/Condition/_search", data={"patient": case.person})


SHOWS: dict[str, list[tuple[frozenset[str], Ask]]] = {
    "records GET /fhir-r4/v1/{type}/{id}": [
        (frozenset({WHO}), get("Patient/{person}")),
        (frozenset({PLAIN}), get("Observation/{plain}")),
        (frozenset({HIV}), get("Condition/{hiv}")),
    ],
    "records GET /fhir-r4/v1/{type}/{id}/_history": [
        (frozenset({PLAIN}), get("Observation/{plain}/_history")),
        (frozenset({HIV}), get("Condition/{hiv}/_history")),
    ],
    "records GET /fhir-r4/v1/{type}/{id}/_history/{version}": [
        (frozenset({PLAIN}), get("Observation/{plain}/_history/1")),
        (frozenset({HIV}), get("Condition/{hiv}/_history/1")),
    ],
    "records GET /fhir-r4/v1/{type}/_history": [
        (frozenset({HIV}), get("Condition/_history?_count=200")),
    ],
    "records GET /fhir-r4/v1/{type}": [
        (frozenset({WHO}), get("Patient?identifier=" + NIK + "|{number}")),
        (frozenset({WHO}), get("Patient?name={name}&_id={person}")),
        (frozenset({PLAIN}), get("Observation?patient={person}")),
        (frozenset({HIV}), get("Condition?patient={person}&code=B20")),
        (frozenset({HIV}), get("Condition?identifier=" + MARK + "|{mark}-" + HIV)),
        (frozenset({PLAIN}), get("Observation?patient={person}&_include=Observation:subject")),
        (frozenset({WHO, PLAIN, HIV}), get("Patient?_id={person}&_revinclude=Condition:subject"
                                           "&_revinclude=Observation:subject")),
        (frozenset({PLAIN}), get("Observation?_id={plain}&patient.name={name}")),
    ],
    "records POST /fhir-r4/v1/{type}/_search": [(frozenset({HIV}), search_by_post)],
    "records GET /fhir-r4/v1/Patient/{id}/$everything": [(ALL, get("Patient/{person}/$everything"))],
    "records GET /fhir-r4/v1/Encounter/{id}/$everything": [
        (frozenset({PLAIN}), get("Encounter/{visit}/$everything"))
    ],
    "records GET /fhir-r4/v1/Patient/{id}/$summary": [(frozenset({WHO}), get("Patient/{person}/$summary"))],
    "records POST /fhir-r4/v1": [(ALL, batch)],
    "records POST /fhir-r4/v1/Patient/$match": [(frozenset({WHO}), match)],
    "records GET /v1/visits/{visit_id}": [(frozenset({PLAIN}), plain("/v1/visits/{visit}"))],
    "records GET /internal/persons/{person_id}/identity": [
        (frozenset({WHO}), plain("/internal/persons/{person}/identity"))
    ],
    "records POST /internal/names": [
        (frozenset({WHO}), lambda c: c.client.post("/internal/names", json={"person_ids": [c.person]}))
    ],
}  # fmt: skip
"""Route → what each way of asking it can show. What is shown is exactly that, as far as the relation allows."""

WRITERS = {"records POST /fhir-r4/v1"}
"""Refused by the role alone to who belongs to no facility, whoever is asked for."""

AT_MOST: dict[str, list[Ask]] = {
    "records GET /fhir-r4/v1/Patient/$ihe-pix": [get("Patient/$ihe-pix?sourceIdentifier=" + NIK + "|{number}")],
    "records GET /v1/changes": [plain("/v1/changes?limit=1000")],
    "records GET /v1/visits": [plain("/v1/visits")],
    "records GET /v1/consents": [plain("/v1/consents?patient={person}")],
    "records GET /consent/v1/Consent": [plain("/consent/v1/Consent?patient_id={person}")],
    "records GET /v1/consents/{consent}/history": [plain("/v1/consents/{plain}/history")],
    "records GET /v1/break-glass": [plain("/v1/break-glass?state=all")],
    "records GET /v1/unresolved": [plain("/v1/unresolved")],
    "records GET /v1/persons/{person}": [plain("/v1/persons/{person}")],
    "records GET /v1/identity/provisional": [plain("/v1/identity/provisional")],
    "records GET /v1/identity/warnings": [plain("/v1/identity/warnings")],
    "records GET /v1/families": [plain("/v1/families?village=1410011001")],
    "records GET /v1/families/unplaced": [plain("/v1/families/unplaced?village=1410011001")],
    "records GET /v1/persons/{person}/due": [plain("/v1/persons/{person}/due")],
    "records PATCH /fhir-r4/v1/{type}/{id}": [
        lambda c: c.client.patch(c.url("Condition/{hiv}"), json=[{"op": "test", "path": "/id", "value": c.ids["hiv"]}]),
    ],
    "records DELETE /fhir-r4/v1/{type}": [
        lambda c: c.client.delete(c.url("Condition?identifier=" + MARK + "|none")),
    ],
}
"""Routes that may show some of it, or nothing (their own lists): never more than the relation allows."""


def test_every_route_is_in_a_table() -> None:
    known = {*SHOWS, *AT_MOST, *ELSEWHERE}
    there = {
        f"{name} {method} {path}"
        for name in topology.NAMES
        if name != "facilities"
        for method, path, guard in operations(built(name))
        if isinstance(guard, Allow) and not (path.endswith("/") and path != "/")
    }
    assert sorted(there - known) == [], "say here what it shows, or in access_elsewhere why not"
    assert sorted(known - there) == [], "no such route"


async def case_of(caller: Any, sql: Any, relation: Relation) -> Case:
    """The person of one relation: written by KLINIK-A, then whatever the relation says."""
    writer, client = caller("KLINIK-A"), caller(relation.facility, relation.role)
    number = nik()
    name = WHO + "".join(chr(ord("A") + int(digit)) for digit in number[-4:])
    whole = patient(number, name=[{"text": name}])
    person = (await writer.post(f"{BASE}/Patient", json=whole)).json()["id"]
    case = Case(client, person, number, name)
    case.ids["mark"] = person
    visit = await stored(writer, encounter(person))
    within = {"encounter": {"reference": f"Encounter/{visit}"}}
    marked = [{"system": MARK, "value": f"{person}-{PLAIN}"}]
    case.ids |= {"visit": visit, "plain": await stored(writer, systolic(person) | within | {"identifier": marked})}
    case.ids["hiv"] = await stored(
        writer, condition(person, "B20", identifier=[{"system": MARK, "value": f"{person}-{HIV}"}])
    )
    if relation.registers:
        assert (await client.post(f"{BASE}/Patient", json=whole)).status_code == 200
    if relation.resides:
        await sql("UPDATE person SET village = '1410011001' WHERE person_id = $1", person)
    if relation.referred:
        await sql(
            "INSERT INTO care_relation VALUES ($1, $2, 'referral', 'r', NULL, $3)",
            person, relation.facility, relation.urgent,
        )  # fmt: skip
    if relation.opted_out:
        await opt(writer, person, "OPTOUT")
    if relation.breaks:
        why = {"patient": person, "reason": "emergency", "note": "Tidak sadar di IGD, perlu riwayat obat"}
        assert (await client.post("/v1/break-glass", json=why)).status_code == 201
    return case


def seen_in(answer: httpx.Response, case: Case) -> frozenset[str]:
    """What of this person an answer shows; a search's links repeat what was asked, and tell nothing."""
    try:
        text = str({k: v for k, v in answer.json().items() if k != "link"})
    except (ValueError, AttributeError):
        text = answer.text
    text = re.sub(r"'link': \[.*?\]", "", text)
    found = {mark for mark in (PLAIN, HIV) if f"{case.person}-{mark}" in text}
    return frozenset(found | ({WHO} if case.name in text else set()))


async def looks(sql: Any, case: Case, relation: Relation) -> list[str]:
    rows = await sql(
        "SELECT purpose, outcome FROM access_log WHERE person_id = $1 AND actor = $2 UNION ALL"
        " SELECT purpose, outcome FROM access_pending WHERE person_id = $1 AND actor = $2",
        case.person, f"app-{relation.facility}",
    )  # fmt: skip
    return [f"{r['purpose']} {r['outcome']}" for r in rows]


@pytest.fixture(autouse=True)
async def without_agreement(request: pytest.FixtureRequest, sql: Any) -> AsyncIterator[None]:
    """The relation's facility is barred today, when it says so."""
    name = request.node.callspec.params.get("name") if hasattr(request.node, "callspec") else None
    facility = RELATIONS[name].facility if name and RELATIONS[name].shut_out else None
    if facility:
        await sql("INSERT INTO barred VALUES ('{(,)}', $1)", facility)
    yield
    if facility:
        await sql("DELETE FROM barred WHERE facility = $1", facility)


@pytest.mark.parametrize("name", RELATIONS)
async def test_what_each_relation_is_shown(name: str, caller: Any, sql: Any, records: App) -> None:
    relation = RELATIONS[name]
    case = await case_of(caller, sql, relation)
    await scan(records)
    wrong = []
    for route, ways in SHOWS.items():
        for n, (can, ask) in enumerate(ways):
            before = len(await looks(sql, case, relation))
            answer = await ask(case)
            seen, wanted, log = seen_in(answer, case), can & relation.shown, await looks(sql, case, relation)
            if answer.status_code >= 500 or answer.status_code in (400, 404, 422):
                wrong.append(f"{route} [{n}]: {answer.status_code} {answer.text[:300]}")
            if not seen <= relation.shown:
                wrong.append(f"{route} [{n}] discloses {sorted(seen - relation.shown)}")
            elif not wanted <= seen and answer.status_code != 403:
                wrong.append(f"{route} [{n}] keeps back {sorted(wanted - seen)}: {answer.status_code}")
            elif wanted and answer.status_code == 403 and can <= relation.shown:
                wrong.append(f"{route} [{n}] refuses what may be seen")
            by_role = answer.status_code == 403 and route in WRITERS and relation.facility is None
            if (seen or answer.status_code == 403) and len(log) == before and not by_role:
                wrong.append(f"{route} [{n}]: no access row, {answer.status_code}")
            if relation.breaks and not all(row.startswith("BTG ") for row in log[before:]):
                wrong.append(f"{route} [{n}]: {log[before:]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", RELATIONS)
async def test_lists_never_show_more(name: str, caller: Any, sql: Any, records: App) -> None:
    relation = RELATIONS[name]
    case = await case_of(caller, sql, relation)
    for _ in range(100):
        if not await sql("SELECT 1 FROM event_pending WHERE person_id = $1", case.person):
            break
        await asyncio.sleep(0.05)
    wrong = []
    for route, ways in AT_MOST.items():
        for ask in ways:
            before = len(await looks(sql, case, relation))
            answer = await ask(case)
            seen = seen_in(answer, case)
            if answer.status_code >= 500:
                wrong.append(f"{route}: {answer.status_code} {answer.text[:300]}")
            if not seen <= relation.shown:
                wrong.append(f"{route} discloses {sorted(seen - relation.shown)}")
            if seen and len(await looks(sql, case, relation)) == before:
                wrong.append(f"{route}: no access row")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", RELATIONS)
async def test_what_other_services_are_told(name: str, caller: Any, sql: Any) -> None:
    relation = RELATIONS[name]
    case = await case_of(caller, sql, relation)
    told = (await case.client.get("/internal/access", params={"person": case.person})).json()
    closed = relation.opted_out or relation.shut_out
    whole = PLAIN in relation.shown and (relation.facility != "KLINIK-A" or not closed)
    assert told["allowed"] == whole, "an opt-out closes what is put together from all facilities, also to a writer"
    assert told["known"] == (name != "a stranger"), "who is registered may act for the person, agreement or not"
    assert told["opened"] == relation.breaks
    sending = {"person": case.person, "diagnosis": "O13", "facilities": None}
    sent = (await case.client.post("/internal/sending", json=sending)).json()
    assert sent == {"person": told["person"], "known": told["known"], "resume": None}
    many = (await case.client.post("/internal/visible", json={"person_ids": [case.person]})).json()
    assert many == {"visible": [case.person] if whole else [], "opened": [case.person] if relation.breaks else []}
    refs = {PLAIN: f"Observation/{case.ids['plain']}", HIV: f"Condition/{case.ids['hiv']}"}
    shown = (await case.client.post("/internal/shown", json={"resources": list(refs.values())})).json()["shown"]
    assert set(shown) == {refs[m] for m in (PLAIN, HIV) if m in relation.shown}
