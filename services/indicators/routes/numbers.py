"""Numbers: the front page, one indicator, the computation itself."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.indicators.contract import Building, By, Card, Difference, Indicator, Verification
from services.indicators.routes.common import FILES, Admin, AsOf, Format, Narrowed, Reader, StandardName, Year, as_file
from services.indicators.rules import files
from services.indicators.usecases import day, numbers
from services.indicators.usecases.viewing import WHOLE
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/indicators", tags=["Indikator (indicators)"])


@router.get("", response_model=list[Card], responses=FILES, summary="Semua indikator (all indicators)")
async def cards(service: Svc, actor: Reader, year: Year = None, format: Format = "json") -> Any:
    """Tiap indikator ringkas: sasaran riil dan resmi, yang dilayani, capaian terhadap keduanya. (Each indicator in
    short: registered and official denominators, served, coverage against both.)
    """
    found = await numbers.cards(service, actor, year)
    if format == "json":
        return found
    return as_file(files.catalogue(found), format, f"indikator-{year or service.clock.today().year}")


@router.get("/verify", summary="Periksa angka terhadap hitung ulang (check the numbers)")
async def verify(service: Svc, _: Admin) -> Verification:
    """Menghitung semua dari nol dan membandingkannya dengan angka berjalan; `differences` harus kosong. (Computes
    everything from nothing and compares; there must be no differences.)
    """
    as_of, found = await day.verify(service)
    return Verification(as_of=as_of, differences=[_difference(r) for r in found])


def _difference(row: dict[str, Any]) -> Difference:
    shown = {k: v if isinstance(v, int | list) or v is None else str(v) for k, v in row.items()}
    return Difference(where=str(shown.pop("where")), what=str(shown.pop("what")), row=shown)


@router.get("/rebuild", summary="Keadaan perhitungan (state of the computation)")
async def progress(service: Svc, _: Reader) -> Building:
    """Sampai tanggal berapa angka berlaku, dan sejauh mana hitung ulang. (Which day the numbers stand for, and how
    far a rebuild is.)
    """
    return await numbers.progress(service)


@router.post("/rebuild", status_code=202, summary="Hitung ulang semua (rebuild everything)")
async def rebuild(service: Svc, _: Admin) -> Building:
    """Menghitung ulang semua angka di belakang layar; yang lama tetap tampil sampai selesai. (Rebuilds in the
    background; the old numbers are shown until it is complete.)
    """
    return numbers.building(await day.rebuild(service))


@router.get(
    "/{standard}",
    response_model=Indicator,
    responses=FILES,
    summary="Satu indikator, dirinci (one indicator, broken down)",
)
async def indicator(
    service: Svc,
    actor: Reader,
    standard: StandardName,
    year: Year = None,
    as_of: AsOf = None,
    by: Annotated[By, Query(description="Rincian (breakdown)")] = By.VILLAGE,
    cross: Annotated[
        By | None, Query(description="Rincian kedua, disilangkan dengan `by` (crossed with a second breakdown)")
    ] = None,
    narrowing: Narrowed = WHOLE,
    format: Format = "json",
) -> Any:
    """Sasaran, yang dilayani, butir yang kurang, per bulan. `by=village|puskesmas|kecamatan|sex|age|payer`: menurut
    tempat tinggal dan golongan; `by=facility|kind|ownership`: menurut siapa yang mengerjakan. Tanggal lampau dihitung
    saat diminta. (By residence and group, or by who did the work; a past date is computed when asked.)
    """
    found = await numbers.indicator(service, actor, standard, year, as_of, by, cross, narrowing)
    if format == "json":
        return found
    return as_file(files.indicator(found), format, f"{found.standard}-{by}-{found.as_of}")
