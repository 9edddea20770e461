"""The FHIR door: Patient/$summary, an International Patient Summary."""

from fastapi import APIRouter, Request, Response

from services.kernel.problems import FHIR_JSON
from services.kernel.service import Svc
from services.records import examples, wire
from services.records.routes.fhir import RESOURCE, Id, Reader, spoken
from services.records.usecases import summarising

router = APIRouter(prefix=wire.BASE, tags=["FHIR R4"])
_EMPTY = {"resourceType": "Parameters"}


@router.get("/Patient/{id}/$summary", summary="Ringkasan pasien (IPS summary)", responses=RESOURCE)
@spoken
async def summary(request: Request, service: Svc, actor: Reader, id: Id) -> Response:
    """Dokumen International Patient Summary: masalah, alergi, obat, imunisasi, dan bila ada hasil, tindakan, tanda
    vital, kehamilan, rencana; yang terakhir dari tiap hal, hanya yang boleh dilihat faskes ini."""
    text = await summarising.summarise(service, actor, id, wire.base_of(request))
    return Response(text.encode(), media_type=FHIR_JSON)


@router.post(
    "/Patient/{id}/$summary",
    summary="Ringkasan pasien dengan POST (IPS summary)",
    responses=RESOURCE,
    openapi_extra=examples.body(_EMPTY),
)
@spoken
async def summary_by_post(request: Request, service: Svc, actor: Reader, id: Id) -> Response:
    """Sama dengan GET; Parameters boleh kosong."""
    if await request.body():
        wire.as_object(await wire.read_body(request))
    text = await summarising.summarise(service, actor, id, wire.base_of(request))
    return Response(text.encode(), media_type=FHIR_JSON)
