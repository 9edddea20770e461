"""32 registrations of one person at once, through every door and several facilities: one person, one Patient."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.service.records.bodies import BASE, NIK, bundle, nik, patient

Caller = Callable[..., httpx.AsyncClient]
ID = "https://fhir.kemkes.go.id/id/"
FACILITIES = ("KLINIK-A", "TPMD-B", "PKM-C")
TIMES = 32


def visit(**who: Any) -> dict[str, Any]:
    return {"patient": {"name": "Siti Aminah", "sex": "P", **who}, "at": "2026-03-01T08:00:00+07:00"}


def doors(patient_of: Callable[[], dict[str, Any]], plain: dict[str, Any] | None) -> list[Callable[..., Any]]:
    """The ways to register: create, update under an id of one's own, a Bundle, and a plain-JSON visit."""

    def transaction() -> dict[str, Any]:
        whole = bundle("x")
        whole["entry"][0]["resource"] = patient_of()
        return whole

    async def own(client: httpx.AsyncClient) -> httpx.Response:
        id_ = str(uuid.uuid4())
        return await client.put(f"{BASE}/Patient/{id_}", json=patient_of() | {"id": id_})

    ways: list[Callable[..., Any]] = [
        lambda c: c.post(f"{BASE}/Patient", json=patient_of()),
        own,
        lambda c: c.post(BASE, json=transaction()),
    ]
    if plain is not None:
        ways.append(lambda c: c.post("/v1/visits", json=plain))
    return ways


def newborn(mother: str) -> dict[str, Any]:
    numbers = [{"system": ID + "nik-ibu", "value": mother}]
    return patient("", identifier=numbers, birthDate="2026-01-05", multipleBirthInteger=2)


def known_by(system: str, value: str) -> Callable[[], dict[str, Any]]:
    return lambda: patient("", identifier=[{"system": ID + system, "value": value}])


@pytest.mark.parametrize("how", ["nik", "newborn", "paspor", "ihs-number", "patient-ihs-number", "bpjs"])
async def test_many_at_once_are_one_person(caller: Caller, sql: Any, how: str) -> None:
    number = nik()
    value = {"paspor": f"C{number[-7:]}", "bpjs": number[-13:]}.get(how, f"P{number[-11:]}")
    bodies: dict[str, tuple[Callable[[], dict[str, Any]], dict[str, Any] | None]] = {
        "nik": (lambda: patient(number), visit(nik=number, birth_date="1990-07-01")),
        "newborn": (
            lambda: newborn(number),
            visit(nik_ibu=number, birth_order=2, birth_date="2026-01-05"),
        ),
    }
    make, plain = bodies.get(how, (known_by(how, value), None))
    ways, clients = doors(make, plain), [caller(f) for f in FACILITIES]
    wishes = [ways[n % len(ways)](clients[n % len(clients)]) for n in range(TIMES)]
    answers = await asyncio.gather(*wishes)
    assert {r.status_code for r in answers} <= {200, 201}, [r.text for r in answers if r.status_code > 201]
    system, found = (NIK, number) if how == "nik" else (ID + how.replace("patient-", ""), value)
    if how == "newborn":
        system, found = ID + "nik-ibu", f"{number}|2026-01-05|2|female"
    persons = await sql("SELECT person_id FROM person_identifier WHERE system = $1 AND value = $2", system, found)
    assert len(persons) == 1
    person = persons[0]["person_id"]
    counted = await sql(
        "SELECT count(*) FILTER (WHERE type = 'Patient') AS patients,"
        " count(*) FILTER (WHERE type = 'Encounter') AS visits, count(DISTINCT person_id) AS persons"
        " FROM resource WHERE person_id = $1 OR id IN (SELECT patient_id FROM person WHERE person_id = $1)",
        person,
    )
    bundles = sum(n % len(ways) >= 2 for n in range(TIMES))
    assert tuple(counted[0]) == (1, bundles, 1)
    said = {r.json()["id"] for r in answers if r.json().get("resourceType") == "Patient"}
    assert len(said) == 1, "everyone is told the same Patient"
    for client in clients:
        assert (await client.get(f"{BASE}/Patient/{said.copy().pop()}")).status_code == 200


async def test_twins_at_once_are_two(caller: Caller) -> None:
    number, clients = nik(), [caller(f) for f in FACILITIES]
    wishes = [
        clients[n % 3].post(f"{BASE}/Patient", json=newborn(number) | {"multipleBirthInteger": 1 + n % 2})
        for n in range(TIMES)
    ]
    answers = await asyncio.gather(*wishes)
    assert {r.status_code for r in answers} <= {200, 201}
    assert len({r.json()["id"] for r in answers}) == 2
