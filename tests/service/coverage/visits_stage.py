"""Records and the JKN service on real databases, the simulator beside them: what is written here arrives there."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from fastapi import FastAPI, Request

from services.coverage.simulator.members import Override
from services.kernel.app import App
from services.kernel.auth import Actor
from tests.service.coverage.jkn_stage import Stage, staged, token
from tests.service.records.bodies import nik
from tests.service.records.conftest import running

CLINIC, PROVIDER, HOSPITAL = "KLINIK-A", "9914P001", "R1410010401"
ZONE = ZoneInfo("Asia/Jakarta")
CHOICES = [
    ("doctor", "10009880728", "131491"), ("poli", "dalam-gedung", "001"), ("poli", "posyandu", "020"),
    ("consciousness", "*", "01"), ("prognosis", "*", "02"), ("allergy-food", "none", "00"),
    ("allergy-air", "none", "00"), ("allergy-drug", "none", "00"), ("means", "*", "1"), ("subspecialist", "dalam", "3"),
    ("area", "*", "1410"),
]  # fmt: skip


@dataclass
class Referred:
    """The stand-in of referrals: what was referred, by visit, and the numbers it was handed."""

    of: dict[str, dict[str, Any]] = field(default_factory=dict)
    handed: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    away: bool = False

    def refer(self, visit: str, referral: str, **more: Any) -> None:
        """A referral upwards, made at a visit."""
        self.of[visit] = {
            "id": referral, "kind": "vertical", "state": "sent", "urgency": "routine", "to_facility": HOSPITAL,
            "diagnosis": "I10", "sent_at": datetime.now(ZONE).isoformat(), "service": "dalam", "reason": "Perlu USG",
            "tacc": {"code": 1, "reason": ">= 7 Hari"},
        } | more  # fmt: skip

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/internal/referrals/payer")
        async def payer(request: Request) -> Any:
            asked = await request.json()
            return {"items": [self.of[asked["encounter"]]] if asked["encounter"] in self.of else []}

        @app.put("/internal/referrals/{referral}/numbers")
        async def numbers(request: Request, referral: str) -> Any:
            if self.away:
                raise httpx.ConnectError("down")
            self.handed[referral] = (await request.json())["numbers"]
            return {}

        @app.get("/internal/events")
        async def feed(wait: float = 0) -> Any:
            await asyncio.sleep(min(wait, 0.2))
            return {"head": 0, "events": []}

        @app.get("/v1/referrals/{referral}")
        async def one(referral: str) -> Any:
            visit, told = next(((v, r) for v, r in self.of.items() if r["id"] == referral), (None, {}))
            said = {"content": {"service": told.get("service"), "criterion": told.get("criterion")}}
            return {"from_facility": CLINIC, "encounter": visit, "diagnosis": told.get("diagnosis"), **said}

        return app


@dataclass
class Visits:
    """The stage of visits that are told to BPJS."""

    jkn: Stage
    clinic: httpx.AsyncClient
    referred: Referred
    record: App

    def known_to_record(self, headers: dict[str, str], role: str, facility: str | None) -> dict[str, str]:
        """The headers of a caller whose token the record knows too."""
        bearer = headers["authorization"].removeprefix("Bearer ")
        actor = Actor(subject=f"test-{role}", role=role, facility=facility, token=bearer)
        self.record.state.service.auth._actors[bearer] = (actor, time.time() + 36_000)
        return headers

    async def chosen(self, *left_out: str) -> None:
        """The facility has chosen its codes, but for those of some kinds."""
        items = [{"kind": k, "ours": o, "theirs": t, "facility": CLINIC} for k, o, t in CHOICES if k not in left_out]
        answer = await self.jkn.http.put("/v1/jkn/maps", json={"items": items}, headers=token("dinkes-admin", None))
        assert answer.status_code == 200, answer.text

    def member(self, active: bool = True) -> str:
        """The NIK of a member."""
        number = nik()
        self.jkn.world.fix(number, Override(active=active))
        return number

    async def visit(self, number: str, **more: Any) -> str:
        """A visit of today posted at the clinic; its id."""
        made = await self.clinic.post("/v1/visits", json=self.words(number, **more))
        assert made.status_code == 201, made.text
        return str(made.json()["visit_id"])

    def words(self, number: str, **more: Any) -> dict[str, Any]:
        at = datetime.now(ZONE).replace(hour=0, minute=1, second=0, microsecond=0)
        return {
            "patient": {"nik": number, "name": "Siti Aminah", "birth_date": "1990-07-01", "sex": "P"},
            "at": at.isoformat(), "reason": "Pusing", "practitioner": {"ihs": "10009880728"},
            "diagnoses": [{"icd10": "I10", "primary": True}],
            "measurements": {"systolic": 152, "diastolic": 94, "weight_kg": 63.5, "height_cm": 158},
        } | more  # fmt: skip

    async def delivery(self, visit: str, *states: str) -> dict[str, Any]:
        """The delivery of a visit once it stands in one of these states and owes nothing more."""
        rows: list[dict[str, Any]] = []
        for _ in range(600):
            rows = await self.jkn.rows("SELECT * FROM delivery WHERE subject = $1", visit)
            if rows and rows[0]["state"] in states and rows[0]["wanted"] == rows[0]["sent"]:
                return rows[0]
            await asyncio.sleep(0.02)
        tries = await self.jkn.rows("SELECT step, outcome, code, because FROM delivery_try ORDER BY at")
        raise AssertionError(f"{rows} {tries}")

    def at_bpjs(self, table: str) -> list[dict[str, Any]]:
        """What the simulator holds, with the bodies it was sent."""
        rows = [dict(r) for r in self.jkn.world.store.all(f"SELECT * FROM {table}")]
        return [r | {"body": json.loads(r["body"])} if "body" in r else r for r in rows]


@asynccontextmanager
async def told(records_url: str, coverage_url: str, folder: Path, **settings: Any) -> AsyncIterator[Visits]:
    """Everything running; the clinic's visits are sent at once."""
    referred = Referred()
    async with running(records_url, folder, still=True) as records:
        actor = Actor(subject="app-klinik", role="clinic-system", facility=CLINIC, token="klinik")
        records.state.service.auth._actors["klinik"] = (actor, time.time() + 36_000)
        headers, transport = {"authorization": "Bearer klinik"}, httpx.ASGITransport(app=records)
        beside = {"records": records, "referrals": referred.app()}
        quick = {"outbox_settle": 0.0, "outbox_pause": 0.05, "bpjs_write_timeout": 1.0, "outbox_quiet": 30.0}
        async with (
            staged(coverage_url, beside, **({"peer_key": "kunci"} | quick | settings)) as jkn,
            httpx.AsyncClient(transport=transport, base_url="http://t", headers=headers) as clinic,
        ):
            jkn.peers.facility(CLINIC, "Klinik A", PROVIDER)
            jkn.peers.facility(HOSPITAL, "RSUD Kabupaten Kepulauan Meranti", "9914R044")
            while len(await jkn.rows("SELECT 1 FROM facility")) < 5:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            yield Visits(jkn, clinic, referred, records)
