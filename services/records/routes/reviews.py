"""Persons who may be one (`/v1/identity/reviews`): the queue, one pair, the decision."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from services.kernel.auth import Actor, Role, allow
from services.kernel.service import Svc
from services.records.contract.review import Decision, Grade, Pairs, Reason, Report, Review, State
from services.records.queries.reviews import Wanted
from services.records.usecases import reviewing
from services.records.usecases.reading import LARGEST

router = APIRouter(prefix="/v1/identity/reviews", tags=["Identitas (identity)"])
Reviewer = Annotated[Actor, Depends(allow(Role.PUSKESMAS_STAFF, Role.FACILITY_ADMIN, Role.DINKES_ADMIN))]
Number = Annotated[int, Path(ge=1, lt=LARGEST, description="Nomor pasangan (pair number)", examples=[1])]


@router.get("", summary="Yang mungkin satu orang (review queue)")
async def page(
    service: Svc,
    actor: Reviewer,
    state: Annotated[list[State] | None, Query(description="Keadaan; biasanya open (state)")] = None,
    reason: Annotated[list[Reason] | None, Query(description="Sebab masuk antrean (reason)")] = None,
    grade: Annotated[list[Grade] | None, Query(description="Tingkat kemiripan (grade)")] = None,
    person: Annotated[str | None, Query(description="Hanya pasangan orang ini (person_id)")] = None,
    before: Annotated[int, Query(ge=1, description="`next` dari halaman sebelumnya (page mark)")] = LARGEST - 1,
    limit: Annotated[int, Query(ge=1, le=200, description="Banyaknya (count)")] = 50,
) -> Pairs:
    """Pasangan yang mungkin satu orang, terbaru dulu: nomor yang bertentangan, kemiripan yang ditemukan sistem, laporan
    petugas. Faskes melihat pasangan yang kedua orangnya boleh dilihatnya; dinas melihat semua. Tampilan dicatat."""
    wanted = Wanted(state or ["open"], reason, grade, person)
    return await reviewing.page(service, actor, wanted, min(before, LARGEST - 1), limit)


@router.post("", status_code=201, summary="Laporkan dua catatan satu orang (report a pair)")
async def report(service: Svc, actor: Reviewer, asked: Report) -> Review:
    """Masukkan dua orang ke antrean karena petugas menduga keduanya satu orang. Pasangan yang sudah ada dibuka lagi."""
    return await reviewing.report(service, actor, asked.person, asked.other)


@router.get("/{review}", summary="Dua orang berdampingan (one pair)")
async def one(service: Svc, actor: Reviewer, review: Number) -> Review:
    """Kedua Patient berdampingan dengan bukti per isian: sama, mirip, berbeda, dan bobotnya."""
    return await reviewing.one(service, actor, review)


@router.post("/{review}/decision", summary="Putuskan satu pasangan (decide)")
async def decide(service: Svc, actor: Reviewer, review: Number, decision: Decision) -> Review:
    """same: digabung; different: tidak muncul lagi sampai ada yang berubah pada keduanya; later: ditunda. Alasan,
    siapa dan kapan disimpan."""
    return await reviewing.decide(service, actor, review, decision)
