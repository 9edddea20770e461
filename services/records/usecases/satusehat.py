"""Writing as SATUSEHAT does: a newborn comes with the mother, a national number is a person though nobody told us who.

A clinic that sends to SATUSEHAT and to us refers to its patients by the national number it was given there. Such a
person is entered by that number alone; who it is comes with the first registration that states it.
"""

import re

from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.problems import Unprocessable
from services.kernel.service import Service
from services.records import exact, face, rules
from services.records.fhir import extract
from services.records.queries import store
from services.records.usecases import writing
from services.records.usecases.entries import Also, Entered, Entry, MakeEntries, Outcome, patient_named
from services.records.usecases.writing import Writing

_NUMBER = re.compile(r"P\d{11}")


async def register(service: Service, actor: Actor, make: MakeEntries) -> tuple[Outcome, str | None]:
    """Register a Patient; with it, in the same transaction, the mother of a newborn known by her NIK only.

    Returns what became of the Patient and the mother's RelatedPerson, when one was made.
    """
    made: list[str] = []

    async def mother(tx: Tx, outcomes: list[Outcome]) -> None:
        made.clear()
        if outcomes[0].status != 201:
            return
        related = face.mother_of(exact.loads(outcomes[0].body.encode()), outcomes[0].id)
        if related is not None:
            done = await Writing(service, actor, tx, [Entry("create", "RelatedPerson", related)]).run()
            made.append(done[0].id)

    outcome = (await writing.write(service, actor, make, also=mother))[0]
    return outcome, made[0] if made else None


async def write(service: Service, actor: Actor, make: MakeEntries, *, also: Also | None = None) -> list[Outcome]:
    """As `writing.write`; persons referred to by a national number the record does not know are entered by it."""
    try:
        return await writing.write(service, actor, make, also=also)
    except Unprocessable:
        numbers = _numbers(make())
        if not numbers:
            raise
    unknown = await _unknown(service, numbers)
    if not unknown:  # not any more, or something else is wrong
        return await writing.write(service, actor, make, also=also)

    async def theirs(tx: Tx, outcomes: list[Outcome]) -> None:
        if also is not None:
            await also(tx, outcomes[len(unknown) :])

    try:
        outcomes = await writing.write(service, actor, lambda: [*map(_by_number, unknown), *make()], also=theirs)
    except Entered:  # by another request, meanwhile
        return await write(service, actor, make, also=also)
    return outcomes[len(unknown) :]


def _numbers(entries: list[Entry]) -> list[str]:
    named = {patient_named(extract(e.resource)) for e in entries if e.resource}
    return sorted(n for n in named if isinstance(n, str) and _NUMBER.fullmatch(n))


async def _unknown(service: Service, numbers: list[str]) -> list[str]:
    async with service.db.reading() as conn:
        found = await store.resolve(conn, numbers, [])
    return [n for n in numbers if n not in found.patients]


def _by_number(number: str) -> Entry:
    body = {"resourceType": "Patient", "active": True, "identifier": [{"system": rules.IHS, "value": number}]}
    return Entry("upsert", "Patient", body, number, entered=True)
