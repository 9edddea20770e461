"""Nobody gets a hidden count back: neither by linear algebra over all that is shown, nor by moving people about."""

from collections.abc import Iterator
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from services.indicators.rules.cells import Cell, summed
from services.indicators.rules.suppression import ALL, OPEN, Hidden, alone, few, small, together

MONTHS, ITEMS = (-1, 0, 3, 7), ("bp", "education")
People = dict[str, list[int]]
"""By row: those not served, then by month served."""

counts = st.one_of(st.just(0), st.integers(1, 4), st.integers(5, 30))


@st.composite
def worlds(draw: st.DrawFn) -> tuple[dict[str, Cell], frozenset[str], dict[str, tuple[str, ...]]]:
    """Rows, those the reader may see exactly, and what the rows belong to."""
    rows = dict[str, Cell]()
    for n in range(draw(st.integers(1, 5))):
        months = {m: k for m in MONTHS if (k := draw(counts))}
        unserved = months.get(-1, 0)
        missing = {i: k for i in ITEMS if (k := draw(st.integers(0, unserved)))}
        rows[f"v{n}"] = Cell(months, missing)
    exact = frozenset(k for k in rows if draw(st.integers(0, 4)) == 0)
    near: dict[str, tuple[str, ...]] = {k: (draw(st.sampled_from("pq")), draw(st.sampled_from("kl"))) for k in rows}
    return rows, exact, near


def shown(cell: Cell, hidden: Hidden) -> Iterator[tuple[tuple[str, ...], int]]:
    """What a reader sees of a cell: (which base counts are summed, the sum)."""
    base = [str(m) for m in MONTHS]
    if not hidden.eligible:
        yield tuple(base), cell.eligible
    if not hidden.served:
        yield tuple(base[1:]), cell.served
    if not hidden.months:
        yield from (((str(m),), cell.months.get(m, 0)) for m in MONTHS[1:])
    yield from (((i,), cell.missing.get(i, 0)) for i in ITEMS if not hidden.served and i not in hidden.items)


def small_counts(cell: Cell) -> Iterator[tuple[str, ...]]:
    """The sums of base counts that are few people."""
    base = [str(m) for m in MONTHS]
    groups = [tuple(base), tuple(base[1:]), ("-1",), *((m,) for m in base[1:])]
    yield from (g for g in groups if small(sum(cell.months.get(int(m), 0) for m in g)))
    yield from ((i,) for i in ITEMS if small(cell.missing.get(i, 0)))


def spanned(known: list[dict[str, int]], asked: dict[str, int]) -> bool:
    """Whether `asked` is a linear combination of what is known."""
    rows = list[dict[str, Fraction]]()

    def reduced(vector: dict[str, Fraction]) -> dict[str, Fraction]:
        for row in rows:
            pivot = next(iter(row))
            if factor := vector.get(pivot, Fraction(0)) / row[pivot]:
                vector = {
                    k: v
                    for k in {*vector, *row}
                    if (v := vector.get(k, Fraction(0)) - factor * row.get(k, Fraction(0)))
                }
        return vector

    for vector in known:
        if left := reduced({k: Fraction(v) for k, v in vector.items()}):
            rows.append(left)
    return not reduced({k: Fraction(v) for k, v in asked.items()})


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_no_sum_of_what_is_shown_is_a_small_count(
    world: tuple[dict[str, Cell], frozenset[str], dict[str, tuple[str, ...]]],
) -> None:
    rows, exact, near = world
    total, veils = together(summed(rows.values()), rows, exact, near)
    known = [{f"{k}.{b}": 1 for k in rows for b in group} for group, _ in shown(summed(rows.values()), total)]
    for key, cell in rows.items():
        veil = OPEN if key in exact else veils[key]
        assert veils[key] == OPEN or key not in exact
        known += [{f"{key}.{b}": 1 for b in group} for group, _ in shown(cell, veil)]
    for key, cell in rows.items():
        for group in small_counts(cell) if key not in exact else ():
            assert not spanned(known, {f"{key}.{b}": 1 for b in group}), (key, group)


@settings(max_examples=100, deadline=None)
@given(worlds())
def test_another_district_would_look_the_same(
    world: tuple[dict[str, Cell], frozenset[str], dict[str, tuple[str, ...]]],
) -> None:
    """For every small count there is a district of real people that shows the same and counts there differently."""
    rows, exact, near = world
    rows = {k: Cell(c.months) for k, c in rows.items()}
    total, veils = together(summed(rows.values()), rows, exact, near)
    seen = view(rows, total, veils)
    for key, cell in rows.items():
        for group in small_counts(cell) if key not in exact else ():
            ours = count(cell, group)
            assert any(
                view(other, total, veils) == seen and count(other[key], group) != ours
                for other in moved(rows, exact, key)
            ), (key, group)


def view(rows: dict[str, Cell], total: Hidden, veils: dict[str, Hidden]) -> list[list[tuple[tuple[str, ...], int]]]:
    return [list(shown(summed(rows.values()), total)), *(list(shown(c, veils[k])) for k, c in rows.items())]


def count(cell: Cell, group: tuple[str, ...]) -> int:
    return sum(cell.months.get(int(m), 0) for m in group)


def moved(rows: dict[str, Cell], exact: frozenset[str], key: str) -> Iterator[dict[str, Cell]]:
    """Districts in which one person, or two, are counted elsewhere; one more or fewer of them also."""
    others = [k for k in rows if k != key and k not in exact]
    for x in MONTHS:
        for step in (1, -1):
            yield from _if_real(rows, [(key, x, step)])
            for other in others:
                yield from _if_real(rows, [(key, x, step), (other, x, -step)])
            for y in MONTHS:
                yield from _if_real(rows, [(key, x, step), (key, y, -step)])
                for other in others:
                    yield from _if_real(rows, [(key, x, step), (key, y, -step), (other, x, -step), (other, y, step)])


def _if_real(rows: dict[str, Cell], steps: list[tuple[str, int, int]]) -> Iterator[dict[str, Cell]]:
    other = {k: Cell(dict(c.months)) for k, c in rows.items()}
    for key, month, step in steps:
        other[key].months[month] = other[key].months.get(month, 0) + step
    if all(n >= 0 for c in other.values() for n in c.months.values()):
        yield other


def test_what_is_small() -> None:
    assert [small(n) for n in (0, 1, 4, 5)] == [False, True, True, False]
    assert few(20, 4) and few(20, 17) and not few(20, 15) and not few(20, 0) and not few(20, 20)
    assert alone(Cell({-1: 1, 3: 2})) == ALL and alone(Cell({-1: 9, 3: 9})) == OPEN


def test_the_smallest_neighbour_is_hidden_too() -> None:
    rows = {"a": Cell({-1: 3}), "b": Cell({-1: 40}), "c": Cell({-1: 9}), "d": Cell({-1: 7})}
    near = {"a": ("p",), "b": ("p",), "c": ("q",), "d": ("q",)}
    assert [k for k, v in together(summed(rows.values()), rows)[1].items() if v.eligible] == ["a", "d"]
    assert [k for k, v in together(summed(rows.values()), rows, (), near)[1].items() if v.eligible] == ["a", "b"]


def test_one_in_each_is_not_safe() -> None:
    """Two hidden rows of two people in all are one and one for whoever knows that nobody (0) would be shown."""
    rows = {"a": Cell({-1: 1}), "b": Cell({-1: 1}), "c": Cell({-1: 8})}
    total, veils = together(summed(rows.values()), rows)
    assert not total.eligible and all(v.eligible for v in veils.values())


def test_where_there_is_no_neighbour_the_total_goes() -> None:
    rows = {"mine": Cell({-1: 20}), "theirs": Cell({-1: 3}), "empty": Cell()}
    total, veils = together(summed(rows.values()), rows, given={"mine"})
    assert total.eligible and veils["mine"] == OPEN and veils["theirs"].eligible


def test_rows_do_not_add_up_to_a_group_that_is_hidden_elsewhere() -> None:
    rows = {"a": Cell({-1: 3}), "b": Cell({-1: 40}), "c": Cell({-1: 41}), "d": Cell({-1: 9}), "e": Cell({-1: 80})}
    near = {"a": ("p",), "b": ("q",), "c": ("q",), "d": ("r",), "e": ("r",)}
    sums = {"p": Cell({-1: 3}), "q": Cell({-1: 81}), "r": Cell({-1: 89})}
    assert [g for g, v in together(summed(rows.values()), sums)[1].items() if v.eligible] == ["p", "q"]
    assert [k for k, v in together(summed(rows.values()), rows, (), near)[1].items() if v.eligible] == ["a", "b", "c"]
