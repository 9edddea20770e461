"""Everything a system may see since its cursor (`/v1/changes`), for those who keep a copy without FHIR search."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Query, Response

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.service import Svc
from services.records.queries.changes import Change
from services.records.usecases import changes

router = APIRouter(prefix="/v1/changes", tags=["Perubahan (changes)"])
Reader = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN))]
_EXAMPLE = {
    "entries": [
        {
            "position": 4711, "kind": "created", "type": "Observation", "id": "0199f3a2-7c11-7a55-8a44-3f5a6f6f2c10",
            "version": 1, "patient": "14100000-0001-8000-a000-000000000000",
            "resource": {"resourceType": "Observation", "id": "0199f3a2-7c11-7a55-8a44-3f5a6f6f2c10"},
        }
    ],
    "next": "WzQ3MTEsMCw0NzExLDAsIiIsIiIsMF0",
    "more": False,
}  # fmt: skip


@router.get(
    "",
    summary="Perubahan sejak penanda (changes since a cursor)",
    responses={200: {"description": "Perubahan (changes)", "content": {"application/json": {"example": _EXAMPLE}}}},
)
async def page(
    service: Svc,
    actor: Reader,
    after: Annotated[
        str | None, Query(max_length=400, description="`next` dari jawaban sebelumnya; kosong: dari awal (cursor)")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Entri per halaman (entries a page)")] = 200,
    wait: Annotated[float, Query(ge=0, le=30, description="Detik menunggu bila belum ada (long poll)")] = 0,
) -> Response:
    """Semua yang boleh dilihat faskes ini sejak penandanya: sumber daya FHIR apa adanya, dengan `kind` created,
    changed, deleted, atau granted (catatan lama yang baru boleh dilihat: pendaftaran, rujukan, atau persetujuan baru).

    Simpan `next` setelah isinya tersimpan; kiriman dapat berulang, kenali dengan `type`, `id` dan `version`. Halaman
    dapat kosong walau `more` benar: lanjutkan saja. Hak yang hilang menghentikan alirannya. Setiap halaman tercatat.
    """
    found = await changes.page(service, actor, changes.opened(after), limit, wait)
    entries = ",".join(_entry(c) for c in found.found)
    more = "true" if found.more else "false"
    body = f'{{"entries":[{entries}],"next":"{found.cursor.sealed()}","more":{more}}}'
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})


def _entry(change: Change) -> str:
    head = {
        "position": change.position, "kind": "deleted" if change.body is None else change.kind, "type": change.type,
        "id": change.id, "version": change.version, "patient": change.patient,
    }  # fmt: skip
    text = orjson.dumps(head).decode()
    return text if change.body is None else f'{text[:-1]},"resource":{change.body}}}'
