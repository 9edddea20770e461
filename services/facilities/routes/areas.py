"""Areas over HTTP."""

from fastapi import APIRouter, Request

from services.facilities.contract import Area, Level, Page
from services.facilities.routes import loading, paging
from services.facilities.routes.filters import Anyone, AreaFilter
from services.facilities.routes.paging import After, Limit
from services.facilities.usecases import areas as usecases
from services.kernel.service import Svc

router = APIRouter(prefix="/v1", tags=["Jejaring (network)"])


@router.get("/areas", summary="Daftar wilayah (areas)")
async def areas(
    service: Svc, _: Anyone, parent: AreaFilter = None, level: Level | None = None,
    after: After = None, limit: Limit = 100,
) -> Page[Area]:  # fmt: skip
    """Wilayah menurut kode; `parent` memberi isi satu wilayah (areas by code; `parent` gives one area's parts)."""
    found = await usecases.areas(service, paging.decode(after, 1)[0], parent, level, limit + 1)
    items = found[:limit]
    return Page(items=items, next=paging.encode(items[-1].code) if len(found) > limit else None)


@router.post(
    "/network/areas", summary="Muat wilayah (load areas)",
    responses=loading.REPORT,
    openapi_extra=loading.csv(
        "code,name,level,parent\n14,Riau,provinsi,\n1410,Kepulauan Meranti,kabupaten,14\n"
        "141001,Tebing Tinggi,kecamatan,1410\n1410011001,Selatpanjang Kota,kelurahan,141001\n"
    ),
)  # fmt: skip
async def load(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Tambah atau ubah wilayah; kode Kemendagri, dengan atau tanpa titik. Mengulang berkas yang sama tidak mengubah
    apa pun. (Adds or changes areas; repeating a file changes nothing.)
    """
    return await loading.load(service, actor, usecases.AREAS, request, mode)
