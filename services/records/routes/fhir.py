"""The FHIR door: read, search, create, update, patch, delete, history, $everything."""

import re
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote

import orjson
from fastapi import APIRouter, Depends, Path, Request, Response

from services.kernel.auth import CARE_ROLES, Actor, Role, allow, public
from services.kernel.problems import FHIR_JSON, Invalid, NotAcceptable, NotFound, PreconditionFailed, Text
from services.kernel.service import Svc
from services.records import capability, examples, params, rules, wire
from services.records.schema.stored import STORED
from services.records.settings import RecordsSettings
from services.records.usecases import reading, writing
from services.records.usecases.entries import Entry

router = APIRouter(prefix=wire.BASE, tags=["FHIR R4"])

Reader = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN, Role.JKN_CONNECTOR))]
Writer = Annotated[Actor, Depends(allow(*CARE_ROLES))]
_TYPE, _ID = r"^[A-Z][A-Za-z]+$", r"^[A-Za-z0-9\-.]{1,64}$"
_TYPE_TEXT, _ID_TEXT = "Jenis sumber daya FHIR (resource type)", "Id sumber daya, atau nomor IHS pasien (resource id)"
Type = Annotated[str, Path(pattern=_TYPE, description=_TYPE_TEXT, examples=["Patient"])]
Id = Annotated[str, Path(pattern=_ID, description=_ID_TEXT, examples=[examples.IHS])]
NewType = Annotated[str, Path(pattern=_TYPE, description=_TYPE_TEXT, examples=["Observation"])]
Version = Annotated[int, Path(ge=1, lt=reading.LARGEST, description="Nomor versi (version number)", examples=[1])]
OwnId = Annotated[str, Path(pattern=_ID, description=_ID_TEXT, examples=[examples.OBSERVATION_ID])]

_RESOURCE: dict[int | str, dict[str, Any]] = {
    200: {"description": "Sumber daya FHIR (FHIR resource)", "content": {FHIR_JSON: {"schema": {"type": "object"}}}}
}
_STORED = _RESOURCE | {201: {"description": "Baru (created)", "content": {FHIR_JSON: {"schema": {"type": "object"}}}}}


def known_type(type_: str) -> str:
    """The type, when it is one we store. Raises NotFound."""
    if type_ not in STORED:
        raise NotFound(
            Text(f"Jenis {type_} tidak disimpan di sini", f"The type {type_} is not stored here"), code="not-supported"
        )
    return type_


def version_of(etag: str | None) -> int | None:
    """The version an ETag names: `W/"3"`, `"3"` or a bare 3."""
    match = re.fullmatch(r'(?:W/)?"?([0-9]{1,18})"?', (etag or "").strip())
    return int(match[1]) if match else None


def acceptable(request: Request) -> None:
    """JSON is what we have. Raises NotAcceptable for a caller that wants only XML or the like."""
    accept = request.headers.get("accept", "")
    wanted = request.query_params.get("_format", "")
    if (accept and not any(k in accept for k in ("json", "*/*", "application/*", "text/html"))) or "xml" in wanted:
        raise NotAcceptable(Text("Jawaban hanya tersedia sebagai application/fhir+json", "Only application/fhir+json"))


@router.get(
    "/metadata", dependencies=[Depends(public)], summary="Kemampuan server (CapabilityStatement)", responses=_RESOURCE
)
async def metadata(request: Request) -> Response:
    """Apa yang dapat dilakukan server FHIR ini; terbuka tanpa token (open, no token needed)."""
    return Response(orjson.dumps(capability.statement(wire.base_of(request))), media_type=FHIR_JSON)


@router.get("/Patient/{id}/$everything", summary="Seluruh catatan satu pasien (everything)", responses=_RESOURCE)
async def everything(request: Request, service: Svc, actor: Reader, id: Id) -> Response:
    """Semua sumber daya tentang satu orang dari semua faskes, urut penerimaan, per halaman (`_count`, `_page`)."""
    acceptable(request)
    given = request.query_params
    after = params.number(given.get("_page", ""), 0, reading.LARGEST - 1)
    limit = max(1, params.number(given.get("_count", ""), 1000, 1000))
    base = wire.base_of(request)
    found = await reading.everything(service, actor, id, after, limit, base + "/")
    links = {"self": f"{base}/Patient/{id}/$everything"}
    if found.count == limit:
        links["next"] = f"{base}/Patient/{id}/$everything?_count={limit}&_page={found.last}"
    total = found.count if after == 0 and found.count != limit else None
    return wire.bundle_text(found.entries or "", total, links)


@router.get("/{type}/{id}", summary="Baca satu sumber daya (read)", responses=_RESOURCE)
async def read(request: Request, service: Svc, actor: Reader, type: Type, id: Id) -> Response:
    """Versi sekarang. `ETag` menyebut versinya; `If-None-Match` dijawab 304 bila tidak berubah."""
    acceptable(request)
    found = await reading.read(service, actor, known_type(type), id)
    headers = {"ETag": f'W/"{found.version}"'}
    if version_of(request.headers.get("if-none-match")) == found.version:
        return Response(status_code=304, headers=headers)
    return Response(found.body.encode(), 200, headers, FHIR_JSON)


@router.get("/{type}/{id}/_history", summary="Riwayat satu sumber daya (history)", responses=_RESOURCE)
async def history(request: Request, service: Svc, actor: Reader, type: Type, id: Id) -> Response:
    """Semua versi, terbaru dulu; yang dihapus tampak sebagai DELETE."""
    versions = await reading.history(service, actor, known_type(type), id)
    base = wire.base_of(request)
    entries = []
    for v in versions:
        verb = "DELETE" if v.deleted else "POST" if v.version == 1 else "PUT"
        response = orjson.dumps({
            "status": "204" if v.deleted else "201" if v.version == 1 else "200",
            "etag": f'W/"{v.version}"', "lastModified": v.updated_at.isoformat(timespec="milliseconds"),
        }).decode()  # fmt: skip
        body = "" if v.deleted else f'"resource":{v.body},'
        entries.append(
            f'{{"fullUrl":"{base}/{type}/{id}",{body}"request":{{"method":"{verb}","url":"{type}/{id}"}},"response":{response}}}'
        )
    text = f'{{"resourceType":"Bundle","type":"history","total":{len(entries)},"entry":[{",".join(entries)}]}}'
    return Response(text.encode(), media_type=FHIR_JSON)


@router.get("/{type}/{id}/_history/{version}", summary="Satu versi (vread)", responses=_RESOURCE)
async def vread(service: Svc, actor: Reader, type: Type, id: Id, version: Version) -> Response:
    """Isi satu versi tertentu."""
    found = (await reading.history(service, actor, known_type(type), id, version))[0]
    if found.deleted:
        raise NotFound(Text("Versi ini adalah penghapusan", "This version is a deletion"))
    return Response(found.body.encode(), 200, {"ETag": f'W/"{version}"'}, FHIR_JSON)


async def _search(request: Request, service: Svc, actor: Actor, type_: str, items: list[tuple[str, str]]) -> Response:
    acceptable(request)
    settings = service.settings
    assert isinstance(settings, RecordsSettings)  # noqa: S101
    query = params.parse(
        known_type(type_), items, page=settings.page, max_page=settings.max_page,
        strict="handling=strict" in request.headers.get("prefer", ""),
    )  # fmt: skip
    page = await reading.find(service, actor, type_, query)
    base = wire.base_of(request)
    asked = "&".join(f"{quote(k, safe=':_-')}={quote(v, safe='/:,|')}" for k, v in items if k != "_page")
    links = {"self": f"{base}/{type_}?{asked}"}
    if page.next:
        links["next"] = f"{base}/{type_}?{asked}{'&' if asked else ''}_page={page.next}"
    entries = [(type_, h.id, h.body) for h in page.hits]
    if actor.face == "satusehat" and type_ == "Patient" and page.suppressed:
        shells = [(type_, i, _shell(i)) for i in page.suppressed]
        return wire.searchset(entries + shells, None, (page.total or 0) + len(shells), links, base)
    return wire.searchset(entries, _suppressed(len(page.suppressed)), page.total, links, base)


def _shell(id_: str) -> str:
    """What SATUSEHAT shows of a person found by number: the id to refer by, everything else masked."""
    masked = [{"system": rules.NIK, "use": "official", "value": "################"}]
    return orjson.dumps({"resourceType": "Patient", "id": id_, "active": True, "identifier": masked}).decode()


def _suppressed(count: int) -> dict[str, Any] | None:
    """The warning beside the hits that one person's data were found and not shown."""
    if not count:
        return None
    said = f"{reading.NO_RELATION.id} ({reading.NO_RELATION.en})"
    issue = {"severity": "information", "code": "suppressed", "details": {"text": said}}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


@router.get(
    "/{type}", summary="Cari (search)", responses=_RESOURCE, openapi_extra=examples.by_identifier(examples.BY_NUMBER)
)
@router.get("/{type}/", include_in_schema=False)
async def search(request: Request, service: Svc, actor: Reader, type: Type) -> Response:
    """Cari menurut `identifier`, `patient`, `code`, `date` (ge, le, …), `status`, `encounter`, organisasi, dll."""
    items = parse_qsl(request.url.query, keep_blank_values=True)
    return await _search(request, service, actor, type, items)


@router.post(
    "/{type}/_search",
    summary="Cari dengan POST (search)",
    responses=_RESOURCE,
    openapi_extra=examples.body({"identifier": examples.BY_NUMBER}, "application/x-www-form-urlencoded"),
)
async def search_by_post(request: Request, service: Svc, actor: Reader, type: Type) -> Response:
    """Sama dengan pencarian GET; parameter di isi formulir, agar NIK tidak tertulis di alamat."""
    items = parse_qsl(request.url.query) + parse_qsl((await request.body()).decode(errors="replace"))
    return await _search(request, service, actor, type, items)


def _condition(query: str | None) -> tuple[str | None, str] | None:
    """The identifier of an If-None-Exist or conditional update. Raises Invalid for other criteria."""
    if not query:
        return None
    items = parse_qsl(query.lstrip("?"))
    if len(items) != 1 or items[0][0] != "identifier":
        raise Invalid(
            Text("Syarat hanya boleh berupa identifier=system|value", "The condition must be identifier=system|value")
        )
    system, bar, value = items[0][1].rpartition("|")
    return (system or None if bar else None), value


@router.post(
    "/{type}",
    status_code=201,
    summary="Buat sumber daya (create)",
    responses=_STORED,
    openapi_extra=examples.body(examples.OBSERVATION),
)
@router.post("/{type}/", status_code=201, include_in_schema=False)
async def create(request: Request, service: Svc, actor: Writer, type: NewType) -> Response:
    """Simpan sumber daya baru. Patient dengan NIK yang sudah tercatat tidak digandakan: dijawab 200, Patient itu."""
    known_type(type)
    raw = await request.body()
    body = wire.as_object(await wire.read_body(request))
    condition = _condition(
        request.headers.get("if-none-exist") or (request.url.query if "identifier=" in request.url.query else None)
    )
    fresh: list[dict[str, Any]] = [body]

    def make() -> list[Entry]:
        resource = fresh.pop() if fresh else wire.parse(raw)
        resource.pop("id", None)
        return [Entry("create", type, resource, condition=condition)]

    outcome = (await writing.write(service, actor, make))[0]
    return wire.stored(outcome, request.headers.get("prefer", ""), wire.base_of(request))


@router.put(
    "/{type}",
    summary="Ubah bersyarat (conditional update)",
    responses=_STORED,
    openapi_extra=examples.body(examples.MARKED) | examples.by_identifier("urn:contoh|tensi-1", required=True),
)
async def conditional_update(request: Request, service: Svc, actor: Writer, type: NewType) -> Response:
    """`PUT Jenis?identifier=system|value`: tidak ada → dibuat; satu → diubah; lebih → 412."""
    known_type(type)
    raw = await request.body()
    condition = _condition(request.url.query)
    if condition is None:
        raise PreconditionFailed(Text("Sebutkan ?identifier=system|value", "State ?identifier=system|value"))

    def make() -> list[Entry]:
        resource = wire.as_object(wire.parse(raw))
        resource.pop("id", None)
        return [Entry("upsert", type, resource, condition=condition)]

    outcome = (await writing.write(service, actor, make))[0]
    return wire.stored(outcome, request.headers.get("prefer", ""), wire.base_of(request))


@router.put(
    "/{type}/{id}",
    summary="Ubah atau simpan dengan id (update)",
    responses=_STORED,
    openapi_extra=examples.body(examples.OBSERVATION),
)
async def update(request: Request, service: Svc, actor: Writer, type: NewType, id: OwnId) -> Response:
    """Ganti seluruh isi; id yang belum ada dibuat. `If-Match` melindungi dari perubahan orang lain (412)."""
    known_type(type)
    raw = await request.body()
    if_match = version_of(request.headers.get("if-match"))

    def make() -> list[Entry]:
        resource = wire.as_object(wire.parse(raw))
        if resource.get("id", id) != id:
            raise Invalid(
                Text("id di isi harus sama dengan id di alamat", "The id in the body must be the one in the address")
            )
        return [Entry("upsert", type, resource, id, if_match=if_match)]

    outcome = (await writing.write(service, actor, make))[0]
    return wire.stored(outcome, request.headers.get("prefer", ""), wire.base_of(request))


@router.patch(
    "/{type}/{id}",
    summary="Ubah sebagian (patch)",
    responses=_RESOURCE,
    openapi_extra=examples.body(examples.JSON_PATCH, "application/json-patch+json", "array"),
)
async def patch(request: Request, service: Svc, actor: Writer, type: NewType, id: OwnId) -> Response:
    """Larik = JSON Patch (RFC 6902), objek = gabungan (merge), apa pun jenis kontennya."""
    known_type(type)
    raw = await request.body()
    if_match = version_of(request.headers.get("if-match"))

    def make() -> list[Entry]:
        change = wire.patcher(wire.parse(raw))
        return [Entry("patch", type, id=id, if_match=if_match, patch=lambda old: wire.apply_patch(change, old))]

    outcome = (await writing.write(service, actor, make))[0]
    return wire.stored(outcome, request.headers.get("prefer", ""), wire.base_of(request))


@router.delete("/{type}/{id}", status_code=204, summary="Hapus (delete)")
async def delete(request: Request, service: Svc, actor: Writer, type: NewType, id: OwnId) -> Response:
    """Penghapusan meninggalkan jejak (tombstone); versi lama tetap ada di riwayat."""
    known_type(type)
    outcome = (await writing.write(service, actor, lambda: [Entry("delete", type, id=id)]))[0]
    return wire.stored(outcome, "", wire.base_of(request))
