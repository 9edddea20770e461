"""Plain-JSON visits (`/v1/visits`), for practices without FHIR."""

from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.service import Svc
from services.records.usecases import due as due_usecase
from services.records.usecases import visit_batches, visit_changes, visit_lists, visits
from services.records.usecases.visit_lists import Question
from services.records.visit import words
from services.records.visit.contract import EXAMPLE, Cluster, Kind, Visit
from services.records.visit.parts import ShortWords
from services.records.visit.person import VisitPatient

router = APIRouter(prefix="/v1/visits", tags=["Kunjungan (visits)"])
Writer = Annotated[Actor, Depends(allow(*CARE_ROLES))]
Reader = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN))]
VisitId = Annotated[str, Path(description="Id kunjungan, sama dengan id Encounter", examples=["contoh-kunjungan"])]
MOST = 500
_SAVED: dict[int | str, dict[str, Any]] = {
    201: {
        "description": "Kunjungan tersimpan (visit stored)",
        "content": {
            "application/json": {
                "example": {
                    "visit_id": "0199f3a2-7c11-7a55-8a44-3f5a6f6f2c10",
                    "person_id": "14100000-0001-8000-a000-000000000000",
                    "resources": [
                        {
                            "type": "Encounter",
                            "id": "0199f3a2-7c11-7a55-8a44-3f5a6f6f2c10",
                            "version": 1,
                            "state": "created",
                        }
                    ],
                    "warnings": [
                        {
                            "pointer": "/measurements/systolic",
                            "detail": "jarang di luar 70 sampai 220; disimpan seperti tertulis, periksa lagi",
                            "code": "unlikely",
                        }
                    ],
                }
            }
        },
    },
    200: {"description": "Sudah tersimpan sebelumnya, sama (stored before, the same)"},
}
_SOMEBODY: dict[str, JsonValue] = {
    "nik": "1410015203950007",
    "name": "Contoh Orang Lain",
    "birth_date": "1995-03-12",
    "sex": "P",
}


class Batch(BaseModel):
    """Banyak kunjungan sekaligus (many visits); bentuk tiap kunjungan sama dengan POST /v1/visits."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"visits": [EXAMPLE]}]})

    visits: list[Any] = Field(
        min_length=1, max_length=MOST, title="Kunjungan", description=f"Paling banyak {MOST} kunjungan (visits)"
    )


class Cancellation(BaseModel):
    """Pembatalan (cancellation)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "Salah entri, tidak datang"}]})

    reason: ShortWords = Field(title="Alasan", description="Mengapa dibatalkan (why)")


class Move(BaseModel):
    """Pemindahan ke orang yang benar (to the right person)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"patient": _SOMEBODY}]})

    patient: VisitPatient


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), status, headers, "application/json")


@router.post("", status_code=201, summary="Catat kunjungan (record a visit)", responses=_SAVED)
async def record(
    service: Svc,
    actor: Writer,
    visit: Visit,
    idempotency_key: Annotated[
        str | None,
        Header(max_length=100, description="Kunci agar kiriman ulang tidak menggandakan (makes retries safe)"),
    ] = None,
    due: Annotated[
        bool, Query(description="Sertakan yang masih harus diterima orang ini (what is still due)", examples=[True])
    ] = False,
) -> Response:
    """Satu kunjungan sebagai JSON biasa. Orangnya dikenali dari NIK, JKN, IHS, paspor, atau NIK ibu + urutan lahir.
    Orang yang sudah tercatat, juga yang belum dikenali, cukup `patient: {"patient_id": …}` dari jawaban pendaftarannya.
    Kiriman ulang dengan `number` atau Idempotency-Key yang sama menjawab kunjungan yang sama (200); isi yang lain
    ditolak (409). `warnings`: angka yang jarang, diagnosis yang tidak dikenal; tidak ada yang diubah diam-diam.
    `due=true`: yang masih kurang menurut tiap standar, kunjungan ini sudah dihitung; `known: false` bila belum dapat
    dihitung dalam dua detik."""
    done = await visits.record(service, actor, visit, idempotency_key)
    said = done.answer(actor.language)
    if due:
        said["due"] = await due_usecase.after_visit(service, actor, done.person_id)
    return _json(said, 201 if done.created else 200, {"Location": f"/v1/visits/{done.visit_id}"})


@router.post("/batch", summary="Catat banyak kunjungan (record many visits)")
async def batch(service: Svc, actor: Writer, many: Batch) -> Response:
    """Kunjungan sehari dari klinik yang sempat luring: tiap baris tersimpan atau ditolak sendiri dengan alasannya.
    Aman dikirim ulang: yang sudah ada dijawab `same`. Tanpa `number`, kunjungan dikenali dari orang dan waktunya."""
    return _json(await visit_batches.batch(service, actor, many.visits))


@router.get("", summary="Daftar kunjungan faskes (a facility's visits)")
async def listed(
    service: Svc,
    actor: Reader,
    facility: Annotated[
        str | None, Query(max_length=32, description="Faskes; wajib bagi dinas (facility)", examples=["P1410010101"])
    ] = None,
    day: Annotated[date | None, Query(description="Hari kunjungan, YYYY-MM-DD (day)")] = None,
    since: Annotated[date | None, Query(description="Sejak hari (from)")] = None,
    until: Annotated[date | None, Query(description="Sampai hari, termasuk (to)")] = None,
    person: Annotated[str | None, Query(max_length=64, description="Id orang (person)")] = None,
    kind: Annotated[Kind | None, Query(description="Tempat layanan (kind)")] = None,
    cluster: Annotated[Cluster | None, Query(description="Klaster ILP (cluster)")] = None,
    family: Annotated[str | None, Query(pattern=r"^\d{16}$", description="Nomor KK (family card)")] = None,
    cancelled: Annotated[bool | None, Query(description="Hanya yang dibatalkan, atau tidak (cancelled)")] = None,
    page: Annotated[str | None, Query(max_length=200, description="Isi `next` halaman sebelumnya (cursor)")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Banyaknya tiap halaman (page size)")] = 50,
) -> Response:
    """Kunjungan yang dicatat faskes ini menurut hari kunjungannya (bukan hari diterimanya), terbaru dahulu; tanpa
    hari: sebulan terakhir. Tiap orang yang tampil dicatat di log akses."""
    question = Question(facility, day, since, until, person, kind, cluster, family, cancelled, page, limit)
    return _json(await visit_lists.listed(service, actor, question))


@router.get("/lookup/diagnoses", summary="Cari diagnosis (look up a diagnosis)")
async def diagnoses(
    actor: Reader,
    q: Annotated[
        str, Query(min_length=2, max_length=100, description="Kata atau kode (words, code)", examples=["darah tinggi"])
    ],
) -> Response:
    """Kode ICD-10 dari kata sehari-hari, atau nama dari sebuah kode atau awalnya (`O14`), paling banyak delapan.
    Daftarnya diagnosis layanan primer. (ICD-10 from everyday words, or names from a code or its beginning.)"""
    del actor
    return _json({"items": [{"icd10": code, "name": name} for code, name in words.diagnoses().search(q)]})


@router.put("/{visit_id}", summary="Koreksi kunjungan (correct a visit)")
async def correct(service: Svc, actor: Writer, visit_id: VisitId, visit: Visit) -> Response:
    """Ganti seluruh isi kunjungan; versi lama tetap ada di riwayat. Hanya oleh faskes pencatatnya. Orangnya tidak
    berganti di sini: untuk itu …/move."""
    return _json((await visits.correct(service, actor, visit_id, visit)).answer(actor.language))


@router.post("/{visit_id}/cancel", summary="Batalkan kunjungan (cancel a visit)")
async def cancel(
    service: Svc,
    actor: Writer,
    visit_id: Annotated[
        str, Path(description="Id kunjungan, sama dengan id Encounter", examples=["contoh-kunjungan-batal"])
    ],
    asked: Cancellation,
) -> Response:
    """Kunjungan yang ternyata tidak ada: semuanya ditandai salah entri (entered-in-error), riwayatnya tetap, angka
    mengikuti. Hanya oleh faskes pencatatnya."""
    return _json((await visit_changes.cancel(service, actor, visit_id, asked.reason)).answer(actor.language))


@router.post("/{visit_id}/move", summary="Pindahkan dari orang yang salah (move to the right person)")
async def move(
    service: Svc,
    actor: Writer,
    visit_id: Annotated[
        str, Path(description="Id kunjungan, sama dengan id Encounter", examples=["contoh-kunjungan-pindah"])
    ],
    asked: Move,
) -> Response:
    """Kunjungan yang tercatat pada orang yang salah pindah ke orang yang benar, dengan seluruh isinya. Keduanya
    tercatat di log akses; angka keduanya dihitung ulang; alasan faskes melihat orang yang salah dicabut bila tidak ada
    alasan lain."""
    return _json((await visit_changes.move(service, actor, visit_id, asked.patient)).answer(actor.language))


@router.get("/{visit_id}", summary="Baca kunjungan (read a visit)")
async def read(service: Svc, actor: Reader, visit_id: VisitId) -> Response:
    """Kunjungan dalam kata sehari-hari (`visit`, dapat dikirim kembali dengan PUT), yang tidak punya kata (`other`),
    dan sumber daya FHIR di baliknya (`resources`)."""
    return _json(await visits.read(service, actor, visit_id))
