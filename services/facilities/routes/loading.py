"""The network from CSV over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from services.facilities.rules.rows import R
from services.facilities.usecases import loading
from services.facilities.usecases.loading import File, Mode
from services.kernel.auth import Actor, Role, allow
from services.kernel.openapi import ProblemBody
from services.kernel.problems import Text, UnsupportedMedia
from services.kernel.service import Service, Svc

Admin = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN))]
HowMuch = Annotated[
    Mode,
    Query(description="`all`: semua atau tidak sama sekali; `rest`: muat baris yang benar (all or nothing; the rest)"),
]


class Reason(BaseModel):
    """Alasan dalam dua bahasa (a reason in both languages)."""

    id: str = Field(examples=["desa belum terdaftar"])
    en: str = Field(examples=["the village is not registered"])


class RefusedRow(BaseModel):
    """Baris yang ditolak (a refused row)."""

    line: int = Field(description="Nomor baris di berkas, tajuk = 1 (line in the file)", examples=[7])
    column: str | None = Field(description="Kolom yang salah; null = seluruh baris (column)", examples=["village"])
    reason: Reason


class LoadedOut(BaseModel):
    """Hasil pemuatan (what a load did)."""

    loaded: int = Field(description="Baris baru atau berubah (new or changed)", examples=[46])
    unchanged: int = Field(description="Baris yang sudah sama (already so)", examples=[0])
    refused: list[RefusedRow]


class NothingLoaded(ProblemBody):
    """Tidak ada yang dimuat: baris yang ditolak dan alasannya (nothing loaded, and why)."""

    loaded: int = 0
    unchanged: int = 0
    refused: list[RefusedRow]


def _csv(example: str) -> dict[str, Any]:
    content = {"text/csv": {"schema": {"type": "string"}, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


router = APIRouter(
    prefix="/v1/network",
    tags=["Jejaring (network)"],
    responses={422: {"model": NothingLoaded, "description": "Ada baris yang ditolak (some rows refused)"}},
)


@router.post(
    "/areas", summary="Muat wilayah (load areas)",
    openapi_extra=_csv(
        "code,name,level,parent\n14,Riau,provinsi,\n1410,Kepulauan Meranti,kabupaten,14\n"
        "141001,Tebing Tinggi,kecamatan,1410\n1410011001,Selatpanjang Kota,kelurahan,141001\n"
    ),
)  # fmt: skip
async def areas(service: Svc, _: Admin, request: Request, mode: HowMuch = "all") -> LoadedOut:
    """Tambah atau ubah wilayah; kode Kemendagri, dengan atau tanpa titik. Mengulang berkas yang sama tidak mengubah
    apa pun. (Adds or changes areas; repeating a file changes nothing.)
    """
    return await _load(service, loading.AREAS, request, mode)


@router.post(
    "/facilities", summary="Muat faskes (load facilities)",
    openapi_extra=_csv(
        "code,name,kind,ownership,satusehat_id,bpjs_code,registration,village,latitude,longitude,phone,valid_from\n"
        "P1410010101,Puskesmas Selatpanjang,puskesmas,public,991410001,9914P001,91410010001,1410011001,0.99688,"
        "102.69738,0763-990001,2020-01-01\n"
    ),
)  # fmt: skip
async def facilities(service: Svc, _: Admin, request: Request, mode: HowMuch = "all") -> LoadedOut:
    """Tambah atau ubah faskes. Kolom yang tidak ada di berkas tidak diubah; kolom `active` (ya/tidak) boleh
    ditambahkan. (Adds or changes facilities; columns the file lacks stay as they are.)
    """
    return await _load(service, loading.FACILITIES, request, mode)


@router.post(
    "/catchments", summary="Muat wilayah kerja (load catchments)",
    openapi_extra=_csv("village,facility,valid_from,valid_until\n1410011001,P1410010101,2020-01-01,\n"),
)  # fmt: skip
async def catchments(service: Svc, _: Admin, request: Request, mode: HowMuch = "all") -> LoadedOut:
    """Puskesmas penanggung jawab tiap desa. Satu desa satu puskesmas pada tiap hari; `valid_until` = hari terakhir.
    Untuk memindahkan desa: baris lama diberi `valid_until`, lalu baris baru. (One puskesmas per village and day.)
    """
    return await _load(service, loading.CATCHMENTS, request, mode)


@router.post(
    "/practitioners", summary="Muat tenaga kesehatan (load practitioners)",
    openapi_extra=_csv(
        "id,facility,name,nik,profession,str_number,sip_number,valid_from,valid_until\n"
        "10009880001,P1410010101,dr. Dewi Lestari,1499990101800001,dokter,,,2024-01-01,\n"
    ),
)  # fmt: skip
async def practitioners(service: Svc, _: Admin, request: Request, mode: HowMuch = "all") -> LoadedOut:
    """Tenaga kesehatan dan tempat praktiknya: satu baris per orang dan faskes. Tampak sebagai Practitioner dan
    PractitionerRole di FHIR. (One row per health worker and facility.)
    """
    return await _load(service, loading.PRACTITIONERS, request, mode)


async def _load(service: Service, file: File[R], request: Request, mode: Mode) -> LoadedOut:
    media = request.headers.get("content-type", "").lower()
    if media.startswith(("multipart/", "application/json")) or ("charset=" in media and "utf-8" not in media):
        raise UnsupportedMedia(
            Text(
                "Kirim berkasnya sendiri sebagai isi, dalam UTF-8: curl -H 'Content-Type: text/csv' --data-binary @…",
                "Send the file itself as the body, in UTF-8: curl -H 'Content-Type: text/csv' --data-binary @…",
            )
        )
    done = await loading.load(service, file, await request.body(), mode)
    return LoadedOut.model_validate(done.as_dict())
