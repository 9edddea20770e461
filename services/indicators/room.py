"""What the running service keeps at hand: the concepts, the standards in force and their SQL."""

import hashlib
import tomllib
from calendar import monthrange
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from services.indicators.compiler import loading
from services.indicators.compiler.schema import Birthday, Delivery, Measured, Newborn, Pregnancy, Standard
from services.indicators.compiler.statements import Compiled, Scope
from services.indicators.queries.building import fill
from services.indicators.queries.standings import increment, verification
from services.indicators.reading import concepts, growth
from services.indicators.reading.facts import READING, Reader
from services.indicators.rules import kbk, kbk_money, kbk_signs, panels, policies, uhc, worklists
from services.indicators.rules.lifetable import Scheme
from services.indicators.rules.plausibility import Suspicion
from services.kernel.service import Service

ROOM, BASE = "indicators", "indicators as shipped"
"""Keys in the service: the room by which what is shown is counted, and the one with the files' standards alone."""
RULES = 4
"""Raised when the meaning of the compiled SQL changes, so that numbers are rebuilt after an upgrade."""


@dataclass(frozen=True)
class Kept:
    """One standard with everything made of it."""

    standard: Standard
    compiled: Compiled

    @cached_property
    def increment(self) -> str:
        """SQL that brings touched persons up to date."""
        return increment(self.compiled)

    @cached_property
    def fill(self) -> str:
        """SQL that writes a range of persons into a generation where nothing of them is yet."""
        return fill(self.compiled)

    @cached_property
    def verification(self) -> str:
        """SQL that compares with a computation from nothing."""
        return verification(self.compiled)

    @cached_property
    def everybody(self) -> str:
        """SQL (ends in CTE `calc`) of all units at the given dates."""
        return self.compiled.result(Scope.ALL)

    @cached_property
    def some(self) -> str:
        """SQL (ends in CTE `calc`) of the units of the persons in $3."""
        return self.compiled.result(Scope.PERSONS)

    @cached_property
    def detail(self) -> str:
        """SQL that explains the units of the persons in $3."""
        return self.some + self.compiled.detail()

    @cached_property
    def lacking(self) -> str:
        """SQL of what the units of the persons in $3 still miss."""
        return self.some + self.compiled.lacking()

    @cached_property
    def measurements(self) -> str:
        """SQL of what was measured of the persons in $3."""
        return self.some + self.compiled.measurements()

    def periods(self, day: date) -> dict[int, date]:
        """The years kept, each at its date: last year at its end, this one at `day`, the next where it has begun."""
        kept = {day.year - 1: date(day.year - 1, 12, 31), day.year: day}
        return kept | {day.year + 1: day} if self.standard.begins_ahead else kept

    def ahead(self, day: date) -> dict[int, date] | None:
        """The years and days to look at for what is due now where that is not what is counted now: of a child before
        the birthday by which it is asked, of a month before it has ended. None: the standings of today say it."""
        if isinstance(self.standard.population, Birthday):
            return {year: date(year, 12, 31) for year in (day.year, day.year + 1)}
        if any(i.every for i in self.standard.items):
            return {day.year: date(day.year, day.month, monthrange(day.year, day.month)[1])}
        return None

    def due(self, day: date) -> dict[int, date]:
        """The years and days that tell all that is due for one person."""
        later = {year: d for year, d in self.periods(day).items() if year >= day.year}
        return self.ahead(day) or later

    @property
    def passing(self) -> bool:
        """Whether its units end (a pregnancy, the first days, the time before a birthday): once every item of one has
        had its time, nothing is waited for."""
        return isinstance(self.standard.population, Pregnancy | Newborn | Birthday)

    def asks(self, day: date) -> bool:
        """Whether its items are due now: the set in force, not one that is only measured by another's targets, and of
        care that is to be given; what was measured, or how a birth went, is no duty."""
        standard = self.standard
        given = not isinstance(standard.population, Measured | Delivery)
        return given and standard.in_force(day.year) and standard.measured_by == standard.id


class Room:
    """Concepts, standards and reader, loaded once at the start."""

    def __init__(self, folder: Path | None, zone: ZoneInfo, today: date | None = None) -> None:
        """`today`: the day that was set instead of the wall clock's."""
        folders = (concepts.HERE, *((folder,) if folder else ()))
        at = _newest(folders, "concepts.tsv").parent
        self.concepts = concepts.load(at)
        files = (concepts.beside(at, f"{name}.tsv") for name in ("concepts", "systems", "units", "bounds"))
        self.codings = _hash(str(READING), *(file.read_text() for file in files))
        rule = tomllib.loads(_newest(folders, "plausibility.toml").read_text())
        self.suspicion = Suspicion.of(rule)
        self.reader = Reader(self.concepts, zone, self.suspicion, today)
        self.growth = growth.load(folders)
        self.life = Scheme.read(_newest(folders, "life-table.toml"))
        self.age_bands: list[int] = tomllib.loads((concepts.HERE / "dimensions.toml").read_text())["age_bands"]
        self.edition, self.texts = 0, loading.texts_of(folders)
        self._references = loading.growth_references((concepts.HERE, *folders))
        self.standards = loading.load_texts(self.texts, self.concepts.names, self._references)
        self.sudden = policies.load(_newest(folders, "targets.toml"), "sudden", policies.Sudden)
        self.scoring = policies.load(_newest(folders, "index.toml"), "scoring", policies.Scoring)
        self.worklist = policies.load(_newest(folders, "worklists.toml"), "worklist", worklists.Policy)
        self.panels = policies.load(_newest(folders, "panels.toml"), "panel", panels.Panel)
        jkn = _newest(folders, "kbk.toml")
        self.kbk = policies.load(jkn, "kbk", kbk.Kbk)
        self.tariffs = policies.load(jkn, "tariff", kbk_money.Tariff)
        self.uhc = policies.load(jkn, "uhc", uhc.Thresholds)
        self.signs = policies.load(jkn, "signs", kbk_signs.Signs)
        self.kept = [Kept(s, Compiled(s, self.age_bands)) for s in self.standards if s.active]

    @cached_property
    def fingerprint(self) -> str:
        """Changes whenever a standard, a coding, an age band or the compiler's meaning does."""
        references = sorted(self.growth.fingerprints.values())
        return _hash(
            str(RULES),
            self.codings,
            str(self.age_bands),
            *references,
            *(k.standard.model_dump_json() for k in self.kept),
        )

    def rules(self, kept: Kept) -> str:
        """Changes whenever one standard counts otherwise."""
        references = sorted(self.growth.fingerprints.values())
        return _hash(str(RULES), self.codings, str(self.age_bands), *references, kept.standard.model_dump_json())

    @cached_property
    def measured(self) -> tuple[frozenset[str], dict[str, str]]:
        """Services with targets of their own, and those measured by another's."""
        own = {s.id for s in self.standards if s.measured_by == s.id} | {n for r in self.scoring for n in r.services}
        return frozenset(own), {s.id: s.measured_by for s in self.standards if s.id not in own}

    def with_texts(self, edition: int, loaded: Mapping[str, str | None]) -> "Room":
        """This room with other texts by key in place of its own (None: without that standard). Raises BadFile."""
        other = copy(self)
        for cached in ("fingerprint", "measured"):
            other.__dict__.pop(cached, None)
        texts = self.texts | {f"{key}.toml": text for key, text in loaded.items()}
        files = {name: text for name, text in texts.items() if text is not None}
        other.edition = edition
        other.standards = loading.load_texts(files, self.concepts.names, self._references)
        other.kept = [Kept(s, Compiled(s, self.age_bands)) for s in other.standards if s.active]
        return other

    def only(self, *services: str) -> "Room":
        """This room with the standards of these services alone (for tests and measurements)."""
        narrow = copy(self)
        narrow.__dict__.pop("fingerprint", None)
        narrow.kept = [k for k in self.kept if k.standard.id in services]
        return narrow

    def find(self, name: str, year: int) -> Kept | None:
        """A standard by its full key, or by its id: the set in force in the year, else the newest."""
        found: Sequence[Kept] = [k for k in self.kept if name in (k.standard.key, k.standard.id)]
        return max(
            found,
            key=lambda k: (k.standard.in_force(year), k.standard.beside is None, k.standard.valid_from),
            default=None,
        )


def _newest(folders: Sequence[Path], name: str) -> Path:
    """A data file: the office's own when it has one, else ours."""
    return next(f / name for f in reversed(folders) if (f / name).exists())


def _hash(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def room(service: Service) -> Room:
    """The service's room."""
    kept: Room = service.room[ROOM]
    return kept
