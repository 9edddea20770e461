"""Health workers over HTTP."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response

from services.facilities.contract import Page, Practitioner, PractitionerWithNumber, Profession
from services.facilities.contract.practitioners import Employment
from services.facilities.queries import practitioners as queries
from services.facilities.routes import loading, paging
from services.facilities.routes.filters import Anyone, CodeFilter, NameFilter
from services.facilities.rules.listing import Asked
from services.facilities.usecases import loading as loads
from services.facilities.usecases import practitioners as usecases
from services.kernel.auth import peers_only
from services.kernel.service import Svc

router = APIRouter(prefix="/v1", tags=["Tenaga kesehatan (workforce)"])
inner = APIRouter(prefix="/internal", include_in_schema=False)

Rows = list[PractitionerWithNumber]
On = Annotated[date | None, Query(description="Keadaan pada hari ini (on a day)", examples=["2026-11-01"])]
Fields = Annotated[
    dict[str, Any],
    Body(
        description="Kolom seperti di berkas CSV; yang tidak disebut tidak diubah, null mengosongkan "
        "(the columns of the file; what is not named stays, null empties)"
    ),
]


@router.get(
    "/practitioners", summary="Daftar tenaga kesehatan (practitioners)", response_model=Page[Practitioner],
    responses=paging.FORMS,
)  # fmt: skip
async def practitioners(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.PRACTITIONERS)],
    facility: CodeFilter = None, profession: Profession | None = None, employment: Employment | None = None,
    name: NameFilter = None, on: On = None,
) -> Response:  # fmt: skip
    """Tenaga kesehatan, tempat praktiknya, STR dan SIP-nya; tanpa NIK. Satu baris tiap masa kerja; `on` memilih yang
    bekerja pada hari itu. (Health workers, where they work and by which licences; without NIK.)
    """
    day = on or service.clock.today()
    chosen = queries.chosen(day, facility, profession, employment, name, on)
    return await paging.answer(service, request, chosen, asked)


@inner.get("/practitioners/{id}", dependencies=[Depends(peers_only)])
async def practitioner(service: Svc, id: Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{4,64}$")]) -> Rows:
    """For peers: where a practitioner works and worked, with the licences of today and the NIK."""
    return await usecases.practitioner(service, id)


@router.post(
    "/network/practitioners", summary="Muat tenaga kesehatan (load practitioners)",
    responses=loading.REPORT,
    openapi_extra=loading.csv(
        "id,facility,name,nik,profession,employment,str_number,sip_number,sip_valid_from,sip_valid_until,valid_from,"
        "valid_until\n"
        "10009880001,P1410010101,dr. Dewi Lestari,1499990101800001,dokter,pns,STR-00001,SIP-00001,2024-01-01,"
        "2028-12-31,2024-01-01,\n",
        usecases.PRACTITIONERS,
    ),
)  # fmt: skip
async def load(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.WarnedOut:
    """Tenaga kesehatan dan tempat praktiknya: satu baris per orang, faskes, dan hari mulai. STR tanpa hari terakhir
    berlaku seumur hidup (UU 17/2023). Ditolak: STR/SIP yang sudah habis sebelum hari pertama praktik, dan SIP melebihi
    jumlah yang diizinkan. Tampak sebagai Practitioner dan PractitionerRole di FHIR. (One row per health worker,
    facility and first day.)
    """
    return await loading.load(service, actor, usecases.PRACTITIONERS, request, mode)


@router.put("/practitioners", summary="Satu tenaga kesehatan (enter one practitioner)", status_code=204)
async def enter(
    service: Svc, actor: loading.Admin,
    row: Annotated[
        Fields,
        Body(
            examples=[
                {
                    "id": "10009880001", "facility": "P1410010101", "name": "dr. Dewi Lestari", "profession": "dokter",
                    "employment": "pns", "valid_from": "2024-01-01",
                }
            ]
        ),
    ],
) -> None:  # fmt: skip
    """Satu baris seperti di berkas practitioners.csv, dengan pemeriksaan yang sama (one row, by the file's rules)."""
    await loads.load_one(service, usecases.PRACTITIONERS, row, actor.subject)


@router.post(
    "/network/licences", summary="Muat STR dan SIP (load licences)",
    responses=loading.REPORT,
    openapi_extra=loading.csv(
        "practitioner,kind,number,facility,valid_from,valid_until\n"
        "10009880001,sip,SIP-00001,P1410010101,2024-01-01,2028-12-31\n",
        usecases.LICENCES,
    ),
)  # fmt: skip
async def load_licences(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.WarnedOut:
    """STR (`facility` kosong) dan SIP (satu tempat praktik), misalnya perpanjangan: nomor baru adalah baris baru, yang
    lama tetap. (Registrations and practice licences; a renewal is a row of its own.)
    """
    return await loading.load(service, actor, usecases.LICENCES, request, mode)
