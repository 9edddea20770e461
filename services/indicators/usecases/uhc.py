"""JKN coverage of the district: registered and active against the population, by village, puskesmas, segment."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from services.indicators.contract import By, Words
from services.indicators.contract.uhc import Uhc, UhcBy, UhcListed, UhcNumbers, UhcRow
from services.indicators.queries import kbk as kbk_sql
from services.indicators.queries import numbers as numbers_sql
from services.indicators.queries import uhc as sql
from services.indicators.queries.kbk import Span
from services.indicators.room import room
from services.indicators.rules import policies, suppression, uhc
from services.indicators.rules.cells import Place
from services.indicators.rules.suppression import small
from services.indicators.usecases import showing
from services.indicators.usecases.showing import Sight
from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.kernel.service import Service

FORMULA = Words(
    id="Terdaftar ÷ penduduk, aktif ÷ terdaftar, aktif ÷ penduduk; penduduk yang tinggal di kabupaten menurut "
    "catatan bersama dan pernyataan JKN terakhir sampai hari itu. UHC: kedua ambang pertama tercapai.",
    en="Registered ÷ population, active ÷ registered, active ÷ population, of residents by JKN's last statement up to "
    "the day. UHC: both first thresholds are reached.",
)
STATES = ("active", "inactive", "not_found", "unknown")
Counts = dict[str, int]


async def coverage(service: Service, actor: Actor, on: date | None, by: UhcBy) -> Uhc:
    """Coverage on a day, today when none is said."""
    async with service.db.transaction() as tx:
        await numbers_sql.snapshot(tx)
        day = min(on or service.clock.today(), service.clock.today())
        places = await numbers_sql.places(tx, day)
        names, facilities = await numbers_sql.names(tx)
        told = await sql.residents(tx, day)
        year, people = await sql.population(tx, day.year)
        listed = await _listed(tx, day)
        sees = await showing.sight(tx, service, actor, places)
    rule = policies.on(room(service).uhc, day)
    rows, outside, total = _summed(told, by, {p.village: p.puskesmas or "" for p in places})
    of = _populations(by, people, places)
    hidden = _hidden(rows, total, sees, by, places)
    whole = people.get("") or _all(people, [p.village for p in places])
    titles = {**names, **{c: f["name"] for c, f in facilities.items()}, **rule.segments}
    total_shown = _numbers(total, whole, year, None in hidden)
    return Uhc(
        on=day, by=by, total=total_shown,
        outside=_numbers(outside, None, None, not sees.all and any(small(n) for n in outside.values())),
        reaches=_reaches(rule, total, whole), registered_threshold=float(rule.registered_of_population),
        active_threshold=float(rule.active_of_registered), source=rule.source, formula=FORMULA, listed=listed,
        rows=[
            UhcRow(code=k, name=titles.get(k), **_numbers(c, of.get(k), year, k in hidden).model_dump())
            for k, c in sorted(rows.items())
        ],
    )  # fmt: skip


async def _listed(conn: Connection, day: date) -> UhcListed | None:
    """The lists of the day's month, else of the month before."""
    first = day.replace(day=1)
    for month in (first, date(first.year - (first.month == 1), (first.month - 2) % 12 + 1, 1)):
        found = await kbk_sql.lists(conn, Span(month, day), None)
        if found:
            active = [r["active"] for r in found.values()]
            return UhcListed(
                month=f"{month:%Y-%m}", facilities=len(found), members=sum(r["members"] for r in found.values()),
                active=None if None in active else sum(active),
            )  # fmt: skip
    return None


def _summed(
    told: Sequence[tuple[str, str, str, int]], by: UhcBy, puskesmas: Mapping[str, str]
) -> tuple[dict[str, Counts], Counts, Counts]:
    rows = defaultdict[str, Counts](lambda: dict.fromkeys(STATES, 0))
    outside, total = dict.fromkeys(STATES, 0), dict.fromkeys(STATES, 0)
    for village, segment, status, n in told:
        if not village:
            outside[status] += n
            continue
        total[status] += n
        if by is not UhcBy.SEGMENT:
            rows[village if by is UhcBy.VILLAGE else puskesmas.get(village, "")][status] += n
        elif status in ("active", "inactive"):
            rows[segment][status] += n
    return dict(rows), outside, total


def _populations(by: UhcBy, people: Mapping[str, int], places: Sequence[Place]) -> dict[str, int | None]:
    if by is UhcBy.VILLAGE:
        return {p.village: people.get(p.village) for p in places}
    mine = defaultdict[str, list[str]](list)
    for p in places:
        mine[p.puskesmas or ""].append(p.village)
    return {k: _all(people, villages) for k, villages in mine.items()} if by is UhcBy.PUSKESMAS else {}


def _all(people: Mapping[str, int], villages: Sequence[str]) -> int | None:
    """The population of some villages; None when one of them is not loaded."""
    return sum(people[v] for v in villages) if villages and all(v in people for v in villages) else None


def _hidden(
    rows: Mapping[str, Counts], total: Counts, sees: Sight, by: UhcBy, places: Sequence[Place]
) -> set[str | None]:
    """Rows (None: the total) that are withheld: few people in a state, or what a difference would tell."""
    if sees.all:
        return set()
    which = By(by.value) if by is not UhcBy.SEGMENT else By.PAYER
    given = sees.rows(which, places)
    near = showing.near((which,), places, rows) if by is UhcBy.VILLAGE else {}
    found = set[str | None]()
    for state in STATES:
        counts = {k: c[state] for k, c in rows.items()}
        tiny = {k for k, c in rows.items() if k not in given and any(small(n) for n in c.values())}
        found |= suppression.covered(counts, tiny, any(small(n) for n in total.values()), given, near)
    return found


def _numbers(c: Counts, population: int | None, year: int | None, hidden: bool) -> UhcNumbers:
    registered = c["active"] + c["inactive"]
    if hidden:
        return UhcNumbers(
            population=population, population_year=year if population is not None else None, suppressed=True,
            **dict.fromkeys(
                ("registered", "active", "inactive", "not_found", "unknown", "registered_of_population",
                 "active_of_registered", "active_of_population")
            ),
        )  # fmt: skip
    return UhcNumbers(
        population=population, population_year=year if population is not None else None, registered=registered,
        active=c["active"], inactive=c["inactive"], not_found=c["not_found"], unknown=c["unknown"],
        registered_of_population=uhc.share(registered, population),
        active_of_registered=uhc.share(c["active"], registered),
        active_of_population=uhc.share(c["active"], population),
    )  # fmt: skip


def _reaches(rule: uhc.Thresholds, c: Counts, population: int | None) -> bool | None:
    registered = c["active"] + c["inactive"]
    both = (
        uhc.reaches(registered, population, rule.registered_of_population),
        uhc.reaches(c["active"], registered, rule.active_of_registered),
    )
    return None if None in both else all(both)
