"""Peserta: a member by card number or NIK."""

import re
from typing import Any

from services.coverage.simulator.answers import REFERENCE, Refusal, wrong
from services.coverage.simulator.door import Ask
from services.coverage.simulator.pcare.service import PCARE

UNKNOWN = Refusal(404, "Peserta tidak ditemukan")
"""PCare's code for "none" is not published."""


@PCARE.get("/peserta/nik/{nik}")
def by_nik(ask: Ask, nik: str) -> Any:
    """The member with this NIK."""
    if not re.fullmatch(r"\d{16}", nik):
        return wrong(("nik", REFERENCE))
    return ask.world.by_nik(nik) or UNKNOWN


@PCARE.get("/peserta/noka/{noka}", "/peserta/{noka}")
def by_card(ask: Ask, noka: str) -> Any:
    """The member with this card number."""
    if not re.fullmatch(r"\d{13}", noka):
        return wrong(("noka", REFERENCE))
    return ask.world.by_card(noka) or UNKNOWN
