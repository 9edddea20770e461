"""What the JKN service tells its followers."""

from datetime import date

from pydantic import BaseModel

from services.coverage.contract.eligibility import MemberStatus

MEMBER = "member"
"""Event type: what is known of a person's membership has changed. `data` is a `MemberChanged`."""


class MemberChanged(BaseModel):
    """`data` of a `member` event: no name, no number, no free text."""

    status: MemberStatus
    payer: str | None
    """jnsPeserta's code ("21" PBI APBN, "22" PBI APBD, ...)."""
    checked_on: date
    registered_facility: str | None
    """Our facility code, when we know the BPJS code."""
