"""Rows of a compared list decided: taken, kept, said to be the same, created, closed; by the loader's rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from services.facilities.contract.reconciling import ALIAS, RECONCILIATION, Decision, Declined, Done, Found, Why
from services.facilities.queries import loading, rows
from services.facilities.queries import reconciling as queries
from services.facilities.rules import deciding as rules
from services.facilities.rules.aliases import OURS, Edge, Forest, ordered
from services.facilities.rules.cells import Line, parse
from services.facilities.rules.csvfile import Refused, Sheet
from services.facilities.rules.facilities import FacilityRow
from services.facilities.usecases.facilities import FACILITIES
from services.facilities.usecases.loading import Asked, apply
from services.facilities.usecases.reconciling import fingerprint, node, not_found
from services.kernel import events
from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.problems import Text
from services.kernel.service import Service

Stored = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done with which rows: those numbered, else all undecided ones that were found so. `fields`: of
    theirs, only these; `values`: what a new facility needs beside; `facility`: another of ours than the one found."""

    decision: Decision
    numbers: list[int] | None = None
    found: list[Found] | None = None
    fields: list[str] | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    facility: str | None = None
    reason: str | None = None


@dataclass(slots=True)
class Plan:
    """One row's change: the row of ours it makes (if any), the columns given, the alias and what is remembered."""

    row: Stored
    cells: dict[str, str] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)
    before: int | None = None
    edge: Edge | None = None
    judged: list[tuple[str, str, str, str]] = field(default_factory=list)


class DryRun(Exception):  # noqa: N818 - not an error: what was tried is not kept
    """Ends a transaction without keeping it."""


class No(Exception):  # noqa: N818
    """A row that cannot be done."""

    def __init__(self, why: Text, column: str | None = None, since: list[Stored] | None = None) -> None:
        super().__init__()
        self.why, self.column, self.since = why, column, since or []


def declined(number: int, no: No) -> Declined:
    """Why a row could not be done, as it is told."""
    since = [{**s, "recorded_at": s["recorded_at"].isoformat()} for s in no.since]
    return Declined(number=number, field=no.column, reason=Why(id=no.why.id, en=no.why.en), since=since)


async def decide(service: Service, run_id: str, wish: Wish, by: str, *, dry_run: bool) -> Done:
    """Do what is wished with every row that allows it, in one transaction; the others are told with the reason.

    Nothing is kept of a dry run. Raises NotFound.
    """
    done = Done(dry_run=dry_run, done=0, rows=[], declined=[])
    try:
        async with service.db.transaction() as tx:
            await _decide(service, tx, run_id, wish, by, done)
            if dry_run:
                raise DryRun
    except DryRun:
        pass
    return done


async def _decide(service: Service, tx: Tx, run_id: str, wish: Wish, by: str, done: Done) -> None:
    await loading.lock(tx)
    run = await queries.lock_run(tx, run_id)
    if run is None:
        raise not_found()
    held = await queries.held(tx, run_id, wish.numbers, wish.found, decided=False)
    missing = set(wish.numbers or ()) - {r["number"] for r in held}
    done.declined += [declined(n, No(Text("tidak ada baris ini", "there is no such row"))) for n in sorted(missing)]
    plans = []
    for row in held:
        try:
            plans.append(await _plan(tx, run, row, wish))
        except No as no:
            done.declined.append(declined(row["number"], no))
    plans, laid = await _aliased(tx, plans, done)
    asked = Asked(frozenset(), by, service.clock.today(), f"{RECONCILIATION}/{run_id}")
    applied = await _applied(tx, plans, asked, done)
    laid = {n: e for n, e in laid.items() if n in applied}
    await queries.lay(tx, list(laid.values()), by, f"{RECONCILIATION}/{run_id}")
    kept = [p for p in plans if p.row["number"] in applied]
    await queries.judge(tx, run["source"], [j for p in kept for j in p.judged], by)
    for plan in kept:
        edge, noted = laid.get(plan.row["number"]), applied[plan.row["number"]]
        noted |= {"aliases": [[*edge[0], *edge[1]]] if edge else [], "judged": [list(j[:3]) for j in plan.judged]}
    decided = [{"number": n, "decision": wish.decision, "applied": applied[n]} for n in sorted(applied)]
    await queries.decide(tx, run_id, decided, by, wish.reason)
    await events.append(tx, [alias_event(e, "created") for e in laid.values()])
    done.done, done.rows = len(decided), sorted(applied)


async def _plan(tx: Tx, run: Stored, row: Stored, wish: Wish) -> Plan:
    """What a decision makes of a row. Raises No."""
    if row["decision"]:
        word = row["decision"]
        raise No(Text(f"sudah diputuskan: {word}; batalkan dulu", f"decided already: {word}; undo it first"))
    no = rules.fault(Found(row["found"]), wish.decision)
    if no:
        raise No(no)
    plan = Plan(row)
    code = wish.facility or row["facility"]
    if wish.decision in (Decision.KEEP, Decision.DIFFERENT):
        plan.judged = [(row["ref"] or "", code or "", wish.decision, fingerprint(row))]
        return plan
    if wish.decision is Decision.CREATE:
        await _create(tx, plan, wish)
        code = plan.cells["code"]
    else:
        await _change(tx, plan, wish, code)
    if row["ref"] and wish.decision is not Decision.CLOSE:
        plan.edge = ordered(node(run["source"], row["ref"]), (OURS, str(code)))
    return plan


async def _create(tx: Tx, plan: Plan, wish: Wish) -> None:
    plan.cells, plan.columns = rules.created(plan.row["cells"], wish.values)
    missing = [c for c in FACILITIES.required if not plan.cells.get(c)]
    if missing:
        names = ", ".join(missing)
        text = Text(f"belum lengkap: {names}; isi lewat `values`", f"lacking: {names}; give them in `values`")
        raise No(text, missing[0])
    if await rows.current(tx, FACILITIES.table, plan.cells["code"]) is not None:
        raise No(Text("kode ini sudah ada di registri", "this code is registered already"), "code")
    if plan.row["facility"]:  # it was taken for one of ours: it is not
        plan.judged = [(plan.row["ref"] or "", plan.row["facility"], Decision.DIFFERENT, fingerprint(plan.row))]


async def _change(tx: Tx, plan: Plan, wish: Wish, code: str | None) -> None:
    ours = await rows.current(tx, FACILITIES.table, code) if code else None
    if code is None or ours is None:
        text = Text("sebut faskes kita yang dimaksud", "name the facility of ours that is meant")
        raise No(text, "facility")
    plan.before = ours["version"]
    if wish.decision is Decision.SAME:
        return
    if code == plan.row["facility"] and ours["version"] != plan.row["facility_version"]:
        since = await rows.since(tx, FACILITIES.table, code, plan.row["facility_version"])
        text = Text("faskes berubah sejak dibandingkan; bandingkan lagi", "it has changed since; compare again")
        raise No(text, None, since)
    if wish.decision is Decision.CLOSE:
        plan.cells, plan.columns = rules.closed(ours)
    else:
        fields = wish.fields or [d["field"] for d in plan.row["diff"]] or list(plan.row["cells"])
        plan.cells, plan.columns = rules.taken(ours, plan.row["cells"], fields)


async def _aliased(tx: Tx, plans: list[Plan], done: Done) -> tuple[list[Plan], dict[int, Edge]]:
    """The plans whose aliases may be laid, and the aliases that say something new."""
    wanted = [p.edge for p in plans if p.edge]
    nodes = [n for edge in wanted for n in edge]
    forest = Forest([*await queries.edges(tx), *await queries.identified(tx, nodes)])
    kept, laid = [], {}
    for plan in plans:
        no = forest.fault(*plan.edge) if plan.edge else None
        if no:
            done.declined.append(declined(plan.row["number"], No(no, "ref")))
            continue
        if plan.edge and not forest.known(*plan.edge):
            forest.join(*plan.edge)
            laid[plan.row["number"]] = plan.edge
        kept.append(plan)
    return kept, laid


async def _applied(tx: Tx, plans: list[Plan], asked: Asked, done: Done) -> dict[int, Stored]:
    """Write the rows that plans make; by row number, what was written. Those the rules refuse are told."""
    applied: dict[int, Stored] = {}
    creating = [p for p in plans if p.cells and p.before is None]
    changing = [p for p in plans if p.cells and p.before is not None]
    for group in (creating, changing):
        if not group:
            continue
        changed, fallen = await write(tx, group, asked)
        done.declined += [declined(n, No(r.reason, r.column)) for n, r in fallen.items()]
        for plan in group:
            if plan.row["number"] not in fallen:
                code = plan.cells["code"]
                after = changed.get(code, plan.before)
                applied[plan.row["number"]] = {"key": code, "before": plan.before, "after": after}
    return applied | {p.row["number"]: {} for p in plans if not p.cells}


async def write(tx: Tx, plans: Iterable[Plan], asked: Asked) -> tuple[dict[str, int], dict[int, Refused]]:
    """Apply plans, those that give the same columns as one load: the new version by code, and by row number why a row
    was refused."""
    groups: dict[frozenset[str], list[tuple[int, dict[str, str]]]] = {}
    for plan in plans:
        groups.setdefault(frozenset(plan.columns), []).append((plan.row["number"], plan.cells))
    versions: dict[str, int] = {}
    fallen: list[Refused] = []
    for columns, sheet in groups.items():
        read: tuple[list[Line[FacilityRow]], list[Refused]] = parse(Sheet(columns, sheet, []), FacilityRow)
        lines, refused = read
        changed, clashing = await apply(tx, FACILITIES, lines, replace(asked, columns=columns))
        versions |= {r["code"]: r["version"] for r in changed}
        fallen += [*refused, *clashing]
    return versions, {r.line: r for r in reversed(fallen)}


def alias_event(edge: Edge, kind: str) -> Event:
    """An alias that was laid or taken away."""
    (system, value), (other_system, other_value) = edge
    data = {"system": system, "value": value, "other_system": other_system, "other_value": other_value}
    return Event(ALIAS, kind, f"{system}/{value}", 1, data)
