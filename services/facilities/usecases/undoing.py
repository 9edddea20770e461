"""Decisions on a compared list taken back: exactly what was before, when nothing else was done since."""

import asyncpg

from services.facilities.contract.reconciling import RECONCILIATION, Done
from services.facilities.queries import loading, rows
from services.facilities.queries import reconciling as queries
from services.facilities.rules.deciding import restored
from services.facilities.usecases.deciding import DryRun, No, Plan, Stored, alias_event, declined, write
from services.facilities.usecases.facilities import FACILITIES
from services.facilities.usecases.loading import Asked, take_back
from services.facilities.usecases.reconciling import not_found
from services.kernel import events
from services.kernel.db import Tx
from services.kernel.problems import Conflict, Text
from services.kernel.service import Service

_NOTHING = Text("belum diputuskan", "not decided yet")
_CHANGED = Text(
    "faskes berubah lagi sesudah keputusan ini; yang lebih baru harus dikembalikan dulu",
    "the facility was changed again after this decision; what came later has to be taken back first",
)
_USED = Text(
    "faskes yang dibuat sudah dirujuk data lain (wilayah kerja, tenaga, akun, …)",
    "other rows (catchments, workers, accounts, …) refer to the facility that was made",
)


async def undo(
    service: Service, run_id: str, numbers: list[int] | None, by: str, reason: str | None, *, rest: bool, dry_run: bool
) -> Done:
    """Take back the decisions on some rows (None: all). Without `rest` all or nothing.

    Raises NotFound, Conflict with the rows that stand in the way and what was done to them since.
    """
    done = Done(dry_run=dry_run, done=0, rows=[], declined=[])
    try:
        async with service.db.transaction() as tx:
            await _undo(service, tx, run_id, numbers, by, reason, done)
            if done.declined and not rest:
                told = [d.model_dump() for d in done.declined]
                raise Conflict(
                    Text(
                        "Tidak dapat dibatalkan seluruhnya; tidak ada yang diubah",
                        "Not everything can be undone; nothing was changed",
                    ),
                    extra={"declined": told},
                )
            if dry_run:
                raise DryRun
    except DryRun:
        pass
    return done


async def _undo(
    service: Service, tx: Tx, run_id: str, numbers: list[int] | None, by: str, reason: str | None, done: Done
) -> None:
    await loading.lock(tx)
    run = await queries.lock_run(tx, run_id)
    if run is None:
        raise not_found()
    held = await queries.held(tx, run_id, numbers, None, decided=True)
    missing = set(numbers or ()) - {r["number"] for r in held}
    done.declined += [declined(n, No(Text("tidak ada baris ini", "there is no such row"))) for n in sorted(missing)]
    asked = Asked(frozenset(), by, service.clock.today(), f"{RECONCILIATION}/{run_id}/undo")
    back: list[Stored] = []
    plans: list[Plan] = []
    for key, group in _by_facility(held).items():
        kept, restoring = await _group(tx, key, group, asked, done)
        back += kept
        plans += restoring
    versions: dict[str, int] = {}
    if plans:
        versions, fallen = await write(tx, plans, asked)
        done.declined += [declined(n, No(r.reason, r.column)) for n, r in fallen.items()]
        lost = {p.cells["code"] for p in plans if p.row["number"] in fallen}
        back = [r for r in back if _applied(r).get("key") not in lost]
    await _forget(tx, run, back)
    reopened = [{"number": r["number"], "version": _version(r, versions)} for r in back]
    await queries.reopen(tx, run_id, reopened, by, reason)
    done.done, done.rows = len(back), sorted(r["number"] for r in back)


def _applied(row: Stored) -> Stored:
    """What its decision wrote."""
    return row["applied"] or {}


def _version(row: Stored, versions: dict[str, int]) -> int | None:
    """The version of the row's facility now."""
    version: int | None = row["facility_version"]
    return versions.get(row["facility"] or "", version)


def _by_facility(held: list[Stored]) -> dict[str, list[Stored]]:
    """Decisions by the facility they wrote (none: by their number), the latest first."""
    groups: dict[str, list[Stored]] = {}
    for row in held:
        wrote = _applied(row).get("before") != _applied(row).get("after")
        groups.setdefault(_applied(row)["key"] if wrote else f"#{row['number']}", []).append(row)
    for group in groups.values():
        group.sort(key=lambda r: _applied(r).get("after") or 0, reverse=True)
    return groups


async def _group(
    tx: Tx, key: str, group: list[Stored], asked: Asked, done: Done
) -> tuple[list[Stored], list[Plan]]:  # fmt: skip
    """The decisions on one facility that can be taken back, and what restores the row of ours as it was before the
    first (nothing: nothing was written, or the facility is removed here)."""
    if key.startswith("#"):
        undecided = [r for r in group if not r["decision"]]
        done.declined += [declined(r["number"], No(_NOTHING)) for r in undecided]
        return [r for r in group if r["decision"]], []
    current = await rows.current(tx, FACILITIES.table, key)
    version = current["version"] if current else None
    back: list[Stored] = []
    for row in group:
        if _applied(row)["after"] != version:
            since = await rows.since(tx, FACILITIES.table, key, _applied(row)["after"])
            done.declined.append(declined(row["number"], No(_CHANGED, None, since)))
            continue
        back.append(row)
        version = _applied(row)["before"]
    try:
        return back, await _before(tx, key, back[-1], asked) if back else []
    except No as no:
        done.declined += [declined(r["number"], no) for r in back]
        return [], []


async def _before(tx: Tx, key: str, row: Stored, asked: Asked) -> list[Plan]:
    """The row of ours as it was before a decision, with what is planned for it: a plan that the decision had done in
    advance would else go with it. Nothing when there was no row and it is removed here. Raises No."""
    before = _applied(row)["before"]
    if before is None:
        await _remove(tx, key, asked)
        return []
    was = await rows.version(tx, FACILITIES.table, key, before)
    if was is None:
        raise No(Text("versi sebelumnya tidak tersimpan", "the version before is not kept"))
    planned = await queries.planned(tx, key, asked.today, (asked.because or "").removesuffix("/undo"))
    plans = []
    for state, day in ((was, asked.today.isoformat()), *((p, str(p["valid_from"])) for p in planned)):
        cells, columns = restored(state)
        plans.append(Plan(row, cells | {"valid_from": day}, columns | {"valid_from"}, before))
    return plans


async def _remove(tx: Tx, key: str, asked: Asked) -> None:
    try:
        async with tx.transaction():
            await take_back(tx, FACILITIES, key, asked)
    except asyncpg.ForeignKeyViolationError:
        raise No(_USED) from None


async def _forget(tx: Tx, run: Stored, back: list[Stored]) -> None:
    """Aliases that the decisions laid, and what they had remembered."""
    applied = [_applied(r) for r in back]
    laid = [((a, b), (c, d)) for one in applied for a, b, c, d in one.get("aliases", ())]
    gone = await queries.lift(tx, laid)
    await queries.unjudge(tx, run["source"], [(r, f, w) for one in applied for r, f, w in one.get("judged", ())])
    await events.append(tx, [alias_event(edge, "deleted") for edge in gone])
