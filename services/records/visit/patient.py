"""The Patient a visit describes, and back."""

from typing import Any

from services.records.rules import PROVISIONAL
from services.records.systems import ADMINISTRATIVE_CODE, LOCAL, PERSON
from services.records.visit.person import VisitAddress, VisitPatient

Resource = dict[str, Any]
NUMBERS = {
    "nik": "nik", "jkn": "bpjs", "ihs": "ihs-number", "passport": "paspor", "nik_ibu": "nik-ibu", "kk": "kk",
}  # fmt: skip
"""Field → the end of its identifier system."""
MRN = LOCAL + "patient/"
"""A facility's own record numbers: MRN + its organization."""


def to_patient(patient: VisitPatient, facility_organization: str | None = None) -> Resource:
    """The Patient a visit describes. Carries no id: who it is, its identifiers say."""
    numbers = [(PERSON + end, getattr(patient, field)) for field, end in NUMBERS.items()]
    if facility_organization:
        numbers.append((f"{MRN}{facility_organization}", patient.mrn))
    resource: Resource = {
        "resourceType": "Patient",
        "active": True,
        "name": [{"use": "official", "text": patient.name}],
        "gender": "female" if patient.sex == "P" else "male",
        "birthDate": patient.birth_date.isoformat(),
    }
    if any(value for _, value in numbers):
        resource["identifier"] = [{"use": "official", "system": s, "value": v} for s, v in numbers if v]
    if patient.no_number:
        resource["extension"] = [{"url": PROVISIONAL, "valueCode": patient.no_number}]
    if patient.birth_order is not None:
        resource["multipleBirthInteger"] = patient.birth_order
    if patient.phone:
        resource["telecom"] = [{"system": "phone", "value": patient.phone, "use": "mobile"}]
    if patient.address:
        resource["address"] = [_address(patient.address)]
    if facility_organization:
        resource["managingOrganization"] = {"reference": f"Organization/{facility_organization}"}
    return resource


def _address(address: VisitAddress) -> Resource:
    village = address.village
    parts = {"province": village[:2], "city": village[:4], "district": village[:6], "village": village}
    parts |= {key: value for key, value in (("rt", address.rt), ("rw", address.rw)) if value}
    codes = [{"url": key, "valueCode": value} for key, value in parts.items()]
    found: Resource = {"use": "home", "country": "ID"}
    if address.line:
        found["line"] = [address.line]
    return found | {"extension": [{"url": ADMINISTRATIVE_CODE, "extension": codes}]}


def from_patient(patient: Resource, organization: str | None = None) -> dict[str, Any]:
    """A Patient in the words of a visit of this organization, whoever wrote it; what has no word there is left out.

    Somebody of whom too little is known is named by id."""
    fields = {PERSON + end: field for field, end in NUMBERS.items()} | {f"{MRN}{organization}": "mrn"}
    said: dict[str, Any] = {}
    for identifier in patient.get("identifier", ()):
        field = fields.get(identifier.get("system", ""))
        if field and "#" not in str(identifier.get("value", "#")):
            said.setdefault(field, identifier["value"])
    name: Resource = next(iter(patient.get("name", ())), {})
    said["name"] = name.get("text") or " ".join([*name.get("given", ()), name.get("family", "")]).strip() or None
    said["birth_date"] = patient.get("birthDate")
    said["sex"] = {"female": "P", "male": "L"}.get(patient.get("gender", ""))
    said["birth_order"] = patient.get("multipleBirthInteger")
    said["no_number"] = next(
        (e.get("valueCode") for e in patient.get("extension", ()) if e["url"] == PROVISIONAL), None
    )
    said["phone"] = next((t.get("value") for t in patient.get("telecom", ()) if t.get("system") == "phone"), None)
    said["address"] = next((a for a in map(_from_address, patient.get("address", ())) if a), None)
    if "id" in patient and not (said["name"] and said["birth_date"] and said["sex"]):
        return {"patient_id": patient["id"]}
    return {key: value for key, value in said.items() if value is not None}


def _from_address(address: Resource) -> dict[str, Any] | None:
    for extension in address.get("extension", ()):
        if extension.get("url") == ADMINISTRATIVE_CODE:
            codes = {e.get("url"): e.get("valueCode") for e in extension.get("extension", ())}
            if codes.get("village"):
                line = next(iter(address.get("line", ())), None)
                said = {"line": line, "village": codes["village"], "rt": codes.get("rt"), "rw": codes.get("rw")}
                return {key: value for key, value in said.items() if value}
    return None
