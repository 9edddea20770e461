"""The running system as the story sees it: who speaks to it, with which token, and what is remembered on the way."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta, timezone
from typing import Any

import httpx

from deploy.demo.network import Network, load
from deploy.demo.story.cast import Cast
from deploy.demo.story.step import Failed

FHIR = "/fhir-r4/v1"
ZONE = timezone(timedelta(hours=7))
"""Western Indonesian time, in which the story tells its hours."""


@dataclass(slots=True)
class Speaker:
    """One who calls: an application (`id`, `secret`) or a member of staff (`id`, `secret` as password)."""

    id: str
    secret: str
    staff: bool = False
    facility: str | None = None
    token: str = ""


@dataclass
class Stage:
    """Everything a step needs. `speakers` by part: admin, auditor, clinic, doctor, puskesmas, stranger."""

    http: httpx.AsyncClient
    network: Network
    cast: Cast
    today: date
    speakers: dict[str, Speaker] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)

    async def token(self, part: str) -> str:
        """The part's token, asked for once."""
        speaker = self.speakers[part]
        if not speaker.token:
            grant = (
                {"grant_type": "password", "username": speaker.id, "password": speaker.secret}
                if speaker.staff
                else {"grant_type": "client_credentials", "client_id": speaker.id, "client_secret": speaker.secret}
            )
            answer = await self.http.post("/oauth2/v1/token", data=grant)
            if answer.status_code != 200:
                raise Failed(f"token ({part})", f"{answer.status_code} {answer.text[:200]}")
            speaker.token = answer.json()["access_token"]
        return speaker.token

    async def call(self, part: str, method: str, path: str, *, status: int | tuple[int, ...] = 200, **how: Any) -> Any:
        """One request in somebody's name; the answer's JSON. Raises Failed when the status is another."""
        headers = {"Authorization": f"Bearer {await self.token(part)}", **how.pop("headers", {})}
        answer = await self.http.request(method, path, headers=headers, **how)
        allowed = status if isinstance(status, tuple) else (status,)
        if answer.status_code not in allowed:
            raise Failed(f"{method} {path} → {status}", f"{answer.status_code} {answer.text[:400]}")
        self.notes["status"] = answer.status_code
        return answer.json() if answer.content else {}

    async def get(self, part: str, path: str, **params: Any) -> Any:
        return await self.call(part, "GET", path, params=params)

    async def post(self, part: str, path: str, body: Any, *, status: int | tuple[int, ...] = (200, 201)) -> Any:
        return await self.call(part, "POST", path, json=body, status=status)

    async def until(
        self, look: Callable[[], Awaitable[Any]], done: Callable[[Any], bool], seconds: float = 2.0
    ) -> tuple[Any, float]:
        """Looks again and again until `done`; what was seen and after how many milliseconds. Never raises."""
        started = time.perf_counter()
        while True:
            seen = await look()
            passed = time.perf_counter() - started
            if done(seen) or passed > seconds:
                return seen, passed * 1000
            await asyncio.sleep(0.03)


@asynccontextmanager
async def open_stage(base_url: str, admin: Mapping[str, str], today: date) -> AsyncIterator[Stage]:
    """A stage on a running system, with a fresh cast; the accounts of the story are closed at the end."""
    async with httpx.AsyncClient(base_url=base_url, timeout=30, trust_env=False) as http:
        stage = Stage(http, load(), Cast.fresh(today), today)
        stage.speakers["admin"] = Speaker(admin["username"], admin["password"], staff=True)
        try:
            yield stage
        finally:
            await _close_accounts(stage)


async def _close_accounts(stage: Stage) -> None:
    for part, speaker in stage.speakers.items():
        if part != "admin":
            path = f"/v1/{'staff' if speaker.staff else 'clients'}/{speaker.id}"
            with suppress(httpx.HTTPError, Failed):
                await stage.call("admin", "DELETE", path, status=(204, 404))
