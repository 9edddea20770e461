"""The FHIR door, writing: create, update, patch, delete, plain or conditional."""

from typing import Any

from fastapi import APIRouter, Request, Response

from services.kernel.auth import Actor
from services.kernel.problems import Invalid, PreconditionFailed, Text
from services.kernel.service import Service, Svc
from services.records import examples, face, wire
from services.records.referral_fhir import asks
from services.records.routes.fhir import RESOURCE, STORED_OR_NEW, NewType, OwnId, Writer, known_type, spoken, tags_of
from services.records.usecases import referral_steps, referral_writes, satusehat, writing
from services.records.usecases.conditions import condition
from services.records.usecases.entries import Condition, Entry, MakeEntries, Outcome

router = APIRouter(prefix=wire.BASE, tags=["FHIR R4"])

_MARK = examples.by_identifier("urn:contoh|tensi-1", required=True)


def _asked(request: Request, type_: str) -> Condition:
    """The condition in the address. Raises PreconditionFailed without one, Invalid for one without a meaning."""
    found = condition(known_type(type_), request.scope["query_string"].decode())
    if found is None:
        raise PreconditionFailed(
            Text("Sebutkan syaratnya, misalnya ?identifier=system|value", "State a condition: ?identifier=system|value")
        )
    return found


def _told(request: Request, outcomes: list[Outcome]) -> Response:
    return wire.stored(outcomes[0], wire.preferred(request), wire.base_of(request))


@router.post(
    "/{type}",
    status_code=201,
    summary="Buat sumber daya (create)",
    responses=STORED_OR_NEW,
    openapi_extra=examples.body(examples.OBSERVATION),
)
@spoken
async def create(request: Request, service: Svc, actor: Writer, type: NewType) -> Response:
    """Simpan sumber daya baru. Patient dengan NIK yang sudah tercatat tidak digandakan: dijawab 200, Patient itu.

    Dengan syarat (`If-None-Exist: identifier=system|value`, atau `POST Jenis?…`): sudah ada satu → dijawab 200, yang
    itu; lebih dari satu → 412.
    """
    known_type(type)
    raw = await wire.raw_body(request)
    asked = request.headers.get("if-none-exist")
    only = condition(type, request.scope["query_string"].decode() if asked is None else asked)

    def make() -> list[Entry]:
        resource = wire.as_object(wire.parse(raw))
        resource.pop("id", None)
        return [Entry("create", type, resource, condition=only, unique=actor.face == face.SATUSEHAT)]

    if actor.face == face.SATUSEHAT and type == "Patient":
        outcome, mother = await satusehat.register(service, actor, make)
        new, at = outcome.status == 201, outcome.updated_at.isoformat()
        return wire.answer(face.created(outcome.id, mother, at) if new else face.exists(outcome.id))
    write = satusehat.write if actor.face == face.SATUSEHAT else writing.write
    if type in asks.TYPES:
        return _told(request, await referral_writes.write(service, actor, make, write))
    return _told(request, await write(service, actor, make))


@router.put(
    "/{type}",
    summary="Ubah bersyarat (conditional update)",
    responses=STORED_OR_NEW,
    openapi_extra=examples.body(examples.MARKED) | _MARK,
)
@spoken
async def conditional_update(request: Request, service: Svc, actor: Writer, type: NewType) -> Response:
    """`PUT Jenis?pencarian`: tidak ada → dibuat; satu → diubah; lebih → 412."""
    only = _asked(request, type)
    raw = await wire.raw_body(request)
    if_match = tags_of(request.headers.get("if-match"))

    def make() -> list[Entry]:
        resource = wire.as_object(wire.parse(raw))
        return [Entry("upsert", type, resource, _own_id(resource), if_match=if_match, condition=only)]

    return _told(request, await _changed(service, actor, type, make))


def _own_id(resource: dict[str, Any]) -> str | None:
    id_ = resource.get("id")
    return id_ if isinstance(id_, str) else None


@router.put(
    "/{type}/{id}",
    summary="Ubah atau simpan dengan id (update)",
    responses=STORED_OR_NEW,
    openapi_extra=examples.body(examples.OBSERVATION),
)
@spoken
async def update(request: Request, service: Svc, actor: Writer, type: NewType, id: OwnId) -> Response:
    """Ganti seluruh isi; id yang belum ada dibuat, yang sudah dihapus hidup lagi.

    `If-Match` melindungi dari perubahan orang lain (412); `If-None-Match: *` hanya membuat, tidak mengubah (412).
    """
    known_type(type)
    raw = await wire.raw_body(request)
    if_match = tags_of(request.headers.get("if-match"))
    only_new = "*" in (tags_of(request.headers.get("if-none-match")) or ())

    def make() -> list[Entry]:
        resource = wire.as_object(wire.parse(raw))
        if resource.get("id", id) != id:
            raise Invalid(
                Text("id di isi harus sama dengan id di alamat", "The id in the body must be the one in the address")
            )
        return [Entry("upsert", type, resource, id, if_match=if_match, only_new=only_new)]

    return _told(request, await _changed(service, actor, type, make))


async def _changed(service: Service, actor: Actor, type_: str, make: MakeEntries) -> list[Outcome]:
    """A change of one resource; of a referral's it is a step, or refused."""
    if type_ in asks.TYPES:
        if (stepped := await referral_steps.change(service, actor, make()[0])) is not None:
            return [stepped]
        return await referral_writes.write(service, actor, make)
    return await writing.write(service, actor, make)


async def _patched(
    request: Request, service: Svc, actor: Writer, type_: str, id_: str | None, only: Condition | None
) -> Response:
    raw = await wire.raw_body(request)
    if_match = tags_of(request.headers.get("if-match"))

    def make() -> list[Entry]:
        change = wire.patcher(wire.parse(raw))
        patch = lambda old: wire.apply_patch(change, old)  # noqa: E731
        return [Entry("patch", type_, id=id_, if_match=if_match, condition=only, patch=patch)]

    return _told(request, await _changed(service, actor, type_, make))


@router.patch(
    "/{type}",
    summary="Ubah sebagian bersyarat (conditional patch)",
    responses=RESOURCE,
    openapi_extra=examples.body(examples.JSON_PATCH, "application/json-patch+json", "array") | _MARK,
)
@spoken
async def conditional_patch(request: Request, service: Svc, actor: Writer, type: NewType) -> Response:
    """`PATCH Jenis?pencarian`: yang satu itu diubah; tidak ada → 404; lebih → 412."""
    return await _patched(request, service, actor, type, None, _asked(request, type))


@router.patch(
    "/{type}/{id}",
    summary="Ubah sebagian (patch)",
    responses=RESOURCE,
    openapi_extra=examples.body(examples.JSON_PATCH, "application/json-patch+json", "array"),
)
@spoken
async def patch(request: Request, service: Svc, actor: Writer, type: NewType, id: OwnId) -> Response:
    """Larik = JSON Patch (RFC 6902), objek = gabungan (merge), apa pun jenis kontennya.

    Task dan ServiceRequest sebuah rujukan: yang berarti langkah yang sah diambil sebagai langkah, lainnya ditolak
    dengan langkah yang sah. (Of a referral's: a legal step is taken, anything else is refused with the legal ones.)
    """
    return await _patched(request, service, actor, known_type(type), id, None)


@router.delete("/{type}", status_code=204, summary="Hapus bersyarat (conditional delete)", openapi_extra=_MARK)
@spoken
async def conditional_delete(request: Request, service: Svc, actor: Writer, type: NewType) -> Response:
    """`DELETE Jenis?pencarian`: yang satu itu dihapus; tidak ada → 204, tidak terjadi apa-apa; lebih → 412."""
    only, if_match = _asked(request, type), tags_of(request.headers.get("if-match"))
    wish = lambda: [Entry("delete", type, if_match=if_match, condition=only)]  # noqa: E731
    return _told(request, await writing.write(service, actor, wish))


@router.delete("/{type}/{id}", status_code=204, summary="Hapus (delete)")
@spoken
async def delete(request: Request, service: Svc, actor: Writer, type: NewType, id: OwnId) -> Response:
    """Penghapusan meninggalkan jejak (tombstone); versi lama tetap ada di riwayat."""
    known_type(type)
    if_match = tags_of(request.headers.get("if-match"))
    wish = lambda: [Entry("delete", type, id=id, if_match=if_match)]  # noqa: E731
    return _told(request, await _changed(service, actor, type, wish))
