"""What we ask of others: of records, which of these persons and resources the caller may see."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from services.kernel.auth import Actor, looking
from services.kernel.problems import Text, Unauthenticated, Unavailable
from services.kernel.service import Service

RECORDS = "http://records"
TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class Seen:
    """The persons a caller may see, and those of them it sees by breaking the glass."""

    persons: frozenset[str] = frozenset()
    opened: frozenset[str] = frozenset()

    def looking(self, actor: Actor, person: str) -> Actor:
        """The caller, with the purpose to log."""
        return looking(actor, person in self.opened)

    def without(self, persons: Collection[str]) -> "Seen":
        """All but these."""
        return Seen(self.persons - set(persons), self.opened - set(persons))


async def visible(service: Service, actor: Actor, persons: Sequence[str]) -> Seen:
    """Which of `persons` records lets this caller see, by the caller's own token. Raises Unavailable."""
    if not persons:
        return Seen()
    found = await _ask(service, actor, "visible", {"person_ids": list(persons)})
    return Seen(frozenset(found["visible"]), frozenset(found["opened"])) if found else Seen()


async def shown(service: Service, actor: Actor, resources: Sequence[str]) -> frozenset[str]:
    """Which of `resources` ("Type/id") records shows this caller. Raises Unavailable."""
    found = await _ask(service, actor, "shown", {"resources": list(resources)}) if resources else None
    return frozenset(found["shown"]) if found else frozenset()


async def recorders(service: Service, actor: Actor, resources: Sequence[str]) -> dict[str, str]:
    """Who recorded each of `resources`, where the record says so and the caller may see it. Raises Unavailable."""
    return (await _ask(service, actor, "recorders", {"resources": list(resources)}) if resources else None) or {}


async def names(
    service: Service, actor: Actor, persons: Sequence[str], numbers: bool = False
) -> dict[str, dict[str, Any]]:
    """Who these persons are (with their `numbers`: NIK and JKN), for a caller who may see them; records logs each as
    read. Raises Unavailable."""
    body = {"person_ids": list(persons), **({"numbers": True} if numbers else {})}
    return (await _ask(service, actor, "names", body) if persons else None) or {}


async def posyandu(service: Service, code: str, village: str | None) -> tuple[list[str], list[str]]:
    """Who belongs to a posyandu by the family folder, and who to another one of its village. Raises Unavailable."""
    headers = {"x-peer-key": service.settings.peer_key.get_secret_value()}
    try:
        answer = await service.http.get(
            f"{RECORDS}/internal/posyandu/{code}", params={"village": village} if village else {}, headers=headers,
            timeout=TIMEOUT,
        )  # fmt: skip
        answer.raise_for_status()
    except httpx.HTTPError:
        raise _away() from None
    found = orjson.loads(answer.content)
    return found["mine"], found["others"]


async def _ask(service: Service, actor: Actor, what: str, body: dict[str, Any]) -> Any:
    headers = {
        "authorization": f"Bearer {actor.token}",
        "x-purpose": actor.purpose,
        "x-peer-key": service.settings.peer_key.get_secret_value(),
    }
    try:
        answer = await service.http.post(f"{RECORDS}/internal/{what}", json=body, headers=headers, timeout=TIMEOUT)
    except httpx.HTTPError:
        raise _away() from None
    if answer.status_code == 401:
        raise Unauthenticated()
    if answer.status_code == 403:
        return None
    if answer.status_code != 200:
        raise _away()
    return orjson.loads(answer.content)


def _away() -> Unavailable:
    return Unavailable(
        Text("Rekam bersama sedang tidak tersedia; coba lagi", "The shared record is not available; try again"),
        headers={"Retry-After": "1"},
    )


async def fetched(service: Service, actor: Actor, url: str, params: Mapping[str, str]) -> bytes | None:
    """What a peer's public route answers this caller, by its token; None when it may not ask. Raises Unavailable."""
    headers = {"authorization": f"Bearer {actor.token}", "x-purpose": actor.purpose}
    try:
        async with asyncio.timeout(TIMEOUT):  # in one process a call has no time limit of its own
            answer = await service.http.get(url, params=dict(params), headers=headers, timeout=TIMEOUT)
    except (httpx.HTTPError, TimeoutError):
        raise _silent() from None
    if answer.status_code == 403:
        return None
    if answer.status_code != 200:
        raise _silent()
    return answer.content


def _silent() -> Unavailable:
    return Unavailable(Text("Layanan asalnya tidak menjawab; coba lagi", "Where it comes from does not answer"))
