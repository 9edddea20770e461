"""Which BPJS code stands for ours at one facility on one day. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from services.coverage.contract.maps import ANY, MapKind


@dataclass(frozen=True, slots=True)
class Chosen:
    """A facility's choices of one day."""

    codes: Mapping[tuple[MapKind, str], str]

    def theirs(self, kind: MapKind, *ours: str | None) -> str | None:
        """BPJS' code for the first of `ours` that has one, else the facility's choice for all others; None: none."""
        for name in (*ours, ANY):
            if name and (code := self.codes.get((kind, plain(name)))):
                return code
        return None

    def own(self, kind: MapKind, *ours: str | None) -> str | None:
        """BPJS' code for one of `ours` itself."""
        return next((c for name in ours if name and (c := self.codes.get((kind, plain(name))))), None)


def plain(ours: str) -> str:
    """How a name of ours is compared: without case, one space between words."""
    return " ".join(ours.split()).casefold()


def chosen(rows: Iterable[tuple[MapKind, str, str | None, date | None]], day: date) -> Chosen:
    """The choices that hold on `day`, of all that were ever made (kind, ours, theirs, since), the latest last."""
    held: dict[tuple[MapKind, str], tuple[date, str | None]] = {}
    for kind, ours, theirs, since in rows:
        first, key = since or date.min, (kind, plain(ours))
        if first <= day and (key not in held or held[key][0] <= first):
            held[key] = (first, theirs)
    return Chosen({key: theirs for key, (_, theirs) in held.items() if theirs})
