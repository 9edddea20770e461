"""Who answered for a village on a day, where nobody did, and the territory against its rule."""

from datetime import date, timedelta

from services.facilities.contract import Area, Kind
from services.facilities.contract.territory import (
    Answering,
    Gap,
    Gaps,
    Place,
    Post,
    Responsible,
    TerritoryReport,
    TerritoryRule,
)
from services.facilities.queries import areas as area_queries
from services.facilities.queries import territory as queries
from services.facilities.rules import territory as rules
from services.facilities.rules.cells import Line
from services.facilities.rules.territory import RuleRow
from services.facilities.usecases.loading import Checked, File, load_one
from services.kernel.auth import Actor
from services.kernel.db import Connection, Tx
from services.kernel.problems import Fault, Invalid, NotFound, Text
from services.kernel.service import Service

MOST_DAYS = 3660
"""Days of one question of gaps: ten years."""
TERRITORY_RULE = "territory_rule"


async def gaps(service: Service, on: date | None, first: date | None, last: date | None, area: str | None) -> Gaps:
    """Villages without a puskesmas on a day, or in a span with its days. Raises Invalid."""
    if on is not None and (first is not None or last is not None):
        raise _wrong("on", Text("isi `on`, atau `from` dan `until`", "give `on`, or `from` and `until`"))
    begin = on or first or service.clock.today()
    end = on or last or (service.clock.today() if first is not None else begin)
    if end < begin:
        raise _wrong("until", Text("sebelum `from`", "before `from`"))
    if end - begin > timedelta(MOST_DAYS):
        raise _wrong("until", Text("paling lama sepuluh tahun", "ten years at most"))
    async with service.db.reading() as conn:
        found = await queries.gaps(conn, begin, end, area)
        return Gaps(
            first=begin, last=end, villages=await queries.villages(conn, begin, end, area),
            gaps=[Gap(**r) for r in found],
        )  # fmt: skip


async def responsible(service: Service, village: str, on: date | None) -> Responsible:
    """Who answered for a village on a day (default today); an old code is read as what it became. Raises NotFound."""
    day = on or service.clock.today()
    async with service.db.reading() as conn:
        if await area_queries.area(conn, village, day) is None:
            raise NotFound(Text("Desa tidak ada di registri", "The village is not in the registry"))
        answers = [await _answering(conn, Area(**r), day) for r in await area_queries.here(conn, village, day)]
    return Responsible(village=village, on=day, answers=answers)


async def _answering(conn: Connection, village: Area, day: date) -> Answering:
    above = await area_queries.above(conn, village.code, day)
    found = await queries.answering(conn, village.code, day)
    posts = await queries.posts(conn, village.code, day)
    return Answering(
        village=village, kecamatan=Place(code=above[0]["code"], name=above[0]["name"]) if above else None,
        puskesmas=Post(code=found["code"], name=found["name"]) if found else None,
        since=found["since"] if found else None,
        pustu=[Post(code=p["code"], name=p["name"]) for p in posts if p["kind"] == Kind.PUSTU],
        posyandu=[Post(code=p["code"], name=p["name"]) for p in posts if p["kind"] == Kind.POSYANDU],
    )  # fmt: skip


async def report(service: Service, on: date | None) -> TerritoryReport:
    """The territory of a day against the rule of that day."""
    day = on or service.clock.today()
    async with service.db.reading() as conn:
        rule = await queries.rule(conn, day)
        areas, posts, held = await queries.standing(conn, day)
    return rules.report(day, TerritoryRule(**rule) if rule else None, areas, posts, held)


async def all_rules(service: Service) -> list[TerritoryRule]:
    """Every rule by its first day."""
    async with service.db.reading() as conn:
        return [TerritoryRule(**r) for r in await queries.rules(conn)]


async def put_rule(service: Service, actor: Actor, rule: TerritoryRule) -> TerritoryRule:
    """A rule from a day on, until the next begins. Raises Unprocessable."""
    await load_one(service, _RULES, rule.model_dump(), actor.subject)
    return rule


async def _as_it_is(_: Tx, lines: list[Line[RuleRow]]) -> Checked[RuleRow]:
    return lines, []


_RULES = File(
    TERRITORY_RULE, RuleRow, ("valid_from", "regulation", "puskesmas_per_kecamatan"), _as_it_is,
    ("valid_from", "regulation", "puskesmas_per_kecamatan", "several_allowed", "pustu_per_desa", "posyandu_per_desa"),
)  # fmt: skip


def _wrong(field: str, text: Text) -> Invalid:
    return Invalid(Text("Masa yang ditanyakan salah", "The span asked for is wrong"), [Fault(f"/{field}", text)])
