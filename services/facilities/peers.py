"""What we ask of records: how many people are registered in a village. A number, never who."""

from collections.abc import Sequence

import httpx

from services.kernel.problems import Text, Unavailable
from services.kernel.service import Service

RECORDS = "http://records"
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
