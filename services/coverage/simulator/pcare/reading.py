"""Reading what a facility sends: each field by its form and its list; all faults at once, as BPJS' plain 412 list.

Which rules BPJS checks is known only in part. REFERENCE, NOT_REGISTERED and ENTERED (in `answers`) have been
seen there; the others are ours.
"""

import re
from collections.abc import Callable, Container, Sequence
from datetime import date, datetime
from typing import Any

from services.coverage.simulator.answers import REFERENCE, Refusal, wrong
from services.coverage.simulator.codes import by_code
from services.coverage.simulator.door import Ask, Stop

FUTURE = "Tanggal tidak boleh melebihi tanggal hari ini."
INACTIVE = "Peserta tidak aktif."
NO_DATE = "Format tanggal dd-MM-yyyy."
NO_DATA = Refusal(404, "Data tidak ditemukan")
_ICD10 = re.compile(r"[A-Z]\d{2}(\.\d)?")


def day(text: Any) -> date | None:
    """A date as PCare writes it, or None."""
    if not isinstance(text, str) or not re.fullmatch(r"\d{2}-\d{2}-\d{4}", text):
        return None
    try:
        return datetime.strptime(text, "%d-%m-%Y").date()
    except ValueError:
        return None


def day_of_path(text: str, name: str = "tglDaftar") -> date:
    """A date in an address. Raises Stop."""
    found = day(text)
    if found is None:
        raise Stop(wrong((name, NO_DATE)))
    return found


def dmy(iso: str | date) -> str:
    """A stored day as PCare writes it."""
    return (date.fromisoformat(iso) if isinstance(iso, str) else iso).strftime("%d-%m-%Y")


def page(rows: list[Any], start: str, limit: str) -> dict[str, Any]:
    """One page of a list, from row `start` (0 first). Raises Stop on a wrong start or limit."""
    first, size = window(start, limit)
    return {"count": len(rows), "list": rows[first : first + size]}


def whole(rows: Sequence[Any]) -> dict[str, Any]:
    """A list that is not paged."""
    return {"count": len(rows), "list": list(rows)}


def window(start: str, limit: str) -> tuple[int, int]:
    """Start and length of a page. Raises Stop with BPJS' own words for a start below zero."""
    if not re.fullmatch(r"-?\d{1,9}", start) or not re.fullmatch(r"-?\d{1,9}", limit):
        raise Stop(Refusal(400, "Bad Request"))
    if int(start) < 0:
        raise Stop(Refusal(400, "StartIndex cannot be less than zero"))
    if int(limit) < 1:
        raise Stop(Refusal(400, "Limit must be greater than zero"))
    return int(start), int(limit)


def diagnosis(code: str) -> dict[str, Any] | None:
    """A diagnosis by code: from the list, or any other code of ICD-10's form; None when it has not even that."""
    known = by_code("diagnosa").get(code)
    if known is None and _ICD10.fullmatch(code):
        return {"kdDiag": code, "nmDiag": f"Diagnosa {code}", "nonSpesialis": False}
    return known


class Fields:
    """The fields of one body; faults are gathered, `done` raises them."""

    def __init__(self, body: Any) -> None:
        if not isinstance(body, dict):
            raise Stop(Refusal(400, "BAD_REQUEST: isi permintaan bukan objek JSON"))
        self.body: dict[str, Any] = body
        self.faults: list[tuple[str, str]] = []

    def fault(self, name: str, message: str = REFERENCE) -> None:
        """One more fault."""
        self.faults.append((name, message))

    def done(self) -> None:
        """Raises Stop when there were faults."""
        if self.faults:
            raise Stop(wrong(*self.faults))

    def check(self, name: str, good: Callable[[Any], bool]) -> Any:
        """A field that must satisfy `good`; its value either way."""
        value = self.body.get(name)
        if not good(value):
            self.fault(name)
        return value

    def text(self, name: str, pattern: str, empty: bool = False) -> str:
        """A text of one form; "" when it is wrong, or when it may be left `empty` and is."""
        value = self.body.get(name)
        if empty and value in (None, ""):
            return ""
        if isinstance(value, str) and re.fullmatch(pattern, value):
            return value
        self.fault(name)
        return ""

    def listed(self, name: str, codes: Container[str], empty: bool = False) -> str:
        """A code out of a list; "" when it is not in it, or when it may be left `empty` and is."""
        value = self.body.get(name)
        if empty and value in (None, ""):
            return ""
        if isinstance(value, str) and value in codes:
            return value
        self.fault(name)
        return ""

    def day(self, name: str, until: date | None = None, empty: bool = False) -> date | None:
        """A date that is not after `until`; None when it is wrong or left `empty`."""
        value = self.body.get(name)
        if empty and value in (None, ""):
            return None
        found = day(value)
        if found is None:
            self.fault(name, NO_DATE)
        elif until is not None and found > until:
            self.fault(name, FUTURE)
        return found

    def measures(self, *names: str) -> None:
        """Whole numbers from 0 (0: not measured)."""
        for name in names:
            value = self.body.get(name, 0)
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                self.fault(name)

    def member(self, ask: Ask, name: str = "noKartu", active: bool = False) -> dict[str, Any] | None:
        """The member with the card number in `name`; it has 13 digits, and somebody has it."""
        card = self.text(name, r"\d{13}")
        if not card:
            return None
        found = ask.world.by_card(card)
        if found is None:
            self.fault(name)
        elif active and not found["aktif"]:
            self.fault(name, INACTIVE)
        return found
