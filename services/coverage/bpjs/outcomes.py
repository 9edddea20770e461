"""What came of a call to BPJS, as types: a caller cannot mistake an outage for a statement.

    Reply   = Said | Refused | Unavailable             of any call
    Outcome = Member | NotFound | Refused | Unavailable  of a question about a member

Only Said, Member and NotFound are statements. Refused is about our request or credentials, Unavailable about the
line; neither says anything about a person, and an Unavailable that `reached` BPJS leaves open what was done there.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Member:
    """A registered member as BPJS states it today. `active` decides; `status_text` is BPJS' free wording."""

    active: bool
    status_text: str
    since: date | None
    until: date | None
    class_code: str | None
    class_name: str | None
    payer_code: str | None
    payer_name: str | None
    provider_code: str | None
    provider_name: str | None
    nik: str | None = field(repr=False)
    card: str | None = field(repr=False)
    dental_code: str | None = None
    dental_name: str | None = None
    prolanis: tuple[str, ...] = ()
    """DM, HT (pstProl)."""
    prb: bool = False
    """Enrolled for back-referral (pstPrb says of what)."""
    arrears: int | None = None
    """Rupiah (tunggakan)."""
    cob: bool = False
    """Another insurer pays as well (asuransi.cob)."""
    insurer: str | None = None
    relationship: str | None = None
    """hubunganKeluarga, in BPJS' words."""


@dataclass(frozen=True, slots=True)
class NotFound:
    """BPJS knows nothing under this number."""


class Because(StrEnum):
    """Why BPJS refused our request, or why no usable answer came."""

    SIGNATURE = "signature"
    """Cons-id and secret do not fit together (a wrong clock gives the same text)."""
    CLOCK = "clock"
    """The signature was refused and the two clocks differ."""
    CREDENTIALS = "credentials"
    """401: user name, password or user_key wrong or expired."""
    ENTITLEMENT = "entitlement"
    """This consumer may not use this service, or the path is unknown: BPJS says both in the same words."""
    CONSUMER_EXPIRED = "consumer-expired"
    RULE = "rule"
    """A business rule: the number or a field is not acceptable to BPJS."""
    NO_DATA = "no-data"
    """Code 201 with nothing in it when asked outside PCare: there is no data, or a refusal in words (`message`)."""

    NO_LINE = "no-line"
    """Nobody has given credentials for this, so BPJS was not asked."""
    KEY = "key"
    """The credentials are sealed under a key this installation no longer has."""
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    """No connection; also what a caller outside the IP whitelist sees."""
    EMPTY = "empty"
    NOT_JSON = "not-json"
    """A page of a proxy or gateway instead of an answer."""
    SERVER = "server"
    RATE_LIMIT = "rate-limit"
    UNREADABLE = "unreadable"
    """Sealed for another request, or without the fields that decide."""
    REFERRAL_NUMBER = "referral-number"
    """The pilot path could not say SATUSEHAT's number; the referral may have been made."""
    MISMATCH = "mismatch"
    """The answer is about another number than the one asked."""


OF_THE_LINE = frozenset(
    {Because.SIGNATURE, Because.CLOCK, Because.CREDENTIALS, Because.ENTITLEMENT, Because.CONSUMER_EXPIRED}
)
"""Refusals that are about the sign-in, not about what was sent: every other call on the line would meet them too."""


@dataclass(frozen=True, slots=True)
class Said:
    """BPJS did or answered what was asked. `response` is opened; it and `message` never show in a repr."""

    code: int
    response: Any = field(repr=False)
    message: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """BPJS understood and refused; trying again without a change would fail again."""

    because: Because
    fields: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """(field, message) in BPJS' words; a message may hold the value that was sent."""
    message: str = field(default="", repr=False)
    """The envelope's message, in BPJS' words."""
    code: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The refused fields' names, never their values."""
        return tuple(name for name, _ in self.fields)


@dataclass(frozen=True, slots=True)
class Unavailable:
    """No usable answer. `again` says whether another try may help now.

    `reached` is False only when no connection was made. A POST, PUT or DELETE that reached BPJS and has no usable
    answer may have been carried out: read back before sending it again.
    """

    because: Because
    again: bool = True
    reached: bool = True
    code: int | None = None
    message: str = field(default="", repr=False, compare=False)
    """The envelope's message, where there was one."""
    wait: float | None = field(default=None, compare=False)
    """Seconds it asks us to wait (Retry-After)."""


Reply: TypeAlias = Said | Refused | Unavailable
Outcome: TypeAlias = Member | NotFound | Refused | Unavailable
