"""VClaim: the hospital side, of which a district mostly reads (dates on the wire are yyyy-MM-dd).

Code 201 with nothing in it is "no data" or a refusal in words; the client gives it as Refused (no-data).
"""

from datetime import date
from typing import Literal

from services.coverage.bpjs.outcomes import Reply
from services.coverage.bpjs.signed import Body, Signed, part, ymd

Origin = Literal["1", "2"]
"""Where a referral comes from: 1 an FKTP (PCare), 2 a hospital."""


class VClaim(Signed):
    """VClaim for one sign-in. `wire` is a Wire of service VCLAIM."""

    # Members

    async def member_by_card(self, card: str, day: date) -> Reply:
        """GET /Peserta/nokartu/{noka}/tglSEP/{d}."""
        return await self._call("GET", f"/Peserta/nokartu/{part(card)}/tglSEP/{ymd(day)}")

    async def member_by_nik(self, nik: str, day: date) -> Reply:
        """GET /Peserta/nik/{nik}/tglSEP/{d}."""
        return await self._call("GET", f"/Peserta/nik/{part(nik)}/tglSEP/{ymd(day)}")

    # Referrals

    async def referral(self, number: str, origin: Origin = "1") -> Reply:
        """GET /Rujukan/{no}, of hospital origin /Rujukan/RS/{no}."""
        return await self._call("GET", f"/Rujukan{_hospital(origin)}/{part(number)}")

    async def last_referral(self, card: str, origin: Origin = "1") -> Reply:
        """GET /Rujukan/Peserta/{noka}: the newest referral of a member."""
        return await self._call("GET", f"/Rujukan{_hospital(origin)}/Peserta/{part(card)}")

    async def referrals(self, card: str, origin: Origin = "1") -> Reply:
        """GET /Rujukan/List/Peserta/{noka}."""
        return await self._call("GET", f"/Rujukan{_hospital(origin)}/List/Peserta/{part(card)}")

    async def sep_count(self, number: str, origin: Origin = "1") -> Reply:
        """GET /Rujukan/JumlahSEP/{1|2}/{no}: how many guarantee letters used it, so whether it is used up."""
        return await self._call("GET", f"/Rujukan/JumlahSEP/{part(origin)}/{part(number)}")

    async def add_referral(self, t_rujukan: Body) -> Reply:
        """POST /Rujukan/2.0/insert."""
        return await self._call("POST", "/Rujukan/2.0/insert", {"request": {"t_rujukan": t_rujukan}})

    async def change_referral(self, t_rujukan: Body) -> Reply:
        """PUT /Rujukan/2.0/Update."""
        return await self._call("PUT", "/Rujukan/2.0/Update", {"request": {"t_rujukan": t_rujukan}})

    async def remove_referral(self, number: str, user: str) -> Reply:
        """DELETE /Rujukan/delete; the number is in the body."""
        body = {"request": {"t_rujukan": {"noRujukan": number, "user": user}}}
        return await self._call("DELETE", "/Rujukan/delete", body)

    # Back-referral, which BPJS calls PRB

    async def prb(self, srb: str, sep: str) -> Reply:
        """GET /prb/{noSRB}/nosep/{noSEP}."""
        return await self._call("GET", f"/prb/{part(srb)}/nosep/{part(sep)}")

    async def prbs(self, first: date, last: date) -> Reply:
        """GET /prb/tglMulai/{d}/tglAkhir/{d}."""
        return await self._call("GET", f"/prb/tglMulai/{ymd(first)}/tglAkhir/{ymd(last)}")

    async def add_prb(self, t_prb: Body) -> Reply:
        """POST /PRB/insert; gives noSRB."""
        return await self._call("POST", "/PRB/insert", {"request": {"t_prb": t_prb}})

    async def change_prb(self, t_prb: Body) -> Reply:
        """PUT /PRB/Update."""
        return await self._call("PUT", "/PRB/Update", {"request": {"t_prb": t_prb}})

    async def remove_prb(self, t_prb: Body) -> Reply:
        """DELETE /PRB/Delete."""
        return await self._call("DELETE", "/PRB/Delete", {"request": {"t_prb": t_prb}})

    # Monitoring

    async def visits(self, day: date, kind: Literal["1", "2"]) -> Reply:
        """GET /Monitoring/Kunjungan/Tanggal/{d}/JnsPelayanan/{1 inpatient|2 outpatient}."""
        return await self._call("GET", f"/Monitoring/Kunjungan/Tanggal/{ymd(day)}/JnsPelayanan/{part(kind)}")

    async def services_to(self, card: str, first: date, last: date) -> Reply:
        """GET /monitoring/HistoriPelayanan/NoKartu/{n}/tglMulai/{d}/tglAkhir/{d}."""
        path = f"/monitoring/HistoriPelayanan/NoKartu/{part(card)}/tglMulai/{ymd(first)}/tglAkhir/{ymd(last)}"
        return await self._call("GET", path)


def _hospital(origin: Origin) -> str:
    return "/RS" if origin == "2" else ""
