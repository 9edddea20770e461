"""People with a right to SPM services but without active JKN: how many, where, for which services, and who."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.indicators import peers
from services.indicators.contract import By
from services.indicators.contract.uhc import GapBy, GapNumbers, GapPage, GapPerson, GapRow, Gaps
from services.indicators.queries import numbers as numbers_sql
from services.indicators.queries import uhc as sql
from services.indicators.queries.uhc import Wanted
from services.indicators.room import Kept, room
from services.indicators.rules import suppression
from services.indicators.rules.cells import Place
from services.indicators.rules.suppression import small
from services.indicators.usecases import opening, showing
from services.indicators.usecases.secrecy import resting
from services.indicators.usecases.showing import Sight
from services.kernel.auth import CARE_ROLES, Actor, Role
from services.kernel.db import Connection
from services.kernel.problems import NotFound, Text
from services.kernel.service import Service

STATES = ("inactive", "not_found", "unknown")
SPM = "spm-"
NO_SERVICE = Text("Layanan SPM itu tidak ada", "There is no such SPM service")
Counts = dict[str, int]


def standards(service: Service, only: str | None = None) -> list[Kept]:
    """The SPM standards in force this year (or one service's). Raises NotFound."""
    year = service.clock.today().year
    found = [
        k for k in room(service).kept
        if k.standard.id.startswith(SPM) and k.standard.in_force(year) and not k.standard.beside
        and only in (None, k.standard.id, k.standard.key)
    ]  # fmt: skip
    if not found:
        raise NotFound(NO_SERVICE)
    return found


async def sums(service: Service, actor: Actor, by: GapBy) -> Gaps:
    """How many, by village, puskesmas or service."""
    day = service.clock.today()
    async with service.db.transaction() as tx:
        await numbers_sql.snapshot(tx)
        asked = standards(service)
        keys = [k.standard.key for k in asked]
        places = await numbers_sql.places(tx, day)
        names, facilities = await numbers_sql.names(tx)
        told = await sql.gaps(tx, day, day.year, keys, by.value)
        every = await sql.gaps(tx, day, day.year, keys, "total")
        sees = await showing.sight(tx, service, actor, places)
    ids = {k.standard.key: (k.standard.id, k.standard.title.id) for k in asked}
    rows = _counted((ids[k][0] if by is GapBy.SERVICE else k, status, n) for k, status, n in told)
    total = _counted(every).get("", Counts())
    titles = {**names, **{c: f["name"] for c, f in facilities.items()}, **dict(ids.values())}
    hidden = _hidden(rows, total, sees, by, places)
    opens = actor.role in (*CARE_ROLES, Role.DINKES_ADMIN)
    return Gaps(
        on=day, year=day.year, by=by, total=_numbers(total, None in hidden),
        rows=[
            GapRow(
                code=k, name=titles.get(k), link=f"/v1/jkn-gaps/persons?{by}={k}" if opens and k else None,
                **_numbers(c, k in hidden).model_dump(),
            )
            for k, c in sorted(rows.items())
        ],
    )  # fmt: skip


def _counted(told: Any) -> dict[str, Counts]:
    rows = defaultdict[str, Counts](Counts)
    for key, status, n in told:
        rows[key][status] = rows[key].get(status, 0) + n
    return dict(rows)


def _numbers(c: Counts, hidden: bool) -> GapNumbers:
    if hidden:
        return GapNumbers(inactive=None, not_found=None, unknown=None, gap=None, eligible=None, suppressed=True)
    return GapNumbers(
        **{s: c.get(s, 0) for s in STATES}, gap=sum(c.get(s, 0) for s in STATES), eligible=sum(c.values())
    )


def _hidden(
    rows: Mapping[str, Counts], total: Counts, sees: Sight, by: GapBy, places: Sequence[Place]
) -> set[str | None]:
    """Rows (None: the total) that are withheld: few people in a state, or what a difference would tell."""
    if sees.all:
        return set()
    given = sees.rows(By(by.value), places) if by is not GapBy.SERVICE else frozenset[str]()
    near = showing.near((By.VILLAGE,), places, rows) if by is GapBy.VILLAGE else {}
    found = set[str | None]()
    for state in (*STATES, "active"):
        counts = {k: c.get(state, 0) for k, c in rows.items()}
        tiny = {k for k, c in rows.items() if k not in given and any(small(n) for n in c.values())}
        if by is GapBy.SERVICE:  # one person may be in several: rows do not add up to the total
            found |= tiny
        else:
            found |= suppression.covered(counts, tiny, any(small(n) for n in total.values()), given, near)
    return found | ({None} if any(small(n) for n in total.values()) else set())


@dataclass(frozen=True, slots=True)
class Question:
    """Whose list is asked for."""

    village: str | None
    puskesmas: str | None
    service: str | None
    state: str | None
    names: bool
    limit: int


async def persons(service: Service, actor: Actor, question: Question, after: UUID) -> tuple[GapPage, UUID | None]:
    """One page of the gap list, everyone on it logged; nothing of a service the caller may not know of. Raises
    NotFound."""
    async with service.db.transaction() as tx:
        villages = await opening.reach(tx, service, actor, question.village)
        asked = standards(service)
        only = [k.standard.key for k in standards(service, question.service)] if question.service else None
    wanted = Wanted(villages, question.puskesmas, question.state, only)

    async def read(conn: Connection, start: UUID, limit: int) -> list[dict[str, Any]]:
        return await read_people(service, conn, asked, wanted, start, limit)

    found, passed, end = await opening.page(service, actor, read, after, question.limit, "jkn gap list", question.names)
    ids = {k.standard.key: k.standard.id for k in asked}
    refs = {ref for r, _, _ in found for of in r["secret"].values() for ref in of}
    shown = await peers.shown(service, actor, sorted(refs))
    items = [
        GapPerson(
            person_id=str(r["person_id"]), who=who, village=r["village"], sex=r["sex"], state=r["status"],
            checked_on=r["checked_on"], services=shown_services(r, shown, ids), proposal=r["proposal"],
        )
        for r, _, who in found
    ]  # fmt: skip
    return GapPage(items=items, withheld=opening.withheld(actor, passed)), end


async def read_people(
    service: Service, conn: Connection, asked: Sequence[Kept], wanted: Wanted, start: UUID, limit: int
) -> list[dict[str, Any]]:
    """Rows of the list. `plain`: the standards that rest on age alone; `secret`: standard → the resources a unit rests
    on. Who is on the list only because of these carries them as `refs`, and is shown by one of them."""
    keys, day = [k.standard.key for k in asked], service.clock.today()
    rows = await sql.people(conn, day, day.year, keys, wanted, start, limit)
    resting_on = await resting(conn, room(service), asked, [r["person_id"] for r in rows], day.year)
    looked_for = set(wanted.services or keys)
    for r in rows:
        mine = {k: resting_on.get((k, str(r["person_id"]))) for k in r["standards"]}
        r["secret"] = {k: refs for k, refs in mine.items() if refs}
        r["plain"] = [k for k, refs in mine.items() if not refs]
        if not looked_for & set(r["plain"]):
            r["refs"] = sorted({ref for k, refs in r["secret"].items() if k in looked_for for ref in refs})
    return rows


def shown_services(r: Mapping[str, Any], shown: Collection[str], ids: Mapping[str, str]) -> list[str]:
    """The services a caller may know of: those by age, and those of which it may see a record."""
    known = [k for k, of in r["secret"].items() if of & set(shown)]
    return sorted({ids[k] for k in (*r["plain"], *known)})
