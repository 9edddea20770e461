"""PIP 1: life expectancy."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from services.indicators.contract.lifetable import AnySex, Entered, LifeExpectancy, OfficialRows, Rows
from services.indicators.routes import rows
from services.indicators.routes.common import Admin, Reader, Year
from services.indicators.usecases import lifetable
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/indicators/pip-1", tags=["Angka harapan hidup (life expectancy)"])
AGES = (0, 1, *range(5, 90, 5))
SHARES = (17, 66, 88, 90, 91, 90, 86, 82, 79, 74, 66, 56, 45, 36, 27, 19, 12, 7, 4)
ITEMS = [
    {"year": 2025, "sex": sex, "age": age, "value": 97 * share, "source": "Proyeksi BPS"}
    for sex in ("male", "female") for age, share in zip(AGES, SHARES, strict=True)
]  # fmt: skip
CSV = "tahun,jenis_kelamin,umur,penduduk,sumber\n" + "".join(
    f"{r['year']},{r['sex']},{r['age']},{r['value']},{r['source']}\n" for r in ITEMS
)
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["items"],
                    "properties": {"items": {"type": "array", "items": {"type": "object"}}},
                },
                "example": {"items": ITEMS},
            },
            "text/csv": {"schema": {"type": "string"}, "example": CSV},
        },
    }
}


@router.get("", summary="Angka harapan hidup indikatif (indicative life expectancy)")
async def shown(
    service: Svc,
    actor: Reader,
    year: Year = None,
    years: Annotated[
        int | None, Query(ge=1, le=10, description="Berapa tahun digabung; kosong = sampai 3 (years together)")
    ] = None,
    sex: Annotated[AnySex, Query(description="Jenis kelamin (sex)")] = "all",
    place: Annotated[
        str,
        Query(
            pattern=r"^(\d{4}|\d{6}|\d{10})?$",
            description="Kode kecamatan atau desa; kosong = kabupaten (part; empty: the district)",
        ),
    ] = "",
) -> LifeExpectancy:
    """Tabel kematian ringkas Chiang dengan galat bakunya, dari kematian penduduk dalam catatan dan penduduk yang
    dimuat; indikatif, di samping angka BPS. Tanpa `year`: sampai tahun penuh terakhir. Bila tidak dapat dihitung
    (penduduk belum dimuat, tidak ada kematian pada kelompok umur terbuka), `why` menyebut sebabnya. (Chiang's
    abridged life table with its standard error, from recorded deaths and the loaded population; indicative, beside
    the value of BPS.)
    """
    return await lifetable.shown(service, actor, year, years, sex, place)


@router.put("/population", summary="Muat penduduk menurut umur (load the population by age)", openapi_extra=BODY)
async def population(
    service: Svc,
    admin: Admin,
    request: Request,
    confirm: Annotated[
        bool,
        Query(
            description="Perubahan mendadak memang dimaksud (sudden changes are meant)",
            json_schema_extra={"examples": [True]},
        ),
    ] = False,
) -> Entered:
    """Penduduk pertengahan tahun per tahun, jenis kelamin, dan kelompok umur (0, 1, 5, 10 … 85); JSON, CSV atau XLSX.
    Tiap tahun dan jenis kelamin harus lengkap; semua dimuat atau tidak sama sekali; yang dimuat terakhir berlaku.
    (Mid-year population; each year and sex must be whole; all or nothing; the newest loaded counts.)
    """
    body = await rows.sent(request, Rows)
    lines = await lifetable.read_file(body) if isinstance(body, bytes) else list(enumerate(body, 1))
    return await lifetable.load(service, lines, confirm, admin.subject)


@router.put("/official", summary="Masukkan angka BPS (enter the value of BPS)")
async def official(service: Svc, admin: Admin, body: OfficialRows) -> Entered:
    """Angka harapan hidup yang diterbitkan BPS, ditampilkan di samping angka indikatif. (Life expectancy as BPS
    publishes it, shown beside the indicative one.)
    """
    return await lifetable.enter(service, body.items, admin.subject)
