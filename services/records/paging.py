"""Page marks: where the next page begins, sealed: they tell nothing, and are good for one search of one actor."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.kernel import sealing
from services.kernel.auth import Actor
from services.kernel.problems import Invalid, Text


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a page begins: the sort keys and the receipt of the last row shown, when the search began, its total."""

    keys: tuple[str, ...]
    receipt: int
    began: datetime
    total: int | None = None


def seal(secret: str, actor: Actor, asked: str, mark: Mark) -> str:
    """The mark as text for an address."""
    plain = orjson.dumps([mark.keys, mark.receipt, mark.began.isoformat(), mark.total])
    return sealing.seal(secret, actor, asked, plain)


def opened(secret: str, actor: Actor, asked: str, page: str) -> Mark:
    """The mark of a page. Raises Invalid for one that was not given to this actor for this search."""
    try:
        found: Any = orjson.loads(sealing.opened(secret, actor, asked, page))
    except ValueError:
        said = Text(
            "Penanda halaman tidak berlaku untuk pencarian ini; ulangi pencarian",
            "This page mark is not of this search; search again",
        )
        raise Invalid(said) from None
    keys, receipt, began, total = found
    return Mark(tuple(keys), receipt, datetime.fromisoformat(began), total)
