"""Worklists: who is due, late, lost; outcomes of calls and visits; what the record's keeper is asked to correct."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Response

from services.indicators.contract.outcomes import NewOutcome, Outcome
from services.indicators.contract.worklists import ClaimAnswer, Claims, LineState, PersonList, Worklist
from services.indicators.queries.worklists import Place
from services.indicators.routes.common import Carer, Names
from services.indicators.routes.cursors import decode, encode
from services.indicators.usecases import outcomes, worklists
from services.indicators.usecases.worklists import Question
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/worklists", tags=["Daftar sasaran (worklists)"])
PersonId = Annotated[UUID, Path(description="Id orang (person_id)", examples=["14100000-0001-8000-a000-000000000000"])]
CODE = r"^[A-Za-z0-9-]{2,32}$"
After = Annotated[str | None, Query(max_length=400, description="Isi `next` dari halaman sebelumnya (cursor)")]
Limit = Annotated[int, Query(ge=1, le=200, description="Banyaknya tiap halaman (page size)")]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key", min_length=1, max_length=128,
        description="Kunci pilihan pengirim; ulangan dengan kunci yang sama tercatat sekali (a retry is kept once)",
    ),
]  # fmt: skip


@router.get("", summary="Siapa yang perlu didatangi (who is due, late, lost)")
async def page(
    service: Svc,
    actor: Carer,
    village: Annotated[
        str | None, Query(pattern=r"^\d{10}$", description="Kode desa (village)", examples=["1410011001"])
    ] = None,
    posyandu: Annotated[str | None, Query(pattern=CODE, description="Kode posyandu (posyandu)")] = None,
    puskesmas: Annotated[
        str | None, Query(pattern=CODE, description="Kode puskesmas: wilayah kerjanya (catchment)")
    ] = None,
    provider: Annotated[
        str | None,
        Query(
            pattern=CODE, description="Kode faskes: yang berkunjung atau terdaftar JKN di sana (a facility's people)"
        ),
    ] = None,
    standard: Annotated[str | None, Query(max_length=130, description="Satu layanan saja (one service)")] = None,
    state: Annotated[LineState | None, Query(description="Satu keadaan saja (one state)")] = None,
    on_hold: Annotated[
        bool, Query(description="Yang sedang tidak di daftar: istirahat, menolak, dilaporkan (those off it for now)")
    ] = False,
    names: Names = False,
    after: After = None,
    limit: Limit = 50,
) -> Worklist:
    """Satu baris satu orang, semua standar sekaligus, yang paling mendesak dahulu: yang jendelanya segera tutup, yang
    putus layanan, yang terlewat, yang waktunya sekarang. Kosong: wilayah kerja puskesmas Anda, atau pasien faskes Anda.
    Tiap orang yang tampil dicatat di log akses. (One line a person across all standards, the most urgent first; who is
    shown is logged.)"""
    asked = f"worklist {village} {posyandu} {puskesmas} {provider} {standard} {state} {on_hold}"
    place = _place(decode(service, actor, asked, after, 4))
    question = Question(
        village, posyandu, puskesmas, provider, standard, state, on_hold, names, place, limit
    )  # fmt: skip
    found, end = await worklists.page(service, actor, question)
    mark = (end.rank, end.closes, end.open, end.person) if end else None
    return found.model_copy(update={"next": encode(service, actor, asked, mark)})


@router.post(
    "/{person}/outcomes", status_code=201, summary="Catat hasil telepon atau kunjungan rumah (record an outcome)"
)
async def record(
    service: Svc, actor: Carer, person: PersonId, body: NewOutcome, response: Response, key: Key = None
) -> Outcome:
    """reached: istirahat dari daftar sampai janji datang; refused: istirahat dan dihitung; served-elsewhere: istirahat
    sambil menunggu bukti; moved, died: keluar dari daftar, tetap dalam angka sampai rekam dibetulkan. Ulangan dengan
    Idempotency-Key yang sama dijawab 200. (What it changes on the list; the numbers follow the record alone.)"""
    found, repeated = await outcomes.record(service, actor, person, body, key)
    if repeated:
        response.status_code = 200
    return found


@router.get("/claims", summary="Yang dilaporkan pindah atau meninggal (claims to correct)")
async def claims(service: Svc, actor: Carer, names: Names = False, after: After = None, limit: Limit = 50) -> Claims:
    """Untuk puskesmas penanggung jawab dan Dinkes: orang yang dilaporkan pindah atau meninggal padahal rekam bersama
    berkata lain. Betulkan di rekam, lalu laporan ini selesai sendiri; atau jawab bahwa tidak benar. (Said to have moved
    or died against the record: correct the record and the claim is over, or say it is not so.)"""
    at, id_ = decode(service, actor, "claims", after, 2)
    place = (datetime.fromisoformat(at), UUID(id_)) if at else None
    found, end = await outcomes.claims(service, actor, names, place, limit)
    return found.model_copy(update={"next": encode(service, actor, "claims", end)})


@router.post("/claims/{outcome}/answer", summary="Jawab laporan (answer a claim)")
async def answer(
    service: Svc,
    actor: Carer,
    outcome: Annotated[
        UUID, Path(description="Id laporan (outcome id)", examples=["5f3b7f0e-0000-5000-8000-000000000001"])
    ],
    body: ClaimAnswer,
) -> Outcome:
    """corrected: rekam sudah dibetulkan; rejected: ternyata tidak benar, orangnya kembali ke daftar. (What the keeper
    of the record says to it; rejected puts the person back on the list.)"""
    return await outcomes.answer(service, actor, outcome, body.verdict)


@router.get("/{person}", summary="Satu orang: yang ditunggu dan riwayat dihubungi (one person)")
async def person(service: Svc, actor: Carer, person: PersonId, names: Names = False) -> PersonList:
    """Semua butir yang waktunya sekarang, nanti, atau terlewat, dan setiap hasil telepon atau kunjungan dengan
    catatannya. Tercatat di log akses. (All that is due, to come or missed, and every outcome with its note.)"""
    return await worklists.person(service, actor, person, names)


def _place(after: tuple[str, ...]) -> Place:
    rank, closes, count, person = after
    return Place(int(rank), date.fromisoformat(closes), int(count), UUID(person)) if rank else Place()
