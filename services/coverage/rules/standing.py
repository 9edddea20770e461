"""What stood on a day, from statements with their moments; and what a statement adds to what stands. Pure.

A statement speaks of the day it was made, and of the days its own dates name. Where no statement reaches a day, nobody
can tell: the answer is None, never "no".
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from zoneinfo import ZoneInfo

from services.coverage.contract import MemberStatus, StatementSource
from services.coverage.rules.eligibility import Statement


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a day: in force or not (None: unknown), and the statement that says so."""

    in_force: bool | None
    said: Statement | None


def on_day(history: Sequence[Statement], day: date, zone: ZoneInfo) -> Standing:
    """What stood on `day`: by the last statement made until its end, else by the first one after it that names it."""
    ordered = sorted(history, key=lambda s: s.checked_at)
    before = [s for s in ordered if s.checked_at.astimezone(zone).date() <= day]
    if before:
        return Standing(_reaching(before[-1], day), before[-1])
    for said in ordered:
        if said.status == MemberStatus.ACTIVE and said.since is not None:
            if said.since > day:
                return Standing(False, said)
            return Standing(said.until is None or day <= said.until, said)
    return Standing(None, ordered[0] if ordered else None)


def _reaching(said: Statement, day: date) -> bool | None:
    match said.status:
        case MemberStatus.ACTIVE:
            begun = said.since is None or said.since <= day
            return begun and (said.until is None or day <= said.until)
        case MemberStatus.INACTIVE | MemberStatus.NOT_FOUND:
            return False
        case _:
            return None


_ASKED = frozenset({StatementSource.BPJS.value})


def folded(before: Statement | None, said: Statement) -> Statement:
    """What stands after `said`: BPJS speaks of everything; a list and staff leave open what they do not say.

    An older statement never takes the place of a fresher one.
    """
    if before is None:
        return said
    if said.checked_at <= before.checked_at:
        return before
    if said.source in _ASKED:
        return said
    kept = {f.name: getattr(before, f.name) for f in fields(said) if getattr(said, f.name) is None}
    if said.provider_code is not None and said.provider_code != before.provider_code:
        kept.pop("provider_name", None)
    if said.payer_code is not None and said.payer_code != before.payer_code:
        kept.pop("payer_name", None)
    return replace(said, **kept)
