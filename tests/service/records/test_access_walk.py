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

_OWN_WRITES = "answers what the caller sent; conditions look only at what it may see (test_secrecy, test_wire)"
_NO_PERSON = "shows no person's data"
_OFFICE = "for the office and auditors, who see who looked, not what"
_OWN = "only what the caller itself began"
_DECIDED = "asks records (/internal/access, /internal/visible, /internal/shown), walked here and tested there"
ELSEWHERE = {
    **dict.fromkeys([
        "records POST /v1/persons", "records POST /v1/persons/{person}/upgrade",
        "records POST /v1/visits", "records POST /v1/visits/batch", "records PUT /v1/visits/{visit_id}",
        "records POST /v1/visits/{visit_id}/cancel", "records POST /v1/visits/{visit_id}/move",
        "records POST /fhir-r4/v1/{type}", "records PUT /fhir-r4/v1/{type}", "records PUT /fhir-r4/v1/{type}/{id}",
        "records PATCH /fhir-r4/v1/{type}", "records DELETE /fhir-r4/v1/{type}/{id}", "records POST /v1/consents",
        "records POST /v1/consents/{consent}/withdraw", "records POST /consent/v1/Consent",
        "records POST /v1/break-glass", "records POST /v1/break-glass/{opening}/review", "records POST /v1/imports",
        "records POST /v1/imports/tables", "referrals POST /v1/referrals",
        "referrals PUT /v1/referrals/drafts/{draft}",
    ], _OWN_WRITES),
    **dict.fromkeys([
        "records GET /v1/access-policy", "records PUT /v1/access-policy/{name}/{valid_from}",
        "records GET /v1/visits/lookup/diagnoses", "records GET /v1/imports/templates",
        "records GET /v1/imports/templates/{file}", "records GET /v1/retention",
        "indicators GET /v1/indicators", "indicators GET /v1/indicators/verify",
        "indicators GET /v1/indicators/rebuild", "indicators POST /v1/indicators/rebuild",
        "indicators GET /v1/indicators/plausibility",
        "indicators GET /v1/indicators/{standard}", "indicators GET /v1/indicators/{standard}/trend",
        "indicators GET /v1/indicators/{standard}/pws", "indicators GET /v1/indicators/{standard}/ranking",
        "indicators GET /v1/indicators/{standard}/years", "indicators GET /v1/indicators/{standard}/sets",
        "indicators GET /v1/indicators/{standard}/contribution",
        "indicators GET /v1/indicators/pip-1", "indicators PUT /v1/indicators/pip-1/population",
        "indicators PUT /v1/indicators/pip-1/official",
        "indicators GET /v1/standards", "indicators GET /v1/standards/{standard}", "indicators PUT /v1/targets",
        "indicators PUT /v1/standards/{standard}", "indicators DELETE /v1/standards/{standard}",
        "indicators GET /v1/standards/{standard}/text", "indicators GET /v1/standards/{standard}/versions",
        "indicators GET /v1/targets", "indicators GET /v1/targets/csv", "indicators GET /v1/targets/versions",
        "indicators GET /v1/targets/history", "indicators GET /v1/indicators/index",
        "indicators GET /v1/indicators/index/availability", "indicators PUT /v1/indicators/index/availability",
        "indicators POST /v1/reports", "indicators GET /v1/reports", "indicators GET /v1/reports/{report}",
        "indicators GET /v1/reports/{report}/csv", "indicators GET /v1/reports/{report}/canonical",
        "indicators GET /v1/reports/{report}/verify", "indicators GET /v1/reports/{report}/restatement",
        "indicators GET /v1/indicators/fhir/Measure", "indicators GET /v1/indicators/fhir/Measure/{standard}",
        "indicators GET /v1/indicators/fhir/Measure/{standard}/$evaluate-measure", "indicators GET /v1/indicators/ilp",
        "indicators GET /v1/indicators/panels/{cluster}", "indicators GET /v1/reports/dhis2/dataValueSets",
        "indicators GET /v1/reports/dhis2/mapping", "indicators PUT /v1/reports/dhis2/mapping",
        "indicators GET /v1/surveillance", "indicators GET /v1/surveillance/parameters",
        "indicators PUT /v1/surveillance/parameters", "indicators GET /v1/surveillance/tb",
        "referrals GET /v1/referrals/figures", "referrals GET /v1/referrals/figures/formulas",
        "referrals GET /v1/referrals/clocks", "referrals PUT /v1/referrals/clocks",
        "referrals GET /v1/referrals/follow-ups/figures", "referrals GET /v1/referrals/ageing",
        "referrals GET /v1/referrals/competences", "referrals GET /v1/referrals/candidates",
    ], _NO_PERSON),
    **dict.fromkeys([
        "records GET /v1/access-log", "records GET /v1/persons/{person}/access-report",
    ], _OFFICE),
    **dict.fromkeys([
        "records GET /v1/imports/{id}", "records GET /v1/imports/{id}/report.csv",
        "records GET /fhir-r4/v1/$export", "records GET /fhir-r4/v1/Patient/$export",
        "records POST /fhir-r4/v1/$export", "records POST /fhir-r4/v1/Patient/$export",
        "records GET /fhir-r4/v1/$export-status/{export}", "records DELETE /fhir-r4/v1/$export-status/{export}",
        "records GET /fhir-r4/v1/$export-file/{export}/{number}", "records POST /v1/webhooks",
        "records GET /v1/webhooks", "records GET /v1/webhooks/{webhook}", "records POST /v1/webhooks/{webhook}/test",
        "records POST /v1/webhooks/{webhook}/pause", "records POST /v1/webhooks/{webhook}/resume",
        "records GET /v1/webhooks/{webhook}/deliveries", "records POST /v1/webhooks/{webhook}/resend",
        "records DELETE /v1/webhooks/{webhook}",
    ], _OWN + "; exports select by `shown` (test_export), webhooks carry ids"),
    **dict.fromkeys([
        "records POST /v1/subject-requests", "records GET /v1/subject-requests",
        "records GET /v1/subject-requests/{subject_request}",
        "records POST /v1/subject-requests/{subject_request}/answer",
        "records POST /v1/identity/merges", "records GET /v1/identity/merges",
        "records GET /v1/identity/merges/{merge_id}", "records POST /v1/identity/merges/{merge_id}/undo",
        "records GET /v1/identity/reviews", "records POST /v1/identity/reviews",
        "records GET /v1/identity/reviews/{review}", "records POST /v1/identity/reviews/{review}/decision",
    ], "who persons are, for those who keep the register; by `known_to` and tested with them"),
    **dict.fromkeys([
        "records GET /v1/families/{family}", "records PUT /v1/families/{family}",
        "records GET /v1/families/{family}/group",
    ], "members by `visible_to`, each logged; hidden members in test_families"),
    "records POST /fhir-r4/v1/Patient/$merge": "who persons are, for those who keep the register; tested with it",
    "records POST /fhir-r4/v1/{type}/$validate": "says what storing would say, shows nothing stored",
    "records POST /fhir-r4/v1/{type}/{id}/$validate": "says what storing would say, shows nothing stored",
    "records POST /fhir-r4/v1/Patient/{id}/$summary": "the same function as GET",
    "records GET /internal/access": "in test_what_other_services_are_told",
    "records POST /internal/visible": "in test_what_other_services_are_told",
    "records POST /internal/shown": "in test_what_other_services_are_told",
    "records POST /internal/recorders": "names practitioners only, of what is shown (test_identity_for_letters)",
    "records GET /v1/visits/left-open": "a sender's own visits, which it always sees (test_left_open)",
    "records GET /internal/left-open": "a sender's own visits, which it always sees (test_left_open)",
    "records POST /internal/resume": "what a sender hands on of what it sees, walked in test_resume",
    "records POST /internal/sending": "the same, and whether the caller is known, in test_what_other_services_are_told",
    "referrals GET /v1/referrals": "walked in tests/service/referrals/test_access_walk",
    "referrals GET /v1/referrals/{referral}": "walked in tests/service/referrals/test_access_walk",
    "referrals POST /v1/referrals/{referral}/{verb}": "walked in tests/service/referrals/test_access_walk",
    "referrals GET /v1/referrals/stream": "that something moved, never whose; walked with the others",
    "referrals GET /v1/referrals/follow-ups": "codes and days for the home facility, who asked, and the office; logged",
    "referrals POST /v1/referrals/follow-ups/{referral}": "the home facility's and the office's, each logged",
    "referrals GET /v1/referrals/{referral}/letter": "who may read the referral's content; the person by records' word",
    "referrals PUT /v1/referrals/{referral}/numbers": "numbers of the referral, to its sender; nothing of the person",
    "indicators GET /v1/indicators/{standard}/units": _DECIDED,
    "indicators GET /v1/indicators/plausibility/entries": _DECIDED,
    "indicators GET /v1/indicators/plausibility/remeasure": _DECIDED,
    "indicators GET /v1/indicators/{standard}/units/{unit_id}": _DECIDED,
    "indicators GET /v1/reports/{report}/restatement/{standard}": _DECIDED,
    "indicators GET /v1/worklists": _DECIDED,
    "indicators GET /v1/worklists/claims": _DECIDED,
    "indicators POST /v1/worklists/claims/{outcome}/answer": _DECIDED,
    "indicators GET /v1/worklists/{person}": _DECIDED,
    "indicators POST /v1/worklists/{person}/outcomes": _DECIDED,
    "indicators GET /v1/indicators/panels/{cluster}/{line}/persons": _DECIDED,
    "indicators GET /v1/surveillance/{code}/cases": _DECIDED,
    "indicators GET /v1/surveillance/tb/{step}/persons": _DECIDED,
    "coverage POST /v1/eligibility": _DECIDED,
    "coverage GET /v1/coverage/{person_id}": _DECIDED,
}  # fmt: skip
"""Routes that are not walked here, and why."""


def test_every_route_is_in_a_table() -> None:
    known = {*SHOWS, *AT_MOST, *ELSEWHERE}
    there = {
        f"{name} {method} {path}"
        for name in topology.NAMES
        if name != "facilities"
        for method, path, guard in operations(built(name))
        if isinstance(guard, Allow) and not (path.endswith("/") and path != "/")
    }
    assert sorted(there - known) == [], "say in this file what it shows, or why it shows nobody"
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
