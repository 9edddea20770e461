"""What all routes of the FHIR door share: who may come, how types and ids look, what a header says.

The routes themselves: `fhir_read` (read, versions, metadata), `fhir_search`, `fhir_write`, `bundles`, `fhir_patient`
(operations on one Patient).
"""

import re
from typing import Annotated, Any

from fastapi import Depends, Path, Request

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.problems import FHIR_JSON, NotAcceptable, NotFound, Text
from services.records import examples
from services.records.schema.stored import STORED
from services.records.usecases import reading

Reader = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN, Role.JKN_CONNECTOR))]
Writer = Annotated[Actor, Depends(allow(*CARE_ROLES))]
_TYPE, _ID = r"^[A-Z][A-Za-z]+$", r"^[A-Za-z0-9\-.]{1,64}$"
_TYPE_TEXT, _ID_TEXT = "Jenis sumber daya FHIR (resource type)", "Id sumber daya, atau nomor IHS pasien (resource id)"
Type = Annotated[str, Path(pattern=_TYPE, description=_TYPE_TEXT, examples=["Patient"])]
Id = Annotated[str, Path(pattern=_ID, description=_ID_TEXT, examples=[examples.IHS])]
NewType = Annotated[str, Path(pattern=_TYPE, description=_TYPE_TEXT, examples=["Observation"])]
Version = Annotated[int, Path(ge=1, lt=reading.LARGEST, description="Nomor versi (version number)", examples=[1])]
OwnId = Annotated[str, Path(pattern=_ID, description=_ID_TEXT, examples=[examples.OBSERVATION_ID])]

_CONTENT = {FHIR_JSON: {"schema": {"type": "object"}}}
RESOURCE: dict[int | str, dict[str, Any]] = {
    200: {"description": "Sumber daya FHIR (FHIR resource)", "content": _CONTENT}
}
STORED_OR_NEW = RESOURCE | {201: {"description": "Baru (created)", "content": _CONTENT}}


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
