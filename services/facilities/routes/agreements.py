"""Agreements over HTTP (`/v1/agreements`)."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.facilities.contract import Page
from services.facilities.contract.agreements import (
    Acknowledgement,
    Agreement,
    AgreementDetail,
    AgreementFields,
    AgreementKind,
    AgreementStatus,
    AgreementVersion,
    Alarm,
    AlarmKind,
    Alarms,
    Coverage,
    NewAgreement,
    NewReview,
    Programme,
    Renewal,
    Step,
    StepTaken,
    Termination,
)
from services.facilities.queries import agreements as queries
from services.facilities.queries import alarms as alarm_queries
from services.facilities.routes import loading, paging
from services.facilities.routes.filters import Anyone, AreaFilter, CodeFilter, NameFilter
from services.facilities.rules.listing import Asked
from services.facilities.usecases import agreements as usecases
from services.facilities.usecases import alarms
from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.service import Svc

TAG = "Perjanjian (agreements)"
router = APIRouter(prefix="/v1/agreements", tags=[TAG])
files = APIRouter(prefix="/v1/network", tags=[TAG])

Office = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN))]
Tender = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN, Role.PUSKESMAS_STAFF))]
Party = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN, Role.PUSKESMAS_STAFF, Role.FACILITY_ADMIN))]
Reader = Annotated[Actor, Depends(allow(*CARE_ROLES, *usecases.OFFICE))]
_ID = r"^[A-Za-z0-9][A-Za-z0-9-]{2,39}$"


def _id(example: str) -> Any:
    return Path(pattern=_ID, description="Id perjanjian (agreement)", examples=[example])


Id = Annotated[str, _id("pks-d1410010301")]
Day = Annotated[
    date | None,
    Query(description="Keadaan pada hari itu; kosong = hari ini (as it stands on a day)", examples=["2026-03-01"]),
]
_ON = Query(description="Keadaan pada hari itu; kosong = hari ini (as it stands on a day; empty: today)")


@router.get("", summary="Daftar perjanjian (agreements)", response_model=Page[Agreement])
async def page(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.AGREEMENTS)],
    party: CodeFilter = None,
    programme: Annotated[str | None, Query(max_length=32, description="Kode program (programme)")] = None,
    kind: AgreementKind | None = None, status: AgreementStatus | None = None,
    on: Annotated[date | None, _ON] = None,
    expiring_within: Annotated[
        int | None, Query(ge=0, le=3650, description="Berakhir dalam sekian hari dan belum diperbarui (days)")
    ] = None,
    name: NameFilter = None,
) -> Response:  # fmt: skip
    """Perjanjian antara Dinas Kesehatan atau puskesmas dan anggota jejaring, menurut pihak, program, dan keadaannya
    pada suatu hari (by party, programme and status on any day)."""
    day = on or service.clock.today()
    chosen = queries.party(queries.chosen(day), party).equal("kind", kind).equal("status", status).named(name)
    chosen.where("programmes @> to_jsonb({}::text)", programme)
    if expiring_within is not None:
        end = day + timedelta(days=expiring_within)
        chosen.where("status = 'active' AND renewed_by IS NULL AND in_force_until <= {}::date", end)
    return await paging.answer(service, request, chosen, asked)


@router.post("", status_code=201, summary="Catat perjanjian (new agreement)")
async def create(service: Svc, actor: Office, asked: NewAgreement, response: Response) -> AgreementDetail:
    """MoU, PKS, atau SK dengan para pihak, masa berlaku, program, dan klausul datanya. Tanpa dua pihak ditolak dengan
    alasannya (refused with the reason without two parties)."""
    id_ = await usecases.create(service, asked, actor.subject)
    response.headers["Location"] = f"/v1/agreements/{id_}"
    return await usecases.one(service, id_, None)


@router.get("/alarms", summary="Peringatan perjanjian (alarms)")
async def alarm_page(
    service: Svc, _: Anyone, asked: Annotated[Asked, paging.of(alarm_queries.ALARMS)],
    acknowledged: Annotated[bool | None, Query(description="Sudah ditandai atau belum (acknowledged or not)")] = None,
    kind: AlarmKind | None = None, party: CodeFilter = None,
) -> Alarms:  # fmt: skip
    """Perjanjian yang akan atau sudah berakhir, evaluasi yang lewat waktu, dan anggota swasta aktif tanpa perjanjian.
    Tiap peringatan timbul sekali (each raised once)."""
    chosen = alarm_queries.chosen(None if acknowledged is None else not acknowledged, kind, party)
    return await alarms.page(service, chosen, asked)


@router.post("/alarms/{alarm}/ack", summary="Tandai peringatan (acknowledge)")
async def acknowledge(
    service: Svc, actor: Party, alarm: Annotated[int, Path(ge=1, le=2**31, examples=[1])], asked: Acknowledgement
) -> Alarm:
    """Dinas atau salah satu pihak menyatakan sedang menanganinya (the office or a party deals with it)."""
    return await alarms.acknowledge(service, actor, alarm, asked.note)


@router.get("/coverage", summary="Anggota swasta dan perjanjiannya (coverage)")
async def coverage(
    service: Svc, _: Anyone, on: Annotated[date | None, _ON] = None, area: AreaFilter = None
) -> list[Coverage]:
    """Per jenis faskes swasta yang aktif: dengan perjanjian, tanpa, dan segera berakhir; `total` semuanya.
    (Active private facilities by kind: with an agreement, without, ending soon.)
    """
    return await usecases.coverage(service, on, area)


@router.get("/programmes", summary="Program yang dapat diperjanjikan (programmes)", response_model=Page[Programme])
async def programmes(
    service: Svc, _: Anyone, request: Request, asked: Annotated[Asked, paging.of(queries.PROGRAMMES)],
    on: Annotated[date | None, _ON] = None,
) -> Response:  # fmt: skip
    """Daftar tertutup kode program; dimuat lewat berkas (closed list, loaded by file)."""
    return await paging.answer(service, request, queries.programmes(on or service.clock.today()), asked)


@router.get("/{id}", summary="Satu perjanjian (one agreement)")
async def one(service: Svc, _: Anyone, id: Id, on: Day = None) -> AgreementDetail:
    """Perjanjian dengan keadaan pada suatu hari, langkah jejaring, pemantauan, dan dokumennya.
    (The agreement as it stands on a day, its steps, reviews and document.)
    """
    return await usecases.one(service, id, on)


@router.put("/{id}", summary="Ubah perjanjian (change)")
async def put(
    service: Svc, actor: Office, id: Annotated[str, _id("pks-uji-101")], asked: AgreementFields
) -> AgreementDetail:
    """Isi perjanjian seluruhnya; versi sebelumnya tersimpan (the version before is kept)."""
    await usecases.put(service, id, asked, actor.subject)
    return await usecases.one(service, id, None)


@router.get("/{id}/history", summary="Riwayat perjanjian (history)")
async def history(service: Svc, _: Anyone, id: Id) -> list[AgreementVersion]:
    """Semua versi, terbaru dulu (every version, newest first)."""
    return await usecases.history(service, id)


@router.post("/{id}/terminate", summary="Akhiri perjanjian (terminate)")
async def terminate(
    service: Svc, actor: Office, id: Annotated[str, _id("sk-d1410090301")], asked: Termination
) -> AgreementDetail:
    """Tidak berlaku lagi sejak hari yang disebut; akses catatan bersama berakhir pada tengah malam hari itu.
    (No longer in force from that day; access to the shared record ends with it.)
    """
    await usecases.terminate(service, id, asked, actor.subject)
    return await usecases.one(service, id, None)


@router.post("/{id}/renewals", status_code=201, summary="Perbarui perjanjian (renew)")
async def renew(
    service: Svc, actor: Office, id: Annotated[str, _id("pks-d1410010301")], asked: Renewal, response: Response
) -> AgreementDetail:
    """Perjanjian baru yang menggantikan ini; yang tidak disebut tetap sama (what is not named stays)."""
    new = await usecases.renew(service, id, asked, actor.subject)
    response.headers["Location"] = f"/v1/agreements/{new}"
    return await usecases.one(service, new, None)


@router.put("/{id}/steps/{step}", summary="Langkah jejaring (network step)")
async def step(
    service: Svc, actor: Tender, id: Id, step: Annotated[Step, Path(examples=["form"])], asked: StepTaken
) -> AgreementDetail:
    """Lima langkah jejaring: bentuk (form), prioritas (priorities), alur layanan (pathway), laksanakan (implement),
    monev; dengan tanggal dan bukti. Oleh dinas atau puskesmas pihak perjanjian."""
    await usecases.take_step(service, actor, id, step, asked)
    return await usecases.one(service, id, None)


@router.post("/{id}/reviews", status_code=201, summary="Pemantauan atau evaluasi (review)")
async def review(service: Svc, actor: Tender, id: Id, asked: NewReview) -> AgreementDetail:
    """Pemantauan bulanan atau evaluasi 6/12 bulan; hari berikutnya dihitung darinya.
    (A monitoring or an evaluation; the next one counts from it.)
    """
    await usecases.review(service, actor, id, asked)
    return await usecases.one(service, id, None)


_PDF: dict[str, Any] = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
_EXAMPLE = "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@router.put(
    "/{id}/document", summary="Unggah dokumen (upload)",
    openapi_extra={"requestBody": {"required": True, "content": {
        "application/pdf": {"schema": {"type": "string", "format": "binary"}, "example": _EXAMPLE}}}},
)  # fmt: skip
async def put_document(service: Svc, actor: Office, id: Id, request: Request) -> AgreementDetail:
    """Dokumen yang ditandatangani, PDF paling besar 10 MB sebagai isi permintaan; jenisnya diperiksa dari isinya dan
    SHA-256-nya disimpan. Unggahan lama tetap ada. (The signed PDF, up to 10 MB; earlier ones stay.)
    """
    await usecases.put_document(service, id, await request.body(), actor.subject)
    return await usecases.one(service, id, None)


@router.get(
    "/{id}/document", summary="Unduh dokumen (download)",
    responses={200: {"content": _PDF, "description": "PDF"}}, response_class=Response,
)  # fmt: skip
async def document(
    service: Svc, actor: Reader, id: Id,
    version: Annotated[int | None, Query(ge=1, le=10_000, description="Versi; kosong = terakhir (version)")] = None,
) -> Response:  # fmt: skip
    """Untuk para pihak, dinas, dan auditor (for the parties, the office and auditors)."""
    body, digest = await usecases.document(service, actor, id, version)
    headers = {
        "ETag": f'"{digest}"', "Content-Disposition": f'attachment; filename="{id}.pdf"',
        "X-Content-Type-Options": "nosniff",
    }  # fmt: skip
    return Response(body, media_type="application/pdf", headers=headers)


@files.post(
    "/agreements", summary="Muat perjanjian (load agreements)", responses=loading.REPORT,
    openapi_extra=loading.csv(
        "id,kind,number,title,parties,signed_on,valid_from,valid_until,programmes,member_sends,member_sees,purpose,"
        "safeguards,evaluation_months\n"
        "pks-uji-102,pks,440/PKS/102/2026,Jejaring dengan praktik dokter,"
        "P1410010101:authority:Kepala Puskesmas; D1410010303:member:Dokter,2026-01-05,2026-01-05,2027-12-31,KIA; TB,"
        "record,record,Kesinambungan pelayanan,Akun per orang dan jejak akses,12\n",
        usecases.AGREEMENTS,
    ),
)  # fmt: skip
async def load(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Satu baris satu perjanjian; para pihak dalam satu sel: kode:peran:jabatan, dipisah titik koma. Program juga
    dipisah titik koma. (One row an agreement; parties in one cell.)
    """
    return await loading.load(service, actor, usecases.AGREEMENTS, request, mode)


@files.post(
    "/programmes", summary="Muat program (load programmes)", responses=loading.REPORT,
    openapi_extra=loading.csv("code,name,valid_from,valid_until\nKIA,Kesehatan ibu dan anak,,\n", usecases.PROGRAMMES),
)  # fmt: skip
async def load_programmes(
    service: Svc, actor: loading.Admin, request: Request, mode: loading.HowMuch = "all"
) -> loading.LoadedOut:
    """Daftar tertutup program yang dapat diperjanjikan, dengan masa pakainya. (The closed list, dated.)"""
    return await loading.load(service, actor, usecases.PROGRAMMES, request, mode)
