"""Antrean FKTP, the side BPJS provides: what we tell Mobile JKN of our queue (dates on the wire are yyyy-MM-dd).

The side we provide, which BPJS calls, is no client and lies elsewhere.
"""

from datetime import date

from services.coverage.bpjs.listing import Rows
from services.coverage.bpjs.outcomes import Reply
from services.coverage.bpjs.signed import Body, Signed, part, ymd


class Antrean(Signed):
    """Antrean FKTP for one sign-in. `wire` is a Wire of service ANTREAN."""

    async def polis(self, day: date) -> Rows:
        """GET /ref/poli/tanggal/{d}."""
        return await self._list(f"/ref/poli/tanggal/{ymd(day)}")

    async def doctors(self, poli: str, day: date) -> Rows:
        """GET /ref/dokter/kodepoli/{p}/tanggal/{d}: namadokter, kodedokter (number), jampraktek, kapasitas."""
        return await self._list(f"/ref/dokter/kodepoli/{part(poli)}/tanggal/{ymd(day)}")

    async def add(self, body: Body, *, seconds: float | None = None) -> Reply:
        """POST /antrean/add; nomorkartu is "" for who is no member."""
        return await self._call("POST", "/antrean/add", body, seconds)

    async def call_in(self, body: Body, *, seconds: float | None = None) -> Reply:
        """POST /antrean/panggil: status 1 present, 2 absent; waktu in milliseconds."""
        return await self._call("POST", "/antrean/panggil", body, seconds)

    async def cancel(self, body: Body, *, seconds: float | None = None) -> Reply:
        """POST /antrean/batal, with alasan."""
        return await self._call("POST", "/antrean/batal", body, seconds)
