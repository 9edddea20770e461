"""HTTP of membership as FHIR R4 (`/fhir-r4/v1/Coverage…`): reads, searches, and eligibility asked.

What clients wrote themselves under these types lies in records: what is not ours is passed on, and a search shows both.
"""

import re
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from services.coverage import fhir, peers
from services.coverage.fhir import COVERAGE, REQUEST, RESPONSE, EligibilityRequest
from services.coverage.routes.eligibility import ActorAsking
from services.coverage.usecases import covering
from services.kernel.auth import Actor
from services.kernel.problems import FHIR_JSON, Fault, NotFound, Text, Unprocessable
from services.kernel.service import Service, Svc

BASE = "/fhir-r4/v1"
router = APIRouter(prefix=BASE, tags=["FHIR R4"])
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9\-.]{1,64}$", examples=["0190a3f0-0000-7000-8000-000000000001"])]
PersonId = Annotated[str, Path(pattern=r"^[A-Za-z0-9\-.]{1,64}$", examples=["14100000-0001-8000-a000-000000000000"])]
Patient = Annotated[
    str | None,
    Query(max_length=200, description="Patient/{id}", examples=["Patient/14100000-0001-8000-a000-000000000000"]),
]
_PATH = re.compile(r"[A-Za-z0-9._$/-]+")
"""What a path under the FHIR base is made of: nothing that reads otherwise once it is sent on."""
_MAX_AGE = re.compile(r"max-age=(\d{1,7})")
_SEARCHED = {
    COVERAGE: {"beneficiary", "patient", "subscriber-id", "subscriberid", "identifier", "status", "_id"},
    REQUEST: {"patient"},
    RESPONSE: {"patient", "request"},
}


def _body(resource: dict[str, Any] | str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    raw = resource if isinstance(resource, str) else orjson.dumps(resource)
    return Response(raw, status, headers=headers, media_type=FHIR_JSON)


def _asked(request: Request, type_: str) -> dict[str, str] | None:
    """The parameters of a search; None when it asks for something that only records searches by. Raises Unprocessable
    when nothing narrows it."""
    given = {k: v for k, v in request.query_params.items() if k == "_id" or not k.startswith("_")}
    if not given:
        known = ", ".join(sorted(_SEARCHED[type_]))
        said = Text(f"sebutkan salah satu: {known}", f"name one of {known}")
        raise Unprocessable(Text("Perbaiki parameter", "Mend the parameters"), [Fault("patient", said, "required")])
    return given if set(given) <= _SEARCHED[type_] else None


async def _pass_on(request: Request, service: Service, actor: Actor) -> Response:
    """Records' answer to the same request. Raises NotFound for a path that would lead out of the FHIR base."""
    if {".", ".."} & set(request.url.path.split("/")) or not _PATH.fullmatch(request.url.path):
        raise NotFound(Text("Alamat ini tidak dikenal", "There is nothing at this address"))
    headers = {n: v for n in _HEADERS if (v := request.headers.get(n))}
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    told = await peers.passed_on(service, actor, request.method, path, await request.body(), headers)
    kept = {n: v for n in ("location", "etag", "last-modified") if (v := told.headers.get(n))}
    return Response(told.content, told.status_code, headers=kept, media_type=told.headers.get("content-type"))


_HEADERS = (
    "content-type", "accept", "accept-language", "prefer", "if-match", "if-none-match", "if-none-exist", "x-purpose",
    "host", "x-forwarded-proto",
)  # fmt: skip


async def _searched(
    request: Request, service: Service, actor: Actor, type_: str, found: list[dict[str, Any]] | None
) -> Response:
    """Ours and what records holds of the type; records' own answer where only it can search."""
    if found is None:
        return await _pass_on(request, service, actor)
    asked = {k: v for k, v in request.query_params.items() if k not in ("subscriber-id", "subscriberid")}
    theirs: list[dict[str, Any]] = []
    if len(asked) == len(request.query_params):
        told = await _pass_on(request, service, actor)
        if told.status_code == 200:
            body = orjson.loads(told.body)
            theirs = [e for e in body.get("entry", ()) if e.get("search", {}).get("mode") == "match"]
    base = str(request.base_url).rstrip("/") + BASE
    bundle = fhir.searchset(found, base, f"/{type_}?{request.url.query}")
    return _body(bundle | {"total": len(found) + len(theirs), "entry": bundle["entry"] + theirs})


async def _pass_on_route(request: Request, service: Svc, actor: ActorAsking) -> Response:
    """What clients write and read of these types beside ours is the record's."""
    return await _pass_on(request, service, actor)


@router.get("/Coverage/{id}", summary="Kepesertaan sebagai Coverage (read)", response_class=Response)
async def read(request: Request, service: Svc, actor: ActorAsking, id: PersonId) -> Response:
    """Yang berlaku menurut pernyataan terakhir, tanpa bertanya ke BPJS: FKTP medis dan gigi, segmen, kelas, tunggakan,
    Prolanis, PRB. Penjamin lain menjadi Coverage kedua (another insurer is a second Coverage)."""
    found = await covering.read(service, actor, id)
    return _body(found) if found else await _pass_on(request, service, actor)


@router.get("/Coverage", summary="Cari Coverage (search)", response_class=Response)
async def search(
    request: Request,
    service: Svc,
    actor: ActorAsking,
    beneficiary: Patient = None,
    patient: Annotated[str | None, Query(max_length=200)] = None,
    subscriber_id: Annotated[str | None, Query(alias="subscriber-id", max_length=200)] = None,
) -> Response:
    """Menurut `beneficiary` atau `patient`, atau nomor kartu (`subscriber-id`, `identifier`). Orang yang tidak boleh
    dilihat tidak ditemukan dengan syarat apa pun (whom you may not see is found by no condition)."""
    asked = _asked(request, COVERAGE)
    found = await covering.search(service, actor, asked) if asked is not None else None
    return await _searched(request, service, actor, COVERAGE, found)


@router.post(
    "/CoverageEligibilityRequest", summary="Tanya kelayakan lewat FHIR (ask)", status_code=201, response_class=Response
)
async def ask(request: Request, service: Svc, actor: ActorAsking, said: EligibilityRequest) -> Response:
    """Dijawab dengan CoverageEligibilityResponse. `outcome` = complete; saat BPJS tidak menjawab = error dengan jawaban
    terakhir dan umurnya, tidak pernah `inforce` = false (an outage is an error, never inforce=false). Umur jawaban yang
    diterima: `Cache-Control: max-age=0` menanyakan BPJS sekarang (asks BPJS now)."""
    age = _MAX_AGE.search(request.headers.get("cache-control", ""))
    answer, kept = await covering.ask(service, actor, said, min(int(age[1]), 31 * 86_400) if age else None)
    base = str(request.base_url).rstrip("/") + BASE
    headers = {"Location": f"{base}/{REQUEST}/{answer['id']}"} if kept else {}
    return _body(answer, 201 if kept else 200, headers)


@router.get("/CoverageEligibilityRequest/{asked_id}", summary="Pertanyaan kelayakan (read)", response_class=Response)
async def asked(request: Request, service: Svc, actor: ActorAsking, asked_id: Id) -> Response:
    """Pertanyaan seperti disimpan: pasien sebagai rujukan, tanpa nomor (the patient by reference, no number)."""
    found = await covering.kept(service, actor, REQUEST, asked_id)
    return _body(found) if found else await _pass_on(request, service, actor)


@router.get("/CoverageEligibilityRequest", summary="Cari pertanyaan kelayakan (search)", response_class=Response)
async def search_asked(request: Request, service: Svc, actor: ActorAsking, patient: Patient = None) -> Response:
    """Menurut `patient`, yang terbaru dahulu (by patient, newest first)."""
    asked = _asked(request, REQUEST)
    found = await covering.search_kept(service, actor, REQUEST, asked) if asked is not None else None
    return await _searched(request, service, actor, REQUEST, found)


@router.get("/CoverageEligibilityResponse/{asked_id}", summary="Jawaban kelayakan (read)", response_class=Response)
async def answered(request: Request, service: Svc, actor: ActorAsking, asked_id: Id) -> Response:
    """Jawaban seperti diberikan saat itu (the answer as it was given)."""
    found = await covering.kept(service, actor, RESPONSE, asked_id)
    return _body(found) if found else await _pass_on(request, service, actor)


@router.get("/CoverageEligibilityResponse", summary="Cari jawaban kelayakan (search)", response_class=Response)
async def search_answered(
    request: Request,
    service: Svc,
    actor: ActorAsking,
    patient: Patient = None,
) -> Response:
    """Menurut `patient` atau `request`, yang terbaru dahulu (by patient, newest first)."""
    asked = _asked(request, RESPONSE)
    found = await covering.search_kept(service, actor, RESPONSE, asked) if asked is not None else None
    return await _searched(request, service, actor, RESPONSE, found)


for _type in (COVERAGE, REQUEST, RESPONSE):
    _posted = ["GET", "PUT", "PATCH", "DELETE", "POST"]
    _methods = ["PUT", "PATCH", "DELETE"] + (["POST"] if _type != REQUEST else [])
    router.add_api_route(f"/{_type}", _pass_on_route, methods=_methods, include_in_schema=False)
    router.add_api_route(f"/{_type}/{{rest:path}}", _pass_on_route, methods=_posted, include_in_schema=False)
