"""The route table: which prefix of the address space belongs to whom."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """Everything at or below `prefix` goes to `upstream`. `unlimited`: bodies there are streams of any length;
    `held`: answers there stay open for as long as the client listens; `guest`: the upstream is no service of the house,
    so neither its health nor its description is asked; `near`: only for who comes from this machine through nobody."""

    prefix: str
    upstream: str
    unlimited: bool = False
    held: bool = False
    guest: bool = False
    near: bool = False

    @property
    def path(self) -> str:
        """The label of this route in metrics, until the service puts its own in place."""
        return self.prefix


class Table:
    """Finds the longest prefix by whole segments: a few dictionary look-ups, however many routes there are."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._by_prefix = {r.prefix.rstrip("/"): r for r in routes}
        if len(self._by_prefix) != len(routes):
            raise ValueError("the same prefix is routed twice")
        self._depth = max((p.count("/") for p in self._by_prefix), default=0)

    def find(self, path: str) -> Route | None:
        """The route of a path, or None."""
        known = self._by_prefix
        parts = path.split("/", self._depth + 1)
        head = "/".join(parts[: self._depth + 1]) if len(parts) > self._depth + 1 else path
        while True:
            found = known.get(head)
            if found is not None or not head:
                return found
            head = head[: head.rfind("/")] if "/" in head else ""
