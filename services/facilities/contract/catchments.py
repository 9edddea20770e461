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
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")
