"""The menu of faults, each as integrators have met it at BPJS; what they mean to people is in `menu.toml`."""

import re
import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict


class Moment(StrEnum):
    """When a fault strikes."""

    BEFORE = "before"
    """Before the work: nothing has been done."""
    AFTER = "after"
    """After the work: it is done, and the caller does not learn it."""
    ANSWER = "answer"
    """In the answer: the work is done and the answer looks odd."""


class Fault(StrEnum):
    """One fault. Grouped by where it strikes."""

    # The signature and the sign-in
    WRONG_SECRET = "wrong-secret"  # noqa: S105 - a fault's name
    SKEWED_CLOCK = "skewed-clock"
    WRONG_USER_KEY = "wrong-user-key"
    PASSWORD_401 = "password-401"  # noqa: S105 - a fault's name
    CONSUMER_EXPIRED = "consumer-expired"
    UNKNOWN_PATH = "unknown-path"
    UNKNOWN_SERVICE = "unknown-service"
    CONTENT_TYPE_REFUSED = "content-type-refused"

    # The line: something comes, or nothing, in place of an answer
    NOT_WHITELISTED = "not-whitelisted"
    TIMEOUT = "timeout"
    CONNECTION_LOST = "connection-lost"
    DROPPED_AFTER_SUCCESS = "dropped-after-success"
    SLOW_ANSWER = "slow-answer"
    LATE_WORK = "late-work"
    HTML_500 = "html-500"
    EMPTY_BODY = "empty-body"
    NO_CONTENT_204 = "no-content-204"
    REQUEST_TIMEOUT_408 = "request-timeout-408"
    SERVER_ERROR_503 = "server-error-503"
    RATE_LIMIT_429 = "rate-limit-429"

    # Refusals
    NO_DATA_201 = "no-data-201"
    NOT_FOUND = "not-found"
    RULE_412 = "rule-412"
    NOT_REGISTERED_412 = "not-registered-412"
    ALREADY_ENTERED_412 = "already-entered-412"
    SAME_VISIT_TWICE = "same-visit-twice"
    BUSINESS_500 = "business-500"
    BAD_PAGING_400 = "bad-paging-400"
    SATUSEHAT_NUMBER_FAILED = "satusehat-number-failed"

    # The envelope
    CODE_AS_TEXT = "code-as-text"
    CODE_AS_NUMBER = "code-as-number"
    LOWER_METADATA = "lower-metadata"
    CAPITAL_CODE = "capital-code"
    UNSEALED = "unsealed"
    STALE_SEAL = "stale-seal"
    SEALED_REFUSAL = "sealed-refusal"

    # What is inside
    EMOJI = "emoji"
    NEWBORN = "newborn"
    DISTANCE_INFINITE = "distance-infinite"
    TARGET_NULL = "target-null"
    QUOTA_ZERO = "quota-zero"


class Words(BaseModel):
    """One text in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    en: str


class Entry(BaseModel):
    """One line of the menu: what the fault is called, what it does, what a good client does about it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fault: Fault
    group: str
    moment: Moment
    movable: bool = False
    """Whether it can also strike at the other side of the work (`moment` of a play)."""
    services: tuple[str, ...] = ()
    """The services it is met at; empty: all."""
    methods: tuple[str, ...] = ()
    path: str = ""
    """What a stricken path must contain (a regular expression); empty: any."""
    title: Words
    does: Words
    client: Words

    def meets(self, service: str, method: str, path: str) -> bool:
        """Whether such a request can be stricken by this fault at all."""
        return (
            (not self.services or service in self.services)
            and (not self.methods or method in self.methods)
            and (not self.path or re.search(self.path, path, re.IGNORECASE) is not None)
        )


@cache
def menu() -> dict[Fault, Entry]:
    """Every fault with its line, in the menu's order."""
    rows = tomllib.loads(Path(__file__).with_name("menu.toml").read_text(encoding="utf-8"))["fault"]
    entries = [Entry.model_validate(row) for row in rows]
    return {entry.fault: entry for entry in entries}
