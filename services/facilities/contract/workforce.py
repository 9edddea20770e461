"""Licences of health workers, what each puskesmas needs of them, and how that stands over time."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, Field

from services.facilities.contract.practitioners import Profession
from services.kernel.ids import FacilityCode, PractitionerId

LICENCE = "licence"
"""Event type; an STR or a SIP has come or changed: who, kind, place, days. Its number is asked for, not announced."""
PROFESSIONAL = "professional"
"""Event type; a person is new or is called otherwise."""


class LicenceKind(StrEnum):
    """STR: registration of the person (lifelong since UU 17/2023). SIP: licence for one place of practice."""

    STR = "str"
    SIP = "sip"


class LicenceState(StrEnum):
    """How a licence stands on a day."""

    VALID = "valid"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    MISSING = "missing"


class Care(StrEnum):
    """Whether a puskesmas has beds."""

    INPATIENT = "ranap"
    OUTPATIENT = "non-ranap"


class Setting(StrEnum):
    """Where a puskesmas works (Permenkes 43/2019, 19/2024)."""

    URBAN = "perkotaan"
    RURAL = "perdesaan"
    REMOTE = "terpencil"


class RuleName(StrEnum):
    """Dated numbers: `sip-limit` of a profession; `licence-alarm` days before an STR or SIP ends; `working-minutes`
    of one worker's year (subject `abk`)."""

    SIP_LIMIT = "sip-limit"
    LICENCE_ALARM = "licence-alarm"
    WORKING_MINUTES = "working-minutes"


class Licence(BaseModel):
    """Izin seorang tenaga kesehatan di satu tempat praktik pada suatu hari (a licence at a place, on a day)."""

    practitioner: PractitionerId = Field(description="Nomor IHS (IHS number)", examples=["10009880001"])
    name: str | None = Field(
        None, description="Nama; hanya untuk faskesnya dan Dinkes (name; for the facility and the health office only)"
    )
    profession: Profession = Field(examples=["dokter"])
    facility: FacilityCode = Field(description="Tempat praktik (place of practice)", examples=["P1410010101"])
    kind: LicenceKind = Field(description="STR atau SIP (registration or practice licence)", examples=["sip"])
    number: str | None = Field(description="Nomor; null bila belum ada (number; null when missing)")
    valid_until: date | None = Field(description="Hari terakhir; null = seumur hidup atau belum ada (last day)")
    days_left: int | None = Field(description="Sisa hari; negatif = sudah lewat (days left; negative when over)")
    state: LicenceState = Field(description="Keadaan (state)", examples=["expiring"])


class Staffing(BaseModel):
    """Satu jenis tenaga di satu puskesmas pada suatu hari (one kind of health worker at a puskesmas on a day)."""

    profession: Profession
    placed: int = Field(description="Orang yang bekerja di sini (people placed here)", examples=[2])
    have: int = Field(description="Di antaranya STR dan SIP berlaku (of them with valid STR and SIP)", examples=[1])
    needed: int = Field(description="Jumlah minimum (minimum)", examples=[2])
    gap: int = Field(description="Kekurangan, 0 bila cukup (shortage, 0 when enough)", examples=[1])
    workload: float | None = Field(
        None, description="Kebutuhan menurut analisis beban kerja; null bila belum dihitung (need by workload)"
    )
    regulation: str | None = Field(None, description="Dasar jumlah minimum (source of the minimum)")


class PuskesmasStaffing(BaseModel):
    """Sembilan jenis tenaga di satu puskesmas pada suatu hari (the nine kinds at one puskesmas on a day)."""

    facility: FacilityCode = Field(examples=["P1410010101"])
    name: str = Field(examples=["Puskesmas Selatpanjang"])
    care: Care = Field(description="Rawat inap atau tidak (with beds or not)")
    setting: Setting = Field(description="Wilayah kerja (urban, rural, remote)")
    complete: bool = Field(description="Sembilan jenis lengkap: tiap jenis ada satu berizin (each kind at least once)")
    enough: bool = Field(description="Jumlah minimum tiap jenis terpenuhi (each minimum met)")
    missing: list[Profession] = Field(description="Jenis yang tidak ada (kinds nobody is there of)")
    kinds: list[Staffing]


class Shortage(BaseModel):
    """Satu jenis tenaga di seluruh puskesmas (one kind over all puskesmas)."""

    profession: Profession
    have: int
    needed: int
    gap: int = Field(description="Jumlah kekurangan puskesmas (sum of their shortages)")
    lacking: int = Field(description="Puskesmas yang tidak punya sama sekali (puskesmas with none)")
    planned: int = Field(0, description="Formasi yang direncanakan pada hari itu (posts planned by that day)")


class District(BaseModel):
    """Gambaran kabupaten pada suatu hari (the district on a day)."""

    on: date
    puskesmas: int = Field(examples=[10])
    complete: int = Field(description="Puskesmas dengan 9 jenis lengkap (complete sets)", examples=[6])
    complete_with_plan: int = Field(description="Bila formasi terisi (when planned posts are filled)", examples=[7])
    enough: int = Field(description="Puskesmas yang memenuhi jumlah minimum (minimum met)", examples=[2])
    kinds: list[Shortage]


class Lack(BaseModel):
    """Masa suatu puskesmas tidak punya suatu jenis tenaga (days a puskesmas is without a kind)."""

    facility: FacilityCode
    profession: Profession
    valid_from: date = Field(description="Sejak (from)", examples=["2027-03-01"])
    valid_until: date | None = Field(None, description="Hari terakhir; null = belum diketahui ujungnya (last day)")
    planned: date | None = Field(None, description="Formasi yang mengisinya mulai (a planned post fills it from)")


class StaffingTrajectory(BaseModel):
    """Sembilan jenis dari bulan ke bulan, dan kekosongannya (month by month, and where somebody will lack)."""

    months: list[District] = Field(description="Keadaan pada hari pertama tiap bulan (first day of each month)")
    lacks: list[Lack]


class StaffingNorm(BaseModel):
    """Jumlah minimum satu jenis tenaga (how many of a kind a puskesmas must have)."""

    care: Care
    setting: Setting
    profession: Profession
    minimum: int
    regulation: str
    valid_from: date
    valid_until: date | None = None
    version: int = 1


class WorkforceRule(BaseModel):
    """Angka bertanggal (a dated number)."""

    rule: RuleName
    subject: str
    value: int
    action: str | None = Field(None, description="`refuse` atau `warn`, untuk sip-limit (for sip-limit)")
    regulation: str
    valid_from: date
    valid_until: date | None = None
    version: int = 1


class PlannedPost(BaseModel):
    """Formasi yang direncanakan (planned posts)."""

    facility: FacilityCode
    profession: Profession
    posts: int
    employment: str | None = None
    source: str | None = None
    valid_from: date
    valid_until: date | None = None
    version: int = 1


class Workload(BaseModel):
    """Satu tugas dalam analisis beban kerja (a task in the workload analysis)."""

    facility: FacilityCode
    profession: Profession
    task: str
    minutes: float
    volume: int
    valid_from: date
    valid_until: date | None = None
    version: int = 1
