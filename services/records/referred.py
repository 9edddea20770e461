"""What a referral opens, and to whom: the referral itself (its ServiceRequest and Task), and the person's record. Pure.

The sender and whoever is asked now see the referral itself; the record opens to the receiver once accepted, in an
emergency to whoever is asked, at once. An answer that ends somebody's part (a decline, a redirect, another's
acceptance, the next leg) ends both at once; who let it expire may still answer and see what is asked, not the record.
What is open when the referral closes stays open for some days (dated); a cancellation and a no-show leave the way, so
that both sides read how it ended, and shut the record.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

UNDER_WAY = frozenset({"accepted", "departed", "arrived", "in-care"})
"""States in which somebody has the person, or will."""
HERE = frozenset({"arrived", "in-care"})
ENDED = frozenset({"closed", "cancelled", "no-show"})
"""`cancelled` and `no-show` are what an earlier release called a state; now they are outcomes."""
CAME_TO_NOTHING = frozenset({"cancelled", "no-show"})
STAYS_AWAY = frozenset({"admitted", "died", "referred-on"})
"""Outcomes with which the person is not the sender's to look after again."""


@dataclass(frozen=True, slots=True)
class Opens:
    """What a referral opens from one event on.

    `parties` see the referral itself, `record` (some of them) the person's record. After the end nobody is added: who
    had it keeps it for a while (`ended`), the record only when something came of it (`record` is None).
    """

    parties: frozenset[str] | None
    record: frozenset[str] | None
    urgent: bool
    ended: datetime | None = None


def opens(d: Mapping[str, Any]) -> Opens:
    """What an event's data says. `asked` may answer or have it; an earlier release named nobody: it asked
    `to_facility`."""
    state, urgent = d["state"], d["urgency"] == "emergency"
    asked = frozenset(d["asked"] if d.get("asked") is not None else [d["to_facility"]])
    if state in ENDED:
        ended = moment(d["closed_at"])
        return Opens(None, frozenset() if outcome(d) in CAME_TO_NOTHING else None, urgent, ended)
    if state == "sent":
        return Opens(asked, asked if urgent else frozenset(), urgent)
    if state in UNDER_WAY:
        return Opens(asked, asked, urgent)
    return Opens(asked if state == "expired" else frozenset(), frozenset(), urgent)


def outcome(d: Mapping[str, Any]) -> str | None:
    """How it ended; None while it has not."""
    return d["state"] if d["state"] in CAME_TO_NOTHING else d.get("outcome")


def away(d: Mapping[str, Any], before: datetime | None, at: datetime) -> datetime | None:
    """Since when the person is elsewhere: it arrived there, or died on the way. `before`: as known until now."""
    if d["state"] in HERE or outcome(d) == "died":
        return before or moment(d.get("step", {}).get("at")) or at
    return before if d["state"] == "closed" and outcome(d) not in CAME_TO_NOTHING else None


def moment(value: str | None) -> datetime | None:
    """A moment of an event."""
    return datetime.fromisoformat(value).astimezone(UTC) if value else None
