"""Facilities of every kind, with all their codes."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

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
