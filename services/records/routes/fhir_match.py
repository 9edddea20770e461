"""The FHIR door: Patient/$match, who of the record may be the person described."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request, Response

from services.kernel.auth import CARE_ROLES, Actor, Role, allow
from services.kernel.problems import Fault, Invalid, Text, Unprocessable
from services.kernel.service import Svc
from services.records import examples, wire
from services.records.routes.fhir import RESOURCE, spoken
from services.records.usecases import matching
from services.records.usecases.entries import examine_one
from services.records.usecases.matching import Candidate

router = APIRouter(prefix=wire.BASE, tags=["FHIR R4"])
Matcher = Annotated[Actor, Depends(allow(*CARE_ROLES, Role.DINKES_ADMIN))]
MOST, USUAL = 50, 10
GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
EVIDENCE = "https://simpul.id/fhir/StructureDefinition/match-evidence"
_EXAMPLE = {
    "resourceType": "Parameters",
    "parameter": [
        {
            "name": "resource",
            "resource": {
                "resourceType": "Patient", "name": [{"text": "Sitti Aminah"}], "gender": "female",
                "birthDate": "1990-07-01",
            },
        },
        {"name": "count", "valueInteger": 5},
    ],
}  # fmt: skip


@router.post(
    "/Patient/$match",
    summary="Cari orang yang mungkin sama (match)",
    responses=RESOURCE,
    openapi_extra=examples.body(_EXAMPLE),
)
@spoken
async def match(request: Request, service: Svc, actor: Matcher) -> Response:
    """Parameters: `resource` (Patient), `count`, `onlyCertainMatches`. Jawaban urut kemungkinan, dengan `score`,
    `match-grade` dan bukti per isian. Orang yang belum boleh dilihat faskes ini hanya disebut id dan inisialnya, dan
    hanya bila nomornya, atau nama, tanggal lahir dan jenis kelaminnya, disebut tepat. Setiap pencarian dicatat."""
    patient, count, only = _asked(wire.as_object(await wire.read_body(request)))
    if faults := examine_one(patient, "Patient", service.clock.now()):
        raise Unprocessable(None, faults)
    found = await matching.candidates(service, actor, patient, count, only_certain=only)
    base = wire.base_of(request)
    entries = ",".join(_entry(c, base) for c in found)
    return wire.bundle_text(entries, len(found), {"self": f"{base}/Patient/$match"})


def _asked(body: dict[str, Any]) -> tuple[dict[str, Any], int, bool]:
    """Patient, count, onlyCertainMatches of a Parameters. Raises Invalid."""
    given = body.get("parameter")
    if body.get("resourceType") != "Parameters" or not isinstance(given, list):
        raise _wrong("Parameters", Text("Kirim Parameters dengan resource", "Send Parameters with a resource"))
    named = {p.get("name"): p for p in given if isinstance(p, dict)}
    patient = named.get("resource", {}).get("resource")
    if not isinstance(patient, dict) or patient.get("resourceType") != "Patient":
        raise _wrong(
            "Parameters.parameter.resource", Text("resource harus sebuah Patient", "resource must be a Patient")
        )
    count = named.get("count", {}).get("valueInteger", USUAL)
    if type(count) is not int or not 1 <= count <= MOST:
        raise _wrong("Parameters.parameter.valueInteger", Text(f"count antara 1 dan {MOST}", f"count is 1 to {MOST}"))
    only = named.get("onlyCertainMatches", {}).get("valueBoolean", False)
    if type(only) is not bool:
        raise _wrong("Parameters.parameter.valueBoolean", Text("true atau false", "true or false"))
    return patient, count, only


def _wrong(where: str, said: Text) -> Invalid:
    return Invalid(said, [Fault(where, said)])


def _entry(c: Candidate, base: str) -> str:
    evidence = [
        {
            "url": EVIDENCE,
            "extension": [
                {"url": "field", "valueCode": e.field},
                {"url": "outcome", "valueCode": e.outcome},
                {"url": "how", "valueCode": e.how},
                {"url": "weight", "valueDecimal": e.weight},
            ],
        }
        for e in c.likeness.evidence
    ]
    said = orjson.dumps({
        "extension": [{"url": GRADE, "valueCode": c.likeness.grade}, *evidence],
        "mode": "match", "score": c.likeness.score,
    }).decode()  # fmt: skip
    return f'{{"fullUrl":"{base}/Patient/{c.patient_id}","resource":{c.body or _masked(c)},"search":{said}}}'


def _masked(c: Candidate) -> str:
    """A person the asker may not see: the id to refer by, and initials."""
    tag = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "MASKED"}
    shell: dict[str, Any] = {"resourceType": "Patient", "id": c.patient_id, "meta": {"security": [tag]}, "active": True}
    if c.initials:
        shell["name"] = [{"text": c.initials}]
    return orjson.dumps(shell).decode()
