"""Bodies that must be refused: what is wrong, the body, the element the issue names, its code."""

from decimal import Decimal
from typing import Any

from tests.unit.records.bodies import (
    BUNDLE,
    CONDITION,
    ENCOUNTER,
    IMMUNIZATION,
    OBSERVATION,
    PATIENT,
    changed,
)

QUANTITY = OBSERVATION["component"][0]["valueQuantity"]
ABSENT = {"coding": [{"code": "unknown"}]}
EXTENSION = {"url": "http://example.org/x", "valueString": "a"}

BROKEN: list[tuple[str, Any, str, str]] = [
    ("a status outside its list", changed(OBSERVATION, status="done"), "Observation.status", "code-invalid"),
    ("no status", changed(OBSERVATION, status=...), "Observation.status", "required"),
    ("no code", changed(OBSERVATION, code=...), "Observation.code", "required"),
    ("a gender in Indonesian", changed(PATIENT, gender="perempuan"), "Patient.gender", "code-invalid"),
    ("a day that is not", changed(PATIENT, birthDate="2026-02-30"), "Patient.birthDate", "value"),
    ("29 February of a common year", changed(PATIENT, birthDate="2023-02-29"), "Patient.birthDate", "value"),
    ("an Indonesian date", changed(PATIENT, birthDate="01-07-1990"), "Patient.birthDate", "value"),
    (
        "a time without zone",
        changed(ENCOUNTER, period={"start": "2026-04-20T09:15:00"}),
        "Encounter.period.start",
        "value",
    ),
    ("a partial instant", changed(OBSERVATION, issued="2026-04-20"), "Observation.issued", "value"),
    ("an unknown element", changed(OBSERVATION, identifer=[]), "Observation.identifer", "structure"),
    ("an object for a list", changed(OBSERVATION, category={"text": "a"}), "Observation.category", "structure"),
    ("a list for an object", changed(OBSERVATION, subject=[{"reference": "a"}]), "Observation.subject", "structure"),
    ("null for an object", changed(OBSERVATION, subject=None), "Observation.subject", "structure"),
    ("null for a text", changed(PATIENT, birthDate=None), "Patient.birthDate", "structure"),
    ("null in a list", changed(PATIENT, name=[{"given": [None, "Siti"]}]), "Patient.name[0].given[0]", "structure"),
    ("an empty list", changed(OBSERVATION, category=[]), "Observation.category", "value"),
    ("an empty object", changed(OBSERVATION, code={}), "Observation.code", "structure"),
    ("an empty text", changed(PATIENT, name=[{"text": ""}]), "Patient.name[0].text", "value"),
    (
        "a number as text",
        changed(OBSERVATION, component=..., valueQuantity=QUANTITY | {"value": "118"}),
        "Observation.valueQuantity.value",
        "structure",
    ),
    ("a text as number", changed(PATIENT, identifier=[{"value": 3671}]), "Patient.identifier[0].value", "structure"),
    ("a decimal as integer", changed(PATIENT, multipleBirthInteger=1.0), "Patient.multipleBirthInteger", "structure"),
    (
        "a Decimal as integer",
        changed(PATIENT, multipleBirthInteger=Decimal("1.0")),
        "Patient.multipleBirthInteger",
        "structure",
    ),
    (
        "a dose number of zero",
        changed(IMMUNIZATION, protocolApplied=[{"doseNumberPositiveInt": 0}]),
        "Immunization.protocolApplied[0].doseNumberPositiveInt",
        "value",
    ),
    (
        "two values",
        changed(OBSERVATION, component=..., valueString="a", valueInteger=1),
        "Observation.valueInteger",
        "structure",
    ),
    (
        "two deaths",
        changed(PATIENT, deceasedBoolean=True, deceasedDateTime="2026-01-01"),
        "Patient.deceasedDateTime",
        "structure",
    ),
    ("no occurrence", changed(IMMUNIZATION, occurrenceDateTime=...), "Immunization.occurrence[x]", "required"),
    (
        "a clinical status of its own",
        changed(CONDITION, clinicalStatus={"coding": [{"code": "sembuh"}]}),
        "Condition.clinicalStatus.coding",
        "code-invalid",
    ),
    (
        "a status in words only",
        changed(CONDITION, clinicalStatus={"text": "aktif"}),
        "Condition.clinicalStatus.coding",
        "required",
    ),
    (
        "a code with a blank",
        changed(OBSERVATION, code={"coding": [{"code": "8480-6 "}]}),
        "Observation.code.coding[0].code",
        "value",
    ),
    (
        "an empty system",
        changed(OBSERVATION, code={"coding": [{"system": "", "code": "a"}]}),
        "Observation.code.coding[0].system",
        "value",
    ),
    (
        "a component without code",
        changed(OBSERVATION, component=[{"valueInteger": 1}]),
        "Observation.component[0].code",
        "required",
    ),
    (
        "obs-6",
        changed(OBSERVATION, component=..., valueInteger=1, dataAbsentReason=ABSENT),
        "Observation.dataAbsentReason",
        "invariant",
    ),
    (
        "obs-6 in a component",
        changed(OBSERVATION, component=[OBSERVATION["component"][0] | {"dataAbsentReason": ABSENT}]),
        "Observation.component[0].dataAbsentReason",
        "invariant",
    ),
    (
        "obs-7",
        changed(OBSERVATION, component=[OBSERVATION["component"][0] | {"code": OBSERVATION["code"]}], valueInteger=1),
        "Observation.component[0].code",
        "invariant",
    ),
    (
        "con-4",
        changed(CONDITION, abatementString="sudah", clinicalStatus={"coding": [{"code": "active"}]}),
        "Condition.clinicalStatus",
        "invariant",
    ),
    (
        "per-1",
        changed(ENCOUNTER, period={"start": "2026-04-20", "end": "2026-04-19"}),
        "Encounter.period.end",
        "invariant",
    ),
    (
        "per-1 across zones",
        changed(ENCOUNTER, period={"start": "2026-04-20T09:00:00+07:00", "end": "2026-04-20T01:59:59Z"}),
        "Encounter.period.end",
        "invariant",
    ),
    (
        "per-1 inside",
        changed(PATIENT, name=[{"text": "a", "period": {"start": "2026", "end": "2025-12"}}]),
        "Patient.name[0].period.end",
        "invariant",
    ),
    ("bdl-3", changed(BUNDLE, entry=[{"resource": OBSERVATION}]), "Bundle.entry[0].request", "required"),
    (
        "a wrong entry",
        changed(
            BUNDLE, entry=[BUNDLE["entry"][0], BUNDLE["entry"][1] | {"resource": changed(OBSERVATION, status="x")}]
        ),
        "Bundle.entry[1].resource.status",
        "code-invalid",
    ),
    (
        "an entry of no type",
        changed(BUNDLE, entry=[{"resource": {"a": 1}, "request": {"method": "POST", "url": "a"}}]),
        "Bundle.entry[0].resource.resourceType",
        "required",
    ),
    (
        "a wrong contained resource",
        changed(OBSERVATION, contained=[{"resourceType": "Medication", "status": "x"}]),
        "Observation.contained[0].status",
        "code-invalid",
    ),
    ("a contained non-resource", changed(OBSERVATION, contained=["a"]), "Observation.contained[0]", "structure"),
    (
        "an extension of two values",
        changed(OBSERVATION, extension=[EXTENSION | {"valueCode": "b"}]),
        "Observation.extension[0]",
        "structure",
    ),
    (
        "an extension of value and extension",
        changed(OBSERVATION, extension=[EXTENSION | {"extension": [EXTENSION]}]),
        "Observation.extension[0]",
        "structure",
    ),
    ("an empty extension", changed(OBSERVATION, extension=[{"url": "a"}]), "Observation.extension[0]", "structure"),
    (
        "an extension without url",
        changed(OBSERVATION, extension=[{"valueCode": "a", "id": "b"}]),
        "Observation.extension[0].url",
        "required",
    ),
    ("an unknown type", {"resourceType": "Rekam"}, "Resource.resourceType", "not-supported"),
    ("a type in lower case", {"resourceType": "observation"}, "Resource.resourceType", "not-supported"),
    ("a type that is a list", {"resourceType": ["Observation"]}, "Resource.resourceType", "structure"),
    ("no type", {"status": "final"}, "Resource.resourceType", "required"),
    ("a list for a resource", [OBSERVATION], "Resource", "structure"),
    ("null for a resource", None, "Resource", "structure"),
    ("text for a resource", "Observation", "Resource", "structure"),
]
