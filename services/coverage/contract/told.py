"""What BPJS would be told of a visit now, for the people who answer for it."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field


class MissingShown(BaseModel):
    """Yang belum ada (what BPJS asks for and nobody says)."""

    field: str = Field(examples=["kdDokter"])
    message: str
    where: Literal["record", "maps", "referral"] = Field(
        description="Di mana melengkapinya: rekam kunjungan, padanan kode, rujukan (where to mend it)"
    )


class LeftShown(BaseModel):
    """Yang tidak disampaikan sebagaimana tercatat (not told as it stands in the record)."""

    field: str = Field(examples=["lingkarPerut"])
    why: Literal["missing", "rounded", "shortened", "no-code", "no-place", "no-quantity", "more-than-one"] = Field(
        description="missing: tidak diukur, dikirim 0 · rounded: dibulatkan · shortened: dipendekkan · no-code: tanpa"
        " kode · no-place: tidak ada tempatnya · no-quantity: tanpa jumlah · more-than-one: hanya satu yang dikirim"
    )


class ToldShown(BaseModel):
    """Yang akan disampaikan ke BPJS tentang satu kunjungan (what BPJS would be told of a visit)."""

    visit_id: str
    person_id: str
    day: date
    state: Literal["ready", "gap", "skipped", "cancelled"]
    because: str | None = Field(None, description="Mengapa tidak dikirim (why it is not sent)", examples=["inactive"])
    message: str | None = None
    missing: list[MissingShown] = []
    left: list[LeftShown] = []
    registration: dict[str, Any] | None = Field(None, description="Badan POST /pendaftaran, tanpa nomor kartu")
    visit: dict[str, Any] | None = Field(None, description="Badan POST /kunjungan/V1, tanpa nomor kartu")
    medicines: list[dict[str, Any]] = []
    procedures: list[dict[str, Any]] = []
    checkup: dict[str, Any] | None = None
