"""The cascade of tuberculosis: numbers for everyone who may see sums, persons for those who may see them."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from services.indicators.contract import (
    By,
    CascadePage,
    CascadePerson,
    Reached,
    StepRow,
    StepShown,
    TbCascade,
    TbStep,
)
from services.indicators.queries import cascade as sql
from services.indicators.queries import numbers as numbers_sql
from services.indicators.queries.numbers import OUTSIDE
from services.indicators.rules import suppression
from services.indicators.rules.cascade import CODED, STEPS
from services.indicators.rules.cells import percent
from services.indicators.usecases import opening, showing
from services.kernel.auth import CARE_ROLES, Actor, Role
from services.kernel.db import Connection
from services.kernel.problems import Fault, Text, Unprocessable
from services.kernel.service import Service

Counts = Mapping[TbStep, int]
NOBODY = dict.fromkeys(CODED, 0)


def span(service: Service, year: int | None, as_of: date | None) -> tuple[date, date]:
    """1 January of the year, and the day asked for. Raises Unprocessable for a day to come."""
    today = service.clock.today()
    if as_of is not None and as_of > today:
        text = Text(f"`as_of` paling akhir {today}", f"`as_of` is at the latest {today}")
        raise Unprocessable(text, [Fault("/as_of", text)])
    wanted = year or (as_of or today).year
    return date(wanted, 1, 1), min(as_of or today, date(wanted, 12, 31))


async def cascade(service: Service, actor: Actor, year: int | None, as_of: date | None, by: By | None) -> TbCascade:
    """The district's steps, and each place's."""
    since, until = span(service, year, as_of)
    async with service.db.transaction() as tx:
        await numbers_sql.snapshot(tx)
        found = await sql.counts(tx, since, until, by.value if by else "total")
        places = await numbers_sql.places(tx, until)
        sees = await showing.sight(tx, service, actor, places)
        areas, facilities = await numbers_sql.names(tx)
    names = areas | {code: f["name"] for code, f in facilities.items()}
    rows = {key: counts for key, counts in found.items() if key != OUTSIDE}
    total = {s: sum(c[s] for c in rows.values()) for s in CODED}
    exact = sees.rows(by, places) if by else frozenset[str]()
    near = showing.near((by,), places, rows) if by else {}
    hidden = {s: _hidden(s, total, rows if by else {}, exact, near) if not sees.all else set() for s in CODED}
    opens = actor.role in (*CARE_ROLES, Role.DINKES_ADMIN)
    asked = f"year={since.year}&as_of={until}"
    return TbCascade(
        year=since.year, as_of=until, by=by.value if by else "total",
        steps=[_shown(s, total, hidden, asked if opens else None) for s in TbStep],
        rows=[_row(key, names.get(key), c, hidden) for key, c in sorted(rows.items())] if by else [],
        contacts_per_case=_ratio(total, hidden),
    )  # fmt: skip


def _hidden(
    step: TbStep, total: Counts, rows: Mapping[str, Counts], exact: frozenset[str], near: suppression.Groups
) -> set[str | None]:
    """Where a step's count is withheld (None: the district's): few, or few who did not get so far."""
    of = STEPS[step].of

    def few(counts: Counts) -> bool:
        return suppression.small(counts[step]) or (of is not None and suppression.small(counts[of] - counts[step]))

    gone = {key for key, counts in rows.items() if key not in exact and few(counts)}
    return suppression.covered({key: c[step] for key, c in rows.items()}, gone, few(total), exact, near)


def _shown(step: TbStep, total: Counts, hidden: Mapping[TbStep, set[str | None]], asked: str | None) -> StepShown:
    s, gone = STEPS[step], None in hidden.get(step, ())
    value = total.get(step) if not gone else None
    against = total.get(s.of) if s.of is not None and None not in hidden.get(s.of, ()) else None
    return StepShown(
        step=step, title=s.title, of=s.of, value=value, suppressed=gone, coded=bool(s.facts), note=s.note,
        percent=percent(value, against) if value is not None and against is not None else None,
        link=f"/v1/surveillance/tb/{step}/persons?{asked}" if asked and s.facts else None,
    )  # fmt: skip


def _row(key: str, name: str | None, counts: Counts, hidden: Mapping[TbStep, set[str | None]]) -> StepRow:
    steps = {s: None if key in hidden[s] else counts[s] for s in CODED}
    return StepRow(code=key, name=name, steps=steps, suppressed=None in steps.values())


def _ratio(total: Counts, hidden: Mapping[TbStep, set[str | None]]) -> float | None:
    cases, contacts = total[TbStep.CASE], total[TbStep.CONTACT]
    told = None not in hidden[TbStep.CASE] and None not in hidden[TbStep.CONTACT]
    return round(contacts / cases, 2) if cases and told else None


async def persons(
    service: Service, actor: Actor, step: TbStep, state: Reached, days: tuple[date, date], village: str | None,
    after: UUID, limit: int, names: bool,
) -> tuple[CascadePage, UUID | None]:  # fmt: skip
    """Who is at a step: those the caller may see, by a record of the step he may see; each opening is logged. With
    where the next page begins. Raises Unprocessable for a step nobody can be seen at."""
    if not STEPS[step].facts or (state is Reached.MISSING and STEPS[step].of is None):
        text = Text("Langkah ini tidak terkode, jadi tidak punya daftar", "This step is not coded and has no list")
        raise Unprocessable(text, [Fault("/step", text)])
    async with service.db.reading() as conn:
        villages = await opening.reach(conn, service, actor, village)

    async def read(conn: Connection, start: UUID, count: int) -> list[dict[str, Any]]:
        return await sql.persons(conn, step, state, days, villages, start, count)

    found, passed, end = await opening.page(
        service, actor, read, after, limit, f"surveillance tb {step} persons", names
    )  # fmt: skip
    items = [
        CascadePerson(person_id=str(r["person_id"]), who=who, village=r["village"], on=r["since"], resources=refs)
        for r, refs, who in found
    ]
    return CascadePage(step=step, state=state, items=items, withheld=opening.withheld(actor, passed)), end
