"""Tables of visits (`/v1/imports/tables`): templates to download, filled-in tables to upload, reports to download."""

from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.problems import Invalid, NotFound, Text
from services.kernel.service import Svc
from services.kernel.sheets import XLSX, to_csv
from services.records.sheets import writing
from services.records.sheets.templates import TEMPLATES, Template
from services.records.usecases import imports, tables

router = APIRouter(prefix="/v1/imports", tags=["Impor massal (bulk import)"])
Writer = Annotated[Actor, Depends(allow(*CARE_ROLES))]
Reader = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN))]
_ID = r"^[A-Za-z0-9\-.]{1,64}$"
_EXAMPLE = (
    "Tanggal;NIK;Nama;Tanggal lahir;Jenis kelamin;Berat badan (kg);Sistolik (mmHg);Diastolik (mmHg)\n"
    "05/03/2026;1410014107900001;Siti Aminah;01/07/1990;P;58,4;118;76\n"
)
_NO_FORM = Text(
    "Kirim isi berkasnya langsung sebagai badan permintaan (curl --data-binary @berkas.xlsx), bukan sebagai formulir",
    "Send the file itself as the body of the request (curl --data-binary @file.xlsx), not as a form",
)
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"text/csv": {"schema": {"type": "string"}, "example": _EXAMPLE}},
    }
}
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Berkas (the file)",
        "content": {"text/csv": {"schema": {"type": "string"}}, XLSX: {"schema": {"type": "string"}}},
    }
}


@router.get("/templates", summary="Daftar templat (templates)")
async def templates(actor: Reader) -> dict[str, Any]:
    """Templat tabel kunjungan: posyandu, riwayat imunisasi, riwayat ANC, skrining PTM, skrining lansia."""
    del actor
    return {"items": [_shown(t) for t in TEMPLATES.values()]}


def _shown(template: Template) -> dict[str, Any]:
    columns = [
        {"heading": c.heading, "required": c.required, "help": c.help, "choices": list(c.choices or ())}
        for c in template.columns
    ]
    files = [f"/v1/imports/templates/{template.name}.{kind}" for kind in ("xlsx", "csv")]
    return {
        "name": template.name, "title": template.title, "help": template.help, "files": files, "columns": columns,
    }  # fmt: skip


@router.get("/templates/{file}", summary="Unduh templat (download a template)", responses=_FILES)
async def template(
    actor: Reader,
    file: Annotated[str, Path(pattern=r"^[a-z]{1,20}\.(csv|xlsx)$", examples=["posyandu.csv"])],
) -> Response:
    """Lembar isian berjudul Indonesia dengan baris contoh; XLSX juga berisi daftar pilihan dan petunjuk. Baris yang
    namanya diawali CONTOH tidak ikut terunggah."""
    del actor
    name, _, kind = file.partition(".")
    found = TEMPLATES.get(name)
    if found is None:
        known = ", ".join(TEMPLATES)
        raise NotFound(Text(f"Templat tidak dikenal; yang ada: {known}", f"Unknown template; there are: {known}"))
    if kind == "xlsx":
        return _file(writing.xlsx_template(found), XLSX, file)
    return _file(writing.csv_template(found), "text/csv; charset=utf-8", file)


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.post("/tables", summary="Unggah tabel kunjungan (upload a table)", openapi_extra=_BODY)
async def load(
    request: Request,
    service: Svc,
    actor: Writer,
    template: Annotated[str, Query(max_length=20, description="Nama templat (template)", examples=["posyandu"])],
    dry_run: Annotated[
        bool, Query(description="Periksa dan laporkan saja; tidak ada yang disimpan (store nothing)", examples=[True])
    ] = False,
    mode: Annotated[
        Literal["rest", "all"],
        Query(description="rest: simpan yang baik, laporkan yang ditolak; all: semua atau tidak sama sekali (≤ 500)"),
    ] = "rest",
    id: Annotated[
        str | None,
        Query(pattern=_ID, description="Nama pilihan pengirim, agar kemajuannya terbaca selagi berjalan (your own id)"),
    ] = None,
) -> Response:
    """CSV atau XLSX dari templat, paling besar 20 MiB dan 20.000 baris. Tiap baris satu kunjungan; yang ditolak
    dilaporkan dengan nomor baris, kolom, apa yang keliru, dan apa yang benar. Aman dikirim ulang."""
    if request.headers.get("content-type", "").lower().startswith("multipart/"):
        raise Invalid(_NO_FORM)
    return Response(
        orjson.dumps(await tables.load(service, actor, request.stream(), template, mode, dry_run, id)),
        media_type="application/json",
    )


@router.get("/{id}/report.csv", summary="Unduh laporan impor (download the report)", responses=_FILES)
async def report(service: Svc, actor: Reader, id: Annotated[str, Path(pattern=_ID, examples=["contoh-1"])]) -> Response:
    """Baris yang ditolak dan peringatan sebagai CSV untuk Excel: baris, keadaan, kolom, keterangan."""
    found = await imports.report(service, actor, id)
    return _file(to_csv(tables.report_lines(found)), "text/csv; charset=utf-8", f"laporan-{id}.csv")
