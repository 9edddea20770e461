"""The menu of faults the simulator can play, each as integrators have met it at BPJS."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Fault(StrEnum):
    """One fault. Grouped by where it strikes."""

    # The signature and the sign-in
    WRONG_SECRET = "wrong-secret"  # noqa: S105 - a fault's name
    SKEWED_CLOCK = "skewed-clock"
    WRONG_USER_KEY = "wrong-user-key"
    PASSWORD_401 = "password-401"  # noqa: S105 - a fault's name
    CONSUMER_EXPIRED = "consumer-expired"
    UNKNOWN_PATH = "unknown-path"

    # Instead of an answer
    HTML_500 = "html-500"
    EMPTY_BODY = "empty-body"
    NO_CONTENT_204 = "no-content-204"
    TIMEOUT = "timeout"
    RATE_LIMIT_429 = "rate-limit-429"

    # Refusals
    RULE_412 = "rule-412"
    BUSINESS_500 = "business-500"

    # The envelope
    CODE_AS_TEXT = "code-as-text"
    CODE_AS_NUMBER = "code-as-number"
    LOWER_METADATA = "lower-metadata"
    CAPITAL_CODE = "capital-code"
    UNSEALED = "unsealed"
    STALE_SEAL = "stale-seal"

    # The member
    NOT_FOUND = "not-found"
    EMOJI = "emoji"


class Play(BaseModel):
    """Gangguan yang dimainkan (a fault to play)."""

    model_config = ConfigDict(extra="forbid")

    fault: Fault
    times: Annotated[int, Field(ge=1)] | None = None
    """For how many requests; without it until it is stopped."""
    seconds: Annotated[float, Field(ge=0, le=120)] = 60.0
    """How long a `timeout` keeps silent."""
