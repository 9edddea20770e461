"""Weekly surveillance: counts and signals for everyone who may see sums, the line list for those who may see people."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.indicators.contract import By, Case, Cases, CasesBy, Loaded, Syndrome, Week, Weekly, Who
from services.indicators.queries import files as files_sql
from services.indicators.queries import numbers as numbers_sql
from services.indicators.queries import surveillance as sql
from services.indicators.queries.numbers import OUTSIDE
from services.indicators.queries.surveillance import Span
from services.indicators.room import room
from services.indicators.rules import suppression
from services.indicators.rules import surveillance as rules
from services.indicators.rules.cells import Place
from services.indicators.rules.surveillance import COLUMNS, DAYS, Counts
from services.indicators.usecases import exchange, opening, showing
from services.kernel import rows
from services.kernel.auth import CARE_ROLES, Actor, Role
from services.kernel.db import Connection
from services.kernel.problems import Fault, Invalid, NotFound, Text, Unprocessable
from services.kernel.service import Service

PARAMETERS = "surveillance"
YEARS, MOST_YEARS, REMEMBERED = "surveillance years", 50, 600.0
"""Where the cases of past years are kept in the service's room, how many sums, and for how many seconds."""
LONGEST = 5
"""Weeks before the one asked for that a signal may look at, at least."""
SATURDAY = timedelta(days=6)
ELSEWHERE = "Luar wilayah (living elsewhere)"
Key = tuple[str, str]


async def parameters(service: Service, day: date | None = None) -> list[Syndrome]:
    """The diseases under watch and their parameters, as in force on a day."""
    async with service.db.reading() as conn:
        return await _parameters(conn, day or service.clock.today())


async def _parameters(conn: Connection, day: date) -> list[Syndrome]:
    file = await files_sql.in_force(conn, PARAMETERS, day)
    return [Syndrome.model_validate(r) for r in file.rows] if file else rules.builtin()


async def load(service: Service, actor: Actor, raw: bytes, valid_from: date | None) -> Loaded:
    """Load parameters, whole, from a day on. Raises Invalid, Unprocessable."""
    sheet = rows.read(raw, COLUMNS, COLUMNS)
    found = rules.parameters(sheet, room(service).concepts.names)
    return await exchange.load(service, actor, PARAMETERS, [s.model_dump() for s in found], valid_from)


@dataclass(frozen=True, slots=True)
class Asked:
    """A week and how many before it."""

    first: date
    before: int

    @property
    def last(self) -> date:
        """Its Saturday."""
        return self.first + SATURDAY


def asked(service: Service, week: str | None, before: int) -> Asked:
    """The week asked for, else the one that runs. Raises Invalid, Unprocessable."""
    today = service.clock.today()
    first = rules.first_day(week) if week else rules.sunday(today)
    if first is None:
        text = Text("Minggu ditulis 2026-W46; minggu itu tidak ada", "A week is written 2026-W46; there is none such")
        raise Invalid(text, [Fault("/week", text)])
    if first > today:
        now = rules.week_of(today)
        text = Text(f"Minggu itu belum mulai; sekarang {now}", f"That week has not begun; it is {now}")
        raise Unprocessable(text, [Fault("/week", text)])
    return Asked(first, before)


@dataclass(slots=True)
class _Found:
    """Cases and deaths by (concept, place), each a list of weeks, the last the one asked for; month and last year."""

    cases: dict[Key, list[int]]
    deaths: dict[Key, list[int]]
    month: Mapping[Key, int]
    last_year: Mapping[Key, int]
    weeks: int

    def joined(self) -> "_Found":
        """All places of the district as one; who lives elsewhere is none of it."""
        cases, deaths, month, year = dict[Key, list[int]](), dict[Key, list[int]](), dict[Key, int](), dict[Key, int]()
        for into, lines in ((cases, self.cases), (deaths, self.deaths)):
            for (concept, place), line in lines.items():
                if place != OUTSIDE:
                    known = into.get((concept, ""), [0] * self.weeks)
                    into[concept, ""] = [a + b for a, b in zip(known, line, strict=True)]
        for sums, given in ((month, self.month), (year, self.last_year)):
            for (concept, place), n in given.items():
                if place != OUTSIDE:
                    sums[concept, ""] = sums.get((concept, ""), 0) + n
        return _Found(cases, deaths, month, year, self.weeks)

    def counts(self, key: Key) -> Counts:
        """What a signal looks at."""
        nothing = [0] * self.weeks
        cases, deaths = self.cases.get(key, nothing), self.deaths.get(key, nothing)
        return Counts(cases, deaths, self.month.get(key, 0), self.last_year.get(key, 0))


async def weekly(service: Service, actor: Actor, week: str | None, before: int, by: CasesBy) -> Week:
    """One week with those before it: the district, and each place that has cases."""
    one, today = asked(service, week, before), service.clock.today()
    async with service.db.transaction() as tx:
        await numbers_sql.snapshot(tx)
        watched = await _parameters(tx, one.last)
        places = await _found(tx, service, watched, one, by.value)
        whole = await _found(tx, service, watched, one, "district") if by is CasesBy.FACILITY else places.joined()
        areas, facilities = await numbers_sql.names(tx)
        registry = await numbers_sql.places(tx, min(today, one.last))
        mine = await _mine(tx, service, actor, by, registry)
    names = areas | {code: f["name"] for code, f in facilities.items()} | {OUTSIDE: ELSEWHERE}
    near = showing.near((By.VILLAGE,), registry, ()) if by is CasesBy.VILLAGE else {}
    answer = _Answer(actor, one, by, today, mine, names, near)
    found = [answer.places(s, places) if by is not CasesBy.DISTRICT else ([], [], False) for s in watched]
    return Week(
        week=rules.week_of(one.first), since=one.first, until=one.last, complete=one.last < today,
        report_by=one.last + timedelta(days=2), weeks_before=[rules.week_of(one.first - n * DAYS) for n in
                                                             range(before, 0, -1)],
        by=by, district=[
            answer.district(s, whole, gone, quiet) for s, (_, gone, quiet) in zip(watched, found, strict=True)
        ],
        rows=[r for rows_, _, _ in found for r in rows_], syndromes=watched, notes=list(rules.NOTES),
    )  # fmt: skip


async def _found(conn: Connection, service: Service, watched: Sequence[Syndrome], one: Asked, by: str) -> _Found:
    back = max(one.before, LONGEST, *(s.rising_weeks or 0 for s in watched))
    since, last = one.first - back * DAYS, one.last
    cases, deaths = defaultdict[Key, list[int]](lambda: [0] * (back + 1)), dict[Key, list[int]]()
    for concept, place, ago, n, died in await sql.weekly(conn, watched, Span(since, last), by):
        cases[concept, place][back - ago] = n
        deaths.setdefault((concept, place), [0] * (back + 1))[back - ago] = died
    month = await sql.totals(conn, watched, Span(last.replace(day=1), last), by)
    year = await _last_year(conn, service, watched, last.year - 1, by)
    return _Found(dict(cases), deaths, month, year, back + 1)


async def _last_year(
    conn: Connection, service: Service, watched: Sequence[Syndrome], year: int, by: str
) -> Mapping[Key, int]:
    """Cases of a year that is over, remembered for a while: a mean of twelve months, read for a signal only."""
    key = year, by, tuple((s.concept, s.episode_days, s.until_age_years) for s in watched)
    known: dict[Any, tuple[float, Mapping[Key, int]]] = service.room.setdefault(YEARS, {})
    if key not in known or known[key][0] < time.monotonic():
        if len(known) >= MOST_YEARS:
            known.clear()
        found = await sql.totals(conn, watched, Span(date(year, 1, 1), date(year, 12, 31)), by)
        known[key] = time.monotonic() + REMEMBERED, found
    return known[key][1]


async def _mine(
    conn: Connection, service: Service, actor: Actor, by: CasesBy, places: list[Place]
) -> frozenset[str] | None:
    """Places whose counts this reader sees exactly; None: all."""
    sees = await showing.sight(conn, service, actor, places)
    if sees.all:
        return None
    if by is CasesBy.FACILITY:
        return frozenset({actor.facility} if actor.facility and actor.role in CARE_ROLES else ())
    return frozenset() if by is CasesBy.DISTRICT else sees.rows(By(by.value), places)


@dataclass(frozen=True, slots=True)
class _Answer:
    """Rows as this reader may see them."""

    actor: Actor
    one: Asked
    by: CasesBy
    today: date
    mine: frozenset[str] | None
    names: Mapping[str, str]
    near: suppression.Groups
    """To what a village belongs, whose sum another answer shows."""

    def district(self, s: Syndrome, found: _Found, gone: Sequence[bool], quiet: bool) -> Weekly:
        """The whole district; `gone`: weeks in which it would give a place away, `quiet`: its deaths would."""
        counts = found.counts((s.concept, ""))
        hidden = [self.mine is not None and suppression.small(n) for n in counts.weeks]
        hidden = [h or g for h, g in zip(hidden, gone, strict=True)] if gone else hidden
        quiet = quiet or (self.mine is not None and suppression.small(counts.deaths[-1]))
        return self._row(s, None, counts, hidden, quiet)

    def places(self, s: Syndrome, found: _Found) -> tuple[list[Weekly], list[bool], bool]:
        """Each place with a case in the weeks shown, the weeks in which the district's count must be withheld, and
        whether its deaths must be."""
        mine = {place: found.counts((s.concept, place)) for concept, place in found.cases if concept == s.concept}
        hidden, gone = self._hidden({p: c.weeks for p, c in mine.items()})
        shown, quiet = self.one.before + 1, self._withheld({p: c.deaths[-1] for p, c in mine.items()})
        rows_ = [
            self._row(s, place, counts, hidden[place], place in quiet) for place, counts in sorted(mine.items())
            if any(counts.weeks[-shown:])
        ]  # fmt: skip
        return rows_, gone, None in quiet

    def _withheld(self, counts: Mapping[str, int]) -> set[str | None]:
        """Whose count is withheld (None: the district's): small ones, and one more where a difference would tell."""
        if self.mine is None:
            return set()
        here = {p: n for p, n in counts.items() if p != OUTSIDE}
        few = {p for p, n in here.items() if suppression.small(n) and p not in self.mine}
        found = suppression.covered(here, few, suppression.small(sum(here.values())), self.mine, self.near)
        return found | {p for p, n in counts.items() if p == OUTSIDE and suppression.small(n)}

    def _hidden(self, weeks: Mapping[str, Sequence[int]]) -> tuple[dict[str, list[bool]], list[bool]]:
        """Which weeks of which places are withheld: small ones, and one more where a difference would tell; where there
        is no other, the district's."""
        found = {place: [False] * len(line) for place, line in weeks.items()}
        size = max(map(len, weeks.values()), default=0)
        gone = [False] * size
        if self.mine is None:
            return found, gone
        for at in range(size):
            for place in self._withheld({p: line[at] for p, line in weeks.items()}):
                if place is None:
                    gone[at] = True
                else:
                    found[place][at] = True
        return found, gone

    def _row(self, s: Syndrome, place: str | None, c: Counts, hidden: Sequence[bool], quiet: bool) -> Weekly:
        line = [None if gone else n for n, gone in zip(c.weeks, hidden, strict=False)]
        exact = self.mine is None or place in self.mine
        told = not any(map(suppression.small, (*c.deaths[-2:], c.month, c.last_year)))  # what a reason may speak of
        return Weekly(
            code=s.code, place=place, name=self.names.get(place or ""), cases=line[-1],
            before=line[-self.one.before - 1 : -1] if self.one.before else [],
            deaths=None if line[-1] is None or quiet else c.deaths[-1], suppressed=any(hidden[-self.one.before - 1 :]),
            signals=rules.signals(s, c, self.today, shown=exact or (told and not quiet and not any(hidden))),
            link=self._link(s, place, c),
        )  # fmt: skip

    def _link(self, s: Syndrome, place: str | None, c: Counts) -> str | None:
        if self.actor.role not in (*CARE_ROLES, Role.DINKES_ADMIN) or not c.weeks[-1]:
            return None
        door = f"/v1/surveillance/{s.code}/cases?week={rules.week_of(self.one.first)}&by={self.by}"
        return door + (f"&place={place.replace(OUTSIDE, '%23')}" if place is not None else "")


NOT_WATCHED = Text("Kode SKDR tidak dikenal; lihat /v1/surveillance/parameters", "Unknown code; see the parameters")


async def cases(
    service: Service, actor: Actor, code: str, week: str | None, by: CasesBy, place: str | None, names: bool
) -> Cases:
    """The people behind a count: those whose record and diagnosis the caller may see; each opening is logged.
    Without a week: last week's and this week's."""
    one = asked(service, week, 0)
    span = Span(one.first if week else one.first - DAYS, one.last)
    async with service.db.reading() as conn:
        watched = {s.code: s for s in await _parameters(conn, one.last)}
        if code not in watched:
            raise NotFound(NOT_WATCHED)
        own = by is CasesBy.FACILITY and place == actor.facility
        villages = None if own else await opening.reach(conn, service, actor, None)
        key = "" if by is CasesBy.DISTRICT and place is None else place
        found = await sql.cases(conn, watched[code], span, by.value, key, villages)
    kept = await opening.opened(service, actor, found, f"surveillance {code} cases", names)
    items = [_case(code, r, who) for r, _, who in kept]
    others = opening.withheld(actor, len(found) - len(kept))
    return Cases(code=code, since=span.since, until=span.until, items=items, withheld=others)


def _case(code: str, r: Mapping[str, Any], who: Who | None) -> Case:
    return Case(
        person_id=r["person_id"], who=who, code=code, on=r["date"], week=rules.week_of(r["date"]), village=r["village"],
        facility=r["facility"], record=r["refs"][0], records=r["records"],
    )  # fmt: skip
