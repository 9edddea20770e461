"""Where to refer, as far as the network knows: for referrals, which ranks it."""

from typing import Any

import orjson

from services.facilities.contract.candidates import CandidatesAsked
from services.facilities.queries import candidates as queries
from services.kernel.service import Service


async def facts(service: Service, asked: CandidatesAsked) -> bytes:
    """A `CandidatesFound` as JSON: what is needed, the rules of the day, where from, the facilities."""
    at = asked.at.astimezone(service.clock.zone)
    wanted = list(dict.fromkeys(asked.services))
    async with service.db.reading() as conn:
        said = await queries.asked(conn, asked.diagnosis, at.date(), asked.urgency, asked.sender, wanted)
        origin = _origin(orjson.loads(said["origin"] or "{}"), asked)
        named: dict[str, str] = orjson.loads(said["wanted"] or "{}")
        needs = _needs(orjson.loads(said["needs"] or "[]"), named, wanted)
        point = (origin["latitude"], origin["longitude"])
        found = await queries.facts(conn, asked, at, [n["service"] for n in needs], point)
    for row in found:
        for column in ("agreement", "beds", "slots"):
            if row[column] is not None:
                row[column] = orjson.Fragment(row[column])
    return orjson.dumps(
        {
            "on": at.date(),
            "needs": needs,
            "strange": [s for s in wanted if s not in named],
            "rules": orjson.loads(said["rules"] or "{}"),
            "origin": origin,
            "facilities": found,
        }
    )


def _origin(sender: dict[str, Any], asked: CandidatesAsked) -> dict[str, Any]:
    """The sender, at the point that was given or else where it stands."""
    empty = dict.fromkeys(("kind", "hospital_class", "latitude", "longitude"))
    given = {"latitude": asked.latitude, "longitude": asked.longitude} if asked.latitude is not None else {}
    return empty | sender | given


def _needs(diagnosis: list[dict[str, Any]], named: dict[str, str], wanted: list[str]) -> list[dict[str, Any]]:
    """What was asked for by name, then what the diagnosis needs."""
    asked = [
        {"service": s, "name": named[s], "because": "asked", "urgency": "any", "verified": True}
        for s in wanted
        if s in named
    ]
    return asked + [n for n in diagnosis if n["service"] not in named]
