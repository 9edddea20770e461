"""Areas over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from services.facilities.contract import Area, Level, Page
from services.facilities.queries import areas as queries
from services.facilities.routes import loading, paging
from services.facilities.routes.filters import Anyone, AreaFilter, NameFilter
from services.facilities.rules.listing import Asked
from services.facilities.usecases import areas as usecases
from services.kernel.service import Svc

router = APIRouter(prefix="/v1", tags=["Jejaring (network)"])


@router.get("/areas", summary="Daftar wilayah (areas)", response_model=Page[Area], responses=paging.FORMS)
async def areas(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.AREAS)],
    parent: AreaFilter = None, level: Level | None = None, name: NameFilter = None,
) -> Response:  # fmt: skip
    """Wilayah; `parent` memberi isi satu wilayah (areas; `parent` gives one area's parts)."""
    return await paging.answer(service, request, queries.chosen(parent, level, name), asked)


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
    apa pun. (Adds or changes areas; repeating a file changes nothing.)
    """
    return await loading.load(service, actor, usecases.AREAS, request, mode)
