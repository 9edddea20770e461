"""Health of the whole: alive when the door answers, ready when every service is."""

import asyncio
import time

import httpx
import orjson
from starlette.types import Receive, Scope, Send

from gateway.answers import answer
from gateway.origin import Origin
from gateway.settings import Settings
from services.kernel import metrics
from services.kernel.auth import Auth
from services.kernel.problems import Refused, Text

JSON = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


class Health:
    """Asks every service; many askers within `KEEP` seconds (a tenth of it while one is down) share one round."""

    PATIENCE = 2.0
    KEEP = 0.5

    def __init__(self, settings: Settings, http: httpx.AsyncClient, names: list[str]) -> None:
        self._http, self._names = http, sorted(names)
        self._auth = Auth(http, settings.issuer, settings.peer_key.get_secret_value())
        self._known: dict[str, str] = {}
        self._asked = 0.0
        self._round = asyncio.Lock()

    async def live(self, _: Scope, __: Receive, send: Send) -> None:
        """GET /health/live"""
        await answer(send, 200, JSON, b'{"status":"ok"}')

    async def ready(self, _: Scope, __: Receive, send: Send) -> None:
        """GET /health/ready: 200 when all services are ready, else 503; either way each one's state."""
        async with self._round:
            keep = self.KEEP / 10 if "down" in self._known.values() else self.KEEP
            if time.monotonic() - self._asked >= keep:
                states = await asyncio.gather(*(self._state(n) for n in self._names))
                self._known = dict(zip(self._names, states, strict=True))
                self._asked = time.monotonic()
            known = dict(self._known)
        whole = all(s == "ok" for s in known.values())
        body = {"status": "ok" if whole else "down", "services": known}
        await answer(send, 200 if whole else 503, JSON, orjson.dumps(body))

    async def metrics(self, scope: Scope, _: Receive, send: Send) -> None:
        """GET /metrics: this process's Prometheus page, for this machine or the holder of the peer key."""
        came: Origin = scope["simpul_origin"]
        if not came.local and not self._auth.is_peer(came.peer_key):
            raise Refused(
                Text("Metrik hanya dari mesin ini atau dengan kunci layanan", "Metrics: this machine or peer key only")
            )
        body, kind = metrics.exposition()
        await answer(send, 200, ((b"content-type", kind.encode()),), body)

    async def _state(self, name: str) -> str:
        try:
            async with asyncio.timeout(self.PATIENCE):
                reply = await self._http.get(f"http://{name}/health/ready")
        except Exception:  # whatever keeps it from answering, it is not ready
            return "down"
        return "ok" if reply.status_code == 200 else "down"
