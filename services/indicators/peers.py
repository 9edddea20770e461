"""What we ask of others: of records, which of these persons the caller may see."""

from collections.abc import Sequence

import httpx
import orjson

from services.kernel.auth import Actor
from services.kernel.problems import Text, Unauthenticated, Unavailable
from services.kernel.service import Service

RECORDS = "http://records"
TIMEOUT = 5.0


async def visible(service: Service, actor: Actor, persons: Sequence[str]) -> set[str]:
    """Those of `persons` that records lets this caller see, by the caller's own token. Raises Unavailable."""
    if not persons:
        return set()
    headers = {
        "authorization": f"Bearer {actor.token}",
        "x-purpose": actor.purpose,
        "x-peer-key": service.settings.peer_key.get_secret_value(),
    }
    try:
        answer = await service.http.post(
            f"{RECORDS}/internal/visible", json={"person_ids": list(persons)}, headers=headers, timeout=TIMEOUT
        )
    except httpx.HTTPError:
        raise _away() from None
    if answer.status_code == 401:
        raise Unauthenticated()
    if answer.status_code == 403:
        return set()
    if answer.status_code != 200:
        raise _away()
    return set(orjson.loads(answer.content)["visible"])


def _away() -> Unavailable:
    return Unavailable(
        Text("Rekam bersama sedang tidak tersedia; coba lagi", "The shared record is not available; try again"),
        headers={"Retry-After": "1"},
    )
