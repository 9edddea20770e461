"""What all load routes share: the file as the body, the report of each row."""

from typing import Annotated, Any

from fastapi import Body, Depends, Query, Request
from pydantic import BaseModel, Field

from services.facilities.rules.cells import R
from services.facilities.rules.templates import columns_of
from services.facilities.usecases import loading
from services.facilities.usecases.loading import File, Mode
from services.kernel.auth import Actor, Role, allow
from services.kernel.openapi import ProblemBody
from services.kernel.problems import Text, UnsupportedMedia
from services.kernel.service import Service

Admin = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN))]
HowMuch = Annotated[
    Mode,
    Query(description="`all`: semua atau tidak sama sekali; `rest`: muat baris yang benar (all or nothing; the rest)"),
]


class Reason(BaseModel):
    """Alasan dalam dua bahasa (a reason in both languages)."""

    id: str = Field(examples=["desa belum terdaftar"])
    en: str = Field(examples=["the village is not registered"])


class RefusedRow(BaseModel):
    """Baris yang ditolak (a refused row)."""

    line: int = Field(description="Nomor baris di berkas, tajuk = 1 (line in the file)", examples=[7])
    column: str | None = Field(description="Kolom yang salah; null = seluruh baris (column)", examples=["village"])
    reason: Reason


class LoadedOut(BaseModel):
    """Hasil pemuatan (what a load did)."""

    loaded: int = Field(description="Baris baru atau berubah (new or changed)", examples=[46])
    unchanged: int = Field(description="Baris yang sudah sama (already so)", examples=[0])
    refused: list[RefusedRow]


class WarnedOut(LoadedOut):
    """Hasil pemuatan, dengan peringatan (what a load did, with warnings)."""

    warned: list[RefusedRow] = Field(
        default_factory=list, description="Baris yang dimuat dengan peringatan (loaded, with a warning)"
    )


class NothingLoaded(ProblemBody):
    """Tidak ada yang dimuat: baris yang ditolak dan alasannya (nothing loaded, and why)."""

    loaded: int = 0
    unchanged: int = 0
    refused: list[RefusedRow]


def csv(example: str, file: File[Any] | None = None) -> dict[str, Any]:
    """The `openapi_extra` of a route that takes a file: an example, and what each column of `file` may hold. The
    templates are made of it (routes/templates.py)."""
    said = "CSV (UTF-8), atau XLSX dengan kolom yang sama (or a workbook with the same columns)"
    content = {"text/csv": {"schema": {"type": "string", "description": said}, "example": example}}
    columns = [c.as_dict() for c in columns_of(file)] if file else []
    return {"requestBody": {"required": True, "content": content}, "x-columns": columns}


def json(model: type[BaseModel], path: str, example: dict[str, Any]) -> dict[str, Any]:
    """The `openapi_extra` of a route that takes one row of a file as JSON; `path` is what the address says already."""
    shape = model.model_json_schema()
    defs = shape.pop("$defs", {})
    fields = {n: _plain(f, defs) for n, f in shape["properties"].items() if n != path}
    schema = {"type": "object", "properties": fields, "additionalProperties": False}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}}


def _plain(schema: Any, defs: dict[str, Any]) -> Any:
    """A schema with its references written out."""
    if isinstance(schema, list):
        return [_plain(s, defs) for s in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        schema = defs[schema["$ref"].rsplit("/", 1)[1]] | {k: v for k, v in schema.items() if k != "$ref"}
    return {k: _plain(v, defs) for k, v in schema.items()}


Said = Annotated[
    dict[Annotated[str, Field(max_length=40)], str | int | float | bool | None],
    Body(description="Kolom dan isinya (columns and values)"),
]
"""One row of a file as JSON."""

REPORT: dict[int | str, dict[str, Any]] = {
    422: {"model": NothingLoaded, "description": "Ada baris yang ditolak (some rows refused)"}
}
"""`responses` of a load route."""


async def load(service: Service, actor: Actor, file: File[R], request: Request, mode: Mode) -> WarnedOut:
    """Load the body as a file, for an actor; a route that says LoadedOut shows no warnings. Raises UnsupportedMedia,
    Invalid, Unprocessable."""
    media = request.headers.get("content-type", "").lower()
    if media.startswith(("multipart/", "application/json")) or ("charset=" in media and "utf-8" not in media):
        raise UnsupportedMedia(
            Text(
                "Kirim berkasnya sendiri (XLSX, atau CSV UTF-8): curl -H 'Content-Type: text/csv' --data-binary @…",
                "Send the file itself (XLSX, or CSV in UTF-8): curl -H 'Content-Type: text/csv' --data-binary @…",
            )
        )
    done = await loading.load(service, file, await request.body(), mode, actor.subject)
    return WarnedOut.model_validate(done.as_dict())
