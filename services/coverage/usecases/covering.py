"""Membership over FHIR: Coverage read and searched, eligibility asked and answered."""

import re
from typing import Any

import orjson
from pydantic import ValidationError

from services.coverage import fhir, peers
from services.coverage.contract import Eligibility, EligibilityQuestion
from services.coverage.fhir import COB, NIK, REQUEST, Asked, Covered, EligibilityRequest
from services.coverage.queries import members
from services.coverage.settings import CoverageSettings
from services.coverage.usecases import eligibility
from services.coverage.usecases.eligibility import known_as, numbering
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.ids import new_id
from services.kernel.problems import Fault, Gone, NotFound, Refused, Text, Unprocessable
from services.kernel.service import Service

_PATIENT = re.compile(r"^(?:.*/)?Patient/([A-Za-z0-9\-.]{1,64})(?:/_history/\d+)?$|^([A-Za-z0-9\-.]{1,64})$")
_NOBODY = Text("Sumber daya ini tidak ada", "There is no such resource")


def card_system(service: Service) -> str:
    """The system a card number is written under."""
    return CoverageSettings.of(service.settings).card_system


async def read(service: Service, actor: Actor, id_: str) -> dict[str, Any] | None:
    """One Coverage by the person it is of; None when no person has this id. Raises Refused, NotFound."""
    if await _insured(service, id_.removesuffix(COB)) is None:
        return None
    found = await _of(service, actor, id_.removesuffix(COB))
    for one in found:
        if one["id"] == id_:
            return one
    raise NotFound(_NOBODY)


async def _of(service: Service, actor: Actor, person: str) -> list[dict[str, Any]]:
    """The Coverages of a person; logged as seen. Raises Refused, NotFound."""
    known = await eligibility.last_known(service, actor, person)
    assert known.person_id is not None  # noqa: S101 - of a person
    told = await _insured(service, known.person_id)
    numbers = await peers.numbers_of(service, known.person_id)
    card = numbers.jkn if numbers else None
    if card is None:
        async with service.db.reading() as conn:
            card = numbering(service).opened(await members.listed_card(conn, known.person_id))
    patient = told.patient if told else known.person_id
    return fhir.coverages(Covered(known.person_id, patient, card, card_system(service)), known)


async def _insured(service: Service, patient: str) -> peers.Insured | None:
    today = service.clock.today()
    return await peers.insured(service, patient, "-", today, today)


async def search(service: Service, actor: Actor, asked: dict[str, str]) -> list[dict[str, Any]]:
    """Coverages by whose they are or by card number. Whom the actor may not see is found by no condition."""
    person = await _person(service, actor, asked, "beneficiary", "patient")
    if person is None and "_id" in asked:
        person = asked["_id"].removesuffix(COB)
    number = _number(service, asked)
    named = person is not None
    if person is None and number:
        person = await peers.person_of(service, "jkn", number)
    if person is None:
        return []
    try:
        found = await _of(service, actor, person)
    except (NotFound, Refused, Gone):
        return []
    numbered = named and not _NUMBERED.isdisjoint(asked)
    if numbered and (number is None or found[0].get("subscriberId") != number):
        return []
    status = asked.get("status")
    return [
        c for c in found if (not status or c["status"] in status.split(",")) and asked.get("_id", c["id"]) == c["id"]
    ]


async def _person(service: Service, actor: Actor, asked: dict[str, str], *names: str) -> str | None:
    """The person a search names by Patient. Raises Unprocessable for what is no Patient."""
    said = next((asked[n] for n in names if n in asked), None)
    if said is None:
        return None
    found = _PATIENT.match(said)
    if found is None:
        raise Unprocessable(Text("Perbaiki parameter", "Mend the parameter"), [Fault(names[0], _NOT_PATIENT, "value")])
    told = await _insured(service, found[1] or found[2])
    return told.person if told else None


_NO_SUCH_NUMBER = Text("harus NIK atau nomor kartu JKN", "must be a NIK or card number")
_NOT_PATIENT = Text("harus Patient/{id}", "must be Patient/{id}")


_NUMBERED = frozenset({"subscriber-id", "subscriberid", "identifier"})


def _number(service: Service, asked: dict[str, str]) -> str | None:
    """The card number a search names, bare or with its system."""
    said = next((asked[n] for n in ("subscriber-id", "subscriberid", "identifier") if n in asked), "")
    system, bar, value = said.rpartition("|")
    return value if value and (not bar or system == card_system(service)) else None


async def ask(
    service: Service, actor: Actor, said: EligibilityRequest, max_age: int | None
) -> tuple[dict[str, Any], bool]:
    """The answer to a CoverageEligibilityRequest, and whether both are kept (they are, of a known person). Raises
    Refused, NotFound, Unprocessable."""
    question = await _question(service, said, max_age)
    known = await eligibility.check_eligibility(service, actor, question)
    told = await _insured(service, known.person_id) if known.person_id else None
    by_number = said.patient.model_dump(exclude_none=True)
    patient = {"reference": f"Patient/{told.patient}"} if told else by_number
    asked = Asked(new_id(), patient, service.clock.now())
    answer = fhir.response(known, asked, list(said.purpose))
    if known.person_id is None:
        answer.pop("request", None)
        return answer, False
    await _keep(service, actor, said, asked, known, answer)
    return answer, True


async def _keep(
    service: Service,
    actor: Actor,
    said: EligibilityRequest,
    asked: Asked,
    known: Eligibility,
    answer: dict[str, Any],
) -> None:
    async with service.db.transaction() as tx:
        await members.keep_asked(
            tx, asked.id, str(known.person_id), actor.facility, actor.subject, asked.at,
            orjson.dumps(fhir.request(said, asked)).decode(), orjson.dumps(answer).decode(),
        )  # fmt: skip
        await access.log(tx, [Access(actor, known.person_id, "write", REQUEST, resources=[f"{REQUEST}/{asked.id}"])])


async def _question(service: Service, said: EligibilityRequest, max_age: int | None) -> EligibilityQuestion:
    """A FHIR question in our words. A number that cannot be one is refused: a NIK of zeros never matches anybody."""
    number, day = said.patient.identifier, said.day
    by: dict[str, str] = {}
    if said.patient.reference is not None:
        found = _PATIENT.match(said.patient.reference)
        told = await _insured(service, found[1] or found[2]) if found else None
        if told is None:
            raise _wrong("patient.reference", Text("pasien ini tidak dikenal", "this patient is not known"))
        by = {"person_id": told.person}
    elif number is not None and number.system == NIK:
        by = {"nik": number.value}
    elif number is not None and number.system == card_system(service):
        by = {"jkn": number.value}
    else:
        raise _wrong(
            "patient.identifier.system", Text("harus NIK atau nomor kartu JKN", "must be a NIK or card number")
        )
    try:
        return EligibilityQuestion(**by, serviced_date=day, max_age=max_age)
    except ValidationError:
        said_ = Text("nomor ini tidak sah", "this is no valid number")
        raise _wrong("patient.identifier.value", said_) from None


def _wrong(where: str, said: Text) -> Unprocessable:
    return Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), [Fault(where, said, "value")])


async def kept(service: Service, actor: Actor, type_: str, id_: str) -> str | None:
    """A kept question or answer, as it was; None when it is not ours. Raises Refused."""
    async with service.db.reading() as conn:
        row = await members.asked(conn, id_)
    if row is None:
        return None
    actor, person = await known_as(service, actor, row["person_id"], type_)
    async with service.db.transaction() as tx:
        await access.log(tx, [Access(actor, person, "read", type_, resources=[f"{type_}/{id_}"])])
    return str(row["request" if type_ == REQUEST else "response"])


async def search_kept(service: Service, actor: Actor, type_: str, asked: dict[str, str]) -> list[dict[str, Any]]:
    """Kept questions or answers of a patient, newest first; nothing of whom the actor may not see."""
    person = await _person(service, actor, asked, "patient")
    if person is None:
        return []
    try:
        actor, person = await known_as(service, actor, person, type_)
    except Refused:
        return []
    async with service.db.transaction() as tx:
        rows = await members.asked_of(tx, person)
        bodies = [orjson.loads(r["request" if type_ == REQUEST else "response"]) for r in rows]
        wanted = asked.get("request", "").rpartition("/")[2]
        bodies = [b for b in bodies if not wanted or b["id"] == wanted]
        refs = [f"{type_}/{b['id']}" for b in bodies]
        await access.log(tx, [Access(actor, person, "search", type_, resources=refs)])
    return bodies
