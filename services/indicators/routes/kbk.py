"""KBK before BPJS computes it."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from services.indicators.contract.kbk import Capitation, Kbk, KbkDetail, KbkPersons
from services.indicators.contract.signs import EvidencePage, SignKind, Signs
from services.indicators.routes.common import Admin, Carer, Names, Reader
from services.indicators.routes.cursors import decode, encode
from services.indicators.usecases import capitation, kbk, kbk_opening, kbk_signs
from services.indicators.usecases.kbk_opening import Behind, Question, State
from services.indicators.usecases.kbk_signs import Question as SignQuestion
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/kbk", tags=["KBK dan kapitasi (capitation by performance)"])
MonthName = Annotated[
    str | None,
    Query(pattern=r"^\d{4}-\d{2}$", description="Bulan; kosong = bulan ini (month)", examples=["2026-11"]),
]
KnownAt = Annotated[
    datetime | None,
    Query(description="Menurut yang diketahui pada saat itu; kosong = sekarang (as known at)"),
]
FacilityCode = Annotated[str, Path(max_length=32, description="FKTP (facility)", examples=["P1410010101"])]


@router.get("", summary="KBK semua FKTP satu bulan (every facility's month)")
async def district(service: Svc, actor: Reader, month: MonthName = None, known_at: KnownAt = None) -> Kbk:
    """Angka kontak, RRNS dan RPPT tiap FKTP dengan nilai, skor dan bagian kapitasi yang dibayar, langsung dari catatan.
    Penyebutnya daftar peserta bulan itu; bila belum ada, peserta yang kami ketahui, dan disebut yang mana. Yang kurang
    dari 5 orang ditahan bagi yang tidak boleh melihat nama. `known_at` menanyakan keadaan yang diketahui pada suatu
    saat. (Contact rate, RRNS, RPPT, score and payment band, live from the record.)
    """
    return await kbk.district(service, actor, month, known_at)


@router.get("/signs", summary="Tanda yang perlu ditanyakan (signs to ask about)")
async def signs(
    service: Svc,
    _: Admin,
    month: MonthName = None,
    facility: Annotated[str | None, Query(max_length=32, description="Hanya FKTP ini (facility)")] = None,
) -> Signs:
    """Untuk dinas: kontak borongan tanpa pengukuran, angka terakhir yang menumpuk (dengan ujinya), pengukuran yang
    ditulis ulang menjadi terkendali, kontak orang yang sudah meninggal atau di tempat lain pada menit yang sama. Tanda,
    bukan tuduhan; masing-masing membuka buktinya. (Signs, no accusation; each opens to its evidence.)
    """
    return await kbk_signs.signs(service, month, facility)


@router.get("/signs/{kind}/evidence", summary="Bukti di balik satu tanda (evidence of a sign)")
async def evidence(
    service: Svc,
    actor: Admin,
    kind: Annotated[SignKind, Path(description="Jenis tanda (kind)", examples=["bulk"])],
    facility: Annotated[str, Query(max_length=32, description="FKTP (facility)", examples=["P1410010101"])],
    month: MonthName = None,
    on: Annotated[date | None, Query(description="bulk: harinya (the day)")] = None,
    concept: Annotated[str | None, Query(max_length=40, description="digits: pengukurannya (measure)")] = None,
    digit: Annotated[int | None, Query(ge=0, le=9, description="digits: angka terakhirnya (digit)")] = None,
    names: Names = False,
) -> EvidencePage:
    """Catatan di balik satu tanda, dari orang yang boleh Anda lihat; tiap orang dicatat di log akses. (The records
    behind a sign; each person is logged.)
    """
    question = SignQuestion(kind, facility, month, on, concept, digit, names)
    return await kbk_signs.evidence(service, actor, question)


@router.get("/{facility}", summary="KBK satu FKTP dengan perkiraan (one facility, with forecast)")
async def detail(
    service: Svc, actor: Reader, facility: FacilityCode, month: MonthName = None, known_at: KnownAt = None
) -> KbkDetail:
    """Hitungannya dengan kata-kata: berapa kontak lagi sampai hari terakhir, laju sampai kini, ke mana arahnya. Bulan
    yang isiannya sudah ditutup ditampilkan seperti yang diketahui saat itu (`closed`), dan yang menjadi lain sesudahnya
    (`restated`). (The arithmetic in words; a closed month as it was known then, and what was restated.)
    """
    return await kbk.detail(service, actor, facility, month, known_at)


@router.get("/{facility}/capitation", summary="Kapitasi diharapkan dan menurut daftar (expected and listed capitation)")
async def money(service: Svc, actor: Carer, facility: FacilityCode, month: MonthName = None) -> Capitation:
    """Peserta aktif × tarif menurut jenis dan banyaknya dokter × bagian KBK, dalam rupiah bulat, dibandingkan dengan
    daftar kapitasi BPJS; tiap selisih dijelaskan sebabnya. (Expected capitation beside the list, and why they differ.)
    """
    return await capitation.month(service, actor, facility, month)


@router.get("/{facility}/{figure}/persons", summary="Orang di balik angka KBK (people behind a figure)")
async def persons(
    service: Svc,
    actor: Carer,
    facility: FacilityCode,
    figure: Annotated[Behind, Path(description="contact, rrns, dm, ht (what is opened)", examples=["contact"])],
    state: Annotated[
        State,
        Query(description="counted: yang dihitung; lacking: yang belum (daftar kerja); all: semua (who)"),
    ] = "lacking",
    month: MonthName = None,
    known_at: KnownAt = None,
    after: Annotated[
        str | None, Query(max_length=400, description="Isi `next` dari halaman sebelumnya (cursor)")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Banyaknya tiap halaman (page size)")] = 50,
    names: Names = False,
) -> KbkPersons:
    """contact: peserta yang sudah, atau belum (`lacking`), ada kontak bulan itu; dm dan ht: peserta Prolanis yang
    terkendali atau belum; rrns: rujukannya. Hanya FKTP sendiri dan dinas; tiap orang yang tampil dicatat di log akses,
    nama hanya bila diminta. (Who is counted, and who is still lacking; each is logged.)
    """
    asked = f"kbk {facility} {figure} {state} {month} {known_at}"
    (place,) = decode(service, actor, asked, after, 1)
    question = Question(facility, figure, state, month, known_at, names, limit)
    found, end = await kbk_opening.persons(service, actor, question, UUID(place) if place else UUID(int=0))
    return found.model_copy(update={"next": encode(service, actor, asked, (end,) if end else None)})
