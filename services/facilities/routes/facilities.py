"""Facilities over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from services.facilities.contract import (
    Facility,
    FacilityChange,
    FacilityWhole,
    HospitalClass,
    Kind,
    Ownership,
    Page,
    Status,
)
from services.facilities.contract.mismatches import CodeMismatch, Mismatch
from services.facilities.queries import facilities as queries
from services.facilities.routes import loading, paging
from services.facilities.routes.filters import AnyCode, Anyone, AreaFilter, FacilityCodePath, NameFilter, OnDay
from services.facilities.routes.paging import After, Limit
from services.facilities.rules.listing import Asked
from services.facilities.usecases import facilities as usecases
from services.facilities.usecases import mismatches as codes
from services.facilities.usecases import particulars
from services.kernel.auth import peers_only
from services.kernel.problems import Fault, Invalid, Text
from services.kernel.service import Service, Svc

router = APIRouter(prefix="/v1", tags=["Jejaring (network)"])
inner = APIRouter(prefix="/internal", include_in_schema=False)


@router.get("/facilities", summary="Daftar faskes (facilities)", response_model=Page[Facility], responses=paging.FORMS)
async def facilities(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.FACILITIES)],
    kind: Annotated[list[Kind] | None, Query(description="Jenis, boleh berulang (kind, repeatable)")] = None,
    ownership: Ownership | None = None,
    area: Annotated[
        str | None,
        Query(pattern=r"^\d{2,10}$", description="Semua di dalam wilayah ini (all within)", examples=["141001"]),
    ] = None,
    name: NameFilter = None,
    active: bool | None = None,
    status: Status | None = None,
    inpatient: Annotated[bool | None, Query(description="Rawat inap (takes in-patients)")] = None,
    hospital_class: HospitalClass | None = None,
    on: OnDay = None,
    service_: Annotated[
        list[str] | None,
        Query(alias="service", description="Menawarkan layanan ini, boleh berulang (offers; /v1/service-types)"),
    ] = None,
    open_at: Annotated[
        datetime | None,
        Query(description="Buka pada saat itu; tanpa zona = waktu setempat (open at; local without a zone)"),
    ] = None,
    near: Annotated[
        str | None,
        Query(
            pattern=r"^-?\d{1,2}(\.\d{1,8})?,-?\d{1,3}(\.\d{1,8})?$",
            description="Lintang,bujur: memberi `distance_km`, boleh untuk sort (latitude,longitude)",
        ),
    ] = None,
    within_km: Annotated[float | None, Query(gt=0, le=1000, description="Sejauh ini dari `near`")] = None,
    jkn: Annotated[bool | None, Query(description="Bekerja sama dengan JKN (has a JKN contract)")] = None,
) -> Response:  # fmt: skip
    """Faskes, disaring menurut jenis, pemilik, wilayah, keadaan, bagian nama, layanan, jam buka, jarak, atau kerja
    sama JKN; menurut kode atau `sort`; `on` = seperti pada hari itu (filtered, sorted; as on a day).
    """
    wanted = queries.Wanted(
        kind, ownership, area, name, active, status, inpatient, hospital_class, on, service_,
        _local(service, open_at), _point(near, within_km), within_km, jkn,
    )  # fmt: skip
    return await paging.answer(service, request, queries.chosen(wanted, service.clock.today()), asked)


def _local(service: Service, moment: datetime | None) -> datetime | None:
    return moment.astimezone(service.clock.zone) if moment and moment.tzinfo else moment


def _point(near: str | None, within_km: float | None) -> tuple[float, float] | None:
    if near is None:
        if within_km is not None:
            text = Text("Sebut juga `near`: jauh dari mana", "Name `near` as well: how far from where")
            raise Invalid(text, [Fault("/near", text)])
        return None
    latitude, longitude = map(float, near.split(","))
    if abs(latitude) > 90 or abs(longitude) > 180:
        text = Text("Lintang -90 sampai 90, bujur -180 sampai 180", "Latitude -90 to 90, longitude -180 to 180")
        raise Invalid(text, [Fault("/near", text)])
    return latitude, longitude


@router.get("/facilities/{code}", summary="Satu faskes (one facility)", response_model_exclude_unset=True)
async def facility(
    service: Svc, _: Anyone, code: AnyCode, on: OnDay = None,
    include: Annotated[
        str | None,
        Query(
            pattern=r"^[a-z_]{2,20}(,[a-z_]{2,20}){0,9}$",
            description="Bagian yang disertakan, dipisah koma: hours, special_days, services, competences, equipment, "
            "beds, jkn (parts to include)",
            examples=["hours,services,beds,jkn"],
        ),
    ] = None,
) -> FacilityWhole:  # fmt: skip
    """Faskes menurut salah satu kodenya; `on` = seperti pada hari itu, menurut kode yang berlaku hari itu (a facility
    by any of its codes; as on a day, by the codes of that day).
    """
    parts = include.split(",") if include else []
    if strange := [p for p in parts if p not in particulars.PARTS]:
        able = ", ".join(particulars.PARTS)
        text = Text(f"yang dikenal: {able}", f"known: {able}")
        raise Invalid(text, [Fault("/include", text) for _part in strange])
    found = await usecases.facility(service, code, on)
    hanging = await particulars.with_parts(service, found.code, parts, on or service.clock.today()) if parts else {}
    return FacilityWhole.model_validate(found.model_dump() | hanging)


@router.get("/facilities/codes/mismatches", summary="Kode faskes yang tidak cocok (mismatches of codes)")
async def mismatches(
    service: Svc, _: Anyone, on: OnDay = None,
    what: Annotated[list[Mismatch] | None, Query(description="Apa yang tidak cocok, boleh berulang")] = None,
    area: AreaFilter = None,
    ending_within: Annotated[int, Query(ge=0, le=3650, description="Izin yang berakhir dalam … hari (days)")] = 90,
    after: After = None, limit: Limit = 100,
) -> Page[CodeMismatch]:  # fmt: skip
    """Kode yang kurang, salah bentuk, dipakai dua faskes; izin yang berakhir; kontrak JKN yang tidak cocok; letak di
    luar kecamatannya; faskes kembar. Tiap baris menyebut yang salah dan yang benar. (What is wrong among SATUSEHAT,
    registration, PPK and licence, and what would be right.)
    """
    items, following, total = await codes.report(service, on, what, area, ending_within, after, limit)
    return Page(items=items, next=following, total=total)


@router.get("/facilities/{code}/history", summary="Riwayat faskes (history of a facility)")
async def history(
    service: Svc, _: Anyone, code: AnyCode, after: After = None, limit: Limit = 100
) -> Page[FacilityChange]:
    """Siapa mengubah apa, kapan dicatat, dan sejak kapan berlaku; yang terakhir dicatat lebih dulu. Koreksi masa lalu
    dan perubahan yang direncanakan tampak dengan kedua waktunya. (Who changed what: when recorded, from when valid.)
    """
    items, following = await usecases.history(service, code, after, limit)
    return Page(items=items, next=following)


@router.put(
    "/facilities/{code}", summary="Daftarkan atau ubah satu faskes (register or change one facility)",
    openapi_extra=loading.json(
        usecases.FACILITIES.model, "code",
        {"phone": "0763-990001", "status": "active", "valid_from": "2026-01-01"},
    ),
)  # fmt: skip
async def put(service: Svc, actor: loading.Admin, code: FacilityCodePath, said: loading.Said) -> Facility:
    """Yang tidak disebut tetap seperti adanya; null mengosongkan. `valid_from` = hari mulai berlakunya perubahan
    (bawaan: hari ini): boleh di masa lalu (koreksi) atau di masa depan (rencana). Faskes baru wajib `name`, `kind`,
    `ownership`, `village`. (What is not named stays; null empties; the change holds from `valid_from`.)
    """
    return await usecases.put(service, code, said, actor.subject)


@inner.get("/facilities/{any_code}", dependencies=[Depends(peers_only)])
async def resolve(service: Svc, any_code: AnyCode, on: OnDay = None) -> Facility:
    """For peers: the facility behind our code, a SATUSEHAT organisation number or a BPJS code (of a day)."""
    return await usecases.facility(service, any_code, on)


@router.post(
    "/network/facilities", summary="Muat faskes (load facilities)",
    responses=loading.REPORT,
    openapi_extra=loading.csv(
        "code,name,kind,ownership,satusehat_id,bpjs_code,registration,village,latitude,longitude,phone,valid_from\n"
        "P1410010101,Puskesmas Selatpanjang,puskesmas,public,991410001,9914P001,91410010001,1410011001,0.99688,"
        "102.69738,0763-990001,2020-01-01\n",
        usecases.FACILITIES,
    ),
)  # fmt: skip
async def load(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Tambah atau ubah faskes. Kolom yang tidak ada di berkas tidak diubah. Tiap baris berlaku sejak `valid_from`-nya
    (kosong: hari ini): di masa lalu = koreksi, di masa depan = rencana. (Adds or changes facilities; columns the file
    lacks stay as they are; each row holds from its `valid_from`, empty = today.)
    """
    return await loading.load(service, actor, usecases.FACILITIES, request, mode)
