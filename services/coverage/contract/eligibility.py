"""Questions about eligibility and their answers."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.kernel.ids import FacilityCode, JknNumber, Nik


class MemberStatus(StrEnum):
    """Keadaan kepesertaan (membership). `unknown` is said when nobody can tell, never instead of a statement."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    NOT_FOUND = "not_found"
    UNKNOWN = "unknown"


class AnswerSource(StrEnum):
    """Asal jawaban (where the answer comes from): BPJS now, our last known answer, or nothing at all."""

    LIVE = "live"
    CACHED = "cached"
    NONE = "none"


class EligibilityQuestion(BaseModel):
    """Pertanyaan kelayakan: tepat satu dari nik, jkn, person_id (an eligibility question: exactly one of them)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"nik": "1410014107900001"},
                {"jkn": "0577535571856", "facility": "P1410010101"},
            ]
        },
    )

    nik: Nik | None = None
    jkn: JknNumber | None = None
    person_id: (
        Annotated[str, Field(min_length=1, max_length=64, description="Nomor orang di rekam bersama (our person id)")]
        | None
    ) = None
    facility: (
        Annotated[
            FacilityCode,
            Field(
                description="Faskes yang bertanya; kosong: faskes pada token (asking facility; default: the token's)",
                examples=["P1410010101"],
            ),
        ]
        | None
    ) = None

    @model_validator(mode="after")
    def _one_number(self) -> "EligibilityQuestion":
        if sum(v is not None for v in (self.nik, self.jkn, self.person_id)) != 1:
            raise ValueError("isi tepat satu dari nik, jkn, person_id / give exactly one of nik, jkn, person_id")
        return self


class BpjsCode(BaseModel):
    """Kode BPJS dan namanya (a BPJS code and its name)."""

    code: str | None = Field(None, examples=["21"])
    name: str | None = Field(None, examples=["PBI (APBN)"])


class RegisteredFacility(BaseModel):
    """FKTP tempat terdaftar (the first-level facility the member is registered at)."""

    bpjs_code: str = Field(description="Kode faskes di BPJS (kdProvider)", examples=["9914P001"])
    name: str | None = Field(None, examples=["Puskesmas Selatpanjang"])
    facility: str | None = Field(
        None, description="Kode di registri ini, bila dikenal (our facility code, when known)", examples=["P1410010101"]
    )


class Eligibility(BaseModel):
    """Jawaban kelayakan JKN (JKN eligibility)."""

    status: MemberStatus
    eligible_here: bool | None = Field(
        description="Aktif dan terdaftar di faskes yang bertanya; null bila tidak diketahui atau tanpa faskes "
        "(active and registered at the asking facility; null when unknown)"
    )
    person_id: str | None = Field(
        description="Nomor orang di rekam bersama, bila sudah ada (our person id, when known)"
    )
    status_text: str | None = Field(None, description="Keterangan asli dari BPJS (ketAktif)", examples=["AKTIF"])
    member_since: date | None = Field(None, description="Mulai aktif (tglMulaiAktif)", examples=["2014-11-12"])
    valid_until: date | None = Field(None, description="Akhir berlaku (tglAkhirBerlaku)", examples=["2050-01-01"])
    care_class: BpjsCode | None = Field(None, description="Kelas rawat (class of care)")
    payer: BpjsCode | None = Field(None, description="Segmen peserta (payer segment)")
    registered_facility: RegisteredFacility | None = None
    checked_at: datetime | None = Field(
        description="Kapan BPJS menyatakannya; null bila belum pernah (when BPJS stated it)"
    )
    source: AnswerSource
    trouble: str | None = Field(
        None,
        description="Mengapa BPJS tidak menjawab sekarang: timeout, connection, server, credentials, signature, "
        "clock, rule, … (why there is no live answer)",
        examples=["timeout"],
    )
    message: str = Field(examples=["Peserta JKN aktif dan terdaftar di faskes ini."])
