"""A facility's own program at the simulated BPJS: what any integrator's code would sign, send and open."""

import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import orjson
from fastapi import FastAPI

from services.coverage.bpjs.crypto import Key
from services.coverage.bpjs.login import Login
from services.coverage.simulator.app import build
from services.coverage.simulator.members import Override
from services.coverage.simulator.settings import SimulatorSettings
from services.coverage.simulator.world import World

HERE, THERE = "9914P001", "9914P003"
NIK = "1410014107900001"
TODAY = date(2026, 11, 21)
DAY = "21-11-2026"


@dataclass
class Told:
    """One answer: HTTP status, code and message of the envelope, the opened response, and whether it was sealed."""

    status: int
    code: Any
    message: str
    value: Any
    sealed: bool

    @property
    def faults(self) -> dict[str, str]:
        """The fields of a 412."""
        assert self.code == 412, (self.code, self.message, self.value)
        return {f["field"]: f["message"] for f in self.value}


@dataclass
class Caller:
    """One facility's line to a simulator in this process, or (`at`) at an address."""

    app: FastAPI
    login: Login
    base: str = "/pcare-rest"
    now: Any = time.time
    address: str = "http://sim"
    patience: float = 5.0

    @classmethod
    def at(cls, address: str, login: Login, base: str = "/pcare-rest") -> "Caller":
        """A line over real HTTP."""
        return cls(FastAPI(), login, base, address=address)

    def _client(self) -> httpx.AsyncClient:
        inside = httpx.ASGITransport(self.app) if self.address == "http://sim" else None
        patience = {"timeout": self.patience, "trust_env": False}
        return httpx.AsyncClient(transport=inside, base_url=self.address, verify=False, **patience)  # noqa: S501

    async def raw(
        self, method: str, path: str, body: Any = None, stamp: str | None = None, **headers: str
    ) -> httpx.Response:
        """The answer as it came."""
        sent = None if body is None else orjson.dumps(body)
        signed = self.login.headers(stamp or str(int(self.now()))) | {"content-type": "text/plain"} | headers
        async with self._client() as http:
            return await http.request(method, self.base + path, content=sent, headers=signed)

    async def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Told:
        stamp = str(int(self.now()))
        told = (reply := await self.raw(method, path, body, stamp, **headers)).json()
        meta = next(v for k, v in told.items() if k.lower() == "metadata")
        value, sealed = told["response"], False
        if isinstance(value, str):
            value, sealed = orjson.loads(Key.of(self.login.cons_id, self.login.secret, stamp).open(value)), True
        return Told(reply.status_code, meta["code"], meta["message"], value, sealed)


def registration(card: str, day: str, **other: Any) -> dict[str, Any]:
    """A registration as a facility sends it."""
    return {
        "kdProviderPeserta": HERE, "tglDaftar": day, "noKartu": card, "kdPoli": "001", "keluhan": None,
        "kunjSakit": True, "sistole": 0, "diastole": 0, "beratBadan": 0, "tinggiBadan": 0, "respRate": 0,
        "lingkarPerut": 0, "heartRate": 0, "rujukBalik": 0, "kdTkp": "10", **other,
    }  # fmt: skip


def visit(card: str, day: str, **other: Any) -> dict[str, Any]:
    """A visit as a facility sends it, without a referral."""
    return {
        "noKunjungan": None, "noKartu": card, "tglDaftar": day, "kdPoli": "001", "keluhan": "batuk", "kdSadar": "01",
        "sistole": 120, "diastole": 80, "beratBadan": 60, "tinggiBadan": 165, "respRate": 20, "heartRate": 80,
        "lingkarPerut": 80, "suhu": "36.5", "kdStatusPulang": "3", "tglPulang": day, "kdDokter": "131491",
        "kdDiag1": "J06.9", "kdDiag2": None, "kdDiag3": None, "kdPoliRujukInternal": None, "rujukLanjut": None,
        "kdTacc": -1, "alasanTacc": None, "anamnesa": "batuk 3 hari", "alergiMakan": "00", "alergiUdara": "00",
        "alergiObat": "00", "kdPrognosa": "01", "terapiObat": "", "terapiNonObat": "", "bmhp": "", **other,
    }  # fmt: skip


def referred(card: str, day: str, **other: Any) -> dict[str, Any]:
    """A visit that refers onward, as in the published example: a first-level diagnosis with TACC."""
    onward = {"tglEstRujuk": day, "kdppk": "0101R001", "subSpesialis": {"kdSubSpesialis1": "3", "kdSarana": "1"}}
    return visit(
        card, day, **({"kdStatusPulang": "4", "kdDiag1": "K29.6", "rujukLanjut": onward | {"khusus": None},
        "kdTacc": 1, "alasanTacc": ">= 7 Hari"} | other),
    )  # fmt: skip


def opened(state: Path | None = None, provider: str | None = HERE) -> Caller:
    """A simulator on one day, on a folder that lasts if one is given, and a facility's line to it; NIK is an active
    member."""
    settings = SimulatorSettings(today=TODAY, state=state)
    made = Caller(build(settings), settings.login(provider))
    world(made).fix(NIK, Override(active=True))
    return made


def world(caller: Caller) -> World:
    """What the simulator holds."""
    found: World = caller.app.state.world
    return found


def card(caller: Caller) -> str:
    """The card of NIK."""
    found = world(caller).by_nik(NIK)
    assert found
    return str(found["noKartu"])


async def entered(caller: Caller, **other: Any) -> str:
    """A registration and its visit; the visit's number."""
    assert (await caller("POST", "/pendaftaran", registration(card(caller), DAY))).code == 201
    told = await caller("POST", "/kunjungan/V1", visit(card(caller), DAY, **other))
    assert told.code == 201, told.value
    return str(told.value[0]["message"])
