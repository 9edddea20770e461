"""The CapabilityStatement, made from the tables that drive the code."""

from typing import Any

from services.records.params import PARAMS
from services.records.schema.stored import STORED

INTERACTIONS = ("read", "vread", "history-instance", "search-type", "create", "update", "patch", "delete")


def statement(base: str) -> dict[str, Any]:
    """What this server can do, as FHIR R4."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-21",
        "kind": "instance",
        "software": {"name": "Simpul ILP", "version": "0.1.0"},
        "implementation": {"description": "Catatan bersama layanan primer (shared primary-care record)", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "patchFormat": ["application/json-patch+json"],
        "rest": [
            {
                "mode": "server",
                "security": {"service": [{"text": "OAuth2 client credentials (/oauth2/v1/accesstoken)"}]},
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
                "resource": [_resource(t) for t in sorted(STORED)],
            }
        ],
    }


def _resource(type_: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": type_,
        "interaction": [{"code": c} for c in INTERACTIONS],
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": True,
        "conditionalCreate": True,
        "conditionalUpdate": True,
        "searchParam": [
            {"name": name, "type": p.kind} for name, p in PARAMS.items() if p.types is None or type_ in p.types
        ],
    }
    if type_ == "Patient":
        found["operation"] = [
            {"name": "everything", "definition": "http://hl7.org/fhir/OperationDefinition/Patient-everything"},
            {"name": "match", "definition": "http://hl7.org/fhir/OperationDefinition/Patient-match"},
        ]
    return found
