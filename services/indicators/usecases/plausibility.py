"""What facilities have to mend: the report, its entries, and the children to measure again."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from services.indicators import peers
from services.indicators.compiler.schema import Measured
from services.indicators.contract.plausibility import (
    ClockShown,
    Plausibility,
    PlausibilityEntry,
    PlausibilityPage,
    PlausibilityRow,
    Reason,
    Remeasure,
    RemeasurePage,
)
from services.indicators.contract.words import Words
from services.indicators.queries import network as network_sql
from services.indicators.queries import numbers as numbers_sql
from services.indicators.queries import plausibility as sql
from services.indicators.queries import standings as standings_sql
from services.indicators.room import room
from services.indicators.rules.plausibility import LIMITED, Suspicion, prompt, unbelieved
from services.indicators.usecases.units import CHUNK, ROUNDS
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor, Role
from services.kernel.service import Service

EVERYWHERE = frozenset({Role.DINKES_ADMIN, Role.DINKES_ANALYST, Role.AUDITOR})
REMEASURE = "pip-3-remeasure"
MEANINGS = {
    Reason.ABSURD: ("Nilai yang mustahil bagi manusia hidup", "A value no living person can have"),
    Reason.UNKNOWN_UNIT: ("Satuan tidak dikenal; tidak menjadi fakta", "An unknown unit; it gives no fact"),
    Reason.NOT_A_NUMBER: ("Seharusnya bilangan; tidak menjadi fakta", "Should be a number; it gives no fact"),
    Reason.FUTURE: ("Bertanggal sesudah diterima", "Dated after it was received"),
    Reason.CLOCK: ("Tepat 7 jam di depan: zona waktu pengirim keliru", "Just 7 hours ahead: the sender's time zone"),
    Reason.BEFORE_BIRTH: ("Bertanggal sebelum orangnya lahir", "Dated before the person was born"),
}


def _only(actor: Actor, facility: str | None) -> str | None:
    """The facility looked at: who does not work for the office sees its own alone."""
    return facility if actor.role in EVERYWHERE else actor.facility or "-"


async def report(service: Service, actor: Actor, facility: str | None) -> Plausibility:
    """By facility: entries by reason, and its clock."""
    rule, today, only = room(service).suspicion, service.clock.today(), _only(actor, facility)
    async with service.db.transaction() as tx:
        rows = await sql.counts(tx, only)
        lags = await sql.lags(tx, only, service.clock.now().date() - timedelta(days=rule.days))
        _, known = await numbers_sql.names(tx)
    found = dict[str, dict[Reason, int]]()
    for r in rows:
        found.setdefault(r["facility"], {})[Reason(r["reason"])] = r["entries"]
    items = [
        PlausibilityRow(
            facility=code, name=known[code]["name"] if code in known else None, entries=found.get(code, {}),
            clock=_clock(rule, lags.get(code, {})),
        )
        for code in sorted({*found, *lags})
    ]  # fmt: skip
    total = {reason: n for reason in Reason if (n := sum(i.entries.get(reason, 0) for i in items))}
    reasons = {reason: Words(id=said, en=other) for reason, (said, other) in MEANINGS.items()}
    return Plausibility(as_of=today, total=total, items=items, reasons=reasons)


def _clock(rule: Suspicion, lags: dict[int, int]) -> ClockShown:
    state = rule.judged(lags)
    hours = -rule.hours_off if state == "ahead" else rule.hours_off
    off = lags.get(hours, 0) if state in ("ahead", "behind") else 0
    return ClockShown(state=state, records=sum(prompt(lags).values()), off=off, hours=rule.hours_off)


async def entries(
    service: Service, actor: Actor, facility: str | None, reason: Reason | None, after: Sequence[str], limit: int
) -> tuple[PlausibilityPage, tuple[str, ...] | None]:
    """One page of entries: those whose resource the caller may see; and where the next begins. Every person shown is
    logged."""
    only, kept, place, ended = _only(actor, facility), list[dict[str, Any]](), list(after), False
    opened = peers.Seen()
    for n in range(ROUNDS):
        wanted = max(limit, CHUNK) if n else limit
        async with service.db.reading() as conn:
            rows = await sql.entries(conn, only, reason, place, wanted)
        may = await peers.visible(service, actor, list({str(r["person_id"]) for r in rows}))
        shown = await peers.shown(service, actor, sorted({_ref(r) for r in rows if str(r["person_id"]) in may.persons}))
        opened = peers.Seen(opened.persons | may.persons, opened.opened | may.opened)
        for r in rows:
            place = _place(r)
            if str(r["person_id"]) in may.persons and (_ref(r) in shown or r["resource_type"] == "Patient"):
                kept.append(r)
            if len(kept) == limit:
                break
        ended = len(rows) < wanted and (not rows or place == _place(rows[-1]))
        if len(kept) == limit or ended:
            break
    await _log(service, actor, opened, "plausibility", [(str(r["person_id"]), _ref(r)) for r in kept])
    items = [
        PlausibilityEntry(
            facility=r["facility"], person_id=str(r["person_id"]), type=r["resource_type"], id=r["resource_id"],
            concept=r["concept"] or None, reason=Reason(r["reason"]), detail=r["detail"], on=r["day"],
        )
        for r in kept
    ]  # fmt: skip
    return PlausibilityPage(items=items), None if ended else tuple(place)


def _place(r: dict[str, Any]) -> list[str]:
    """Where an entry stands in the order of the list."""
    return [r["facility"], r["resource_type"], r["resource_id"], str(r["seq"])]


def _ref(r: dict[str, Any]) -> str:
    return f"{r['resource_type']}/{r['resource_id']}"


async def _log(service: Service, actor: Actor, seen: peers.Seen, what: str, refs: list[tuple[str, str]]) -> None:
    """One row per person shown."""
    of = dict[str, list[str]]()
    for person, ref in refs:
        of.setdefault(person, []).append(ref)
    async with service.db.transaction() as tx:
        looks = [Access(seen.looking(actor, p), p, "read", f"indicator {what}", resources=ids) for p, ids in of.items()]
        await access.log(tx, looks)


async def remeasure(
    service: Service, actor: Actor, facility: str | None, village: str | None, after: tuple[str, ...], limit: int
) -> tuple[RemeasurePage, tuple[str, ...] | None]:
    """One page of the children to measure again: of its catchment for a puskesmas, else of who measured them."""
    here = room(service)
    async with service.db.transaction() as tx:
        day = (await standings_sql.state(tx)).day or service.clock.today()
        kept = here.find(REMEASURE, day.year)
        rows = await sql.measured_wrongly(tx, kept, day.year, day) if kept else []
        mine = await network_sql.villages_of(tx, actor.facility or "", day)
    if actor.role == Role.PUSKESMAS_STAFF:
        rows = [
            r for r in rows if r["village"] in mine or actor.facility in (r["weight_facility"], r["height_facility"])
        ]
    elif actor.role not in EVERYWHERE:
        facility = actor.facility or "-"
    rows = [r for r in rows if facility is None or facility in (r["weight_facility"], r["height_facility"])]
    rows = [r for r in rows if village in (None, r["village"]) and (r["village"], r["unit_id"]) > after]
    may = await peers.visible(service, actor, [r["unit_id"] for r in rows])
    seen = [r for r in rows if r["unit_id"] in may.persons]
    shown = await peers.shown(service, actor, sorted({ref for r in seen for ref in _measures(r)}))
    seen = [r for r in seen if _measures(r) <= shown]
    items = seen[:limit]
    refs = [(r["unit_id"], ref) for r in items for ref in sorted(_measures(r))]
    await _log(service, actor, may, "remeasure", refs)
    limits = _limits(kept.standard.population) if kept else {}
    last = items[-1] if len(seen) > limit else None
    found = RemeasurePage(as_of=day, items=[_remeasure(r, limits) for r in items])
    return found, (last["village"], last["unit_id"]) if last else None


def _measures(r: dict[str, Any]) -> set[str]:
    """The resources a child's measures come from."""
    return {f"Observation/{r[n]}" for n in ("weight_id", "height_id")}


def _limits(population: Any) -> dict[str, tuple[float, float]]:
    return population.plausible.model_dump() if isinstance(population, Measured) else {}


def _remeasure(r: dict[str, Any], limits: dict[str, tuple[float, float]]) -> Remeasure:
    scores = {name: None if r[name] is None else float(r[name]) for name in LIMITED}
    day: date = r["day"]
    return Remeasure(
        person_id=r["unit_id"], village=r["village"] or None, sex=r["sex"], on=day, age_days=r["age_days"],
        weight_kg=r["weight"], length_cm=r["height"], lying=r["lying"], z=scores,
        why=unbelieved(scores, limits, r["sex"]), weighed_at=r["weight_facility"], measured_at=r["height_facility"],
    )  # fmt: skip
