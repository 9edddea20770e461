"""The kind `visit`: a visit of the record as PCare's registration, visit and what hangs on it.

What it says is `build`'s to tell (the mapping); `visit_steps` has the order of the steps and how each is read back.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol, TypeAlias

from services.coverage.bpjs.outcomes import Refused, Unavailable
from services.coverage.rules.deliveries import Delivery, Given, digest
from services.coverage.usecases.lines import OpenLine
from services.coverage.usecases.outbox.port import Gap, Skip, Step
from services.kernel.service import Service

Body: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """Something that hangs on a visit: a medicine, a procedure, an MCU. `name` stays the same for the same thing.

    `path`: where it is posted. `gives`: the field in which BPJS gives its number. `listed`, `removal`: the addresses
    of the visit's list and of this one, by noKunjungan and number. `same`: whether a row BPJS lists is this one.
    """

    name: str
    path: str
    body: Body = field(repr=False)
    gives: str
    listed: Callable[[str], str]
    same: Callable[[Body], bool] = field(repr=False)


class Sender(Protocol):
    """Who takes a visit that refers: PCare itself, or another path that gives a noKunjungan too.

    It keeps its own name in `Given.numbers["sender"]`, so that the same path removes the visit.
    """

    name: str

    def post(self, body: Body, digest: str, given: Given) -> Step:
        """The step `visit`."""
        ...

    def remove(self, given: Given) -> Step:
        """The step `visit-removal`."""
        ...


@dataclass(frozen=True, slots=True)
class Bodies:
    """What is owed, as PCare wants it (noKunjungan null). Without `visit` the registration is all there is."""

    registration: Body = field(repr=False)
    visit: Body | None = field(repr=False)
    parts: tuple[Part, ...] = ()
    sender: Sender | None = None
    """None: PCare itself."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The visit did not happen, or not here: what BPJS has of it is to be removed. `to`: the facility it
    moved to, which sends it when it is gone here."""

    sender: Sender | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """What the record and the settings say of a visit now. `card`: None when nobody knows the patient's."""

    person_id: str
    day: date
    card: str | None = field(repr=False)
    what: Bodies | Gap | Skip | Cancelled


Build: TypeAlias = Callable[[Service, OpenLine, Delivery], Awaitable[Visit | Refused | Unavailable]]
"""Makes a `Visit` of a delivery. Refused, Unavailable: BPJS had to be asked for it. Raises problems.Unavailable."""


def key_of(service: Service) -> bytes:
    """What digests of bodies and card numbers are keyed with."""
    secret = service.settings.peer_key.get_secret_value()
    return hashlib.sha256(b"simpul delivery digest " + secret.encode()).digest()


def keyed(key: bytes, words: str) -> str:
    """A digest of a card number that tells under which key it was made."""
    return f"{hashlib.sha256(key).hexdigest()[:6]}:{digest(key, {'text': words})}"
