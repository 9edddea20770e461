"""Change requests: a facility proposes, the health office decides."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt

from services.kernel.ids import FacilityCode

PROPOSAL = "proposal"
"""Event type; the subject is the proposal's id, the data names fields, never their values."""


class ProposalState(StrEnum):
    """Where a proposal stands."""

    PROPOSED = "proposed"
    RETURNED = "returned"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class ProposalVerb(StrEnum):
    """A step of a proposal."""

    PROPOSE = "propose"
    APPROVE = "approve"
    REJECT = "reject"
    RETURN = "return"
    RESUBMIT = "resubmit"
    WITHDRAW = "withdraw"


Value = StrictBool | StrictInt | StrictFloat | str | None
"""A cell as JSON: text, number, true/false; null empties it."""


class Difference(BaseModel):
    """Satu isian: sekarang dan usulannya (one field: as it is, and as it would be)."""

    field: str = Field(examples=["phone"])
    was: Value = Field(description="Sekarang (as it is)")
    would_be: Value = Field(description="Menjadi (as it would be)")


class ProposalStepTaken(BaseModel):
    """Satu langkah (one step)."""

    verb: ProposalVerb
    state: ProposalState
    at: datetime
    by: str = Field(description="Akun (account)")
    role: str
    reason: str | None = None


class Proposal(BaseModel):
    """Usulan perubahan (change request)."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    of: str = Field(description="Jenis data (aggregate)", examples=["facility"])
    key: str | None = Field(description="Baris yang diubah; null = baris baru (the row; null: a new one)")
    facility: FacilityCode = Field(description="Faskes yang punya data (whose data)")
    proposer: FacilityCode = Field(description="Faskes pengusul (who proposes)")
    fields: list[str] = Field(description="Isian yang diusulkan (proposed fields)")
    state: ProposalState
    version: int = Field(description="Naik satu pada tiap langkah (grows with every step)")
    made_at: datetime
    made_by: str
    row_version: int | None = Field(description="Versi baris ketika diusulkan (the row's version when proposed)")
    applied_version: int | None = Field(description="Versi baris hasil persetujuan (version made by the approval)")


class ProposalDetail(Proposal):
    """Usulan dengan bedanya terhadap data sekarang (with its difference from the row as it stands)."""

    legal: list[ProposalVerb] = Field(description="Langkah yang sah sekarang (legal steps now)")
    current_version: int | None = Field(description="Versi baris sekarang; null = belum ada (the row's version now)")
    diff: list[Difference] = Field(description="Sekarang dan menjadi, per isian (was and would be, per field)")
    steps: list[ProposalStepTaken]
