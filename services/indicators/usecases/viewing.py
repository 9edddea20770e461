"""What a reader looks at: which standard and day, narrowed how, by which names, with how much in sight."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from typing import Any

from services.indicators.compiler.schema import Measured, Standard
from services.indicators.contract import CONTRIBUTION, By
from services.indicators.queries import months as months_sql
from services.indicators.queries import numbers as queries
from services.indicators.queries import slices
from services.indicators.queries import standings as sql
from services.indicators.queries import targets as targets_sql
from services.indicators.queries.numbers import OUTSIDE, Asked
from services.indicators.queries.slices import PLACES, Slice
from services.indicators.queries.standings import State
from services.indicators.room import Kept, Room, room
from services.indicators.rules.cells import CROSS, Cell, Place, cells, official, summed, whole
from services.indicators.rules.suppression import ALL, OPEN, Hidden, either
from services.indicators.usecases import showing
from services.indicators.usecases.showing import Sight
from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.problems import Fault, NotFound, Text, Unprocessable
from services.kernel.service import Service


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Filters as a caller names them; each may be left out."""

    village: str | None = None
    puskesmas: str | None = None
    kecamatan: str | None = None
    sex: str | None = None
    age: int | None = None
    payer: str | None = None
    facility: str | None = None
    kind: str | None = None
    ownership: str | None = None

    @property
    def said(self) -> dict[str, str]:
        """Those in use."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: str(value) for name, value in values.items() if value is not None}


WHOLE = Narrowing()
_PLACES, _DOERS = ("village", "puskesmas", "kecamatan"), ("facility", "kind", "ownership")


@dataclass(frozen=True, slots=True)
class View:
    """A standard at a day as one reader sees it. `places`: the villages it is narrowed to, else all."""

    one: Asked
    every: list[Place]
    places: list[Place]
    sees: Sight
    areas: Mapping[str, str]
    facilities: Mapping[str, Mapping[str, Any]]
    narrowing: Narrowing
    contributors: Collection[str] | None
    targets: Mapping[str, Mapping[str, Any]]

    def slice(self, *by: By) -> Slice:
        """What is asked of the sums."""
        n = self.narrowing
        villages = [p.village for p in self.places] if len(self.places) < len(self.every) or n.village else None
        return Slice(by, villages, n.sex, n.age, n.payer, self.contributors)

    def without(self, name: str) -> "View":
        """The same, not narrowed by this."""
        narrowing = replace(self.narrowing, **{name: None})
        sees = self.sees if not self.sees.all else Sight(False, self.sees.villages)
        return replace(self, narrowing=narrowing, places=_within(self.every, narrowing), sees=sees)

    def goals(self, by: str) -> dict[str, dict[str, Any]]:
        """Official targets by key. They are set for places: a part of their people has none."""
        n = self.narrowing
        if n.sex is not None or n.age is not None or n.payer is not None or self.contributors is not None:
            return {}
        return official(whole(self.targets, self.every, self.places), self.places, by)

    def keyed(self, which: tuple[By, ...], found: Mapping[str, Cell]) -> dict[str, Cell]:
        """A row for every key there is, in their order; also where nobody is counted yet, of a single breakdown."""
        keys = set(found)
        if len(which) == 1 and which[0] in PLACES:
            keys |= {getattr(p, which[0].value) or "" for p in self.places}
        ordered = sorted(keys, key=lambda key: [(c.lstrip("-").isdigit() and int(c), c) for c in key.split(CROSS)])
        return {key: found.get(key, Cell()) for key in ordered}

    def named(self, which: tuple[By, ...], key: str) -> dict[str, str | None]:
        """Code and name of a row, and of what it is crossed with."""
        code, *second = key.split(CROSS)
        said = {"code": code, "name": self._name(which[0], code)}
        return said | {"cross": second[0], "cross_name": self._name(which[1], second[0])} if second else said

    def _name(self, by: By, code: str) -> str | None:
        match by:
            case By.VILLAGE | By.KECAMATAN:
                return self.areas.get(code)
            case By.PUSKESMAS | By.FACILITY:
                return self.facilities.get(code, {}).get("name")
            case _:
                return None


async def look(
    tx: Tx, service: Service, actor: Actor, standard: str, year: int | None, as_of: date | None,
    narrowing: Narrowing = WHOLE,
) -> View:  # fmt: skip
    """Everything a view needs beside the sums. Raises NotFound, Unprocessable."""
    here = room(service)
    one = await asked(tx, here, standard, year, as_of)
    every = await queries.places(tx, one.day)
    areas, facilities = await queries.names(tx)
    if narrowing.age is not None and narrowing.age not in (-1, *here.age_bands):
        _refuse("age", f"salah satu dari {here.age_bands}", f"one of {here.age_bands}")
    places = _within(every, narrowing)
    for name in _PLACES:
        code = getattr(narrowing, name)
        if code is not None and all(getattr(p, name) != code for p in every):
            _refuse(name, "tidak dikenal pada tanggal itu", "not known on that day")
    sees = await showing.sight(tx, service, actor, places)
    targets = await targets_sql.targets(tx, service_of(one.standard.standard), one.year, one.day)
    doers = _contributors(narrowing, facilities)
    return View(one, every, places, sees, areas, facilities, narrowing, doers, targets)


def _within(every: list[Place], narrowing: Narrowing) -> list[Place]:
    return [p for p in every if all(getattr(narrowing, n) in (None, getattr(p, n)) for n in _PLACES)]


@dataclass(frozen=True, slots=True)
class Beside:
    """What is hidden of what was narrowed to, and of its rows, where these stand beside all others."""

    total: Hidden = OPEN
    rows: Mapping[str, Hidden] = field(default_factory=dict)


async def beside(tx: Tx, seen: View, which: Sequence[By] = ()) -> Beside:
    """A filter picks rows out of a wider answer: what would be hidden there is hidden here."""
    names = [By(n) for n in seen.narrowing.said if n not in _DOERS]  # who did the work is no part of a whole
    if seen.sees.all or not names:
        return Beside()
    wider = seen
    for name in names:
        wider = wider.without(name.value)
    asked = {n: str(getattr(seen.narrowing, n.value)) for n in names}

    async def table(of: Sequence[By]) -> dict[str, Hidden]:
        dims = _finest(of)
        found = cells(await slices.cells(tx, seen.one, wider.slice(*dims)))
        found.pop(OUTSIDE, None)
        _, veils = showing.together(wider.sees, summed(found.values()), found, dims, wider.places)
        picked, known = dict[str, Hidden](), {getattr(p, dims[0].value, "") or "": p for p in seen.every}
        for key, veil in veils.items():
            at = _lifted(dict(zip(dims, key.split(CROSS), strict=True)), known)
            if all(at.get(n) == value for n, value in asked.items()):
                row = CROSS.join(at.get(b, "") for b in of[: len(of) - len(names)])
                picked[row] = either(picked.get(row, OPEN), veil)
        return picked

    residence = [b for b in which if b not in CONTRIBUTION]
    rows = await table([*residence, *names]) if residence else {}
    return Beside((await table(names)).get("", OPEN), rows)


def _finest(of: Sequence[By]) -> tuple[By, ...]:
    """Of places the narrowest, which says the others; and what is no place."""
    places = [b for b in (By.VILLAGE, By.PUSKESMAS, By.KECAMATAN) if b in of]
    return (*places[:1], *dict.fromkeys(b for b in of if b not in PLACES))


def _lifted(at: dict[By, str], known: Mapping[str, Place]) -> dict[By, str]:
    """The same with what a place, the first of them, lies in."""
    level = next(iter(at))
    place = known.get(at[level])
    above = {By.VILLAGE: (By.PUSKESMAS, By.KECAMATAN), By.PUSKESMAS: (By.KECAMATAN,)}.get(level, ())
    return at | ({b: getattr(place, b.value) or "" for b in above} if place else {})


def _contributors(narrowing: Narrowing, facilities: Mapping[str, Mapping[str, Any]]) -> list[str] | None:
    """The facilities meant by code, kind and owner; None when none of these is named."""
    if all(getattr(narrowing, name) is None for name in _DOERS):
        return None
    if narrowing.facility is not None and narrowing.facility not in facilities:
        _refuse("facility", "faskes tidak dikenal", "unknown facility")
    if narrowing.kind is not None and all(f["kind"] != narrowing.kind for f in facilities.values()):
        kinds = ", ".join(sorted({str(f["kind"]) for f in facilities.values()}))
        _refuse("kind", f"yang ada: {kinds}", f"there are: {kinds}")
    return [
        code for code, f in facilities.items()
        if narrowing.facility in (None, code) and narrowing.kind in (None, f["kind"])
        and narrowing.ownership in (None, f["ownership"])
    ]  # fmt: skip


def veiled(
    seen: View, beyond: Beside, whole: Hidden, rows: Mapping[str, Hidden], which: Sequence[By]
) -> tuple[Hidden, dict[str, Hidden]]:
    """A total and its rows as wider answers let them be; where the total is hidden there, no row may add up to it."""
    given = seen.sees.crossed(which, seen.places, rows)
    total = beyond.total
    gone = ALL if total.eligible else Hidden(False, True, True) if total.served else total
    found = dict(rows)
    for key in rows:
        if key not in given:
            found[key] = either(either(rows[key], gone), beyond.rows.get(key, OPEN))
    return either(whole, total), found


def _refuse(field: str, said: str, english: str) -> None:
    text = Text(f"`{field}`: {said}", f"`{field}`: {english}")
    raise Unprocessable(text, [Fault(f"/{field}", text)])


def breakdown(by: By, cross: By | None) -> tuple[By, ...]:
    """One dimension or two, who did the work first. Raises Unprocessable for two that cannot be crossed."""
    if cross is None:
        return (by,)
    if cross is by or {by, cross} <= PLACES or {by, cross} <= CONTRIBUTION:
        _refuse("cross", "pilih rincian lain jenis daripada `by`", "choose a breakdown of another kind than `by`")
    return (cross, by) if cross in CONTRIBUTION else (by, cross)


def service_of(standard: Standard) -> str:
    """Whose target it is measured by: its own, or of the one it stands beside."""
    return standard.measured_by


async def asked(tx: Tx, here: Room, standard: str, year: int | None, as_of: date | None) -> Asked:
    """What a caller asks for: a standard by key or id, a year, a day. Raises NotFound, Unprocessable."""
    state = await sql.state(tx)
    today = state.day or date.today()
    not_ahead(as_of, today)
    wanted = year or (as_of or today).year
    kept = here.find(standard.lower(), wanted)
    if kept is None:
        known = ", ".join(sorted({k.standard.id for k in here.kept}))
        raise NotFound(Text(f"Indikator tidak dikenal; yang ada: {known}", f"Unknown indicator; there are: {known}"))
    return await standing(tx, here, at(here, state, kept, wanted, min(as_of or today, date(wanted, 12, 31))))


def not_ahead(as_of: date | None, today: date) -> date:
    """The day asked for, else today. Raises Unprocessable when it lies ahead."""
    if as_of is not None and as_of > today:
        text = Text(f"`as_of` paling akhir {today}", f"`as_of` is at the latest {today}")
        raise Unprocessable(text, [Fault("/as_of", text)])
    return as_of or today


async def standing(tx: Tx, here: Room, one: Asked) -> Asked:
    """The same, by the tallies of a month-end where these stand. In a transaction that sees one moment."""
    standard = one.standard.standard
    month_end = (one.day + timedelta(days=1)).day == 1 and standard.year_of(one.day) == one.year
    if not one.kept and month_end and await months_sql.clean(tx, standard.key, here.rules(one.standard), one.day):
        return replace(one, closed=months_sql.generation(one.day))
    return one


def at(here: Room, state: State, kept: Kept, year: int, day: date) -> Asked:
    """The tallies serve when they stand for that very day, by the present rules; any other day is computed."""
    stands = state.day is not None and kept.periods(state.day).get(year) == day
    return Asked(kept, year, day, stands and state.fingerprint == here.fingerprint)


def months_so_far(one: Asked) -> int:
    """Months of the year that have begun by the day; a year that is only due has none."""
    return one.day.month if one.day.year == one.year else 0


def lined(standard: Standard) -> bool:
    """Whether the year's line is meant for it: not for what counts a problem, nor for how the measured are just now."""
    return standard.better == "more" and not isinstance(standard.population, Measured)
