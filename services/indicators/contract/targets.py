"""Official targets (sasaran resmi)."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.indicators.contract.words import Words


class TargetRow(BaseModel):
    """Satu sasaran resmi untuk desa atau puskesmas (one official target, for a village or a puskesmas)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"service": "SPM-01", "year": 2026, "village": "1410011001", "value": 15, "source": "Proyeksi Dinkes"}
            ]
        },
    )

    service: Annotated[
        str,
        Field(
            description="Layanan: SPM-01 … PIP-2 (service)",
            pattern=r"(?i)^(spm|pip)-\d{1,2}(-\d{4})?$",
            examples=["SPM-01"],
        ),
    ]
    year: Annotated[int, Field(ge=2000, le=2100, examples=[2026])]
    village: Annotated[str | None, Field(None, pattern=r"^\d{10}$", examples=["1410011001"])] = None
    puskesmas: Annotated[
        str | None, Field(None, max_length=32, description="Kode puskesmas, bila sasarannya per puskesmas")
    ] = None
    value: Annotated[int, Field(ge=0, le=100_000_000, examples=[15])]
    source: Annotated[
        str, Field(min_length=1, max_length=200, description="Asal angka (source)", examples=["Proyeksi Dinkes"])
    ]
    version: Annotated[str | None, Field(None, max_length=64, description="Versi; kosong = hari ini (version)")] = None


class Targets(BaseModel):
    """Sasaran resmi yang dimuat (official targets to load)."""

    model_config = ConfigDict(extra="forbid")

    items: Annotated[list[TargetRow], Field(min_length=1, max_length=50_000)]


class RefusedRow(BaseModel):
    """Baris yang ditolak (a refused row)."""

    line: int = Field(description="Nomor baris; dalam CSV tajuk = 1 (line)", examples=[7])
    column: str | None = Field(None, examples=["value"])
    reason: Words


class TargetsLoaded(BaseModel):
    """Hasil pemuatan sasaran (what a load of targets did)."""

    loaded: int = Field(examples=[101])
    refused: list[RefusedRow] = []
