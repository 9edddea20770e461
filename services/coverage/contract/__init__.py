"""What the JKN service says to the outside; one module an aggregate."""

from services.coverage.contract.eligibility import (
    AnswerSource,
    Basis,
    BpjsCode,
    Eligibility,
    EligibilityQuestion,
    Elsewhere,
    MemberStatus,
    RegisteredFacility,
    StatementSource,
)
from services.coverage.contract.events import (
    CAPITATION,
    MEMBER,
    PROLANIS,
    CapitationAccepted,
    MemberChanged,
    Prolanis,
)

__all__ = [
    "CAPITATION",
    "MEMBER",
    "PROLANIS",
    "AnswerSource",
    "Basis",
    "BpjsCode",
    "CapitationAccepted",
    "Eligibility",
    "EligibilityQuestion",
    "Elsewhere",
    "MemberChanged",
    "MemberStatus",
    "Prolanis",
    "RegisteredFacility",
    "StatementSource",
]
