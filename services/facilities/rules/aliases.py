"""Ids of other systems that mean one of our facilities: never a ring of them, never one of two of ours.

A node is (system, value); ours are (`simpul`, code). An alias says that two nodes are one place, and so are all that
hang together.
"""

from collections.abc import Iterable

from services.facilities.rules.cells import Line
from services.facilities.rules.csvfile import Refused
from services.facilities.rules.facilities import FacilityRow
from services.kernel.problems import Text

OURS = "simpul"
Node = tuple[str, str]
Edge = tuple[Node, Node]


def ordered(a: Node, b: Node) -> Edge:
    """An alias in the one way it is written."""
    return (a, b) if a < b else (b, a)


class Forest:
    """What hangs together, by aliases laid one after the other."""

    def __init__(self, edges: Iterable[Edge] = ()) -> None:
        self._above: dict[Node, Node] = {}
        self._ours: dict[Node, str] = {}
        for a, b in edges:
            self.join(a, b)

    def root(self, node: Node) -> Node:
        """The node that stands for all that hang together with this one."""
        while (above := self._above.get(node, node)) != node:
            self._above[node] = self._above.get(above, above)
            node = above
        return node

    def ours(self, node: Node) -> str | None:
        """The facility an id means; None when it means none of ours."""
        if node[0] == OURS:
            return node[1]
        return self._ours.get(self.root(node))

    def known(self, a: Node, b: Node) -> bool:
        """Whether two ids hang together already: one more would close a ring."""
        return self.root(a) == self.root(b)

    def fault(self, a: Node, b: Node) -> Text | None:
        """Why two ids cannot be one place; None when they can."""
        mine, theirs = self.ours(a), self.ours(b)
        if mine is None or theirs is None or mine == theirs:
            return None
        return Text(
            f"nomor ini sudah milik faskes {theirs}, tidak dapat juga milik {mine}; lepaskan dulu aliasnya",
            f"this id belongs to facility {theirs} and cannot belong to {mine} as well; take that alias away first",
        )

    def join(self, a: Node, b: Node) -> None:
        """Lay an alias (one that has no fault)."""
        x, y = self.root(a), self.root(b)
        ours = self.ours(a) or self.ours(b)
        self._above[x] = y
        if ours is not None:
            self._ours[y] = ours


CODES = {"satusehat": "satusehat_id", "bpjs": "bpjs_code", "registration": "registration"}
"""Systems whose ids stand in a column of our own."""


def facilities(
    lines: list[Line[FacilityRow]], refused: list[Refused], edges: Iterable[Edge]
) -> tuple[list[Line[FacilityRow]], list[Refused]]:
    """A facility does not get a code that by an alias is another's."""
    forest = Forest(edges)
    taken: dict[int, Refused] = {}
    for line in lines:
        for system, column in CODES.items():
            ours = forest.ours((system, getattr(line.row, column) or ""))
            if ours is not None and ours != line.row.code:
                text = Text(f"menurut alias milik faskes {ours}", f"by an alias it belongs to facility {ours}")
                taken[line.number] = Refused(line.number, column, text)
    return [line for line in lines if line.number not in taken], [*refused, *taken.values()]
