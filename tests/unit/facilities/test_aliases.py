"""Aliases: whatever is asked in whatever order, no ring is closed and no id means two of ours."""

from hypothesis import given
from hypothesis import strategies as st

from services.facilities.rules.aliases import OURS, Edge, Forest, ordered

NODES = st.tuples(st.sampled_from((OURS, OURS, "msi", "bpjs", "hfis")), st.sampled_from("ABCDE"))


def _islands(edges: list[Edge]) -> list[set[tuple[str, str]]]:
    islands: list[set[tuple[str, str]]] = []
    for a, b in edges:
        met = [i for i in islands if a in i or b in i]
        islands = [i for i in islands if i not in met] + [set().union({a, b}, *met)]
    return islands


@given(st.lists(st.tuples(NODES, NODES), max_size=40), st.integers(0, 40))
def test_aliases_are_a_forest_with_one_of_ours_in_each_tree(asked: list[Edge], reloaded: int) -> None:
    forest, laid = Forest(), list[Edge]()
    for n, (a, b) in enumerate(asked):
        if n == reloaded:
            forest = Forest(laid)  # as it is read anew from the database
        if a == b or forest.fault(a, b) or forest.known(a, b):
            continue
        forest.join(a, b)
        laid.append(ordered(a, b))
    islands = _islands(laid)
    assert len(laid) == sum(len(i) - 1 for i in islands), "a ring"
    for island in islands:
        mine = {value for system, value in island if system == OURS}
        assert len(mine) <= 1
        assert {forest.ours(node) for node in island} == (mine or {None})


@given(st.lists(st.tuples(NODES, NODES), max_size=40))
def test_what_is_refused_would_have_made_two_of_ours_one(asked: list[Edge]) -> None:
    forest, laid = Forest(), list[Edge]()
    for a, b in asked:
        together = next((i for i in _islands([*laid, (a, b)]) if a in i), {a, b})
        mine = {value for system, value in together if system == OURS}
        assert (forest.fault(a, b) is not None) == (len(mine) > 1)
        if len(mine) <= 1 and not forest.known(a, b):
            forest.join(a, b)
            laid.append(ordered(a, b))
