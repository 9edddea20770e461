"""Areas over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.facilities.contract import Area, AreaChange, AreaChanges, AreaDetail, Level, Page
from services.facilities.queries import areas as queries
from services.facilities.routes import loading, paging
from services.facilities.routes.filters import Anyone, AreaFilter, AreaPath, NameFilter, OnDay
from services.facilities.rules.listing import Asked
from services.facilities.usecases import area_changes as acts
from services.facilities.usecases import areas as usecases
from services.kernel.service import Svc

router = APIRouter(prefix="/v1", tags=["Jejaring (network)"])


@router.get("/areas", summary="Daftar wilayah (areas)", response_model=Page[Area], responses=paging.FORMS)
async def areas(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.AREAS)],
    parent: AreaFilter = None, level: Level | None = None, name: NameFilter = None, on: OnDay = None,
) -> Response:  # fmt: skip
    """Wilayah yang berlaku pada satu hari, dengan nama hari itu; `parent` memberi isi satu wilayah (areas in force on a
    day, under that day's names; `parent` gives one area's parts)."""
    day = on or service.clock.today()
    return await paging.answer(service, request, queries.chosen(parent, level, name, day), asked)


@router.get("/areas/changes", summary="Perubahan wilayah (changes of areas)", response_model=Page[AreaChange])
async def changes(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.CHANGES)],
    code: Annotated[
        str | None, Query(pattern=r"^\d{2,10}$", examples=["1410032008"], description="Kode lama atau baru (either)")
    ] = None,
    since: Annotated[date | None, Query(description="Sejak hari itu (from that day on)")] = None,
) -> Response:  # fmt: skip
    """Pemekaran, penggabungan, pergantian kode atau nama, menurut harinya (splits, merges, new codes or names)."""
    return await paging.answer(service, request, queries.chosen_changes(code, since), asked)


_SPLIT = {
    "from_day": "2027-01-01",
    "regulation": "Perda Kab. Kepulauan Meranti 3/2026 (contoh)",
    "changes": [
        {
            "kind": "pemekaran",
            "old": ["1410032008"],
            "new": [
                {"code": "1410032008", "name": "Penyagun", "level": "desa"},
                {"code": "1410032091", "name": "Penyagun Timur", "level": "desa"},
            ],
        }
    ],
}


@router.post(
    "/areas/changes", summary="Catat perubahan wilayah (record changes of areas)", status_code=201,
    openapi_extra={"requestBody": {"content": {"application/json": {"example": _SPLIT}}}},
)  # fmt: skip
async def change(service: Svc, actor: loading.Admin, body: AreaChanges) -> Page[AreaChange]:
    """Perubahan menurut satu peraturan, semua atau tidak sama sekali. Kode baru mulai pada `from_day`, kode lama yang
    tidak ada di `new` berakhir sehari sebelumnya. Desa baru mengikuti puskesmas desa lama, faskes pindah ke kode baru,
    dan kode lama yang masih tertulis pada alamat orang tetap terlayani. Ditolak (409) bila masih ada yang bergantung:
    wilayah di dalamnya, faskes, wilayah kerja, atau penduduk. (All or nothing; carries catchments and facilities along;
    refused with what stands in the way.)
    """
    return Page(items=await acts.change(service, actor, body), next=None)


@router.get("/areas/{code}", summary="Satu wilayah (one area)")
async def area(service: Svc, _: Anyone, code: AreaPath, on: OnDay = None) -> AreaDetail:
    """Wilayah pada satu hari: wilayah di atasnya, asalnya, dan penerusnya; kode lama dijawab dengan kode yang
    berlaku di `current` (an area on a day: what is above, where it came from, what became of it)."""
    return await usecases.area(service, code, on)


@router.post(
    "/network/areas", summary="Muat wilayah (load areas)",
    responses=loading.REPORT,
    openapi_extra=loading.csv(
        "code,name,level,parent\n14,Riau,provinsi,\n1410,Kepulauan Meranti,kabupaten,14\n"
        "141001,Tebing Tinggi,kecamatan,1410\n1410011001,Selatpanjang Kota,kelurahan,141001\n",
        usecases.AREAS,
    ),
)  # fmt: skip
async def load(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Tambah atau ubah wilayah; kode Kemendagri, dengan atau tanpa titik. Mengulang berkas yang sama tidak mengubah
    apa pun; kolom `valid_from`, `valid_until`, `regulation` boleh ditambahkan. (Adds or changes areas; repeating a file
    changes nothing.)
    """
    return await loading.load(service, actor, usecases.AREAS, request, mode)
