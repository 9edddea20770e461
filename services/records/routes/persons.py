"""Persons in plain JSON (`/v1/persons`), who has no number yet and what to look at again (`/v1/identity/...`)."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Header, Path, Query

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.problems import Invalid, Text
from services.kernel.service import Svc
from services.records.contract.person import (
    Doubts,
    Known,
    NewProvisional,
    PersonSummary,
    ProvisionalPersons,
    Reason,
    Registered,
)
from services.records.usecases import persons

router = APIRouter(prefix="/v1", tags=["Identitas (identity)"])
Anyone = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN))]
Carer = Annotated[Actor, Depends(allow(*CARE_ROLES))]
After = Annotated[str | None, Query(description="Penanda dari halaman sebelumnya (page mark)")]
Limit = Annotated[int, Query(ge=1, le=500)]
PersonId = Annotated[
    str, Path(max_length=64, description="Id orang (person_id)", examples=["14100000-0001-8000-a000-000000000000"])
]
WaitingId = Annotated[
    str, Path(max_length=64, description="Id orang sementara", examples=["14100000-0004-8000-a000-000000000000"])
]


@router.get("/persons/{person}", summary="Ringkasan seseorang (person summary)")
async def summary(service: Svc, actor: Anyone, person: PersonId) -> PersonSummary:
    """Nomor-nomornya, desa, dan bila ia orang sementara: alasan dan sejak kapan. Id yang sudah digabungkan
    menunjukkan orang penggantinya."""
    return await persons.summary(service, actor, person)


@router.post("/persons", status_code=201, summary="Daftarkan orang tanpa nomor (register a provisional person)")
async def register(
    service: Svc,
    actor: Carer,
    asked: NewProvisional,
    idempotency_key: Annotated[
        str | None, Header(max_length=128, description="Kunci agar tidak terdaftar dua kali")
    ] = None,
) -> Registered:
    """Pasien gawat darurat tak dikenal, WNA, atau bayi tanpa NIK, dengan alasannya. Lewat FHIR: Patient dengan
    extension `https://simpul.id/fhir/StructureDefinition/provisional-person` (valueCode = alasan). Kunjungannya
    dirujukkan ke `patient_id`. Ia masuk daftar tindak lanjut sampai nomornya diketahui."""
    return await persons.register(service, actor, asked, idempotency_key)


@router.post("/persons/{person}/upgrade", summary="NIK kini diketahui (give a person their NIK)")
async def upgrade(service: Svc, actor: Anyone, person: WaitingId, known: Known) -> Registered:
    """NIK yang belum tercatat menjadi milik orang ini. NIK yang sudah tercatat: keduanya digabungkan (dapat
    dibatalkan), kecuali tanggal lahir atau jenis kelamin bertentangan (409)."""
    return await persons.upgrade(service, actor, person, known)


@router.get("/identity/provisional", summary="Orang sementara yang perlu ditindaklanjuti (provisional persons)")
async def provisional(
    service: Svc, actor: Anyone, reason: Reason | None = None, after: After = None, limit: Limit = 100
) -> ProvisionalPersons:
    """Terlama dulu: yang didaftarkan faskes ini dan penduduk wilayah kerjanya; dinas melihat semua."""
    found, place = await persons.provisional(service, actor, _opened(after), reason, limit)
    return ProvisionalPersons(persons=found, next=_mark(*place) if place else None)


@router.get("/identity/warnings", summary="Pendaftaran yang perlu diperiksa (registrations to look at again)")
async def warnings(service: Svc, actor: Anyone, after: After = None, limit: Limit = 100) -> Doubts:
    """NIK yang tidak cocok dengan tanggal lahir atau jenis kelamin, NIK ibu dipakai anak, NIK semu, nomor KK atau JKN
    yang salah bentuk. Tidak ada yang ditolak karenanya; daftar ini mengecil sendiri bila datanya dibetulkan."""
    found, place = await persons.doubted(service, actor, _opened(after), limit)
    return Doubts(registrations=found, next=_mark(*place) if place else None)


def _mark(moment: datetime, person: str) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([moment, person])).decode().rstrip("=")


def _opened(after: str | None) -> tuple[datetime, str] | None:
    if after is None:
        return None
    try:
        moment, person = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        return datetime.fromisoformat(moment).astimezone(UTC), str(person)
    except (binascii.Error, ValueError, TypeError):
        raise Invalid(Text("`after` bukan `next` dari halaman sebelumnya", "`after` is not a `next`")) from None
