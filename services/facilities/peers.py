"""What we ask of others: of records, how many people are registered in a village (a number, never who); of
indicators, how each puskesmas stands by an indicator."""

import asyncio
from collections.abc import Sequence
from datetime import date

import httpx

from services.indicators.contract import By, Indicator
from services.kernel.auth import Actor
from services.kernel.problems import Fault, NotFound, Text, Unavailable, Unprocessable
from services.kernel.service import Service

RECORDS = "http://records"
INDICATORS = "http://indicators"
TIMEOUT = 5.0


async def residents(service: Service, villages: Sequence[str]) -> int:
    """How many living persons are registered in these villages. Raises Unavailable."""
    headers = {"x-peer-key": service.settings.peer_key.get_secret_value()}
    try:
        answer = await service.http.get(
            f"{RECORDS}/internal/residents", params={"village": list(villages)}, headers=headers, timeout=TIMEOUT
        )
        answer.raise_for_status()
    except httpx.HTTPError:
        text = "Rekam medis bersama tidak menjawab; coba lagi", "The shared record does not answer; try again"
        raise Unavailable(Text(*text)) from None
    return int(answer.json()["residents"])


async def indicator(service: Service, actor: Actor, name: str, year: int | None, as_of: date | None) -> Indicator:
    """An indicator by puskesmas, by the caller's own token: sums that everyone who works here may see. Raises
    NotFound for an unknown one, Unprocessable, Unavailable."""
    params = {"by": By.PUSKESMAS.value, **({"year": str(year)} if year else {})}
    if as_of is not None:
        params["as_of"] = as_of.isoformat()
    headers = {"authorization": f"Bearer {actor.token}"}
    try:
        async with asyncio.timeout(TIMEOUT):  # in one process a call has no time limit of its own
            answer = await service.http.get(
                f"{INDICATORS}/v1/indicators/{name}", params=params, headers=headers, timeout=TIMEOUT
            )
    except (httpx.HTTPError, TimeoutError):
        raise _indicators_away() from None
    match answer.status_code:
        case 200:
            return Indicator.model_validate_json(answer.content)
        case 404:
            text = Text("Indikator tidak dikenal; lihat /v1/indicators", "Unknown indicator; see /v1/indicators")
            raise NotFound(text, [Fault("/indicator", text)])
        case 422:
            text = Text("Tidak dapat dihitung untuk hari itu", "It cannot be computed for that day")
            raise Unprocessable(text, [Fault("/period", text)])
        case _:
            raise _indicators_away()


def _indicators_away() -> Unavailable:
    return Unavailable(
        Text("Angka indikator sedang tidak tersedia; coba lagi", "The indicators are not available now; try again"),
        headers={"Retry-After": "5"},
    )
