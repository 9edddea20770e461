"""What all routes of the FHIR door share: who may come, how types and ids look, what a header says.

The routes themselves: `fhir_read` (read, versions, metadata), `fhir_search`, `fhir_write`, `bundles`, `fhir_patient`
(operations on one Patient).
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Path, Request, Response

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.problems import FHIR_JSON, NotAcceptable, NotFound, Text
from services.records import examples, wire
from services.records.schema.stored import STORED
from services.records.usecases import reading

Route = TypeVar("Route", bound=Callable[..., Awaitable[Response]])
Reader = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN, Role.JKN_CONNECTOR))]
Writer = Annotated[Actor, Depends(allow(*CARE_ROLES))]
_TYPE, ID = r"^[A-Z][A-Za-z]+$", r"^[A-Za-z0-9\-.]{1,64}$"
_TYPE_TEXT, _ID_TEXT = "Jenis sumber daya FHIR (resource type)", "Id sumber daya, atau nomor IHS pasien (resource id)"
Type = Annotated[str, Path(pattern=_TYPE, description=_TYPE_TEXT, examples=["Patient"])]
Id = Annotated[str, Path(pattern=ID, description=_ID_TEXT, examples=[examples.IHS])]
NewType = Annotated[str, Path(pattern=_TYPE, description=_TYPE_TEXT, examples=["Observation"])]
Version = Annotated[int, Path(ge=1, lt=reading.LARGEST, description="Nomor versi (version number)", examples=[1])]
OwnId = Annotated[str, Path(pattern=ID, description=_ID_TEXT, examples=[examples.OBSERVATION_ID])]

_CONTENT = {FHIR_JSON: {"schema": {"type": "object"}}}
RESOURCE: dict[int | str, dict[str, Any]] = {
    200: {"description": "Sumber daya FHIR (FHIR resource)", "content": _CONTENT}
}
STORED_OR_NEW = RESOURCE | {201: {"description": "Baru (created)", "content": _CONTENT}}


_STORED = frozenset(STORED)


def known_type(type_: str) -> str:
    """The type, when it is one we store. Raises NotFound."""
    if type_ not in _STORED:
        raise NotFound(
            Text(f"Jenis {type_} tidak disimpan di sini", f"The type {type_} is not stored here"), code="not-supported"
        )
    return type_


def tags_of(header: str | None) -> frozenset[str] | None:
    """The versions an If-Match or If-None-Match names: `W/"3"`, `"3"`, a bare 3, several, or `*`; None without one."""
    if not header:
        return None
    return frozenset(part.strip().removeprefix("W/").strip('"') for part in header.split(","))


def acceptable(request: Request) -> None:
    """JSON is what we have. Raises NotAcceptable for a caller that wants only XML or the like."""
    if b"_format" in request.scope["query_string"] and (wanted := request.query_params.get("_format")):
        fits = "json" in wanted
    else:
        accept = request.headers.get("accept")
        fits = not accept or any(kind in accept for kind in _SERVED)
    if not fits:
        raise NotAcceptable(Text("Jawaban hanya tersedia sebagai application/fhir+json", "Only application/fhir+json"))


_SERVED = ("json", "*/*", "application/*", "text/html")


def spoken(route: Route) -> Route:
    """A FHIR route: it refuses what it cannot serve before it begins, and indents its answer on `_pretty=true`."""

    @wraps(route)
    async def answered(*args: Any, **named: Any) -> Response:
        request: Request = named["request"]
        acceptable(request)
        response = await route(*args, **named)
        if b"_pretty=true" in request.scope["query_string"]:
            return wire.indented(response)
        return response

    return answered  # type: ignore[return-value]
