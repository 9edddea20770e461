"""What the clients of all BPJS services share: a wire, a sign-in, and how paths and dates are written."""

from datetime import date
from typing import Any, TypeAlias
from urllib.parse import quote

from services.coverage.bpjs.listing import Rows, listed
from services.coverage.bpjs.login import Login
from services.coverage.bpjs.outcomes import Reply
from services.coverage.bpjs.wire import Wire

Body: TypeAlias = dict[str, Any]
PAGE = 100
"""Rows asked for at once where nobody says how many."""


class Signed:
    """A BPJS service for one sign-in."""

    def __init__(self, wire: Wire, login: Login) -> None:
        self._wire, self._login = wire, login

    async def _call(self, method: str, path: str, body: Body | None = None, seconds: float | None = None) -> Reply:
        return await self._wire.call(self._login, method, path, body, seconds=seconds)

    async def _list(self, path: str) -> Rows:
        return listed(await self._call("GET", path))


def part(value: object) -> str:
    """A value as one part of a path."""
    return quote(str(value), safe="")


def dmy(day: date) -> str:
    """A date as PCare and SRBK write it."""
    return f"{day:%d-%m-%Y}"


def ymd(day: date) -> str:
    """A date as VClaim and Antrean write it."""
    return day.isoformat()
