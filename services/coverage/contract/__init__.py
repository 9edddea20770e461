"""What the JKN service says to the outside; one module an aggregate."""

from services.coverage.contract.eligibility import (
    AnswerSource,
    BpjsCode,
    Eligibility,
    EligibilityQuestion,
    MemberStatus,
    RegisteredFacility,
)
from services.coverage.contract.events import MEMBER, MemberChanged

__all__ = [
    "MEMBER",
    "AnswerSource",
    "BpjsCode",
    "Eligibility",
    "EligibilityQuestion",
    "MemberChanged",
    "MemberStatus",
    "RegisteredFacility",
]
