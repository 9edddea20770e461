"""Reconciliation of another system's list of facilities over HTTP."""

from dataclasses import replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field

from services.facilities.contract import Kind, Page
from services.facilities.contract.proposals import Value
from services.facilities.contract.reconciling import Alias, Decision, Declined, Done, Found, Row, Run, RunDetail
from services.facilities.queries import reconciling as queries
from services.facilities.routes import paging
from services.facilities.rules.differing import text
from services.facilities.rules.listing import Asked
from services.facilities.usecases import aliases as aliasing
from services.facilities.usecases import deciding, undoing
from services.facilities.usecases import reconciling as usecases
from services.facilities.usecases.deciding import Wish
from services.facilities.usecases.reconciling import Told
from services.kernel.auth import Actor, Role, allow
from services.kernel.ids import FacilityCode
from services.kernel.openapi import ProblemBody
from services.kernel.problems import Conflict, Fault, Text, Unprocessable
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/reconciliations", tags=["Penyandingan daftar (reconciliation)"])
Office = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN))]
Reader = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN, Role.DINKES_ANALYST, Role.AUDITOR))]
RunId = Annotated[
    str,
    Path(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", description="Nomor penyandingan (run)",
        examples=["0bd5a3f0-9df4-5f0c-8a86-1f0d9e2c7a11"],
    ),
]  # fmt: skip
Number = Annotated[int, Path(ge=1, le=10_000_000, description="Nomor baris (row)", examples=[3])]


def _code(example: str) -> Any:
    return Query(pattern=r"^[A-Za-z0-9-]{2,32}$", description="Faskes kita (ours)", examples=[example])


Reason = Annotated[str, Field(min_length=3, max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f]*$")]
Word = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Ref = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MSI_EXAMPLE: dict[str, Any] = {
    "status_code": 200, "message": "Success", "page": 1, "total_page": 1, "data": [{
        "kode_satusehat": "1099141011", "kode_sarana": "14100911", "nama": "KLINIK PRATAMA MUTIARA SELAT",
        "telp": "0763990011__", "email": None, "website": None, "longitude": "102.6940", "latitude": "1.0135",
        "operasional": True, "alamat": "Jl. Diponegoro No. 5, Selatpanjang",
        "provinsi": {"kode": "14", "nama": "Riau", "kode_bps": "14", "kode_lama": "14"},
        "kabkota": {"kode": "1410", "nama": "Kab. Kepulauan Meranti", "kode_bps": "1410", "kode_lama": "1410"},
        "jenis_sarana": {"kode": "103", "nama": "Klinik", "nama_alt": "Klinik"},
        "subjenis": {"kode": "10301", "nama": "Klinik Pratama", "nama_alt": None},
        "kelas_sarana": {"kode": None, "nama": None}, "status_sarana": "valid", "status_aktif": True,
    }],
}  # fmt: skip
CSV_EXAMPLE = (
    "Kode PPK,Nama Faskes,Jenis,No Telp,Kode Desa,Lat,Long\n"
    "9914B011,Klinik Pratama Mutiara Selat,klinik pratama,0763-990011,1410011001,1.01340,102.69393\n"
    "9914B013,Klinik Pratama Medika Meranti,klinik pratama,0763-991313,1410011003,1.00822,102.72516\n"
    "99990015,KP BELITUNG HOESADA,klinik pratama,0763-990015,1410051001,1.16151,102.31210\n"
    "99990016,Klinik Pratama Rangsang Medika,klinik pratama,0763-991616,1410032001,0.86100,103.07100\n"
)
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "object"}, "example": MSI_EXAMPLE},
            "text/csv": {
                "schema": {"type": "string", "description": f"CSV, atau XLSX ({XLSX})"}, "example": CSV_EXAMPLE,
            },
        },
    }
}  # fmt: skip


class Deciding(BaseModel):
    """Keputusan atas baris (a decision on rows)."""

    decision: Decision = Field(
        description="take: pakai isian mereka; keep: tetap milik kita; same: memang faskes ini; create: faskes baru; "
        "close: tutup; different: bukan faskes ini",
        examples=["take"],
    )
    reason: Reason | None = Field(None, examples=["Sesuai surat izin terbaru"])


class DecidingOne(Deciding):
    """Keputusan atas satu baris (a decision on one row)."""

    fields: list[str] | None = Field(
        None, max_length=60, description="take: hanya isian ini; kosong = semua yang berbeda (only these)"
    )
    values: dict[Annotated[str, Field(max_length=40)], Value] | None = Field(
        None, max_length=60, description="create: isian yang tidak ada pada mereka (what they lack)"
    )
    facility: FacilityCode | None = Field(None, description="take, same: faskes kita yang lain (another of ours)")


class DecidingMany(Deciding):
    """Keputusan atas semua baris terbuka dengan suatu hasil (on all open rows that were found so)."""

    found: list[Found] = Field(min_length=1, examples=[["changed"]], description="Hasil pembandingan (what was found)")
    dry_run: bool = Field(True, description="Hanya mencoba; tidak disimpan (nothing is kept)", examples=[True])


class Undoing(BaseModel):
    """Pembatalan (an undo)."""

    reason: Reason | None = Field(None, examples=["Salah memilih berkas"])


class UndoingAll(Undoing):
    """Pembatalan seluruh keputusan (an undo of all decisions)."""

    mode: Literal["all", "rest"] = Field("all", description="`all`: semua atau tidak sama sekali (all or nothing)")
    dry_run: bool = Field(False, description="Hanya mencoba (nothing is kept)")


class NewAlias(BaseModel):
    """Dua nomor satu faskes (two ids of one facility)."""

    system: Word = Field(description="Sistem; `simpul` = kita (system; `simpul` is ours)", examples=["satusehat"])
    value: Ref = Field(examples=["1099141990"])
    other_system: Word = Field(examples=["simpul"])
    other_value: Ref = Field(examples=["K1410010202"])


class Impeded(ProblemBody):
    """Yang menghalangi (what stands in the way)."""

    declined: list[Declined] = Field(default_factory=list)


CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": Impeded, "description": "Tidak dapat; alasan dan yang terjadi sesudahnya (why, and what came since)"}
}


@router.post(
    "", status_code=201, summary="Sandingkan daftar (compare a list)", openapi_extra=BODY, response_model=RunDetail,
    responses={200: {"model": RunDetail, "description": "Daftar yang sama, dibandingkan lagi (the same list again)"}},
)  # fmt: skip
async def compare(
    service: Svc, actor: Office, request: Request, response: Response,
    source: Annotated[
        str | None, Query(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$", description="Asal: msi, bpjs, … (whose list)")
    ] = None,
    area: Annotated[
        str | None, Query(pattern=r"^(\d{2}|\d{4}|\d{6}|\d{10})$", description="Daftar lengkap untuk wilayah ini: yang "
                          "tidak ada di dalamnya dilaporkan hilang (complete for this area)")
    ] = None,
    kind: Annotated[list[Kind] | None, Query(description="… dan hanya untuk jenis ini (and for these kinds)")] = None,
    map: Annotated[
        list[str] | None, Query(max_length=60, description="Tajuk mereka:kolom kita, boleh berulang (their:ours)")
    ] = None,
) -> RunDetail:  # fmt: skip
    """CSV, XLSX, atau jawaban Master Sarana Index SATUSEHAT (satu halaman atau larik halaman). Tiap baris: sama,
    berubah, baru, hilang, atau mungkin faskes kita dengan nama lain, dengan buktinya. Belum mengubah apa pun; daftar
    yang sama tidak tersimpan dua kali. (Each row: same, changed, new, gone, or probably ours under another name.)
    """
    body, media = await request.body(), request.headers.get("content-type", "").lower()
    name = source or ("msi" if "json" in media else "daftar")
    told = Told(name, area, tuple(kind or ()), _mapping(map))
    id_, new = await usecases.compare(service, body, media, told, actor.subject)
    response.status_code = 201 if new else 200
    return await usecases.run(service, id_)


def _mapping(said: list[str] | None) -> dict[str, str]:
    pairs = [s.rpartition(":") for s in said or ()]
    if any(not theirs.strip() or not ours.strip() for theirs, _, ours in pairs):
        wanted = Text("tulis Tajuk mereka:kolom kita", "write their heading:our column")
        raise Unprocessable(wanted, [Fault("/query/map", wanted)])
    return {theirs.strip(): ours.strip() for theirs, _, ours in pairs}


@router.get("", summary="Daftar penyandingan (runs)", response_model=Page[Run])
async def runs(
    service: Svc, _: Reader, request: Request, asked: Annotated[Asked, paging.of(queries.RUNS)],
    source: Annotated[str | None, Query(max_length=32, description="Asal (whose list)")] = None,
) -> Response:  # fmt: skip
    """Terbaru dahulu bila urutan tidak disebut (newest first unless an order is named)."""
    newest = replace(asked, sort=asked.sort or "-made_at")
    return await paging.answer(service, request, queries.chosen_runs(source), newest)


@router.get("/aliases", summary="Alias (aliases)", response_model=Page[Alias])
async def aliases(
    service: Svc, _: Reader, request: Request, asked: Annotated[Asked, paging.of(queries.ALIASES)],
    system: Annotated[str | None, Query(max_length=32)] = None,
    value: Annotated[str | None, Query(max_length=200)] = None,
    facility: Annotated[str | None, _code("K1410050201")] = None,
) -> Response:  # fmt: skip
    """Nomor sistem lain yang berarti satu faskes (ids of other systems that mean one facility)."""
    return await paging.answer(service, request, queries.chosen_aliases(system, value, facility), asked)


@router.post("/aliases", status_code=201, summary="Samakan dua nomor (add an alias)", responses=CONFLICT)
async def alias(service: Svc, actor: Office, asked: NewAlias) -> NewAlias:
    """Kita ↔ MSI ↔ BPJS …; satu nomor tidak pernah milik dua faskes kita, dan alias tidak pernah melingkar. Yang sudah
    terhubung dibiarkan. (Never two of ours behind one id, never a ring.)
    """
    pair = (asked.system, asked.value), (asked.other_system, asked.other_value)
    await aliasing.lay(service, *pair, actor.subject)
    return asked


@router.post("/aliases/remove", summary="Lepaskan alias (take an alias away)")
async def unalias(service: Svc, _: Office, asked: NewAlias) -> NewAlias:
    """Alias antara dua nomor dilepas (the alias between two ids is taken away)."""
    await aliasing.lift(service, (asked.system, asked.value), (asked.other_system, asked.other_value))
    return asked


@router.get("/{reconciliation}", summary="Satu penyandingan (one run)")
async def run(service: Svc, _: Reader, reconciliation: RunId) -> RunDetail:
    """Dengan banyaknya baris per hasil dan per keputusan (with counts by finding and by decision)."""
    return await usecases.run(service, reconciliation)


@router.get("/{reconciliation}/rows", summary="Baris hasil (rows)", response_model=Page[Row])
async def rows(
    service: Svc, _: Reader, request: Request, reconciliation: RunId,
    asked: Annotated[Asked, paging.of(queries.ROWS)],
    found: Annotated[list[Found] | None, Query(description="Boleh berulang (repeatable)")] = None,
    decided: Annotated[bool | None, Query(description="Sudah diputuskan? (decided)")] = None,
    facility: Annotated[str | None, _code("K1410010203")] = None,
) -> Response:  # fmt: skip
    """Tiap baris dengan beda per isian, kemungkinan dan buktinya (differences, probability, evidence)."""
    chosen = queries.chosen_rows(reconciliation, [str(f) for f in found] if found else None, decided, facility)
    return await paging.answer(service, request, chosen, asked)


@router.post("/{reconciliation}/rows/{row}/decision", summary="Putuskan satu baris (decide a row)", responses=CONFLICT)
async def decide(service: Svc, actor: Office, reconciliation: RunId, row: Number, asked: DecidingOne) -> Done:
    """Diterapkan dengan aturan muat dan dicatat; dapat dibatalkan (applied by the loader's rules; can be undone)."""
    values = {c: text(v).strip() for c, v in (asked.values or {}).items()}
    wish = Wish(
        asked.decision, [row], None, asked.fields, values, asked.facility, asked.reason
    )  # fmt: skip
    return _whole(await deciding.decide(service, reconciliation, wish, actor.subject, dry_run=False))


def _whole(done: Done) -> Done:
    if done.declined:
        why = done.declined[0].reason
        told = [d.model_dump() for d in done.declined]
        raise Conflict(Text(why.id, why.en), extra={"declined": told})
    return done


@router.post("/{reconciliation}/rows/{row}/undo", summary="Batalkan satu keputusan (undo a row)", responses=CONFLICT)
async def undo(service: Svc, actor: Office, reconciliation: RunId, row: Number, asked: Undoing) -> Done:
    """Kembali persis ke versi sebelumnya bila tidak ada perubahan lain sesudahnya; bila ada, ditolak dan ditunjukkan.
    (Back to exactly what was, if nothing else was changed since.)
    """
    done = await undoing.undo(
        service, reconciliation, [row], actor.subject, asked.reason, rest=True, dry_run=False
    )  # fmt: skip
    return _whole(done)


@router.post("/{reconciliation}/decisions", summary="Putuskan banyak baris (decide many)")
async def decide_many(service: Svc, actor: Office, reconciliation: RunId, asked: DecidingMany) -> Done:
    """Semua baris terbuka dengan hasil itu; yang tidak dapat dilaporkan dengan alasannya. `dry_run` (bawaan) hanya
    mencoba. (All open rows found so; those that cannot are told why.)
    """
    wish = Wish(asked.decision, None, asked.found, reason=asked.reason)
    return await deciding.decide(service, reconciliation, wish, actor.subject, dry_run=asked.dry_run)


@router.post("/{reconciliation}/undo", summary="Batalkan semua keputusan (undo a run)", responses=CONFLICT)
async def undo_all(service: Svc, actor: Office, reconciliation: RunId, asked: UndoingAll) -> Done:
    """Semua keputusan penyandingan ini, terbaru dahulu (all decisions of this run, the latest first)."""
    return await undoing.undo(
        service, reconciliation, None, actor.subject, asked.reason, rest=asked.mode == "rest", dry_run=asked.dry_run
    )
