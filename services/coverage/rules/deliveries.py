"""Decisions of the outbox, without I/O: what BPJS' answer to one request means for what is owed.

    waiting ──sent──▶ sending ──accepted──▶ (next step) … ──▶ delivered ──changed──▶ waiting
       │                 │ no answer: stays; BPJS is looked at before anything is sent again
       │                 └─refused─▶ parked ──mended, sent again──▶ waiting
       ├─gap─▶ parked    └─the line fails, or was never reached─▶ waiting
       ├─not owed─▶ skipped ──changed──▶ waiting
       └─entered in error─▶ (removed at BPJS) ─▶ removed

Source of the rules: BPJS has no idempotency key; a refusal in words is final whatever its code; an answer that
cannot be read says nothing about what was done.
"""

import hashlib
import hmac
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, TypeAlias

import orjson

from services.coverage.bpjs.outcomes import OF_THE_LINE, Because, Refused, Unavailable
from services.coverage.contract.deliveries import Action, State


class Why(StrEnum):
    """Our own reasons, beside BPJS' (`Because`)."""

    GAP = "gap"
    """The record or the settings lack what BPJS asks for."""
    SECOND_OF_DAY = "second-of-day"
    """BPJS takes one visit a member, poli and day; another delivery holds it."""
    CARD_CHANGED = "card-changed"
    """What BPJS has was sent under another card number."""
    NO_ANSWER = "no-answer"
    """BPJS answers others, and never this one."""
    FAULT = "fault"
    """Our own fault; the log tells."""
    NO_LINE = "no-line"
    PEER = "peer"
    """The shared record was away."""
    GIVEN_UP = "given-up"
    NOT_A_MEMBER = "not-member"
    INACTIVE = "inactive"
    NO_NUMBER = "no-number"
    CLOSED_MONTH = "closed-month"
    """Entry for the visit's month had closed before the record told of it."""


@dataclass(frozen=True, slots=True)
class Given:
    """What BPJS has given for a delivery so far: no two deliveries hold the same."""

    poli: str | None = None
    no_urut: str | None = None
    no_kunjungan: str | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    """By step: the digest of the body BPJS accepted."""
    numbers: Mapping[str, str] = field(default_factory=dict)
    """Other numbers of BPJS, by step (kdObatSK and the like)."""

    def __bool__(self) -> bool:
        return bool(self.no_urut or self.no_kunjungan or self.numbers or self.digests)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of `delivery`, as its kind and the engine see it."""

    id: str
    facility: str
    service: str
    kind: str
    subject: str
    person_id: str | None
    day: date
    action: Action
    state: State
    step: str | None
    wanted: int
    tried: int
    failed: int
    unsure: bool
    """A request went out whose outcome is not known."""
    sent_digest: str | None
    given: Given


@dataclass(frozen=True, slots=True)
class Park:
    """To be mended by people: why, the fields, BPJS' words. `sure`: nothing was done at BPJS."""

    because: str
    fields: tuple[tuple[str, str], ...] = ()
    message: str = ""
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Hold:
    """The line fails: its queue waits until somebody mends the sign-in (`until_mended`), or for a while."""

    because: str
    until_mended: bool = True


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No usable answer; `reached`: what was sent may have been done."""

    because: str
    reached: bool
    wait: float | None = None
    """Seconds BPJS asks to wait."""


Meaning: TypeAlias = Park | Hold | NoAnswer


def meaning(reply: Refused | Unavailable) -> Meaning:
    """What an answer that is no acceptance means."""
    if isinstance(reply, Unavailable):
        return NoAnswer(reply.because, reply.reached, reply.wait)
    if reply.because in OF_THE_LINE:
        return Hold(reply.because, until_mended=reply.because is not Because.CLOCK)
    told = tuple((name, _shown(words)) for name, words in reply.fields)
    words = _shown(reply.message) or "; ".join(w for _, w in told)
    return Park(Because.RULE, told, words, sure=reply.code is None or reply.code < 500)


SECOND = "Peserta sudah punya kunjungan lain di poli yang sama pada hari itu; BPJS hanya menerima satu."


def second_of_day() -> Park:
    """Another delivery holds the visit BPJS has for this member, poli and day."""
    return Park(Why.SECOND_OF_DAY, (("kdPoli", SECOND),), SECOND)


NO_ANSWER = "BPJS tidak menjawab kiriman ini walau menjawab yang lain; akan dicoba lagi."


FAULT = "Kesalahan sistem pada kiriman ini; beri tahu admin."


def no_answer() -> Park:
    """BPJS answers others, and never this one."""
    return Park(Why.NO_ANSWER, message=NO_ANSWER)


_ALREADY = re.compile(r"sudah di-?\s?entri|sudah terdaftar|sudah (?:pernah )?di-?daftarkan", re.I)


_DELIVERIES = uuid.UUID("0190a3f0-7c1e-7d4b-8a55-4a4b4e0b0050")


def already_there(refused: Refused) -> bool:
    """Whether a refusal says that the same was entered before (then BPJS is looked at)."""
    return any(_ALREADY.search(words) for words in (refused.message, *(w for _, w in refused.fields)))


_NUMBER = re.compile(r"\d{13,}")


def _shown(words: str) -> str:
    """BPJS' words without the card numbers and NIK they may repeat."""
    return _NUMBER.sub("…", words)[:500]


@dataclass(frozen=True, slots=True)
class Pauses:
    """How long a queue rests: the first pause, the longest, and how long after a request with an unknown outcome
    BPJS is looked at (it may finish a request after we have hung up). `slack`: seconds that may pass between writing
    down that a request goes out and sending it; if more do, the process slept, and it is written down anew."""

    first: float = 2.0
    longest: float = 300.0
    quiet: float = 60.0
    slack: float = 5.0

    def rest(self, failures: int, draw: float) -> float:
        """Seconds after the n-th failure in a row; `draw` (0 to 1) spreads the queues."""
        return min(self.longest, self.first * 2.0 ** min(max(failures - 1, 0), 30)) * (0.5 + draw / 2)


def id_of(kind: str, subject: str) -> str:
    """The id of the delivery of a subject: a subject has one."""
    return str(uuid.uuid5(_DELIVERIES, f"{kind}/{subject}"))


def closed(day: date, today: date, closes: int) -> bool:
    """Whether entry for the month of a visit has closed: on the given day of the month after it."""
    year, month = divmod(day.year * 12 + day.month, 12)
    return today > date(year, month + 1, closes)


def open_since(today: date, closes: int) -> date:
    """The first day whose month is still open for entry."""
    this = today.replace(day=1)
    return this if today.day > closes else (this - timedelta(days=1)).replace(day=1)


def digest(key: bytes, body: Mapping[str, Any]) -> str:
    """A keyed digest of a body: tells two bodies apart and lets nobody guess numbers from it."""
    return hmac.new(key, orjson.dumps(body, option=orjson.OPT_SORT_KEYS), hashlib.sha256).hexdigest()[:32]
