"""The FHIR door, writing: create, update, patch, delete, plain or conditional."""

from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response

from services.kernel.problems import Invalid, PreconditionFailed, Text
from services.kernel.service import Svc
from services.records import examples, face, wire
from services.records.routes.fhir import RESOURCE, STORED_OR_NEW, NewType, OwnId, Writer, known_type, version_of
from services.records.usecases import satusehat, writing
from services.records.usecases.entries import Entry

router = APIRouter(prefix=wire.BASE, tags=["FHIR R4"])


def condition_of(query: str | None) -> tuple[str | None, str] | None:
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
    responses=STORED_OR_NEW,
    openapi_extra=examples.body(examples.OBSERVATION),
)
@router.post("/{type}/", status_code=201, include_in_schema=False)
async def create(request: Request, service: Svc, actor: Writer, type: NewType) -> Response:
    """Simpan sumber daya baru. Patient dengan NIK yang sudah tercatat tidak digandakan: dijawab 200, Patient itu."""
    known_type(type)
    raw = await request.body()
    body = wire.as_object(await wire.read_body(request))
    condition = condition_of(
        request.headers.get("if-none-exist") or (request.url.query if "identifier=" in request.url.query else None)
    )
    fresh: list[dict[str, Any]] = [body]

    def make() -> list[Entry]:
        resource = fresh.pop() if fresh else wire.parse(raw)
        resource.pop("id", None)
        return [Entry("create", type, resource, condition=condition, unique=actor.face == face.SATUSEHAT)]

    if actor.face == face.SATUSEHAT and type == "Patient":
        outcome, mother = await satusehat.register(service, actor, make)
        new, at = outcome.status == 201, outcome.updated_at.isoformat()
        return wire.answer(face.created(outcome.id, mother, at) if new else face.exists(outcome.id))
    write = satusehat.write if actor.face == face.SATUSEHAT else writing.write
    outcome = (await write(service, actor, make))[0]
    return wire.stored(outcome, request.headers.get("prefer", ""), wire.base_of(request))


@router.put(
    "/{type}",
    summary="Ubah bersyarat (conditional update)",
    responses=STORED_OR_NEW,
    openapi_extra=examples.body(examples.MARKED) | examples.by_identifier("urn:contoh|tensi-1", required=True),
)
async def conditional_update(request: Request, service: Svc, actor: Writer, type: NewType) -> Response:
    """`PUT Jenis?identifier=system|value`: tidak ada → dibuat; satu → diubah; lebih → 412."""
    known_type(type)
    raw = await request.body()
    condition = condition_of(request.url.query)
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
    responses=STORED_OR_NEW,
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
    responses=RESOURCE,
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
