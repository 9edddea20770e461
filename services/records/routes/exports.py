"""Bulk Data Access: `$export` asks, the status address tells how far it is, files are NDJSON."""

import re
import zlib
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.kernel.auth import Actor, Role, allow
from services.kernel.problems import FHIR_JSON, Fault, Invalid, Text
from services.kernel.service import Svc
from services.records import examples, wire
from services.records.schema.stored import STORED
from services.records.usecases import exports

router = APIRouter(prefix=wire.BASE, tags=["FHIR R4"])
Asker = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN, Role.FACILITY_ADMIN, Role.CLINIC_SYSTEM, Role.HOSPITAL))]
Export = Annotated[str, Path(description="Id ekspor (export id)", pattern=r"^[A-Za-z0-9-]{1,64}$", examples=["x"])]
NDJSON = "application/fhir+ndjson"
_FORMATS = ("application/fhir+ndjson", "application/ndjson", "ndjson")
_ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"description": "Diterima; tanyakan kemajuannya di Content-Location (accepted)", "content": {FHIR_JSON: {}}}
}
_MANIFEST: dict[int | str, dict[str, Any]] = {
    200: {"description": "Daftar berkas (manifest)", "content": {"application/json": {"schema": {"type": "object"}}}}
}
_ASKED = {"resourceType": "Parameters", "parameter": [{"name": "_type", "valueString": "Organization"}]}
Types = Annotated[
    str | None, Query(alias="_type", description="Jenis yang diminta, dipisah koma (types)", examples=["Organization"])
]
Since = Annotated[
    datetime | None,
    Query(alias="_since", description="Hanya yang berubah sejak (since)"),
]
Format = Annotated[str, Query(alias="_outputFormat", description="Hanya NDJSON (output format)")]


def _types(asked: str | None) -> list[str]:
    """The types asked for, all when none. Raises Invalid for one that is not stored here."""
    wanted = [t.strip() for t in (asked or "").split(",") if t.strip()]
    unknown = [t for t in wanted if t not in STORED]
    if unknown:
        said = Text(f"jenis tidak disimpan di sini: {', '.join(unknown)}"[:200], "a type that is not stored here")
        raise Invalid(Text("Permintaan ekspor tidak sah", "Not a valid export request"), [Fault("_type", said)])
    return wanted or list(STORED)


async def _begin(
    request: Request, service: Svc, actor: Actor, types: str | None, since: datetime | None, kind: str, *,
    of_persons: bool,
) -> Response:  # fmt: skip
    if kind not in _FORMATS:
        said = Text("hanya application/fhir+ndjson", "only application/fhir+ndjson")
        raise Invalid(Text("Permintaan ekspor tidak sah", "Not a valid export request"), [Fault("_outputFormat", said)])
    if since is not None and since.tzinfo is None:
        since = since.astimezone(UTC)
    asked = f"{wire.base_of(request)}{request.url.path.removeprefix(wire.BASE)}"
    asked += f"?{wire.query_of(request)}" if wire.query_of(request) else ""
    id_ = await exports.begin(service, actor, _types(types), since, of_persons, asked)
    issue = {"severity": "information", "code": "informational", "details": {"text": "ekspor dimulai (export begun)"}}
    body = {"resourceType": "OperationOutcome", "id": id_, "issue": [issue]}
    where = {"Content-Location": f"{wire.base_of(request)}/$export-status/{id_}"}
    return Response(orjson.dumps(body), 202, where, FHIR_JSON)


@router.get("/$export", status_code=202, summary="Ekspor massal (bulk export)", responses=_ACCEPTED)
async def export(
    request: Request, service: Svc, actor: Asker, types: Types = None, since: Since = None, kind: Format = NDJSON
) -> Response:
    """Semua yang boleh dilihat peminta sebagai berkas NDJSON. Alamat di Content-Location menyebut kemajuannya."""
    return await _begin(request, service, actor, types, since, kind, of_persons=False)


@router.get("/Patient/$export", status_code=202, summary="Ekspor data semua pasien (bulk export)", responses=_ACCEPTED)
async def export_patients(
    request: Request, service: Svc, actor: Asker, types: Types = None, since: Since = None, kind: Format = NDJSON
) -> Response:
    """Seperti `$export`, tetapi hanya sumber daya tentang pasien."""
    return await _begin(request, service, actor, types, since, kind, of_persons=True)


@router.post(
    "/$export", status_code=202, summary="Ekspor massal dengan Parameters (bulk export)", responses=_ACCEPTED,
    openapi_extra=examples.body(_ASKED),
)  # fmt: skip
async def export_by_post(request: Request, service: Svc, actor: Asker) -> Response:
    """Sama dengan GET; `_type` dan `_since` di isi Parameters atau di alamat."""
    return await _by_post(request, service, actor, of_persons=False)


@router.post("/Patient/$export", status_code=202, include_in_schema=False)
async def export_patients_by_post(request: Request, service: Svc, actor: Asker) -> Response:
    """Sama dengan GET."""
    return await _by_post(request, service, actor, of_persons=True)


async def _by_post(request: Request, service: Svc, actor: Actor, *, of_persons: bool) -> Response:
    body = wire.as_object(await wire.read_body(request)) if await request.body() else {}
    listed = body.get("parameter", [])
    asked: dict[str, str] = dict(request.query_params)
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            value = next((v for k, v in one.items() if k.startswith("value")), None)
            asked[one["name"]] = ",".join(filter(None, (asked.get(one["name"]), str(value))))
    since = asked.get("_since")
    try:
        moment = datetime.fromisoformat(since) if since else None
    except ValueError:
        said = Text("harus waktu ISO 8601", "must be an ISO 8601 time")
        raise Invalid(
            Text("Permintaan ekspor tidak sah", "Not a valid export request"), [Fault("_since", said)]
        ) from None
    kind = asked.get("_outputFormat", NDJSON)
    return await _begin(request, service, actor, asked.get("_type"), moment, kind, of_persons=of_persons)


@router.get("/$export-status/{export}", summary="Kemajuan ekspor (export status)", responses=_ACCEPTED | _MANIFEST)
async def status(request: Request, service: Svc, actor: Asker, export: Export) -> Response:
    """202 dengan X-Progress selama berjalan; 200 dengan daftar berkas (manifest) bila selesai."""
    job, parts = await exports.status(service, actor, export)
    if job["state"] != "done":
        share = min(99, 100 * job["done"] // max(1, job["total"]))
        said = f"{share}% ({job['done']} of {job['total']} resources)"
        return Response(status_code=202, headers={"X-Progress": said, "Retry-After": "1"})
    base = f"{wire.base_of(request)}/$export-file/{export}"
    listed: dict[str, list[dict[str, Any]]] = {"output": [], "deleted": []}
    for p in parts:
        listed[p["kind"]].append({"type": p["type"], "url": f"{base}/{p['number']}", "count": p["count"]})
    manifest = {
        "transactionTime": job["at"].isoformat(timespec="milliseconds"), "request": job["request"],
        "requiresAccessToken": True, **listed, "error": [],
    }  # fmt: skip
    headers = {"Expires": job["expires_at"].strftime("%a, %d %b %Y %H:%M:%S GMT")}
    return Response(orjson.dumps(manifest), 200, headers, "application/json")


@router.delete("/$export-status/{export}", status_code=202, summary="Batalkan ekspor (cancel an export)")
async def cancel(service: Svc, actor: Asker, export: Export) -> Response:
    """Berhenti dan hapus berkasnya."""
    await exports.cancel(service, actor, export)
    return Response(status_code=202)


@router.get(
    "/$export-file/{export}/{number}",
    summary="Berkas ekspor (export file)",
    responses={200: {"description": "NDJSON", "content": {NDJSON: {"schema": {"type": "string"}}}}},
)
async def file(
    request: Request, service: Svc, actor: Asker, export: Export,
    number: Annotated[int, Path(ge=1, lt=2**31, description="Nomor berkas (file number)", examples=[1])],
) -> Response:  # fmt: skip
    """Satu berkas: satu sumber daya per baris. Tiap orang di dalamnya tercatat di jejak akses sebelum dikirim."""
    content = await exports.fetch(service, actor, export, number)
    if re.search(r"\bgzip\b", request.headers.get("accept-encoding", "")):
        return Response(content, 200, {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}, NDJSON)
    return Response(zlib.decompress(content, 31), 200, {"Vary": "Accept-Encoding"}, NDJSON)
