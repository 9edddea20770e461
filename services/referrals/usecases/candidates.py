"""Where to refer: facts from the network, answers from our own past, ranked by the rules of the day."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from services.facilities.contract import CandidateFacts, CandidatesAsked, RankingRule, When
from services.kernel.problems import Fault, Text, Unprocessable
from services.kernel.service import Service
from services.referrals import peers
from services.referrals.contract import Kind, Urgency
from services.referrals.contract.candidates import CandidateShown, CandidatesShown, Excluded, Weighed, Words
from services.referrals.queries import candidates as queries
from services.referrals.room import room
from services.referrals.rules import candidates as rules
from services.referrals.rules.candidates import Past, Ranked, Wish

MOST_EXCLUDED = 500
REMEMBERED = 60.0
"""Seconds for which what receivers did is not counted again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question for candidates. `sender` None: from nowhere in particular (`near` says where, or there is no
    distance). `services`: those that must be there."""

    diagnosis: str
    kind: Kind | None = None
    urgency: Urgency = Urgency.ROUTINE
    services: Sequence[str] = ()
    at: datetime | None = None
    sender: str | None = None
    near: tuple[float, float] | None = None
    payer: Literal["jkn", "self", "other"] | None = None
    within_km: float | None = None
    area: str | None = None
    limit: int = 10
    all: bool = False


async def find(service: Service, asked: Asked) -> CandidatesShown:
    """Candidates from the best, with the reasons for their rank. Raises Unavailable when the network is away,
    Unprocessable for a service that is not of the list."""
    now = service.clock.now()
    at = asked.at or now
    found = await peers.candidates(service, question(asked, at))
    if found.strange:
        raise Unprocessable(
            Text("Perbaiki isian berikut", "Mend the following fields"),
            [Fault("/query/service", Text("tidak ada di /v1/service-types", "is not of the list /v1/service-types"))],
        )
    wish = Wish(
        asked.kind, asked.urgency, at, now, asked.payer == "jkn", [n.service for n in found.needs], asked.services,
        asked.sender, found.origin, asked.within_km,
    )  # fmt: skip
    why = {f.code: rules.excluded(f, wish) for f in found.facilities}
    past = await _past(service, asked.urgency, found.rules, now)
    fit = [f for f in found.facilities if not why[f.code]]
    ranked = rules.rank(fit, wish, found.rules, past, asked.limit)
    out = [_excluded(f, why[f.code]) for f in found.facilities if why[f.code]] if asked.all else None
    return CandidatesShown(
        diagnosis=asked.diagnosis, kind=asked.kind, urgency=asked.urgency, at=at, on=found.on, needs=list(found.needs),
        found=len(fit), items=[_shown(n, r) for n, r in enumerate(ranked, 1)],
        excluded=out[:MOST_EXCLUDED] if out is not None else None,
    )  # fmt: skip


def question(asked: Asked, at: datetime, only: list[str] | None = None) -> CandidatesAsked:
    """What the network is asked."""
    latitude, longitude = asked.near or (None, None)
    kinds = None if asked.all or only else rules.kinds(asked.kind)
    return CandidatesAsked(
        diagnosis=asked.diagnosis, urgency=When(asked.urgency), at=at, services=list(asked.services),
        sender=asked.sender, latitude=latitude, longitude=longitude, only=only, area=asked.area,
        kinds=sorted(kinds) if kinds else None,
    )  # fmt: skip


async def _past(service: Service, urgency: Urgency, numbers: dict[str, int], now: datetime) -> dict[str, Past]:
    """What receivers did lately, counted at most once a minute."""
    kept = room(service).recent
    key, clock = ("past", urgency), time.monotonic()
    known: tuple[float, dict[str, Past]] | None = kept.get(key)
    if known is not None and known[0] > clock:
        return known[1]
    since = now - timedelta(days=numbers.get(RankingRule.HISTORY, 90))
    async with service.db.reading() as conn:
        found = await queries.past(conn, since, urgency, now)
    kept[key] = (clock + REMEMBERED, found)
    return found


def _shown(rank: int, one: Ranked) -> CandidateShown:
    facts = one.facts
    return CandidateShown(
        rank=rank, facility=facts.code, name=facts.name, kind=facts.kind, hospital_class=facts.hospital_class,
        distance_km=None if facts.distance_km is None else round(facts.distance_km, 2), points=round(one.total, 1),
        criteria=[
            Weighed(
                name=w.rule, share=None if w.share is None else round(w.share, 3), weight=w.weight,
                points=round(w.points, 2), words=words(w.words),
            )
            for w in one.weighed
        ],
    )  # fmt: skip


def _excluded(facts: CandidateFacts, why: Sequence[Text]) -> Excluded:
    return Excluded(facility=facts.code, name=facts.name, kind=facts.kind, reasons=[words(t) for t in why])


def words(text: Text) -> Words:
    """A text in both languages, for the wire."""
    return Words(id=text.id, en=text.en)
