"""The panels of the clusters: standards, steps of the cascade and what is counted from the record, under one rule of
what is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from services.indicators.compiler.schema import Pregnancy
from services.indicators.contract import (
    By,
    ClusterPanel,
    Counted,
    CountedPage,
    CountedPerson,
    PanelLine,
    PanelRow,
    TbStep,
)
from services.indicators.queries import cascade as cascade_sql
from services.indicators.queries import numbers as numbers_sql
from services.indicators.queries import panels as sql
from services.indicators.queries.numbers import OUTSIDE, Asked
from services.indicators.room import Kept, room
from services.indicators.rules import panels as rules
from services.indicators.rules.cascade import STEPS
from services.indicators.rules.cells import Cell, Place, summed
from services.indicators.rules.panels import Line, Panel
from services.indicators.rules.suppression import Hidden
from services.indicators.usecases import opening, showing
from services.indicators.usecases.cascade import span
from services.indicators.usecases.showing import Sight
from services.indicators.usecases.viewing import asked
from services.kernel.auth import CARE_ROLES, Actor, Role
from services.kernel.db import Connection, Tx
from services.kernel.problems import Fault, NotFound, Text, Unprocessable
from services.kernel.service import Service

Found = Mapping[str, tuple[int, int]]
"""By place: how many, and of how many."""


@dataclass(frozen=True, slots=True)
class _View:
    """What a panel is read with."""

    tx: Tx
    service: Service
    days: tuple[date, date]
    by: By | None
    places: list[Place]
    sees: Sight
    names: Mapping[str, str]
    opens: bool
    steps: dict[str, Mapping[TbStep, int]] = field(default_factory=dict)
    children: list[tuple[str, int, int, int, int]] = field(default_factory=list)
    """What several lines share, read once."""

    @property
    def key(self) -> str:
        """The breakdown as the statements know it."""
        return self.by.value if self.by else "total"


def _panel(service: Service, cluster: int, day: date) -> Panel:
    found = rules.of_cluster(room(service).panels, cluster, day)
    if found is None:
        known = ", ".join(sorted({str(p.cluster) for p in room(service).panels}))
        raise NotFound(Text(f"Panel yang ada: klaster {known}", f"There are panels of clusters {known}"))
    return found


async def panel(
    service: Service, actor: Actor, cluster: int, year: int | None, as_of: date | None, by: By | None
) -> ClusterPanel:
    """A cluster's panel at a day. Raises NotFound, Unprocessable."""
    days = span(service, year, as_of)
    one = _panel(service, cluster, days[1])
    async with service.db.transaction() as tx:
        await numbers_sql.snapshot(tx)
        places = await numbers_sql.places(tx, days[1])
        areas, facilities = await numbers_sql.names(tx)
        names = areas | {code: f["name"] for code, f in facilities.items()}
        sees = await showing.sight(tx, service, actor, places)
        view = _View(
            tx, service, days, by, places, sees, names, actor.role in (*CARE_ROLES, Role.DINKES_ADMIN)
        )  # fmt: skip
        if any(line.step for line in one.line):
            view.steps.update(await cascade_sql.counts(tx, *days, view.key))
        if any(line.persons in (Counted.WEIGHED, Counted.GAINED) for line in one.line):
            view.children.extend(await sql.weighed(tx, days[1], view.key))
        lines = [await _line(view, cluster, line) for line in one.line]
    return ClusterPanel(
        cluster=cluster, title=one.title, source=one.source, year=days[0].year, as_of=days[1], by=view.key, lines=lines
    )


async def _line(view: _View, cluster: int, line: Line) -> PanelLine:
    if line.standard is not None:
        return await _of_standard(view, line, line.standard)
    link = f"/v1/indicators/panels/{cluster}/{line.code}/persons?as_of={view.days[1]}"
    if line.step is not None:
        step, of = line.step, STEPS[line.step].of or TbStep.SUSPECT
        link = f"/v1/surveillance/tb/{step}/persons?state=missing&as_of={view.days[1]}"
        return _shown(view, line, {key: (c[step], c[of]) for key, c in view.steps.items()}, link)
    if line.persons is Counted.HOME_VISIT:
        rows = await sql.visits(view.tx, view.days, _ages(line), view.key)
        said = _shown(view, line, {key: (persons, persons) for key, persons, _ in rows}, link)
        visits = sum(n for key, _, n in rows if key != OUTSIDE)
        bare = {"of": None, "percent": None, "events": None if said.suppressed else visits}
        return said.model_copy(update=bare | {"rows": [r.model_copy(update={"of": None, "percent": None})
                                                       for r in said.rows]})  # fmt: skip
    if line.persons is Counted.POSTNATAL:
        one = await _deliveries(view.tx, view.service, view.days)
        if one is None:
            return _absent(line)
        rows = await sql.postnatal(view.tx, one, line.windows, view.key)
        return _shown(view, line, {key: (met, every) for key, met, every in rows}, link)
    if line.persons is Counted.WEIGHED:
        return _shown(view, line, {key: (weighed, every) for key, every, weighed, _, _ in view.children}, link)
    return _shown(view, line, {key: (gained, both) for key, _, _, both, gained in view.children}, link)


def _ages(line: Line) -> tuple[int | None, int | None]:
    return line.from_age_years, line.until_age_years


async def _of_standard(view: _View, line: Line, name: str) -> PanelLine:
    kept = room(view.service).find(name, view.days[0].year)
    if kept is None:
        return _absent(line)
    one = await asked(view.tx, room(view.service), name, view.days[0].year, view.days[1])
    found: dict[str, tuple[int, int]] = {}
    for key, met, units in await sql.met(view.tx, one, _lacking(line, kept), view.key):
        value, of = found.get(key, (0, 0))
        found[key] = (value + units * met, of + units)
    link = f"/v1/indicators/{kept.standard.key}/units?state=missing&year={one.year}&as_of={one.day}"
    if len(line.items) == 1:
        link += f"&missing={line.items[0]}"
    return _shown(view, line, found, link)


DELIVERIES = "spm-02"
"""Whose units the postnatal contacts are counted for."""


async def _deliveries(tx: Tx, service: Service, days: tuple[date, date]) -> Asked | None:
    here = room(service)
    if here.find(DELIVERIES, days[0].year) is None:
        return None
    return await asked(tx, here, DELIVERIES, days[0].year, days[1])


def _absent(line: Line) -> PanelLine:
    return PanelLine(code=line.code, title=line.title, available=False, value=None, of=None, percent=None)


def _lacking(line: Line, kept: Kept) -> list[str]:
    """The items that must not be missing; an undated pregnancy lacks every one. None named: it must be served."""
    population = kept.standard.population
    undated = [population.undated] if isinstance(population, Pregnancy) else []
    return [*line.items, *undated] if line.items else []


def _shown(view: _View, line: Line, found: Found, link: str) -> PanelLine:
    """The line as this reader may see it."""
    cells = {key: Cell({0: value, -1: of - value}) for key, (value, of) in found.items() if key != OUTSIDE}
    total = summed(cells.values())
    if view.by is None:
        whole, veils = showing.alone(view.sees, total), dict[str, Hidden]()
    else:
        whole, veils = showing.together(view.sees, total, cells, (view.by,), view.places)
    said = showing.numbers(total, whole, None)
    rows = []
    for key, cell in sorted(cells.items()) if view.by else ():
        n = showing.numbers(cell, veils[key], None)
        rows.append(PanelRow(
            code=key, name=view.names.get(key), value=n.served, of=n.eligible, percent=n.coverage,
            suppressed=n.suppressed,
        ))  # fmt: skip
    return PanelLine(
        code=line.code, title=line.title, value=said.served, of=said.eligible, percent=said.coverage,
        suppressed=said.suppressed, rows=rows, link=link if view.opens else None,
    )  # fmt: skip


async def persons(
    service: Service, actor: Actor, cluster: int, code: str, as_of: date | None, village: str | None,
    after: UUID, limit: int, names: bool,
) -> tuple[CountedPage, UUID | None]:  # fmt: skip
    """Who is behind a line counted from the record: visited at home; not weighed; not heavier; without
    every postnatal contact. With where the next page begins. Raises NotFound, and Unprocessable for a line that opens
    elsewhere."""
    days = span(service, None, as_of)
    line = next((found for found in _panel(service, cluster, days[1]).line if found.code == code), None)
    if line is None:
        raise NotFound(Text("Baris ini tidak ada di panel klaster itu", "The cluster's panel has no such line"))
    if line.persons is None:
        text = Text("Buka lewat `link` pada barisnya", "Open it by the line's `link`")
        raise Unprocessable(text, [Fault("/line", text)])
    async with service.db.transaction() as tx:
        villages = await opening.reach(tx, service, actor, village)
        one = await _deliveries(tx, service, days) if line.persons is Counted.POSTNATAL else None

    async def read(conn: Connection, start: UUID, count: int) -> list[dict[str, Any]]:
        if line.persons is Counted.HOME_VISIT:
            return await sql.visited(conn, days, _ages(line), villages, start, count)
        if line.persons is Counted.POSTNATAL:
            return await sql.not_contacted(conn, one, line.windows, villages, start, count) if one else []
        return await sql.not_weighed(conn, days[1], line.persons is Counted.GAINED, villages, start, count)

    found, passed, end = await opening.page(
        service, actor, read, after, limit, f"panel {cluster} {code} persons", names
    )  # fmt: skip
    items = [
        CountedPerson(person_id=str(r["person_id"]), who=who, village=r["village"], on=r["since"], resources=refs)
        for r, refs, who in found
    ]
    return CountedPage(line=code, items=items, withheld=opening.withheld(actor, passed)), end
