"""Which puskesmas answers for which village, and when."""

from datetime import date

from pydantic import BaseModel, Field

from services.kernel.ids import FacilityCode, VillageCode

CATCHMENT = "catchment"
"""Event type; the subject is `village/valid_from`."""


class Catchment(BaseModel):
    """Puskesmas yang bertanggung jawab atas sebuah desa pada suatu masa (who answers for a village, and when)."""

    village: VillageCode = Field(examples=["1410011001"])
    facility: FacilityCode = Field(description="Kode puskesmas (puskesmas)", examples=["P1410010101"])
    valid_from: date = Field(description="Mulai berlaku (first day)", examples=["2020-01-01"])
    valid_until: date | None = Field(
        None, description="Hari terakhir berlaku; kosong = masih berlaku (last day, inclusive; empty = open)"
    )
    gap_reason: str | None = Field(
        None, description="Mengapa tidak ada puskesmas sesudahnya (why nobody follows)", examples=["Desa dikosongkan"]
    )
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")


class CatchmentMove(BaseModel):
    """Memindahkan satu desa ke puskesmas lain, tanpa celah dan tanpa tumpang tindih (move a village)."""

    village: VillageCode = Field(examples=["1410012016"])
    to: FacilityCode = Field(description="Puskesmas baru (the new puskesmas)", examples=["P1410010101"])
    from_day: date = Field(description="Hari pertama di puskesmas baru (first day there)", examples=["2026-10-01"])


class CatchmentEnd(BaseModel):
    """Mengakhiri tanggung jawab atas satu desa (end a catchment)."""

    village: VillageCode = Field(examples=["1410022003"])
    last_day: date = Field(description="Hari terakhir (last day)", examples=["2026-12-31"])
    leaving_gap: bool = Field(False, description="Sengaja tanpa penerus (nobody follows, on purpose)", examples=[True])
    reason: str | None = Field(
        None, min_length=3, max_length=200, description="Wajib bila tanpa penerus (required when nobody follows)",
        examples=["Desa dikosongkan sementara karena abrasi"],
    )  # fmt: skip


class CatchmentsChanged(BaseModel):
    """Baris wilayah kerja yang baru atau berubah (the rows that are new or changed)."""

    items: list[Catchment]
