"""Why a unit stands otherwise than in the frozen report: facts and persons, then and now, put side by side. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from services.indicators.contract.reports import Cause, FactSaid

Row = Mapping[str, Any]
_SAID = ("date", "value", "value_date", "value_code", "until", "facility")


@dataclass(slots=True)
class Since:
    """All that the record learned after the freeze of some persons: facts that came and went, what they were and are,
    who was merged; `related`: whose relatives matter, and how."""

    added: Sequence[Row] = ()
    gone: Sequence[Row] = ()
    then: Mapping[UUID, Row] = field(default_factory=dict)
    now: Mapping[UUID, Row] = field(default_factory=dict)
    late: frozenset[UUID] = frozenset()
    merges: Sequence[Row] = ()
    related: Mapping[UUID, Mapping[UUID, str]] = field(default_factory=dict)


def changes(row: Row) -> list[str]:
    """What became of a unit: `was_*` as frozen, the rest as of today."""
    if row["new"]:
        return ["eligible"] + (["served"] if row["month"] >= 0 else [])
    if row["lost"]:
        return ["not-eligible"] + (["not-served"] if row["was_month"] >= 0 else [])
    found = []
    if (row["month"] >= 0) != (row["was_month"] >= 0):
        found.append("served" if row["month"] >= 0 else "not-served")
    if row["village"] != row["was_village"]:
        found.append("moved")
    return found or ["items"]


def causes(row: Row, since: Since, rules_changed: bool) -> list[Cause]:
    """Every cause that is known; if none, that the rules changed, or that it was no fact."""
    person: UUID = row["person_id"]
    found = _facts(person, since, None) + _person(person, since)
    for other, relation in since.related.get(person, {}).items():
        found += _facts(other, since, relation)
    for m in since.merges:
        if person in (m["other"], m["survivor"]):
            found.append(Cause(kind="merged", at=m["taken_at"], was=str(m["other"]), now=str(m["survivor"])))
    if rules_changed:
        found.append(Cause(kind="standard"))
    return found or [Cause(kind="other")]


def _facts(person: UUID, since: Since, of: str | None) -> list[Cause]:
    """Facts that came, went or say something else; one told again in the same words is none."""
    sides = defaultdict[tuple[str, str, str], tuple[list[Row], list[Row]]](lambda: ([], []))
    for side, rows in enumerate((since.gone, since.added)):
        for r in rows:
            if r["person_id"] == person:
                sides[r["resource_type"], r["resource_id"], r["concept"]][side].append(r)
    found = list[Cause]()
    for (kind, name, concept), (gone, added) in sides.items():
        before, after = _unlike(gone, added)
        for was, now in zip(_padded(before, after), _padded(after, before), strict=True):
            how = "fact-changed" if was and now else "fact-added" if now else "fact-removed"
            found.append(Cause(
                kind=how, at=(now or was or {})["since"], of=of, concept=concept, type=kind, id=name, was=_said(was),
                now=_said(now),
            ))  # fmt: skip
    return sorted(found, key=lambda c: (str(c.at), c.concept or "", c.id or ""))


def _unlike(gone: Sequence[Row], added: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Both sides without what stands on both."""
    left, right = sorted(gone, key=lambda r: r["seq"]), sorted(added, key=lambda r: r["seq"])
    for r in list(left):
        twin = next((x for x in right if all(x[n] == r[n] for n in _SAID)), None)
        if twin is not None:
            left.remove(r)
            right.remove(twin)
    return left, right


def _padded(rows: Sequence[Row], other: Sequence[Row]) -> list[Row | None]:
    return [*rows, *[None] * (len(other) - len(rows))]


def _said(r: Row | None) -> FactSaid | None:
    return None if r is None else FactSaid(
        on=r["date"], value=r["value"], value_date=r["value_date"], value_code=r["value_code"], facility=r["facility"]
    )  # fmt: skip


_OF_PERSON = (("village", "moved"), ("dead_on", "death"), ("birth_date", "birth-date"), ("sex", "sex"))


def _person(person: UUID, since: Since) -> list[Cause]:
    """What is known otherwise of the person: registered late, no longer there, moved, dead, born on another day."""
    then, now = since.then.get(person), since.now.get(person)
    if now is None:
        return [Cause(kind="unregistered", at=then["gone_at"])] if then else []
    if then is None:
        return [Cause(kind="registered", at=now["taken_at"])] if person in since.late else []
    at = then["gone_at"]
    return [
        Cause(kind=kind, at=at, was=_text(then[name]), now=_text(now[name]))
        for name, kind in _OF_PERSON
        if then[name] != now[name]
    ]


def _text(value: str | date | None) -> str | None:
    return None if value is None else str(value)


def counted(units: Iterable[Iterable[str]]) -> dict[str, int]:
    """How many units each word is said of."""
    found = dict[str, int]()
    for words in units:
        for word in dict.fromkeys(words):
            found[word] = found.get(word, 0) + 1
    return dict(sorted(found.items()))
