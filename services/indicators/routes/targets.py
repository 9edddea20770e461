"""Official targets."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError

from services.indicators.contract import Targets, TargetsLoaded
from services.indicators.routes.common import Admin
from services.indicators.usecases import targets
from services.indicators.usecases.targets import Mode
from services.kernel.errors import faults
from services.kernel.problems import Invalid, Text, UnsupportedMedia
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/targets", tags=["Sasaran resmi (official targets)"])
CSV = "service,year,village,value,source\nSPM-01,2026,1410011001,15,Proyeksi Dinkes\n"
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["items"],
                    "properties": {"items": {"type": "array", "items": {"type": "object"}}},
                },
                "example": {
                    "items": [
                        {
                            "service": "SPM-01",
                            "year": 2026,
                            "village": "1410011001",
                            "value": 15,
                            "source": "Proyeksi Dinkes",
                        }
                    ]
                },
            },
            "text/csv": {"schema": {"type": "string"}, "example": CSV},
        },
    }
}


@router.put("", summary="Muat sasaran resmi (load official targets)", openapi_extra=BODY)
async def put(
    service: Svc,
    _: Admin,
    request: Request,
    mode: Annotated[
        Mode, Query(description="`all`: semua atau tidak; `rest`: muat baris yang benar (all, or the rest)")
    ] = "all",
) -> TargetsLoaded:
    """Sasaran per layanan, tahun, dan desa atau puskesmas, dengan sumber dan versinya; JSON atau CSV. Yang terbaru
    dimuat berlaku. (Targets by service, year and village or puskesmas; the newest loaded counts.)
    """
    media = request.headers.get("content-type", "").lower().partition(";")[0].strip()
    body = await request.body()
    match media:
        case "text/csv":
            lines, refused = targets.read_csv(body)
        case "application/json":
            lines, refused = _from_json(body), []
        case _:
            raise UnsupportedMedia(Text("Kirim application/json atau text/csv", "Send application/json or text/csv"))
    return await targets.load(service, lines, refused, mode)


def _from_json(body: bytes) -> list[targets.Line]:
    try:
        read = Targets.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise Invalid(Text("Perbaiki isian berikut", "Mend the following fields"), faults(found)) from None
    return list(enumerate(read.items, 1))
