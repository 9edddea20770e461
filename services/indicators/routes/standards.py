"""The care standards behind the numbers: shown, and loaded into the running service."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import PlainTextResponse

from services.indicators.contract import StandardLoaded, StandardShown, StandardVersion
from services.indicators.reading.concepts import HERE
from services.indicators.routes.common import Admin, Reader, StandardName
from services.indicators.usecases import numbers, standards
from services.kernel.problems import Invalid, Text, TooLarge, UnsupportedMedia
from services.kernel.service import Svc

router = APIRouter(prefix="/v1/standards", tags=["Standar layanan (care standards)"])

MOST = 256 * 1024
TOML = ("application/toml", "text/plain", "text/x-toml")
EXAMPLE = "spm-09.permenkes-6-2024"
KEY = r"^[a-z0-9][a-z0-9_-]{0,63}\.[a-z0-9][a-z0-9_-]{0,63}$"
ABOUT = "Kunci standar: layanan.kumpulan (key: service.set)"
Key = Annotated[str, Path(description=ABOUT, pattern=KEY, examples=[EXAMPLE])]
Lone = Annotated[str, Path(description=ABOUT, pattern=KEY, examples=["pip-3-wasting.who-2006"])]
"""One that nothing else rests on."""
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/toml": {
                "schema": {"type": "string"},
                "example": (HERE / f"{EXAMPLE}.toml").read_text(encoding="utf-8"),
            }
        },
    }
}
ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "TOML"}
}


@router.get("", summary="Semua standar layanan (all care standards)")
async def catalogue(service: Svc, _: Reader) -> list[StandardShown]:
    """Peraturan, rumus, sasaran, butir dan syaratnya, seperti dalam berkas standar. (Regulation, formula, population
    and items, as in the standard's file.)
    """
    return numbers.catalogue(service)


@router.get("/{standard}", summary="Satu standar layanan (one care standard)")
async def one(service: Svc, _: Reader, standard: StandardName) -> StandardShown:
    """Satu standar; bila hanya layanannya disebut, yang terbaru. (One standard; by its service, the newest.)"""
    return numbers.one_standard(service, standard)


@router.get(
    "/{standard}/text", summary="Berkas sebuah standar (a standard's file)", response_class=Response,
    responses=ANSWER,
)  # fmt: skip
async def text(
    service: Svc,
    _: Reader,
    standard: Key,
    version: Annotated[int | None, Query(ge=0, description="Kosong: yang terakhir dimuat (the last loaded)")] = None,
) -> PlainTextResponse:
    """Teks TOML untuk diubah dan dimuat lagi; `version=0` adalah bawaan program. (The TOML to change and load again;
    `version=0` is the one the program came with.)
    """
    return PlainTextResponse(await standards.text_of(service, standard, version))


@router.get("/{standard}/versions", summary="Semua versi sebuah standar (a standard's versions)")
async def versions(service: Svc, _: Reader, standard: Key) -> list[StandardVersion]:
    """Siapa memuat apa dan kapan, yang terbaru di atas. (Who loaded what and when, the newest first.)"""
    return await standards.versions(service, standard)


@router.put(
    "/{standard}", status_code=202, summary="Muat standar baru atau ubahannya (load a standard)", openapi_extra=BODY
)
async def put(service: Svc, actor: Admin, request: Request, standard: Key) -> StandardLoaded:
    """Berkas TOML seperti yang dijelaskan di manual standar. Diperiksa sampai baris dan isiannya; bila benar, dihitung
    di belakang layar sementara angka lama tetap tampil; kemajuannya di `GET /v1/indicators/rebuild`. Dua peraturan
    untuk tahun yang sama boleh berdampingan. (A TOML file as the manual of standards explains it: checked by line and
    field, then counted in the background while the old numbers stay; two regulations may stand side by side.)
    """
    if request.headers.get("content-type", "").lower().partition(";")[0].strip() not in TOML:
        raise UnsupportedMedia(Text("Kirim application/toml", "Send application/toml"))
    body = await request.body()
    if len(body) > MOST:
        raise TooLarge(Text(f"Paling besar {MOST // 1024} KB", f"At most {MOST // 1024} KB"))
    try:
        read = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid(Text("Berkas harus UTF-8", "The file must be UTF-8")) from None
    return await standards.load(service, actor, standard, read)


@router.delete("/{standard}", status_code=202, summary="Cabut sebuah standar (withdraw a standard)")
async def withdraw(service: Svc, actor: Admin, standard: Lone) -> StandardLoaded:
    """Tidak dihitung dan ditampilkan lagi; semua versinya tetap dapat dibaca, dan dapat dimuat kembali. (No longer
    counted or shown; every version stays readable and may be loaded again.)
    """
    return await standards.withdraw(service, actor, standard)
