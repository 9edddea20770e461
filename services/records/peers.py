"""What the record asks of others: of indicators, what is still due for a person."""

from typing import Any

import httpx
import orjson

from services.indicators.contract import Due
from services.kernel.service import Service

INDICATORS = "http://indicators"


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
