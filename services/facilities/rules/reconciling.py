"""Two lists of facilities side by side: what is the same, has changed, is new, is gone, or is probably one place.

A row is known by an alias made before, by our code, or by an equal code; else the likest facility among those that
share a village, a beginning or an end of a word is looked for. 2,000 rows beside 2,000 facilities take about a second.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property
from heapq import nlargest
from math import log2
from typing import Any

from services.facilities.contract import Kind
from services.facilities.contract.proposals import Difference
from services.facilities.contract.reconciling import Found
from services.facilities.rules import facility_names as names
from services.facilities.rules import likeness
from services.facilities.rules.differing import shown, text
from services.facilities.rules.foreign import Foreign
from services.facilities.rules.likeness import Clue, Place
from services.kernel.problems import Text

CODES = ("satusehat_id", "bpjs_code", "registration")
MOST_COMPARED = 15
_COMMON = 100
"""Facilities that share a piece of a word; a piece of more says little and is not looked up."""
_WEIGHTS = {"=": 4.0, "@": 2.0, "-": 1.0, "^": 1.0}
"""What it says to share a word, a place, a word's end or its beginning."""
NEAR_ENOUGH = 50.0
"""Metres that two coordinates of one place may be apart without being a difference."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a list claims to hold all of: an area, and kinds (none: all); no area: it claims nothing."""

    area: str | None = None
    kinds: frozenset[str] = frozenset()

    def claims(self, row: Mapping[str, Any]) -> bool:
        """Whether a facility of ours would stand in the list if it were in operation."""
        within = self.area is not None and row["village"].startswith(self.area) and row["active"]
        return within and row["kind"] != Kind.DINKES and (not self.kinds or row["kind"] in self.kinds)


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one row of theirs, or of one of ours that they lack (`foreign` is None)."""

    found: Found
    foreign: Foreign | None
    facility: str | None = None
    diff: list[Difference] = field(default_factory=list)
    score: float | None = None
    clues: list[Clue] = field(default_factory=list)
    fault: Text | None = None


@dataclass
class Register:
    """Our facilities, indexed for looking up rows of a list."""

    rows: Mapping[str, Mapping[str, Any]]

    @cached_property
    def places(self) -> dict[str, Place]:
        return {code: place(row) for code, row in self.rows.items()}

    @cached_property
    def by_code(self) -> dict[tuple[str, str], str]:
        found = {(c, str(row[c])): code for code, row in self.rows.items() for c in CODES if row[c]}
        return found | {("code", code): code for code in self.rows}

    @cached_property
    def by_key(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for code, known in self.places.items():
            for key in keys(known):
                found[key].append(code)
        return dict(found)

    @cached_property
    def _words(self) -> Counter[str]:
        return Counter(w for known in self.places.values() for w in known.name.words)

    def share(self, word: str) -> float:
        """What part of our names holds a word; one never seen is rare."""
        return (self._words[word] + 0.5) / (max(len(self.rows), 200) + 1)

    def candidates(self, theirs: Place) -> list[str]:
        """The facilities worth comparing, those with most in common first."""
        met: dict[str, float] = defaultdict(float)
        for key in keys(theirs):
            held = self.by_key.get(key, ())
            if len(held) <= _COMMON or key[0] in "=@":
                weight = _WEIGHTS[key[0]] / log2(len(held) + 2)
                for code in held:
                    met[code] += weight
        return nlargest(MOST_COMPARED, met, key=met.__getitem__)


def place(row: Mapping[str, Any]) -> Place:
    """What a row of ours, or of theirs with the area they tell, is recognised by."""
    point = row.get("latitude"), row.get("longitude")
    kind = row.get("kind")
    return Place(
        names.read(row["name"]), Kind(kind) if kind else None, row.get("village") or row.get("area") or "",
        (float(point[0]), float(point[1])) if point[0] is not None and point[1] is not None else None,
        _digits(row.get("phone")), {c: str(row[c]) for c in CODES if row.get(c)},
    )  # fmt: skip


def _digits(phone: Any) -> str:
    """A telephone number however it is written: 0763-990001, +62 763 990001."""
    bare = re.sub(r"\D", "", str(phone or ""))
    return bare.removeprefix("62").removeprefix("0")


def keys(known: Place) -> set[str]:
    """Where a place is found: by its name's words, and in its village."""
    found = names.keys(known.name)
    if len(known.village) == 10:
        found.add(f"@{known.village}")
    if known.at:
        found.add(f"@{known.at[0]:.2f},{known.at[1]:.2f}")
    return found


def compare(
    theirs: Iterable[Foreign], ours: Mapping[str, Mapping[str, Any]], known: Mapping[str, str],
    apart: AbstractSet[tuple[str, str]], scope: Scope,
) -> list[Finding]:  # fmt: skip
    """The whole list against all of ours. `known`: facility by their id; `apart`: (their id, facility) that somebody
    said are not the same."""
    register = Register(ours)
    taken: dict[str, int] = {}
    findings: list[Finding] = []
    open_: list[Foreign] = []
    for row in theirs:
        codes = _told(row, register, known, apart)
        if not codes:
            open_.append(row)
        elif len(codes) > 1:
            findings.append(_torn(row, codes, register))
        elif codes[0] in taken:
            findings.append(Finding(Found.REFUSED, row, codes[0], fault=_twice(codes[0], taken[codes[0]])))
        else:
            taken[codes[0]] = row.line
            findings.append(_known(row, register, codes[0]))
    guesses = [_likest(row, register, apart, taken) for row in open_]
    findings += guesses
    there = {*taken, *(f.facility for f in findings if f.facility)}
    findings += [Finding(Found.GONE, None, code) for code, r in ours.items() if code not in there and scope.claims(r)]
    return findings


def _told(row: Foreign, register: Register, known: Mapping[str, str], apart: AbstractSet[tuple[str, str]]) -> list[str]:
    """The facilities that aliases and codes say this row is."""
    said_before = known.get(row.ref)
    if said_before in register.rows:
        return [str(said_before)]
    said = [("code", row.cells.get("code", "")), *((c, row.cells.get(c, "")) for c in CODES)]
    found = [register.by_code[pair] for pair in said if pair in register.by_code]
    return [code for code in dict.fromkeys(found) if (row.ref, code) not in apart]


def _twice(code: str, line: int) -> Text:
    return Text(f"faskes {code} sudah ada di baris {line} daftar ini", f"facility {code} stands on line {line} already")


def _torn(row: Foreign, codes: list[str], register: Register) -> Finding:
    """Codes of one row that lead to several of ours: shown with the likest, for a human."""
    theirs = _theirs(row)
    scored = {code: likeness.likeness(theirs, register.places[code], register.share) for code in codes}
    best = max(codes, key=lambda c: scored[c][0])
    others = ", ".join(c for c in codes if c != best)
    text = Text(f"nomornya milik faskes lain juga: {others}", f"its codes belong to other facilities too: {others}")
    diff = differences(row, register.rows[best])
    return Finding(Found.PROBABLE, row, best, diff, *scored[best], fault=text)


def _known(row: Foreign, register: Register, code: str) -> Finding:
    diff = differences(row, register.rows[code])
    return Finding(Found.CHANGED if diff else Found.SAME, row, code, diff)


def _theirs(row: Foreign) -> Place:
    return place({**row.row.model_dump(), "area": row.area})


def _likest(row: Foreign, register: Register, apart: AbstractSet[tuple[str, str]], taken: Mapping[str, int]) -> Finding:
    """The likest of ours; one that another row is already only when it is as good as certain (a double of theirs)."""
    theirs = _theirs(row)
    best: tuple[float, str, list[Clue]] = (0.0, "", [])
    for code in register.candidates(theirs):
        if (row.ref, code) in apart:
            continue
        score, clues = likeness.likeness(theirs, register.places[code], register.share)
        if score > best[0] and (code not in taken or score >= likeness.CERTAIN):
            best = (score, code, clues)
    score, code, clues = best
    if score < likeness.PROBABLE:
        return Finding(Found.NEW, row)
    fault = _twice(code, taken[code]) if code in taken else None
    return Finding(Found.PROBABLE, row, code, differences(row, register.rows[code]), score, clues, fault)


def differences(row: Foreign, ours: Mapping[str, Any]) -> list[Difference]:
    """What they say otherwise, field by field; a way of writing is no difference."""
    found = []
    for column in row.row.model_fields_set:
        was, theirs = ours.get(column), getattr(row.row, column)
        if column != "code" and theirs is not None and not _alike(column, was, theirs, row, ours):
            found.append(Difference(field=column, was=shown(column, was), would_be=shown(column, theirs)))
    return sorted(found, key=lambda d: d.field)


def _alike(column: str, was: Any, theirs: Any, row: Foreign, ours: Mapping[str, Any]) -> bool:
    if text(was) == text(theirs):
        return True
    if column == "phone":
        return _digits(was) == _digits(theirs) != ""
    if column in ("latitude", "longitude"):
        point = getattr(row.row, "latitude", None), getattr(row.row, "longitude", None)
        mine = ours.get("latitude"), ours.get("longitude")
        return None not in (*point, *mine) and likeness.metres(mine, point) <= NEAR_ENOUGH  # type: ignore[arg-type]
    if column in ("name", "address"):
        return _letters(was) == _letters(theirs)
    return False


def _letters(value: Any) -> str:
    return re.sub(r"[^a-z0-9]", "", str(value or "").lower())
