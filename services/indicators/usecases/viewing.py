"""What a reader looks at: which standard and day, narrowed how, by which names, with how much in sight."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

from services.indicators.compiler.schema import Measured, Standard
from services.indicators.contract import CONTRIBUTION, By
from services.indicators.queries import months as months_sql
from services.indicators.queries import numbers as queries
from services.indicators.queries import standings as sql
from services.indicators.queries import targets as targets_sql
from services.indicators.queries.numbers import Asked
from services.indicators.queries.slices import PLACES, Slice
from services.indicators.queries.standings import State
from services.indicators.room import Kept, Room, room
from services.indicators.rules.cells import CROSS, Cell, Place, official, whole
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
    places = [p for p in every if all(getattr(narrowing, n) in (None, getattr(p, n)) for n in _PLACES)]
    for name in _PLACES:
        code = getattr(narrowing, name)
        if code is not None and all(getattr(p, name) != code for p in every):
            _refuse(name, "tidak dikenal pada tanggal itu", "not known on that day")
    sees = await showing.sight(tx, service, actor, places)
    targets = await targets_sql.targets(tx, service_of(one.standard.standard), one.year, one.day)
    doers = _contributors(narrowing, facilities)
    return View(one, every, places, sees, areas, facilities, narrowing, doers, targets)


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
