"""Merging two persons that are one, and taking them apart again (`/v1/identity/merges`)."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Path, Query

from services.kernel.auth import Actor, Role, allow
from services.kernel.problems import Invalid, Text
from services.kernel.service import Svc
from services.records.contract import Merge, Merges, NewMerge, Undo
from services.records.queries.visible import sees_all
from services.records.usecases import merging

router = APIRouter(prefix="/v1/identity", tags=["Identitas (identity)"])
Registrar = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN, Role.PUSKESMAS_STAFF, Role.FACILITY_ADMIN))]
MergeId = Annotated[
    str, Path(description="Id penggabungan (merge id)", examples=["14100000-0001-8000-b000-000000000000"])
]


@router.post("/merges", status_code=201, summary="Gabungkan dua orang yang ternyata satu (merge persons)")
async def merge(service: Svc, actor: Registrar, asked: NewMerge) -> Merge:
    """Semua catatan `other` menjadi catatan `survivor`. Kedua Patient tetap dapat dibaca; yang digabungkan menjadi
    tidak aktif dengan link `replaced-by`. Rujukan, indikator, dan kepesertaan ikut pindah dalam hitungan detik.
    Dapat dibatalkan. Hanya untuk orang yang keduanya terlihat oleh pemanggil."""
    return await merging.merge(service, actor, asked.survivor, asked.other, asked.reason)


@router.get("/merges", summary="Daftar penggabungan (merges)")
async def merges(
    service: Svc,
    actor: Registrar,
    person: Annotated[str | None, Query(description="Hanya yang menyangkut orang ini (person_id)")] = None,
    after: Annotated[str | None, Query(description="Penanda dari halaman sebelumnya (page mark)")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Merges:
    """Terbaru dulu: yang dilakukan faskes pemanggil; dinas melihat semua."""
    place = _opened(after) if after else None
    facility = None if sees_all(actor) else actor.facility or ""
    found = await merging.listed(service, actor, facility, person, place, limit)
    mark = _place(found[-1]) if len(found) == limit else None
    return Merges(merges=found, next=mark)


@router.get("/merges/{merge_id}", summary="Satu penggabungan dan yang dipindahkannya (one merge)")
async def one(service: Svc, actor: Registrar, merge_id: MergeId) -> Merge:
    """Siapa, mengapa, kapan, dan setiap sumber daya yang berpindah orang."""
    return await merging.one(service, actor, merge_id)


@router.post("/merges/{merge_id}/undo", summary="Batalkan penggabungan (undo a merge)")
async def undo(service: Svc, actor: Registrar, merge_id: MergeId, asked: Undo) -> Merge:
    """Keduanya kembali menjadi dua orang. Yang ditulis sejak itu dengan rujukan ke Patient atau nomor orang yang
    digabungkan ikut kembali kepadanya. `to_check` menyebut Patient yang berubah selama tergabung."""
    return await merging.unmerge(service, actor, merge_id, asked.reason)


def _place(last: Merge) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([last.at, last.merge_id])).decode().rstrip("=")


def _opened(after: str) -> tuple[datetime, str]:
    try:
        moment, id_ = orjson.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        return datetime.fromisoformat(moment).astimezone(UTC), str(id_)
    except (binascii.Error, ValueError, TypeError):
        raise Invalid(Text("`after` bukan `next` dari halaman sebelumnya", "`after` is not a `next`")) from None
