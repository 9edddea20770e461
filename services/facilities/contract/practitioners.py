"""Health workers and where they work."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, Field

from services.kernel.ids import FacilityCode, PractitionerId

PRACTITIONER = "practitioner"
"""Event type; the subject is `id/facility/valid_from`: a placement. Names, NIK and numbers of licences are asked for
(`/internal/practitioners/{id}`), never announced."""


class Profession(StrEnum):
    """The nine kinds of health workers a puskesmas must have (Permenkes 19/2024), specialists, and supporting staff,
    who need no licence (Kepala TU, administration). Closed list."""

    DOCTOR = "dokter"
    DENTIST = "dokter-gigi"
    SPECIALIST = "dokter-spesialis"
    NURSE = "perawat"
    MIDWIFE = "bidan"
    PUBLIC_HEALTH = "kesmas"
    SANITARIAN = "sanitarian"
    NUTRITIONIST = "gizi"
    PHARMACIST = "farmasi"
    LABORATORY = "atlm"
    SUPPORT = "penunjang"


class Employment(StrEnum):
    """How somebody is employed."""

    PNS = "pns"
    PPPK = "pppk"
    CONTRACT = "kontrak"
    OWN_PRACTICE = "mandiri"


class Practitioner(BaseModel):
    """Tenaga kesehatan di satu faskes (a health worker at one facility)."""

    id: PractitionerId = Field(examples=["10009880001"])
    facility: FacilityCode = Field(description="Tempat praktik (place of practice)", examples=["P1410010101"])
    name: str = Field(description="Nama dengan gelar (name)", examples=["dr. Dewi Lestari"])
    profession: Profession = Field(description="Jenis tenaga (profession)", examples=["dokter"])
    employment: Employment | None = Field(None, description="Kepegawaian (employment)", examples=["pns"])
    str_number: str | None = Field(None, description="Nomor STR (registration of the profession)")
    str_valid_until: date | None = Field(None, description="Hari terakhir STR; kosong = seumur hidup (last day)")
    sip_number: str | None = Field(None, description="Nomor SIP di faskes ini (licence for this place)")
    sip_valid_until: date | None = Field(None, description="Hari terakhir SIP (its last day)")
    valid_from: date = Field(description="Mulai praktik di sini (first day)", examples=["2024-01-01"])
    valid_until: date | None = Field(None, description="Hari terakhir; kosong = masih (last day)")
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")


class PractitionerWithNumber(Practitioner):
    """Untuk layanan dalam saja (for peers only): with the NIK."""

    nik: str | None = None
