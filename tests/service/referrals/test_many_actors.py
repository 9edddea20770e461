"""Two hundred people at once on fifty referrals, at two instances of the service, while the clock runs: nothing lost.

A few seconds; with `SIMPUL_LONG=1` (`make soak`) a minute, and the figures are printed.
"""

import asyncio
import os
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from services.referrals.usecases import ringing
from tests.service.referrals import picture
from tests.service.referrals.stage import CLINIC, HOSPITAL, PRACTICE, PUSKESMAS, Stage, staged, token
from tests.service.referrals.test_clock import Later

SECONDS = 60.0 if os.environ.get("SIMPUL_LONG") else 2.0
TIMES = {"urgency": "routine", "answered_at": None}
REFERRALS, RECEIVERS = 50, [PUSKESMAS, HOSPITAL, "P1410010102", "P1410020101"]
CREW = {
    PRACTICE: ("clinician", 35), CLINIC: ("clinic-system", 35), PUSKESMAS: ("puskesmas-staff", 30),
    "P1410010102": ("puskesmas-staff", 30), "P1410020101": ("puskesmas-staff", 30), HOSPITAL: ("hospital", 25),
    None: ("dinkes-admin", 10), "D1410010302": ("clinician", 5),
}  # fmt: skip
VERBS = [
    "send",
    "accept",
    "decline",
    "redirect",
    "raise",
    "depart",
    "arrive",
    "no-show",
    "treat",
    "refer-back",
    "close",
]
ENDING = {"close", "cancel", "no-show", "refer-back"}


@dataclass
class Day:
    """What everybody knows and what was answered."""

    stages: list[Stage]
    until: float = 0.0
    slots: list[dict[str, Any]] = field(default_factory=list)
    done: list[tuple[str, int, str, str]] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    keys: Any = field(default_factory=count)


async def send(day: Day, stage: Stage, slot: int, facility: str, subject: str, role: str, dice: random.Random) -> None:
    """A new referral for the person of this slot, whose last one has ended."""
    to = dice.sample(RECEIVERS, 2)
    answer = await stage.send(
        token(role, facility, subject), patient=None, person_id=f"orang-{slot}", to_facility=to[0], then=to[1:],
        urgency=dice.choice(["routine", "urgent", "emergency"]), diagnosis=f"O{slot + 10}",
    )  # fmt: skip
    day.answers[answer.status_code] += 1
    if answer.status_code == 201:
        day.slots[slot] = answer.json()
        day.done.append((answer.json()["id"], 1, "send", subject))
    else:
        assert answer.status_code == 409, answer.text
        there = answer.json()
        if "referral" in there:  # else it has ended in between
            day.slots[slot] = day.slots[slot] | {"id": there["referral"], "state": there["state"]}


async def act(day: Day, number: int, facility: str | None, role: str) -> None:
    """One person: a step on some referral, most often one that is legal as far as they know; then the next."""
    dice, subject = random.Random(number), f"{role}-{number}"  # noqa: S311
    who, stage = token(role, facility, subject), day.stages[number % len(day.stages)]
    while time.monotonic() < day.until:
        at = _chosen(day, facility, dice)
        row = day.slots[at]
        if row["state"] == "closed" and facility in (PRACTICE, CLINIC):
            await send(day, stage, at, facility, subject, role, dice)
            continue
        side = picture.side_of(row | {"former": ()}, facility)
        legal = sorted(picture.legal(row, side) - (set() if dice.random() < 0.1 else ENDING))
        verb = dice.choice(legal) if legal and dice.random() < 0.85 else dice.choice(VERBS)
        key = f"k-{next(day.keys)}" if dice.random() < 0.2 else None
        told = picture.fitting(row, verb, dice.sample(RECEIVERS, 4))
        tries = 1 if key is None else 2  # a client that lost its answer asks again at once, at another instance
        answers = await asyncio.gather(
            *(day.stages[(number + n) % 2].take(row["id"], verb, who, told, key) for n in range(tries))
        )
        day.answers.update(a.status_code for a in answers)
        for answer in answers[:1] if len({a.text for a in answers}) == 1 else answers:
            if answer.status_code == 200:
                day.slots[at] = answer.json()
                day.done.append((row["id"], answer.json()["version"], verb, subject))
            elif answer.status_code == 409 and "legal" in answer.json() and "owner" in answer.json():
                day.slots[at] = row | {"state": answer.json()["state"], "version": answer.json()["version"]}
            else:
                assert answer.status_code in (403, 409, 422), answer.text


def _chosen(day: Day, facility: str | None, dice: random.Random) -> int:
    """A referral, mostly one in their own box."""
    seen = [dice.randrange(REFERRALS) for _ in range(8)]
    sides = ((at, picture.side_of(day.slots[at] | {"former": ()}, facility)) for at in seen)
    own = [at for at, side in sides if picture.legal(day.slots[at], side)]
    return next(iter(own), seen[0]) if dice.random() < 0.95 else seen[0]


async def tick(day: Day) -> None:
    """Time goes by faster here; both instances ring."""
    ahead = timedelta()
    while time.monotonic() < day.until:
        ahead += timedelta(minutes=7)
        clock = Later(day.stages[0].app.state.service.clock.zone, ahead=ahead)
        for stage in day.stages:
            stage.app.state.service.clock = clock
        await asyncio.gather(*(ringing.ring(stage.app.state.service) for stage in day.stages))
        await asyncio.sleep(0.2)


async def test_two_hundred_actors_on_fifty_referrals(database: str, tmp_path: Path) -> None:
    async with staged(database, tmp_path / "one") as one, staged(database, tmp_path / "two") as two:
        day = Day([one, two])
        day.slots = [{"state": "closed", "from_facility": PRACTICE, "asked": []} | TIMES for _ in range(REFERRALS)]
        first = random.Random(1)  # noqa: S311
        await asyncio.gather(*(send(day, one, n, PRACTICE, "pertama", "clinician", first) for n in range(REFERRALS)))
        crew = [(facility, role) for facility, (role, size) in CREW.items() for _ in range(size)]
        assert len(crew) == 200
        began = time.monotonic()
        day.until = began + SECONDS
        async with asyncio.TaskGroup() as group:
            for n, who in enumerate(crew):
                group.create_task(act(day, n, *who))
            group.create_task(tick(day))
        took = time.monotonic() - began
        await everything_is_there(day, took)


async def everything_is_there(day: Day, took: float) -> None:
    """Every acknowledged step stands in the history under its number, and no other does."""
    stage = day.stages[0]
    await stage.events()  # all of them sealed
    told = await stage.rows("SELECT position, type FROM event ORDER BY position")
    rows = await picture.holds(stage)
    steps = await stage.rows("SELECT referral_id, number, verb, actor, side FROM referral_step")
    taken = Counter((s["referral_id"], s["number"], s["verb"], s["actor"]) for s in steps if s["side"] != "clock")
    rang = sum(s["side"] == "clock" for s in steps)
    assert Counter(set(day.done)) == taken, "lost, or made up"
    assert [e["position"] for e in told] == list(range(1, len(told) + 1))
    assert sum(e["type"] == "referral" for e in told) == len(steps), "one event for every step"
    conflicts = day.answers[409]
    print(
        f"\n{len(taken)} steps by people ({len(taken) / took:.0f}/s) and {rang} by the clock on {len(rows)} referrals"
        f" in {took:.1f} s; {sum(day.answers.values())} answers ({sum(day.answers.values()) / took:.0f}/s), {conflicts}"
        f" conflicts, {day.answers[403]} refused, {day.answers[422]} unfit; lost: 0"
    )
    assert len(taken) > 20
    assert conflicts > 0
    assert rang > 0
