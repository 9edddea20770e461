"""The doctors of a facility: five of its own, drawn from its code, and one who stands in everywhere."""

from functools import lru_cache
from typing import Any

from services.coverage.simulator.members import NAMES, Draw

EVERYWHERE = {"kdDokter": "131491", "nmDokter": "dr. Tenaga Medis Pengganti"}


@lru_cache(maxsize=512)
def doctors(seed: str, provider: str) -> tuple[dict[str, Any], ...]:
    """The doctors of one facility, the stand-in last."""
    drawn = {}
    for i in range(5):
        draw = Draw(seed, f"{provider}:{i}")
        given, family = NAMES["PL"[draw.of("sex", 2)]]
        title = "drg." if i == 4 else "dr."
        name = f"{title} {given[draw.of('given', 4)]} {family[draw.of('family', 4)]}".title().replace("Dr", "dr", 1)
        drawn[f"{200_000 + draw.of('code', 700_000)}"] = name
    return (*({"kdDokter": code, "nmDokter": name} for code, name in drawn.items()), EVERYWHERE)
