"""Every fault of the menu does what it says: alone, with others, before or after the work, and really on the wire."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import httpx
import orjson
import pytest

from services.coverage.bpjs.crypto import Key, NotSealed
from services.coverage.simulator.app import build
from services.coverage.simulator.faults import Fault, Moment, Play
from services.coverage.simulator.faults.menu import menu
from services.coverage.simulator.members import Override
from services.coverage.simulator.settings import SimulatorSettings
from tests.service.coverage.bpjs_caller import HERE, Caller, referred, registration, visit
from tests.service.coverage.test_pcare_over_http import serving

NIK, DAY = "1410014107900001", "21-11-2026"
TARGETS = f"/spesialis/rujuk/subspesialis/3/sarana/1/tglEstRujuk/{DAY}"
Side = tuple[Any, Caller, str]


@pytest.fixture
def side() -> Iterator[Side]:
    """The simulated world, a facility at its PCare, and a member's card."""
    settings = SimulatorSettings(today=date(2026, 11, 21))
    app = build(settings)
    app.state.world.fix(NIK, Override(active=True))
    yield app.state.world, Caller(app, settings.login(HERE)), app.state.world.by_nik(NIK)["noKartu"]
    app.state.world.close()


@pytest.fixture
async def wire(side: Side) -> AsyncIterator[tuple[Any, Caller, str]]:
    """The same over real HTTP."""
    world, caller, card = side
    async with serving(caller.app) as address:
        yield world, Caller.at(address, caller.login), card


def play(world: Any, fault: Fault, **kw: Any) -> None:
    world.plays.start(Play(fault=fault, **({"times": 1, "seconds": 0.05} | kw)))


async def registered(caller: Caller, card: str) -> None:
    assert (await caller("POST", "/pendaftaran", registration(card, DAY))).code == 201


async def kept(caller: Caller, card: str) -> int:
    """The member's visits at BPJS."""
    return int((await caller("GET", f"/kunjungan/peserta/{card}")).value["count"])


SAID = {
    Fault.WRONG_SECRET: (401, "Signature Service Tidak Sesuai"),
    Fault.SKEWED_CLOCK: (401, "Signature Service Tidak Sesuai"),
    Fault.WRONG_USER_KEY: (401, "Unauthorized! User key tidak sesuai"),
    Fault.PASSWORD_401: (401, "Username atau password tidak sesuai atau sudah kedaluwarsa"),
    Fault.CONSUMER_EXPIRED: (401, "Unauthorized! Consumer ID is expired!"),
    Fault.UNKNOWN_PATH: (404, "Unauthorized! You are not registered for this service!"),
    Fault.NOT_FOUND: (404, "Data tidak ditemukan"),
    Fault.RULE_412: (412, "PRECONDITION_FAILED"),
    Fault.BUSINESS_500: (500, "kdPoli Tidak sesuai dengan referensi sistem."),
    Fault.BAD_PAGING_400: (400, "StartIndex cannot be less than zero"),
}
BARE = {
    Fault.UNKNOWN_SERVICE: (404, "text/html"),
    Fault.HTML_500: (500, "text/html"),
    Fault.EMPTY_BODY: (200, "application/json"),
    Fault.NO_CONTENT_204: (204, "application/json"),
    Fault.REQUEST_TIMEOUT_408: (408, "text/plain"),
    Fault.SERVER_ERROR_503: (503, "text/plain"),
    Fault.RATE_LIMIT_429: (429, "application/json"),
}
CUT = (Fault.NOT_WHITELISTED, Fault.TIMEOUT, Fault.CONNECTION_LOST, Fault.DROPPED_AFTER_SUCCESS)
LATE = (Fault.SLOW_ANSWER, Fault.LATE_WORK)
VISITS = (Fault.NOT_REGISTERED_412, Fault.ALREADY_ENTERED_412, Fault.SAME_VISIT_TWICE)
ENVELOPE = {
    Fault.CODE_AS_TEXT: {"metaData": {"code": "200"}},
    Fault.CODE_AS_NUMBER: {"metaData": {"code": 200}},
    Fault.LOWER_METADATA: {"metadata": {"code": 200}},
    Fault.CAPITAL_CODE: {"metaData": {"Code": 200}},
}
SEALS = (Fault.UNSEALED, Fault.STALE_SEAL, Fault.SEALED_REFUSAL)
CONTENT = (Fault.EMOJI, Fault.NEWBORN, Fault.DISTANCE_INFINITE, Fault.TARGET_NULL, Fault.QUOTA_ZERO)
ELSEWHERE = (Fault.NO_DATA_201, Fault.SATUSEHAT_NUMBER_FAILED, Fault.CONTENT_TYPE_REFUSED)
"""Met at VClaim and at the pilot path: test_simulator_vclaim, test_simulator_srbk."""


def test_the_whole_menu_is_played_here() -> None:
    groups = (SAID, BARE, CUT, LATE, VISITS, ENVELOPE, SEALS, CONTENT, ELSEWHERE)
    played = [fault for group in groups for fault in group]
    assert sorted(played) == sorted(menu()) == sorted(Fault)


@pytest.mark.parametrize("fault", SAID, ids=str)
async def test_refusals(side: Side, fault: Fault) -> None:
    world, caller, card = side
    play(world, fault)
    told = await caller("GET", f"/peserta/noka/{card}")
    assert (told.status, (told.code, told.message)) == (told.code, SAID[fault])
    assert not told.sealed
    assert (await caller("GET", f"/peserta/noka/{card}")).code == 200


@pytest.mark.parametrize("fault", BARE, ids=str)
async def test_what_comes_in_place_of_an_answer(side: Side, fault: Fault) -> None:
    world, caller, card = side
    play(world, fault)
    told = await caller.raw("GET", f"/peserta/noka/{card}")
    assert (told.status_code, told.headers.get("content-type", "").split(";")[0]) == BARE[fault]


@pytest.mark.parametrize("fault", [f for f in BARE if menu()[f].movable], ids=str)
@pytest.mark.parametrize(("moment", "visits"), [(None, 0), (Moment.AFTER, 1)])
async def test_before_or_after_the_work(side: Side, fault: Fault, moment: Moment | None, visits: int) -> None:
    world, caller, card = side
    await registered(caller, card)
    play(world, fault, moment=moment, method="POST", path="/kunjungan*", provider=HERE)
    assert (await caller.raw("POST", "/kunjungan/V1", visit(card, DAY))).status_code == BARE[fault][0]
    assert await kept(caller, card) == visits


@pytest.mark.parametrize(
    ("fault", "moment", "visits"),
    [(Fault.CONNECTION_LOST, None, 0), (Fault.CONNECTION_LOST, Moment.AFTER, 1), (Fault.NOT_WHITELISTED, None, 0),
     (Fault.TIMEOUT, None, 0), (Fault.TIMEOUT, Moment.AFTER, 1), (Fault.DROPPED_AFTER_SUCCESS, None, 1)],
)  # fmt: skip
async def test_a_cut_connection(wire: Side, fault: Fault, moment: Moment | None, visits: int) -> None:
    world, caller, card = wire
    await registered(caller, card)
    play(world, fault, moment=moment)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):  # cut, not waited for
        await caller.raw("POST", "/kunjungan/V1", visit(card, DAY))
    assert await kept(caller, card) == visits
    assert (world.seen[-2].status, world.seen[-2].faults) == (0, (fault.value,))


@pytest.mark.parametrize("fault", LATE, ids=str)
async def test_slower_than_the_client(wire: Side, fault: Fault) -> None:
    world, caller, card = wire
    await registered(caller, card)
    play(world, fault, seconds=0.3)
    hasty = replace(caller, patience=0.1)
    with pytest.raises(httpx.ReadTimeout):
        await hasty.raw("POST", "/kunjungan/V1", visit(card, DAY))
    done = "SELECT count(*) FROM visit"
    assert world.store.value(done) == (1 if fault is Fault.SLOW_ANSWER else 0)
    async with asyncio.timeout(5):  # the client has left; the work is done all the same
        while world.store.value(done) == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert await kept(caller, card) == 1


async def test_late_work_in_one_process_too(side: Side) -> None:
    """There a caller that leaves takes its request with it, unless it is played otherwise."""
    world, caller, card = side
    await registered(caller, card)
    play(world, Fault.LATE_WORK, seconds=0.1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await caller.raw("POST", "/kunjungan/V1", visit(card, DAY))
    async with asyncio.timeout(5):
        while world.store.value("SELECT count(*) FROM visit") == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("fault", "field", "visits"),
    [(Fault.NOT_REGISTERED_412, "kdPoli", 0), (Fault.ALREADY_ENTERED_412, "noKartu", 1),
     (Fault.SAME_VISIT_TWICE, "noKartu", 1)],
)  # fmt: skip
async def test_refusals_of_a_visit(side: Side, fault: Fault, field: str, visits: int) -> None:
    world, caller, card = side
    await registered(caller, card)
    play(world, fault)
    told = await caller("POST", "/kunjungan/V1", visit(card, DAY))
    assert list(told.faults) == [field]
    assert await kept(caller, card) == visits


@pytest.mark.parametrize("fault", ENVELOPE, ids=str)
async def test_spellings_of_the_envelope(side: Side, fault: Fault) -> None:
    world, caller, card = side
    play(world, fault)
    told = (await caller.raw("GET", f"/peserta/noka/{card}")).json()
    ((meta, inside),) = ENVELOPE[fault].items()
    assert told[meta] == {"message": "OK", **inside}


async def test_seals(side: Side) -> None:
    world, caller, card = side
    path = f"/peserta/noka/{card}"
    play(world, Fault.UNSEALED)
    assert (await caller.raw("GET", path)).json()["response"]["noKartu"] == card
    play(world, Fault.STALE_SEAL)
    stamp = str(int(caller.now()))
    stale = (await caller.raw("GET", path, stamp=stamp)).json()["response"]
    with pytest.raises((NotSealed, ValueError)):
        orjson.loads(Key.of(caller.login.cons_id, caller.login.secret, stamp).open(stale))
    play(world, Fault.SEALED_REFUSAL)
    refused = await caller("GET", "/peserta/noka/123")
    assert (refused.sealed, list(refused.faults)) == (True, ["noka"])


async def test_contents(side: Side) -> None:
    world, caller, card = side
    play(world, Fault.EMOJI)
    told = (await caller("GET", f"/peserta/noka/{card}")).value
    assert told["kdProviderPst"]["nmProvider"].endswith("\N{HOSPITAL}\N{GRINNING FACE}")
    play(world, Fault.NEWBORN)
    told = (await caller("GET", f"/peserta/noka/{card}")).value
    assert (told["noKTP"], told["nama"]) == ("0" * 16, "BAYI BR LAHIR")
    for fault, key, value in ((Fault.DISTANCE_INFINITE, "distance", 1.79e308), (Fault.TARGET_NULL, "kdppk", "null"),
                              (Fault.QUOTA_ZERO, "kapasitas", 0)):  # fmt: skip
        play(world, fault)
        targets = (await caller("GET", TARGETS)).value["list"]
        assert targets
        assert {target[key] for target in targets} == {value}


async def test_several_at_once_and_a_facility_that_is_spared(side: Side) -> None:
    world, caller, card = side
    play(world, Fault.CODE_AS_TEXT, times=None, provider=HERE)
    play(world, Fault.UNSEALED, times=None, provider=HERE)
    told = await caller("GET", f"/peserta/noka/{card}")
    assert (told.code, told.sealed) == ("200", False)
    other = replace(caller, login=SimulatorSettings().login("9914P003"))
    told = await other("GET", f"/peserta/noka/{card}")
    assert (told.code, told.sealed) == (200, True)


async def test_a_referral_whose_answer_was_lost_is_read_back(wire: Side) -> None:
    world, caller, card = wire
    await registered(caller, card)
    play(world, Fault.DROPPED_AFTER_SUCCESS, path="/kunjungan/*")
    with pytest.raises(httpx.TransportError):
        await caller.raw("POST", "/kunjungan/V1", referred(card, DAY))
    number = (await caller("GET", f"/kunjungan/peserta/{card}")).value["list"][0]["noKunjungan"]
    assert (await caller("GET", f"/kunjungan/rujukan/{number}")).value["noRujukan"] == number
