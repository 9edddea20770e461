"""Who read my record (`/v1/access-log`, the report for the person) and unresolved references (`/v1/unresolved`)."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.responses import HTMLResponse

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.service import Svc
from services.records.contract.trail import Report
from services.records.queries import people as queries
from services.records.queries.visible import sees_all
from services.records.report_page import HEADERS, page
from services.records.usecases import trail

router = APIRouter(prefix="/v1", tags=["Jejak akses (access log)"])


PERSON = "14100000-0001-8000-a000-000000000000"
Since = Annotated[
    date | None, Query(description="Hari pertama (first day); kosong: sejak awal", examples=["2020-01-01"])
]
Until = Annotated[date | None, Query(description="Hari terakhir (last day); kosong: sampai sekarang")]
Before = Annotated[datetime | None, Query(description="`next` dari halaman sebelumnya (page mark)")]


@router.get("/access-log", summary="Siapa membaca catatan seseorang (who read this record)")
async def who_read(
    service: Svc,
    actor: Annotated[Actor, Depends(allow(Role.AUDITOR, Role.DINKES_ADMIN))],
    person: Annotated[str, Query(description="Id orang (person_id)", examples=[PERSON])],
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    before: Before = None,
) -> list[dict[str, Any]]:
    """Semua akses dan penolakan terhadap satu orang, dari semua layanan, terbaru dulu."""
    return await trail.who_read(service, actor, person, limit, before)


@router.get(
    "/persons/{person}/access-report",
    response_model=Report,
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}},
    summary="Laporan: siapa membaca catatan saya (who read my record)",
)
async def access_report(
    service: Svc,
    request: Request,
    actor: Annotated[Actor, Depends(allow(Role.AUDITOR, Role.DINKES_ADMIN, Role.FACILITY_ADMIN))],
    person: Annotated[
        str,
        Path(
            description="Id orang atau Patient; dinas dan pengawas: juga nomor IHS (person or Patient id, IHS number)",
            examples=[PERSON],
        ),
    ],
    since: Since = None,
    until: Until = None,
    before: Before = None,
    limit: Annotated[int, Query(ge=1, le=5000, description="Baris per halaman (entries a page)")] = 500,
    format: Annotated[Literal["json", "html"] | None, Query(description="html: halaman siap cetak (printable)")] = None,
) -> Response:
    """Laporan untuk orangnya sendiri, atas permintaannya: siapa melihat, kapan, apa, untuk apa, yang ditolak dan akses
    darurat ditandai, dari semua layanan. JSON, atau halaman A4 siap cetak (`format=html` atau `Accept: text/html`).
    Admin faskes hanya untuk pasien faskesnya. Membuat laporan ini sendiri tercatat.
    """
    accept = request.headers.get("accept", "")
    as_page = format == "html" or (format is None and "text/html" in accept)
    found = await trail.reported(
        service, actor, person, since, until, before, max(limit, trail.PRINTED) if as_page else limit
    )
    if as_page:
        return HTMLResponse(page(found, service.clock.zone), headers=HEADERS)
    return Response(found.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})


@router.get("/unresolved", summary="Rujukan yang belum dikenal (unresolved references)")
async def unresolved(
    service: Svc,
    actor: Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN))],
    after: Annotated[str, Query(description="Penanda dari halaman sebelumnya (page mark)")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Rujukan (reference) dalam sumber daya faskes ini yang sasarannya belum ada di catatan bersama."""
    parts = [*after.split("|"), "", "", "", ""][:4]
    async with service.db.reading() as conn:
        rows = await queries.unresolved(
            conn, actor.facility, sees_all(actor), (parts[0], parts[1], parts[2], parts[3]), limit
        )
    found = [{"type": r[0], "id": r[1], "reference": f"{r[2]}/{r[3]}"} for r in rows]
    mark = "|".join(rows[-1]) if len(rows) == limit else None
    return {"unresolved": found, "next": mark}
