"""Who read my record (`/v1/access-log`) and unresolved references (`/v1/unresolved`)."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.service import Svc
from services.records.queries import people as queries
from services.records.queries.visible import sees_all
from services.records.usecases import people

router = APIRouter(prefix="/v1", tags=["Jejak akses (access log)"])


@router.get("/access-log", summary="Siapa membaca catatan seseorang (who read this record)")
async def who_read(
    service: Svc,
    actor: Annotated[Actor, Depends(allow(Role.AUDITOR, Role.DINKES_ADMIN))],
    person: Annotated[
        str, Query(description="Id orang (person_id)", examples=["14100000-0001-8000-a000-000000000000"])
    ],
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> list[dict[str, Any]]:
    """Semua akses dan penolakan terhadap satu orang, dari semua layanan, terbaru dulu."""
    return await people.who_read(service, person, limit)


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
