"""What SATUSEHAT says where it does not speak FHIR; for client applications registered with the `satusehat` face.

Registering a Patient is acknowledged in one of four shapes, with HTTP 200 whatever happened; clients of the field read
`success` with `data.patient_id` (NIK) or `create_patient.data.patient_id` (newborn by the mother's NIK).
"""

from typing import Any

from services.records import rules

SATUSEHAT = "satusehat"
LOCAL = "http://sys-ids.kemkes.go.id/"
"""Identifier systems of a facility's own numbers."""
_NEW = "New Patient has been created successfully"
Body = dict[str, Any]


def created(patient_id: str, related: str | None, at: str) -> Body:
    """A Patient is new; with the mother's RelatedPerson when the NIK was hers."""
    if related is None:
        return {"success": True, "message": _NEW, "data": {"Patient ID:": patient_id, "patient_id": patient_id}}
    return {
        "create_patient": {"success": True, "message": _NEW, "data": {"patient_id": patient_id}},
        "create_related_patient": {
            "success": True, "message": "New Related Person has been created successfully",
            "data": {"related_patient_id": related},
        },
        "update_link_patient": {
            "success": True, "message": "Patient Link has been updated successfully", "data": {"patient_id": patient_id}
        },
        "log_time": {"created_at": at},
    }  # fmt: skip


def exists(patient_id: str) -> Body:
    """The person was in the record already."""
    return {"success": False, "message": "Patient Resource Exists", "data": {"resourceID": patient_id}}


def mother_of(patient: Body, patient_id: str) -> Body | None:
    """The RelatedPerson SATUSEHAT makes of a newborn known by the mother's NIK only; None for anybody else."""
    numbers = patient.get("identifier") or []
    niks = [i.get("value") for i in numbers if i.get("system") == rules.NIK_IBU]
    if not niks or any(i.get("system") == rules.NIK for i in numbers):
        return None
    role = {"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "MTH", "display": "mother"}
    return {
        "resourceType": "RelatedPerson", "active": True,
        "identifier": [{"system": rules.NIK, "value": niks[0], "use": "official"}],
        "patient": {"reference": f"Patient/{patient_id}"}, "relationship": [{"coding": [role]}],
    }  # fmt: skip
