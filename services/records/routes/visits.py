"""Plain-JSON visits (`/v1/visits`), for practices without FHIR."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Path, Response

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.service import Svc
from services.records.usecases import visits
from services.records.visit.contract import Visit

router = APIRouter(prefix="/v1/visits", tags=["Kunjungan (visits)"])
Writer = Annotated[Actor, Depends(allow(*CARE_ROLES))]
Reader = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN))]
VisitId = Annotated[str, Path(description="Id kunjungan, sama dengan id Encounter", examples=["contoh-kunjungan"])]
_SAVED: dict[int | str, dict[str, Any]] = {
    201: {
        "description": "Kunjungan tersimpan (visit stored)",
        "content": {
            "application/json": {
                "example": {
                    "visit_id": "0199f3a2-7c11-7a55-8a44-3f5a6f6f2c10",
                    "person_id": "14100000-0001-8000-a000-000000000000",
                    "resources": [
                        {
                            "type": "Encounter",
                            "id": "0199f3a2-7c11-7a55-8a44-3f5a6f6f2c10",
                            "version": 1,
                            "state": "created",
                        }
                    ],
                }
            }
        },
    }
}


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers, "application/json")


@router.post("", status_code=201, summary="Catat kunjungan (record a visit)", responses=_SAVED)
async def record(
    service: Svc,
    actor: Writer,
    visit: Visit,
    idempotency_key: Annotated[
        str | None,
        Header(max_length=100, description="Kunci agar kiriman ulang tidak menggandakan (makes retries safe)"),
    ] = None,
) -> Response:
    """Satu kunjungan sebagai JSON biasa. Orangnya dikenali dari NIK, JKN, IHS, atau NIK ibu + urutan lahir."""
    done = await visits.record(service, actor, visit, idempotency_key)
    return _json(done.answer(), 201 if done.created else 200, {"Location": f"/v1/visits/{done.visit_id}"})


@router.put("/{visit_id}", summary="Koreksi kunjungan (correct a visit)")
async def correct(service: Svc, actor: Writer, visit_id: VisitId, visit: Visit) -> Response:
    """Ganti seluruh isi kunjungan; versi lama tetap ada di riwayat. Hanya oleh faskes pencatatnya."""
    return _json((await visits.correct(service, actor, visit_id, visit)).answer())


@router.get("/{visit_id}", summary="Baca kunjungan (read a visit)")
async def read(service: Svc, actor: Reader, visit_id: VisitId) -> Response:
    """Sumber daya FHIR hasil kunjungan ini."""
    return _json(await visits.read(service, actor, visit_id))
