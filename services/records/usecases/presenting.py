"""Somebody presents themselves to a facility through a peer that cannot write here itself (the queue of Mobile JKN):
by numbers the record knows, or described in full. The record's own rules say who that is."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from services.kernel.auth import Actor
from services.kernel.service import Service
from services.records.queries import network
from services.records.room import room
from services.records.systems import PERSON
from services.records.usecases import writing
from services.records.usecases.entries import Entry, Outcome
from services.records.visit.patient import NUMBERS, to_patient
from services.records.visit.person import VisitAddress, VisitPatient


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody says they live: a village by code or by its names, and what they wrote."""

    line: str = ""
    code: str = ""
    village: str = ""
    kecamatan: str = ""
    district: str = ""
    rt: str | None = None
    rw: str | None = None


@dataclass(frozen=True, slots=True)
class Described:
    """Who somebody says they are."""

    name: str
    sex: str
    birth_date: date
    kk: str | None
    mrn: str | None
    phone: str | None
    place: Place


async def present(
    service: Service, actor: Actor, nik: str | None, jkn: str | None, described: Described | None
) -> Outcome:
    """Register whom these numbers prove; the facility has a care relation from then on. Raises Unprocessable."""
    if described is None:
        patient = _by_numbers(nik, jkn)
    else:
        patient = await _described(service, actor, nik, jkn, described)
    return (await writing.write(service, actor, lambda: [Entry("create", "Patient", dict(patient))]))[0]


def _by_numbers(nik: str | None, jkn: str | None) -> dict[str, Any]:
    given = [(PERSON + NUMBERS[field], value) for field, value in (("nik", nik), ("jkn", jkn)) if value]
    identifiers = [{"use": "official", "system": system, "value": value} for system, value in given]
    return {"resourceType": "Patient", "identifier": identifiers}


async def _described(
    service: Service, actor: Actor, nik: str | None, jkn: str | None, who: Described
) -> dict[str, Any]:
    place = who.place
    async with service.db.reading() as conn:
        village = await network.village(conn, place.code, (place.village, place.kecamatan, place.district))
    address = VisitAddress(line=place.line or None, village=village, rt=place.rt, rw=place.rw) if village else None
    patient = VisitPatient.model_validate(
        {"nik": nik, "jkn": jkn, "kk": who.kk, "mrn": who.mrn, "name": who.name, "sex": who.sex, "phone": who.phone,
         "birth_date": who.birth_date, "address": address}
    )  # fmt: skip
    found = to_patient(patient, room(service).organization_of(actor.facility))
    written = ", ".join(p for p in (place.line, place.village, place.kecamatan, place.district) if p)
    if village is None and written:  # an area we do not know by these names: as it was written
        found["address"] = [{"use": "home", "country": "ID", "text": written}]
    return found
