"""One running JKN service: on a real database, the simulator beside it, stand-ins for the peers it asks."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI, Request, Response

from services.coverage.app import build
from services.coverage.rules.secrets import new_key
from services.coverage.settings import CoverageSettings
from services.coverage.simulator.app import build as build_simulator
from services.coverage.simulator.members import Override
from services.coverage.simulator.providers import Provider
from services.coverage.simulator.settings import SimulatorSettings
from services.coverage.simulator.world import World
from services.kernel.app import App

NIK, PERSON = "1410014107900001", "0190a3f0-0000-7000-8000-000000000001"
STRANGER = "1410015203850007"
PEER_KEY = "peer-key-of-the-tests"
KEYS = f"k1:{new_key()}"
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def token(role: str = "clinic-system", facility: str | None = "P1410010101") -> dict[str, str]:
    """The header of a caller in one role at one facility."""
    claims = {"iss": "simpul", "sub": f"test-{role}", "role": role, "facility": facility, "exp": time.time() + 36_000}
    return {"authorization": "Bearer " + jwt.encode(claims, _KEY, algorithm="RS256", headers={"kid": "test"})}


@dataclass
class Peers:
    """What the stand-ins of facilities and records answer."""

    facilities: list[dict[str, Any]] = field(default_factory=list)
    persons: dict[tuple[str, str], str] = field(default_factory=lambda: {("nik", NIK): PERSON})
    identifiers: dict[str, dict[str, str]] = field(default_factory=lambda: {PERSON: {"nik": NIK}})
    insured: dict[str, dict[str, Any]] = field(default_factory=dict)
    villages: dict[str, str] = field(default_factory=dict)
    visible: set[str] = field(default_factory=lambda: {PERSON})
    records_down: bool = False
    registered: list[dict[str, Any]] = field(default_factory=list)
    """What somebody was registered with."""
    asked_with: list[dict[str, str]] = field(default_factory=list)

    def facility(
        self, code: str, name: str, bpjs_code: str | None, version: int = 1, active: bool = True,
        kind: str = "puskesmas",
    ) -> None:  # fmt: skip
        """Put one facility into the feed."""
        data = {"code": code, "name": name, "kind": kind, "bpjs_code": bpjs_code, "active": active}
        self._tell("facility", code, version, data)

    def link(self, child: str, parent: str, first: str, last: str | None = None) -> None:
        """Put into the feed on whom a posyandu or pustu hangs."""
        data = {"child": child, "parent": parent, "valid_from": first, "valid_until": last}
        self._tell("link", f"{child}/{first}", 1, data)

    def _tell(self, type_: str, subject: str, version: int, data: dict[str, Any]) -> None:
        self.facilities.append(
            {
                "position": len(self.facilities) + 1, "at": "2026-11-21T01:00:00.000000Z", "type": type_,
                "kind": "created" if version == 1 else "changed", "id": subject, "version": version, "person": None,
                "data": data,
            }
        )  # fmt: skip


def facilities_app(peers: Peers) -> FastAPI:
    app = FastAPI()

    @app.get("/oauth2/v1/jwks")
    async def jwks() -> dict[str, Any]:
        return {"keys": [jwt.algorithms.RSAAlgorithm.to_jwk(_KEY.public_key(), as_dict=True) | {"kid": "test"}]}

    @app.get("/internal/events")
    async def feed(after: int, wait: float = 0) -> dict[str, Any]:
        if after >= len(peers.facilities):
            await asyncio.sleep(min(wait, 0.2))
        return {"head": len(peers.facilities), "events": peers.facilities[after:]}

    return app


def referrals_app() -> FastAPI:
    app = FastAPI()

    @app.get("/internal/events")
    async def feed(wait: float = 0) -> dict[str, Any]:
        await asyncio.sleep(min(wait, 0.2))
        return {"head": 0, "events": []}

    return app


def records_app(peers: Peers) -> FastAPI:
    app = FastAPI()

    def peer(request: Request) -> None:
        assert request.headers["x-peer-key"] == PEER_KEY
        if peers.records_down:
            raise httpx.ConnectError("down")
        peers.asked_with.append(dict(request.headers))

    @app.get("/internal/events")
    async def feed(only: str = "", wait: float = 0) -> dict[str, Any]:
        await asyncio.sleep(min(wait, 0.2))
        return {"head": 0, "events": []}

    @app.get("/internal/persons")
    async def person(request: Request, system: str, value: str) -> Any:
        peer(request)
        found = peers.persons.get((system, value))
        return {"person_id": found} if found else Response(status_code=404)

    @app.get("/internal/persons/{person_id}/identifiers")
    async def identifiers(request: Request, person_id: str) -> Any:
        peer(request)
        numbers = peers.identifiers.get(person_id, {})
        return [{"system": f"https://fhir.kemkes.go.id/id/{k}", "value": v} for k, v in numbers.items()]

    @app.get("/internal/persons/{person_id}/insured")
    async def insured(request: Request, person_id: str, facility: str) -> Any:
        peer(request)
        if person_id.startswith("own"):
            return Response(status_code=404)
        known = {"person": person_id, "patient": person_id, "born": None, "mother": None, "mother_nik": None}
        return known | {"visits": 0} | peers.insured.get(person_id, {})

    @app.post("/internal/persons/matched")
    async def matched(request: Request) -> Any:
        peer(request)
        numbers = (await request.json())["numbers"]
        assert len(numbers) <= 1000
        owners = [peers.persons.get(("nik", n)) or peers.persons.get(("jkn", c)) for n, c in numbers]
        return [{"person": o, "village": peers.villages.get(o), "differ": False} if o else None for o in owners]

    @app.post("/internal/visible")
    async def visible(request: Request) -> dict[str, list[str]]:
        peer(request)
        return {"visible": [p for p in (await request.json())["person_ids"] if p in peers.visible], "opened": []}

    @app.post("/internal/registrations")
    async def register(request: Request) -> dict[str, str]:
        peer(request)
        said = await request.json()
        known = (peers.persons.get((k, said.get(k))) for k in ("nik", "jkn") if said.get(k))
        person = next((p for p in known if p), None) or f"new-{said['nik']}"
        peers.persons |= {(k, said[k]): person for k in ("nik", "jkn") if said.get(k)}
        peers.registered.append(said)
        return {"person_id": person, "patient_id": person}

    @app.post("/internal/names")
    async def names(request: Request) -> dict[str, Any]:
        peer(request)
        asked = (await request.json())["person_ids"]
        return {p: {"name": f"Nama {p[-1]}"} for p in asked if p in peers.visible}

    @app.get("/fhir-r4/v1/{kind}")
    async def fhir(kind: str, patient: str = "") -> dict[str, Any]:
        own = {"resource": {"resourceType": kind, "id": "own-1"}, "search": {"mode": "match"}}
        return {"resourceType": "Bundle", "type": "searchset", "entry": [own] if patient == "Patient/own" else []}

    @app.get("/fhir-r4/v1/{kind}/{own}")
    async def one(kind: str, own: str) -> dict[str, str]:
        return {"resourceType": kind, "id": own}

    @app.get("/internal/access")
    async def access(request: Request, person: str) -> dict[str, bool | str]:
        peer(request)
        assert request.headers["authorization"].startswith("Bearer ")
        seen = person in peers.visible
        return {"allowed": seen, "known": seen, "opened": False, "person": person}

    return app


@dataclass
class Stage:
    """One running JKN service with everything around it."""

    app: App
    http: httpx.AsyncClient
    peers: Peers
    world: World
    simulator: httpx.AsyncClient
    login: Callable[..., dict[str, str]] = token

    async def ask(self, question: dict[str, Any], role: str = "clinic-system", **kw: Any) -> httpx.Response:
        """POST /v1/eligibility."""
        headers = token(role, **kw) | {"accept-language": "id"}
        return await self.http.post("/v1/eligibility", json=question, headers=headers)

    async def play(self, fault: str, **kw: Any) -> None:
        """Let the simulator play a fault, beside those it plays already."""
        (await self.simulator.post("/_control/faults", json={"fault": fault, **kw})).raise_for_status()

    async def heal(self) -> None:
        """Let it stop them all."""
        (await self.simulator.delete("/_control/faults")).raise_for_status()

    async def rows(self, query: str, *args: Any) -> list[dict[str, Any]]:
        """Rows of the service's own database."""
        async with self.app.state.service.db.reading() as conn:
            return [dict(r) for r in await conn.fetch(query, *args)]

    async def accesses(self) -> list[dict[str, Any]]:
        """The access log so far, sealed or not."""
        columns = "actor, role, facility, person_id, action, what, purpose, outcome"
        return await self.rows(
            f"SELECT {columns}, at FROM access_log UNION ALL SELECT {columns}, at FROM access_pending ORDER BY at"
        )

    async def events(self) -> list[dict[str, Any]]:
        """The service's feed once everything is sealed."""
        for _ in range(100):
            if not await self.rows("SELECT 1 FROM event_pending"):
                break
            await asyncio.sleep(0.02)
        headers = {"x-peer-key": PEER_KEY}
        found: list[dict[str, Any]] = (await self.http.get("/internal/events", headers=headers)).json()["events"]
        return found


def world_of(simulator: FastAPI) -> World:
    world: World = simulator.state.world
    world.providers = [
        Provider(code="9914P001", name="Puskesmas Selatpanjang", areas=["141001"]),
        Provider(code="9914P003", name="Puskesmas Anak Setatah", areas=["141002"]),
    ]
    world.fix(NIK, Override(active=True))
    return world


@asynccontextmanager
async def staged(database_url: str, beside: dict[str, Any] | None = None, **settings: Any) -> AsyncIterator[Stage]:
    """A stage; `beside` are other peers than the stand-ins, by name; `settings` change the service's own."""
    peers = Peers()
    peers.facility("P1410010101", "Puskesmas Selatpanjang", "9914P001")
    peers.facility("K1410010201", "Klinik Pratama Mutiara Selat", "9914b011")
    peers.facility("D1410010301", "Praktik dr. Rahmat Hidayat", None)
    simulator = build_simulator(SimulatorSettings())
    apps = {"facilities": facilities_app(peers), "records": records_app(peers), "jkn-simulator": simulator}
    apps |= {"referrals": referrals_app()} | (beside or {})
    mounts = {f"all://{name}": httpx.ASGITransport(app) for name, app in apps.items()}
    quick = {"bpjs_timeout": 0.5, "bpjs_patience": 1.5, "bpjs_pause": 0.01, "member_fresh": 0, "jkn_keys": KEYS}
    own = CoverageSettings(database_url=database_url, **({"peer_key": PEER_KEY} | quick | settings))
    async with httpx.AsyncClient(mounts=mounts) as http:
        app = build(own, http)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://coverage") as client,
            httpx.AsyncClient(transport=httpx.ASGITransport(simulator), base_url="http://sim") as control,
        ):
            stage = Stage(app, client, peers, world_of(simulator), control)
            while len(await stage.rows("SELECT 1 FROM facility")) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            yield stage
