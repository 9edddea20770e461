"""Other people's BPJS clients, as they are published, work against the simulator over real HTTP.

`bpjs-bridging`, `pybpjs` and `Flask-Bpjs` know nothing of us, and no code of ours knows them. What they do wrong by
themselves (a 412 list becomes a 500) is written down here, too.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from services.coverage.simulator.app import build
from services.coverage.simulator.faults import Fault, Play
from services.coverage.simulator.members import Override
from services.coverage.simulator.settings import SimulatorSettings
from tests.service.coverage.bpjs_caller import HERE, referred, registration
from tests.service.coverage.test_pcare_over_http import serving

bpjs = pytest.importorskip("bpjs", reason="bpjs-bridging is not installed")
pybpjs = pytest.importorskip("pybpjs.bpjs", reason="pybpjs is not installed")
flask_bpjs = pytest.importorskip("flask_bpjs", reason="Flask-Bpjs is not installed, or its Flask is too new")

NIK, HOSPITAL = "1410014107900001", "9914R044"
TODAY = date.today()


@dataclass
class Outside:
    """A simulator at a real address, and a member of it."""

    address: str
    world: Any
    card: str

    def bridging(self, service: str, path: str, provider: str = HERE) -> Any:
        """A client of bpjs-bridging."""
        return bpjs.Bridging(self._given(provider) | {"host": f"{self.address}/{path}"}, service)

    def pybpjs(self, path: str, provider: str = HERE) -> Callable[..., Any]:
        """`bridging` of pybpjs for one service."""
        given = self._given(provider) | {"host": f"{self.address}/{path}", "is_encrypt": 1}
        return lambda *asked: pybpjs.bridging(given, *asked)

    def _given(self, provider: str) -> dict[str, Any]:
        login = SimulatorSettings().login(provider)
        return {"consid": login.cons_id, "secret": login.secret, "user_key": login.user_key}


class WithBasic(bpjs.Bridging):  # type: ignore[name-defined,misc]
    """What an integrator adds for PCare."""

    SERVICE_CONFIG = bpjs.Bridging.SERVICE_CONFIG | {
        "pcare": {"encrypted": True, "use_user_key": True, "content_type": "text/plain"}
    }

    def _headers(self, timestamp: str) -> dict[str, str]:
        login = SimulatorSettings().login(HERE)
        basic = base64.b64encode(f"{login.username}:{login.password}:095".encode()).decode()
        return dict(super()._headers(timestamp)) | {"X-authorization": f"Basic {basic}"}


@pytest.fixture
async def outside(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Outside]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    app = build(SimulatorSettings(today=TODAY))
    world = app.state.world
    world.fix(NIK, Override(active=True))
    member = world.by_nik(NIK)
    async with serving(app) as address:
        yield Outside(address, world, member["noKartu"])
    world.close()


def entered(outside: Outside) -> str:
    """A referral entered in PCare by bpjs-bridging."""
    pcare = WithBasic(outside._given(HERE) | {"host": f"{outside.address}/pcare-rest"}, "pcare")
    day = f"{TODAY:%d-%m-%Y}"
    assert pcare.request(f"peserta/nik/{NIK}")["response"]["noKartu"] == outside.card
    made = pcare.request("pendaftaran", "POST", registration(outside.card, day))
    assert made["metaData"]["code"] == 201
    assert made["response"] == {"field": "noUrut", "message": "A1"}
    body = referred(outside.card, day)
    body["rujukLanjut"]["kdppk"] = HOSPITAL
    told = pcare.request("kunjungan/V1", "POST", body)
    assert told["metaData"]["code"] == 201, told
    history = pcare.request(f"kunjungan/peserta/{outside.card}")["response"]
    assert history["list"][0]["noKunjungan"] == told["response"][0]["message"]
    twice = pcare.request("kunjungan/V1", "POST", body)
    assert twice["metaData"]["code"] == 500  # this client opens the plain list of a 412
    return str(told["response"][0]["message"])


async def test_bpjs_bridging(outside: Outside) -> None:
    def story() -> None:
        number = entered(outside)
        vclaim = outside.bridging("vclaim", "vclaim-rest", HOSPITAL)
        member = vclaim.request(f"Peserta/nokartu/{outside.card}/tglSEP/{TODAY}")
        assert (member["metaData"]["code"], member["response"]["peserta"]["nik"]) == ("200", NIK)
        assert vclaim.request(f"Rujukan/{number}")["response"]["rujukan"]["noKunjungan"] == number
        sep = {
            "noKartu": outside.card, "tglSep": str(TODAY), "jnsPelayanan": "2", "diagAwal": "I10", "user": "tes",
            "poli": {"tujuan": "INT"}, "rujukan": {"asalRujukan": "1", "noRujukan": number},
        }  # fmt: skip
        made = vclaim.request("SEP/2.0/insert", "POST", {"request": {"t_sep": sep}})["response"]["sep"]["noSep"]
        assert vclaim.request(f"Rujukan/JumlahSEP/1/{number}")["response"] == {"jumlahSEP": "1"}
        gone = {"request": {"t_sep": {"noSep": made, "user": "tes"}}}
        assert vclaim.request("SEP/2.0/delete", "DELETE", gone)["response"] == made  # plain, as this client knows
        nobody = vclaim.request(f"Peserta/nokartu/9999999999999/tglSEP/{TODAY}")
        assert (nobody["metaData"]["code"], nobody["response"]) == ("201", None)

        antrean = outside.bridging("antrean", "antreanfktp")
        assert antrean.request(f"ref/poli/tanggal/{TODAY}")["metaData"]["code"] in (200, 201)  # 201 on Sundays
        ticket = {
            "nomorkartu": outside.card, "nik": NIK, "nohp": "0812", "kodepoli": "001", "namapoli": "POLI UMUM",
            "norm": "", "tanggalperiksa": str(TODAY), "kodedokter": 131491, "namadokter": "dr. X",
            "jampraktek": "08:00-12:00", "nomorantrean": "A-1", "angkaantrean": 1, "keterangan": "",
        }  # fmt: skip
        assert antrean.request("antrean/add", "POST", ticket)["metaData"] == {"code": 200, "message": "OK"}

        icare = outside.bridging("icare", "wsihs")
        link = icare.request("api/pcare/validate", "POST", {"param": outside.card})["response"]["url"]
        assert link.startswith(f"{outside.address}/icare/")

    await asyncio.to_thread(story)


async def test_bpjs_bridging_meets_faults(outside: Outside) -> None:
    vclaim, path = outside.bridging("vclaim", "vclaim-rest-dev"), f"Peserta/nik/{NIK}/tglSEP/{TODAY}"
    for fault, code in ((Fault.DROPPED_AFTER_SUCCESS, 503), (Fault.HTML_500, 500), (Fault.WRONG_SECRET, "401"),
                        (Fault.LOWER_METADATA, "200"), (Fault.CAPITAL_CODE, "200"), (Fault.CODE_AS_NUMBER, 200),
                        (Fault.UNKNOWN_SERVICE, 404)):  # fmt: skip
        outside.world.plays.start(Play(fault=fault, times=1))
        told = await asyncio.to_thread(vclaim.request, path)
        assert told["metaData"]["code"] == code, (fault, told)


async def test_pybpjs(outside: Outside) -> None:
    def story() -> None:
        ask = outside.pybpjs("vclaim-rest", HOSPITAL)
        found = ask(f"Peserta/nik/{NIK}/tglSEP/{TODAY}", "get")
        assert (found["metaData"]["code"], found["response"]["peserta"]["noKartu"]) == ("200", outside.card)
        assert ask("Rujukan/unheard-of")["response"] is None
        wish = {"request": {"t_rujukan": {"noSep": "unheard-of"}}}
        assert ask("Rujukan/2.0/insert", "post", wish)["metaData"]["message"] == "No.SEP Tidak Ditemukan"
        queue = outside.pybpjs("antreanfktp")
        assert queue(f"ref/poli/tanggal/{TODAY}")["metaData"]["code"] in (200, 201)
        assert queue("antrean/batal", "post", {})["metaData"]["code"] == 201

    await asyncio.to_thread(story)


@pytest.mark.filterwarnings("ignore:.*is deprecated and will be removed in Flask 2.3:DeprecationWarning")
async def test_flask_bpjs(outside: Outside) -> None:
    import flask

    login = SimulatorSettings().login(HOSPITAL)
    app = flask.Flask("simrs")
    app.config |= {
        "BPJS_HOST": f"{outside.address}/vclaim-rest", "BPJS_CONST_ID": login.cons_id,
        "BPJS_SECRET_KEY": login.secret, "BPJS_USER_KEY": login.user_key,
    }  # fmt: skip
    extension = flask_bpjs.FlaskBpjs(app)

    def story() -> None:
        with app.app_context():
            assert extension.bpjs.get_peserta_nik(NIK)["peserta"]["noKartu"] == outside.card
            assert extension.bpjs.get_peserta_nokartu(outside.card)["peserta"]["nik"] == NIK

    await asyncio.to_thread(story)
