"""Small valid resources the tests break, strip and take apart."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Resource = dict[str, Any]

OBSERVATION: Resource = {
    "resourceType": "Observation",
    "status": "final",
    "category": [
        {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "exam"}]}
    ],
    "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9", "display": "Blood pressure"}]},
    "subject": {"reference": "Patient/p1", "display": "Siti"},
    "encounter": {"reference": "Encounter/e1"},
    "effectiveDateTime": "2026-04-20T02:15:00+00:00",
    "performer": [{"reference": "Practitioner/n1"}, {"reference": "Organization/o1"}],
    "component": [
        {
            "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
            "valueQuantity": {"value": 118, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
        },
        {
            "code": {"coding": [{"system": "http://loinc.org", "code": "8462-4"}]},
            "valueQuantity": {"value": 76, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
        },
    ],
}
PATIENT: Resource = {
    "resourceType": "Patient",
    "identifier": [{"system": "https://fhir.kemkes.go.id/id/nik", "value": "1410014107900001"}],
    "name": [{"text": "Siti Rahmawati"}],
    "gender": "female",
    "birthDate": "1990-07-01",
}
ENCOUNTER: Resource = {
    "resourceType": "Encounter",
    "status": "finished",
    "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
    "subject": {"reference": "Patient/p1"},
    "period": {"start": "2026-04-20T02:15:00+00:00", "end": "2026-04-20T02:30:00+00:00"},
    "serviceProvider": {"reference": "Organization/o1"},
}
CONDITION: Resource = {
    "resourceType": "Condition",
    "clinicalStatus": {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]
    },
    "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10"}]},
    "subject": {"reference": "Patient/p1"},
    "encounter": {"reference": "Encounter/e1"},
    "recordedDate": "2026-04-20",
}
IMMUNIZATION: Resource = {
    "resourceType": "Immunization",
    "status": "completed",
    "vaccineCode": {"coding": [{"system": "http://sys-ids.kemkes.go.id/kfa", "code": "VG19"}]},
    "patient": {"reference": "Patient/p1"},
    "occurrenceDateTime": "2026-04-20",
}
BUNDLE: Resource = {
    "resourceType": "Bundle",
    "type": "transaction",
    "entry": [
        {"fullUrl": "urn:uuid:e", "resource": ENCOUNTER, "request": {"method": "POST", "url": "Encounter"}},
        {"fullUrl": "urn:uuid:o", "resource": OBSERVATION, "request": {"method": "POST", "url": "Observation"}},
    ],
}
VALID = [OBSERVATION, PATIENT, ENCOUNTER, CONDITION, IMMUNIZATION, BUNDLE]


def changed(resource: Resource, **elements: Any) -> Resource:
    """A deep copy with elements replaced; `...` removes one."""
    copied = copy.deepcopy(resource)
    for key, value in elements.items():
        name = key.rstrip("_") if key != "_birthDate" else key
        if value is ...:
            del copied[name]
        else:
            copied[name] = value
    return copied


def samples(folder: str) -> Iterator[tuple[str, bytes]]:
    """(file name, body with its variables filled in) of every official request sample."""
    for path in sorted(Path(folder, "satusehat").glob("*.request.json")):
        yield path.name, re.sub(rb"\{\{[^{}]*\}\}", b"x1", path.read_bytes())
