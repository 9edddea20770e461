"""What the JKN service tells its followers."""

from datetime import date
from typing import Literal

from pydantic import BaseModel

from services.coverage.contract.eligibility import MemberStatus, StatementSource

MEMBER = "member"
"""Event type: what is known of a person's membership has changed. `data` is a `MemberChanged`."""

CAPITATION = "capitation"
"""Event type: a facility's monthly list was accepted. Concerns no person; subject "facility:YYYY-MM"; `data` is a
`CapitationAccepted`."""

Prolanis = Literal["DM", "HT"]
PROLANIS: tuple[Prolanis, ...] = ("DM", "HT")


class MemberChanged(BaseModel):
    """`data` of a `member` event: no name, no number, no free text."""

    status: MemberStatus
    payer: str | None
    """jnsPeserta's code ("21" PBI APBN, "22" PBI APBD, ...)."""
    checked_on: date
    registered_facility: str | None
    """Our facility code, when we know the BPJS code."""
    dental_facility: str | None = None
    """The same for the dental FKTP (kdProviderGigi)."""
    prolanis: list[Prolanis] = []
    """Enrolled for diabetes, hypertension (pstProl)."""
    prb: bool = False
    """Enrolled for back-referral of chronic illness (pstPrb)."""
    source: StatementSource = StatementSource.BPJS
    since: date | None = None
    """The day from which `status` is known to hold without a break."""


class CapitationAccepted(BaseModel):
    """`data` of a `capitation` event: what stands for one facility and month after a list was accepted.

    The counts are those of the member list of the month; where there is none, those of the capitation list.
    """

    facility: str | None
    """Our facility code; None when no facility of ours has the BPJS code (the subject then begins with that)."""
    bpjs_code: str
    month: str
    """YYYY-MM."""
    members: int
    """Registered (terdaftar), active or not."""
    active: int | None
    """None when only a capitation list without this count stands."""
    by_segment: dict[str, int] = {}
    """Registered by jnsPeserta's code; "" for those whose segment the list does not say."""
    dm: int | None = None
    """Members enrolled in Prolanis for diabetes: the denominator of RPPT; None when no list says it."""
    ht: int | None = None
    paid_members: int | None = None
    """Members the capitation list pays for; None when there is no capitation list of the month."""
    norm: int | None = None
    """Rupiah per member and month, when the capitation list says one for all."""
    amount: int | None = None
    """Rupiah of the capitation list."""
    version: int
    """Counts every acceptance (and correction) for this facility and month."""


DELIVERY = "delivery"
"""Event type: how something owed to BPJS stands. `data` is a `DeliveryChanged`; the subject is the delivery's id."""


class DeliveryChanged(BaseModel):
    """`data` of a `delivery` event: no number of BPJS, no words."""

    kind: str
    """visit, ticket"""
    subject: str
    """What it is about: the Encounter's id for a visit."""
    facility: str
    day: date
    state: Literal["delivered", "parked", "skipped", "removed"]
    because: str | None = None
