"""BPJS' code lists as BPJS gives them today."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field


class ReferenceKind(StrEnum):
    """Daftar kode BPJS (code lists). Tertutup (closed)."""

    DIAGNOSIS = "diagnosis"
    DOCTOR = "doctor"
    POLI = "poli"
    PROVIDER = "provider"
    CONSCIOUSNESS = "consciousness"
    PROGNOSIS = "prognosis"
    DISCHARGE = "discharge"
    ALLERGY = "allergy"
    SPECIALIST = "specialist"
    SUBSPECIALIST = "subspecialist"
    MEANS = "means"
    SPECIAL = "special"
    REFERRAL_TARGET = "referral-target"
    MEDICINE = "medicine"
    PROCEDURE = "procedure"
    CLUB = "club"
    QUEUE_POLI = "queue-poli"
    QUEUE_DOCTOR = "queue-doctor"


class ReferenceItem(BaseModel):
    """Satu baris: kode dan nama, dan seluruh barisnya menurut BPJS (one row; `row` as BPJS gives it)."""

    code: str | None = Field(examples=["001"])
    name: str | None = Field(examples=["POLI UMUM"])
    row: dict[str, Any] = Field(examples=[{"kdPoli": "001", "nmPoli": "POLI UMUM", "poliSakit": True}])


class References(BaseModel):
    """Isi sebuah daftar kode (a code list)."""

    kind: ReferenceKind
    facility: str = Field(description="Jalur faskes yang dipakai bertanya (whose line)", examples=["P1410010101"])
    items: list[ReferenceItem]
    count: int = Field(description="Jumlah seluruhnya di BPJS (how many there are in all)")
    fetched_at: datetime = Field(description="Kapan BPJS memberikannya (when BPJS gave it)")
    age_seconds: int
    trouble: str | None = Field(
        None, description="Mengapa yang lama ditampilkan: BPJS tidak menjawab sekarang (why an old list is shown)"
    )
