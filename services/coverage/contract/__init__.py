"""What the JKN service says to the outside; one module an aggregate."""

from services.coverage.contract.eligibility import (
    AnswerSource,
    BpjsCode,
    Eligibility,
    EligibilityQuestion,
    MemberStatus,
    RegisteredFacility,
)
from services.coverage.contract.events import CAPITATION, MEMBER, CapitationAccepted, MemberChanged, StatementSource

__all__ = [
    "CAPITATION",
    "MEMBER",
    "AnswerSource",
    "BpjsCode",
    "CapitationAccepted",
    "Eligibility",
    "EligibilityQuestion",
    "MemberChanged",
    "MemberStatus",
    "RegisteredFacility",
    "StatementSource",
]
