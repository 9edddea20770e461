"""POST of a Bundle to the FHIR base: a transaction is all or nothing, a batch is entry by entry."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter, Request, Response

from services.kernel.auth import Actor
from services.kernel.problems import FHIR_JSON, Fault, Gone, Invalid, Problem, Text, Unprocessable
from services.kernel.service import Service, Svc
from services.records import exact, examples, face, params, wire
from services.records.routes.fhir import Writer, known_type, spoken, tags_of
from services.records.settings import RecordsSettings
from services.records.usecases import history, reading, referral_writes, satusehat, searching, transactions, writing
from services.records.usecases.conditions import condition
from services.records.usecases.entries import Entry
from services.records.usecases.refusals import suppressed

router = APIRouter(tags=["FHIR R4"])
_URL = re.compile(
    r"(?:https?://\S+?/fhir-r4/v1)?/?([A-Z][A-Za-z]+)(?:/([A-Za-z0-9\-.]{1,64}))?(?:/_history/([0-9]{1,18}))?/?(?:\?(.*))?"
)
_VERBS = {"POST": "create", "PUT": "upsert", "PATCH": "patch", "DELETE": "delete"}


def _wrong(pointer: str, id_: str, en: str) -> Unprocessable:
    text = Text(id_, en)
    return Unprocessable(text, [Fault(pointer, text, "structure")])


@dataclass(frozen=True, slots=True)
class Asked:
    """The request of a Bundle entry."""

    where: str
    method: str
    type: str
    id: str | None
    version: str | None
    query: str | None
    request: dict[str, Any]


def asked_of(raw: Any, n: int) -> Asked:
    """What an entry asks for. Raises Unprocessable naming the element (bdl-3 and kin)."""
    where = f"Bundle.entry[{n}]"
    request = raw.get("request") if isinstance(raw, dict) else None
    if not isinstance(request, dict) or not isinstance(request.get("url"), str):
        raise _wrong(
            f"{where}.request", "entry.request (method, url) wajib diisi", "entry.request (method, url) is required"
        )
    method = str(request.get("method"))
    if method != "GET" and method not in _VERBS:
        said = "harus GET, POST, PUT, PATCH atau DELETE", "must be GET, POST, PUT, PATCH or DELETE"
        raise _wrong(f"{where}.request.method", *said)
    for holder, key in ((raw, "fullUrl"), *((request, k) for k in ("ifMatch", "ifNoneMatch", "ifNoneExist"))):
        if not isinstance(holder.get(key, ""), str):
            raise _wrong(f"{where}.{key}", f"{key} harus berupa teks", f"{key} must be a text")
    match = _URL.fullmatch(request["url"])
    if match is None:
        raise _wrong(f"{where}.request.url", "harus Jenis, Jenis/id atau Jenis?…", "must be Type, Type/id or Type?…")
    type_, id_, version, query = match.groups()
    return Asked(where, method, known_type(type_), id_, version, query, request)


def entry_of(raw: Any, n: int) -> Entry:
    """One Bundle entry as a wish. Raises Unprocessable naming the element."""
    asked = asked_of(raw, n)
    where, verb, resource = asked.where, _VERBS[asked.method], raw.get("resource")
    if verb in ("create", "upsert") and not isinstance(resource, dict):
        raise _wrong(f"{where}.resource", "wajib berupa objek", "must be an object")
    only = None
    if verb == "create":
        only = condition(asked.type, asked.request.get("ifNoneExist") or asked.query, f"{where}.request.ifNoneExist")
    elif asked.id is None:
        only = condition(asked.type, asked.query, f"{where}.request.url")
        if only is None:
            raise _wrong(f"{where}.request.url", "harus Jenis/id atau Jenis?…", "must be Type/id or Type?…")
    entry = Entry(
        verb, asked.type, resource if isinstance(resource, dict) else {}, asked.id, urn=raw.get("fullUrl"),
        where=f"{where}.resource", if_match=tags_of(asked.request.get("ifMatch")), condition=only,
        only_new="*" in (tags_of(asked.request.get("ifNoneMatch")) or ()),
    )  # fmt: skip
    if verb == "create":
        entry.id = None
        entry.resource.pop("id", None)
    elif verb == "upsert":
        own = entry.resource.get("id")
        if asked.id is not None and own not in (None, asked.id):
            raise _wrong(f"{where}.resource.id", "harus sama dengan id di request.url", "must be the id of request.url")
        entry.id = asked.id or (own if isinstance(own, str) else None)
    elif verb == "patch":
        change = wire.patcher(_patch_of(resource, where))
        entry.patch = lambda old: wire.apply_patch(change, old)
    return entry


def _patch_of(resource: Any, where: str) -> Any:
    """The patch of an entry: a JSON Patch array or a merge object, as it is or inside a Binary."""
    if isinstance(resource, dict) and resource.get("resourceType") == "Binary":
        try:
            return wire.parse(base64.b64decode(str(resource.get("data")), validate=True))
        except binascii.Error:
            raise _wrong(f"{where}.resource.data", "harus base64", "must be base64") from None
    if not isinstance(resource, dict | list) or (
        isinstance(resource, dict) and resource.get("resourceType") == "Parameters"
    ):
        said = "harus Binary berisi JSON Patch, larik JSON Patch, atau objek gabungan (merge)"
        raise _wrong(f"{where}.resource", said, "must be a Binary with a JSON Patch, such an array or a merge object")
    return resource


def _entries(body: Any) -> tuple[str, list[Any]]:
    bundle = wire.as_object(body)
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") not in ("transaction", "batch"):
        raise Invalid(
            Text("Kirim Bundle berjenis transaction atau batch", "Send a Bundle of type transaction or batch"),
            [Fault("Bundle.type", Text("harus transaction atau batch", "must be transaction or batch"), "value")],
        )
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        raise _wrong("Bundle.entry", "harus berupa daftar", "must be a list")
    return bundle["type"], entries


def _is_read(raw: Any) -> bool:
    request = raw.get("request") if isinstance(raw, dict) else None
    return isinstance(request, dict) and request.get("method") == "GET"


def _distinct(entries: list[Any]) -> None:
    """Two entries of one fullUrl (bdl-7) could not be told apart. Raises Unprocessable."""
    seen: set[str] = set()
    for n, raw in enumerate(entries):
        url = raw.get("fullUrl") if isinstance(raw, dict) else None
        if isinstance(url, str):
            if url in seen:
                raise _wrong(f"Bundle.entry[{n}].fullUrl", "fullUrl ini ada dua kali", "this fullUrl stands twice")
            seen.add(url)


@router.post(
    wire.BASE,
    summary="Bundle transaksi atau batch (transaction, batch)",
    responses={200: {"content": {FHIR_JSON: {}}}},
    openapi_extra=examples.bodies(examples.TRANSACTIONS),
)
@spoken
async def bundle(request: Request, service: Svc, actor: Writer) -> Response:
    """Transaksi: semua tersimpan atau tidak sama sekali; `urn:uuid` antar-entry diselesaikan di semua kedalaman.

    Urutan FHIR: DELETE, POST, PUT dan PATCH, lalu GET. Batch: setiap entry berdiri sendiri.

    ServiceRequest berkode 3457005 ke Organization jejaring ini, atau Task `referral-approval-request`, adalah rujukan:
    diputuskan layanan rujukan dahulu, lalu disimpan; kiriman ulang yang sama dijawab sama. (A referral is decided by
    the referrals service first; the same one sent again is answered the same.)
    """
    raw = await wire.raw_body(request)
    kind, entries = _entries(wire.parse(raw))
    base, prefer = wire.base_of(request), wire.preferred(request)
    if kind == "batch":
        return await _batch(request, service, actor, entries, base, prefer)
    _distinct(entries)
    fresh = [entries]

    def make() -> list[Entry]:
        again = fresh.pop() if fresh else _entries(wire.parse(raw))[1]
        made = [entry_of(e, n) for n, e in enumerate(again) if not _is_read(e)]
        for entry in made:
            entry.unique = actor.face == face.SATUSEHAT
        return made

    reads = {n: asked_of(e, n) for n, e in enumerate(entries) if _is_read(e)}
    if not reads:
        write = satusehat.write if actor.face == face.SATUSEHAT else writing.write
        outcomes = await referral_writes.write(service, actor, make, write)
        answers = [wire.response_entry(o, base, actor.face, prefer) for o in outcomes]
        return wire.answered(answers, "transaction-response")

    async def read(inside: Service, n: int) -> dict[str, Any]:
        return await _read(inside, actor, reads[n], base)

    outcomes, found = await transactions.with_reads(service, actor, make, sorted(reads), read)
    written = iter([wire.response_entry(o, base, actor.face, prefer) for o in outcomes])
    answers = [found[n] if n in found else next(written) for n in range(len(entries))]
    return wire.answered(answers, "transaction-response")


async def _batch(request: Request, service: Svc, actor: Actor, entries: list[Any], base: str, prefer: str) -> Response:
    """Each entry for itself; one that fails carries its own OperationOutcome."""
    answers = []
    for n, raw in enumerate(entries):
        try:
            if _is_read(raw):
                answers.append(await _read(service, actor, asked_of(raw, n), base))
            else:
                outcome = (await referral_writes.write(service, actor, _again(raw, n)))[0]
                answers.append(wire.response_entry(outcome, base, actor.face, prefer or "representation"))
        except Problem as problem:
            state = request.scope["simpul"]
            outcome_ = problem.as_outcome(state.language, state.request_id)
            answers.append({"response": {"status": f"{problem.status} {problem.slug}", "outcome": outcome_}})
    return wire.answered(answers, "batch-response")


def _again(raw: Any, n: int) -> Any:
    text = exact.dumps(raw).encode()
    return lambda: [entry_of(exact.loads(text), n)]


async def _read(service: Service, actor: Actor, asked: Asked, base: str) -> dict[str, Any]:
    if asked.id and asked.version:
        version = await history.one(service, actor, asked.type, asked.id, int(asked.version))
        if version.deleted:
            raise Gone
        return {"resource": orjson.Fragment(version.body), "response": {"status": "200 OK"}}
    if asked.id:
        found = await reading.read(service, actor, asked.type, asked.id)
        response = {"status": "200 OK", "etag": f'W/"{found.version}"'}
        if str(found.version) in (tags_of(asked.request.get("ifNoneMatch")) or ()):
            return {"response": response | {"status": "304 Not Modified"}}
        return {"resource": orjson.Fragment(found.body), "response": response}
    settings = service.settings
    assert isinstance(settings, RecordsSettings)  # noqa: S101
    items = parse_qsl(asked.query or "", keep_blank_values=True)
    query = params.parse(asked.type, items, page=settings.page, max_page=settings.max_page, strict=False)
    page = await searching.find(service, actor, query)
    told = suppressed(len(page.suppressed), page.withheld)
    hits = [(asked.type, h.id, h.body) for h in page.hits]
    included = [(h.type, h.id, h.body) for h in page.included]
    answer = wire.searchset(hits, [told] if told else [], page.total, {}, base, included=included)
    return {"resource": orjson.Fragment(bytes(answer.body)), "response": {"status": "200 OK"}}
