"""Contracts of facilities with JKN."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, Field

from services.kernel.ids import BpjsFacilityCode, FacilityCode

JKN_CONTRACT = "jkn_contract"
"""Event type."""


class JknKind(StrEnum):
    """As what a facility works with JKN. Closed list."""

    PRIMARY = "fktp"
    REFERRAL = "fkrtl"
    SUPPORT = "penunjang"


class JknContract(BaseModel):
    """Kerja sama dengan BPJS Kesehatan pada suatu masa (a contract with JKN, and when)."""

    facility: FacilityCode = Field(examples=["P1410010101"])
    valid_from: date = Field(description="Mulai (first day)", examples=["2026-01-01"])
    valid_until: date | None = Field(None, description="Hari terakhir (last day)", examples=["2026-12-31"])
    ppk_code: BpjsFacilityCode | None = Field(None, description="Kode PPK di kontrak (PPK code)", examples=["9914P001"])
    kind: JknKind = Field(description="FKTP, FKRTL, atau penunjang (primary, referral, support)", examples=["fktp"])
    capitation: bool = Field(description="Dibayar kapitasi (paid by capitation)", examples=[True])
    number: str | None = Field(None, description="Nomor perjanjian (number)", examples=["PKS/2026/001"])
    version: int = Field(1, description="Naik satu pada tiap perubahan (version)")
