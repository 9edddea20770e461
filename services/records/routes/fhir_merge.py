"""The FHIR door: Patient/$merge, two Patients that are one (HL7 FHIR R5/R6 patient-merge, in R4 form)."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response

from services.kernel.auth import Actor, Role, allow
from services.kernel.problems import FHIR_JSON, Fault, Invalid, NotFound, Text
from services.kernel.service import Svc
from services.records import examples, wire
from services.records.references import local
from services.records.routes.fhir import RESOURCE, spoken
from services.records.usecases import merging, reading

router = APIRouter(prefix=wire.BASE, tags=["FHIR R4"])
Registrar = Annotated[Actor, Depends(allow(Role.DINKES_ADMIN, Role.PUSKESMAS_STAFF, Role.FACILITY_ADMIN))]
SOURCE, TARGET = "source-patient", "target-patient"
_EXAMPLE = {
    "resourceType": "Parameters",
    "parameter": [
        {"name": SOURCE, "valueReference": {"reference": "Patient/14100000-0004-8000-a000-000000000000"}},
        {"name": TARGET, "valueReference": {"reference": "Patient/14100000-0001-8000-a000-000000000000"}},
    ],
}


@router.post(
    "/Patient/$merge",
    summary="Gabungkan dua Patient (merge)",
    responses=RESOURCE,
    openapi_extra=examples.body(_EXAMPLE),
)
@spoken
async def merge(request: Request, service: Svc, actor: Registrar) -> Response:
    """Parameters: `source-patient` digabungkan ke dalam `target-patient`. Sama dengan `POST /v1/identity/merges`;
    dibatalkan lewat `/v1/identity/merges/{id}/undo` dengan id dari `outcome`."""
    asked = wire.as_object(await wire.read_body(request))
    source, target = await _person(service, actor, asked, SOURCE), await _person(service, actor, asked, TARGET)
    done = await merging.merge(service, actor, target, source, "Patient/$merge")
    result = await reading.read(service, actor, "Patient", done.survivor_patient)
    said = {"severity": "information", "code": "informational", "diagnostics": f"merge {done.merge_id}"}
    outcome = {"resourceType": "OperationOutcome", "issue": [said]}
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "input", "resource": asked},
            {"name": "outcome", "resource": outcome},
            {"name": "result", "resource": orjson.Fragment(result.body)},
        ],
    }
    return Response(orjson.dumps(body), 200, media_type=FHIR_JSON)


async def _person(service: Svc, actor: Actor, asked: dict[str, Any], name: str) -> str:
    """The person behind a parameter's Patient reference. Raises Invalid, NotFound, Refused (logged)."""
    given = asked.get("parameter")
    named = {p.get("name"): p for p in given if isinstance(p, dict)} if isinstance(given, list) else {}
    reference = (named.get(name, {}).get("valueReference") or {}).get("reference")
    place = local(reference) if isinstance(reference, str) else None
    if place is None or place[0] != "Patient":
        said = Text(f"{name}: valueReference ke sebuah Patient", f"{name}: a valueReference to a Patient")
        raise Invalid(said, [Fault(f"Parameters.parameter.where(name='{name}')", said)])
    found = await reading.read(service, actor, "Patient", place[1])
    if found.person_id is None:
        raise NotFound()
    return found.person_id
