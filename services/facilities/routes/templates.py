"""Templates of the files the network takes: what its load routes say of themselves, as files to fill in."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from services.facilities.routes.filters import Anyone
from services.facilities.rules import templates
from services.facilities.rules.templates import Column
from services.kernel.openapi import api_routes
from services.kernel.problems import NotFound, Text
from services.kernel.sheets import XLSX

router = APIRouter(prefix="/v1/network", tags=["Jejaring (network)"])
_FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Berkas (the file)",
        "content": {"text/csv": {"schema": {"type": "string"}}, XLSX: {"schema": {"type": "string"}}},
    }
}


class TemplateColumn(BaseModel):
    """Satu kolom berkas (a column of a file)."""

    name: str = Field(description="Nama kolom di berkas (field)", examples=["village"])
    heading: str = Field(description="Judul Indonesia, diterima juga (heading, taken as well)", examples=["Kode desa"])
    required: bool
    choices: list[str] = Field(description="Isi yang diterima; kosong = bebas (allowed values)")


class Template(BaseModel):
    """Satu jenis berkas (a kind of file)."""

    name: str = Field(examples=["facilities"])
    title: str = Field(examples=["Muat faskes (load facilities)"])
    load: str = Field(description="Alamat untuk mengirimnya (where to send it)", examples=["/v1/network/facilities"])
    files: list[str] = Field(examples=[["/v1/network/templates/facilities.xlsx"]])
    columns: list[TemplateColumn]


class Templates(BaseModel):
    """Semua templat (all templates)."""

    items: list[Template]


def _loads(request: Request) -> dict[str, APIRoute]:
    """The routes that take a file, by what it is called."""
    found = {}
    for route in api_routes(request.app):
        own = route.original_route
        if isinstance(own, APIRoute) and "x-columns" in (own.openapi_extra or {}):
            found[str(route.path).rpartition("/")[2]] = own
    return found


def _text(route: APIRoute) -> str:
    text: str = (route.openapi_extra or {})["requestBody"]["content"]["text/csv"]["example"]
    return text


def _columns(route: APIRoute) -> list[Column]:
    return [Column(**c) for c in (route.openapi_extra or {})["x-columns"]]


@router.get("/templates", summary="Daftar templat jejaring (templates of the network)")
async def listed(request: Request, _: Anyone) -> Templates:
    """Berkas yang dapat dimuat ke jejaring, kolomnya, dan templatnya untuk diunduh (files the network takes)."""
    items = [
        Template(
            name=name, title=route.summary or name, load=f"/v1/network/{name}",
            files=[f"/v1/network/templates/{name}.{kind}" for kind in ("xlsx", "csv")],
            columns=[TemplateColumn(**c.as_dict()) for c in _columns(route)],
        )
        for name, route in _loads(request).items()
    ]  # fmt: skip
    return Templates(items=items)


@router.get("/templates/{file}", summary="Unduh templat jejaring (download a template)", responses=_FILES)
async def download(
    request: Request, _: Anyone,
    file: Annotated[str, Path(pattern=r"^[a-z-]{1,40}\.(csv|xlsx)$", examples=["facilities.xlsx"])],
) -> Response:  # fmt: skip
    """Judul kolom, contoh isi, dan isi yang diterima; kirim kembali ke alamat muatnya, sebagai CSV atau XLSX.

    (Headings, an example, allowed values; send it back as CSV or XLSX.)
    """
    name, kind = file.split(".")
    route = _loads(request).get(name)
    if route is None:
        known = ", ".join(_loads(request))
        raise NotFound(Text(f"Templat tidak dikenal; yang ada: {known}", f"Unknown template; there are: {known}"))
    columns, text = _columns(route), _text(route)
    if kind == "xlsx":
        said = (route.description or "").split("\n\n")[0].replace("\n", " ")
        content, media = templates.xlsx_template(columns, text, route.summary or name, said), XLSX
    else:
        content, media = templates.csv_template(columns, text), "text/csv; charset=utf-8"
    return Response(
        content, media_type=media, headers={"Content-Disposition": f'attachment; filename="{file}"'}
    )  # fmt: skip
