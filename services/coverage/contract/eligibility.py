"""Questions about eligibility and their answers."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

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


class Basis(StrEnum):
    """Atas dasar apa JKN membayar di sini (on what ground JKN pays here, or why that is not sure)."""

    REGISTERED = "registered"
    EMERGENCY = "emergency"
    OUTSIDE_AREA = "outside-area"
    USED_UP = "outside-area-used-up"
    NEWBORN = "newborn"
    REFERRAL = "referral"
    """An active member at a hospital: on referral, or in an emergency."""
    INACTIVE = "inactive"
    UNKNOWN = "unknown"


class StatementSource(StrEnum):
    """Siapa yang menyatakan (who stated a membership): BPJS when asked, a monthly list, staff who saw a card."""

    BPJS = "bpjs"
    LIST = "list"
    STAFF = "staff"


class EligibilityQuestion(BaseModel):
    """Pertanyaan kelayakan: tepat satu dari nik, jkn, person_id (an eligibility question: exactly one of them)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"nik": "1410014107900001"},
                {"jkn": "0577535571856", "facility": "P1410010101"},
                {"nik": "1410014107900001", "serviced_date": "2026-11-21", "max_age": 0},
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

    serviced_date: date | None = Field(
        None, description="Tanggal pelayanan; kosong: hari ini (the day of service; default today)"
    )
    emergency: bool = Field(False, description="Gawat darurat: dilayani di faskes mana pun (an emergency)")
    max_age: Annotated[int, Field(ge=0, le=31 * 86_400)] | None = Field(
        None,
        description="Umur jawaban tersimpan yang masih diterima, dalam detik; 0 = tanya BPJS sekarang; kosong: menurut "
        "setelan (the oldest kept answer you accept, in seconds)",
        examples=[3600],
    )

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


class Elsewhere(BaseModel):
    """Kunjungan di luar FKTP terdaftar bulan ini (visits this month at an FKTP other than the registered one)."""

    used: int | None = Field(description="Hari berkunjung di faskes ini menurut rekam bersama (days seen here)")
    limit: int = Field(examples=[3])
    rule: str = Field(description="Dasar hukum (source of the rule)")


class Eligibility(BaseModel):
    """Jawaban kelayakan JKN (JKN eligibility)."""

    status: MemberStatus
    serviced_date: date | None = Field(None, description="Tanggal yang dijawab (the day this speaks of)")
    in_force: bool | None = Field(
        None, description="Berlaku pada tanggal itu; null bila tidak diketahui (in force on that day; null: unknown)"
    )
    covered: bool | None = Field(
        None,
        description="Dapat dilayani di faskes yang bertanya atas biaya JKN; null bila belum dapat dipastikan "
        "(whether JKN pays at the asking facility; null when nobody can tell)",
    )
    basis: Basis | None = Field(None, description="Dasarnya (on what ground)")
    elsewhere: Elsewhere | None = None
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
    age_seconds: int | None = Field(
        None, description="Umur pernyataan itu dalam detik (how old that statement is)", examples=[0]
    )
    source: AnswerSource
    stated_by: StatementSource | None = Field(None, description="Siapa yang menyatakannya (who stated it)")
    status_since: date | None = Field(
        None, description="Sejak kapan keadaan ini diketahui berlaku (since when this status is known to hold)"
    )
    dental_facility: RegisteredFacility | None = Field(None, description="FKTP gigi terdaftar (dental FKTP)")
    prolanis: list[Literal["DM", "HT"]] = Field([], description="Peserta Prolanis (enrolled for DM, HT)")
    prb: bool | None = Field(None, description="Peserta Program Rujuk Balik (enrolled for back-referral)")
    arrears: int | None = Field(None, description="Tunggakan iuran, rupiah (arrears)", examples=[0])
    cob: bool | None = Field(None, description="Ada penjamin lain (another insurer pays as well)")
    insurer: str | None = Field(None, description="Penjamin lain itu (the other insurer)")
    relationship: str | None = Field(None, description="Hubungan keluarga menurut BPJS", examples=["Peserta"])
    trouble: str | None = Field(
        None,
        description="Mengapa BPJS tidak menjawab sekarang: timeout, connection, server, credentials, signature, "
        "clock, rule, … (why there is no live answer)",
        examples=["timeout"],
    )
    message: str = Field(examples=["Peserta JKN aktif dan terdaftar di faskes ini."])
