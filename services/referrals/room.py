"""What the running service keeps in memory: the clock rules of today, who the district's health office is, the first
level's diagnoses, and what was asked a moment ago."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from services.kernel.db import Connection
from services.kernel.service import Service
from services.referrals.contract.clocks import ClockRule
from services.referrals.queries import clocks, competence, facilities
from services.referrals.rules import clock_file
from services.referrals.rules.clock_file import SHIPPED
from services.referrals.rules.clocks import Clocks, Wait
from services.referrals.rules.competence import FirstLevel

NO_OFFICE = "dinas"
"""The owner's code when the registry has told of no health office yet."""


@dataclass(slots=True)
class Room:
    """Read at the start and every few seconds, so that no step asks for it. `version` numbers the clock rules."""

    clocks: Clocks
    follow_up: Wait
    version: int = 0
    office: str = NO_OFFICE
    first_level: FirstLevel = field(default_factory=FirstLevel)
    recent: dict[Any, tuple[float, Any]] = field(default_factory=dict)
    """Answers that may be a moment old, and until when they may be used."""


def room(service: Service) -> Room:
    """The service's room; made on first use."""
    found: Room | None = service.room.get("referrals")
    if found is None:
        found = service.room["referrals"] = Room(SHIPPED.waits, SHIPPED.follow_up)
    return found


async def meet(service: Service, conn: Connection) -> None:
    """Learn at once who the office is, when the registry has told of one: a step may follow within the second."""
    room(service).office = await facilities.office(conn) or NO_OFFICE


async def load(service: Service) -> None:
    """Fill the room: a version that another instance was given, or whose day has come, holds from now on."""
    its, day = room(service), service.clock.today()
    async with service.db.reading() as conn:
        its.first_level = await competence.first_level(conn)
        await meet(service, conn)
        number = await clocks.holding(conn, day)
        if number == its.version:
            return
        found = await clocks.on(conn, day)
    lines = [ClockRule.model_validate(r) for r in orjson.loads(found["rules"])] if found else clock_file.LINES
    rules = clock_file.made(lines, clock_file.LINES)
    its.clocks, its.follow_up, its.version = rules.waits, rules.follow_up, found["number"] if found else 0
