"""What a kind of delivery brings to the outbox: what is wanted now, step by step, and how to read it back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, Protocol, TypeAlias

from services.coverage.bpjs.outcomes import Refused, Said, Unavailable
from services.coverage.contract.deliveries import Action
from services.coverage.rules.deliveries import Delivery, Given
from services.coverage.usecases.lines import OpenLine
from services.kernel.service import Service

KINDS = "delivery-kinds"
"""Where the service's room keeps its kinds, by name."""

Found: TypeAlias = list[Given] | Refused | Unavailable
"""What is there: each candidate as what BPJS would have given, had the step been answered; none: not there."""


@dataclass(frozen=True, slots=True)
class Step:
    """One request that does something at BPJS.

    `keep` takes what BPJS gave over into what was given; None when the answer lacks it (then it is not known what was
    done). `already` knows the refusals that say it was done before: then BPJS is looked at. `undone` knows those that
    say that something given before is gone at BPJS, and gives what is left of it.
    """

    name: str
    method: Literal["POST", "PUT", "DELETE"]
    path: str = field(repr=False)
    body: dict[str, Any] | None = field(repr=False)
    keep: Callable[[Said, Given], Given | Refused | None] = field(repr=False)
    already: Callable[[Refused], bool] = field(default=lambda _: False, repr=False)
    undone: Callable[[Refused, Given], Given | None] = field(default=lambda _r, _g: None, repr=False)
    digest: str | None = None
    """Of the body: kept as what was sent, and as what BPJS has once it has accepted."""
    poli: str | None = None
    """Where it is registered by this step: known before BPJS answers, so that it can be looked for."""
    line: OpenLine | None = field(default=None, repr=False)
    """Another line than the kind's, when this step goes elsewhere."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of the subject now. `next` gives the step that follows from what BPJS has given; None: done.

    An accepted step must change what is given so that `next` does not give the same step again. `day`: the subject's
    day by the record of now. `to`: the facility whose queue takes it over once it is removed; the same one looks again.
    """

    action: Action
    next: Callable[[Given], Step | None] = field(repr=False)
    day: date | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """BPJS will want something that neither the record nor the settings say: (field, what is missing)."""

    fields: tuple[tuple[str, str], ...]
    message: str
    because: str = "gap"


@dataclass(frozen=True, slots=True)
class Skip:
    """It is not owed (no member, another payer, the month is closed): the reason's word and its sentence."""

    because: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """What the record says, and `find`: what BPJS has of a step (by its name), asked when its outcome is unknown.

    `find` gives a step that is done by what there is; of a removal: what is left once it is gone. `person_id`: who it
    is about now (persons become one). `lost`: people have removed at BPJS what it had given.
    """

    what: Order | Gap | Skip
    find: Callable[[str, Given], Awaitable[Found]] = field(repr=False)
    person_id: str | None = None
    lost: bool = False


class Kind(Protocol):
    """A kind of thing that is owed to BPJS."""

    name: str
    service: str
    """The BPJS service it goes to."""

    async def look(self, service: Service, line: OpenLine, owed: Delivery) -> Looked | Refused | Unavailable:
        """What is wanted now: reads the record, changes nothing, here or at BPJS.

        Refused or Unavailable: BPJS had to be asked for it (a card number, a code list) and gave no answer.
        Raises problems.Unavailable when a peer is away.
        """
        ...
