"""The 2026 pilot path: referrals by competency (SRBK), service `pcare-sisrute-rest` (dates are dd-MM-yyyy).

A SATUSEHAT Encounter must exist first; BPJS makes the ServiceRequest. The service has a cons-id of its own and
PCare's headers, and its trial host fails when a content type is sent at all.
"""

from services.coverage.bpjs.outcomes import Because, Refused, Reply, Unavailable
from services.coverage.bpjs.signed import Body, Signed

NO_NUMBER = "gagal mendapatkan nomor rujukan satu sehat"
"""What is said when the number did not come; the referral may have been made all the same."""


class Srbk(Signed):
    """The pilot path for one sign-in. `wire` is a Wire of service SRBK."""

    async def criteria(self, body: Body) -> Reply:
        """POST Sisrute/GetKriteriaRujukan: kodeFaskesSatuSehat, kodeDiagnosa, encounter (`Encounter/<uuid>`)."""
        return await self._call("POST", "/Sisrute/GetKriteriaRujukan", body)

    async def facilities(self, body: Body) -> Reply:
        """POST Sisrute/GetFaskesRujukan: that with kodeSubSpesialis, kodeSarana, estimasiRujuk and one criterion."""
        return await self._call("POST", "/Sisrute/GetFaskesRujukan", body)

    async def add_visit(self, body: Body, *, seconds: float | None = None) -> Reply:
        """POST Sisrute/postKunjungan: gives noKunjungan, serviceRequestId, noRujukanSatuSehat.

        "Gagal mendapatkan nomor Rujukan Satu Sehat" may come after success: Unavailable (referral-number), not to
        be sent again but read back.
        """
        return _number_missing(await self._call("POST", "/Sisrute/postKunjungan", body, seconds))

    async def remove_visit(self, body: Body) -> Reply:
        """DELETE Sisrute/deleteKunjungan: removes the registration of the day too. The body is not published."""
        return await self._call("DELETE", "/Sisrute/deleteKunjungan", body)


def _number_missing(reply: Reply) -> Reply:
    words = [reply.message, *(m for _, m in reply.fields)] if isinstance(reply, Refused) else [reply.message]
    if any(NO_NUMBER in text.lower() for text in words):
        return Unavailable(Because.REFERRAL_NUMBER, again=False, code=reply.code)
    return reply
