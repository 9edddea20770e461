"""The addresses BPJS calls (Antrean FKTP, facility's side). They have a sign-in of their own, and an envelope of their
own, also for whatever goes wrong (kernel/frame)."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Path, Request, Response
from pydantic import BaseModel, Field

from services.coverage.contract.queue import EXAMPLE_DAY
from services.coverage.rules.antrean import Said
from services.coverage.usecases import antrean as usecases
from services.coverage.usecases.antrean import Caller
from services.kernel.auth import Actor, public
from services.kernel.problems import Text
from services.kernel.service import Service, Svc


class Metadata(BaseModel):
    """Hasil menurut BPJS: 200 berhasil, 201 ditolak, 202 pasien baru (how it went)."""

    message: str = Field(examples=["Ok"])
    code: int = Field(examples=[200])


class Envelope(BaseModel):
    """Amplop Antrean (the envelope of Antrean)."""

    response: Any = None
    metadata: Metadata


_TEXTS = {
    201: "Ditolak, dengan alasannya (refused, and why)",
    202: "Pasien baru: kirim datanya ke /peserta (unknown patient)",
    400: "Permintaan tidak terbaca (unreadable)",
    401: "Tidak dipakai di sini (not used here)",
    403: "Tidak dipakai di sini (not used here)",
    404: "Alamat tidak dikenal (no such address)",
    422: "Tidak dipakai di sini (not used here)",
    429: "Terlalu banyak percobaan (too many attempts)",
    503: "Coba lagi (try again)",
}
router = APIRouter(
    prefix="/antreanfktp", tags=["Antrean FKTP (queue, called by BPJS)"],
    responses={code: {"model": Envelope, "description": text} for code, text in _TEXTS.items()},
)  # fmt: skip

Username = Annotated[str, Header(alias="x-username", description="Nama pengguna", examples=["bpjs.9914p001"])]
Token = Annotated[str, Header(alias="x-token", description="Dari /auth (from /auth)", examples=["dari-auth"])]
Poli = Annotated[str, Path(description="Kode poli (kdPoli)", examples=["001"])]
Day = Annotated[str, Path(description="Tanggal periksa, yyyy-mm-dd (day)", examples=[EXAMPLE_DAY])]
Card = Annotated[str, Path(description="Nomor kartu JKN (card number)", examples=["0577535571856"])]


def caller_of(request: Request, service: Service) -> Caller:
    """Where the request comes from."""
    return Caller(service.auth.origin(request), request.scope["simpul"].request_id)


async def signed_in(request: Request, service: Svc, username: Username = "", token: Token = "") -> Actor:
    """BPJS, for the facility whose user name it is. Raises Said."""
    return await usecases.caller_of(service, caller_of(request, service), username, token)


Caller_ = Annotated[Actor, Depends(signed_in)]


async def sent(request: Request) -> dict[str, Any]:
    """The JSON of a request, whatever its content type says. Raises Said."""
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise Said(Text("Format JSON tidak sesuai", "The body is not JSON")) from None
    if not isinstance(body, dict):
        raise Said(Text("Format JSON tidak sesuai", "The body is not a JSON object"))
    return body


Sent = Annotated[dict[str, Any], Depends(sent)]


def _body(**fields: tuple[str, Any]) -> dict[str, Any]:
    properties = {name: {"type": "string", "description": text} for name, (text, _) in fields.items()}
    example = {name: value for name, (_, value) in fields.items()}
    schema = {"type": "object", "properties": properties, "example": example}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}}


def ok(response: Any, message: str = "Ok") -> Envelope:
    """An answer with what was asked for."""
    return Envelope(response=response, metadata=Metadata(message=message, code=200))


@router.get("/auth", dependencies=[Depends(public)], summary="Minta token (sign in)")
async def sign_in(
    request: Request, service: Svc, response: Response, username: Username = "",
    password: Annotated[str, Header(alias="x-password", description="Kata sandi", examples=["dari-akun"])] = "",
) -> Envelope:  # fmt: skip
    """Token untuk 30 menit, dari nama pengguna dan kata sandi yang dibuat admin faskes di `/v1/jkn/queue/accounts`.

    (A token for 30 minutes. Which facility it is follows from the user name.)
    """
    response.headers["Cache-Control"] = "no-store"
    return ok(await usecases.sign_in(service, caller_of(request, service), username, password))


@router.get(
    "/antrean/status/{poli}/{day}", dependencies=[Depends(public)], summary="Keadaan antrean sebuah poli (status)"
)
async def status(service: Svc, actor: Caller_, poli: Poli, day: Day) -> Envelope:
    """Tiap jam praktik hari itu: jumlah antrean, sisa, dan nomor yang dipanggil (each session of the day)."""
    return ok(await usecases.status(service, actor, poli, day))


@router.get(
    "/antrean/sisapeserta/{card}/{poli}/{day}", dependencies=[Depends(public)], summary="Sisa antrean (remaining)"
)
async def remaining(service: Svc, actor: Caller_, card: Card, poli: Poli, day: Day) -> Envelope:
    """Nomor antrean seorang peserta dan berapa yang menunggu di depannya (how many wait before a member)."""
    return ok(await usecases.remaining(service, actor, card, poli, day))


@router.post(
    "/antrean", dependencies=[Depends(public)], summary="Ambil antrean (take a ticket)",
    openapi_extra=_body(
        nomorkartu=("Nomor kartu JKN, 13 angka", "0577535571856"), nik=("NIK, 16 angka", "1410014107900001"),
        kodepoli=("kdPoli", "001"), tanggalperiksa=("yyyy-mm-dd", EXAMPLE_DAY), keluhan=("Keluhan", "demam dua hari"),
        kodedokter=("Kode dokter BPJS", "131491"), jampraktek=("HH:MM-HH:MM", "08:00-12:00"),
        norm=("Nomor rekam medis, bila ada", ""), nohp=("Nomor telepon", "081234567890"),
    ),
)  # fmt: skip
async def take(service: Svc, actor: Caller_, body: Sent) -> Envelope:
    """Nomor berikutnya pada jam praktik itu. 201 ditolak dengan alasannya; 202 pasien belum tercatat.

    (The next number of that session. Numbers have no gaps and no doubles; the capacity is never exceeded.)
    """
    return ok(await usecases.take(service, actor, body))


async def _cancel(service: Svc, actor: Caller_, body: Sent) -> Envelope:
    """Antrean yang belum dilayani dilepas; nomornya tidak dipakai lagi (its number is not given again)."""
    await usecases.cancel(service, actor, body)
    return ok(None)


def _cancelling(card: str, poli: str) -> dict[str, Any]:
    return _body(
        nomorkartu=("Nomor kartu JKN", card), kodepoli=("kdPoli", poli), tanggalperiksa=("yyyy-mm-dd", EXAMPLE_DAY),
        keterangan=("Alasan", "Berhalangan hadir"),
    )  # fmt: skip


for _method, _extra in (  # BPJS documents one and calls the other
    ("POST", _cancelling("0160416151845", "001")), ("PUT", _cancelling("0160416151845", "002")),
):  # fmt: skip
    router.add_api_route(
        "/antrean/batal", _cancel, methods=[_method], dependencies=[Depends(public)],
        summary="Batalkan antrean (cancel a ticket)", openapi_extra=_extra, name=f"cancel_by_{_method.lower()}",
    )  # fmt: skip


@router.post(
    "/peserta", dependencies=[Depends(public)], summary="Pasien baru (new patient)",
    openapi_extra=_body(
        nomorkartu=("Nomor kartu JKN", "0577535571999"), nik=("NIK", "1410015507920031"),
        nomorkk=("Nomor KK, 16 angka", "1410011203150031"), nama=("Nama", "Rina Contoh"),
        jeniskelamin=("L atau P", "P"), tanggallahir=("yyyy-mm-dd", "1992-07-15"), alamat=("Alamat", "Jl. Dorak No. 9"),
        kodeprop=("Kode provinsi", "04"), namaprop=("Nama provinsi", "Riau"), kodedati2=("Kode dati II", "0410"),
        namadati2=("Nama dati II", "Kepulauan Meranti"), kodekec=("Kode kecamatan", "0001"),
        namakec=("Nama kecamatan", "Tebing Tinggi"), kodekel=("Kode kelurahan", "0001"),
        namakel=("Nama kelurahan", "Selatpanjang Kota"), rw=("RW", "001"), rt=("RT", "002"),
    ),
)  # fmt: skip
async def register(service: Svc, actor: Caller_, body: Sent) -> Envelope:
    """Pasien dicatat di rekam bersama menurut aturan identitasnya, dengan kartu keluarga dan alamat; `norm` adalah
    nomornya di faskes ini. (A patient of the shared record; `norm` is the number here.)"""
    return ok(*await usecases.register(service, actor, body))
