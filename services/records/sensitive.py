"""Which resources ask for more than a care relation: the classes of `sensitive.tsv`. Pure and fast.

Every coding of a resource counts, wherever it stands, and the labels in `meta.security`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from services.records.systems import CANONICAL, ICD10

_FILE = Path(__file__).with_name("sensitive.tsv")
_MOST = 20_000
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
Coded = tuple[str | None, str | None]
"""A coding's system and code, as they came."""


@dataclass(frozen=True, slots=True)
class Class:
    """One code's meaning: the class, whether a Condition carries it to its Encounter, the ages it is bound to."""

    name: str
    carries: bool
    ages: tuple[int, int] | None

    @property
    def bound(self) -> str:
        """As the storing statement reads it: "HIV", or "SEX|10|18" when the person's age decides."""
        return f"{self.name}|{self.ages[0]}|{self.ages[1]}" if self.ages else self.name


class _List(dict[Coded, tuple[Class, ...]]):
    """The classes of a coding, worked out once; bounded, because senders invent codes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        lines = [line for line in text.splitlines() if line]
        said = " ".join(line for line in lines if line[0] == "#")
        names = dict(word.split("=", 1) for word in said.split() if "=h" in word)
        rows = [line.split("\t") for line in lines if line[0] != "#"][1:]
        self.exact: dict[Coded, list[Class]] = {}
        self.prefixes: list[tuple[str, str, Class]] = []
        self.ranges: list[tuple[str, str, Class]] = []
        for name, system, code, carries, ages, _ in rows:
            low, dash, high = ages.partition("-")
            means = Class(name, carries == "y", (int(low), int(high)) if dash else None)
            first, to, last = code.partition("-")
            if code.endswith("*"):
                self.prefixes.append((names[system], code[:-1], means))
            elif to and names[system] == ICD10:
                self.ranges.append((first, last, means))
            else:
                self.exact.setdefault((names[system], code), []).append(means)
        self.classes = tuple(dict.fromkeys(row[0] for row in rows))

    def __missing__(self, coded: Coded) -> tuple[Class, ...]:
        found = tuple(self._worked_out(*coded))
        if len(self) < _MOST:
            self[coded] = found
        return found

    def _worked_out(self, system: Any, code: Any) -> Iterable[Class]:
        if type(system) is not str or type(code) is not str:
            return
        system, code = CANONICAL[system], code.strip()
        if system == ICD10:
            code = code.upper()
            yield from (means for first, last, means in self.ranges if first <= code[:3] <= last)
        yield from (means for s, prefix, means in self.prefixes if s == system and code.startswith(prefix))
        yield from self.exact.get((system, code), ())


_TEXT = _FILE.read_text()
_LIST = _List(_TEXT)
CLASSES = _LIST.classes
"""The class codes: HIV, PSY (mental health), VIO (violence), SEX (adolescent reproductive health), R (labelled)."""
EDITION = sha256(_TEXT.encode()).hexdigest()[:16]
"""Names this list of codes; resources stored under another one are looked at again."""
NONE: tuple[Class, ...] = ()


def classes(codings: Iterable[Any]) -> tuple[Class, ...]:
    """The sensitive classes of these codings; R only when nothing more exact is said."""
    found: dict[Class, None] = {}
    for coding in codings:
        if type(coding) is dict:
            for one in _LIST[coding.get("system"), coding.get("code")]:
                found[one] = None
    if not found:
        return NONE
    exact = tuple(one for one in found if one.name != "R")
    return exact or tuple(found)


def settled(bounds: Iterable[str], born: date | None, at: date) -> list[str]:
    """Classes whose age is decided: names only. Without a birth date a class stays."""
    found: dict[str, None] = {}
    for bound in bounds:
        name, *ages = bound.split("|")
        if not ages or born is None or int(ages[0]) <= _age(born, at) <= int(ages[1]):
            found[name] = None
    return list(found)


def _age(born: date, at: date) -> int:
    return at.year - born.year - ((at.month, at.day) < (born.month, born.day))


def labels(resource: dict[str, Any]) -> list[Any]:
    """The security labels of a resource; one without a system is taken as HL7's."""
    meta = resource.get("meta")
    found = meta.get("security", ()) if type(meta) is dict else ()
    return [{"system": ACT, **one} for one in found if type(one) is dict]


def spoken_of(consent: dict[str, Any]) -> list[Any]:
    """The security labels of a Consent's provisions: who may see that someone speaks of HIV knows as much."""
    provisions = [consent["provision"]] if type(consent.get("provision")) is dict else []
    found: list[Any] = []
    for provision in provisions:
        found += [{"system": ACT, **one} for one in provision.get("securityLabel", ()) if type(one) is dict]
        provisions += [inner for inner in provision.get("provision", ()) if type(inner) is dict]
    return found
