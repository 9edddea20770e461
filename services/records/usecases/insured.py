"""What the JKN service asks of the record. No name leaves, and nothing is stored there but person ids."""

from datetime import date
from typing import Any

import orjson

from services.kernel.problems import NotFound, Text
from services.kernel.service import Service
from services.records import rules
from services.records.queries import insured as queries
from services.records.queries import merging
from services.records.usecases.people import person_of


async def matched(service: Service, numbers: list[tuple[str | None, str | None]]) -> list[dict[str, Any] | None]:
    """Whom each pair (NIK, card number) belongs to, in the same order."""
    async with service.db.reading() as conn:
        return await queries.matched(conn, numbers)


async def insured(service: Service, person: str, facility: str, since: date, until: date) -> dict[str, Any]:
    """Who this is now and what eligibility turns on: Patient id, birth date, mother (a person, or her NIK while she is
    nobody here), and on how many days a facility saw them. Raises NotFound."""
    async with service.db.reading() as conn:
        person = await queries.person_of_patient(conn, person) or person
        now_is = (await merging.standing(conn, [person]))[person]
        found = await queries.insured(conn, now_is, facility, since, until, str(service.clock.zone))
    if found is None:
        raise NotFound(Text("Orang ini belum tercatat", "This person is not in the record"))
    nik = rules.mothers_nik(orjson.loads(found.pop("body") or b"{}"))
    mother = await person_of(service, "nik", nik) if nik else None
    return found | {"mother": mother, "mother_nik": nik}
