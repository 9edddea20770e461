"""Prolanis groups (`/v1/jkn/groups`) and screenings (`/v1/jkn/screenings`)."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response, status

from services.coverage.contract.groups import (
    EXAMPLE_MONTH,
    Activities,
    Activity,
    ActivityId,
    Clubs,
    NewActivity,
    NewParticipant,
    Participants,
    Programme,
    Screenings,
    ScreeningSums,
)
from services.coverage.usecases import groups as usecases
from services.kernel.auth import Actor, Role, allow
from services.kernel.ids import FacilityCode
from services.kernel.service import Service, Svc

router = APIRouter(prefix="/v1/jkn", tags=["Prolanis dan skrining BPJS (BPJS groups and screenings)"])

DESK = (Role.CLINICIAN, Role.CLINIC_SYSTEM, Role.FACILITY_ADMIN, Role.PUSKESMAS_STAFF)
Desk = Annotated[Actor, Depends(allow(*DESK))]
Looking = Annotated[Actor, Depends(allow(*DESK, Role.DINKES_ADMIN))]
Treating = Annotated[Actor, Depends(allow(Role.CLINICIAN, Role.CLINIC_SYSTEM, Role.PUSKESMAS_STAFF))]
OfFacility = Annotated[
    FacilityCode | None,
    Query(description="Jalur faskes mana; bawaan faskes pada token (whose line)", examples=["P1410010101"]),
]
OfMonth = Annotated[
    str | None,
    Query(
        pattern=r"^20\d{2}-(0[1-9]|1[0-2])$",
        description="Bulan kegiatan; kosong: bulan ini (month)",
        examples=[EXAMPLE_MONTH],
    ),
]
OfActivity = Annotated[ActivityId, Path(description="eduId kegiatan", examples=["dari-jawaban"])]
OfPerson = Annotated[
    str,
    Path(max_length=64, description="Id orang (person id)", examples=["14100000-0001-8000-a000-000000000000"]),
]


def _first(service: Service, month: str | None) -> date:
    return date.fromisoformat(f"{month}-01") if month else service.clock.today().replace(day=1)


@router.get("/groups/clubs", summary="Klub Prolanis faskes (the facility's Prolanis clubs)")
async def clubs(
    service: Svc,
    actor: Looking,
    programme: Annotated[Programme | None, Query(description="DM atau HT; kosong: keduanya", examples=["HT"])] = None,
    facility: OfFacility = None,
) -> Clubs:
    """Klub menurut PCare, ditanyakan sekarang."""
    return await usecases.clubs(service, actor, programme, facility)


@router.get("/groups/activities", summary="Kegiatan kelompok sebulan (a month's group activities)")
async def activities(service: Svc, actor: Looking, month: OfMonth = None, facility: OfFacility = None) -> Activities:
    """Kegiatan Prolanis menurut PCare pada satu bulan, ditanyakan sekarang."""
    return await usecases.activities(service, actor, _first(service, month), facility)


@router.post(
    "/groups/activities",
    status_code=status.HTTP_201_CREATED,
    summary="Catat kegiatan kelompok (enter a group activity)",
    responses={200: {"model": Activity, "description": "Sudah ada di BPJS; tidak dicatat lagi (already there)"}},
)
async def add(service: Svc, actor: Desk, new: NewActivity, response: Response) -> Activity:
    """Dicatat di PCare. Yang sama (klub, hari, jenis, isi) tidak dicatat dua kali: daftar BPJS dilihat dahulu, dan
    dilihat lagi bila BPJS tidak memastikan hasilnya. Penolakan disampaikan dengan kata dan isian BPJS."""
    found, made = await usecases.add(service, actor, new)
    if not made:
        response.status_code = status.HTTP_200_OK
    return found


@router.get("/groups/activities/{activity}/participants", summary="Peserta kegiatan (an activity's participants)")
async def participants(service: Svc, actor: Desk, activity: OfActivity, facility: OfFacility = None) -> Participants:
    """Siapa yang ikut menurut PCare; nama dan id hanya bila boleh dilihat penanya. Tercatat di log akses."""
    return await usecases.participants(service, actor, activity, facility)


@router.post(
    "/groups/activities/{activity}/participants",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Tambah peserta kegiatan (add a participant)",
)
async def join(service: Svc, actor: Desk, activity: OfActivity, new: NewParticipant) -> None:
    """Orang yang punya hubungan layanan dengan faskes ini; nomor kartunya diambil dari rekam atau BPJS. Yang sudah
    tercatat tidak menjadi dua. Tercatat di log akses."""
    await usecases.join(service, actor, activity, new)


@router.delete(
    "/groups/activities/{activity}/participants/{person_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Keluarkan peserta kegiatan (remove a participant)",
)
async def leave(
    service: Svc, actor: Desk, activity: OfActivity, person_id: OfPerson, facility: OfFacility = None
) -> None:
    """Peserta yang salah dicatat. Tercatat di log akses."""
    await usecases.leave(service, actor, activity, person_id, facility)


@router.delete(
    "/groups/activities/{activity}",
    status_code=status.HTTP_204_NO_CONTENT,
    summary="Hapus kegiatan kelompok (delete a group activity)",
)
async def remove(
    service: Svc, actor: Desk, activity: OfActivity, month: OfMonth = None, facility: OfFacility = None
) -> None:
    """Beserta pesertanya. `month` bulan kegiatannya; kosong: bulan ini."""
    await usecases.remove(service, actor, activity, _first(service, month), facility)


@router.get("/screenings", summary="Rekap skrining BPJS (BPJS' screening sums)")
async def screening_sums(service: Svc, actor: Looking, facility: OfFacility = None) -> ScreeningSums:
    """Rekap skrining riwayat kesehatan peserta faskes ini menurut PCare; angka saja."""
    return await usecases.screening_sums(service, actor, facility)


@router.get("/screenings/persons/{person_id}", summary="Skrining seorang peserta (a member's BPJS screenings)")
async def screenings(service: Svc, actor: Treating, person_id: OfPerson, facility: OfFacility = None) -> Screenings:
    """Hasil skrining riwayat kesehatan menurut PCare, untuk yang sedang menanganinya (perlu hubungan layanan).
    Tercatat di log akses."""
    return await usecases.screenings(service, actor, person_id, facility)
