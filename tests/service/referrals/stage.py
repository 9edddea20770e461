"""One running referrals service: on a real database, with stand-ins for the peers it asks."""

import asyncio
import csv
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import FastAPI, Request, Response
from pydantic import SecretStr

from services.kernel.app import App
from services.kernel.settings import Settings
from services.referrals.app import build
from services.referrals.room import load

PRACTICE, PUSKESMAS, CLINIC, HOSPITAL = "D1410010301", "P1410010101", "K1410010201", "R1410010401"
OFFICE = "G1410010501"
NIK, PERSON = "1410014107900001", "0190a3f0-0000-7000-8000-000000000001"
STRANGER = "0190a3f0-0000-7000-8000-000000000099"
PEER_KEY = "kunci-peer-uji"
NETWORK = Path(__file__).resolve().parents[3] / "deploy" / "demo" / "network" / "facilities.csv"
DUE = (date.today() + timedelta(days=700)).isoformat()
"""A day of control that lies ahead."""
REASON = "Tekanan darah 150/95 pada kehamilan 32 minggu"
DOCTOR = "10009880001"
IDENTITY = {
    "name": "Siti Aminah binti Ñuñez", "nik": NIK, "jkn": "0001112223334", "born": "1990-07-01", "sex": "female",
    "address": "Jl. Merdeka No. 3, RT 003/RW 001, Kepulauan Meranti", "phone": "081234567890",
}  # fmt: skip
FACILITIES = {
    PRACTICE: {
        "code": PRACTICE, "name": "Praktik dr. Rahmat Hidayat", "address": "Jl. Teuku Umar No. 2",
        "phone": "0763-990016", "bpjs_code": "9914D001", "satusehat_id": "991410016", "kind": "tpmd",
    },
    PUSKESMAS: {"code": PUSKESMAS, "name": "Puskesmas Selatpanjang", "address": "Jl. Merdeka No. 1", "phone": None},
}  # fmt: skip
RESUME = {
    "patient": {"name": "SITI AMINAH", "nik": NIK, "birth_date": "1990-07-01", "gender": "female"},
    "allergies": [{"system": None, "code": None, "display": "Amoksisilin", "date": None, "value": None}],
    "problems": [], "medicines": [], "vitals": [], "lab": [], "pregnancy": [], "immunizations": [],
}  # fmt: skip
"""What the record's stand-in hands on."""
VILLAGES = {r["code"]: r["village"] for r in csv.DictReader(NETWORK.read_text().splitlines())}
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def token(
    role: str, facility: str | None, subject: str | None = None, lasts: float = 36_000, face: str = "fhir"
) -> dict[str, str]:
    """The header of a caller in one role at one facility."""
    claims = {
        "iss": "simpul", "sub": subject or f"{role}@{facility}", "role": role, "facility": facility,
        "exp": time.time() + lasts, "face": face,
    }  # fmt: skip
    return {"authorization": "Bearer " + jwt.encode(claims, _KEY, algorithm="RS256", headers={"kid": "uji"})}


@dataclass
class Peers:
    """What the stand-ins of facilities and records answer."""

    feed: list[dict[str, Any]] = field(default_factory=list)
    persons: dict[tuple[str, str], str] = field(default_factory=lambda: {("nik", NIK): PERSON})
    hidden: set[str] = field(default_factory=lambda: {STRANGER})
    merged: dict[str, str] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    identity: dict[str, Any] = field(default_factory=lambda: dict(IDENTITY))
    unseen: set[tuple[str, str]] = field(default_factory=set)
    """Who (their facility) may not see who somebody (their id) is."""
    records_down: bool = False
    network: dict[str, Any] | None = None
    """What the network knows of where to refer; None: it is away."""
    looked_up: list[dict[str, Any]] = field(default_factory=list)
    """What it was asked of that."""
    resume_down: bool = False
    kept: dict[str, str] = field(default_factory=dict)
    left_open: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0

    def facility(self, code: str, name: str, kind: str, satusehat_id: str | None, *, active: bool = True) -> None:
        """Put one facility into the feed."""
        version = 1 + sum(e["id"] == code for e in self.feed)
        data = {"code": code, "name": name, "kind": kind, "satusehat_id": satusehat_id, "active": active}
        self.feed.append(
            {
                "position": len(self.feed) + 1, "at": "2026-11-21T01:00:00.000000Z", "type": "facility",
                "kind": "created" if version == 1 else "changed", "id": code, "version": version, "person": None,
                "data": data,
            }
        )  # fmt: skip


def registry(peers: Peers) -> FastAPI:
    """A stand-in for the facilities: its keys and its feed."""
    app = FastAPI()

    @app.get("/oauth2/v1/jwks")
    async def jwks() -> dict[str, Any]:
        return {"keys": [jwt.algorithms.RSAAlgorithm.to_jwk(_KEY.public_key(), as_dict=True) | {"kid": "uji"}]}

    @app.get("/internal/events")
    async def feed(after: int, wait: float = 0) -> dict[str, Any]:
        if after >= len(peers.feed):
            await asyncio.sleep(min(wait, 60))
        return {"head": len(peers.feed), "events": peers.feed[after:]}

    @app.get("/v1/facilities/{code}")
    async def facility(request: Request, code: str) -> Any:
        assert request.headers["authorization"].startswith("Bearer ")
        return FACILITIES.get(code) or Response(status_code=404)

    @app.get("/internal/practitioners/{id_}")
    async def practitioner(request: Request, id_: str) -> Any:
        assert request.headers["x-peer-key"] == PEER_KEY
        row = {"facility": PRACTICE, "name": "dr. Rahmat Hidayat", "sip_number": "503/0017/2024"}
        return [row] if id_ == DOCTOR else []

    @app.post("/internal/candidates")
    async def candidates(request: Request) -> Any:
        assert request.headers["x-peer-key"] == PEER_KEY
        if peers.network is None:
            raise httpx.ConnectError("down")
        peers.looked_up.append(await request.json())
        only = peers.looked_up[-1]["only"]
        area = peers.looked_up[-1]["area"] or ""
        found = [
            f for f in peers.network["facilities"]
            if (only is None or f["code"] in only) and VILLAGES.get(f["code"], "").startswith(area)
        ]  # fmt: skip
        return peers.network | {"facilities": found}

    @app.get("/v1/service-types")
    async def service_types() -> Any:
        return {"items": [{"code": "kia", "name": "Kesehatan ibu dan anak"}]}

    return app


def _records(peers: Peers) -> FastAPI:
    app = FastAPI()

    def peer(request: Request) -> None:
        assert request.headers["x-peer-key"] == PEER_KEY
        if peers.records_down:
            raise httpx.ConnectError("down")
        peers.asked += 1

    @app.get("/internal/persons/{person_id}/identity")
    async def identity(request: Request, person_id: str) -> Any:
        peer(request)
        claims = jwt.decode(
            request.headers["authorization"].removeprefix("Bearer "), options={"verify_signature": False}
        )
        if (claims["facility"], person_id) in peers.unseen:
            return Response(status_code=403)
        return peers.identity if person_id == PERSON else Response(status_code=404)

    @app.post("/internal/persons/{person_id}/match")
    async def match(request: Request, person_id: str) -> Any:
        peer(request)
        said, known = await request.json(), peers.identity
        if said["birth_date"]:
            return {"match": said["birth_date"] == known["born"] if known["born"] else None}
        return {"match": known["nik"].endswith(said["nik_end"])}

    @app.get("/internal/diagnoses/{code}")
    async def diagnosis(code: str) -> Any:
        return {"name": {"O13": "Hipertensi gestasional"}.get(code)}

    @app.get("/internal/events")
    async def feed(only: str, wait: float = 0) -> dict[str, Any]:
        await asyncio.sleep(min(wait, 60))
        return {"head": 0, "events": []}

    @app.post("/internal/sending")
    async def sending(request: Request) -> dict[str, Any]:
        peer(request)
        assert request.headers["authorization"].startswith("Bearer ")
        asked = await request.json()
        person = asked.get("person") or peers.persons.get((asked["system"], asked["value"]))
        known = person is not None and person not in peers.hidden
        resume = None
        if known and asked["facilities"] is not None and not peers.resume_down:
            resume = {"resume": RESUME, "kept": weighed(asked), "classes": [], "withheld": True}
        return {"person": peers.merged.get(person, person), "known": known, "resume": resume}

    @app.post("/internal/resume")
    async def resume(request: Request) -> dict[str, Any]:
        peer(request)
        assert request.headers["authorization"].startswith("Bearer ")
        if peers.resume_down:
            raise httpx.ReadTimeout("slow")
        asked = await request.json()
        return {"resume": RESUME, "kept": weighed(asked), "classes": [], "withheld": True}

    @app.post("/internal/kept")
    async def kept(request: Request) -> dict[str, str | None]:
        peer(request)
        return weighed(await request.json())

    def weighed(asked: dict[str, Any]) -> dict[str, str | None]:
        return {f: peers.kept.get(f) for f in asked["facilities"]}

    @app.get("/internal/left-open")
    async def left_open(request: Request, referral: str) -> dict[str, Any]:
        peer(request)
        return {"items": [i for i in peers.left_open if i["referral"] == referral], "more": False}

    @app.post("/internal/shown")
    async def shown(request: Request) -> dict[str, list[str]]:
        peer(request)
        asked: list[str] = (await request.json())["resources"]
        return {"shown": [ref for ref in asked if ref.partition("/")[2] not in peers.closed]}

    return app


@dataclass
class Stage:
    """The service, a way to call it as anybody, and a look behind it."""

    app: App
    http: httpx.AsyncClient
    peers: Peers
    since: int = 0
    looked: datetime = datetime(2000, 1, 1, tzinfo=UTC)

    async def send(self, who: dict[str, str] | None = None, key: str | None = None, **changes: Any) -> httpx.Response:
        """The practice refers the woman to the puskesmas, with `changes`."""
        body = {
            "patient": {"nik": NIK}, "to_facility": PUSKESMAS, "urgency": "urgent", "kind": "horizontal",
            "diagnosis": "O13", "reason": REASON,
        } | changes  # fmt: skip
        body = {k: v for k, v in body.items() if v is not None}
        headers = (who or token("clinician", PRACTICE)) | ({"idempotency-key": key} if key else {})
        return await self.http.post("/v1/referrals", json=body, headers=headers)

    async def sent(self, **changes: Any) -> str:
        """The id of a referral that was sent."""
        answer = await self.send(**changes)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def take(
        self, referral: str, verb: str, who: dict[str, str], told: dict[str, Any] | None = None, key: str | None = None
    ) -> httpx.Response:
        """Take a step."""
        headers = who | ({"idempotency-key": key} if key else {})
        return await self.http.post(f"/v1/referrals/{referral}/{verb}", json=told or {}, headers=headers)

    async def open(self, referral: str, who: dict[str, str]) -> dict[str, Any]:
        """A referral with its history."""
        answer = await self.http.get(f"/v1/referrals/{referral}", headers=who)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def rows(self, query: str, *args: Any) -> list[dict[str, Any]]:
        """Rows of the service's own database."""
        async with self.app.state.service.db.reading() as conn:
            return [dict(r) for r in await conn.fetch(query, *args)]

    async def looks(self) -> list[dict[str, Any]]:
        """The access log so far, sealed or not."""
        columns = "actor, role, facility, person_id, action, what, purpose, outcome, at"
        union = f"SELECT {columns} FROM access_log UNION ALL SELECT {columns} FROM access_pending"
        return await self.rows(f"SELECT * FROM ({union}) l WHERE at > $1 ORDER BY at", self.looked)

    async def cleared(self) -> "Stage":
        """The stage as if new, for files whose tests share one: empty, on the real clock, everybody active."""
        await self.events()
        (head,) = await self.rows("SELECT coalesce(max(position), 0) AS position, clock_timestamp() AS at FROM event")
        self.since, self.looked = head["position"], head["at"]
        service = self.app.state.service
        service.clock = service.settings.clock()
        async with service.db.reading() as conn:
            own = "referral, referral_step, follow_up, clock_version, first_answer, person_merge, moved_referral"
            await conn.execute(f"TRUNCATE {own} RESTART IDENTITY")
            await conn.execute("UPDATE facility SET active = true WHERE NOT active")
        service.room.pop("referrals", None)
        await load(service)
        return self

    async def events(self, type_: str = "referral") -> list[dict[str, Any]]:
        """The events of one type in the service's feed, once everything is sealed."""
        while await self.rows("SELECT 1 FROM event_pending"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        feed = f"/internal/events?limit=5000&after={self.since}"
        answer = await self.http.get(feed, headers={"x-peer-key": PEER_KEY})
        return [e for e in answer.json()["events"] if e["type"] == type_]


@asynccontextmanager
async def staged(database_url: str, data: Path) -> AsyncIterator[Stage]:
    """The service on a fresh database, the demo network followed."""
    peers = Peers()
    with NETWORK.open() as lines:
        for row in csv.DictReader(lines):
            peers.facility(row["code"], row["name"], row["kind"], row["satusehat_id"])
    apps = {"facilities": registry(peers), "records": _records(peers)}
    mounts = {f"all://{name}": httpx.ASGITransport(app) for name, app in apps.items()}
    settings = Settings(database_url=database_url, peer_key=SecretStr(PEER_KEY), data=data)
    async with httpx.AsyncClient(mounts=mounts) as http:
        app = build(settings, http)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://referrals") as client,
        ):
            stage = Stage(app, client, peers)
            while len(await stage.rows("SELECT 1 FROM facility")) < len(peers.feed):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            yield stage
