"""How long a letter holds: dated rows by payer and kind (`validity.toml`). What a payer itself says wins."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from services.referrals.contract import Kind


@dataclass(frozen=True, slots=True)
class Validity:
    """Days a letter holds, the day of the letter included (None: no last day), from a day on."""

    payers: frozenset[str]
    kinds: frozenset[str]
    days: int | None
    since: date
    until: date | None
    source: str

    def fits(self, payer: str | None, kind: Kind, day: date) -> bool:
        """Whether it speaks of such a letter of that day."""
        in_force = self.since <= day and (self.until is None or day <= self.until)
        return in_force and (not self.payers or payer in self.payers) and (not self.kinds or kind in self.kinds)


def _row(raw: dict[str, Any]) -> Validity:
    payers, kinds = frozenset(raw.get("payers", ())), frozenset(raw.get("kinds", ()))
    return Validity(payers, kinds, raw.get("days"), raw["from"], raw.get("until"), raw["source"])


_FILE = Path(__file__).resolve().parents[1] / "validity.toml"
ROWS = tuple(_row(raw) for raw in tomllib.loads(_FILE.read_text("utf-8"))["validity"])


def last_day(payer: str | None, kind: Kind, day: date, rows: tuple[Validity, ...] = ROWS) -> date | None:
    """The last day of a letter of `day`; None when it has none. 90 days from 1 January end on 31 March."""
    rule = next((r for r in rows if r.fits(payer, kind, day)), None)
    return None if rule is None or rule.days is None else day + timedelta(days=rule.days - 1)


def lapsed(valid_until: date | None, today: date) -> bool:
    """Whether a letter's last day has passed."""
    return valid_until is not None and valid_until < today
