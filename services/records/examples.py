"""Bodies shown in the documentation. They run as they are against the demo data: Siti Aminah is registered there."""

from typing import Any

from services.kernel.problems import FHIR_JSON

NIK = {"system": "https://fhir.kemkes.go.id/id/nik", "value": "1410014107900001"}
IHS = "P14100000001"
"""The IHS number of the demo district's example person."""
VISIT_ID = "contoh-kunjungan"
"""A visit of the demo district."""
OBSERVATION_ID = "contoh-tensi-1"

OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6", "display": "Systolic blood pressure"}]},
    "subject": {"type": "Patient", "identifier": NIK},
    "effectiveDateTime": "2026-03-02T09:00:00+07:00",
    "valueQuantity": {"value": 128, "unit": "mm[Hg]", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
}
TRANSACTION: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "transaction",
    "entry": [
        {
            "fullUrl": "urn:uuid:0d3f1c52-6f0e-4a52-9a68-6f4f0d1f0001",
            "resource": {
                "resourceType": "Patient",
                "identifier": [{"use": "official", **NIK}],
                "name": [{"use": "official", "text": "Siti Aminah"}],
                "gender": "female",
                "birthDate": "1990-07-01",
            },
            "request": {"method": "POST", "url": "Patient"},
        },
        {
            "fullUrl": "urn:uuid:0d3f1c52-6f0e-4a52-9a68-6f4f0d1f0002",
            "resource": {
                "resourceType": "Encounter",
                "status": "finished",
                "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
                "subject": {"reference": "urn:uuid:0d3f1c52-6f0e-4a52-9a68-6f4f0d1f0001"},
                "period": {"start": "2026-03-02T09:00:00+07:00", "end": "2026-03-02T09:20:00+07:00"},
            },
            "request": {"method": "POST", "url": "Encounter"},
        },
        {
            "resource": OBSERVATION
            | {
                "subject": {"reference": "urn:uuid:0d3f1c52-6f0e-4a52-9a68-6f4f0d1f0001"},
                "encounter": {"reference": "urn:uuid:0d3f1c52-6f0e-4a52-9a68-6f4f0d1f0002"},
            },
            "request": {"method": "POST", "url": "Observation"},
        },
    ],
}
REFERRAL: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "transaction",
    "meta": {"tag": [{"system": "http://terminology.kemkes.go.id", "code": "referral-request"}]},
    "entry": [
        {
            "fullUrl": "urn:uuid:0d3f1c52-6f0e-4a52-9a68-6f4f0d1f0011",
            "resource": {
                "resourceType": "ServiceRequest",
                "identifier": [
                    {"system": "http://sys-ids.kemkes.go.id/servicerequest/991410021", "value": "CONTOH-RUJUKAN-1"}
                ],
                "basedOn": [{"reference": "urn:uuid:0d3f1c52-6f0e-4a52-9a68-6f4f0d1f0012"}],
                "status": "active",
                "intent": "original-order",
                "priority": "routine",
                "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "3457005"}]}],
                "code": {
                    "coding": [{"system": "http://snomed.info/sct", "code": "737492002"}],
                    "text": "Pemeriksaan tajam penglihatan",
                },
                "subject": {"type": "Patient", "identifier": NIK},
                "performer": [{"reference": "Organization/991410002", "display": "Puskesmas Alah Air"}],
                "reasonCode": [{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "H52.1"}]}],
            },
            "request": {"method": "POST", "url": "ServiceRequest"},
        },
        {
            "fullUrl": "urn:uuid:0d3f1c52-6f0e-4a52-9a68-6f4f0d1f0012",
            "resource": {
                "resourceType": "CarePlan",
                "status": "active",
                "intent": "plan",
                "title": "Rencana rujukan",
                "description": "Penglihatan jauh kabur sejak sebulan; perlu pemeriksaan refraksi",
                "subject": {"type": "Patient", "identifier": NIK},
            },
            "request": {"method": "POST", "url": "CarePlan"},
        },
    ],
}
TRANSACTIONS: dict[str, Any] = {
    "kunjungan": {"summary": "Pasien dengan kunjungannya (a patient with a visit)", "value": TRANSACTION},
    "rujukan": {"summary": "Rujukan SATUSEHAT ke faskes jejaring (a referral)", "value": REFERRAL},
}
BY_NUMBER = f"{NIK['system']}|{NIK['value']}"
MARKED = OBSERVATION | {"identifier": [{"system": "urn:contoh", "value": "tensi-1"}]}
JSON_PATCH = [{"op": "replace", "path": "/status", "value": "amended"}]


def by_identifier(example: str, *, required: bool = False) -> dict[str, Any]:
    """`openapi_extra` of a route that reads its query itself."""
    said = {"name": "identifier", "in": "query", "required": required, "description": "system|value"}
    return {"parameters": [said | {"schema": {"type": "string"}, "example": example}]}


def bodies(named: dict[str, Any], kind: str = FHIR_JSON) -> dict[str, Any]:
    """As `body`, with several examples by name."""
    return {"requestBody": {"required": True, "content": {kind: {"schema": {"type": "object"}, "examples": named}}}}


def body(example: Any, kind: str = FHIR_JSON, schema: str = "object") -> dict[str, Any]:
    """`openapi_extra` of a route that reads its body itself."""
    return {"requestBody": {"required": True, "content": {kind: {"schema": {"type": schema}, "example": example}}}}
