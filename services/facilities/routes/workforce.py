"""Licences that end, the nine kinds, norms and plans over HTTP."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from services.facilities.contract import Page, Profession
from services.facilities.contract.workforce import (
    District,
    Licence,
    LicenceKind,
    LicenceState,
    PlannedPost,
    PuskesmasStaffing,
    StaffingNorm,
    StaffingTrajectory,
    WorkforceRule,
    Workload,
)
from services.facilities.queries import workforce as queries
from services.facilities.routes import loading, paging
from services.facilities.routes.filters import Anyone, CodeFilter
from services.facilities.routes.practitioners import On
from services.facilities.rules.cells import R
from services.facilities.rules.listing import Asked
from services.facilities.usecases import norms
from services.facilities.usecases import workforce as usecases
from services.facilities.usecases.loading import File
from services.kernel.problems import Fault, Invalid, Text
from services.kernel.service import Svc

router = APIRouter(prefix="/v1", tags=["Tenaga kesehatan (workforce)"])

NEED_CARE = [LicenceState.EXPIRING, LicenceState.EXPIRED, LicenceState.MISSING]
MOST_MONTHS = 240


class By(StrEnum):
    """Order of puskesmas."""

    CODE = "facility"
    SHORTAGE = "-gap"


class Gaps(BaseModel):
    """Tenaga tiap puskesmas pada suatu hari (staff of each puskesmas on a day)."""

    on: date
    items: list[PuskesmasStaffing]
    next: str | None = Field(None, description="Isi `after` untuk halaman berikutnya; null bila habis (next page)")


@router.get("/workforce/licences", summary="STR dan SIP yang perlu diurus (licences)", response_model=Page[Licence])
async def licences(
    service: Svc, actor: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.LICENCES)],
    on: On = None,
    expiring_within: Annotated[
        int | None,
        Query(
            ge=0, le=3660, examples=[90],
            description="Hari sebelum habis; kosong = menurut aturan bertanggal (days before the end; empty: the rule)",
        ),
    ] = None,
    state: Annotated[
        list[LicenceState] | None, Query(description="Keadaan, boleh berulang (state, repeatable)")
    ] = None,
    kind: LicenceKind | None = None, profession: Profession | None = None, facility: CodeFilter = None,
) -> Response:  # fmt: skip
    """STR dan SIP orang yang bekerja pada hari itu: yang akan habis, sudah habis, atau belum ada; urutkan dengan
    `sort=valid_until`. Perpanjangan yang menyambung dihitung. Nama hanya untuk faskesnya sendiri dan Dinkes. (Licences
    that end, have ended or are missing; names for the facility itself and the health office only.)
    """
    day = on or service.clock.today()
    chosen = usecases.standing(actor, day, expiring_within, facility, profession, kind, state or NEED_CARE)
    return await paging.answer(service, request, chosen, asked)


@router.get("/workforce/gaps", summary="Sembilan jenis tenaga per puskesmas (the nine kinds by puskesmas)")
async def gaps(
    service: Svc, _: Anyone, on: On = None, facility: CodeFilter = None,
    complete: Annotated[bool | None, Query(description="Hanya yang (tidak) lengkap (complete or not)")] = None,
    lacking: Annotated[
        Profession | None, Query(description="Hanya yang tidak punya jenis ini (only those without this kind)")
    ] = None,
    sort: Annotated[By, Query(description="Urutan (order)")] = By.CODE,
    after: Annotated[str | None, Query(max_length=32, description="Isi `next` dari halaman sebelumnya")] = None,
    limit: Annotated[int, Query(ge=1, le=2000, description="Banyaknya tiap halaman (page size)")] = 100,
) -> Gaps:  # fmt: skip
    """Tiap jenis: yang bekerja, yang STR dan SIP-nya berlaku pada hari itu, jumlah minimum, kekurangan, dan kebutuhan
    menurut beban kerja bila dihitung. (Each kind: placed, with valid licences, minimum, gap, need by workload.)
    """
    day = on or service.clock.today()
    found = [
        one for one in await usecases.gaps(service, day, facility)
        if complete in (None, one.complete) and lacking in (None, *one.missing)
    ]  # fmt: skip
    if sort is By.SHORTAGE:
        found.sort(key=lambda one: -sum(kind.gap for kind in one.kinds))
    codes = [one.facility for one in found]
    if after is not None and after not in codes:
        text = Text("Isi `after` dengan `next` dari halaman sebelumnya", "Fill `after` with the previous page's `next`")
        raise Invalid(text, [Fault("/after", text)])
    start = codes.index(after) + 1 if after else 0
    items = found[start : start + limit]
    return Gaps(on=day, items=items, next=items[-1].facility if codes[start + limit :] else None)


@router.get("/workforce/district", summary="Sembilan jenis di kabupaten (the district on a day)")
async def district(service: Svc, _: Anyone, on: On = None) -> District:
    """Berapa puskesmas lengkap, dan kekurangan tiap jenis (how many are complete; shortage by kind)."""
    return await usecases.district(service, on or service.clock.today())


@router.get("/workforce/trajectory", summary="Sembilan jenis dari bulan ke bulan (trajectory)")
async def trajectory(
    service: Svc, _: Anyone,
    first: Annotated[
        date | None, Query(alias="from", description="Hari pertama (first day)", examples=["2026-01-01"])
    ] = None,
    last: Annotated[
        date | None, Query(alias="until", description="Hari terakhir (last day)", examples=["2027-12-31"])
    ] = None,
    facility: CodeFilter = None,
) -> StaffingTrajectory:  # fmt: skip
    """Hari lalu dari data bertanggal, hari depan dari akhir kerja dan akhir izin yang sudah diketahui; `planned` dan
    `complete_with_plan` menunjukkan apa yang diubah oleh formasi yang direncanakan. (Past from dated rows, future from
    known ends; with and without planned posts.)
    """
    start = first or service.clock.today().replace(day=1)
    end = last or start.replace(year=start.year + 1)
    if not 0 <= (end.year - start.year) * 12 + end.month - start.month < MOST_MONTHS or end < start:
        text = Text(f"1 sampai {MOST_MONTHS} bulan sejak `from`", f"1 to {MOST_MONTHS} months after `from`")
        raise Invalid(text, [Fault("/until", text)])
    return await usecases.trajectory(service, start, end, facility)


@router.get("/workforce/norms", summary="Jumlah minimum tenaga (staffing norms)", response_model=Page[StaffingNorm])
async def staffing_norms(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.NORMS)],
    profession: Profession | None = None, on: On = None,
) -> Response:  # fmt: skip
    """Jumlah minimum tiap jenis puskesmas, bertanggal, dengan dasarnya (minimum numbers, dated, with their source)."""
    return await paging.answer(service, request, queries.NORMS.chosen().equal("profession", profession).on(on), asked)


@router.get("/workforce/rules", summary="Aturan berangka tenaga kesehatan (rules)", response_model=Page[WorkforceRule])
async def workforce_rules(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.RULES)], on: On = None
) -> Response:
    """Paling banyak berapa SIP, berapa hari sebelum habis diingatkan, berapa menit kerja setahun (dated numbers)."""
    return await paging.answer(service, request, queries.RULES.chosen().on(on), asked)


@router.get("/workforce/plans", summary="Formasi yang direncanakan (planned posts)", response_model=Page[PlannedPost])
async def plans(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.PLANS)],
    facility: CodeFilter = None, profession: Profession | None = None, on: On = None,
) -> Response:  # fmt: skip
    """Formasi per puskesmas dan jenis (planned posts by puskesmas and kind)."""
    chosen = queries.PLANS.chosen().equal("facility", facility).equal("profession", profession).on(on)
    return await paging.answer(service, request, chosen, asked)


@router.get("/workforce/workloads", summary="Analisis beban kerja (workloads)", response_model=Page[Workload])
async def workloads(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.WORKLOADS)],
    facility: CodeFilter = None, profession: Profession | None = None, on: On = None,
) -> Response:  # fmt: skip
    """Tugas, menit, dan volume setahun per puskesmas dan jenis (tasks, minutes and yearly volume)."""
    chosen = queries.WORKLOADS.chosen().equal("facility", facility).equal("profession", profession).on(on)
    return await paging.answer(service, request, chosen, asked)


def _loads(name: str, summary: str, says: str, file: File[R], example: str) -> None:
    async def load(
        service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
    ) -> loading.LoadedOut:
        return await loading.load(service, actor, file, request, mode)

    load.__doc__ = says
    router.post(
        f"/network/{name}", summary=summary, responses=loading.REPORT, openapi_extra=loading.csv(example, file),
        name=f"load_{name}",
    )(load)  # fmt: skip


_loads(
    "staffing-norms", "Muat jumlah minimum tenaga (load staffing norms)",
    "Jumlah minimum per jenis puskesmas dan tenaga; aturan baru: akhiri yang lama dengan `valid_until`, lalu muat "
    "yang baru. (Minimum numbers; end the old ones, then load the new.)", norms.NORMS,
    "care,setting,profession,minimum,regulation,valid_from,valid_until\n"
    "non-ranap,perdesaan,dokter,1,Pola Permenkes 43/2019 (periksa dengan Permenkes 19/2024),2019-10-31,\n",
)  # fmt: skip
_loads(
    "workforce-rules", "Muat aturan berangka (load workforce rules)",
    "`sip-limit` per jenis (`action`: refuse menolak, warn mengingatkan), `licence-alarm` untuk str dan sip, "
    "`working-minutes` untuk abk. (Dated numbers.)", norms.RULES,
    "rule,subject,value,action,regulation,valid_from,valid_until\n"
    "licence-alarm,sip,90,,Kebijakan Dinkes,2000-01-01,\n",
)  # fmt: skip
_loads(
    "puskesmas-settings", "Muat karakteristik wilayah puskesmas (load puskesmas settings)",
    "Perkotaan, perdesaan, atau terpencil menurut penetapan bupati; tanpa baris dianggap perdesaan. "
    "(Urban, rural or remote; rural without a row.)", norms.SETTINGS,
    "facility,setting,valid_from,valid_until\nP1410010101,perkotaan,2020-01-01,\n",
)  # fmt: skip
_loads(
    "workloads", "Muat analisis beban kerja (load workloads)",
    "Menit tiap kali dan volume setahun per tugas; kebutuhan = jumlah menit × volume dibagi menit kerja setahun. "
    "(Minutes and yearly volume by task.)", norms.WORKLOADS,
    "facility,profession,task,minutes,volume,valid_from,valid_until\n"
    "P1410010101,dokter,Pemeriksaan rawat jalan,15,9600,2026-01-01,\n",
)  # fmt: skip
_loads(
    "staffing-plans", "Muat formasi (load staffing plans)",
    "Formasi yang direncanakan dan mulai kapan; bila sudah terisi atau batal, beri `valid_until`. "
    "(Planned posts from a day; ended when filled or dropped.)", norms.PLANS,
    "facility,profession,posts,employment,source,valid_from,valid_until\n"
    "P1410040101,dokter-gigi,1,pppk,Formasi PPPK 2027,2027-03-01,\n",
)  # fmt: skip
