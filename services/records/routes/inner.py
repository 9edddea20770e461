"""For peers only: persons by number, a person's numbers, may this caller see these persons, who is this person."""

from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from services.kernel.auth import CARE_ROLES, Actor, Role, allow, peers_only
from services.kernel.service import Svc
from services.records.contract.payer import VisitTold
from services.records.usecases import identity as who
from services.records.usecases import insured as insuring
from services.records.usecases import payer, people, presenting, summarising
from services.records.visit.words import diagnoses

router = APIRouter(prefix="/internal", include_in_schema=False)
Anyone = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN, Role.JKN_CONNECTOR))]


class Persons(BaseModel):
    """Person ids to ask about."""

    person_ids: list[str]


@router.get("/persons", dependencies=[Depends(peers_only)])
async def person(service: Svc, system: str, value: str) -> dict[str, Any]:
    """The person behind a number, or 404."""
    return await people.person_by_identifier(service, system, value)


@router.get("/persons/{person_id}/identifiers", dependencies=[Depends(peers_only)])
async def identifiers(service: Svc, person_id: str) -> list[dict[str, str]]:
    """A person's numbers."""
    return await people.identifiers(service, person_id)


class Presented(BaseModel):
    """Who presents themselves to which facility, through whom: numbers, and when the record does not know them, all
    else that was said."""

    facility: str
    subject: str
    origin: str = "-"
    request_id: str = "-"
    nik: str | None = None
    jkn: str | None = None
    kk: str | None = None
    mrn: str | None = None
    name: str | None = None
    sex: str | None = None
    birth_date: date | None = None
    phone: str | None = None
    line: str = ""
    village_code: str = ""
    village: str = ""
    kecamatan: str = ""
    district: str = ""
    rt: str | None = None
    rw: str | None = None


@router.post("/registrations", dependencies=[Depends(peers_only)])
async def register(service: Svc, said: Presented) -> dict[str, str]:
    """Register somebody who presents themselves to a facility in a peer's own way in; logged as the patient's wish."""
    actor = Actor(
        subject=said.subject, role=Role.JKN_CONNECTOR, facility=said.facility, purpose="PATRQT", origin=said.origin,
        request_id=said.request_id,
    )  # fmt: skip
    described = None
    if said.name and said.sex and said.birth_date:
        place = presenting.Place(
            said.line, said.village_code, said.village, said.kecamatan, said.district, said.rt, said.rw
        )
        described = presenting.Described(
            said.name, said.sex, said.birth_date, said.kk, said.mrn, said.phone, place
        )  # fmt: skip
    made = await presenting.present(service, actor, said.nik, said.jkn, described)
    return {"person_id": made.person_id or made.id, "patient_id": made.id}


class ManyNumbers(BaseModel):
    """NIK and card number of many people, at most 1,000."""

    numbers: Annotated[list[tuple[str | None, str | None]], Field(max_length=1000)]


@router.post("/persons/matched", dependencies=[Depends(peers_only)])
async def matched(service: Svc, asked: ManyNumbers) -> list[dict[str, Any] | None]:
    """Whom each of them belongs to, in the same order: person, village, whether the two numbers name two persons."""
    return await insuring.matched(service, asked.numbers)


@router.get("/persons/{person_id}/insured", dependencies=[Depends(peers_only)])
async def insured(service: Svc, person_id: str, facility: str, since: date, until: date) -> dict[str, Any]:
    """What eligibility turns on: the person now, their Patient, birth date, mother, and visits at a facility."""
    return await insuring.insured(service, person_id, facility, since, until)


class Printed(BaseModel):
    """What a letter says of its patient."""

    birth_date: date | None = None
    nik_end: str | None = None


@router.post("/persons/{person_id}/match", dependencies=[Depends(peers_only)])
async def match(service: Svc, person_id: str, printed: Printed) -> dict[str, bool | None]:
    """Whether that is so; null when it is not on record. The peer counts the tries and logs them."""
    return {"match": await who.matches(service, person_id, printed.birth_date, printed.nik_end)}


@router.get("/persons/{person_id}/identity")
async def identity(service: Svc, actor: Anyone, person_id: str) -> dict[str, str | None]:
    """Who this is, by the caller's own rights (whose token the peer passes on), logged here as read by the caller."""
    return await who.identity(service, actor, person_id)


@router.get("/diagnoses/{code}", dependencies=[Depends(peers_only)])
async def diagnosis(code: str) -> dict[str, str | None]:
    """What a diagnosis is called in Indonesian; null when our short list does not hold it."""
    return {"name": diagnoses().names.get(code)}


@router.get("/residents", dependencies=[Depends(peers_only)])
async def residents(service: Svc, village: Annotated[list[str], Query(max_length=1000)]) -> dict[str, int]:
    """How many people live in some villages: an area with residents does not end without a successor."""
    return {"residents": await people.residents(service, village)}


@router.get("/visits-of-day", dependencies=[Depends(peers_only)])
async def visits_of_day(service: Svc, facility: str, day: date, finished: bool = False) -> list[dict[str, str]]:
    """Which visits a facility wrote of one day, and of whom: ids only, to be compared with what a payer lists."""
    return await people.visits_of_day(service, facility, day, finished=finished)


class Resources(BaseModel):
    """Resources to ask about, as "Type/id"."""

    resources: list[str]


class Handed(BaseModel):
    """Whose resume a referral takes along, for which diagnosis, and which facilities may be asked."""

    person: str
    diagnosis: str
    facilities: list[str]


class Wanted(BaseModel):
    """Who is asked about, for which facilities, and the sensitive classes the resume speaks of."""

    person: str
    facilities: list[str]
    classes: list[str] = []


@router.post("/resume")
async def resume(service: Svc, actor: Anyone, asked: Handed) -> dict[str, Any]:
    """What a sender hands on of the record with a referral, and from which facilities it is kept."""
    return await summarising.for_referral(service, actor, asked.person, asked.diagnosis, asked.facilities)


class Sending(BaseModel):
    """Whom somebody is about to refer, by id or by number, for what, and which facilities may be asked; none for a
    draft."""

    person: str | None = None
    system: str = ""
    value: str = ""
    diagnosis: str
    facilities: list[str] | None = None


@router.post("/sending")
async def sending(service: Svc, actor: Anyone, asked: Sending) -> Response:
    """Who that is (null: nobody we know), whether the caller may act for them, and what goes along, at once."""
    person = asked.person or await people.person_of(service, asked.system, asked.value)
    found: dict[str, Any] = {"person": None, "known": False, "resume": None}
    if person is not None:
        found = await summarising.before_sending(service, actor, person, asked.diagnosis, asked.facilities)
    return Response(orjson.dumps(found), media_type="application/json")


@router.post("/kept", dependencies=[Depends(peers_only)])
async def kept(service: Svc, asked: Wanted) -> dict[str, str | None]:
    """What keeps a person's record from each of these facilities today: `consent`, `agreement` or nothing."""
    return await summarising.kept_from(service, asked.person, asked.facilities, asked.classes)


@router.get("/visits/{visit}/payer", dependencies=[Depends(peers_only)])
async def to_payer(service: Svc, visit: str, shown: bool = False) -> VisitTold:
    """One visit as its facility owes it to BPJS, logged here as disclosed for payment; 404 when there is none.

    `shown`: to somebody who has opened the visit by their own token just now, which is logged; BPJS is not told.
    """
    return await payer.tell(service, visit, disclosed=not shown)


@router.get("/access")
async def access(service: Svc, actor: Anyone, person: str) -> dict[str, bool | str]:
    """May the caller (whose token the peer passes on) see this person's record (`allowed`), and act for this person
    (`known`)? Who is it now, after merges? `opened`: what is shown is to be logged with the purpose BTG."""
    found = await people.decided(service, actor, person)
    return {"allowed": found.allowed, "known": found.known, "opened": found.opened, "person": found.person}


@router.post("/visible")
async def visible(service: Svc, actor: Anyone, asked: Persons) -> dict[str, list[str]]:
    """Which of these persons the caller may see, and for which of them the glass is broken."""
    seen = await people.visible(service, actor, asked.person_ids)
    return {"visible": seen, "opened": await people.opened(service, actor, seen)}


@router.post("/shown")
async def shown(service: Svc, actor: Anyone, asked: Resources) -> dict[str, list[str]]:
    """Which of these resources the caller may see."""
    return {"shown": await people.shown(service, actor, asked.resources)}


@router.post("/recorders")
async def recorders(service: Svc, actor: Anyone, asked: Resources) -> dict[str, str]:
    """Who recorded these resources, of those the caller may see."""
    return await people.recorded(service, actor, asked.resources)


class Named(Persons):
    """Person ids to ask about; `numbers`: with their NIK and JKN number, for a list that an office asks for by them."""

    numbers: bool = False


@router.post("/names")
async def names(service: Svc, actor: Anyone, asked: Named) -> dict[str, dict[str, str | None]]:
    """Who these persons are, of those the caller (whose token the peer passes on) may see; logged here, one by one."""
    return await who.names(service, actor, asked.person_ids, asked.numbers)


@router.get("/posyandu/{posyandu}", dependencies=[Depends(peers_only)])
async def of_posyandu(service: Svc, posyandu: str, village: str | None = None) -> dict[str, list[str]]:
    """Who belongs to a posyandu by the family folder (`mine`), and who to another one of the village (`others`)."""
    found = await people.of_posyandu(service, posyandu, village)
    return {"mine": found.mine, "others": found.others}
