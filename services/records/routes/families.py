"""The family folder (`/v1/families`)."""

import base64
import binascii
from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Response

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.problems import FHIR_JSON, Fault, Invalid, Text
from services.kernel.service import Svc
from services.records.contract.family import Families, FamilyDetail, NewFamily, UnplacedPersons
from services.records.room import room
from services.records.usecases import families

router = APIRouter(prefix="/v1/families", tags=["Keluarga (family folder)"])
Reader = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN))]
FamilyId = Annotated[
    str,
    Path(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", examples=["14100000-0000-8000-b000-000000000001"],
        description="Id keluarga, UUID; untuk keluarga baru dipilih pengirim (family id)",
    ),
]  # fmt: skip
OnDay = Annotated[date | None, Query(description="Anggota pada hari itu; kosong = hari ini (members of that day)")]
VillageCode = Annotated[
    str, Query(pattern=r"^\d{10}$", description="Kode desa (village code)", examples=["1410011001"])
]
Village = Annotated[
    str | None, Query(pattern=r"^\d{10}$", description="Kode desa (village code)", examples=["1410011001"])
]
After = Annotated[str | None, Query(max_length=200, description="Isi `next` dari halaman sebelumnya (cursor)")]
Limit = Annotated[int, Query(ge=1, le=500, description="Banyaknya tiap halaman (page size)")]


@router.get("", summary="Daftar keluarga (families)")
async def listed(
    service: Svc, actor: Reader, village: Village = None,
    posyandu: Annotated[
        str | None, Query(pattern=r"^[A-Za-z0-9-]{2,32}$", description="Kode posyandu (posyandu)")
    ] = None,
    after: After = None, limit: Limit = 100,
) -> Families:  # fmt: skip
    """Keluarga satu desa atau satu posyandu. Puskesmas melihat keluarga wilayah kerjanya; faskes lain hanya keluarga
    orang yang boleh dilihatnya. Nama kepala keluarga yang tampil dicatat di log akses. (Households of a village or
    posyandu; who is shown is logged.)"""
    found = await families.listed(service, actor, village, posyandu, _opened(after), limit + 1)
    items = found[:limit]
    return Families(items=items, next=_mark(items[-1].id) if len(found) > limit else None)


@router.get("/unplaced", summary="Orang tanpa keluarga (persons of no family)")
async def unplaced(
    service: Svc, actor: Reader,
    village: VillageCode,
    after: After = None, limit: Limit = 100,
) -> UnplacedPersons:  # fmt: skip
    """Penduduk desa itu yang belum tercatat di keluarga mana pun (residents of no household)."""
    found = await families.unplaced(service, actor, village, _opened(after), limit + 1)
    items = found[:limit]
    return UnplacedPersons(persons=items, next=_mark(items[-1].person_id) if len(found) > limit else None)


@router.get("/{family}", summary="Satu keluarga (one family)")
async def one(service: Svc, actor: Reader, family: FamilyId, on: OnDay = None) -> FamilyDetail:
    """Tempat tinggal, anggota pada satu hari, dan kunjungan rumahnya (home, members, visits)."""
    return await families.one(service, actor, family, on)


@router.get("/{family}/group", summary="Keluarga sebagai FHIR Group (family as a Group)")
async def group(service: Svc, actor: Reader, family: FamilyId, on: OnDay = None) -> Response:
    """Group (person, actual) dengan anggota yang boleh Anda lihat (a Group of the members you may see)."""
    found = await families.one(service, actor, family, on)
    body: dict[str, Any] = families.group(found, room(service).organization_of(actor.facility) or None)
    return Response(orjson.dumps(body), media_type=FHIR_JSON)


@router.put("/{family}", summary="Catat keluarga (record a family)")
async def put(service: Svc, actor: Reader, family: FamilyId, body: NewFamily) -> FamilyDetail:
    """Keluarga seperti adanya sejak suatu hari, oleh puskesmas penanggung jawab desanya: anggota keluarga lain yang
    disebut pindah ke sini, anggota lama yang tidak disebut keluar sehari sebelumnya. Riwayatnya tetap. (A household as
    it is from a day on; days before stay as they were.)"""
    return await families.put(service, actor, family, body)


def _mark(id_: str) -> str:
    return base64.urlsafe_b64encode(id_.encode()).decode().rstrip("=")


def _opened(after: str | None) -> str:
    try:
        id_ = base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)).decode() if after else ""
    except (binascii.Error, ValueError):
        id_ = "\0"
    if not id_.isprintable():
        text = Text("Isi `after` dengan `next` dari halaman sebelumnya", "Fill `after` with the previous page's `next`")
        raise Invalid(text, [Fault("/after", text)])
    return id_
