"""Who belongs to which household, as their Patients say it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from services.records import rules
from services.records.stripped import village_of
from services.records.systems import ADMINISTRATIVE_CODE

KK = rules.ID_BASE + "kk"
MOVED, DIED, LEFT = "pindah", "meninggal", "keluar"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Said:
    """What a person's Patient says of their household: card, home, the day they died."""

    kk: str | None
    village: str | None
    rt: str | None
    rw: str | None
    died: date | None


@dataclass(frozen=True, slots=True)
class Stay:
    """A person's open days in a household; `kk`: the card's number by which they were placed."""

    family: str
    since: date
    kk: str | None


@dataclass(slots=True)
class Placing:
    """What is to be done: stays that end (person, last day or None when they never were, why), cards whose household
    they enter (person, card, first day), homes that follow what was said (card → what)."""

    ends: list[tuple[str, Stay, date | None, str]] = field(default_factory=list)
    enters: list[tuple[str, str, date]] = field(default_factory=list)
    homes: dict[str, Said] = field(default_factory=dict)


def said(patient: dict[str, Any]) -> Said:
    """What a Patient says."""
    cards = [i.get("value") for i in patient.get("identifier", ()) if i.get("system") == KK]
    kk = next((c for c in cards if isinstance(c, str) and len(c) == 16 and c.isdigit()), None)
    parts: dict[str, str] = {}
    for address in patient.get("address", ()):
        for extension in address.get("extension", ()):
            if address.get("use") != "old" and extension.get("url") == ADMINISTRATIVE_CODE:
                parts = {p.get("url"): str(p.get("valueCode", "")) for p in extension.get("extension", ())} | parts
    return Said(kk, village_of(patient), parts.get("rt") or None, parts.get("rw") or None, _died(patient))


def place(people: Iterable[tuple[str, Said, Stay | None]], day: date) -> Placing:
    """What follows for these persons on a day. Who was placed by hand stays until their own card changes."""
    todo = Placing()
    for person, word, stay in people:
        if word.died is not None:
            if stay is not None:
                last = max(stay.since, day if word.died == date.min else word.died)
                todo.ends.append((person, stay, last, DIED))
            continue
        if word.kk is None:
            continue
        todo.homes[word.kk] = word
        if stay is not None and stay.kk == word.kk:
            continue
        if stay is not None:
            todo.ends.append((person, stay, None if stay.since >= day else day - DAY, MOVED))
        todo.enters.append((person, word.kk, day))
    return todo


def _died(patient: dict[str, Any]) -> date | None:
    moment = patient.get("deceasedDateTime")
    if isinstance(moment, str):
        try:
            return datetime.fromisoformat(moment).date() if len(moment) > 10 else date.fromisoformat(moment)
        except ValueError:
            return date.min  # on a day that is not known to us
    return date.min if patient.get("deceasedBoolean") is True else None
