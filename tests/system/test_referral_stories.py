"""Referrals from end to end through the door, on both deployments: there and back, a laboratory, a diverted emergency,
nobody answering, and the ends nobody likes. The record opens and closes with them."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy.demo.story import STORY, Stage, open_stage
from deploy.demo.story.bodies import patient
from deploy.demo.story.cast import Cast
from deploy.demo.story.stage import Speaker
from tests.system.conftest import Running

FHIR = "/fhir-r4/v1"
FACILITIES = {
    "doctor": "D1410010301", "clinic": "K1410010201", "puskesmas": "P1410010101", "second": "P1410010102",
    "hospital": "R1410010401",
}  # fmt: skip
PUSKESMAS, SECOND, HOSPITAL = (FACILITIES[p] for p in ("puskesmas", "second", "hospital"))
REASON = "Tekanan darah 170/115 dan pandangan kabur"
SECONDS = 20


class Told(Stage):
    """The stage, with what referrals need."""

    database: str
    silence: asyncio.Task[Any]

    async def person(self, part: str) -> str:
        """Somebody new, registered at this part's facility."""
        body = patient(Cast.fresh(self.today).mother, self.network.facilities[FACILITIES[part]])
        made = await self.post(part, f"{FHIR}/Patient", body)
        return str(made["id"])

    async def refer(self, part: str, person: str, to: str, **changes: Any) -> str:
        """A referral by this part's facility, once the record knows that it may."""
        body = {"person_id": person, "to_facility": to, "urgency": "urgent", "kind": "horizontal",
                "diagnosis": "O14.1", "reason": REASON, **changes}  # fmt: skip

        async def send() -> Any:
            return await self.call(part, "POST", "/v1/referrals", json=body, status=(201, 403))

        made, _ = await self.until(send, lambda m: "id" in m, SECONDS)
        return str(made["id"])

    async def steps(self, referral: str, *steps: tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
        """Steps, each by its part; the referral after the last."""
        seen: dict[str, Any] = {}
        for part, verb, told in steps:
            seen = await self.post(part, f"/v1/referrals/{referral}/{verb}", told)
        return seen

    async def reads(self, part: str, person: str, wanted: int) -> int:
        """How the record answers this part about a person, once it has followed."""

        async def look() -> int:
            await self.call(part, "GET", f"{FHIR}/Patient/{person}", status=(200, 403))
            return int(self.notes["status"])

        return int((await self.until(look, lambda s: s == wanted, SECONDS))[0])

    async def history(self, referral: str) -> list[str]:
        """What was done, and by which side."""
        lines = (await self.get("admin", f"/v1/referrals/{referral}"))["history"]
        return [f"{line['side']} {line['verb']}" for line in lines]

    async def passes(self, referral: str, minutes: int) -> None:
        """For one referral only time has passed, to so many minutes after its next alarm."""
        conn = await asyncpg.connect(self.database)
        late = "now() - ring_at + $2::interval"
        await conn.execute(
            f"UPDATE referral SET due_at = due_at + ({late}) - 2 * $2::interval, ring_at = now() - $2::interval"
            " WHERE id = $1", referral, timedelta(minutes=minutes),
        )  # fmt: skip
        await conn.close()


@pytest.fixture(scope="module")
async def stage(running: Running) -> AsyncIterator[Told]:
    async with open_stage(running.address, running.admin, running.today) as opened:
        opened.__class__ = Told
        assert isinstance(opened, Told)
        await next(step for step in STORY if step.play.__name__ == "network_from_csv").play(opened)
        for part, facility in FACILITIES.items():
            made = await opened.post("admin", "/v1/clients", {"facility": facility, "face": "fhir", "name": part})
            opened.speakers[part] = Speaker(made["id"], made["secret"], facility=facility)
        opened.database = json.loads((Path(running.data) / "running.json").read_text())["databases"]["referrals"]
        opened.silence = asyncio.create_task(nobody_answers(opened))  # it waits for the clock while others are told
        yield opened


async def test_to_the_puskesmas_on_to_the_hospital_and_back(stage: Told) -> None:
    """A practice asks the puskesmas, which sends her up; the hospital sends her back, and the follow-up is done."""
    due = (stage.today + timedelta(days=7)).isoformat()
    person = await stage.person("doctor")
    first = await stage.refer("doctor", person, PUSKESMAS)
    await stage.steps(first, ("puskesmas", "accept", {}), ("doctor", "depart", {}), ("puskesmas", "arrive", {}),
                      ("puskesmas", "treat", {}))  # fmt: skip
    up = {"kind": "vertical", "criterion": {"kind": "workup"}, "sbar": {"situation": REASON}, "payer": "jkn"}
    second = await stage.refer("puskesmas", person, HOSPITAL, **up)
    ended = await stage.steps(first, ("puskesmas", "close", {"outcome": "referred-on"}))
    assert (ended["outcome"], ended["owner_facility"]) == ("referred-on", PUSKESMAS)
    assert (await stage.get("hospital", f"/v1/referrals/{second}"))["content"]["sbar"]["situation"] == REASON
    assert await stage.reads("hospital", person, 403) == 403, "sent is not accepted"
    letter = await stage.http.get(f"/v1/referrals/{second}/letter", headers=await bearer(stage, "puskesmas"))
    assert (letter.status_code, letter.content[:5]) == (200, b"%PDF-")
    await stage.steps(second, ("hospital", "accept", {}))
    assert await stage.reads("hospital", person, 200) == 200
    back = {"advice": "Nifedipin 3x10 mg, kontrol tekanan darah", "due": due}
    closed = await stage.steps(second, ("puskesmas", "depart", {}), ("hospital", "arrive", {}),
                               ("hospital", "treat", {}), ("hospital", "refer-back", back))  # fmt: skip
    assert (closed["outcome"], closed["owner_facility"], closed["follow_up"]["due"]) == (
        "back-referred", PUSKESMAS, due,
    )  # fmt: skip
    listed = await stage.get("puskesmas", "/v1/referrals/follow-ups")
    assert [(f["referral"], f["stands"]) for f in listed["items"]] == [(second, "due")]

    async def requests() -> set[tuple[str, str]]:
        found = await stage.get("hospital", f"{FHIR}/ServiceRequest", subject=f"Patient/{person}")
        return {(e["resource"]["id"], e["resource"]["status"]) for e in found["entry"]}

    wanted = {(first, "completed"), (second, "completed")}
    assert (await stage.until(requests, lambda r: r >= wanted, SECONDS))[0] >= wanted, "both stand in the record"


async def test_a_laboratory_gives_its_result_back(stage: Told) -> None:
    person = await stage.person("clinic")
    referral = await stage.refer("clinic", person, PUSKESMAS, kind="partial", diagnosis="O13", urgency="routine")
    closed = await stage.steps(
        referral, ("puskesmas", "accept", {}), ("puskesmas", "arrive", {}), ("puskesmas", "treat", {}),
        ("puskesmas", "refer-back", {"advice": "Protein urin +1; hasil terlampir di rekam"}),
    )  # fmt: skip
    assert (closed["outcome"], closed["follow_up"]["due"]) == ("back-referred", None)
    assert "Protein urin" in (await stage.get("clinic", f"/v1/referrals/{referral}"))["follow_up"]["advice"]


async def test_an_emergency_departs_unanswered_and_is_diverted_at_the_door(stage: Told) -> None:
    person = await stage.person("doctor")
    referral = await stage.refer("doctor", person, HOSPITAL, urgency="emergency", kind="vertical")
    assert await stage.reads("hospital", person, 200) == 200, "an emergency opens the record at once"
    await stage.steps(referral, ("doctor", "depart", {"note": "Speedboat, bidan ikut"}))
    turned = {"reason": "Ruang operasi penuh", "to_facility": SECOND}
    diverted = await stage.steps(referral, ("hospital", "redirect", turned))
    assert (diverted["state"], diverted["owner_facility"]) == ("redirected", FACILITIES["doctor"])
    sent = await stage.steps(referral, ("doctor", "send", {}))
    assert (sent["to_facility"], sent["leg"], sent["urgency"]) == (SECOND, 2, "emergency")
    assert await stage.reads("hospital", person, 403) == 403, "who turned her away reads no more"
    await stage.call("hospital", "POST", f"/v1/referrals/{referral}/arrive", json={}, status=409)
    ended = await stage.steps(referral, ("second", "arrive", {}), ("second", "treat", {}),
                              ("second", "close", {"outcome": "admitted"}))  # fmt: skip
    assert (ended["outcome"], ended["owner_facility"]) == ("admitted", SECOND)
    assert await stage.history(referral) == [
        "sender send", "sender depart", "receiver redirect", "sender send", "receiver arrive", "receiver treat",
        "receiver close",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "outcome", "who"),
    [
        ([("puskesmas", "accept", {}), ("doctor", "close", {"outcome": "died"})], "died", "doctor"),
        ([("puskesmas", "accept", {}), ("puskesmas", "no-show", {})], "no-show", "puskesmas"),
        ([("doctor", "cancel", {"reason": "Keluarga menolak"})], "cancelled", "doctor"),
        ([("admin", "cancel", {"reason": "Tercatat dua kali"})], "cancelled", "admin"),
    ],
    ids=["died on the way", "no-show", "cancelled by the sender", "cancelled by the office"],
)
async def test_an_end_says_by_whom_and_why(stage: Told, steps: Any, outcome: str, who: str) -> None:
    referral = await stage.refer("doctor", await stage.person("doctor"), PUSKESMAS)
    ended = await stage.steps(referral, *steps)
    assert (ended["state"], ended["outcome"], ended["legal"]) == ("closed", outcome, [])
    last = (await stage.get("doctor", f"/v1/referrals/{referral}"))["history"][-1]
    assert (last["verb"], last["reason"]) == (steps[-1][1], steps[-1][2].get("reason"))
    assert last["who"] == stage.speakers[who].id
    assert last["facility"] == FACILITIES.get(who, "G1410010501")
    again = await stage.call("doctor", "POST", f"/v1/referrals/{referral}/depart", json={}, status=409)
    assert (again["state"], again["legal"], again["last"]["verb"]) == ("closed", [], steps[-1][1])


async def test_nobody_answers_and_still_it_does_not_die(stage: Told) -> None:
    """The clock asks the next, then it is the sender's, then the office's, who finds a taker."""
    assert await stage.silence == [
        "sender send", "clock remind", "clock expire", "clock send", "clock expire", "clock escalate", "office send",
        "receiver accept",
    ]  # fmt: skip


async def nobody_answers(stage: Told) -> list[str]:
    referral = await stage.refer("doctor", await stage.person("doctor"), PUSKESMAS, then=[SECOND])

    async def rang(minutes: int, state: str, owner: str, verb: str) -> None:
        await stage.passes(referral, minutes)
        seen, _ = await stage.until(
            lambda: stage.get("admin", f"/v1/referrals/{referral}"),
            lambda r: (r["state"], r["owner"], r["history"][-1]["verb"]) == (state, owner, verb),
            SECONDS,
        )
        assert (seen["state"], seen["owner"], seen["history"][-1]["verb"]) == (state, owner, verb)

    await rang(1, "sent", "receiver", "remind")
    await rang(1, "sent", "receiver", "send")
    assert (await stage.get("second", f"/v1/referrals/{referral}"))["leg"] == 2
    await rang(45, "expired", "sender", "expire")
    await rang(600, "expired", "office", "escalate")
    on = await stage.steps(referral, ("admin", "send", {"to_facility": HOSPITAL, "reason": "Tidak ada yang menjawab"}))
    assert (on["owner_facility"], on["leg"]) == (HOSPITAL, 3)
    await stage.steps(referral, ("hospital", "accept", {}))
    return await stage.history(referral)


async def bearer(stage: Stage, part: str) -> dict[str, str]:
    return {"authorization": f"Bearer {await stage.token(part)}"}
