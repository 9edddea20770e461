"""What came of asking BPJS about a member, as types: a caller cannot mistake an outage for a membership.

    Outcome = Member | NotFound | Refused | Unavailable

Only Member and NotFound are statements about the person. Refused is about our request or credentials,
Unavailable about the line; neither says anything about membership.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeAlias


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
    """BPJS knows no member under this number."""


class Because(StrEnum):
    """Why BPJS refused our request, or why no usable answer came."""

    SIGNATURE = "signature"
    """Cons-id and secret do not fit together (a wrong clock gives the same text)."""
    CLOCK = "clock"
    """The signature was refused and the two clocks differ."""
    CREDENTIALS = "credentials"
    """401: user name, password or user_key wrong or expired."""
    ENTITLEMENT = "entitlement"
    """This consumer may not use this service, or the path is unknown."""
    CONSUMER_EXPIRED = "consumer-expired"
    RULE = "rule"
    """A business rule: the number or a field is not acceptable to BPJS."""

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
    MISMATCH = "mismatch"
    """The answer is about another number than the one asked."""


@dataclass(frozen=True, slots=True)
class Refused:
    """BPJS understood and refused; trying again without a change would fail again."""

    because: Because
    fields: tuple[str, ...] = ()
    """Names of the refused fields (never their values)."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """No usable answer. `again` says whether another try may help now."""

    because: Because
    again: bool = True


Outcome: TypeAlias = Member | NotFound | Refused | Unavailable
