"""Catchments: loading, giving a village to another puskesmas, ending."""

from datetime import date

from services.facilities.contract import CATCHMENT, Catchment, CatchmentEnd, CatchmentMove
from services.facilities.queries import areas, facilities
from services.facilities.queries import catchments as queries
from services.facilities.queries import loading as loads
from services.facilities.rules import catchments as rules
from services.facilities.rules import spans
from services.facilities.rules.catchments import CatchmentRow
from services.facilities.rules.cells import Line
from services.facilities.rules.spans import Span
from services.facilities.usecases.loading import Asked, Checked, File, apply
from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.problems import Conflict, Fault, Text, Unprocessable
from services.kernel.service import Service


async def move(service: Service, actor: Actor, asked: CatchmentMove) -> list[Catchment]:
    """Give a village to another puskesmas from a day on, to the end of the span that day lies in: one act, no gap, no
    overlap. Ended codes that are read as this village go with it. Raises Unprocessable, Conflict."""
    async with service.db.transaction() as tx:
        await loads.lock(tx)
        now = (await _registered(tx, [asked.village])).get(asked.village, {})
        rows = rules.moved(now, asked.village, asked.to, asked.from_day)
        if rows is None:
            raise _wrong("from_day", Text(
                "tidak ada puskesmas yang memegang desa ini pada hari itu; muat wilayah kerjanya dulu",
                "no puskesmas has this village on that day; load its catchment first",
            ))  # fmt: skip
        held = spans.on(now.values(), asked.from_day)
        if held and held.holder == asked.to:
            raise Conflict(Text(
                f"Desa ini sudah milik {asked.to} sejak {held.start}",
                f"The village belongs to {asked.to} already since {held.start}",
            ))  # fmt: skip
        old = await areas.read_as(tx, asked.village)
        for village, spans_of in (await _registered(tx, old)).items():
            rows += rules.moved(spans_of, village, asked.to, asked.from_day) or []
        return await _stored(service, actor, tx, rows)


async def end(service: Service, actor: Actor, asked: CatchmentEnd) -> list[Catchment]:
    """End the responsibility for a village. Raises Unprocessable, Conflict (nobody follows, and that was not said)."""
    async with service.db.transaction() as tx:
        await loads.lock(tx)
        now = (await _registered(tx, [asked.village])).get(asked.village, {})
        held = spans.on(now.values(), asked.last_day)
        if held is None:
            raise _wrong("last_day", Text(
                "tidak ada puskesmas yang memegang desa ini pada hari itu",
                "no puskesmas has this village on that day",
            ))  # fmt: skip
        if not asked.leaving_gap and asked.last_day + spans.DAY not in now:
            raise Conflict(Text(
                "Tidak ada penerus: pindahkan dengan POST /v1/catchments/moves, atau nyatakan leaving_gap dan reason",
                "Nobody follows: move the village by POST /v1/catchments/moves, or say leaving_gap and a reason",
            ))  # fmt: skip
        if asked.leaving_gap and asked.reason is None:
            raise _wrong("reason", Text("wajib diisi bila tanpa penerus", "is required when nobody follows"))
        row = CatchmentRow.model_construct(
            village=asked.village, facility=held.holder, valid_from=held.start, valid_until=asked.last_day,
            gap_reason=asked.reason if asked.leaving_gap else None,
        )  # fmt: skip
        return await _stored(service, actor, tx, [row])


async def _stored(service: Service, actor: Actor, tx: Tx, rows: list[CatchmentRow]) -> list[Catchment]:
    asked = Asked(frozenset(CatchmentRow.model_fields), actor.subject, service.clock.today())
    changed, refused = await apply(tx, CATCHMENTS, [Line(n, row) for n, row in enumerate(rows)], asked)
    if refused:
        raise Unprocessable(
            Text("Perbaiki isian berikut", "Mend the following fields"),
            [Fault("/to" if r.column == "facility" else f"/{r.column}", r.reason) for r in refused[:1]],
        )
    return [Catchment(**row) for row in changed]


def _wrong(field: str, text: Text) -> Unprocessable:
    return Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), [Fault(f"/{field}", text)])


async def _registered(tx: Tx, villages: list[str]) -> dict[str, dict[date, Span]]:
    found: dict[str, dict[date, Span]] = {}
    for c in await queries.of_villages(tx, villages):
        end = c["valid_until"] or date.max
        span = Span(c["valid_from"], end, c["facility"], reason=c["gap_reason"])
        found.setdefault(c["village"], {})[c["valid_from"]] = span
    return found


async def _check(tx: Tx, lines: list[Line[CatchmentRow]]) -> Checked[CatchmentRow]:
    asked = list({line.row.village for line in lines})
    villages = await areas.last_days(tx, asked)
    kinds = await facilities.kinds(tx, list({line.row.facility for line in lines}))
    return rules.catchments(lines, villages, kinds, await _registered(tx, asked))


CATCHMENTS = File(
    CATCHMENT, CatchmentRow, ("village", "facility", "valid_from", "valid_until"), _check,
    ("village", "facility", "valid_from", "valid_until"),
)  # fmt: skip
