"""Every parameter of the table works: for each type and parameter a resource that has the value is found by it, is
not found by another value, and `:missing` tells it from one that has none."""

import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import orjson
import pytest

from services.kernel.app import App
from services.records import capability
from services.records.fhir import extract
from services.records.params.table import Param, Place, table
from services.records.params.values import pointer
from services.records.schema.compiled import definition
from tests.service.records.bodies import BASE, nik, patient
from tests.service.records.conftest import own_record

MOMENT, OTHER = "2026-03-05T10:00:00+07:00", "2019"
SYSTEM, CODE, WORD = "urn:contoh:sistem", "KODE-7", "Melati"
VALUES: dict[str, Any] = {
    "CodeableConcept": {"coding": [{"system": SYSTEM, "code": CODE, "display": WORD}]},
    "Coding": {"system": SYSTEM, "code": CODE, "display": WORD},
    "Identifier": {"system": SYSTEM, "value": CODE},
    "ContactPoint": {"system": "phone", "value": CODE},
    "HumanName": {"text": f"Sari {WORD} Putri"},
    "Address": {"text": f"Jalan {WORD} 7"},
    "Period": {"start": MOMENT, "end": MOMENT},
    "Timing": {"event": [MOMENT]},
    "Range": {"low": {"value": 7}, "high": {"value": 7}},
    "SampledData": {"origin": {"value": 7}},
    "boolean": True, "decimal": 7, "integer": 7, "date": MOMENT[:10], "dateTime": MOMENT, "instant": MOMENT,
    "exists": MOMENT,
}  # fmt: skip


def sample(param: Param, place: Place, person: str) -> Any:
    """A value of the place's datatype."""
    if place.datatype in ("Quantity", "Age", "Duration", "Money", "SimpleQuantity"):
        return {"value": 7, "unit": "mg", "code": "mg", "system": "http://unitsofmeasure.org"}
    if param.kind == "reference":
        text = target(param, place, person)
        return {"reference": text} if place.datatype == "Reference" else text
    if place.datatype == "ContactPoint" and "system ==" in place.path:
        return {"system": place.path.split('"')[1], "value": CODE}
    return VALUES.get(place.datatype, WORD if param.kind == "string" else CODE)


def target(param: Param, place: Place, person: str) -> str:
    if param.column == "person":
        return f"Patient/{person}"
    only = place.only or next((t for t in param.targets if t not in ("Resource", "Patient")), "Organization")
    return f"{'Organization' if param.column == 'organization' else only}/sasaran-7"


def asked(param: Param, place: Place, person: str) -> tuple[str, str]:
    """A value that finds the sample, and one that does not."""
    match param.kind:
        case "token" if place.datatype in ("boolean", "exists"):
            return "true", "false"
        case "token":
            return CODE, "LAIN"
        case "reference":
            return target(param, place, person), "Patient/tidak-ada"
        case "date":
            return "2026-03-05", OTHER
        case "string":
            return WORD.lower(), "zzz"
        case "number" | "quantity":
            return "7", "gt8"
    return CODE, "urn:lain"


def put(type_: str, path: str, value: Any) -> dict[str, Any]:
    """A body of the type with a value at a path; lists where the type has lists."""
    body: dict[str, Any] = {}
    node, owner = body, type_
    steps = path.removeprefix("$.").split(" ")[0].split(".")
    for n, step in enumerate(steps):
        shape = definition(owner).get("properties", {}).get(step, {})
        inner: Any = value if n == len(steps) - 1 else {}
        node[step] = [inner] if shape.get("type") == "array" else inner
        owner = re.sub(r"^.*/", "", (shape.get("items") or shape).get("$ref", ""))
        node = inner
    for part in ("component", "condition"):  # what a writer is held to
        for one in body.get(part, ()) if type_ in ("Observation", "FamilyMemberHistory") else ():
            one.setdefault("code", {"text": "-"})
    return body


EVERY = [(t, n) for t, params in table().items() for n in params]


records = own_record()
"""A record of its own: thousands of resources alike would be in the way of others."""


@pytest.fixture(scope="module")
async def stored(records: App) -> AsyncIterator[str]:
    """One resource for each parameter, stored as a writer would; the id of the Patient they speak of."""
    from services.kernel.auth import Actor

    token, service = "tabel", records.state.service
    actor = Actor(subject="app-tabel", role="clinic-system", facility="KLINIK-A", face="fhir", token=token)
    service.auth._actors[token] = (actor, 2**40)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=records), base_url="http://t", headers={"authorization": f"Bearer {token}"}
    ) as client:
        person = (await client.post(f"{BASE}/Patient", json=patient(nik()))).json()["id"]
    async with service.db.transaction() as tx:
        for type_, name in EVERY:
            await _insert(tx, table()[type_][name], person)
            await _insert(tx, table()[type_][name], person, empty=True)
    yield person


async def _insert(tx: Any, param: Param, person: str, *, empty: bool = False) -> None:
    place, id_ = param.places[0], key(param) + ("-kosong" if empty else "")
    body = {"resourceType": param.type, "id": id_}
    if not empty:
        body |= put(param.type, place.path, sample(param, place, person))
    body |= {"id": id_}
    whose = person if param.column == "person" and not empty else None
    if param.type == "Patient":
        whose = id_
        await tx.execute(
            "INSERT INTO person (person_id, patient_id, name, birth_date) VALUES ($1, $1, $2, $3::text::date)",
            id_, f"sari {WORD.lower()} putri", body.get("birthDate"),
        )  # fmt: skip
        await tx.execute("INSERT INTO care_relation VALUES ($1, 'KLINIK-A', 'registration')", id_)
    e = extract(body)
    short = [pointer(text).id if text else None for text in (e.encounter, e.organization)]
    await tx.execute(
        "INSERT INTO resource (type, id, person_id, version, client, status, date, encounter_id, organization, codes,"
        " body, updated_at) VALUES ($1, $2, $3, 1, 'KLINIK-A', $4, $5, $6, $7, $8, $9, $10::text::timestamptz)",
        param.type, id_, whose, e.status, e.date, *short, e.codes, orjson.dumps(body).decode(),
        "2025-01-01" if empty or param.column != "updated_at" else MOMENT,
    )  # fmt: skip
    for system, value in e.identifiers:
        row = value, system, param.type, id_
        await tx.execute("INSERT INTO resource_identifier (value, system, type, id) VALUES ($1, $2, $3, $4)", *row)


def key(param: Param) -> str:
    return f"{param.name.replace('_', 'all-')}-{param.type}"[:58]


@pytest.mark.parametrize("type_", sorted(table()))
async def test_each_parameter(stored: str, caller: Callable[..., httpx.AsyncClient], type_: str) -> None:
    a = caller("KLINIK-A")
    failed = []
    for param in table()[type_].values():
        place = param.places[0]
        good, wrong = asked(param, place, stored)
        if param.column == "id":
            good, wrong = key(param), "tidak-ada"
        for value, wanted in ((good, True), (wrong, False)):
            answer = await a.get(f"{BASE}/{type_}", params={param.name: value, "_count": "500"})
            assert answer.status_code == 200, (type_, param.name, answer.text)
            ids = {e["resource"].get("id") for e in answer.json().get("entry", ())}
            if (key(param) in ids) != wanted or f"{key(param)}-kosong" in ids:
                failed.append((param.name, param.kind, place, value, wanted))
    assert not failed, failed


@pytest.mark.parametrize("type_", sorted(table()))
async def test_missing(stored: str, caller: Callable[..., httpx.AsyncClient], type_: str) -> None:
    a = caller("KLINIK-A")
    for param in table()[type_].values():
        if param.column in ("id", "updated_at"):
            continue
        for missing in ("true", "false"):
            asked_for = {f"{param.name}:missing": missing, "_id": f"{key(param)},{key(param)}-kosong"}
            ids = {e["resource"]["id"] for e in (await a.get(f"{BASE}/{type_}", params=asked_for)).json()["entry"]}
            assert ids == {key(param) + ("-kosong" if missing == "true" else "")}, param


async def test_the_statement_lists_the_table_and_nothing_else() -> None:
    rest = capability.statement("http://t/fhir-r4/v1")["rest"][0]["resource"]
    listed = {(r["type"], p["name"]) for r in rest for p in r["searchParam"]}
    answered_by_coverage = {("Coverage", "subscriber-id")}  # what `_NUMBER` of the statement says
    assert listed == {*EVERY, *answered_by_coverage} and len(EVERY) > 1300
