"""JKN coverage (UHC), the gap list, and proposals for free membership."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from services.indicators.contract.uhc import (
    GapBy,
    GapPage,
    Gaps,
    GapState,
    PbiPage,
    PbiRefused,
    PbiShown,
    Proposals,
    ProposalState,
    Proposed,
    Uhc,
    UhcBy,
)
from services.indicators.routes.common import Admin, Carer, Names, Reader
from services.indicators.routes.cursors import decode, encode
from services.indicators.rules import files
from services.indicators.usecases import gaps, pbi, uhc
from services.indicators.usecases.gaps import Question
from services.kernel.auth import Actor, Role, allow
from services.kernel.service import Svc

coverage = APIRouter(prefix="/v1/uhc", tags=["Cakupan JKN (JKN coverage)"])
router = APIRouter(prefix="/v1/jkn-gaps", tags=["Cakupan JKN (JKN coverage)"])
Proposer = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN, Role.PUSKESMAS_STAFF))]
After = Annotated[str | None, Query(max_length=400, description="Isi `next` dari halaman sebelumnya (cursor)")]
Limit = Annotated[int, Query(ge=1, le=200, description="Banyaknya tiap halaman (page size)")]
EXAMPLE = "14100000-0002-8000-a000-000000000000"
FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in files.MEDIA.values()}}
}


@coverage.get("", summary="Cakupan JKN kabupaten, UHC (JKN coverage)")
async def shares(
    service: Svc,
    actor: Reader,
    on: Annotated[date | None, Query(description="Keadaan pada hari itu; kosong = hari ini (as of)")] = None,
    by: Annotated[UhcBy, Query(description="Rincian (breakdown)")] = UhcBy.PUSKESMAS,
) -> Uhc:
    """Terdaftar ÷ penduduk, aktif ÷ terdaftar, aktif ÷ penduduk, menurut desa, puskesmas atau segmen, dengan ambang UHC
    yang berlaku dan jumlah menurut daftar FKTP sebagai pembanding. Yang tidak aktif, tidak ditemukan dan belum
    diketahui dipisah. (Three shares against the thresholds in force, beside the facilities' lists.)
    """
    return await uhc.coverage(service, actor, on, by)


@router.get("", summary="Celah JKN di antara sasaran SPM (gaps among SPM-eligible people)")
async def sums(
    service: Svc, actor: Reader, by: Annotated[GapBy, Query(description="Rincian (breakdown)")] = GapBy.VILLAGE
) -> Gaps:
    """Orang yang menurut kedudukan sekarang berhak atas layanan SPM tetapi tanpa JKN aktif: tidak aktif, tidak
    ditemukan, belum diketahui, masing-masing terpisah. (SPM-eligible people without active JKN, by place or service.)
    """
    return await gaps.sums(service, actor, by)


@router.get("/persons", summary="Daftar orang tanpa JKN aktif (the gap list)")
async def persons(
    service: Svc,
    actor: Carer,
    village: Annotated[str | None, Query(pattern=r"^\d{10}$", description="Kode desa (village)")] = None,
    puskesmas: Annotated[str | None, Query(max_length=32, description="Wilayah kerja (catchment)")] = None,
    spm: Annotated[
        str | None, Query(alias="service", max_length=80, description="Layanan SPM (service)", examples=["spm-06"])
    ] = None,
    state: Annotated[GapState | None, Query(description="Keadaan JKN (state)")] = None,
    after: After = None,
    limit: Limit = 50,
    names: Names = False,
) -> GapPage:
    """Hanya orang yang boleh Anda lihat; layanan yang bertumpu pada diagnosis hanya disebut bila catatannya boleh Anda
    buka. Tiap orang yang tampil dicatat di log akses; nama hanya bila diminta. (The people behind the gap.)
    """
    asked = f"gaps {village} {puskesmas} {spm} {state}"
    (place,) = decode(service, actor, asked, after, 1)
    question = Question(village, puskesmas, spm, state, names, limit)
    found, end = await gaps.persons(service, actor, question, UUID(place) if place else UUID(int=0))
    return found.model_copy(update={"next": encode(service, actor, asked, (end,) if end else None)})


@router.post("/proposals", summary="Usulkan menjadi PBI (propose for free membership)")
async def propose(service: Svc, actor: Proposer, body: Proposed) -> Proposals:
    """Mengusulkan orang dari daftar celah menjadi peserta PBI. Satu usulan terbuka tiap orang; yang sudah diusulkan
    atau tidak ada dalam daftar Anda disebut dengan sebabnya. (One open proposal a person; others with why.)
    """
    return await pbi.propose(service, actor, body.persons)


@router.get("/proposals", summary="Usulan PBI dan keadaannya (proposals and where they stand)")
async def proposals(
    service: Svc,
    actor: Proposer,
    state: Annotated[ProposalState | None, Query(description="Hanya yang begini (state)")] = None,
    after: After = None,
    limit: Limit = 50,
    names: Names = False,
) -> PbiPage:
    """proposed, exported, lalu active dengan sendirinya bila JKN menyatakan orangnya aktif, atau refused bila dinas
    mencatat penolakan. Tiap orang yang tampil dicatat. (States follow what JKN says.)
    """
    asked = f"proposals {state}"
    (place,) = decode(service, actor, asked, after, 1)
    start = UUID(place) if place else UUID(int=0)
    found, end = await pbi.listed(service, actor, state, start, limit, names)
    return found.model_copy(update={"next": encode(service, actor, asked, (end,) if end else None)})


@router.post(
    "/proposals/export", response_class=Response, responses=FILE, summary="Ekspor usulan PBI (export proposals)"
)
async def export(
    service: Svc,
    actor: Proposer,
    form: Annotated[Literal["csv", "xlsx"], Query(alias="format", description="Bentuk berkas (form)")] = "csv",
    again: Annotated[bool, Query(description="Juga yang pernah diekspor (those exported before, too)")] = False,
) -> Response:
    """Berkas untuk Dinas Sosial dengan nama dan NIK orang yang boleh Anda lihat; tiap orang dicatat di log akses, dan
    usulannya menjadi exported. (A file with names and NIK; they count as exported, each is logged.)
    """
    body = await pbi.export(service, actor, form, again)
    headers = {"Content-Disposition": f'attachment; filename="usulan-pbi.{form}"'}
    return Response(body, media_type=files.MEDIA[form], headers=headers)


@router.post("/proposals/{person}/refuse", summary="Catat penolakan usulan (write down a refusal)")
async def refuse(
    service: Svc,
    actor: Admin,
    person: Annotated[UUID, Path(description="Orang yang diusulkan (whose proposal)", examples=[EXAMPLE])],
    body: PbiRefused,
) -> PbiShown:
    """Usulan yang ditolak Dinas Sosial atau BPJS, dengan alasannya; orangnya boleh diusulkan lagi kemudian. (A refused
    proposal with the reason; the person may be proposed again.)
    """
    return await pbi.refuse(service, actor, person, body.reason)
