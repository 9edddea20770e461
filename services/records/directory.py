"""The network as FHIR (IHE mCSD): a facility is an Organization, a Location and what it offers; who works there."""

from typing import Any

from services.records import rules

FACILITY = "https://simpul.id/facility"
NAKES = "https://fhir.kemkes.go.id/id/nakes-his-number"
MASKED = "################"
_TYPE = "http://terminology.kemkes.go.id/CodeSystem/organization-type"
_KIND = "https://simpul.id/facility-kind"
_PROFESSION = "https://simpul.id/profession"
Body = dict[str, Any]

OFFERS = {
    "puskesmas": "Pelayanan kesehatan primer terintegrasi", "pustu": "Pelayanan kesehatan primer terintegrasi",
    "posyandu": "Posyandu siklus hidup", "klinik-pratama": "Rawat jalan tingkat pertama",
    "klinik-utama": "Rawat jalan spesialis", "tpmd": "Praktik mandiri dokter", "tpmb": "Praktik mandiri bidan",
    "dentist": "Praktik mandiri dokter gigi", "rs": "Rawat jalan dan inap rujukan", "lab": "Pemeriksaan laboratorium",
    "apotek": "Pelayanan kefarmasian",
}  # fmt: skip
"""What a facility offers, by its kind. A kind without an entry (the health office) offers no care."""


def organization(d: Body, id_: str) -> Body:
    """A facility as the Organization that answers for it."""
    identifiers = [{"system": FACILITY, "value": d["code"]}]
    if d.get("satusehat_id"):
        identifiers.append({"system": "https://fhir.kemkes.go.id/id/organization", "value": d["satusehat_id"]})
    if d.get("bpjs_code"):
        identifiers.append({"system": "https://fhir.kemkes.go.id/id/bpjs-ppk", "value": d["bpjs_code"]})
    kind = {"system": _TYPE, "code": d.get("organization_type") or "103"}
    return {
        "resourceType": "Organization", "id": id_, "identifier": identifiers, "active": d.get("active", True),
        "type": [{"coding": [kind], "text": d["kind"]}], "name": d["name"],
    }  # fmt: skip


def location(d: Body, id_: str) -> Body:
    """A facility as the place it stands at; with its Organization the pair mCSD asks for."""
    body: Body = {
        "resourceType": "Location", "id": id_, "identifier": [{"system": FACILITY, "value": d["code"]}],
        "status": "active" if d.get("active", True) else "inactive", "name": d["name"], "mode": "instance",
        "type": [{"coding": [{"system": _KIND, "code": d["kind"]}]}],
        "address": {"country": "ID", "extension": [_administrative(d["village"])]},
        "physicalType": {
            "coding": [{"system": "http://terminology.hl7.org/CodeSystem/location-physical-type", "code": "bu"}]
        },
        "managingOrganization": {"reference": f"Organization/{id_}"},
    }  # fmt: skip
    if d.get("latitude") is not None and d.get("longitude") is not None:
        body["position"] = {"longitude": d["longitude"], "latitude": d["latitude"]}
    if d.get("phone"):
        body["telecom"] = [{"system": "phone", "value": d["phone"], "use": "work"}]
    return body


def _administrative(village: str) -> Body:
    """SATUSEHAT's extension of the four area codes."""
    parts = {"province": 2, "city": 4, "district": 6, "village": 10}
    codes = [{"url": name, "valueCode": village[:digits]} for name, digits in parts.items()]
    return {"url": "https://fhir.kemkes.go.id/r4/StructureDefinition/administrativeCode", "extension": codes}


def healthcare_service(d: Body, id_: str) -> Body | None:
    """What a facility offers; None for one that offers no care."""
    offer = OFFERS.get(d["kind"])
    if offer is None:
        return None
    return {
        "resourceType": "HealthcareService", "id": id_, "active": d.get("active", True),
        "providedBy": {"reference": f"Organization/{id_}"}, "location": [{"reference": f"Location/{id_}"}],
        "type": [{"coding": [{"system": _KIND, "code": d["kind"]}], "text": offer}], "name": f"{offer}: {d['name']}",
    }  # fmt: skip


def practitioner(rows: list[Body]) -> Body:
    """A health worker from all rows of the registry. The NIK is masked, as SATUSEHAT does; it can be searched by."""
    first = rows[0]
    identifiers: list[Body] = [{"system": NAKES, "value": first["id"], "use": "official"}]
    if any(r.get("nik") for r in rows):
        identifiers.append({"system": rules.NIK, "value": MASKED, "use": "official"})
    numbers = sorted({r["str_number"] for r in rows if r.get("str_number")})
    identifiers += [{"system": "https://fhir.kemkes.go.id/id/str-kki-number", "value": n} for n in numbers]
    professions = sorted({r["profession"] for r in rows})
    return {
        "resourceType": "Practitioner", "id": first["id"], "identifier": identifiers,
        "active": any(not r.get("valid_until") for r in rows), "name": [{"text": first["name"], "use": "official"}],
        "qualification": [{"code": {"coding": [{"system": _PROFESSION, "code": p}], "text": p}} for p in professions],
    }  # fmt: skip


def practitioner_role(d: Body, organization_id: str) -> Body:
    """Where a health worker works, and as what."""
    period = {k: d[f] for k, f in (("start", "valid_from"), ("end", "valid_until")) if d.get(f)}
    return {
        "resourceType": "PractitionerRole", "id": f"{d['id']}-{d['facility']}", "active": not d.get("valid_until"),
        **({"period": period} if period else {}), "practitioner": {"reference": f"Practitioner/{d['id']}"},
        "organization": {"reference": f"Organization/{organization_id}"},
        "location": [{"reference": f"Location/{organization_id}"}],
        "code": [{"coding": [{"system": _PROFESSION, "code": d["profession"]}], "text": d["profession"]}],
    }  # fmt: skip
