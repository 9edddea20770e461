"""The FHIR door, operations on one Patient: $everything."""

from fastapi import APIRouter, Request, Response

from services.kernel.service import Svc
from services.records import params, wire
from services.records.routes.fhir import RESOURCE, Id, Reader, spoken
from services.records.usecases import reading
from services.records.usecases.refusals import suppressed

router = APIRouter(prefix=wire.BASE, tags=["FHIR R4"])


@router.get("/Patient/{id}/$everything", summary="Seluruh catatan satu pasien (everything)", responses=RESOURCE)
@spoken
async def everything(request: Request, service: Svc, actor: Reader, id: Id) -> Response:
    """Semua sumber daya tentang satu orang dari semua faskes, urut penerimaan, per halaman (`_count`, `_page`)."""
    given = request.query_params
    after = params.number(given.get("_page", ""), 0, reading.LARGEST - 1)
    limit = max(1, params.number(given.get("_count", ""), 1000, 1000))
    base = wire.base_of(request)
    found = await reading.everything(service, actor, id, after, limit, base + "/")
    links = {"self": f"{base}/Patient/{id}/$everything"}
    if found.count == limit:
        links["next"] = f"{base}/Patient/{id}/$everything?_count={limit}&_page={found.last}"
    total = found.count if after == 0 and found.count != limit else None
    told = suppressed(0, found.withheld) if after == 0 else None
    entries = [found.entries or "", wire.beside(told) if told else ""]
    return wire.bundle_text(",".join(e for e in entries if e), total, links)
