"""Control: Mobile JKN's endpoints, and its calls on command."""

from collections import deque
from typing import Any

import httpx
from fastapi import APIRouter, HTTPException

from services.coverage.simulator.mobile import endpoints
from services.coverage.simulator.mobile.calling import Conversation, Wish
from services.coverage.simulator.mobile.endpoints import Endpoint
from services.coverage.simulator.world import World

KEPT = 20
"""How many of the last conversations can be looked at."""
NEEDS_MEMBER = ("take", "remaining", "cancel")


def router(world: World, http: httpx.AsyncClient | None = None) -> APIRouter:
    """These addresses, for one simulator; `http` reaches the facilities (else a client of its own)."""
    routes = APIRouter(prefix="/mobile")
    past: deque[dict[str, Any]] = deque(maxlen=KEPT)

    @routes.put("/endpoints/{provider}", status_code=204)
    async def keep(provider: str, endpoint: Endpoint) -> None:
        """Simpan alamat Antrean sebuah faskes (remember where a facility is called)."""
        endpoints.keep(world.store, provider.upper(), endpoint)

    @routes.delete("/endpoints/{provider}", status_code=204)
    async def forget(provider: str) -> None:
        """Lupakan alamat itu (forget it)."""
        if not endpoints.forget(world.store, provider.upper()):
            raise HTTPException(404, "no such endpoint")

    @routes.get("")
    async def look() -> dict[str, Any]:
        """Alamat yang dikenal dan percakapan terakhir (known endpoints, last conversations)."""
        known = {
            code: {"base_url": str(e.base_url), "username": e.username}
            for code, e in endpoints.every(world.store).items()
        }
        return {"endpoints": known, "conversations": list(reversed(past))}

    @routes.post("/calls")
    async def call(wish: Wish) -> dict[str, Any]:
        """Panggil faskes seperti Mobile JKN; jawabannya seluruh percakapan (call; the whole conversation)."""
        provider = wish.provider.upper()
        endpoint = endpoints.of(world.store, provider)
        if endpoint is None:
            raise HTTPException(404, "no endpoint is known for this facility")
        member = world.by_nik(wish.nik) if wish.nik else None
        if member is None and wish.does in NEEDS_MEMBER:
            raise HTTPException(422, "nik must be a member's")
        day = wish.day or world.today().isoformat()
        if http is not None:
            turns = await Conversation(endpoint, http).hold(wish, member, day)
        else:
            async with httpx.AsyncClient(trust_env=False, follow_redirects=False) as own:
                turns = await Conversation(endpoint, own).hold(wish, member, day)
        told = {"at": world.now(), "provider": provider, "does": wish.does, "poli": wish.poli, "day": day,
                "turns": turns}  # fmt: skip
        past.append(told)
        return told

    return routes
