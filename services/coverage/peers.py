"""What this service asks of others: of records, who a number belongs to, and whether the asker may see a person."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import orjson

from services.kernel.auth import Actor, looking
from services.kernel.problems import Text, Unauthenticated, Unavailable
from services.kernel.service import Service

RECORDS = "http://records"
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
