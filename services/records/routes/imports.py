"""Bulk import of NDJSON (`/v1/imports`)."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.service import Svc
from services.records.usecases import imports

router = APIRouter(prefix="/v1/imports", tags=["Impor massal (bulk import)"])
Writer = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN))]
_ID = r"^[A-Za-z0-9\-.]{1,64}$"
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/fhir+ndjson": {
                "schema": {"type": "string"},
                "example": '{"resourceType":"Patient","id":"contoh-impor-1","identifier":[{"system":'
                '"https://fhir.kemkes.go.id/id/nik","value":"1410014107900099"}],"name":[{"text":"CONTOH IMPOR"}],'
                '"gender":"female","birthDate":"1990-07-01"}\n',
            }
        },
    }
}


@router.post("", summary="Impor NDJSON (bulk import)", openapi_extra=_BODY)
async def load(
    request: Request,
    service: Svc,
    actor: Writer,
    mode: Annotated[
        Literal["rest", "all"],
        Query(description="rest: simpan yang baik, laporkan yang ditolak; all: semua atau tidak sama sekali (≤ 5000)"),
    ] = "rest",
    id: Annotated[
        str | None,
        Query(pattern=_ID, description="Nama pilihan pengirim, agar kemajuannya terbaca selagi berjalan (your own id)"),
    ] = None,
) -> dict[str, Any]:
    """Satu sumber daya FHIR per baris. Baris yang ditolak dilaporkan dengan nomor dan alasannya; baris dengan `id` yang
    sudah sama tidak diubah, jadi berkas yang sama aman dikirim ulang."""
    return await imports.load(service, actor, request.stream(), mode, id)


@router.get("/{id}", summary="Kemajuan impor (import progress)")
async def report(
    service: Svc, actor: Writer, id: Annotated[str, Path(pattern=_ID, examples=["contoh-1"])]
) -> dict[str, Any]:
    """Sejauh mana impor ini: dibaca, tersimpan, ditolak. Bagi pengirimnya dan dinas (its sender and the office)."""
    return await imports.report(service, actor, id)
