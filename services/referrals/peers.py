"""What we ask of records: who a number belongs to, and whether the asker may see the person."""

from collections.abc import Sequence
from typing import Any

import httpx
import orjson

from services.kernel.auth import Actor
from services.kernel.problems import Text, Unauthenticated, Unavailable
from services.kernel.service import Service

RECORDS = "http://records"
TIMEOUT = 5.0


async def person_of(service: Service, system: str, value: str) -> str | None:
    """The person id behind a number; None when the record knows nobody by it. Raises Unavailable."""
    found = await _get(service, "/internal/persons", {"system": system, "value": value}, {})
    return str(found["person_id"]) if found else None


async def known_as(service: Service, actor: Actor, person_id: str) -> str | None:
    """The person, when this actor has a care relation with them (decided by records, by the actor's own token): the
    same, or the one they were merged into.

    A person who has opted out is still referred: the record stays closed, the way does not.
    """
    headers = {"authorization": f"Bearer {actor.token}", "x-purpose": actor.purpose}
    found = await _get(service, "/internal/access", {"person": person_id}, headers)
    return str(found["person"]) if found and found["known"] else None


async def shown(service: Service, actor: Actor, referrals: Sequence[str]) -> frozenset[str]:
    """Those of these referrals whose ServiceRequest records shows this caller. Raises Unavailable."""
    headers = {
        "authorization": f"Bearer {actor.token}", "x-purpose": actor.purpose,
        "x-peer-key": service.settings.peer_key.get_secret_value(),
    }  # fmt: skip
    body = {"resources": [f"ServiceRequest/{r}" for r in referrals]}
    try:
        answer = await service.http.post(f"{RECORDS}/internal/shown", json=body, headers=headers, timeout=TIMEOUT)
        answer.raise_for_status()
    except httpx.HTTPError:
        raise _away() from None
    return frozenset(str(ref).partition("/")[2] for ref in answer.json()["shown"])


async def _get(service: Service, path: str, params: dict[str, str], headers: dict[str, str]) -> Any:
    """The JSON of a peer's answer, None for 404. An outage of the peer is ours to the caller."""
    headers["x-peer-key"] = service.settings.peer_key.get_secret_value()
    try:
        answer = await service.http.get(RECORDS + path, params=params, headers=headers, timeout=TIMEOUT)
    except httpx.HTTPError:
        raise _away() from None
    match answer.status_code:
        case 200:
            return orjson.loads(answer.content)
        case 404:
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
