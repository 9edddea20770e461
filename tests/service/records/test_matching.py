"""What a conditional write asks: at most two ids of a search's matches that the actor may see."""

from collections.abc import Callable

import httpx

from services.kernel.app import App
from services.kernel.auth import Actor
from services.records import params
from services.records.queries.search import matching
from tests.service.records.bodies import BASE, NIK, nik, patient, systolic


async def test_matching(records: App, caller: Callable[..., httpx.AsyncClient]) -> None:
    a, number = caller("KLINIK-A"), nik()
    person = (await a.post(f"{BASE}/Patient", json=patient(number))).json()["id"]
    ids = [(await a.post(f"{BASE}/Observation", json=systolic(person))).json()["id"] for _ in range(3)]

    async def ask(facility: str, type_: str, *items: tuple[str, str]) -> list[str]:
        query = params.parse(type_, items, page=50, max_page=500, strict=True)
        actor = Actor(subject=facility, role="clinic-system", facility=facility, face="fhir", token="x")
        async with records.state.service.db.reading() as conn:
            today = records.state.service.clock.today()
            return await matching(conn, actor, today, query)

    assert await ask("KLINIK-A", "Patient", ("identifier", f"{NIK}|{number}")) == [person]
    assert await ask("KLINIK-A", "Observation", ("patient", person), ("code", "8480-6")) == ids[:2]
    assert await ask("TPMD-B", "Observation", ("patient", person)) == []
    assert await ask("TPMD-B", "Patient", ("identifier", f"{NIK}|{number}")) == []
