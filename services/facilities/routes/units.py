"""ILP units over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request

from services.facilities.contract.units import Units
from services.facilities.routes import loading
from services.facilities.routes.filters import AnyCode, Anyone
from services.facilities.routes.practitioners import On
from services.facilities.usecases import own
from services.facilities.usecases import units as usecases
from services.kernel.auth import Actor, Role, allow
from services.kernel.service import Svc

router = APIRouter(prefix="/v1", tags=["Unit ILP (ILP units)"])

Keeper = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN, Role.FACILITY_ADMIN, Role.PUSKESMAS_STAFF))]
Row = dict[str, Any]
CREW = {"posyandu": "Y1410010702", "coordinator": "10009880100", "kader": 5, "valid_from": "2024-09-02"}


@router.get("/facilities/{code}/units", summary="Klaster, layanan, dan petugas (ILP units)")
async def units(service: Svc, actor: Anyone, code: AnyCode, on: On = None) -> Units:
    """Klaster sebuah puskesmas atau pustu pada suatu hari: penanggung jawab, layanan, petugas tiap giliran, posyandu
    yang dikoordinasi. Peringatan (jadwal bertumpuk, izin tidak berlaku) hanya untuk faskes itu dan Dinkes. (Clusters,
    leads, services and officers by shift.)
    """
    return await usecases.units(service, actor, code, on or service.clock.today())


@router.put("/facilities/{code}/units/leads", summary="Penanggung jawab klaster (cluster lead)")
async def lead(
    service: Svc, actor: Keeper, code: AnyCode,
    row: Annotated[
        Row,
        Body(
            examples=[
                {"cluster": "2", "practitioner": "10009880003", "decree": "SK/2024/0101-2", "valid_from": "2024-09-02"}
            ]
        ),
    ],
) -> Units:  # fmt: skip
    """Siapa bertanggung jawab atas sebuah klaster, sejak kapan, dengan SK mana. Untuk mengganti: akhiri yang lama
    dengan `valid_until`, lalu masukkan yang baru. Penanggung jawab tanpa izin yang berlaku diterima dan diperingatkan.
    (Who answers for a cluster, from a day.)
    """
    return await usecases.put(service, actor, code, usecases.LEADS, row)


@router.put("/facilities/{code}/units/rosters", summary="Jadwal petugas (roster)")
async def roster(
    service: Svc, actor: Keeper, code: AnyCode,
    row: Annotated[
        Row,
        Body(
            examples=[
                {
                    "service": "ibu", "practitioner": "10009880003", "shift": "pagi", "weekdays": "senin-kamis",
                    "starts": "07:30", "ends": "12:00", "valid_from": "2024-09-02",
                }
            ]
        ),
    ],
) -> Units:  # fmt: skip
    """Petugas sebuah layanan dan gilirannya: `weekdays` seperti "senin-jumat"; `ends` sebelum `starts` = hari
    berikutnya. Petugas boleh melayani klaster mana pun bila kompeten. Jadwal bertumpuk diterima dan diperingatkan.
    (Who serves in a service, when.)
    """
    return await usecases.put(service, actor, code, usecases.ROSTERS, row)


@router.post(
    "/network/cluster-leads", summary="Muat penanggung jawab klaster (load cluster leads)", responses=loading.REPORT,
    openapi_extra=loading.csv(
        "facility,cluster,practitioner,decree,valid_from,valid_until\n"
        "P1410010101,2,10009880003,SK/2024/0101-2,2024-09-02,\n",
        usecases.LEADS,
    ),
)  # fmt: skip
async def load_leads(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.WarnedOut:
    """Penanggung jawab klaster banyak faskes sekaligus (cluster leads of many facilities)."""
    return await loading.load(service, actor, usecases.LEADS, request, mode)


@router.post(
    "/network/rosters", summary="Muat jadwal petugas (load rosters)", responses=loading.REPORT,
    openapi_extra=loading.csv(
        "facility,service,practitioner,shift,weekdays,starts,ends,valid_from,valid_until\n"
        "P1410010101,ibu,10009880003,pagi,senin-kamis,07:30,12:00,2024-09-02,\n",
        usecases.ROSTERS,
    ),
)  # fmt: skip
async def load_rosters(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.WarnedOut:
    """Jadwal petugas banyak faskes sekaligus (rosters of many facilities)."""
    return await loading.load(service, actor, usecases.ROSTERS, request, mode)


@router.post(
    "/network/unit-services", summary="Muat layanan klaster (load unit services)", responses=loading.REPORT,
    openapi_extra=loading.csv(
        "service,cluster,name,competent,regulation,valid_from,valid_until\n"
        "lansia,3,Lanjut usia,bidan dokter gizi kesmas perawat,KMK HK.01.07/MENKES/2015/2023,2023-01-01,\n",
        usecases.SERVICES,
    ),
)  # fmt: skip
async def load_services(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Layanan tiap klaster dan jenis tenaga yang kompeten (dipisah spasi; kosong = siapa pun), bertanggal. (Services by
    cluster and who is competent.)
    """
    return await loading.load(service, actor, usecases.SERVICES, request, mode)


@router.put("/facilities/{code}/units/posyandu", summary="Koordinator posyandu (posyandu crew)")
async def crew(service: Svc, actor: Keeper, code: AnyCode, row: Annotated[Row, Body(examples=[CREW])]) -> Units:
    """Posyandu yang dikoordinasi pustu atau puskesmas ini: koordinator dan jumlah kader. (A posyandu coordinated from
    here: by whom, and how many kader.)
    """
    file = usecases.CREWS if own.is_office(actor) else usecases.OWN_CREWS
    return await usecases.put(service, actor, code, file, row)


@router.post(
    "/network/posyandu-crews", summary="Muat koordinator posyandu (load posyandu crews)", responses=loading.REPORT,
    openapi_extra=loading.csv(
        "posyandu,facility,coordinator,kader,valid_from,valid_until\n"
        f"{CREW['posyandu']},P1410010101,{CREW['coordinator']},{CREW['kader']},{CREW['valid_from']},\n",
        usecases.CREWS,
    ),
)  # fmt: skip
async def load_crews(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Posyandu, siapa yang mengoordinasinya, dan jumlah kader (posyandu and who cares for them)."""
    return await loading.load(service, actor, usecases.CREWS, request, mode)
