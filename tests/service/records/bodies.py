"""Bodies the tests of the record send."""

import itertools
from typing import Any

BASE = "/fhir-r4/v1"
NIK = "https://fhir.kemkes.go.id/id/nik"
_numbers = itertools.count(1)


_MMHG = {"system": "http://unitsofmeasure.org", "code": "mm[Hg]"}


def nik() -> str:
    """A fresh well-formed NIK."""
    return f"141001410790{next(_numbers):04d}"


def patient(number: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient", "identifier": [{"system": NIK, "value": number}], "name": [{"text": "SITI AMINAH"}],
        "gender": "female", "birthDate": "1990-07-01", **more,
    }  # fmt: skip


def systolic(patient_id: str, value: str = "120") -> dict[str, Any]:
    return {
        "resourceType": "Observation", "status": "final", "subject": {"reference": f"Patient/{patient_id}"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
        "effectiveDateTime": "2026-03-01T08:00:00+07:00",
        "valueQuantity": {"value": float(value), "unit": "mm[Hg]"} | _MMHG,
    }  # fmt: skip


def encounter(patient_id: str) -> dict[str, Any]:
    return {
        "resourceType": "Encounter", "status": "finished", "subject": {"reference": f"Patient/{patient_id}"},
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "period": {"start": "2026-03-01T08:00:00+07:00"}, "serviceProvider": {"reference": "Organization/100000001"},
    }  # fmt: skip


def bundle(number: str) -> dict[str, Any]:
    def entry(urn: str, resource: dict[str, Any]) -> dict[str, Any]:
        return {"fullUrl": urn, "resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}

    visit = encounter("x") | {"subject": {"reference": "urn:uuid:p"}}
    readings = [
        systolic("x") | {"subject": {"reference": "urn:uuid:p"}, "encounter": {"reference": "urn:uuid:e"}}
        for _ in range(8)
    ]
    entries = [entry("urn:uuid:p", patient(number)), entry("urn:uuid:e", visit)]
    entries += [entry(f"urn:uuid:o{i}", r) for i, r in enumerate(readings)]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}
