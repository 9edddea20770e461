"""The FHIR door, $validate: everything wrong with a resource, and nothing stored."""

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from services.kernel.problems import FHIR_JSON, Fault, Text
from services.kernel.service import Svc
from services.records import examples, wire
from services.records.routes.fhir import RESOURCE, NewType, OwnId, Writer, known_type, spoken
from services.records.usecases import validating

router = APIRouter(prefix=wire.BASE, tags=["FHIR R4"])
_FINE = Text("Sah; dapat disimpan", "Valid; it can be stored")
_PROFILE = Text(
    "Profil tidak diperiksa; yang diperiksa: FHIR R4 dan aturan catatan ini",
    "Profiles are not checked; what is checked: FHIR R4 and the rules of this record",
)
_MODE = {
    "parameters": [
        {
            "name": "mode", "in": "query", "required": False, "schema": {"type": "string"}, "example": "create",
            "description": "create, update, delete atau profile",
        }
    ]
}  # fmt: skip


@router.post(
    "/{type}/$validate",
    summary="Periksa tanpa menyimpan (validate)",
    responses=RESOURCE,
    openapi_extra=examples.body(examples.OBSERVATION) | _MODE,
)
@spoken
async def validate(request: Request, service: Svc, actor: Writer, type: NewType) -> Response:
    """Semua kesalahan sebuah sumber daya sebagai OperationOutcome; selalu 200, tidak ada yang disimpan.

    Isi: sumber dayanya sendiri, atau `Parameters` dengan `resource` (dan `mode`, `profile`).
    """
    return await _validated(request, service, actor, type, None)


@router.post(
    "/{type}/{id}/$validate",
    summary="Periksa perubahan tanpa menyimpan (validate)",
    responses=RESOURCE,
    openapi_extra=examples.body(examples.OBSERVATION) | _MODE,
)
@spoken
async def validate_change(request: Request, service: Svc, actor: Writer, type: NewType, id: OwnId) -> Response:
    """Sama, untuk id itu: juga bolehkah pengirim mengubahnya (`update`) atau menghapusnya (`delete`)."""
    return await _validated(request, service, actor, type, id)


async def _validated(request: Request, service: Svc, actor: Writer, type_: str, id_: str | None) -> Response:
    known_type(type_)
    raw = await wire.raw_body(request)
    given = _given(wire.parse(raw)) if raw else {}
    mode = str(given.get("mode") or request.query_params.get("mode") or ("update" if id_ else "create"))
    faults = await validating.validate(service, actor, type_, id_, given.get("resource"), mode)
    language = request.scope["simpul"].language
    issues = [_issue("error", f.code, f.text, language, f) for f in faults]
    if given.get("profile") or request.query_params.get("profile"):
        issues.append(_issue("information", "informational", _PROFILE, language))
    if not faults:
        issues.append(_issue("information", "informational", _FINE, language))
    body = {"resourceType": "OperationOutcome", "issue": issues}
    return Response(orjson.dumps(body), media_type=FHIR_JSON)


def _given(body: Any) -> dict[str, Any]:
    """The resource, mode and profile of a body: a Parameters that holds them, or the resource itself."""
    found: dict[str, Any] = {}
    if isinstance(body, dict) and body.get("resourceType") == "Parameters":
        parameters = body.get("parameter")
        for one in parameters if isinstance(parameters, list) else ():
            if isinstance(one, dict) and one.get("name") in ("resource", "mode", "profile"):
                value = next((v for k, v in one.items() if k == "resource" or k.startswith("value")), None)
                found[one["name"]] = value
    return found if found else {"resource": body}


def _issue(severity: str, code: str, text: Text, language: str, fault: Fault | None = None) -> dict[str, Any]:
    issue: dict[str, Any] = {"severity": severity, "code": code, "details": {"text": text.to(language)}}
    return issue | ({"expression": [fault.pointer]} if fault else {})
