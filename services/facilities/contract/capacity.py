"""What facilities have: equipment and beds."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from services.kernel.ids import FacilityCode

EQUIPMENT = "equipment"
BED = "bed"
FREE_BED = "free_bed"
FREE_SLOT = "free_slot"
"""Event types."""


class Equipment(BaseModel):
    """Alat menurut pemeriksaan terakhir (equipment as last checked)."""

    facility: FacilityCode = Field(examples=["P1410010101"])
    item: str = Field(description="Alat (item)", examples=["usg"])
    checked_on: date = Field(description="Diperiksa pada (checked on)", examples=["2026-01-15"])
    count: int = Field(description="Banyaknya (how many)", examples=[2])
    working: int = Field(description="Yang berfungsi (how many work)", examples=[1])
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")


class CareClass(StrEnum):
    """Classes of beds. Closed list."""

    VIP = "vip"
    FIRST = "1"
    SECOND = "2"
    THIRD = "3"
    KRIS = "kris"
    GENERAL = "umum"
    ICU = "icu"
    HCU = "hcu"
    NICU = "nicu"
    PICU = "picu"
    ISOLATION = "isolasi"
    DELIVERY = "bersalin"
    PERINATOLOGY = "perinatologi"
    EMERGENCY = "igd"


class Bed(BaseModel):
    """Tempat tidur satu ruang dan kelas, dan yang kosong menurut laporan terakhir (beds, and those last told free)."""

    facility: FacilityCode = Field(examples=["R1410010401"])
    unit: str = Field(description="Ruang (ward)", examples=["melati"])
    care_class: CareClass = Field(description="Kelas (class)", examples=["3"])
    valid_from: date = Field(description="Sejak (from)", examples=["2024-01-01"])
    total: int = Field(description="Banyaknya (how many)", examples=[20])
    free: int | None = Field(None, description="Kosong (free)", examples=[6])
    reported_at: datetime | None = Field(None, description="Dilaporkan pada (reported at)")
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")


class FreeSlot(BaseModel):
    """Tempat kosong sebuah layanan menurut laporan terakhir: berapa pasien lagi dapat diterima sekarang (free places of
    a service as last told: how many more can come now)."""

    facility: FacilityCode = Field(examples=["R1410010401"])
    service: str = Field(description="Kode jenis layanan (service)", examples=["spesialis"])
    free: int = Field(description="Yang kosong (free)", examples=[5])
    reported_at: datetime = Field(description="Dilaporkan pada (reported at)")
    version: int = Field(1, description="Naik satu pada tiap laporan (one more with each report)")


class CapacityReport(BaseModel):
    """Satu laporan kapasitas yang pernah diberikan (a report of capacity that was given)."""

    what: str = Field(description="bed: ruang/kelas; slot: layanan (ward/class, or service)", examples=["melati/3"])
    kind: str = Field(description="bed atau slot (bed or slot)", examples=["bed"])
    free: int = Field(examples=[6])
    reported_at: datetime
    reported_by: str = Field(description="Akun atau aplikasi (account or application)")
