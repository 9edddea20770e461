"""The clock rules over HTTP."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.problems import Text, UnsupportedMedia
from services.kernel.service import Svc
from services.referrals.contract.clocks import ClockVersion, ClockVersions
from services.referrals.rules import clock_file
from services.referrals.usecases import clocks

router = APIRouter(prefix="/v1/referrals", tags=["Jam rujukan (referral clocks)"])

Office = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN))]
Anyone = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN, Role.DINKES_ANALYST, Role.AUDITOR))]
FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {
                "schema": {"type": "string", "description": "Kolom: " + ", ".join(clock_file.COLUMNS)},
                "example": "".join(
                    line for line in clock_file.FILE.read_text().splitlines(True) if not line.startswith("#")
                ),
            }
        },
    }
}


@router.get("/clocks", summary="Aturan waktu rujukan (clock rules)", response_model=ClockVersions)
async def show(
    service: Svc,
    _: Anyone,
    on: Annotated[date | None, Query(description="Berlaku pada hari ini; bawaan hari ini (on this day)")] = None,
    kind: Annotated[Literal["json", "csv"], Query(alias="format", description="csv: berkas untuk diubah lalu dimuat")]
    = "json",
) -> ClockVersions | Response:  # fmt: skip
    """Berapa lama rujukan boleh berada pada tiap keadaan, dan apa yang dilakukan jam: mengingatkan (remind), menyatakan
    tidak dijawab (expire), menaikkan ke dinas (escalate). (How long each state may last, and what the clock does.)"""
    version = await clocks.show(service, on)
    if kind == "csv":
        return Response(clocks.as_csv(version), media_type="text/csv; charset=utf-8")
    return version


@router.put("/clocks", summary="Muat aturan waktu rujukan (load clock rules)", openapi_extra=FILE)
async def load(
    service: Svc,
    actor: Office,
    request: Request,
    valid_from: Annotated[date | None, Query(description="Hari pertama, hari ini atau sesudahnya (first day)")] = None,
) -> ClockVersion:
    """Seluruh daftar sekaligus, sebagai versi baru; yang lama tetap tersimpan. Setiap keadaan harus punya batas waktu
    dan ujung (escalate, atau expire untuk sent); alarm terakhir berulang. Kesalahan disebut menurut baris dan kolomnya.
    (The whole list at once, as a new version; every state needs a limit and an end. Faults name line and column.)"""
    media = request.headers.get("content-type", "").lower()
    if media.startswith(("multipart/", "application/json")):
        raise UnsupportedMedia(Text("Kirim berkasnya sendiri sebagai text/csv", "Send the file itself as text/csv"))
    return await clocks.load(service, actor, await request.body(), valid_from)
