"""The ILP panel: readiness, the network, satisfaction, referral, learning; each number with the list it opens to."""

from datetime import date
from typing import Any

from pydantic import BaseModel, Field

from services.indicators.contract.words import Words


class IlpNumber(BaseModel):
    """Satu angka ILP (one number)."""

    code: str = Field(examples=["puskesmas-ilp"])
    title: Words
    formula: Words
    value: float | None = Field(description="Pembilang, atau nilainya (numerator, or the value)", examples=[12])
    of: float | None = Field(None, description="Penyebut (denominator)", examples=[10])
    percent: float | None = Field(None, description="value ÷ of × 100; boleh lebih dari 100", examples=[120.0])
    link: str = Field(
        description="Daftar di balik angka (the list behind it)", examples=["/v1/readiness?on=2026-11-21"]
    )
    source: str = Field(description="Peraturan atau asalnya (regulation or origin)")
    detail: dict[str, Any] = Field({}, description="Yang menyertainya (what goes with it)")


class Absent(BaseModel):
    """Bagian yang tidak dapat ditampilkan (a part that cannot be shown)."""

    code: str
    reason: Words


class PrivateShare(BaseModel):
    """Bagian anggota swasta dalam satu angka SPM (private members' part of one number)."""

    standard: str = Field(examples=["spm-08.permenkes-6-2024"])
    title: Words
    served: int | None = Field(description="Dilayani seluruhnya (served in all)", examples=[120])
    private: int | None = Field(description="Di antaranya dengan butir dari anggota swasta (with a private item)")
    share: float | None = Field(description="private ÷ served × 100")
    suppressed: bool = False
    link: str


class Learned(BaseModel):
    """Satu kunjungan belajar yang terlaksana (one learning visit that was done)."""

    id: str
    host: str
    guests: list[str]
    indicator: str | None
    done_on: date | None
    link: str = Field(description="Capaian peserta sebelum dan sesudah (participants before and after)")


class IlpPanel(BaseModel):
    """Panel ILP pada satu hari (the ILP panel on a day)."""

    on: date
    period: str | None = Field(None, description="Periode survei kepuasan (survey period)", examples=["2026-S1"])
    numbers: list[IlpNumber]
    private: list[PrivateShare]
    learning: list[Learned]
    absent: list[Absent] = Field(description="Yang sedang tidak dapat ditampilkan, dan mengapa (what is not there)")
