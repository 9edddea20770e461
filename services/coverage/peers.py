"""What this service asks of others: of records, who a number belongs to, whether the asker may see a person, and what a
visit says; of referrals, what was referred at a visit."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import quote

import httpx
import orjson

from services.kernel.auth import Actor, looking
from services.kernel.problems import Text, Unauthenticated, Unavailable, Unprocessable
from services.kernel.service import Service
from services.records.contract import VisitTold
from services.referrals.contract import GivenNumbers, OfVisit, ReferralsTold, ReferralTold

RECORDS, REFERRALS = "http://records", "http://referrals"
TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers BPJS can be asked by. Never logged, never kept."""

    nik: str | None = field(default=None, repr=False)
    jkn: str | None = field(default=None, repr=False)


async def person_of(service: Service, system: str, value: str) -> str | None:
    """The person id behind a NIK or JKN number; None when the record knows nobody by it."""
    found = await _get(service, "/internal/persons", {"system": system, "value": value}, _peer(service))
    return str(found["person_id"]) if found else None


async def numbers_of(service: Service, person_id: str) -> Numbers | None:
    """A person's NIK and JKN number; None when there is no such person."""
    found = await _get(service, f"/internal/persons/{quote(person_id, safe='')}/identifiers", {}, _peer(service))
    if found is None:
        return None
    by_kind = {str(i["system"]).rsplit("/", 1)[-1]: str(i["value"]) for i in found}
    return Numbers(nik=by_kind.get("nik"), jkn=by_kind.get("bpjs"))


@dataclass(frozen=True, slots=True)
class Insured:
    """What eligibility turns on of a person: who they are now, birth date, mother, days seen at a facility."""

    person: str
    patient: str
    born: date | None
    visits: int
    mother: str | None
    mother_nik: str | None = field(default=None, repr=False)


async def insured(service: Service, person_id: str, facility: str, since: date, until: date) -> Insured | None:
    """What records knows of a person (by their id or their Patient's) that eligibility turns on; None for nobody."""
    asked = {"facility": facility, "since": since.isoformat(), "until": until.isoformat()}
    found = await _get(service, f"/internal/persons/{quote(person_id, safe='')}/insured", asked, _peer(service))
    if found is None:
        return None
    born = date.fromisoformat(found.pop("born")) if found["born"] else found.pop("born")
    return Insured(born=born, **found)


async def matched(service: Service, numbers: list[tuple[str | None, str | None]]) -> list[dict[str, Any] | None]:
    """Whom each pair (NIK, card number) belongs to (at most 1,000), in the same order: `person`, `village`, and
    whether the two numbers `differ` in whom they name."""
    try:
        answer = await service.http.post(
            RECORDS + "/internal/persons/matched", json={"numbers": numbers}, headers=_peer(service), timeout=30
        )
    except httpx.HTTPError:
        raise _away() from None
    if answer.status_code != 200:
        raise _away()
    found: list[dict[str, Any] | None] = orjson.loads(answer.content)
    return found


async def visible(service: Service, actor: Actor, persons: list[str]) -> set[str]:
    """Those of these persons whom the actor may see, by the actor's own token."""
    headers = {"authorization": f"Bearer {actor.token}", **_peer(service)}
    try:
        answer = await service.http.post(
            RECORDS + "/internal/visible", json={"person_ids": persons}, headers=headers, timeout=TIMEOUT
        )
    except httpx.HTTPError:
        raise _away() from None
    match answer.status_code:
        case 200:
            return set(orjson.loads(answer.content)["visible"])
        case 403:
            return set()
        case _:
            raise _away()


async def known_as(service: Service, actor: Actor, person_id: str) -> tuple[Actor, str] | None:
    """The actor and the person, when the actor has a care relation with this person (decided by records, by the
    actor's own token); the person may be the one they were merged into.

    A membership is no part of the record that an opt-out closes. While the glass is broken, that is the purpose.
    """
    headers = {"authorization": f"Bearer {actor.token}", **_peer(service)}
    found = await _get(service, "/internal/access", {"person": person_id}, headers)
    if not found or not found["known"]:
        return None
    return looking(actor, bool(found["opened"])), str(found["person"])


async def present(service: Service, actor: Actor, said: dict[str, Any]) -> str:
    """Register at the actor's facility whom these numbers prove (or who is described): their person id.

    Raises Unprocessable when the record cannot take it."""
    body = said | {
        "facility": actor.facility,
        "subject": actor.subject,
        "origin": actor.origin,
        "request_id": actor.request_id,
    }
    found = await _post(service, "/internal/registrations", body, _peer(service))
    return str(found["person_id"])


async def names(service: Service, actor: Actor, persons: list[str]) -> dict[str, str | None]:
    """The names of these persons, by the actor's own rights; records logs each as read. Who is hidden is left out."""
    if not persons:
        return {}
    headers = {"authorization": f"Bearer {actor.token}", "x-purpose": actor.purpose, **_peer(service)}
    found = await _post(service, "/internal/names", {"person_ids": persons}, headers)
    return {person: who["name"] for person, who in (found or {}).items()}


async def _post(service: Service, path: str, body: dict[str, Any], headers: dict[str, str]) -> Any:
    try:
        answer = await service.http.post(RECORDS + path, json=body, headers=headers, timeout=TIMEOUT)
    except httpx.HTTPError:
        raise _away() from None
    match answer.status_code:
        case 200:
            return orjson.loads(answer.content)
        case 401:
            raise Unauthenticated()
        case 403:
            return None
        case 400 | 409 | 422:
            raise Unprocessable()
        case _:
            raise _away()


async def passed_on(
    service: Service, actor: Actor, method: str, path: str, body: bytes, headers: dict[str, str]
) -> httpx.Response:
    """What records answers to a request under the FHIR base, made with the caller's own token."""
    told = headers | {"authorization": f"Bearer {actor.token}"}
    try:
        return await service.http.request(method, RECORDS + path, content=body, headers=told, timeout=30)
    except httpx.HTTPError:
        raise _away() from None


def _peer(service: Service) -> dict[str, str]:
    return {"x-peer-key": service.settings.peer_key.get_secret_value()}


async def _get(service: Service, path: str, params: dict[str, str], headers: dict[str, str]) -> Any:
    """The JSON of a peer's answer, None when it has or allows none. An outage of the peer is ours to the caller."""
    try:
        answer = await service.http.get(RECORDS + path, params=params, headers=headers, timeout=TIMEOUT)
    except httpx.HTTPError:
        raise _away() from None
    match answer.status_code:
        case 200:
            return orjson.loads(answer.content)
        case 403 if "authorization" not in headers:  # nobody but us was refused: it says nothing of what was asked
            raise _away()
        case 403 | 404:
            return None
        case 401:
            raise Unauthenticated()
        case _:
            raise _away()


def _away() -> Unavailable:
    return Unavailable(
        Text("Rekam bersama sedang tidak tersedia; coba lagi", "The shared record is not available; try again"),
        headers={"Retry-After": "1"},
    )


async def may_open_visit(service: Service, actor: Actor, visit: str) -> bool:
    """Whether the actor may open a visit, by their own token (records decides, and logs the look)."""
    headers = {"authorization": f"Bearer {actor.token}", "x-purpose": actor.purpose, **_peer(service)}
    return bool(await _get(service, f"/v1/visits/{quote(visit, safe='')}", {}, headers))


async def visit_told(service: Service, visit: str, *, shown: bool = False) -> VisitTold | None:
    """A visit as its facility owes it to BPJS (records logs it as disclosed; not when it is only `shown` to somebody
    who has opened it); None when there is none any more."""
    asked = {"shown": "true"} if shown else {}
    found = await _get(service, f"/internal/visits/{quote(visit, safe='')}/payer", asked, _peer(service))
    return VisitTold.model_validate(found) if found else None


async def visits_of_day(service: Service, facility: str, day: date, *, finished: bool = False) -> list[tuple[str, str]]:
    """The visits a facility wrote of a day, all or the finished ones: id and person."""
    asked = {"facility": facility, "day": day.isoformat(), "finished": str(finished).lower()}
    found = await _get(service, "/internal/visits-of-day", asked, _peer(service))
    return [(row["visit"], row["person"]) for row in found or ()]


async def referrals_told(service: Service, asked: OfVisit) -> list[ReferralTold]:
    """The referrals made at a visit, the one that names it first (referrals logs them as disclosed)."""
    body = asked.model_dump(mode="json")
    found = await _referrals(service, "POST", "/internal/referrals/payer", body)
    return ReferralsTold.model_validate(found).items


async def hand_numbers(service: Service, referral: str, given: GivenNumbers) -> bool:
    """Give referrals the numbers BPJS gave; False when it will not have them (a number is another referral's)."""
    path = f"/internal/referrals/{quote(referral, safe='')}/numbers"
    return await _referrals(service, "PUT", path, given.model_dump(mode="json")) is not None


async def referral_opened(service: Service, actor: Actor, referral: str) -> dict[str, Any] | None:
    """A referral that the actor may open (decided and logged by referrals), as shown; None: not theirs to open."""
    url = f"{REFERRALS}/v1/referrals/{quote(referral, safe='')}"
    headers = {"authorization": f"Bearer {actor.token}", "accept-language": actor.language}
    found: dict[str, Any] | None = await _asked(service, "GET", url, None, headers)
    return found


async def _referrals(service: Service, method: str, path: str, body: Any) -> Any:
    return await _asked(service, method, REFERRALS + path, body, _peer(service))


async def _asked(service: Service, method: str, url: str, body: Any, headers: dict[str, str]) -> Any:
    """The JSON of an answer of referrals, None when it refuses. Raises Unavailable when it is away."""
    try:
        answer = await service.http.request(method, url, json=body, headers=headers, timeout=TIMEOUT)
    except httpx.HTTPError:
        raise _no_referrals() from None
    ours = answer.status_code == 403 and "authorization" not in headers  # nobody but us was refused
    if answer.status_code >= 500 or answer.status_code == 401 or ours:
        raise _no_referrals()
    return orjson.loads(answer.content) if answer.status_code < 300 else None


def _no_referrals() -> Unavailable:
    return Unavailable(
        Text("Layanan rujukan sedang tidak tersedia; coba lagi", "The referrals service is not available; try again"),
        headers={"Retry-After": "1"},
    )
