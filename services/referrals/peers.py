"""What we ask of records: whom a sender may refer and what goes along, what may be shown, who that is; and of the
registry: for a letter the facilities and the practitioner, for candidates what it knows of where to refer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

import httpx
import orjson

from services.facilities.contract import CandidatesAsked, CandidatesFound
from services.kernel.auth import Actor
from services.kernel.problems import Problem, Refused, Text, Unauthenticated, Unavailable
from services.kernel.service import Service
from services.referrals.contract.letters import Claim
from services.referrals.rules.letters import House, Person, Signer
from services.referrals.rules.referrals import Party

RECORDS, FACILITIES = "http://records", "http://facilities"
TIMEOUT = 5.0
RESUME = 2.0
"""Patience with what a referral can do without."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the record says to a sender: who it is now (None: nobody it knows), whether the sender may act for them, and
    what goes along (None: not now)."""

    person: str | None
    known: bool
    resume: dict[str, Any] | None


async def sending(
    service: Service, actor: Actor, person: str | tuple[str, str], diagnosis: str, facilities: Sequence[str] | None,
    patience: float = TIMEOUT,
) -> Told:  # fmt: skip
    """What must be known of a person (an id, or system and number) before they are referred, in one question, decided
    by records, by the actor's own token. Raises Unavailable.

    A person who has opted out is still referred: the record stays closed, the way does not.
    """
    who = {"person": person} if isinstance(person, str) else dict(zip(("system", "value"), person, strict=True))
    body = who | {"diagnosis": diagnosis, "facilities": facilities}
    headers = _caller(actor) | {"x-peer-key": service.settings.peer_key.get_secret_value()}
    try:
        answer = await service.http.post(f"{RECORDS}/internal/sending", json=body, headers=headers, timeout=patience)
    except httpx.HTTPError:
        raise _away() from None
    if answer.status_code == 404:  # a release of records that does not know the question yet
        raise _away()
    return Told(**_answered(answer))


async def shown(service: Service, actor: Actor, referrals: Sequence[str]) -> frozenset[str]:
    """Those of these referrals whose ServiceRequest records shows this caller. Raises Unavailable."""
    body = {"resources": [f"ServiceRequest/{r}" for r in referrals]}
    answer = await _post(service, "/internal/shown", body, _caller(actor), TIMEOUT)
    return frozenset(str(ref).partition("/")[2] for ref in answer["shown"])


async def resume(
    service: Service, actor: Actor, person: str, diagnosis: str, facilities: Sequence[str]
) -> dict[str, Any]:
    """What the caller may hand on of a person's record with a referral, and what keeps it from each of these
    facilities. Raises Unavailable."""
    body = {"person": person, "diagnosis": diagnosis, "facilities": list(facilities)}
    found: dict[str, Any] = await _post(service, "/internal/resume", body, _caller(actor), RESUME)
    return found


async def kept(
    service: Service, person: str, facilities: Sequence[str], classes: Sequence[str]
) -> dict[str, str | None]:
    """What keeps a person's record from each of these facilities: `consent`, `agreement`, nothing. Raises
    Unavailable."""
    body = {"person": person, "facilities": list(facilities), "classes": list(classes)}
    found: dict[str, str | None] = await _post(service, "/internal/kept", body, {}, RESUME)
    return found


async def left_open(service: Service, actor: Actor, referral: str) -> list[dict[str, Any]]:
    """What the caller's facility still has open of the person it referred. Raises Unavailable."""
    found = await _get(service, f"{RECORDS}/internal/left-open", {"referral": referral}, _caller(actor), RESUME)
    return list(found["items"]) if found else []


def _caller(actor: Actor) -> dict[str, str]:
    return {"authorization": f"Bearer {actor.token}", "x-purpose": actor.purpose}


async def _post(service: Service, path: str, body: Any, headers: dict[str, str], patience: float) -> Any:
    headers["x-peer-key"] = service.settings.peer_key.get_secret_value()
    try:
        answer = await service.http.post(RECORDS + path, json=body, headers=headers, timeout=patience)
        answer.raise_for_status()
    except httpx.HTTPError:
        raise _away() from None
    return orjson.loads(answer.content)


async def person(service: Service, actor: Actor, person_id: str) -> Person | None:
    """Who this is, by the actor's own rights (records logs the look); None when they may not see it, or records is
    away: a letter is printed all the same, and its blanks are filled in by hand."""
    path = f"/internal/persons/{quote(person_id, safe='')}/identity"
    try:
        said = await _get(service, RECORDS + path, {}, _caller(actor))
    except (Refused, Unavailable):
        return None
    if said is None:
        return None
    born = date.fromisoformat(said["born"]) if re.fullmatch(_DAY, said["born"] or "") else None
    return Person(**{**said, "born": born})


_DAY = r"\d{4}-\d{2}-\d{2}"


async def matches(service: Service, person_id: str, claim: Claim) -> bool | None:
    """Whether a person is who a letter says; None when that is not on record. Raises Unavailable."""
    path = f"{RECORDS}/internal/persons/{quote(person_id, safe='')}/match"
    key = {"x-peer-key": service.settings.peer_key.get_secret_value()}
    try:
        answer = await service.http.post(path, json=claim.model_dump(mode="json"), headers=key, timeout=TIMEOUT)
        answer.raise_for_status()
    except httpx.HTTPError:
        raise _away() from None
    found: bool | None = answer.json()["match"]
    return found


async def house(service: Service, actor: Actor, party: Party) -> House:
    """A facility as a letter names it; by its name alone when the registry is away."""
    said = await _perhaps(service, f"{FACILITIES}/v1/facilities/{quote(party.code, safe='')}", {}, _caller(actor))
    known = House.__dataclass_fields__
    kept = {k: v for k, v in (said or {}).items() if k in known}
    return House(**({"code": party.code, "name": party.name or party.code} | kept))


async def signer(service: Service, practitioner: str, facility: str) -> Signer | None:
    """A practitioner with the licence for this place; None when the registry does not know them."""
    rows = await _perhaps(service, f"{FACILITIES}/internal/practitioners/{quote(practitioner, safe='')}", {}, {})
    here = [r for r in rows or [] if r["facility"] == facility]
    if here:
        return Signer(here[-1]["name"], here[-1]["sip_number"])
    return Signer(rows[-1]["name"]) if rows else None


async def diagnosis(service: Service, code: str) -> str | None:
    """What a diagnosis is called; None when nobody here knows."""
    said = await _perhaps(service, f"{RECORDS}/internal/diagnoses/{quote(code, safe='')}", {}, {})
    return said["name"] if said else None


async def unit(service: Service, actor: Actor, code: str) -> str | None:
    """What a kind of service is called."""
    said = await _perhaps(service, f"{FACILITIES}/v1/service-types", {"limit": "500"}, _caller(actor))
    return next((row["name"] for row in (said or {}).get("items", ()) if row["code"] == code), None)


async def _perhaps(service: Service, url: str, params: dict[str, str], headers: dict[str, str]) -> Any:
    """An answer that a letter can do without."""
    try:
        return await _get(service, url, params, headers)
    except Problem:
        return None


async def _get(
    service: Service, url: str, params: dict[str, str], headers: dict[str, str], patience: float = TIMEOUT
) -> Any:
    """The JSON of a peer's answer, None for 404. An outage of the peer is ours to the caller."""
    headers["x-peer-key"] = service.settings.peer_key.get_secret_value()
    try:
        answer = await service.http.get(url, params=params, headers=headers, timeout=patience)
    except httpx.HTTPError:
        raise _away() from None
    return _answered(answer)


def _answered(answer: httpx.Response) -> Any:
    match answer.status_code:
        case 200:
            return orjson.loads(answer.content)
        case 404:
            return None
        case 401:
            raise Unauthenticated()
        case 403:
            raise Refused()
        case _:
            raise _away()


def _away() -> Unavailable:
    return Unavailable(
        Text("Rekam bersama sedang tidak tersedia; coba lagi", "The shared record is not available; try again"),
        headers={"Retry-After": "1"},
    )


async def candidates(service: Service, asked: CandidatesAsked, seconds: float = TIMEOUT) -> CandidatesFound:
    """What the network knows of where to refer. Raises Unavailable."""
    headers = {
        "x-peer-key": service.settings.peer_key.get_secret_value(), "content-type": "application/json",
    }  # fmt: skip
    body = asked.model_dump_json()
    try:
        answer = await service.http.post(
            f"{FACILITIES}/internal/candidates", content=body, headers=headers, timeout=seconds
        )
        answer.raise_for_status()
    except httpx.HTTPError:
        raise Unavailable(
            Text("Jejaring sedang tidak tersedia; coba lagi", "The network is not available; try again"),
            headers={"Retry-After": "5"},
        ) from None
    return CandidatesFound.of(orjson.loads(answer.content))
