"""Health workers over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from services.facilities.contract import Page, Practitioner, PractitionerWithNumber, Profession
from services.facilities.queries import practitioners as queries
from services.facilities.routes import loading, paging
from services.facilities.routes.filters import Anyone, CodeFilter, NameFilter
from services.facilities.rules.listing import Asked
from services.facilities.usecases import practitioners as usecases
from services.kernel.auth import peers_only
from services.kernel.service import Svc

router = APIRouter(prefix="/v1", tags=["Jejaring (network)"])
inner = APIRouter(prefix="/internal", include_in_schema=False)

Rows = list[PractitionerWithNumber]


@router.get(
    "/practitioners", summary="Daftar tenaga kesehatan (practitioners)", response_model=Page[Practitioner],
    responses=paging.FORMS,
)  # fmt: skip
async def practitioners(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.PRACTITIONERS)],
    facility: CodeFilter = None, profession: Profession | None = None, name: NameFilter = None,
) -> Response:  # fmt: skip
    """Tenaga kesehatan dan tempat praktiknya; tanpa NIK (health workers and where they work; without NIK)."""
    return await paging.answer(service, request, queries.chosen(facility, profession, name), asked)


@inner.get("/practitioners/{id}", dependencies=[Depends(peers_only)])
async def practitioner(service: Svc, id: Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{4,64}$")]) -> Rows:
    """For peers: where a practitioner works, with the NIK."""
    return await usecases.practitioner(service, id)


@router.post(
    "/network/practitioners", summary="Muat tenaga kesehatan (load practitioners)",
    responses=loading.REPORT,
    openapi_extra=loading.csv(
        "id,facility,name,nik,profession,str_number,sip_number,valid_from,valid_until\n"
        "10009880001,P1410010101,dr. Dewi Lestari,1499990101800001,dokter,,,2024-01-01,\n",
        usecases.PRACTITIONERS,
    ),
)  # fmt: skip
async def load(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Tenaga kesehatan dan tempat praktiknya: satu baris per orang dan faskes. Tampak sebagai Practitioner dan
    PractitionerRole di FHIR. (One row per health worker and facility.)
    """
    return await loading.load(service, actor, usecases.PRACTITIONERS, request, mode)
