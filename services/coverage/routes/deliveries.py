"""What is owed to BPJS and how it stands (`/v1/jkn/deliveries`)."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from services.coverage.contract.deliveries import Deliveries, Delivery, DeliveryProof, GiveUp, Queues, State
from services.coverage.queries.delivered import Wanted
from services.coverage.rules.deliveries import id_of
from services.coverage.usecases.outbox import looking as usecases
from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.ids import FacilityCode
from services.kernel.service import Svc

EXAMPLE = id_of("visit", "contoh-kunjungan-jkn")
"""Of a visit of the demo."""

router = APIRouter(prefix="/v1/jkn", tags=["Kiriman ke BPJS (deliveries to BPJS)"])

Looking = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.JKN_CONNECTOR, Role.DINKES_ADMIN))]
Deciding = Annotated[
    Actor,
    Depends(
        allow(Role.CLINIC_SYSTEM, Role.FACILITY_ADMIN, Role.PUSKESMAS_STAFF, Role.JKN_CONNECTOR, Role.DINKES_ADMIN)
    ),
]
Id = Annotated[str, Path(max_length=64, description="Id kiriman (delivery)", examples=[EXAMPLE])]
Facility = Annotated[FacilityCode | None, Query(description="Hanya faskes ini (facility)", examples=["P1410010101"])]


@router.get("/deliveries", summary="Daftar kiriman ke BPJS (deliveries to BPJS)")
async def listed(
    service: Svc,
    actor: Looking,
    facility: Facility = None,
    state: Annotated[list[State] | None, Query(description="Hanya yang keadaannya begini (states)")] = None,
    because: Annotated[str | None, Query(max_length=40, description="Hanya dengan alasan ini (reason)")] = None,
    since: Annotated[date | None, Query(description="Kunjungan mulai tanggal ini (visits from)")] = None,
    until: Annotated[date | None, Query(description="Kunjungan sampai tanggal ini (visits until)")] = None,
    subject: Annotated[str | None, Query(max_length=64, description="Id Encounter atau tiket (subject)")] = None,
    person: Annotated[str | None, Query(max_length=64, description="Id orang (person)")] = None,
    after: Annotated[int | None, Query(ge=1, description="`next` dari halaman sebelumnya")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Paling banyak sekian (at most)")] = 50,
) -> Deliveries:
    """Apa yang harus sampai di BPJS dan bagaimana keadaannya; faskes melihat miliknya sendiri, Dinas semua.

    - `waiting` menunggu giliran · `sending` sudah dikirim, jawabannya belum diketahui: BPJS dilihat dulu sebelum
      dikirim ulang · `delivered` diterima BPJS · `parked` ditolak atau ada yang kurang: perbaiki `fields` ·
      `skipped` tidak dikirim, dengan alasan · `removed` dihapus di BPJS karena salah catat.
    - Yang diperbaiki di rekam medis terkirim ulang sendiri (mended in the record: sent again by itself).
    """
    wanted = Wanted(facility, state, because, since, until, subject, person)
    return await usecases.listed(service, actor, wanted, after, limit)


@router.get("/deliveries/queues", summary="Keadaan antrean kiriman (how the queues stand)")
async def queues(service: Svc, actor: Looking, facility: Facility = None) -> Queues:
    """Berapa yang menunggu, tertahan dan terkirim per faskes dan layanan BPJS, dan mengapa sebuah antrean berhenti."""
    return await usecases.queues(service, actor, facility)


@router.get("/deliveries/{delivery}", summary="Satu kiriman dengan buktinya (one delivery with its proof)")
async def one(service: Svc, actor: Looking, delivery: Id) -> DeliveryProof:
    """Keadaan satu kiriman dan setiap percobaannya: kapan, langkah apa, kode dan nomor dari BPJS, sidik isinya."""
    return await usecases.one(service, actor, delivery)


@router.post("/deliveries/{delivery}/give-up", summary="Batalkan kiriman (give up)")
async def give_up(service: Svc, actor: Deciding, delivery: Id, asked: GiveUp) -> Delivery:
    """Mengeluarkan kiriman dari antrean dengan alasan, misalnya karena sudah diinput manual. Yang mungkin sedang
    sampai di BPJS tidak dapat dibatalkan; perubahan di rekam medis mengantrekannya lagi."""
    return await usecases.give_up(service, actor, delivery, asked.reason)


@router.post("/deliveries/{delivery}/retry", summary="Kirim ulang (send again)")
async def retry(service: Svc, actor: Deciding, delivery: Id) -> Delivery:
    """Mengembalikan kiriman `parked` atau `skipped` ke antreannya, atau mengirim yang `waiting` sekarang juga. Bila
    percobaan lama mungkin sudah sampai, BPJS dilihat dulu, jadi tidak pernah ganda (never doubled)."""
    return await usecases.retry(service, actor, delivery)
