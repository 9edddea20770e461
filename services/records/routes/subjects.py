"""What persons ask of their record (`/v1/subject-requests`), and how long it is kept (`/v1/retention`)."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.service import Svc
from services.records.contract.subject import (
    NewAnswer,
    NewSubjectRequest,
    Retention,
    SubjectRequest,
    SubjectRequests,
)
from services.records.usecases import subjects

router = APIRouter(prefix="/v1", tags=["Hak subjek data (data subject rights)"])
Writer = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN))]
Reader = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN, Role.AUDITOR))]
Office = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN, Role.DINKES_ANALYST, Role.AUDITOR))]
Id = Annotated[str, Path(description="Id permintaan (request id)", max_length=64, examples=["contoh"])]


@router.post("/subject-requests", status_code=201, summary="Catat permintaan subjek data (record a subject request)")
async def record(service: Svc, actor: Writer, asked: NewSubjectRequest) -> SubjectRequest:
    """Permintaan akses atau koreksi dari orangnya. Jam 3x24 (UU 27/2022) mulai saat diterima."""
    return await subjects.record(service, actor, asked)


@router.get("/subject-requests", summary="Permintaan menurut tenggat (subject requests by due time)")
async def page(
    service: Svc,
    actor: Reader,
    state: Annotated[
        Literal["open", "overdue", "answered", "all"], Query(description="Keadaan (state)", examples=["all"])
    ] = "open",
    facility: Annotated[str | None, Query(max_length=32, description="Hanya faskes ini (health office only)")] = None,
    after: Annotated[
        str | None, Query(max_length=200, description="`next` dari halaman sebelumnya (page mark)")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> SubjectRequests:
    """Yang paling dekat tenggatnya dahulu; yang terlambat ditandai. Faskes melihat miliknya, dinas melihat semua."""
    return await subjects.page(service, actor, facility, state, after, limit)


@router.get("/subject-requests/{subject_request}", summary="Satu permintaan (one subject request)")
async def one(service: Svc, actor: Reader, subject_request: Id) -> SubjectRequest:
    """Satu permintaan dengan sisa jamnya dan jawabannya."""
    return await subjects.one(service, actor, subject_request)


@router.post("/subject-requests/{subject_request}/answer", summary="Jawab permintaan (answer a subject request)")
async def answer(service: Svc, actor: Writer, subject_request: Id, told: NewAnswer) -> SubjectRequest:
    """Sekali saja, dengan hasil dan catatan. Koreksi menyebut sumber daya yang sudah diperbaiki sebagai versi baru."""
    return await subjects.answer(service, actor, subject_request, told)


@router.get("/retention", summary="Masa simpan rekam medis (retention)")
async def retention(
    service: Svc,
    actor: Office,
    at: Annotated[
        date | None, Query(description="Pada hari (at a date); kosong: hari ini", examples=["2026-11-01"])
    ] = None,
) -> Retention:
    """Berapa orang dan sumber daya yang sudah melewati 25 tahun sejak kunjungan terakhir (Permenkes 24/2022 ps 39),
    per tahun. Hanya laporan: tidak ada yang terhapus sendiri."""
    return await subjects.retention(service, at)
