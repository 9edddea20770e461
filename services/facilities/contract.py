"""The network as other services see it: wire models, the words they use, the types of its events."""

from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from services.kernel.ids import AreaCode, BpjsFacilityCode, FacilityCode, PractitionerId, VillageCode

FACILITY, AREA, CATCHMENT, PRACTITIONER = "facility", "area", "catchment", "practitioner"
"""Types of the events in this service's feed. A catchment's subject is `village/valid_from`, a practitioner's
`id/facility`; names and NIK of practitioners are asked for (`/internal/practitioners/{id}`), never announced."""


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


class Profession(StrEnum):
    """The nine kinds of health workers a puskesmas must have (Permenkes 19/2024), and specialists. Closed list."""

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


class Level(StrEnum):
    """An area's level; the length of its code follows from it."""

    PROVINSI = "provinsi"
    KABUPATEN = "kabupaten"
    KOTA = "kota"
    KECAMATAN = "kecamatan"
    DESA = "desa"
    KELURAHAN = "kelurahan"


CODE_LENGTH = {
    Level.PROVINSI: 2, Level.KABUPATEN: 4, Level.KOTA: 4, Level.KECAMATAN: 6, Level.DESA: 10, Level.KELURAHAN: 10,
}  # fmt: skip

ORGANIZATION_TYPE = {
    Kind.TPMD: "101", Kind.TPMB: "101", Kind.DENTIST: "101", Kind.PUSKESMAS: "102", Kind.PUSTU: "102",
    Kind.POSYANDU: "102", Kind.KLINIK_PRATAMA: "103", Kind.KLINIK_UTAMA: "103", Kind.RS: "104",
}  # fmt: skip
"""SATUSEHAT's organization-type by kind: 101 praktik mandiri, 102 puskesmas and what belongs to one, 103 klinik,
104 rumah sakit. The others have none."""


class Area(BaseModel):
    """Wilayah administrasi menurut kode Kemendagri (administrative area)."""

    code: AreaCode = Field(examples=["1410011001"])
    name: str = Field(description="Nama wilayah (name)", examples=["Selatpanjang Kota"])
    level: Level = Field(description="Tingkat (level)", examples=["kelurahan"])
    parent: AreaCode | None = Field(None, description="Kode wilayah di atasnya (parent)", examples=["141001"])
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")


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
    organization_type: str | None = Field(
        None, description="Jenis organisasi SATUSEHAT (organization-type code)", examples=["102"]
    )
    village: VillageCode = Field(description="Kode desa/kelurahan letaknya (village)", examples=["1410011001"])
    latitude: float | None = Field(None, examples=[0.99688])
    longitude: float | None = Field(None, examples=[102.69738])
    phone: str | None = Field(None, description="Telepon (phone)", examples=["0763-990001"])
    active: bool = Field(True, description="Masih beroperasi (in operation)")
    valid_from: date | None = Field(None, description="Tercatat sejak (registered since)", examples=["2020-01-01"])
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")


class Catchment(BaseModel):
    """Puskesmas yang bertanggung jawab atas sebuah desa pada suatu masa (who answers for a village, and when)."""

    village: VillageCode = Field(examples=["1410011001"])
    facility: FacilityCode = Field(description="Kode puskesmas (puskesmas)", examples=["P1410010101"])
    valid_from: date = Field(description="Mulai berlaku (first day)", examples=["2020-01-01"])
    valid_until: date | None = Field(
        None, description="Hari terakhir berlaku; kosong = masih berlaku (last day, inclusive; empty = open)"
    )
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")


class Practitioner(BaseModel):
    """Tenaga kesehatan di satu faskes (a health worker at one facility)."""

    id: PractitionerId = Field(examples=["10009880001"])
    facility: FacilityCode = Field(description="Tempat praktik (place of practice)", examples=["P1410010101"])
    name: str = Field(description="Nama dengan gelar (name)", examples=["dr. Dewi Lestari"])
    profession: Profession = Field(description="Jenis tenaga (profession)", examples=["dokter"])
    str_number: str | None = Field(None, description="Nomor STR (registration of the profession)")
    sip_number: str | None = Field(None, description="Nomor SIP di faskes ini (licence for this place)")
    valid_from: date | None = Field(None, description="Mulai praktik di sini (first day)", examples=["2024-01-01"])
    valid_until: date | None = Field(None, description="Hari terakhir; kosong = masih (last day)")
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")


class PractitionerWithNumber(Practitioner):
    """Untuk layanan dalam saja (for peers only): with the NIK."""

    nik: str | None = None


T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    """Satu halaman daftar (one page of a list)."""

    items: list[T]
    next: str | None = Field(
        None, description="Isi parameter `after` untuk halaman berikutnya; null bila habis (next page's `after`)"
    )
