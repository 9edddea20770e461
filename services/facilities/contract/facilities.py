"""Facilities of every kind, with all their codes."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.facilities.contract.capacity import Bed, Equipment
from services.facilities.contract.hours import OpeningHours, SpecialDay
from services.facilities.contract.jkn import JknContract
from services.facilities.contract.offers import Competence, OfferedService
from services.kernel.ids import BpjsFacilityCode, FacilityCode, VillageCode

FACILITY = "facility"
"""Event type."""


class Kind(StrEnum):
    """What a facility is. Closed list."""

    PUSKESMAS = "puskesmas"
    PUSTU = "pustu"
    POSYANDU = "posyandu"
    KLINIK_PRATAMA = "klinik-pratama"
    KLINIK_UTAMA = "klinik-utama"
    TPMD = "tpmd"
    TPMB = "tpmb"
    DENTIST = "dentist"
    RS = "rs"
    LAB = "lab"
    APOTEK = "apotek"
    DINKES = "dinkes"


class Ownership(StrEnum):
    """Who owns a facility."""

    PUBLIC = "public"
    PRIVATE = "private"


class Status(StrEnum):
    """Whether a facility works. Closed list; only `active` ones give care (`active` is true for these alone)."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    PLANNED = "planned"


class HospitalClass(StrEnum):
    """Classes of hospitals (PP 47/2021; D pratama by Permenkes 24/2014)."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    D_PRATAMA = "D-pratama"


ORGANIZATION_TYPE = {
    Kind.TPMD: "101", Kind.TPMB: "101", Kind.DENTIST: "101", Kind.PUSKESMAS: "102", Kind.PUSTU: "102",
    Kind.POSYANDU: "102", Kind.KLINIK_PRATAMA: "103", Kind.KLINIK_UTAMA: "103", Kind.RS: "104",
}  # fmt: skip
"""SATUSEHAT's organization-type by kind: 101 praktik mandiri, 102 puskesmas and what belongs to one, 103 klinik,
104 rumah sakit. The others have none."""


class Facility(BaseModel):
    """Fasilitas kesehatan dengan semua kodenya (health facility with all its codes)."""

    model_config = ConfigDict(from_attributes=True)

    code: FacilityCode = Field(examples=["P1410010101"])
    name: str = Field(description="Nama faskes (name)", examples=["Puskesmas Selatpanjang"])
    kind: Kind = Field(description="Jenis (kind)", examples=["puskesmas"])
    ownership: Ownership = Field(description="Milik pemerintah atau swasta (ownership)", examples=["public"])
    satusehat_id: str | None = Field(
        None, description="Nomor organisasi SATUSEHAT (SATUSEHAT organisation number)", examples=["991410001"]
    )
    bpjs_code: BpjsFacilityCode | None = Field(
        None, description="Kode PPK BPJS, 8 huruf/angka (BPJS provider code)", examples=["9914P001"]
    )
    registration: str | None = Field(
        None, description="Kode registrasi Kemenkes (ministry registration)", examples=["91410010001"]
    )
    licence: str | None = Field(
        None, description="Nomor izin operasional (operating licence)", examples=["440/DINKES/IZIN/2024/001"]
    )
    licence_from: date | None = Field(None, description="Izin berlaku sejak (licence's first day)")
    licence_until: date | None = Field(
        None, description="Hari terakhir izin (licence's last day)", examples=["2029-12-31"]
    )
    nib: str | None = Field(
        None, description="Nomor Induk Berusaha, 13 angka (business number)", examples=["9914000000011"]
    )
    organization_type: str | None = Field(
        None, description="Jenis organisasi SATUSEHAT (organization-type code)", examples=["102"]
    )
    inpatient: bool | None = Field(
        None, description="Puskesmas/klinik dengan rawat inap; null = belum diketahui (takes in-patients)"
    )
    hospital_class: HospitalClass | None = Field(None, description="Kelas rumah sakit (hospital class)")
    village: VillageCode = Field(description="Kode desa/kelurahan letaknya (village)", examples=["1410011001"])
    address: str | None = Field(None, description="Alamat jalan (street address)", examples=["Jl. Merdeka No. 1"])
    latitude: float | None = Field(None, examples=[0.99688])
    longitude: float | None = Field(None, examples=[102.69738])
    phone: str | None = Field(None, description="Telepon (phone)", examples=["0763-990001"])
    email: str | None = Field(None, description="Surel (e-mail)", examples=["selatpanjang@puskesmas.example"])
    status: Status = Field(Status.ACTIVE, description="Keadaan (status)", examples=["active"])
    active: bool = Field(True, description="Masih beroperasi: status active (in operation)")
    valid_from: date | None = Field(None, description="Begini sejak (so since)", examples=["2020-01-01"])
    valid_until: date | None = Field(
        None, description="Begini sampai dengan; null = sampai ada perubahan (so until; null = until changed)"
    )
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")


class FacilityChange(BaseModel):
    """Satu perubahan yang pernah dicatat (a change as it was recorded)."""

    number: int = Field(description="Nomor urut pencatatan; 1 = yang pertama (order of recording)", examples=[1])
    valid_from: date = Field(description="Berlaku sejak (holds from)", examples=["2026-03-01"])
    recorded_at: datetime = Field(description="Dicatat pada (recorded at)")
    recorded_by: str = Field(description="Akun yang mencatat (by which account)", examples=["admin"])
    changed: dict[str, Any] = Field(
        description="Kolom yang berubah dan isi barunya (columns and what they became)",
        examples=[{"name": "Puskesmas Selatpanjang"}],
    )
    before: dict[str, Any] = Field(description="Isi sebelumnya (what they were)", examples=[{"name": "Puskesmas"}])


class FacilityNear(Facility):
    """Faskes dengan jaraknya dari titik yang diminta (a facility and how far it is from the asked point)."""

    distance_km: float | None = Field(None, description="Jarak lurus dalam km (distance as the crow flies)")


class FacilityWhole(Facility):
    """Faskes dengan bagian yang diminta `include` (a facility with the parts asked for)."""

    hours: list[OpeningHours] | None = Field(None, description="Jam buka (opening hours)")
    special_days: list[SpecialDay] | None = Field(None, description="Hari khusus sejak hari itu (special days)")
    services: list[OfferedService] | None = Field(None, description="Layanan (services)")
    competences: list[Competence] | None = Field(None, description="Kompetensi (competences)")
    equipment: list[Equipment] | None = Field(None, description="Alat (equipment)")
    beds: list[Bed] | None = Field(None, description="Tempat tidur (beds)")
    jkn: list[JknContract] | None = Field(None, description="Kerja sama JKN (JKN contract)")
