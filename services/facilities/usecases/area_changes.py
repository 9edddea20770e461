"""Changes of areas by a regulation: new codes begin, old ones end, and whoever was there is carried along."""

from dataclasses import replace
from typing import Any

from services.facilities import peers
from services.facilities.contract import AREA_CHANGE, AreaChange, AreaChanges
from services.facilities.queries import areas as queries
from services.facilities.queries import catchments, facilities
from services.facilities.queries import loading as loads
from services.facilities.rules import area_changes as rules
from services.facilities.rules import areas as area_rules
from services.facilities.rules.area_changes import ChangeRow, Effect
from services.facilities.rules.areas import AreaRow
from services.facilities.rules.catchments import CatchmentRow
from services.facilities.rules.cells import Line
from services.facilities.usecases.areas import AREAS
from services.facilities.usecases.catchments import CATCHMENTS
from services.facilities.usecases.facilities import FACILITIES
from services.facilities.usecases.loading import Asked, Checked, File, apply, apply_one
from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.problems import Conflict, Fault, Text, Unprocessable
from services.kernel.service import Service


async def change(service: Service, actor: Actor, asked: AreaChanges) -> list[AreaChange]:
    """Record the changes of one regulation, all or none. Raises Unprocessable (a field is wrong), Conflict (what
    stands in the way), Unavailable (records cannot say who lives in an area that ends without a successor)."""
    ceasing = [code for c in asked.changes if not c.new for code in c.old]
    residents = await peers.residents(service, ceasing) if ceasing else 0
    async with service.db.transaction() as tx:
        await loads.lock(tx)
        codes = {code for c in asked.changes for code in (*c.old, *(new.code for new in c.new))}
        known = await queries.standing(tx, list(codes))
        if found := rules.faults(asked, known):
            raise Unprocessable(Text("Perbaiki perubahan berikut", "Mend the following changes"), found)
        done = rules.effect(asked, known)
        await _clear(tx, asked, done, residents)
        await _write(tx, asked, done, Asked(frozenset(), actor.subject, service.clock.today()))
    return [AreaChange(**c.model_dump()) for c in done.changes]


async def _clear(tx: Tx, asked: AreaChanges, done: Effect, residents: int) -> None:
    day = asked.from_day
    blocking = rules.in_the_way(
        asked, done, await queries.beneath(tx, done.ended, day), await queries.stands_in(tx, done.ended, day),
        await catchments.in_force(tx, done.ended, day), residents,
    )  # fmt: skip
    if blocking:
        text = Text("Masih ada yang bergantung pada wilayah ini", "Something still depends on these areas")
        raise Conflict(text, blocking)


async def _write(tx: Tx, asked: AreaChanges, done: Effect, how: Asked) -> None:
    begin = [Line(n, row) for n, row in enumerate(done.begin)]
    whole = replace(how, columns=frozenset(AreaRow.model_fields))
    _none(await apply(tx, replace(AREAS, check=_begins), begin, whole))
    await _carry(tx, asked, done, how)
    end = [Line(n, row) for n, row in enumerate(done.end)]
    _none(await apply(tx, replace(AREAS, check=_as_it_is), end, replace(how, columns=frozenset({"valid_until"}))))
    rows = [Line(n, row) for n, row in enumerate(done.changes)]
    _none(await apply(tx, _CHANGES, rows, replace(how, columns=frozenset(ChangeRow.model_fields))))


async def _carry(tx: Tx, asked: AreaChanges, done: Effect, how: Asked) -> None:
    """New villages go to the puskesmas of the old, now and as planned; facilities lie in the new ones. The ended code
    keeps its puskesmas: who still has it in the address is answered for as before."""
    rows: list[Line[CatchmentRow]] = []
    for n, c in enumerate(asked.changes):
        held = await catchments.in_force(tx, c.old, asked.from_day)
        taken = {r["village"] for r in await catchments.of_villages(tx, [new.code for new in c.new])}
        for new in c.new:
            if len(new.code) == 10 and new.code not in taken:
                rows += [Line(n, CatchmentRow.model_construct(
                    village=new.code, facility=r["facility"], valid_from=max(r["valid_from"], asked.from_day),
                    valid_until=r["valid_until"], gap_reason=r["gap_reason"],
                )) for r in held if r["village"] == held[0]["village"]]  # fmt: skip
    _none(await apply(tx, CATCHMENTS, rows, replace(how, columns=frozenset(CatchmentRow.model_fields))))
    for c in asked.changes:
        places = dict(c.facilities)
        for stands in await queries.stands_in(tx, [code for code in c.old if code in done.ended], asked.from_day):
            places.setdefault(stands["code"], c.new[0].code)
        for code, village in places.items():
            row = await facilities.resolve(tx, code, asked.from_day)
            if row is None:
                at = Fault("/changes", Text(f"faskes {code} belum terdaftar", f"facility {code} is not registered"))
                raise Unprocessable(Text("Perbaiki perubahan berikut", "Mend the following changes"), [at])
            said = {n: row[n] for n in FACILITIES.required} | {"village": village, "valid_from": asked.from_day}
            await apply_one(tx, FACILITIES, said, how.by, how.today)


def _none(done: tuple[list[dict[str, Any]], list[Any]]) -> None:
    if done[1]:
        faults = [Fault(f"/changes/{r.line}/{r.column or ''}", r.reason) for r in done[1]]
        raise Unprocessable(Text("Perbaiki perubahan berikut", "Mend the following changes"), faults)


async def _begins(tx: Tx, lines: list[Line[AreaRow]]) -> Checked[AreaRow]:
    parents = await queries.last_days(tx, [line.row.parent for line in lines if line.row.parent])
    return area_rules.areas(lines, parents)


async def _as_it_is(_: Tx, lines: list[Line[Any]]) -> Checked[Any]:
    return lines, []


_CHANGES = File(
    AREA_CHANGE, ChangeRow, (), _as_it_is, ("old", "new", "from_day", "kind", "regulation", "heir", "old_name")
)
