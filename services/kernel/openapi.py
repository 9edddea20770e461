"""What the kernel adds to every service's OpenAPI: problems, the sign-in, who may call."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from pydantic import BaseModel, Field

from services.kernel.auth import Allow
from services.kernel.frame import FHIR_BASE
from services.kernel.problems import FHIR_JSON, PROBLEM_JSON


class FaultBody(BaseModel):
    """Satu isian yang salah (one wrong field)."""

    pointer: str = Field(description="Letak isian (JSON pointer)", examples=["/patient/nik"])
    detail: str = Field(description="Apa yang salah dan yang benar (what is wrong, what would be right)")
    code: str


class ProblemBody(BaseModel):
    """Masalah menurut RFC 9457 (problem details)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[FaultBody] = []


OUTCOME: dict[str, Any] = {
    "title": "OperationOutcome",
    "description": "Masalah di bawah alamat FHIR (a problem under the FHIR base)",
    "type": "object",
    "required": ["resourceType", "issue"],
    "properties": {
        "resourceType": {"const": "OperationOutcome"},
        "issue": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["severity", "code"],
                "properties": {
                    "severity": {"type": "string"},
                    "code": {"type": "string"},
                    "details": {"type": "object", "properties": {"text": {"type": "string"}}},
                    "expression": {"type": "array", "items": {"type": "string"}},
                    "diagnostics": {"type": "string"},
                },
            },
        },
    },
    "example": {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": "error",
                "code": "required",
                "details": {"text": "wajib diisi"},
                "expression": ["Observation.status"],
            }
        ],
    },
}


PROBLEMS = {
    "400": "Permintaan tidak sah (invalid request)",
    "401": "Token tidak ada atau tidak berlaku (unauthenticated)",
    "403": "Akses ditolak (refused)",
    "404": "Tidak ditemukan (not found)",
    "422": "Isian salah (unprocessable)",
    "503": "Coba lagi (unavailable)",
}
"""What any route may answer; a route that declares one of them itself says it better."""

SECURITY: dict[str, Any] = {
    "masuk": {
        "type": "oauth2",
        "description": "Masuk dengan akun staf, atau client id dan secret aplikasi (sign in)",
        "flows": {
            "password": {"tokenUrl": "/oauth2/v1/token", "scopes": {}},
            "clientCredentials": {"tokenUrl": "/oauth2/v1/token", "scopes": {}},
        },
    }
}


def api_routes(app: FastAPI) -> Iterator[RouteContext]:
    """Every API route of an app, with what the routers it was included by add to it."""
    return (r for r in iter_route_contexts(app.routes) if isinstance(r.original_route, APIRoute))


def guard(route: APIRoute | RouteContext) -> Any:
    """The route's own guard (Allow, PeersOnly, Public), or None when it has none."""
    from services.kernel.auth import PeersOnly, Public

    found = [d.call for d in route.dependant.dependencies if isinstance(d.call, Allow | PeersOnly | Public)]
    return found[0] if found else None


def describe(app: FastAPI) -> None:
    """Extend the app's OpenAPI: the sign-in on guarded routes, roles in the text, problems in their own media type."""
    plain = app.openapi

    def extended() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = plain()
            components = schema.setdefault("components", {})
            components["securitySchemes"] = SECURITY
            schemas = components.setdefault("schemas", {})
            schemas |= {"OperationOutcome": OUTCOME, **_problem_schemas()}
            for theirs in ("HTTPValidationError", "ValidationError"):
                schemas.pop(theirs, None)
            for route in api_routes(app):
                if route.include_in_schema:
                    _extend(schema["paths"][route.path_format], route)
        return app.openapi_schema or {}

    app.openapi = extended  # type: ignore[method-assign]


def _problem_schemas() -> dict[str, Any]:
    own = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    return {**own.pop("$defs"), "ProblemBody": own}


def _extend(path: dict[str, Any], route: RouteContext) -> None:
    held = guard(route)
    fhir = str(route.path_format).startswith(FHIR_BASE)
    declared = {str(status): r.get("model") for status, r in route.responses.items()}
    own = {s for s, model in declared.items() if isinstance(model, type) and issubclass(model, ProblemBody)}
    common = {FHIR_JSON: {"schema": _OUTCOME}} if fhir else {PROBLEM_JSON: {"schema": _PROBLEM}}
    for method in route.methods or ():
        operation = path.get(method.lower())
        if operation is None:
            continue
        if isinstance(held, Allow):
            operation["security"] = [{"masuk": []}]
            roles = ", ".join(sorted(held.roles))
            operation["description"] = f"{operation.get('description', '')}\n\nPeran (roles): {roles}".strip()
        answers = operation["responses"]
        for status in own:
            schema = answers[status]["content"].pop("application/json")
            answers[status]["content"] |= common if fhir else {PROBLEM_JSON: schema}
        for status, text in PROBLEMS.items():
            if status not in declared:
                answers[status] = {"description": text, "content": common}


_OUTCOME = {"$ref": "#/components/schemas/OperationOutcome"}
_PROBLEM = {"$ref": "#/components/schemas/ProblemBody"}
