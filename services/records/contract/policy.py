"""The access policy on the wire: names, what each may say, and values with their days."""

from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from services.kernel.problems import Text


@dataclass(frozen=True, slots=True)
class Policy:
    """What a policy may say: one of some words, or a number up to a limit."""

    words: tuple[str, ...] = ()
    most: int = 0

    def takes(self, value: str) -> bool:
        """Whether this is a value of the policy."""
        if self.words:
            return value in self.words
        return value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= self.most

    @property
    def wanted(self) -> Text:
        """What would be right."""
        if self.words:
            return Text("salah satu dari: " + ", ".join(self.words), "one of: " + ", ".join(self.words))
        return Text(f"bilangan bulat 1 sampai {self.most}", f"a whole number from 1 to {self.most}")


POLICIES = {
    "private-agreement": Policy(words=("required", "not-required")),
    "break-glass-minutes": Policy(most=10_080),
    "break-glass-review-days": Policy(most=90),
    "subject-request-hours": Policy(most=8_760),
    "retention-years": Policy(most=100),
    "webhook-hours": Policy(most=720),
    "referral-days": Policy(most=365),
}
"""`private-agreement`: whether a private facility needs an agreement to see what others wrote (decision 0024).
`referral-days`: how long the receiver of a closed referral still sees the record, by the day it closed."""


class NewPolicyValue(BaseModel):
    """Nilai kebijakan (a policy's value)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"value": "required"}]})

    value: str = Field(
        max_length=40,
        title="Nilai",
        description="private-agreement: required (faskes swasta perlu perjanjian) atau not-required; yang lain bilangan"
        " (a word or a number)",
        examples=["required"],
    )


class PolicyValue(BaseModel):
    """Nilai kebijakan sejak suatu hari (a policy's value from a day on)."""

    name: str = Field(description="Nama kebijakan (policy)", examples=["private-agreement"])
    valid_from: date = Field(description="Berlaku sejak (first day)", examples=["2026-01-01"])
    value: str = Field(description="Nilai (value)", examples=["required"])
