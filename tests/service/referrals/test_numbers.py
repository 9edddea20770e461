"""Numbers that others give a referral: whose they are, who may note them, what they change."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.referrals import fhir
from services.referrals.contract import Side, StepTaken, Verb
from services.referrals.queries import referrals
from services.referrals.room import room
from services.referrals.rules import referrals as rules
from services.referrals.rules.referrals import Step
from tests.service.referrals.stage import CLINIC, HOSPITAL, PEER_KEY, PERSON, PRACTICE, PUSKESMAS, Stage, staged, token

SENDER, RECEIVER, STRANGER = (token("clinician", f) for f in (PRACTICE, PUSKESMAS, CLINIC))
CONNECTOR = token("jkn-connector", None)


@pytest.fixture(scope="module")
async def stage(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One service for the whole file; each test refers for a diagnosis of its own."""
    folder: Path = tmp_path_factory.mktemp("numbers")
    async with staged(new_database("referrals"), folder) as opened:
        yield opened


@pytest.fixture(autouse=True)
async def fresh(stage: Stage) -> AsyncIterator[None]:
    yield
    async with stage.app.state.service.db.reading() as conn:
        await conn.execute("UPDATE referral SET doubled = true")


async def put(stage: Stage, referral: str, who: dict[str, str] = SENDER, **given: Any) -> httpx.Response:
    return await stage.http.put(f"/v1/referrals/{referral}/numbers", json=given, headers=who)


async def find(stage: Stage, number: str, who: dict[str, str] = SENDER) -> list[str]:
    answer = await stage.http.get("/v1/referrals", params={"number": number}, headers=who)
    assert answer.status_code == 200, answer.text
    return [i["id"] for i in answer.json()["items"]]


async def test_numbers_stand_beside_ours_and_are_told_to_the_record(stage: Stage) -> None:
    referral = await stage.sent()
    first = await put(stage, referral, system="pcare", value="9914D0011126Y000001")
    second = await put(stage, referral, CONNECTOR, system="satusehat", value="SATUSEHAT0000123")
    assert (first.status_code, second.status_code) == (200, 200), second.text
    assert second.json()["numbers"] == (await stage.open(referral, RECEIVER))["numbers"] == [
        {"system": "pcare", "value": "9914D0011126Y000001"}, {"system": "satusehat", "value": "SATUSEHAT0000123"},
    ]  # fmt: skip
    told = [e for e in await stage.events() if e["id"] == referral]
    assert [len(e["data"]["servicerequest"]["identifier"]) for e in told] == [1, 2, 3]
    assert told[-1]["data"]["servicerequest"]["identifier"][1] == {
        "system": "http://sys-ids.kemkes.go.id/referral-number-pcare", "value": "9914D0011126Y000001",
    }  # fmt: skip
    shown = await stage.open(referral, SENDER)
    assert told[-1]["data"]["servicerequest"]["identifier"][0]["value"] == shown["number"]
    assert (shown["version"], len(shown["history"])) == (1, 1)


async def test_the_same_number_twice_is_no_error_and_no_news(stage: Stage) -> None:
    referral = await stage.sent(diagnosis="I10")
    for _ in range(3):
        assert (await put(stage, referral, system="sisrute", value="12345")).status_code == 200
    assert len([e for e in await stage.events() if e["id"] == referral]) == 2
    renewed = await put(stage, referral, system="sisrute", value="12346")
    assert renewed.json()["numbers"] == [{"system": "sisrute", "value": "12346"}]
    assert await find(stage, "12345") == await find(stage, "12346") == [referral]


async def test_a_step_taken_meanwhile_does_not_forget_the_number(stage: Stage) -> None:
    referral = await stage.sent(diagnosis="L40.0")
    service, now = stage.app.state.service, stage.app.state.service.clock.now()
    async with service.db.reading() as conn:
        before = await referrals.look(conn, referral)
        assert before is not None and before.receiver is not None
        assert (await put(stage, referral, system="sisrute", value="888001")).status_code == 200
        told, clocks = StepTaken(), room(service).clocks
        accepted = rules.advance(before, Verb.ACCEPT, Side.RECEIVER, told, [before.receiver], clocks, now, "dinas")
        step = Step(2, Verb.ACCEPT, accepted.state, Side.RECEIVER, "uji", "clinician", PUSKESMAS, now, now)
        with pytest.raises(referrals.Raced):
            await referrals.move(conn, referrals.Change(accepted, step, fhir.event(accepted, step)))
    assert (await stage.take(referral, "accept", RECEIVER)).status_code == 200
    assert (await stage.open(referral, SENDER))["numbers"] == [{"system": "sisrute", "value": "888001"}]
    told_last = [e for e in await stage.events() if e["id"] == referral][-1]
    assert len(told_last["data"]["servicerequest"]["identifier"]) == 2


async def test_a_number_is_one_referrals_only(stage: Stage) -> None:
    mine = await stage.sent(diagnosis="J18.9")
    other = await stage.sent(diagnosis="K35.8", to_facility=HOSPITAL)
    assert (await put(stage, mine, system="sisrute", value="777001")).status_code == 200
    taken = await put(stage, other, system="sisrute", value="777001")
    assert (taken.status_code, "rujukan lain" in taken.text) == (409, True)
    assert mine not in taken.text
    assert (await put(stage, other, system="satusehat", value="777001")).status_code == 200  # another system's
    assert set(await find(stage, "777001")) == {mine, other}
    assert (await stage.open(other, SENDER))["numbers"] == [{"system": "satusehat", "value": "777001"}]


async def test_only_the_sender_and_the_connector_note_numbers(stage: Stage) -> None:
    referral = await stage.sent(diagnosis="N20.0")
    for who in (RECEIVER, STRANGER):
        assert (await put(stage, referral, who, system="sisrute", value="555001")).status_code == 403
    looks = [r for r in await stage.looks() if r["outcome"] == "refused"]
    assert [(r["facility"], r["person_id"]) for r in looks[-2:]] == [(PUSKESMAS, PERSON), (CLINIC, PERSON)]
    assert (await put(stage, "tidak-ada", system="sisrute", value="555001")).status_code == 404
    assert (await stage.open(referral, SENDER))["numbers"] == []
    assert "content" not in (await put(stage, referral, CONNECTOR, system="sisrute", value="555001")).json()


async def test_numbers_are_found_by_the_parties_and_nobody_else(stage: Stage) -> None:
    referral = await stage.sent(diagnosis="G40.9")
    await put(stage, referral, system="pcare", value="9914D0011126Y000009")
    ours = (await stage.open(referral, SENDER))["number"]
    for number in (ours, ours.lower(), ours.replace("-", ""), "9914D0011126Y000009"):
        for who in (SENDER, RECEIVER, token("dinkes-admin", None)):
            assert await find(stage, number, who) == [referral], number
        assert await find(stage, number, STRANGER) == []
    refused = [r for r in await stage.looks() if r["facility"] == CLINIC][-4:]
    assert {(r["action"], r["outcome"], r["person_id"]) for r in refused} == {("search", "refused", PERSON)}
    assert await find(stage, "9914D") == []


async def test_the_payers_own_last_day_wins_until_the_next_sending(stage: Stage) -> None:
    referral = await stage.sent(diagnosis="M54.5", payer="jkn")
    today = stage.app.state.service.clock.today()
    ours = (await stage.open(referral, SENDER))["valid_until"]
    assert ours == (today + timedelta(days=89)).isoformat()
    theirs = (today + timedelta(days=91)).isoformat()
    said = await put(stage, referral, system="pcare", value="9914D0011126Y000011", valid_until=theirs)
    assert said.json()["valid_until"] == theirs
    again = await put(stage, referral, system="pcare", value="9914D0011126Y000011")
    assert again.json()["valid_until"] == theirs  # what is not said again stays
    assert (await stage.events())[-1]["data"]["valid_until"] == theirs
    await stage.take(referral, "send", SENDER, {"to_facility": HOSPITAL})
    assert (await stage.open(referral, SENDER))["valid_until"] == ours


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"system": "pcare", "value": "0101U0011326Y000001"}, "/value"),
        ({"system": "lain", "value": "1"}, "/system"),
        ({"system": "sisrute", "value": "1" * 90}, "/value"),
        ({"system": "pcare", "value": "9914D0011126Y000012", "valid_until": "2020-01-01"}, "/valid_until"),
        ({"system": "pcare", "value": "9914D0011126Y000012", "valid_until": "2090-01-01"}, "/valid_until"),
    ],
)
async def test_what_cannot_be_is_named_and_nothing_is_stored(stage: Stage, given: Any, field: str) -> None:
    referral = await stage.sent(diagnosis="R51")
    answer = await put(stage, referral, **given)
    assert answer.status_code == 422
    assert [e["pointer"] for e in answer.json()["errors"]] == [field]
    assert (await stage.open(referral, SENDER))["numbers"] == []
    assert await stage.rows("SELECT 1 FROM other_number WHERE referral_id = $1", referral) == []


async def test_only_the_payer_says_how_long_and_only_of_a_letter_that_is(stage: Stage) -> None:
    soon = (stage.app.state.service.clock.today() + timedelta(days=30)).isoformat()
    sent = await stage.sent(diagnosis="K29.7")
    draft = await stage.sent(diagnosis="K30", draft=True)
    for referral, system, value in ((sent, "satusehat", "SATUSEHAT9"), (draft, "pcare", "9914D0011126Y000013")):
        answer = await put(stage, referral, system=system, value=value, valid_until=soon)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/valid_until"), system
        assert await stage.rows("SELECT 1 FROM other_number WHERE value = $1", value) == []
        assert (await put(stage, referral, system=system, value=value)).status_code == 200


PEER = {"x-peer-key": PEER_KEY}


async def test_what_bpjs_is_told_of_a_visits_referral_and_the_numbers_it_gives_back(stage: Stage) -> None:
    tacc = {"code": 1, "reason": ">= 7 Hari"}
    referral = await stage.sent(encounter="kunjungan-1", payer="jkn", service="kia", tacc=tacc)
    shown = await stage.open(referral, SENDER)
    asked = {"encounter": "kunjungan-1", "person_id": PERSON, "facility": PRACTICE, "day": "2026-01-01"}
    (told,) = (await stage.http.post("/internal/referrals/payer", json=asked, headers=PEER)).json()["items"]
    assert (told["id"], told["tacc"], told["service"], told["cancelled"]) == (referral, tacc, "kia", False)
    assert (told["to_facility"], told["diagnosis"]) == (shown["to_facility"], shown["diagnosis"])
    (row,) = [a for a in await stage.looks() if a["purpose"] == "payment"]
    assert (row["actor"], row["facility"], row["action"]) == ("konektor-jkn", PRACTICE, "read")
    elsewhere = asked | {"facility": CLINIC}
    assert (await stage.http.post("/internal/referrals/payer", json=elsewhere, headers=PEER)).json()["items"] == []
    assert (await stage.http.post("/internal/referrals/payer", json=asked, headers=SENDER)).status_code in (401, 403)

    where = f"/internal/referrals/{referral}/numbers"
    last = (stage.app.state.service.clock.today() + timedelta(days=45)).isoformat()
    numbers = [
        {"system": "pcare", "value": "9914D0011126Y000077", "valid_until": last},
        {"system": "satusehat", "value": "73711802608211001"},
    ]
    for _ in range(2):
        kept = await stage.http.put(where, json={"numbers": numbers}, headers=PEER)
        assert kept.status_code == 200, kept.text
    after = await stage.open(referral, SENDER)
    assert (after["valid_until"], len(after["numbers"])) == (last, 2)
    assert (await stage.http.put(where, json={"numbers": numbers}, headers=CONNECTOR)).status_code in (401, 403)


async def test_a_referral_that_names_no_visit_is_its_days(stage: Stage) -> None:
    referral = await stage.sent(payer="jkn")
    today = stage.app.state.service.clock.today()
    asked = {"encounter": "kunjungan-2", "person_id": PERSON, "facility": PRACTICE}

    async def of(day: str) -> list[str]:
        answer = await stage.http.post("/internal/referrals/payer", json=asked | {"day": day}, headers=PEER)
        return [r["id"] for r in answer.json()["items"]]

    assert referral in await of(today.isoformat())
    assert referral not in await of((today - timedelta(days=1)).isoformat())
