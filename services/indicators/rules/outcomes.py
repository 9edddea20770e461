"""What an outcome of a call or a visit changes on the list, and how it is shown. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from services.indicators.contract.outcomes import Outcome, OutcomeKind, OutcomeShown, OutcomeState
from services.indicators.rules.worklists import Policy

CLAIMS = (OutcomeKind.MOVED, OutcomeKind.DIED)
"""Said of a person against what the record says: the record's keeper is asked, the numbers wait for the record."""


def rest_until(kind: OutcomeKind, on: date, come_on: date | None, rule: Policy) -> date | None:
    """Until when a person is left in peace; None for a claim, which waits for the record."""
    if kind in CLAIMS:
        return None
    if come_on is not None:
        return come_on
    days = rule.rest_days.get(kind)
    return None if days is None else on + timedelta(days=days)


def stands(kind: OutcomeKind, rests: date | None, verdict: str | None, fulfilled: bool, day: date) -> OutcomeState:
    """What an outcome does on a day. `fulfilled`: the record says by now what was claimed."""
    if kind in CLAIMS:
        if verdict is not None:
            return OutcomeState(verdict)
        return OutcomeState.CORRECTED if fulfilled else OutcomeState.CLAIMED
    return OutcomeState.RESTING if rests is not None and rests >= day else OutcomeState.OVER


def shown(row: Mapping[str, Any], today: date) -> OutcomeShown:
    """An outcome without its words, as it stands on a day."""
    return OutcomeShown(**_common(row, today))


def full(row: Mapping[str, Any], today: date) -> Outcome:
    """An outcome with its words."""
    more = {name: row[name] for name in ("by", "served_at", "note", "recorded_at")}
    return Outcome(**_common(row, today), person_id=str(row["person_id"]), **more)


def _common(row: Mapping[str, Any], today: date) -> dict[str, Any]:
    kind = OutcomeKind(row["kind"])
    state = stands(kind, row["rest_until"], row["verdict"], bool(row["fulfilled"]), today)
    return {
        "id": str(row["id"]), "kind": kind, "way": row["way"], "on": row["on_date"], "facility": row["facility"],
        "state": state, "rest_until": row["rest_until"],
    }  # fmt: skip
