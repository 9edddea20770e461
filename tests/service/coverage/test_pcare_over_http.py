"""The simulator and the client over real HTTP, as in the split deployment and at BPJS."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from services.coverage.app import ways_out
from services.coverage.bpjs.crypto import Key, authorization, signature
from services.coverage.bpjs.login import Login
from services.coverage.bpjs.outcomes import Because, Member, NotFound, Outcome, Refused, Unavailable
from services.coverage.bpjs.pcare import PCare
from services.coverage.bpjs.wire import BpjsService, Patience, Wire
from services.coverage.settings import CoverageSettings
from services.coverage.simulator.app import build
from services.coverage.simulator.faults import Fault, Play
from services.coverage.simulator.members import Override
from services.coverage.simulator.settings import SimulatorSettings
from services.coverage.simulator.world import World
from tests.service.coverage.jkn_stage import NIK, staged

LOGIN = SimulatorSettings().login()
QUICK = Patience(one=2.0, all=6.0, tries=2, pause=0.01)
IMPATIENT = Patience(one=0.3, all=1.0, tries=2, pause=0.01)


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """`app` on a free port of loopback."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def simulator() -> AsyncIterator[tuple[str, World]]:
    app = build(SimulatorSettings())
    app.state.world.fix(NIK, Override(active=True))
    async with serving(app) as address:
        yield address, app.state.world


@pytest.fixture
async def pcare(simulator: tuple[str, World]) -> AsyncIterator[PCare]:
    async with httpx.AsyncClient(trust_env=False) as http:
        yield PCare(Wire(http, f"{simulator[0]}/pcare-rest/", QUICK), LOGIN)


def because(outcome: Outcome) -> Because:
    assert isinstance(outcome, Refused)
    return outcome.because


async def test_a_member_by_nik_and_by_card(pcare: PCare) -> None:
    by_nik = await pcare.member_by_nik(NIK)
    assert isinstance(by_nik, Member) and by_nik.active and by_nik.card
    assert await pcare.member_by_card(by_nik.card) == by_nik


async def test_nobody_by_this_number(pcare: PCare) -> None:
    assert await pcare.member_by_card("9999999999999") == NotFound()


async def test_a_newborn_of_zeros_is_never_someone(pcare: PCare) -> None:
    assert await pcare.member_by_nik("0" * 16) == NotFound()


async def test_bpjs_rules_of_form(pcare: PCare) -> None:
    for refused, field in ((await pcare.member_by_nik("123"), "nik"), (await pcare.member_by_card("123"), "noka")):
        assert isinstance(refused, Refused)
        assert (refused.because, refused.names, refused.code) == (Because.RULE, (field,), 412)


async def test_each_try_is_signed_anew(simulator: tuple[str, World]) -> None:
    address, world = simulator
    clock = iter([1_800_000_000.0, 1_800_000_001.5, 1_800_000_001.5, *[1_800_000_003.0] * 9])
    world.now = lambda: 1_800_000_000.0
    sent: list[str] = []

    async def note(request: httpx.Request) -> None:
        sent.append(request.headers["x-timestamp"])

    world.plays.start(Play(fault=Fault.EMPTY_BODY, times=1))
    async with httpx.AsyncClient(trust_env=False, event_hooks={"request": [note]}) as http:
        wire = Wire(http, f"{address}/pcare-rest", QUICK, now=lambda: next(clock))
        found = await PCare(wire, LOGIN).member_by_nik(NIK)
    assert isinstance(found, Member)
    assert sent == ["1800000000", "1800000001"]


async def test_a_silent_server_and_a_closed_port(simulator: tuple[str, World]) -> None:
    address, world = simulator
    world.plays.start(Play(fault=Fault.TIMEOUT, seconds=0.6))
    async with httpx.AsyncClient(trust_env=False) as http:
        silent = PCare(Wire(http, f"{address}/pcare-rest", IMPATIENT), LOGIN)
        assert await silent.member_by_nik(NIK) == Unavailable(Because.TIMEOUT)
        closed = PCare(Wire(http, "http://127.0.0.1:9/pcare-rest", QUICK), LOGIN)
        assert await closed.member_by_nik(NIK) == Unavailable(Because.CONNECTION, reached=False)


async def test_a_wrong_clock_is_told_from_a_wrong_secret(simulator: tuple[str, World]) -> None:
    address, world = simulator
    async with httpx.AsyncClient(trust_env=False) as http:
        real = world.now
        late = PCare(Wire(http, f"{address}/pcare-rest", QUICK, now=lambda: real() - 600), LOGIN)
        assert because(await late.member_by_nik(NIK)) is Because.CLOCK
        wrong = PCare(Wire(http, f"{address}/pcare-rest", QUICK), replace(LOGIN, secret="x"))
        assert because(await wrong.member_by_nik(NIK)) is Because.SIGNATURE


async def test_the_wire_is_the_published_one(simulator: tuple[str, World]) -> None:
    """Not through our client: what any integrator's code would send and open."""
    address, world = simulator
    stamp = str(int(world.now()))
    headers = {
        "X-cons-id": LOGIN.cons_id, "X-timestamp": stamp, "user_key": LOGIN.user_key,
        "X-signature": signature(LOGIN.cons_id, LOGIN.secret, stamp),
        "X-authorization": authorization(LOGIN.username, LOGIN.password, "095"),
    }  # fmt: skip
    async with httpx.AsyncClient(base_url=address, trust_env=False) as http:
        reply = (await http.get(f"/pcare-rest/peserta/nik/{NIK}", headers=headers)).json()
        assert reply["metaData"] == {"message": "OK", "code": 200}
        card = httpx.Response(200, text=Key.of(LOGIN.cons_id, LOGIN.secret, stamp).open(reply["response"])).json()
        old = await http.get(f"/pcare-rest/peserta/{card['noKartu']}", headers=headers)
        assert old.json()["metaData"]["code"] == 200
        lost = await http.get("/pcare-rest/kunjungan", headers=headers)
        assert lost.status_code == 404
        assert lost.json()["metaData"]["message"].startswith("Unauthorized! You are not registered")


async def test_control_is_for_this_machine_or_with_the_key() -> None:
    app = build(SimulatorSettings(control_key="key-of-the-desk"))
    away = httpx.ASGITransport(app, client=("203.0.113.7", 4711))
    async with httpx.AsyncClient(transport=away, base_url="http://sim") as http:
        assert (await http.get("/_control/state")).status_code == 403
        assert (await http.get("/_control/state", headers={"x-simulator-key": "guess"})).status_code == 403
        answer = await http.get("/_control/state", headers={"x-simulator-key": "key-of-the-desk"})
        assert answer.json() == {"asked": 0, "playing": [], "fixed": 0, "providers": 0}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"x-forwarded-for": "127.0.0.1"}, 200),  # the gateway of a split house, for somebody at this machine
        ({"x-forwarded-for": "203.0.113.7"}, 403),
        ({"x-forwarded-for": "203.0.113.7, 127.0.0.1"}, 403),
        ({"forwarded": "for=203.0.113.7"}, 403),
        ({"x-forwarded-for": "203.0.113.7", "x-simulator-key": "key-of-the-desk"}, 200),
        ({"origin": "http://sim", "sec-fetch-site": "same-origin", "host": "sim"}, 403),  # a name led to this machine
        ({"origin": "http://evil.example"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"origin": "http://127.0.0.1:8090", "sec-fetch-site": "same-origin", "host": "127.0.0.1:8090"}, 200),
    ],
    ids=str,
)
async def test_a_neighbour_on_loopback_counts_as_whom_it_speaks_for(headers: dict[str, str], status: int) -> None:
    app = build(SimulatorSettings(control_key="key-of-the-desk"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sim") as http:
        assert (await http.get("/_control/state", headers=headers)).status_code == status


async def test_the_control_desk(simulator: tuple[str, World]) -> None:
    address, world = simulator
    async with httpx.AsyncClient(base_url=f"{address}/_control", trust_env=False) as desk:
        fktp = [{"code": "9914P001", "name": "A", "areas": ["141001"]}]
        assert (await desk.put("/network", json=fktp)).status_code == 204
        assert (await desk.put(f"/members/{NIK}", json={"active": False})).status_code == 204
        found = world.by_nik(NIK)
        assert found and (found["aktif"], found["kdProviderPst"]["kdProvider"]) == (False, "9914P001")
        assert (await desk.post("/faults", json={"fault": "html-500", "times": 2})).json() == {"id": 1}
        state = (await desk.get("/state")).json()
        assert (state["playing"][0]["fault"], state["playing"][0]["times"], state["fixed"]) == ("html-500", 2, 1)
        assert NIK not in str(state)
        assert (await desk.post("/faults", json={"fault": "unheard-of"})).status_code == 422
        assert (await desk.delete("/faults/1")).status_code == 204
        assert (await desk.delete("/faults/1")).status_code == 404
        await desk.delete(f"/members/{NIK}")
        assert (await desk.get("/state")).json()["playing"] == []


async def test_the_service_with_a_line_of_its_own(database: str, simulator: tuple[str, World]) -> None:
    """As at BPJS: another host, own client, all credentials given."""
    async with staged(database, bpjs_url=f"{simulator[0]}/pcare-rest", **_given(LOGIN)) as stage:
        told = (await stage.ask({"nik": NIK})).json()
        assert (told["status"], told["source"]) == ("active", "live")


async def test_the_egress_proxy_is_used(simulator: tuple[str, World]) -> None:
    seen: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n"))
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(proxy, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = CoverageSettings(
        bpjs_url="http://pcare.example/pcare-rest", bpjs_proxy=f"http://127.0.0.1:{port}", bpjs_tries=1, **_given(LOGIN)
    )
    async with server, httpx.AsyncClient() as peers, ways_out(settings, peers) as wires:
        outside = PCare(wires.to(BpjsService.PCARE, settings.bpjs_url), LOGIN)
        assert await outside.member_by_nik(NIK) == Unavailable(Because.EMPTY, code=502)
    assert seen[0].startswith(b"GET http://pcare.example/pcare-rest/peserta/nik/")


@pytest.mark.parametrize("wrong", [{"bpjs_user_key": ""}, {"jkn_keys": "k1:not-a-key"}])
def test_wrong_settings_are_refused_without_showing_any(wrong: dict[str, str]) -> None:
    given = {n: f"{n}-planted-x" for n in _given(LOGIN)} | wrong
    with pytest.raises(ValueError) as refused:
        CoverageSettings(bpjs_url="https://apijkn.bpjs-kesehatan.go.id/pcare-rest", **given)
    assert "planted" not in str(refused.value) and "not-a-key" not in str(refused.value)


def test_a_real_address_needs_all_credentials_and_shows_none() -> None:
    with pytest.raises(ValueError, match="SIMPUL_BPJS_SECRET"):
        CoverageSettings(bpjs_url="https://apijkn.bpjs-kesehatan.go.id/pcare-rest", bpjs_cons_id="1")
    shown = repr(CoverageSettings(bpjs_url="https://apijkn.bpjs-kesehatan.go.id/pcare-rest", **_given(LOGIN)))
    assert not any(secret in shown for secret in (LOGIN.secret, LOGIN.user_key, LOGIN.password))
    assert not any(secret in repr(LOGIN) for secret in (LOGIN.secret, LOGIN.user_key, LOGIN.password))


def _given(login: Login) -> dict[str, str]:
    return {
        "bpjs_cons_id": login.cons_id, "bpjs_secret": login.secret, "bpjs_user_key": login.user_key,
        "bpjs_username": login.username, "bpjs_password": login.password,
    }  # fmt: skip
