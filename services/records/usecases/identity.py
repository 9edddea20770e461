"""Who somebody is, for a letter: shown by the asker's own rights; and whether what a letter says of them is so."""

from datetime import date
from typing import Any

import orjson

from services.kernel.auth import Actor
from services.kernel.problems import NotFound, Text
from services.kernel.service import Service
from services.records import numbers, rules
from services.records.queries import merging, naming, people
from services.records.queries import persons as queries
from services.records.systems import ADMINISTRATIVE_CODE
from services.records.usecases import reading

_UNKNOWN = Text("Orang ini tidak ada di catatan bersama", "There is no such person in the record")


async def identity(service: Service, actor: Actor, person: str) -> dict[str, str | None]:
    """Name, numbers, birth date, sex, address, phone, as in the person's Patient, which is read and logged like any.

    Raises NotFound, Gone, Refused (logged).
    """
    async with service.db.reading() as conn:
        now_is = (await merging.standing(conn, [person]))[person]
        row = await queries.one(conn, now_is)
    if row is None:
        raise NotFound(_UNKNOWN)
    found = await reading.read(service, actor, "Patient", row["patient_id"])
    patient: dict[str, Any] = orjson.loads(found.body)
    return {**_held(patient, service.clock.today()), **_who(patient)}


def _held(patient: dict[str, Any], day: date) -> dict[str, str | None]:
    """NIK and JKN number of a Patient."""
    held = [(numbers.kind(i, day), i.get("value")) for i in patient.get("identifier") or ()]
    said = {kind.name: value for kind, value in reversed(held) if kind is not None}
    return {"nik": said.get("nik"), "jkn": said.get("jkn")}


async def names(
    service: Service, actor: Actor, persons: list[str], with_numbers: bool = False
) -> dict[str, dict[str, str | None]]:
    """Who these persons are, without their numbers unless these are asked for, for a list that a peer shows: each
    Patient decided and logged as if the actor read it; whom the actor may not see is left out."""
    async with service.db.reading() as conn:
        now_is = await merging.standing(conn, persons)
        found = await naming.names(conn, actor, service.clock.today(), now_is)
    service.db.signal()
    made = {person: orjson.loads(body) for person, body in found.items()}
    day = service.clock.today()
    return {person: _who(p) | (_held(p, day) if with_numbers else {}) for person, p in made.items()}


def _who(patient: dict[str, Any]) -> dict[str, str | None]:
    """Name, birth date, sex, address, phone of a Patient."""
    phones = [t["value"] for t in patient.get("telecom") or () if t.get("system") == "phone" and t.get("value")]
    return {
        "name": rules.spoken_name(patient),
        "born": patient.get("birthDate"),
        "sex": patient.get("gender"),
        "address": _address(patient),
        "phone": next(iter(phones), None),
    }


def _address(patient: dict[str, Any]) -> str | None:
    """The first address as one writes it, with RT and RW."""
    for address in patient.get("address") or ():
        parts = {
            inner.get("url"): inner.get("valueCode")
            for outer in address.get("extension") or () if outer.get("url") == ADMINISTRATIVE_CODE
            for inner in outer.get("extension") or ()
        }  # fmt: skip
        lane = "/".join(f"{name.upper()} {parts[name]}" for name in ("rt", "rw") if parts.get(name))
        written = address.get("text") or ", ".join([*(address.get("line") or ()), *([lane] if lane else [])])
        said = [p for p in (written, address.get("city")) if p and p not in ("-", "")]
        if said:
            return ", ".join(dict.fromkeys(said))
    return None


async def matches(service: Service, person: str, birth_date: date | None, nik_end: str | None) -> bool | None:
    """Whether somebody was born on this day, or has a NIK ending so; None when not on record. Raises NotFound."""
    async with service.db.reading() as conn:
        now_is = (await merging.standing(conn, [person]))[person]
        row = await queries.one(conn, now_is)
        if row is None:
            raise NotFound(_UNKNOWN)
        if birth_date is not None:
            return None if row["birth_date"] is None else bool(row["birth_date"] == birth_date)
        niks = [i["value"] for i in await people.identifiers(conn, now_is) if i["system"] == rules.NIK]
    return any(nik.endswith(str(nik_end)) for nik in niks) if niks else None
