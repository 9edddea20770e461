"""The referrals' part of the soak: steps taken and alarms rung while everything is killed."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count
from typing import Any

import httpx

RECEIVER = "P1410010102"
STEPS: tuple[tuple[str, dict[str, str]], ...] = (
    ("accept", {}), ("arrive", {}), ("treat", {}), ("close", {"outcome": "discharged"}),
)  # fmt: skip
Rows = Callable[..., Awaitable[list[Any]]]
Step = tuple[str, int, str]
"""An acknowledged step: the referral, its number, its verb."""


async def refer(http: httpx.AsyncClient, receiver: dict[str, str], person: str, taken: list[Step]) -> None:
    """Refer the person again and again, and let the receiver act; every third is left open for the clock."""
    with suppress(httpx.HTTPError):
        for n in count():
            body = {"person_id": person, "to_facility": RECEIVER, "kind": "horizontal", "diagnosis": "O13",
                    "reason": "Tekanan darah 150/95", "beside": f"Uji {n}"}  # fmt: skip
            answer = await http.post("/v1/referrals", json=body)
            if answer.status_code != 201:
                continue
            referral = answer.json()["id"]
            taken.append((referral, 1, "send"))
            for verb, told in STEPS[: 4 if n % 3 else 2]:
                answer = await http.post(f"/v1/referrals/{referral}/{verb}", json=told, headers=receiver)
                if answer.status_code == 200:
                    taken.append((referral, answer.json()["version"], verb))


async def hurry(rows: Rows) -> None:
    """What is open is due now, so that the clock is at work when the kill comes."""
    await rows("referrals", "UPDATE referral SET ring_at = now() WHERE closed_at IS NULL")


async def check(rows: Rows, taken: list[Step]) -> None:
    """Every acknowledged step stands; none is half: row, history, event and access row tell the same."""
    there = await rows("referrals", "SELECT referral_id, number, verb FROM referral_step")
    assert not set(taken) - {tuple(r) for r in there}, "acknowledged steps lost"
    halves = await rows("referrals", _HALVES)
    assert not halves, f"{len(halves)} half steps"


_HALVES = """
WITH step AS (
    SELECT referral_id AS id, count(*) AS steps, max(number) AS last, count(*) FILTER (WHERE side <> 'clock') AS acts
    FROM referral_step GROUP BY 1
), told AS (
    SELECT subject AS id, count(DISTINCT version) AS events
    FROM (SELECT subject, version FROM event WHERE type = 'referral'
          UNION ALL SELECT subject, version FROM event_pending WHERE type = 'referral') e GROUP BY 1
), looked AS (
    SELECT what AS id, count(*) AS looks
    FROM (SELECT regexp_split_to_table(resources, ' ') AS what FROM access_log WHERE action = 'write'
          UNION ALL SELECT regexp_split_to_table(resources, ' ') FROM access_pending WHERE action = 'write') a GROUP BY 1
)
SELECT r.id FROM referral r
LEFT JOIN step s USING (id) LEFT JOIN told t USING (id) LEFT JOIN looked l ON l.id = 'referral/' || r.id
LEFT JOIN referral_step p ON p.referral_id = r.id AND p.number = r.version
WHERE (r.version, r.version, r.version, s.acts, r.state) IS DISTINCT FROM (s.steps, s.last, t.events, l.looks, p.state)
UNION ALL SELECT id FROM step WHERE id NOT IN (SELECT id FROM referral)
"""


async def rung(rows: Rows) -> int:
    """How many alarms have rung; those still waiting past their time are none once the clock has caught up."""
    waiting = "SELECT 1 FROM referral WHERE closed_at IS NULL AND ring_at <= now()"
    while await rows("referrals", waiting):
        await asyncio.sleep(0.1)
    return int((await rows("referrals", "SELECT count(*) FROM referral_step WHERE side = 'clock'"))[0][0])
