"""POST of a Bundle to the FHIR base: a transaction is all or nothing, a batch is entry by entry."""

import re
from typing import Any
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter, Request, Response

from services.kernel.auth import Actor
from services.kernel.problems import FHIR_JSON, Fault, Invalid, Problem, Text, Unprocessable
from services.kernel.service import Svc
from services.records import exact, examples, face, params, wire
from services.records.routes.fhir import Writer, known_type, version_of
from services.records.routes.fhir_write import condition_of
from services.records.settings import RecordsSettings
from services.records.usecases import reading, satusehat, writing
from services.records.usecases.entries import Entry, Outcome
from services.records.usecases.refusals import suppressed

router = APIRouter(tags=["FHIR R4"])
_URL = re.compile(r"^/?([A-Z][A-Za-z]+)(?:/([A-Za-z0-9\-.]{1,64}))?(?:\?(.*))?$")
_VERBS = {"POST": "create", "PUT": "upsert", "PATCH": "patch", "DELETE": "delete"}


def _wrong(pointer: str, id_: str, en: str) -> Unprocessable:
    text = Text(id_, en)
    return Unprocessable(text, [Fault(pointer, text, "structure")])


def entry_of(raw: Any, n: int) -> Entry:
    """One Bundle entry as a wish. Raises Unprocessable naming the element (bdl-3 and kin)."""
    where = f"Bundle.entry[{n}]"
    request = raw.get("request") if isinstance(raw, dict) else None
    if not isinstance(request, dict) or not isinstance(request.get("url"), str):
        raise _wrong(
            f"{where}.request", "entry.request (method, url) wajib diisi", "entry.request (method, url) is required"
        )
    match, verb = _URL.match(request["url"]), _VERBS.get(str(request.get("method")))
    if verb is None:
        raise _wrong(
            f"{where}.request.method", "harus POST, PUT, PATCH atau DELETE", "must be POST, PUT, PATCH or DELETE"
        )
    if match is None:
        raise _wrong(f"{where}.request.url", "harus Jenis atau Jenis/id", "must be Type or Type/id")
    resource = raw.get("resource")
    if verb != "delete" and not isinstance(resource, dict):
        raise _wrong(f"{where}.resource", "wajib berupa objek", "must be an object")
    type_, id_, query = match.groups()
    for holder, key in ((raw, "fullUrl"), (request, "ifMatch"), (request, "ifNoneExist")):
        if not isinstance(holder.get(key, ""), str):
            raise _wrong(f"{where}.{key}", f"{key} harus berupa teks", f"{key} must be a text")
    entry = Entry(
        verb, known_type(type_), resource or {}, id_, urn=raw.get("fullUrl"), where=f"{where}.resource",
        if_match=version_of(request.get("ifMatch")),
        condition=condition_of(request.get("ifNoneExist") if verb == "create" else query),
    )  # fmt: skip
    if verb == "create":
        entry.id = None
        entry.resource.pop("id", None)
    if verb == "patch":
        change = wire.patcher(resource)
        entry.patch = lambda old: wire.apply_patch(change, old)
    return entry


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


@router.post(
    wire.BASE,
    summary="Bundle transaksi atau batch (transaction, batch)",
    responses={200: {"content": {FHIR_JSON: {}}}},
    openapi_extra=examples.body(examples.TRANSACTION),
)
@router.post(wire.BASE + "/", include_in_schema=False)
async def bundle(request: Request, service: Svc, actor: Writer) -> Response:
    """Transaksi: semua tersimpan atau tidak sama sekali; `urn:uuid` antar-entry diselesaikan di semua kedalaman."""
    raw = await request.body()
    kind, entries = _entries(await wire.read_body(request))
    base = wire.base_of(request)
    if kind == "batch":
        return await _batch(request, service, actor, entries, base)
    fresh = [entries]

    def make() -> list[Entry]:
        again = fresh.pop() if fresh else _entries(wire.parse(raw))[1]
        made = [entry_of(e, n) for n, e in enumerate(again)]
        for entry in made:
            entry.unique = actor.face == face.SATUSEHAT
        return made

    write = satusehat.write if actor.face == face.SATUSEHAT else writing.write
    outcomes = await write(service, actor, make)
    return wire.transaction_response(outcomes, "transaction-response", base, actor.face)


async def _batch(request: Request, service: Svc, actor: Actor, entries: list[Any], base: str) -> Response:
    """Each entry for itself; one that fails carries its own OperationOutcome."""
    answers = []
    for n, raw in enumerate(entries):
        try:
            answers.append(await _one(service, actor, raw, n, base))
        except Problem as problem:
            state = request.scope["simpul"]
            outcome = problem.as_outcome(state.language, state.request_id)
            answers.append({"response": {"status": f"{problem.status} {problem.slug}", "outcome": outcome}})
    body = {"resourceType": "Bundle", "type": "batch-response", **({"entry": answers} if answers else {})}
    return Response(orjson.dumps(body), 200, media_type=FHIR_JSON)


async def _one(service: Svc, actor: Actor, raw: Any, n: int, base: str) -> dict[str, Any]:
    method = (
        raw.get("request", {}).get("method") if isinstance(raw, dict) and isinstance(raw.get("request"), dict) else None
    )
    if method == "GET":
        return await _read(service, actor, str(raw["request"].get("url", "")), n, base)
    outcome: Outcome = (await writing.write(service, actor, lambda: [entry_of(_copy(raw), n)]))[0]
    answer = orjson.loads(wire.transaction_response([outcome], "batch-response", base, actor.face).body)
    entry: dict[str, Any] = answer["entry"][0]
    if outcome.body:
        entry["resource"] = orjson.Fragment(outcome.body)
    return entry


def _copy(raw: Any) -> Any:
    return exact.loads(exact.dumps(raw).encode())


async def _read(service: Svc, actor: Actor, url: str, n: int, base: str) -> dict[str, Any]:
    match = _URL.match(url)
    if match is None:
        raise _wrong(f"Bundle.entry[{n}].request.url", "harus Jenis/id atau pencarian", "must be Type/id or a search")
    type_, id_, asked = match.groups()
    if id_:
        found = await reading.read(service, actor, known_type(type_), id_)
        return {
            "resource": orjson.Fragment(found.body),
            "response": {"status": "200 OK", "etag": f'W/"{found.version}"'},
        }
    settings = service.settings
    assert isinstance(settings, RecordsSettings)  # noqa: S101
    query = params.parse(
        known_type(type_), parse_qsl(asked or ""), page=settings.page, max_page=settings.max_page, strict=False
    )
    page = await reading.find(service, actor, type_, query)
    outcome = suppressed(len(page.suppressed), page.withheld)
    entries = [(type_, h.id, h.body) for h in page.hits]
    answer = wire.searchset(entries, [outcome] if outcome else [], page.total, {}, base)
    return {"resource": orjson.Fragment(bytes(answer.body)), "response": {"status": "200 OK"}}
