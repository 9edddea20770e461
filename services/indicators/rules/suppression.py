"""Small counts are kept from those who may not see names, and cannot be got back by subtracting within an answer.

A count of 1 to 4 people is small; nobody (0) is not. So is the rest of a group, those not served, when it is small. A
row shows all, or hides who was served (and all that follows from it), or is hidden whole. Where what remains would
still give a hidden count away (total − the others), one more row is hidden, the smallest of the same group first; where
there is none, the total. Pure. Decision 43.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

from services.indicators.rules.cells import Cell, summed

SMALL = 5
"""Fewer people than this might be recognised."""
Groups = Mapping[str, Sequence[Hashable]]
"""What a row belongs to, the narrowest first: a village's puskesmas, then its kecamatan."""

_Count = Callable[[Cell], int]
_Which = Callable[[str | None, Cell], bool]
_Hide = Callable[[_Count, _Which, Callable[["Hidden"], bool]], set[str | None]]


def small(count: int) -> bool:
    """Whether so few people are meant that they might be recognised."""
    return 0 < count < SMALL


def few(whole: int, part: int) -> bool:
    """Whether a part, or those who are left when it is taken away, are few."""
    return small(part) or small(whole - part)


@dataclass(frozen=True, slots=True)
class Hidden:
    """What of one cell is not shown: how many there are, who was served, when, and which missing items."""

    eligible: bool = False
    served: bool = False
    months: bool = False
    items: frozenset[str] = frozenset()

    @property
    def anything(self) -> bool:
        """Whether something is."""
        return self.eligible or self.served or self.months or bool(self.items)


OPEN = Hidden()
ALL = Hidden(True, True, True)


def either(one: Hidden, other: Hidden) -> Hidden:
    """What is hidden by one or the other."""
    return Hidden(
        one.eligible or other.eligible, one.served or other.served, one.months or other.months, one.items | other.items
    )


def alone(cell: Cell) -> Hidden:
    """What of a cell that stands beside nothing is not shown."""
    return together(cell, {})[0]


def together(
    total: Cell, rows: Mapping[str, Cell], given: Collection[str] = (), groups: Groups | None = None
) -> tuple[Hidden, dict[str, Hidden]]:
    """What is not shown of a total and of the rows that add up to it; `given` rows the reader may see exactly."""
    near = groups or {}
    wide = _wider(total, rows, given, near)

    def hide(count: _Count, which: _Which, gone: Callable[[Hidden], bool]) -> set[str | None]:
        hidden = {k for k, cell in rows.items() if k not in given and which(k, cell)}
        for veil, members in wide:  # a group whose sum is hidden must not be added up from its rows
            some = [k for k in members if k not in given and count(rows[k])]
            if gone(veil) and some and not hidden & {*members}:
                hidden.add(min(some, key=lambda k: (count(rows[k]), k)))
        whole = which(None, total)
        return covered({k: count(c) for k, c in rows.items()}, hidden, whole, given, near)

    eligible = hide(lambda c: c.eligible, lambda k, c: small(c.eligible), lambda v: v.eligible)
    served = hide(lambda c: c.served, lambda k, c: k in eligible or few(c.eligible, c.served), lambda v: v.served)
    months = hide(lambda c: c.served, lambda k, c: k in served or any(small(n) for n in c.by_month), lambda v: v.months)
    items = {item: _item(item, hide, served) for item in total.missing}

    def veil(key: str | None, cell: Cell) -> Hidden:
        gone = frozenset(i for i in cell.missing if key in items.get(i, ()))
        return Hidden(key in eligible, key in served, key in months, gone)

    return veil(None, total), {k: veil(k, c) for k, c in rows.items()}


def _item(item: str, hide: _Hide, served: set[str | None]) -> set[str | None]:
    return hide(
        lambda c: c.missing.get(item, 0),
        lambda k, c: k in served or small(c.missing.get(item, 0)),
        lambda v: v.served or item in v.items,
    )


def _wider(
    total: Cell, rows: Mapping[str, Cell], given: Collection[str], near: Groups
) -> list[tuple[Hidden, list[str]]]:
    """Every group rows belong to: what another answer, of the groups' sums, hides of it, and its rows."""
    found = list[tuple[Hidden, list[str]]]()
    for level in range(max((len(near.get(k, ())) for k in rows), default=0)):
        members: dict[str, list[str]] = {}
        for key in rows:
            for group in near.get(key, ())[level : level + 1]:
                members.setdefault(repr(group), []).append(key)
        sums = {group: summed(rows[k] for k in keys) for group, keys in members.items()}
        veils = together(total, sums, [g for g, keys in members.items() if all(k in given for k in keys)])[1]
        found += [(veils[group], keys) for group, keys in members.items()]
    return found


def covered(
    counts: Mapping[str, int], hidden: set[str], whole: bool, given: Collection[str] = (), groups: Groups | None = None
) -> set[str | None]:
    """`hidden`, and what more must be so that no difference gives one away; None is the total (`whole`: it is hidden).

    A hidden row is safe beside another hidden row with somebody in it: one could have been counted there instead. That
    holds in every group, for other answers show the groups' own sums; a row hidden for one group may need another in
    the next, so it is done until nothing is added.
    """
    found, near, before = set(hidden), groups or {}, -1
    while before != len(found):
        before = len(found)
        free = [k for k in counts if k not in found and k not in given and counts[k]]
        found |= _in_groups(counts, found, sorted(free, key=lambda k: (counts[k], k)), near)
        if not whole:
            free = [k for k in free if k not in found]
            found |= _partners(counts, found, sorted(free, key=lambda k: (counts[k], k)))
    if whole:
        return {*found, None} if not counts or any(counts[k] for k in found) else set(found)
    return {*found, None} if found and not _safe(counts, found) else set(found)


def _in_groups(counts: Mapping[str, int], hidden: set[str], free: Sequence[str], near: Groups) -> set[str]:
    """What more must be hidden, so that no group's sum gives one of its rows away."""
    found = set(hidden)
    for level in range(max((len(near.get(k, ())) for k in found), default=0)):
        groups: dict[Hashable, tuple[set[str], list[str]]] = {}
        for key in (*sorted(found), *free):
            for group in near.get(key, ())[level : level + 1]:
                mine, others = groups.setdefault(group, (set(), []))
                if key in found:
                    mine.add(key)
                else:
                    others.append(key)
        for mine, others in groups.values():
            found |= _partners(counts, mine, others)
    return found


def _safe(counts: Mapping[str, int], hidden: set[str]) -> bool:
    """Nobody is in them, or they are at least two with somebody in each, and not one in each."""
    people = [counts[k] for k in hidden if counts[k]]
    return not people or (len(people) > 1 and sum(people) > len(people))


def _partners(counts: Mapping[str, int], hidden: set[str], free: Sequence[str]) -> set[str]:
    """The smallest others that make the hidden ones safe, as far as there are any."""
    found, people = set[str](), [counts[k] for k in hidden if counts[k]]
    rows, whole = len(people), sum(people)
    for other in free:
        if not rows or (rows > 1 and whole > rows):  # as `_safe`, counted on
            break
        found.add(other)
        rows, whole = rows + 1, whole + counts[other]
    return found


def apart(series: Sequence[Cell | None]) -> list[Cell | None]:
    """How it stood on one day after another, without the days that differ by few people from the next one shown."""
    shown: list[Cell | None] = []
    after: Cell | None = None
    for cell in reversed(series):
        kept = cell is not None and not alone(cell).served and not (after and _close(cell, after))
        shown.append(cell if kept else None)
        after = cell if kept else after
    return shown[::-1]


def _close(one: Cell, other: Cell) -> bool:
    """Whether the difference of two days would be few people."""
    return small(abs(one.eligible - other.eligible)) or small(abs(one.served - other.served))


def steps(series: Sequence[int]) -> list[int | None]:
    """A sum that only grows, without the values a difference of which would be few people; the last is shown."""
    shown: list[int | None] = []
    after: int | None = None
    for value in reversed(series):
        kept = not small(value) and (after is None or not small(after - value))
        shown.append(value if kept else None)
        after = value if kept else after
    return shown[::-1]
