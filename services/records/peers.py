"""What the record asks of others: of indicators, what is still due for a person; of referrals, to take a step."""

from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from services.indicators.contract import Due
from services.kernel.auth import Actor
from services.kernel.problems import (
    Conflict,
    Fault,
    Invalid,
    NotFound,
    Problem,
    Refused,
    Text,
    Throttled,
    Unauthenticated,
    Unavailable,
    Unprocessable,
)
from services.kernel.service import Service

INDICATORS, REFERRALS = "http://indicators", "http://referrals"
TIMEOUT = 10.0


async def due(service: Service, person: str, position: int, seconds: float) -> dict[str, Any]:
    """What each standard still asks for, the record's feed applied up to `position`; not known when they are away."""
    try:
        answer = await service.http.get(
            f"{INDICATORS}/internal/due",
            params={"person": person, "position": position, "seconds": round(max(seconds, 0.0), 3)},
            headers={"x-peer-key": service.settings.peer_key.get_secret_value()},
            timeout=max(seconds, 0.0) + 0.2,
        )
        answer.raise_for_status()
        found: dict[str, Any] = orjson.loads(answer.content)
        return found
    except (httpx.HTTPError, orjson.JSONDecodeError):
        return Due(known=False).model_dump(mode="json")


async def refer(
    service: Service, actor: Actor, method: str, path: str, told: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Ask referrals in the actor's name, with the actor's token: there it is decided and logged who may do what.

    Raises the problem that referrals answers with; Unavailable when they are away, and then nothing was done that a
    retry with the same `key` would do twice.
    """
    address, _, program = actor.origin.partition(" ")
    headers = {
        "authorization": f"Bearer {actor.token}", "x-purpose": actor.purpose, "accept-language": actor.language,
        "x-peer-key": service.settings.peer_key.get_secret_value(), "x-forwarded-for": address,
        "user-agent": program or "records/1",
    }  # fmt: skip
    if key is not None:
        headers["idempotency-key"] = key
    try:
        answer = await service.http.request(
            method, f"{REFERRALS}/v1/referrals{path}", json=told, headers=headers, timeout=TIMEOUT
        )
        body: dict[str, Any] = orjson.loads(answer.content)
    except (httpx.HTTPError, orjson.JSONDecodeError):
        raise _away() from None
    if answer.is_success:
        return body
    raise _problem(answer.status_code, body)


async def referral(service: Service, id_: str) -> dict[str, Any] | None:
    """A referral with its words, for the record to keep; None when there is none. Raises Unavailable; HTTPStatusError
    when just this one cannot be told."""
    key = {"x-peer-key": service.settings.peer_key.get_secret_value()}
    try:
        answer = await service.http.get(f"{REFERRALS}/internal/referrals/{id_}/fhir", headers=key, timeout=TIMEOUT)
        if answer.status_code == 404:
            return None
        if answer.status_code not in (500, 422):  # of this one only; anything else is the whole service's
            answer.raise_for_status()
    except httpx.HTTPError:
        raise _away() from None
    answer.raise_for_status()
    found: dict[str, Any] = orjson.loads(answer.content)
    return found


_KINDS: Mapping[int, type[Problem]] = {
    400: Invalid, 403: Refused, 404: NotFound, 409: Conflict, 422: Unprocessable, 429: Throttled,
}  # fmt: skip
_SAID = frozenset({"type", "title", "status", "detail", "instance", "request_id", "errors"})


def _problem(status: int, body: dict[str, Any]) -> Problem:
    """A peer's problem as ours: its words are in the actor's language already."""
    if status == 401:
        return Unauthenticated()
    kind = _KINDS.get(status)
    if kind is None:
        return _away()
    said = str(body.get("detail") or body.get("title") or "")
    faults = [
        Fault(str(e.get("pointer", "")), Text(str(e.get("detail", "")), str(e.get("detail", ""))), "business-rule")
        for e in body.get("errors") or ()
    ]
    return kind(Text(said, said), faults, extra={k: v for k, v in body.items() if k not in _SAID})


def _away() -> Unavailable:
    return Unavailable(
        Text(
            "Layanan rujukan sedang tidak tersedia; kirim lagi apa adanya, tidak akan terkirim dua kali",
            "The referrals service is not available; send the same again, nothing is sent twice",
        ),
        headers={"Retry-After": "1"},
    )
