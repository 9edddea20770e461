"""HTTP of monthly member and capitation lists (`/v1/jkn/lists`)."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.coverage.contract.lists import (
    Change,
    Difference,
    DifferenceRows,
    ListOut,
    MappingGuessed,
    MappingSaved,
    MappingWanted,
    Month,
    PartOut,
    Sender,
    Sums,
)
from services.coverage.queries.differences import BY
from services.coverage.rules.list_headings import ListKind
from services.coverage.usecases import differences
from services.coverage.usecases import lists as usecases
from services.kernel.auth import Actor, Role, allow
from services.kernel.ids import BpjsFacilityCode
from services.kernel.problems import Fault, Text, Unprocessable, UnsupportedMedia
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/jkn", tags=["JKN: daftar peserta (member lists)"])

LOADERS = (Role.DINKES_ADMIN, Role.JKN_CONNECTOR, Role.FACILITY_ADMIN, Role.PUSKESMAS_STAFF)
Loader = Annotated[Actor, Depends(allow(*LOADERS))]
Reader = Annotated[Actor, Depends(allow(*LOADERS, Role.DINKES_ANALYST))]

_MEMBERS = (
    "No Kartu;NIK;Kode Faskes;Jenis Peserta;Kelas;Status;Prolanis;Kode Desa\r\n"
    "0577535571856;1410014107900001;9914P001;21;3;AKTIF;;1410012001\r\n"
)
_CSV: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {
                "schema": {"type": "string", "description": "CSV (UTF-8) atau XLSX, urutan kolom bebas (any order)"},
                "example": _MEMBERS,
            }
        },
    }
}
Kind = Annotated[ListKind, Query(description="members: satu baris satu peserta; capitation: jumlah per faskes")]
From = Annotated[Sender, Query()]
Code = Annotated[
    BpjsFacilityCode | None,
    Query(description="Kode FKTP di BPJS (kdProvider); kosong: seluruh kabupaten", examples=["9914P001"]),
]
Of = Annotated[Month | None, Query(description="Bulan daftar; kosong: yang terakhir (the last one there is)")]


async def _file(request: Request) -> bytes:
    """The body as a file. Raises UnsupportedMedia for a form."""
    media = request.headers.get("content-type", "").lower()
    if media.startswith(("multipart/", "application/json")):
        raise UnsupportedMedia(
            Text(
                "Kirim berkasnya sendiri (XLSX, atau CSV UTF-8): curl -H 'Content-Type: text/csv' --data-binary @…",
                "Send the file itself (XLSX, or CSV in UTF-8): curl -H 'Content-Type: text/csv' --data-binary @…",
            )
        )
    return await request.body()


@router.post("/lists/guess", summary="Tebak arti kolom sebuah berkas (guess a file's columns)", openapi_extra=_CSV)
async def guess(
    request: Request, service: Svc, actor: Loader, sender: From, kind: Kind = ListKind.MEMBERS
) -> MappingGuessed:
    """Judul kolom berkas dan artinya: menurut pemetaan pengirim bila sudah ada, kalau belum ditebak. Tidak ada yang
    disimpan; periksa, lalu simpan pemetaannya (nothing is kept; check, then save the mapping)."""
    return await usecases.guess(service, actor, kind, sender, await _file(request))


@router.put("/lists/mappings/{kind}/{sender}", summary="Simpan pemetaan kolom (keep a sender's mapping)")
async def save_mapping(
    service: Svc,
    actor: Loader,
    kind: Annotated[ListKind, Path(examples=["members"])],
    sender: Annotated[Sender, Path(examples=["bpjs-selatpanjang"])],
    wanted: MappingWanted,
) -> MappingSaved:
    """Setiap versi disimpan; yang terakhir berlaku. Urutan kolom di berkas boleh berubah (the order may change)."""
    return await usecases.save_mapping(service, actor, kind, sender, wanted)


@router.get("/lists/mappings/{kind}/{sender}", summary="Pemetaan kolom pengirim (a sender's mapping)")
async def mapping(
    service: Svc,
    actor: Loader,
    kind: Annotated[ListKind, Path(examples=["members"])],
    sender: Annotated[Sender, Path(examples=["bpjs-selatpanjang"])],
) -> MappingSaved:
    """Pemetaan yang berlaku, siapa yang menyimpannya dan kapan (the mapping that counts, by whom, when)."""
    return await usecases.mapping(service, actor, kind, sender)


@router.post("/lists", summary="Muat daftar bulanan (load a monthly list)", openapi_extra=_CSV)
async def load(
    request: Request,
    response: Response,
    service: Svc,
    actor: Loader,
    sender: From,
    month: Annotated[Month, Query(description="Bulan daftar (the list's month)")],
    kind: Kind = ListKind.MEMBERS,
    facility: Annotated[
        BpjsFacilityCode | None, Query(description="FKTP bila seluruh daftar miliknya (when the list is of one FKTP)")
    ] = None,
    as_of: Annotated[
        date | None, Query(description="Keadaan per tanggal; kosong: tanggal 1 bulan itu (default: its first day)")
    ] = None,
    mode: Annotated[
        Literal["rest", "all"], Query(description="rest: muat baris yang benar; all: semua atau tidak sama sekali")
    ] = "rest",
    dry_run: Annotated[
        bool, Query(description="Uji coba: tidak ada yang dimuat (nothing is loaded)", examples=[True])
    ] = False,
    confirm: Annotated[bool, Query(description="Simpan pemetaan yang ditebak (keep the guessed mapping)")] = False,
    smaller: Annotated[
        bool, Query(description="Daftar memang jauh lebih kecil dari yang berlaku (it is meant to be much smaller)")
    ] = False,
) -> ListOut:
    """Daftar peserta atau kapitasi satu bulan. Baris yang ditolak disebut nomor dan alasannya.

    - Urutan kolom bebas, menurut pemetaan pengirim; pemetaan baru harus dikonfirmasi dulu (409).
    - Berkas yang sama tidak dimuat dua kali (`repeated`). Daftar baru untuk FKTP dan bulan yang sama menjadi versi
      berikutnya; yang lama tetap ada (the next version; older ones stay).
    - Daftar yang tinggal kurang dari setengah yang berlaku di sebuah FKTP tidak dimuat, kecuali dengan `smaller=true`
      (a list that has lost more than half of a facility's members is held to be cut short).
    - Baris menjadi pernyataan (source `list`), tetapi tidak menggantikan jawaban BPJS yang lebih baru.
    - Berkas panjang dijawab 202; kemajuannya dibaca dengan GET /v1/jkn/lists/{list_id} (progress).
    """
    done = await usecases.load(
        service, actor, await _file(request), kind, sender, month, facility, as_of, mode, dry_run, confirm, smaller
    )
    if done.state in ("reading", "applying"):
        response.status_code = 202
    response.headers["Location"] = f"/v1/jkn/lists/{done.id}"
    return done


@router.get("/lists", summary="Daftar yang pernah dikirim (lists taken in)")
async def many(
    service: Svc,
    actor: Loader,
    month: Of = None,
    kind: Annotated[ListKind | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[ListOut]:
    """Yang terbaru dahulu, tanpa rincian baris (newest first)."""
    return await usecases.many(service, actor, month, kind, limit)


@router.get("/lists/parts", summary="Isi daftar per FKTP dan bulan (by facility and month)")
async def parts(
    service: Svc,
    actor: Reader,
    month: Of = None,
    facility: Code = None,
    versions: Annotated[bool, Query(description="Juga versi lama (older versions too)")] = False,
) -> list[PartOut]:
    """Terdaftar, aktif, menurut segmen, DM, HT, dan kapitasi, versi demi versi (version by version)."""
    return await usecases.parts(service, actor, month, facility, versions)


@router.get("/lists/difference", summary="Beda dengan bulan lalu (what changed since last month)")
async def difference(
    service: Svc,
    actor: Loader,
    month: Of = None,
    before: Annotated[
        Month | None, Query(description="Dibandingkan dengan; kosong: bulan sebelumnya", examples=["2026-10"])
    ] = None,
    facility: Code = None,
) -> Difference:
    """Masuk, keluar, pindah (dari dan ke FKTP mana), berubah status, berubah segmen. Masuk dikurangi keluar adalah
    selisih jumlahnya (in − out is the change of count)."""
    return await differences.difference(service, actor, month, before, facility)


@router.get("/lists/difference/rows", summary="Peserta di balik sebuah beda (the members behind a difference)")
async def difference_rows(
    service: Svc,
    actor: Loader,
    change: Annotated[Change, Query(examples=["out"])],
    month: Of = None,
    before: Annotated[
        Month | None, Query(description="Dibandingkan dengan; kosong: bulan sebelumnya", examples=["2026-10"])
    ] = None,
    facility: Code = None,
    cards: Annotated[bool, Query(description="Nomor kartu lengkap, bagi yang berhak (whole card numbers)")] = False,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DifferenceRows:
    """Satu baris satu peserta; nomor kartu disamarkan kecuali `cards=true` oleh yang berhak. Tercatat di log akses."""
    return await differences.rows(service, actor, month, before, facility, change, cards, after, limit)


@router.get("/lists/{list_id}", summary="Kemajuan dan hasil sebuah daftar (a list's progress and result)")
async def report(
    service: Svc, actor: Loader, list_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9-]{1,64}$", examples=["0190a3f0"])]
) -> ListOut:
    """Sejauh mana berkas ini, dan baris yang ditolak (how far it is, and the rows refused)."""
    return await usecases.report(service, actor, list_id)


@router.get("/members/sums", summary="Jumlah peserta terdaftar dan aktif (registered and active members)")
async def sums(
    service: Svc,
    actor: Reader,
    month: Of = None,
    facility: Code = None,
    by: Annotated[
        str, Query(description="facility, segment, village; boleh beberapa, dipisah koma", examples=["segment"])
    ] = "facility",
) -> Sums:
    """Menurut daftar bulan itu. Bagi yang tidak boleh melihat nama, kelompok kecil digabung (`few`)."""
    wanted = [b for b in by.split(",") if b]
    if not wanted or any(b not in BY for b in wanted) or len(set(wanted)) < len(wanted):
        said = Text(f"isi dengan {', '.join(BY)}, masing-masing sekali", f"give {', '.join(BY)}, each once")
        raise Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), [Fault("/by", said, "choice")])
    return await differences.sums(service, actor, month, facility, wanted)
