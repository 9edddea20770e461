"""Webhooks: wire models."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Type = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]{1,40}$")]


class NewWebhook(BaseModel):
    """Alamat yang mau diberi tahu (an address that wants to be told)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"url": "https://klinik.example/simpul", "types": ["Encounter", "Observation"]}]
        },
    )

    url: str = Field(max_length=500, description="URL https; tanpa pengalihan (no redirects)")
    types: list[Type] = Field(default=[], max_length=60, description="Hanya jenis ini; kosong: semua (types)")
    from_beginning: bool = Field(False, description="Juga yang sudah ada, bukan hanya yang baru (what is there too)")


class Webhook(BaseModel):
    """Satu webhook (one webhook)."""

    id: str
    url: str
    types: list[str]
    state: str = Field(description="active, paused, atau gone (alamatnya menjawab 410)", examples=["active"])
    facility: str | None
    created_by: str
    created_at: datetime
    delivered_at: datetime | None = Field(description="Kiriman berhasil terakhir (last success)")
    failures: int = Field(description="Kegagalan berturut-turut (failures in a row)")
    waiting: int
    dead: int = Field(description="Di daftar kiriman mati (in the dead-letter list)")


class MadeWebhook(Webhook):
    """Webhook baru dengan secret, yang hanya tampil sekali (the secret is shown once)."""

    secret: str


class Webhooks(BaseModel):
    """Webhook milik faskes ini (the facility's webhooks)."""

    webhooks: list[Webhook]


class Delivery(BaseModel):
    """Satu kiriman; `id` adalah header webhook-id (one delivery)."""

    id: str
    state: str = Field(description="waiting, delivered, atau dead", examples=["dead"])
    created_at: datetime
    attempts: int
    next_at: datetime | None
    status: int | None = Field(description="Status HTTP terakhir (last HTTP status)")
    error: str | None = Field(description="timeout, refused, dns, private-address, redirect, tls, http, test")
    entries: int = Field(description="Banyaknya perubahan di dalamnya (changes in it)")


class Deliveries(BaseModel):
    """Kiriman, terbaru dahulu (newest first)."""

    deliveries: list[Delivery]


class Tried(BaseModel):
    """Hasil kiriman uji (result of a test delivery)."""

    delivered: bool
    status: int | None
    error: str | None
    milliseconds: int


class Resend(BaseModel):
    """Kiriman mati yang dikirim lagi; kosong: semuanya (dead deliveries to send again; empty: all)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"ids": []}]})

    ids: list[Annotated[str, Field(max_length=64)]] = Field(default=[], max_length=1000)


class Resent(BaseModel):
    """Berapa yang dikirim lagi (how many)."""

    resent: int
