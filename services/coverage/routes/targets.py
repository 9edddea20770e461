"""Where a referral goes in BPJS' words (`/v1/jkn/referral-targets`)."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Path, Query

from services.coverage.contract.targets import CandidatesShown, Code, CriteriaShown, NewTarget, TargetShown
from services.coverage.usecases import srbk_choices
from services.coverage.usecases import targets as usecases
from services.coverage.usecases.srbk_choices import Wish
from services.kernel.auth import Actor, Role, allow
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/jkn", tags=["Padanan kode BPJS (BPJS code maps)"])

Sender = Annotated[Actor, Depends(allow(Role.CLINICIAN, Role.CLINIC_SYSTEM, Role.FACILITY_ADMIN, Role.PUSKESMAS_STAFF))]
Referral = Annotated[
    str, Path(max_length=64, description="Id rujukan (referral id)", examples=["cc028efb-f6b6-5cca-83e3-1ca5d110adb1"])
]


@router.put("/referral-targets/{referral}", summary="Pilih tujuan rujukan menurut BPJS (choose a referral's target)")
async def choose(service: Svc, actor: Sender, referral: Referral, target: Annotated[NewTarget, Body()]) -> TargetShown:
    """Subspesialis dan sarana, atau kebutuhan khusus, dan hari rujukan (tglEstRujuk) untuk satu rujukan; faskes tujuan
    dan alasan TACC diambil dari rujukannya. Hanya pengirim. Kunjungan yang diparkir karena ini dikirim kembali."""
    return await usecases.choose(service, actor, referral, target)


@router.get("/referral-targets/{referral}", summary="Tujuan rujukan menurut BPJS (a referral's target)")
async def show(service: Svc, actor: Sender, referral: Referral) -> TargetShown:
    """Yang dipilih pengirim, dengan siapa dan kapan."""
    return await usecases.show(service, actor, referral)


@router.get("/referral-targets/{referral}/criteria", summary="Kriteria rujukan yang ditawarkan (criteria on offer)")
async def criteria(service: Svc, actor: Sender, referral: Referral) -> CriteriaShown:
    """Rujukan berbasis kompetensi (SRBK): kriteria untuk diagnosis rujukan ini dan wilayah jejaringnya, **ditanyakan
    sekarang**, tidak disimpan. Pilih satu kriteria pada rujukannya (`criterion`). Yang belum ada disebut di `missing`.
    Hanya pengirim; tercatat di log akses."""
    return await srbk_choices.criteria(service, actor, referral)


@router.get("/referral-targets/{referral}/candidates", summary="Faskes tujuan yang ditawarkan (destinations on offer)")
async def candidates(
    service: Svc,
    actor: Sender,
    referral: Referral,
    criterion: Annotated[
        Literal["therapy", "procedure", "workup"] | None,
        Query(description="Kosong: menurut rujukannya (the referral's own)", examples=["workup"]),
    ] = None,
    procedure: Annotated[
        str | None, Query(pattern=r"^\d{2}(\.\d{1,2})?$", description="ICD-9-CM, untuk criterion procedure")
    ] = None,
    area: Annotated[
        str | None,
        Query(pattern=r"^\d{4}$", description="Kabupaten/kota; kosong: tujuan atau padanan area", examples=["1410"]),
    ] = None,
    subspecialist: Annotated[Code | None, Query(description="kdSubSpesialis", examples=["3"])] = None,
    means: Annotated[Code | None, Query(description="kdSarana", examples=["1"])] = None,
    day: Annotated[date | None, Query(description="tglEstRujuk; kosong: hari ini (today)")] = None,
) -> CandidatesShown:
    """Faskes yang dapat menerima menurut BPJS dan SATUSEHAT, **ditanyakan sekarang**, tidak disimpan; yang dapat
    dipilih lebih dahulu. Yang kosong diambil dari rujukan, tujuan yang dipilih, atau padanan kode. Hanya pengirim."""
    wish = Wish((criterion, procedure) if criterion else None, area, subspecialist, means, day)
    return await srbk_choices.candidates(service, actor, referral, wish)
