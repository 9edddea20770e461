"""One running facilities service per test: a fresh database, reached as the house reaches it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.types import Receive, Scope, Send

from services.facilities.app import build
from services.facilities.settings import FacilitiesSettings
from services.kernel import passwords
from services.kernel.app import App
from services.kernel.service import Service

PASSWORD = "sandi-admin-uji"
PEER_KEY = "kunci-peer-uji"
NETWORK = Path(__file__).resolve().parents[3] / "deploy" / "demo" / "network"


@dataclass
class House:
    """The service under test, a way to call it, and its administrator's headers."""

    service: Service
    http: httpx.AsyncClient
    admin: dict[str, str]

    async def sign_in(self, username: str, password: str) -> dict[str, str]:
        """The headers of a person who signed in."""
        form = {"grant_type": "password", "username": username, "password": password}
        answer = await self.http.post("/oauth2/v1/token", data=form)
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    async def load(self, what: str, text: str | bytes, mode: str = "all") -> httpx.Response:
        """Post a CSV."""
        headers = {**self.admin, "Content-Type": "text/csv"}
        return await self.http.post(f"/v1/network/{what}", params={"mode": mode}, content=text, headers=headers)

    async def load_demo(self) -> None:
        """The demo network, as it comes with the project."""
        for what in ("areas", "facilities", "catchments"):
            answer = await self.load(what, (NETWORK / f"{what}.csv").read_bytes())
            assert answer.status_code == 200, answer.text

    async def client(self, facility: str, **more: Any) -> dict[str, Any]:
        """A freshly registered client."""
        answer = await self.http.post("/v1/clients", json={"facility": facility, **more}, headers=self.admin)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made


@asynccontextmanager
async def running(settings: FacilitiesSettings) -> AsyncIterator[House]:
    """The service on these settings, its own peer for the keys, stopped at the end of the block."""
    apps: list[App] = []

    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        await apps[0](scope, receive, send)

    transport = httpx.ASGITransport(app=late, client=("10.0.0.7", 4711))
    async with httpx.AsyncClient(base_url="http://facilities", transport=transport) as http:
        app = build(settings, http)
        apps.append(app)
        async with app.router.lifespan_context(app):
            house = House(app.state.service, http, {})
            house.admin = await house.sign_in("admin", settings.admin_password.get_secret_value())
            yield house


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Password hashes carry their cost; tests choose a small one."""
    monkeypatch.setattr(passwords, "N", 16)


@pytest.fixture
def settings(new_database: Callable[[str], str], tmp_path: Path) -> FacilitiesSettings:
    """Settings on a fresh database (made outside the event loop: migrations run their own)."""
    return FacilitiesSettings(
        database_url=new_database("facilities"), peer_key=SecretStr(PEER_KEY), data=tmp_path, pool_size=5,
        admin_password=SecretStr(PASSWORD),
    )  # fmt: skip


@pytest.fixture
async def empty(settings: FacilitiesSettings) -> AsyncIterator[House]:
    """The service just started for the first time."""
    async with running(settings) as house:
        yield house


@pytest.fixture
async def house(empty: House) -> House:
    """The service with the demo network loaded."""
    await empty.load_demo()
    return empty
