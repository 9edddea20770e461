"""PCare, method by method (dates on the wire are dd-MM-yyyy). Thin: each says its path and gives the Reply.

Bodies are what PCare calls them; who makes them is `rules`. Lists come as `{"count","list"}`: `listed` reads them.
"""

from datetime import date
from typing import Literal

from services.coverage.bpjs import answers
from services.coverage.bpjs.listing import Rows
from services.coverage.bpjs.outcomes import NotFound, Outcome, Reply
from services.coverage.bpjs.signed import PAGE, Body, Signed, dmy, part


class PCare(Signed):
    """PCare for one sign-in. `wire` is a Wire of service PCARE."""

    # Members

    async def member_by_nik(self, nik: str) -> Outcome:
        """GET /peserta/nik/{nik}. The NIK of zeros is nobody's and is not asked."""
        if answers.is_nobody(nik):
            return NotFound()
        return answers.member(await self._call("GET", f"/peserta/nik/{part(nik)}"), nik, None)

    async def member_by_card(self, card: str) -> Outcome:
        """GET /peserta/noka/{card}."""
        return answers.member(await self._call("GET", f"/peserta/noka/{part(card)}"), None, card)

    async def member(self, card: str) -> Reply:
        """GET /peserta/{card}, as BPJS shows the member."""
        return await self._call("GET", f"/peserta/{part(card)}")

    # Registrations of a day

    async def register(self, body: Body, *, seconds: float | None = None) -> Reply:
        """POST /pendaftaran; `answers.number(said, "noUrut")` is the number given."""
        return await self._call("POST", "/pendaftaran", body, seconds)

    async def registration(self, number: str, day: date) -> Reply:
        """GET /pendaftaran/noUrut/{n}/tglDaftar/{d}."""
        return await self._call("GET", f"/pendaftaran/noUrut/{part(number)}/tglDaftar/{dmy(day)}")

    async def registrations(self, day: date, start: int = 0, limit: int = PAGE) -> Rows:
        """GET /pendaftaran/tglDaftar/{d}/{start}/{limit}: the facility's registrations of a day."""
        return await self._list(f"/pendaftaran/tglDaftar/{dmy(day)}/{start}/{limit}")

    async def unregister(self, card: str, day: date, number: str, poli: str) -> Reply:
        """DELETE /pendaftaran/peserta/{noka}/tglDaftar/{d}/noUrut/{n}/kdPoli/{p}; a served one is refused."""
        path = f"/pendaftaran/peserta/{part(card)}/tglDaftar/{dmy(day)}/noUrut/{part(number)}/kdPoli/{part(poli)}"
        return await self._call("DELETE", path)

    # Visits

    async def add_visit(self, body: Body, *, seconds: float | None = None) -> Reply:
        """POST /kunjungan/V1; `answers.number(said, "noKunjungan")` is the visit's and the referral's number."""
        return await self._call("POST", "/kunjungan/V1", body, seconds)

    async def change_visit(self, body: Body, *, seconds: float | None = None) -> Reply:
        """PUT /kunjungan/V1: the same body with its noKunjungan."""
        return await self._call("PUT", "/kunjungan/V1", body, seconds)

    async def remove_visit(self, number: str) -> Reply:
        """DELETE /kunjungan/{no}."""
        return await self._call("DELETE", f"/kunjungan/{part(number)}")

    async def history(self, card: str) -> Rows:
        """GET /kunjungan/peserta/{noka}: a member's visits."""
        return await self._list(f"/kunjungan/peserta/{part(card)}")

    async def referral(self, number: str) -> Reply:
        """GET /kunjungan/rujukan/{no}: the referral made with a visit, tglAkhirRujuk among it."""
        return await self._call("GET", f"/kunjungan/rujukan/{part(number)}")

    # Code lists

    async def diagnoses(self, text: str, start: int = 0, limit: int = PAGE) -> Rows:
        """GET /diagnosa/{q}/{s}/{l}."""
        return await self._list(f"/diagnosa/{part(text)}/{start}/{limit}")

    async def doctors(self, start: int = 0, limit: int = PAGE) -> Rows:
        """GET /dokter/{s}/{l}."""
        return await self._list(f"/dokter/{start}/{limit}")

    async def polis(self, start: int = 0, limit: int = PAGE) -> Rows:
        """GET /poli/fktp/{s}/{l}; `poliSakit` tells sick-visit polis."""
        return await self._list(f"/poli/fktp/{start}/{limit}")

    async def providers(self, start: int = 0, limit: int = PAGE) -> Rows:
        """GET /provider/{s}/{l}."""
        return await self._list(f"/provider/{start}/{limit}")

    async def consciousness(self) -> Rows:
        """GET /kesadaran."""
        return await self._list("/kesadaran")

    async def prognoses(self) -> Rows:
        """GET /prognosa."""
        return await self._list("/prognosa")

    async def discharge_states(self, inpatient: bool) -> Rows:
        """GET /statuspulang/rawatInap/{true|false}."""
        return await self._list(f"/statuspulang/rawatInap/{'true' if inpatient else 'false'}")

    async def allergies(self, kind: Literal["01", "02", "03"]) -> Rows:
        """GET /alergi/jenis/{01 food|02 air|03 drug}."""
        return await self._list(f"/alergi/jenis/{part(kind)}")

    # Where to refer

    async def specialists(self) -> Rows:
        """GET /spesialis."""
        return await self._list("/spesialis")

    async def subspecialists(self, specialist: str) -> Rows:
        """GET /spesialis/{kd}/subspesialis."""
        return await self._list(f"/spesialis/{part(specialist)}/subspesialis")

    async def means(self) -> Rows:
        """GET /spesialis/sarana."""
        return await self._list("/spesialis/sarana")

    async def special_needs(self) -> Rows:
        """GET /spesialis/khusus."""
        return await self._list("/spesialis/khusus")

    async def referral_targets(self, subspecialist: str, means: str, day: date) -> Rows:
        """GET /spesialis/rujuk/subspesialis/{kd}/sarana/{kd}/tglEstRujuk/{d}."""
        path = f"/spesialis/rujuk/subspesialis/{part(subspecialist)}/sarana/{part(means)}/tglEstRujuk/{dmy(day)}"
        return await self._list(path)

    async def special_targets(self, need: str, card: str, day: date, subspecialist: str | None = None) -> Rows:
        """GET /spesialis/rujuk/khusus/{kd}[/subspesialis/{kd}]/noKartu/{noka}/tglEstRujuk/{d}.

        `subspecialist` for THA and HEM; the others go without.
        """
        middle = f"/subspesialis/{part(subspecialist)}" if subspecialist else ""
        path = f"/spesialis/rujuk/khusus/{part(need)}{middle}/noKartu/{part(card)}/tglEstRujuk/{dmy(day)}"
        return await self._list(path)

    # Medicines

    async def medicines(self, text: str, start: int = 0, limit: int = PAGE) -> Rows:
        """GET /obat/dpho/{q}/{s}/{l}."""
        return await self._list(f"/obat/dpho/{part(text)}/{start}/{limit}")

    async def medicines_of(self, visit: str) -> Rows:
        """GET /obat/kunjungan/{no}."""
        return await self._list(f"/obat/kunjungan/{part(visit)}")

    async def add_medicine(self, body: Body) -> Reply:
        """POST /obat/kunjungan."""
        return await self._call("POST", "/obat/kunjungan", body)

    async def remove_medicine(self, number: str, visit: str) -> Reply:
        """DELETE /obat/{kdObatSK}/kunjungan/{no}."""
        return await self._call("DELETE", f"/obat/{part(number)}/kunjungan/{part(visit)}")

    # Procedures

    async def procedures(self, kind: str, start: int = 0, limit: int = PAGE) -> Rows:
        """GET /tindakan/kdTkp/{kd}/{s}/{l}; kdTkp 10 outpatient, 20 inpatient, 50 promotive."""
        return await self._list(f"/tindakan/kdTkp/{part(kind)}/{start}/{limit}")

    async def procedures_of(self, visit: str) -> Rows:
        """GET /tindakan/kunjungan/{no}."""
        return await self._list(f"/tindakan/kunjungan/{part(visit)}")

    async def add_procedure(self, body: Body) -> Reply:
        """POST /tindakan."""
        return await self._call("POST", "/tindakan", body)

    async def change_procedure(self, body: Body) -> Reply:
        """PUT /tindakan."""
        return await self._call("PUT", "/tindakan", body)

    async def remove_procedure(self, number: str, visit: str) -> Reply:
        """DELETE /tindakan/{kdTindakanSK}/kunjungan/{no}."""
        return await self._call("DELETE", f"/tindakan/{part(number)}/kunjungan/{part(visit)}")

    # Check-ups, with the laboratory values KBK counts

    async def checkups_of(self, visit: str) -> Rows:
        """GET /MCU/kunjungan/{no}."""
        return await self._list(f"/MCU/kunjungan/{part(visit)}")

    async def add_checkup(self, body: Body) -> Reply:
        """POST /MCU."""
        return await self._call("POST", "/MCU", body)

    async def change_checkup(self, body: Body) -> Reply:
        """PUT /MCU."""
        return await self._call("PUT", "/MCU", body)

    async def remove_checkup(self, number: str, visit: str) -> Reply:
        """DELETE /MCU/{kdMCU}/kunjungan/{no}."""
        return await self._call("DELETE", f"/MCU/{part(number)}/kunjungan/{part(visit)}")

    # Groups of Prolanis

    async def clubs(self, programme: Literal["01", "02"]) -> Rows:
        """GET /kelompok/club/{01 DM|02 HT}."""
        return await self._list(f"/kelompok/club/{part(programme)}")

    async def activities(self, day: date) -> Rows:
        """GET /kelompok/kegiatan/{d}."""
        return await self._list(f"/kelompok/kegiatan/{dmy(day)}")

    async def add_activity(self, body: Body) -> Reply:
        """POST /kelompok/kegiatan; the number given is eduId."""
        return await self._call("POST", "/kelompok/kegiatan", body)

    async def remove_activity(self, activity: str) -> Reply:
        """DELETE /kelompok/kegiatan/{eduId}."""
        return await self._call("DELETE", f"/kelompok/kegiatan/{part(activity)}")

    async def participants(self, activity: str) -> Rows:
        """GET /kelompok/peserta/{eduId}."""
        return await self._list(f"/kelompok/peserta/{part(activity)}")

    async def add_participant(self, body: Body) -> Reply:
        """POST /kelompok/peserta."""
        return await self._call("POST", "/kelompok/peserta", body)

    async def remove_participant(self, activity: str, card: str) -> Reply:
        """DELETE /kelompok/peserta/{eduId}/{noka}."""
        return await self._call("DELETE", f"/kelompok/peserta/{part(activity)}/{part(card)}")

    # Screenings

    async def screening_summary(self) -> Rows:
        """GET /skrinning/rekap."""
        return await self._list("/skrinning/rekap")

    async def screenings(self, card: str, start: int = 0, limit: int = PAGE) -> Rows:
        """GET /skrinning/peserta/{noka}/{s}/{l}."""
        return await self._list(f"/skrinning/peserta/{part(card)}/{start}/{limit}")

    async def prolanis_screenings(
        self, programme: Literal["dm", "ht"], card: str, start: int = 0, limit: int = PAGE
    ) -> Rows:
        """GET /skrinning/prolanis/{dm|ht}/{noka}/{s}/{l}."""
        return await self._list(f"/skrinning/prolanis/{part(programme)}/{part(card)}/{start}/{limit}")
