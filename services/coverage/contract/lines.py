"""Lines: what a facility signs in to a BPJS service with. Secrets come in and never go out."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints


class BpjsService(StrEnum):
    """Layanan web BPJS: alamat, akun, dan kebiasaannya sendiri (a BPJS web service)."""

    PCARE = "pcare"
    VCLAIM = "vclaim"
    ANTREAN = "antrean"
    ICARE = "icare"
    SRBK = "srbk"


SECRETS = ("cons_id", "secret", "user_key", "username", "password")
"""What is sealed and never shown."""

Sender = Literal["pcare", "srbk"]
Secret = Annotated[
    SecretStr,
    Field(min_length=1, max_length=200, json_schema_extra={"writeOnly": True}),
]


class LineState(StrEnum):
    """Keadaan jalur: open dipakai, held ditahan sampai diperbaiki, missing belum ada (state of a line)."""

    OPEN = "open"
    HELD = "held"
    MISSING = "missing"


class LineSettings(BaseModel):
    """Isian jalur; yang tidak disebut tetap seperti semula (settings of a line; what is not named stays)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "cons_id": "99140-9914P001",
                    "secret": "simulator-secret",
                    "user_key": "simulator-user-key",
                    "username": "simulator",
                    "password": "Simulasi#1",
                }
            ]
        },
    )

    cons_id: Secret | None = Field(None, description="X-cons-id dari BPJS")
    secret: Secret | None = Field(None, description="Secret key dari BPJS")
    user_key: Secret | None = Field(None, description="user_key layanan ini")
    username: Secret | None = Field(None, description="Akun PCare (PCare dan SRBK)")
    password: Secret | None = Field(None, description="Kata sandi PCare (PCare dan SRBK)")
    application: Annotated[str, StringConstraints(pattern=r"^\d{1,6}$")] | None = Field(
        None, description="kdAplikasi; bawaan 095", examples=["095"]
    )
    base_url: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        None,
        description="Alamat layanan bila lain dari yang dipakai instalasi ini; null: yang dipakai instalasi. "
        "Hanya dinas dan konektor (where it leads; the office and the connector only)",
        examples=["https://apijkn.bpjs-kesehatan.go.id/pcare-rest"],
    )
    content_type: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9/.+; =-]{1,80}$")] | None = Field(
        None,
        description="Content-Type pada POST/PUT bila lain dari kebiasaan layanan ini; `none`: tidak dikirim; "
        "null: kebiasaan layanan",
        examples=["text/plain"],
    )
    sender: Sender | None = Field(
        None, description="Pengirim rujukan faskes ini mulai `sender_from` (who sends referrals): pcare atau srbk"
    )
    sender_from: date | None = Field(None, description="Hari pertama pengirim itu dipakai (first day)")


class Line(BaseModel):
    """Satu jalur ke layanan BPJS, tanpa rahasianya (a line, without its secrets)."""

    facility: str = Field(examples=["P1410010101"])
    bpjs_code: str | None = Field(description="kdProvider", examples=["9914P001"])
    service: BpjsService
    state: LineState
    because: str | None = Field(
        None,
        description="Mengapa ditahan: signature, credentials, entitlement, consumer-expired, key (why it is held)",
        examples=["credentials"],
    )
    message: str | None = Field(None, description="Apa artinya dan apa yang harus dilakukan (what it means)")
    since: datetime | None = Field(None, description="Sejak kapan keadaan ini (since when)")
    checked_at: datetime | None = Field(None, description="Percobaan berhasil yang terakhir (last successful check)")
    kept: list[str] = Field(
        description="Rahasia yang tersimpan, tanpa isinya; kosong: akun umum simulator (which secrets are kept)",
        examples=[["cons_id", "secret", "user_key", "username", "password"]],
    )
    application: str | None = Field(None, description="kdAplikasi", examples=["095"])
    base_url: str | None = Field(None, description="Ke mana jalur ini menuju (where it leads)")
    content_type: str | None = None
    sender: Sender | None = None
    sender_from: date | None = None
    key: str | None = Field(None, description="Nomor kunci yang menyegel rahasianya (id of the sealing key)")
    version: int = Field(description="Bertambah bila cara masuknya berubah (counts changes of the sign-in)")
    changed_by: str | None = None
    changed_at: datetime | None = None


class Lines(BaseModel):
    """Daftar jalur (lines)."""

    items: list[Line]


class LineCheck(BaseModel):
    """Hasil mencoba sebuah jalur (what came of trying a line)."""

    ok: bool = Field(description="BPJS menerima tanda masuknya (BPJS accepts the sign-in)")
    because: str | None = Field(None, description="Mengapa tidak (why not)", examples=["signature"])
    message: str
    milliseconds: int = Field(description="Lama percobaan (how long it took)", examples=[180])
    line: Line
