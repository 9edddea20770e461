"""Reconciliation with BPJS over HTTP."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from services.coverage.contract.reconciliation import (
    DayOut,
    DifferenceOpened,
    DifferenceOut,
    Kind,
    Owner,
    RunOut,
    State,
)
from services.coverage.queries.reconciliation import Wanted
from services.coverage.usecases import mismatches as usecases
from services.kernel.auth import Actor, Role, allow
from services.kernel.ids import FacilityCode
from services.kernel.problems import Invalid, Text
from services.kernel.service import Svc
from services.kernel.sheets import XLSX, to_csv, to_xlsx

router = APIRouter(prefix="/v1/jkn/reconciliation", tags=["Rekonsiliasi JKN (reconciliation)"])
KEEPERS = (Role.CLINIC_SYSTEM, Role.FACILITY_ADMIN, Role.PUSKESMAS_STAFF, Role.DINKES_ADMIN)
Keeper = Annotated[Actor, Depends(allow(*KEEPERS))]
Reader = Annotated[Actor, Depends(allow(*KEEPERS, Role.DINKES_ANALYST))]
At = Annotated[FacilityCode | None, Query(description="Kosong: faskes pada token; dinas: semua (facility)")]
Since = Annotated[date | None, Query(description="Dari hari (from)")]
Until = Annotated[date | None, Query(description="Sampai hari, kosong: hari ini (until)")]
Form = Annotated[Literal["json", "csv", "xlsx"], Query(description="Bentuk jawaban (form of the answer)")]
FILES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {"schema": {"type": "string"}} for kind in ("text/csv", XLSX)}}
}
DifferenceId = Annotated[str, Path(max_length=64, description="Id selisih", examples=["dari-daftar-selisih"])]
MOST_ROWS = 5000


class RunIn(BaseModel):
    """Hari-hari yang dibandingkan; kosong: hari ini (days to compare; empty: today)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"facility": "P1410010101"}]})

    facility: FacilityCode | None = Field(None, description="Kosong: faskes pada token; dinas: semua (all)")
    since: date | None = None
    until: date | None = None


class DifferenceStepIn(BaseModel):
    """Alasan atau catatan, dan bila dialihkan: kepada siapa (a reason or note; when assigned: to whom)."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[str, Field(min_length=3, max_length=500)] | None = None
    owner: Owner | None = None


@router.post("", status_code=202, summary="Bandingkan dengan BPJS sekarang (compare now)")
async def ask(service: Svc, actor: Keeper, body: RunIn) -> RunOut:
    """Daftar BPJS diambil dan dibandingkan di latar; kemajuannya di `/runs/{run}`. Tiap malam seminggu terakhir
    dibandingkan sendiri. (Compared in the background; every night the last week is compared by itself.)"""
    return await usecases.ask(service, actor, body.facility, body.since, body.until)


@router.get("/runs/{run}", summary="Kemajuan pemeriksaan (progress of a run)")
async def run(
    service: Svc,
    actor: Keeper,
    run: Annotated[str, Path(max_length=64, description="Id pemeriksaan", examples=["dari-jawaban-permintaan"])],
) -> RunOut:
    """Berapa hari-faskes sudah dibandingkan, dan berapa yang tidak terjawab BPJS (how far it is)."""
    return await usecases.run(service, actor, run)


@router.get("", summary="Ringkasan per hari dan faskes (summary by day and facility)", responses=FILES)
async def summary(
    service: Svc, actor: Reader, facility: At = None, since: Since = None, until: Until = None, format: Form = "json"
) -> Any:
    """Yang harus dikirim, dikirim, diterima, dan tercantum di BPJS; selisih menurut macam dan keadaannya.

    (Owed, sent, accepted, listed; differences by kind and state. Opens to `/differences`.)
    """
    found = await usecases.summary(service, actor, facility, since, until)
    return found if format == "json" else _file(format, "rekonsiliasi", DayOut, found.days)


@router.get("/differences", summary="Daftar selisih (differences)", responses=FILES)
async def listed(
    service: Svc, actor: Keeper, facility: At = None, since: Since = None, until: Until = None,
    kind: Annotated[Kind | None, Query(description="Macam selisih (kind)")] = None,
    state: Annotated[State | Literal["all"] | None, Query(description="Kosong: yang belum selesai (left)")] = None,
    owner: Annotated[Owner | None, Query(description="Siapa yang menyelesaikan (whose turn)")] = None,
    after: Annotated[str | None, Query(max_length=100, description="Isi `next` halaman sebelumnya")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100, format: Form = "json",
) -> Any:  # fmt: skip
    """Terbaru dulu. Orangnya tampil hanya menurut hak akses, dan dicatat (persons by the reader's rights, logged)."""
    wanted = Wanted(facility, since, until, kind, state, owner, _mark(after))
    page, _ = await usecases.listed(service, actor, wanted, limit if format == "json" else MOST_ROWS)
    return page if format == "json" else _file(format, "selisih", DifferenceOut, page.items)


@router.get("/differences/{difference}", summary="Satu selisih dan riwayatnya (one difference)")
async def opened(service: Svc, actor: Keeper, difference: DifferenceId) -> DifferenceOpened:
    """Selisihnya, kirimannya, dan siapa berbuat apa (its delivery, and who did what)."""
    return await usecases.opened(service, actor, difference)


@router.post("/differences/{difference}/{verb}", summary="Kerjakan selisih (work on a difference)")
async def step(
    service: Svc, actor: Keeper, difference: DifferenceId,
    verb: Annotated[Literal["take", "accept", "assign", "reopen", "note"], Path(examples=["note"])],
    body: Annotated[DifferenceStepIn, Body(openapi_examples={
        "note": {"summary": "Catatan (a note)", "value": {"note": "Ditanyakan ke petugas entri PCare"}},
    })],
) -> DifferenceOpened:  # fmt: skip
    """Ambil (take), terima dengan alasan (accept), alihkan (assign), buka lagi (reopen), catat (note). Yang hilang
    sendiri selesai sendiri pada pemeriksaan berikutnya (what disappears is settled by the next comparison)."""
    return await usecases.step(service, actor, difference, verb, body.note, body.owner)


def _mark(after: str | None) -> tuple[date, str] | None:
    if after is None:
        return None
    day, _, id_ = after.partition("_")
    try:
        return date.fromisoformat(day), id_
    except ValueError:
        raise Invalid(Text("`after` bukan `next` dari halaman sebelumnya", "`after` is not a `next`")) from None


def _file(form: str, name: str, of: type[BaseModel], rows: list[Any]) -> Response:
    """Rows as a file for Excel."""
    columns = list(of.model_fields)
    lines = [columns, *([_cell(value) for value in row.model_dump(mode="json").values()] for row in rows)]
    made, media = (to_csv(lines), "text/csv; charset=utf-8") if form == "csv" else (to_xlsx(lines, name), XLSX)
    headers = {"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    return Response(made, media_type=media, headers=headers)


def _cell(value: Any) -> Any:
    match value:
        case dict():
            return ", ".join(f"{k}: {v}" for k, v in value.items())
        case list():
            return ", ".join(map(str, value))
    return value
