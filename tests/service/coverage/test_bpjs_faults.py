"""Each mood of BPJS gets the right answer: a statement is passed on, an outage is never one."""

import asyncio
import logging
from typing import Any

import pytest

from services.coverage.simulator.faults import Fault
from services.coverage.simulator.faults.menu import menu
from services.coverage.simulator.members import Override
from services.coverage.simulator.settings import SimulatorSettings
from tests.service.coverage.jkn_stage import NIK, PERSON, Stage, staged, token

SILENT = {
    Fault.WRONG_SECRET: "signature",
    Fault.SKEWED_CLOCK: "clock",
    Fault.WRONG_USER_KEY: "credentials",
    Fault.PASSWORD_401: "credentials",
    Fault.CONSUMER_EXPIRED: "consumer-expired",
    Fault.UNKNOWN_PATH: "entitlement",
    Fault.HTML_500: "not-json",
    Fault.EMPTY_BODY: "empty",
    Fault.NO_CONTENT_204: "empty",
    Fault.UNKNOWN_SERVICE: "not-json",
    Fault.TIMEOUT: "timeout",
    Fault.SLOW_ANSWER: "timeout",
    Fault.LATE_WORK: "timeout",
    Fault.NOT_WHITELISTED: "timeout",
    Fault.CONNECTION_LOST: "connection",
    Fault.DROPPED_AFTER_SUCCESS: "connection",
    Fault.REQUEST_TIMEOUT_408: "timeout",
    Fault.SERVER_ERROR_503: "not-json",
    Fault.RATE_LIMIT_429: "rate-limit",
    Fault.RULE_412: "rule",
    Fault.BUSINESS_500: "rule",
    Fault.BAD_PAGING_400: "rule",
    Fault.STALE_SEAL: "unreadable",
    Fault.NEWBORN: "mismatch",
}
STATING = {
    Fault.CODE_AS_TEXT: "active",
    Fault.CODE_AS_NUMBER: "active",
    Fault.LOWER_METADATA: "active",
    Fault.CAPITAL_CODE: "active",
    Fault.UNSEALED: "active",
    Fault.EMOJI: "active",
    Fault.NOT_FOUND: "not_found",
    Fault.SEALED_REFUSAL: "active",
}
PASSING = (Fault.HTML_500, Fault.EMPTY_BODY, Fault.NO_CONTENT_204, Fault.TIMEOUT, Fault.STALE_SEAL)


def test_the_whole_menu_is_played_here() -> None:
    met = {fault for fault, entry in menu().items() if entry.meets("pcare", "GET", f"/peserta/nik/{NIK}")}
    assert set(SILENT) | set(STATING) == met


@pytest.mark.parametrize("fault", SILENT, ids=str)
async def test_silence_gives_the_last_known_answer_with_its_date(stage: Stage, fault: Fault) -> None:
    before = (await stage.ask({"nik": NIK})).json()
    await stage.play(fault)
    told = (await stage.ask({"nik": NIK})).json()
    assert (told["source"], told["trouble"]) == ("cached", SILENT[fault])
    for kept in ("status", "eligible_here", "checked_at", "registered_facility", "payer"):
        assert told[kept] == before[kept]
    assert "Jawaban terakhir BPJS" in told["message"]
    assert len(await stage.events()) == 1
    assert [a["outcome"] for a in await stage.accesses()] == ["allowed", "allowed"]


@pytest.mark.parametrize("fault", SILENT, ids=str)
async def test_silence_without_an_earlier_answer_is_unknown_never_inactive(stage: Stage, fault: Fault) -> None:
    await stage.play(fault)
    told = (await stage.ask({"nik": NIK})).json()
    assert (told["status"], told["eligible_here"], told["source"]) == ("unknown", None, "none")
    assert (told["trouble"], told["checked_at"]) == (SILENT[fault], None)
    assert await stage.rows("SELECT * FROM member") == await stage.events() == []


@pytest.mark.parametrize("fault", STATING, ids=str)
async def test_odd_but_valid_answers_are_understood(stage: Stage, fault: Fault) -> None:
    await stage.play(fault)
    told = (await stage.ask({"nik": NIK})).json()
    assert (told["status"], told["source"], told["trouble"]) == (STATING[fault], "live", None)
    if fault is Fault.EMOJI:
        assert told["registered_facility"]["name"].endswith("\N{HOSPITAL}\N{GRINNING FACE}")


@pytest.mark.parametrize("fault", PASSING, ids=str)
async def test_what_passes_by_itself_is_tried_again(stage: Stage, fault: Fault) -> None:
    await stage.play(fault, times=1)
    told = (await stage.ask({"nik": NIK})).json()
    assert (told["status"], told["source"]) == ("active", "live")
    assert stage.world.asked == 2


@pytest.mark.parametrize("fault", [Fault.WRONG_SECRET, Fault.PASSWORD_401, Fault.RULE_412, Fault.RATE_LIMIT_429])
async def test_a_refusal_is_not_tried_again(stage: Stage, fault: Fault) -> None:
    await stage.play(fault)
    await stage.ask({"nik": NIK})
    assert stage.world.asked == 1


async def test_tries_are_capped(stage: Stage) -> None:
    await stage.play(Fault.EMPTY_BODY)
    await stage.ask({"nik": NIK})
    assert stage.world.asked == 3


async def test_the_desk_waits_no_longer_than_it_should(stage: Stage) -> None:
    await stage.play(Fault.TIMEOUT)
    started = asyncio.get_running_loop().time()
    await stage.ask({"nik": NIK})
    assert asyncio.get_running_loop().time() - started < 5  # the simulator keeps silent for a minute


async def test_after_an_outage_the_answer_is_live_again(stage: Stage) -> None:
    await stage.ask({"nik": NIK})
    await stage.play(Fault.HTML_500)
    await stage.ask({"nik": NIK})
    await stage.heal()
    stage.world.fix(NIK, Override(active=False))
    told = (await stage.ask({"nik": NIK})).json()
    assert (told["status"], told["source"]) == ("inactive", "live")
    assert [e["version"] for e in await stage.events()] == [1, 2]


@pytest.mark.parametrize(
    ("wrong", "trouble"),
    [
        ({"bpjs_secret": "another"}, "signature"),
        ({"bpjs_user_key": "another"}, "credentials"),
        ({"bpjs_password": "another"}, "credentials"),
        ({"bpjs_cons_id": "another"}, "entitlement"),
    ],
)
async def test_wrong_credentials_of_our_own(database: str, wrong: dict[str, str], trouble: str) -> None:
    async with staged(database, **(_own_login() | wrong)) as stage:
        told = (await stage.ask({"nik": NIK})).json()
        assert (told["status"], told["trouble"]) == ("unknown", trouble)
        assert "beri tahu admin" in told["message"]


async def test_a_clock_beyond_the_tolerance_is_named(stage: Stage) -> None:
    stage.world.settings.skew = 300
    real = stage.world.now
    for ahead, trouble in ((240, None), (360, "clock"), (-360, "clock")):
        stage.world.now = lambda ahead=ahead: real() + ahead  # type: ignore[misc]
        assert (await stage.ask({"nik": NIK})).json()["trouble"] == trouble


def _own_login() -> dict[str, Any]:
    login = SimulatorSettings().login()
    return {
        "bpjs_cons_id": login.cons_id, "bpjs_secret": login.secret, "bpjs_user_key": login.user_key,
        "bpjs_username": login.username, "bpjs_password": login.password,
    }  # fmt: skip


async def test_nothing_secret_or_personal_in_logs_and_answers(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    found = stage.world.by_nik(NIK)
    assert found
    card = found["noKartu"]
    stage.peers.persons["jkn", card] = PERSON
    said = []
    for fault in (None, *Fault):
        if fault is not None:
            await stage.play(fault)
        said += [await stage.ask({"nik": NIK}), await stage.ask({"jkn": card}), await stage.ask({"person_id": PERSON})]
        said.append(await stage.http.get(f"/v1/coverage/{PERSON}", headers=token()))
    login = SimulatorSettings().login()
    secrets = (login.secret, login.user_key, login.password, "X-signature", "Basic ")
    told = caplog.text + "".join(repr(r.__dict__) for r in caplog.records)
    assert "bpjs gave no answer" in caplog.text
    for hidden in (NIK, card, found["nama"], *secrets):
        assert hidden not in told, "in the log"
        assert hidden not in "".join(answer.text for answer in said), "in an answer"
    rows = await stage.rows("SELECT data FROM event") + await stage.accesses()
    assert not any(hidden in str(rows) for hidden in (NIK, card, found["nama"]))
