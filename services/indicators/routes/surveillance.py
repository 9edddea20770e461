"""Weekly surveillance (SKDR)."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request

from services.indicators.contract import Cases, CasesBy, Loaded, Syndrome, Week
from services.indicators.routes.common import FILES, Admin, Carer, Format, Names, Reader, as_file
from services.indicators.routes.exchange import ValidFrom, sent, table
from services.indicators.rules import files
from services.indicators.usecases import surveillance
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/surveillance", tags=["Surveilans mingguan (SKDR)"])
WeekName = Annotated[
    str | None,
    Query(
        max_length=8, description="Minggu epidemiologi, Minggu–Sabtu; kosong = minggu ini (week)", examples=["2026-W40"]
    ),
]
TABLE = (
    "code;concept;name_id;name_en;episode_days;until_age_years;alert;rising_weeks;doubles;month_doubles;fatality_rise;"
    "least;source\n"
    "A;skdr_diarrhoea;Diare akut;Acute diarrhoea;14;;;3;2;2;50;3;SK Kepala Dinas 440/12/2026\n"
    "C;skdr_dengue;Tersangka demam dengue;Suspected dengue;14;;10;3;2;2;50;3;SK Kepala Dinas 440/12/2026\n"
)


@router.get("", response_model=Week, responses=FILES, summary="SKDR satu minggu (one week)")
async def week(
    service: Svc,
    actor: Reader,
    week: WeekName = None,
    before: Annotated[int, Query(ge=0, le=52, description="Minggu sebelumnya yang ikut (weeks before)")] = 8,
    by: Annotated[CasesBy, Query(description="Rincian (breakdown)")] = CasesBy.PUSKESMAS,
    format: Format = "json",
) -> Any:
    """Kasus baru tiap penyakit SKDR menurut minggu epidemiologi, kabupaten dan tiap tempat, dengan sinyal dan
    alasannya. `by=puskesmas|village`: tempat tinggal; `by=facility`: yang pertama mencatat. Yang kurang dari
    5 ditahan bagi yang tidak boleh melihat nama. (New cases by disease and week, signals and why.)
    """
    found = await surveillance.weekly(service, actor, week, before, by)
    return found if format == "json" else as_file(files.weekly(found), format, f"skdr-{found.week}-{by}")


@router.get("/parameters", summary="Parameter SKDR (parameters)")
async def parameters(
    service: Svc, _: Reader, on: Annotated[date | None, Query(description="Yang berlaku hari itu (in force on)")] = None
) -> list[Syndrome]:
    """Penyakit yang dipantau, konsep ICD-10-nya, jarak episode, dan batas sinyal yang berlaku. (What is watched.)"""
    return await surveillance.parameters(service, on)


@router.put("/parameters", openapi_extra=table(TABLE), summary="Muat parameter SKDR (load parameters)")
async def load(service: Svc, actor: Admin, request: Request, valid_from: ValidFrom = None) -> Loaded:
    """CSV atau XLSX; menggantikan seluruh daftar sejak harinya, minggu sebelumnya tetap memakai yang lama. (Replaces
    the whole list from its day on; weeks before it keep the former.)
    """
    return await surveillance.load(service, actor, await sent(request), valid_from)


@router.get("/{code}/cases", summary="Daftar kasus di balik angka (line list)")
async def cases(
    service: Svc,
    actor: Carer,
    code: Annotated[str, Path(pattern=r"^[A-Z]{1,2}$", description="Kode SKDR (code)", examples=["A"])],
    week: Annotated[
        str | None, Query(max_length=8, description="Minggu epidemiologi; kosong = minggu lalu dan minggu ini (week)")
    ] = None,
    by: Annotated[CasesBy, Query(description="Rincian `place` (what `place` is)")] = CasesBy.DISTRICT,
    place: Annotated[
        str | None, Query(max_length=32, description="Puskesmas, desa, atau faskes; kosong = kabupaten (place)")
    ] = None,
    names: Names = False,
) -> Cases:
    """Catatan pertama tiap kasus: siapa, kapan, dicatat siapa. Hanya kasus yang catatannya boleh Anda lihat; tiap orang
    yang tampil dicatat di log akses. Nama hanya bila diminta. (First record of each case; each person is logged.)
    """
    return await surveillance.cases(service, actor, code, week, by, place, names)
