"""ILP readiness: how each puskesmas stands on a day, and the year's way towards the target."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.facilities.contract.readiness import (
    Claim,
    ClaimState,
    Criterion,
    CriterionState,
    MonthEnd,
    Reached,
    Readiness,
    SeenInData,
    Span,
    Stage,
    Standing,
    StandingDetail,
    Step,
    Target,
    Trajectory,
    Words,
)
from services.facilities.queries import readiness as queries
from services.facilities.rules import readiness as rules
from services.facilities.rules.readiness import Progress
from services.facilities.usecases import own
from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.kernel.service import Service


async def criteria(service: Service, on: date | None) -> list[Criterion]:
    """The checklist: all of it, or what is in force on a day."""
    async with service.db.reading() as conn:
        rows = await queries.checklist(conn)
    shown = rows if on is None else list(rules.in_force(rows, on).values())
    return [
        Criterion(
            code=r["code"], valid_from=r["valid_from"], valid_until=r["valid_until"], position=r["position"],
            name=Words(id=r["name_id"], en=r["name_en"]), evidence=Words(id=r["evidence_id"], en=r["evidence_en"]),
            required=r["required"], weight=r["weight"], evidence_months=r["evidence_months"], seen_in=r["seen_in"],
            source=r["source"], version=r["version"],
        )
        for r in shown
    ]  # fmt: skip


class District:
    """Everything readiness is worked out from: a few hundred rows at most, read once a request."""

    def __init__(
        self, names: Mapping[str, str], checklist: Sequence[rules.Row], claims: Sequence[rules.Row],
        targets: Mapping[int, int],
    ) -> None:  # fmt: skip
        self.names, self.checklist, self.targets = names, checklist, targets
        by_facility: dict[str, list[rules.Row]] = {code: [] for code in names}
        for claim in claims:
            by_facility.setdefault(claim["facility"], []).append(claim)
        self.progress = {code: Progress(checklist, by_facility[code]) for code in names}
        self.periods = {code: p.periods() for code, p in self.progress.items()}

    def reached(self, on: date) -> list[str]:
        """The puskesmas that implement ILP on a day."""
        return [code for code, spans in self.periods.items() if rules.covering(spans, on)]

    def against_target(self, on: date) -> Reached:
        """Reached against the target of the day's year."""
        reached, target = len(self.reached(on)), self.targets.get(on.year)
        return Reached(
            on=on, target=target, reached=reached, percent=rules.percent(reached, target), of=len(self.names)
        )

    def standing(self, code: str, on: date) -> Standing:
        """How one stands on a day."""
        progress = self.progress[code]
        spans, force = progress.spans, rules.in_force(self.checklist, on)
        states = [_state(c, spans.get(c, ()), progress.claims, on) for c in force]
        fine = {s.criterion for s in states if s.met}
        whole = sum(c["weight"] for c in force.values())
        done = sum(force[c]["weight"] for c in fine)
        period = rules.covering(self.periods[code], on)
        return Standing(
            facility=code, name=self.names[code], on=on, state=progress.stage(on), since=period[0] if period else None,
            met=sum(force[c]["required"] for c in fine), of=sum(c["required"] for c in force.values()),
            score=round(100 * done / whole, 2) if whole else 0, criteria=states,
        )  # fmt: skip


def _state(code: str, spans: Sequence[rules.Days], claims: Sequence[rules.Row], on: date) -> CriterionState:
    span = rules.covering(spans, on)
    mine = [c for c in claims if c["criterion"] == code and c["claimed_on"] <= on]
    waiting = any(rules.state_of(c, on) is ClaimState.CLAIMED for c in mine)
    return CriterionState(
        criterion=code, met=span is not None, since=span[0] if span else None, until=_open(span[1]) if span else None,
        waiting=waiting,
    )  # fmt: skip


def _open(day: date) -> date | None:
    return None if day == date.max else day


async def district(conn: Connection, on: date) -> District:
    """All puskesmas registered by a day, with everything readiness is worked out from."""
    names = await queries.puskesmas(conn, on)
    targets = {t["year"]: t["target"] for t in await queries.targets(conn)}
    return District(names, await queries.checklist(conn), await queries.claims(conn, None), targets)


async def readiness(service: Service, on: date | None, state: Stage | None, after: str, limit: int) -> Readiness:
    """How every puskesmas stands on a day, by code; `next` is the last code when there are more."""
    day = on or service.clock.today()
    async with service.db.reading() as conn:
        here = await district(conn, day)
    found = [here.standing(code, day) for code in here.names if code > after]
    found = [s for s in found if state is None or s.state is state]
    more = found[limit - 1].facility if len(found) > limit else None
    return Readiness(district=here.against_target(day), items=found[:limit], next=more)


async def standing(service: Service, actor: Actor, any_code: str, on: date | None) -> StandingDetail:
    """One puskesmas on a day: for itself and the office with its claims. Raises NotFound."""
    day = on or service.clock.today()
    async with service.db.reading() as conn:
        home = await own.facility(conn, any_code)
        code = home["code"]
        mine = await queries.claims(conn, [code])
        here = District({code: home["name"]}, await queries.checklist(conn), mine, {})
        trail = await queries.steps(conn, code) if own.is_own(actor, code) else []
        seen = await queries.seen(conn, code, day)
    shown = here.standing(code, day)
    claims = _claims(mine, trail, day) if own.is_own(actor, code) else []
    return StandingDetail(
        **shown.model_dump(), periods=[Span(since=s, until=_open(u)) for s, u in here.periods[code]], claims=claims,
        seen=[_seen(c, seen) for c in rules.in_force(here.checklist, day).values() if c["seen_in"] in seen],
    )  # fmt: skip


def _claims(mine: Sequence[rules.Row], trail: Sequence[rules.Row], on: date) -> list[Claim]:
    steps: dict[str, list[Step]] = {}
    for s in trail:
        row = s["row"]
        state = (
            ClaimState.RETURNED if row.get("returned_on")
            else ClaimState.VERIFIED if row.get("verified_on") else ClaimState.CLAIMED
        )  # fmt: skip
        steps.setdefault(s["key"], []).append(Step(at=s["recorded_at"], by=s["recorded_by"], state=state))
    return [
        Claim(
            **{k: v for k, v in c.items() if k in Claim.model_fields}, state=rules.state_of(c, on),
            steps=steps.get(f"{c['facility']}/{c['criterion']}/{c['number']}", []),
        )
        for c in mine if c["claimed_on"] <= on
    ]  # fmt: skip


_SEEN = {"pustu": ("pustu di wilayah kerjanya", "pustu in its catchment"),
         "posyandu": ("posyandu di wilayah kerjanya", "posyandu in its catchment"),
         "agreement": ("perjanjian berlaku", "agreements in force")}  # fmt: skip


def _seen(criterion: Mapping[str, Any], counted: Mapping[str, int]) -> SeenInData:
    what = criterion["seen_in"]
    number, (id_, en) = counted[what], _SEEN[what]
    words = Words(id=f"{number} {id_}", en=f"{number} {en}")
    return SeenInData(criterion=criterion["code"], says=words, supports=number > 0)


async def trajectory(service: Service, year: int) -> Trajectory:
    """The year month by month, as far as it has come."""
    today = service.clock.today()
    async with service.db.reading() as conn:
        here = await district(conn, today)
    before = set(here.reached(date(year - 1, 12, 31)))
    months = []
    target = here.targets.get(year)
    for on in rules.month_ends(year, today):
        now = set(here.reached(on))
        months.append(MonthEnd(
            on=on, reached=len(now), percent=rules.percent(len(now), target), joined=sorted(now - before),
            left=sorted(before - now),
        ))  # fmt: skip
        before = now
    return Trajectory(year=year, target=target, months=months)


async def targets(service: Service) -> list[Target]:
    """The targets that stand, by year."""
    async with service.db.reading() as conn:
        return [Target(**r) for r in await queries.targets(conn)]
