"""The network as FHIR (IHE mCSD 4.0): a facility is an Organization, a Location and what it offers; an area is both, as
a jurisdiction; who works where; who is bound to whom by an agreement. Pure.

What a row says is in the contracts of the facilities service; what it does not tell is left out of the resource.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.records import rules

FACILITY = "https://simpul.id/facility"
AREA = "https://simpul.id/area"
AGREEMENT = "https://simpul.id/agreement"
CONTRACT = "https://simpul.id/jkn-contract"
NAKES = "https://fhir.kemkes.go.id/id/nakes-his-number"
MASKED = "################"
MCSD = "https://profiles.ihe.net/ITI/mCSD"
_TYPE = "http://terminology.kemkes.go.id/CodeSystem/organization-type"
_KIND = "https://simpul.id/facility-kind"
_LEVEL = "https://simpul.id/area-level"
_SERVICE = "https://simpul.id/service"
_PROFESSION = "https://simpul.id/profession"
_STR = "https://fhir.kemkes.go.id/id/str-kki-number"
_PHYSICAL = "http://terminology.hl7.org/CodeSystem/location-physical-type"
Body = dict[str, Any]

OFFERS = {
    "puskesmas": "Pelayanan kesehatan primer terintegrasi", "pustu": "Pelayanan kesehatan primer terintegrasi",
    "posyandu": "Posyandu siklus hidup", "klinik-pratama": "Rawat jalan tingkat pertama",
    "klinik-utama": "Rawat jalan spesialis", "tpmd": "Praktik mandiri dokter", "tpmb": "Praktik mandiri bidan",
    "dentist": "Praktik mandiri dokter gigi", "rs": "Rawat jalan dan inap rujukan", "lab": "Pemeriksaan laboratorium",
    "apotek": "Pelayanan kefarmasian",
}  # fmt: skip
"""What a facility offers, by its kind. A kind without an entry (the health office) offers no care."""
_NUMBERS = {
    "satusehat_id": "https://fhir.kemkes.go.id/id/organization", "bpjs_code": "https://fhir.kemkes.go.id/id/bpjs-ppk",
    "registration": "https://simpul.id/kemenkes-registration",
}  # fmt: skip
STATUS = {"active": "active", "suspended": "suspended", "closed": "inactive", "planned": "inactive"}
SPECIALTY = {
    "dokter": ("394814009", "General practice"), "dokter-gigi": ("394812008", "Dental medicine"),
    "bidan": ("408470005", "Obstetrics"), "gizi": ("722164000", "Dietetics and nutrition"),
}  # fmt: skip
"""SNOMED CT practice settings of the professions that have one of their own."""


def _profiled(profile: str) -> Body:
    return {"profile": [f"{MCSD}/StructureDefinition/IHE.mCSD.{profile}"]}


def _is(what: str) -> Body:
    """The type by which mCSD tells facilities from jurisdictions."""
    display = what.capitalize()
    return {
        "coding": [{"system": f"{MCSD}/CodeSystem/IHE.mCSD.Organization.Location.Types", "code": what,
                    "display": display}]
    }  # fmt: skip


def _physically(code: str) -> Body:
    return {"coding": [{"system": _PHYSICAL, "code": code}]}


def area_id(code: str) -> str:
    """The id of an area's Location and Organization; its bare code could be an organisation's number."""
    return f"area-{code}"


def jurisdiction(d: Body) -> list[Body]:
    """An area as the pair mCSD asks for, each part of the area above."""
    id_, above = area_id(d["code"]), d.get("parent")
    whole = {
        "resourceType": "Organization", "id": id_, "meta": _profiled("JurisdictionOrganization"),
        "identifier": [{"system": AREA, "value": d["code"]}], "active": True, "name": d["name"],
        "type": [_is("jurisdiction"), {"coding": [{"system": _LEVEL, "code": d["level"]}]}],
    }  # fmt: skip
    place = {
        "resourceType": "Location", "id": id_, "meta": _profiled("JurisdictionLocation"),
        "identifier": whole["identifier"], "status": "active", "name": d["name"], "mode": "instance",
        "type": whole["type"], "physicalType": _physically("jdn"),
        "managingOrganization": {"reference": f"Organization/{id_}"},
    }  # fmt: skip
    if above:
        whole["partOf"] = {"reference": f"Organization/{area_id(above)}"}
        place["partOf"] = {"reference": f"Location/{area_id(above)}"}
    return [whole, place]


def organization(d: Body, id_: str, above: str | None = None) -> Body:
    """A facility as the Organization that answers for it; `above` is the Organization it belongs to."""
    identifiers = [{"system": FACILITY, "value": d["code"]}]
    identifiers += [{"system": system, "value": d[field]} for field, system in _NUMBERS.items() if d.get(field)]
    kind = {"system": _TYPE, "code": d.get("organization_type") or "103"}
    body: Body = {
        "resourceType": "Organization", "id": id_, "meta": _profiled("FacilityOrganization"),
        "identifier": identifiers, "active": d.get("active", True),
        "type": [{"coding": [kind], "text": d["kind"]}, _is("facility")], "name": d["name"],
    }  # fmt: skip
    if _telecom(d):
        body["telecom"] = _telecom(d)
    if above:
        body["partOf"] = {"reference": f"Organization/{above}"}
    return body


def location(d: Body, id_: str) -> Body:
    """A facility as the place it stands at, in its village; with its Organization the pair mCSD asks for."""
    body: Body = {
        "resourceType": "Location", "id": id_, "meta": _profiled("FacilityLocation"),
        "identifier": [{"system": FACILITY, "value": d["code"]}], "status": _status(d), "name": d["name"],
        "mode": "instance", "type": [{"coding": [{"system": _KIND, "code": d["kind"]}]}, _is("facility")],
        "address": {"country": "ID", "extension": [_administrative(d["village"])]}, "physicalType": _physically("bu"),
        "managingOrganization": {"reference": f"Organization/{id_}"},
        "partOf": {"reference": f"Location/{area_id(d['village'])}"},
    }  # fmt: skip
    if d.get("address"):
        body["address"] |= {"line": [d["address"]]}
    if d.get("latitude") is not None and d.get("longitude") is not None:
        body["position"] = {"longitude": d["longitude"], "latitude": d["latitude"]}
    if _telecom(d):
        body["telecom"] = _telecom(d)
    return body


def _status(d: Body) -> str:
    return STATUS.get(d.get("status") or "", "active" if d.get("active", True) else "inactive")


def _telecom(d: Body) -> list[Body]:
    return [{"system": kind, "value": d[kind], "use": "work"} for kind in ("phone", "email") if d.get(kind)]


def _administrative(village: str) -> Body:
    """SATUSEHAT's extension of the four area codes."""
    parts = {"province": 2, "city": 4, "district": 6, "village": 10}
    codes = [{"url": name, "valueCode": village[:digits]} for name, digits in parts.items()]
    return {"url": "https://fhir.kemkes.go.id/r4/StructureDefinition/administrativeCode", "extension": codes}


@dataclass(frozen=True, slots=True)
class Hours:
    """When a facility is open: its weekdays' hours as they came into force, and dates that go their own way."""

    weekdays: Sequence[Body] = ()
    special: Sequence[Body] = ()

    def told(self, today: date) -> Body:
        """The elements of a HealthcareService that say so; none when nothing is known."""
        body: Body = {}
        if times := _available(self.weekdays, today):
            body["availableTime"] = times
        closed = [d for d in self.special if not d["hours"] and d["day"] >= today.isoformat()]
        if closed:
            body["notAvailable"] = [
                {"description": d.get("reason") or "Tutup", "during": {"start": d["day"], "end": d["day"]}}
                for d in closed
            ]
        return body


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _available(weekdays: Sequence[Body], today: date) -> list[Body]:
    """A week's hours, days with the same together; what passes midnight goes on the next day."""
    current: dict[int, str] = {}
    for row in sorted(weekdays, key=lambda r: str(r["valid_from"])):
        if row["valid_from"] <= today.isoformat():
            current[row["weekday"]] = row["hours"]
    spans: dict[tuple[str, str], set[int]] = {}
    for day, hours in current.items():
        for part in hours.split():
            start, end = part.split("-")
            if end <= start:
                spans.setdefault(("00:00", end), set()).add(day % 7 + 1)
                end = "24:00"
            spans.setdefault((start, end), set()).add(day)
    return [_times(start, end, sorted(days)) for (start, end), days in sorted(spans.items()) if start != end]


def _times(start: str, end: str, days: Sequence[int]) -> Body:
    body: Body = {"daysOfWeek": [_DAYS[day - 1] for day in days]}
    if (start, end) == ("00:00", "24:00"):
        return body | {"allDay": True}
    last = "23:59:59" if end == "24:00" else f"{end}:00"
    return body | {"availableStartTime": f"{start}:00", "availableEndTime": last}


def offered_services(rows: Sequence[Body], names: Mapping[str, Body], d: Body, id_: str, told: Body,
                     today: date) -> list[Body]:  # fmt: skip
    """What a facility offers by the office's list of services: one HealthcareService each, its latest days deciding.

    `names`: the kinds of services that are known; `told`: the facility's hours.
    """
    latest = {row["service"]: row for row in sorted(rows, key=lambda r: str(r["valid_from"]))}
    made = []
    for code, row in sorted(latest.items()):
        kind = names.get(code, {})
        always = {"availableTime": [{"daysOfWeek": list(_DAYS), "allDay": True}]} if kind.get("always_open") else told
        name = kind.get("name") or code
        body = {
            "resourceType": "HealthcareService", "id": service_id(d["code"], code),
            "meta": _profiled("HealthcareService"),
            "active": d.get("active", True) and _in_force(row.get("valid_from"), row.get("valid_until"), today),
            "providedBy": {"reference": f"Organization/{id_}"}, "location": [{"reference": f"Location/{id_}"}],
            "type": [{"coding": [{"system": _SERVICE, "code": code}], "text": name}], "name": f"{name}: {d['name']}",
        }  # fmt: skip
        made.append(body | always)
    return made


def service_id(facility: str, service: str) -> str:
    """The id of an offered service; the facility's own code, because its SATUSEHAT number may change."""
    return f"{facility}-{service}"


def parent(links: Sequence[Body], today: date) -> str | None:
    """The facility that one hangs on today, by the chain posyandu → pustu → puskesmas."""
    return next((d["parent"] for d in links if _in_force(d["valid_from"], d.get("valid_until"), today)), None)


def healthcare_service(d: Body, id_: str, told: Body) -> Body | None:
    """What a facility offers by its kind, at its hours (`told`); None for one that offers no care."""
    offer = OFFERS.get(d["kind"])
    if offer is None:
        return None
    return {
        "resourceType": "HealthcareService", "id": id_, "meta": _profiled("HealthcareService"),
        "active": d.get("active", True), "providedBy": {"reference": f"Organization/{id_}"},
        "location": [{"reference": f"Location/{id_}"}],
        "type": [{"coding": [{"system": _KIND, "code": d["kind"]}], "text": offer}], "name": f"{offer}: {d['name']}",
    } | told  # fmt: skip


def practitioner(rows: list[Body], today: date) -> Body:
    """A health worker from all rows of the registry. The NIK is masked, as SATUSEHAT does; it can be searched by."""
    first = rows[0]
    identifiers: list[Body] = [{"system": NAKES, "value": first["id"], "use": "official"}]
    if any(r.get("nik") for r in rows):
        identifiers.append({"system": rules.NIK, "value": MASKED, "use": "official"})
    numbers = sorted({r["str_number"] for r in rows if r.get("str_number")})
    identifiers += [{"system": _STR, "value": n} for n in numbers]
    professions = sorted({r["profession"] for r in rows})
    return {
        "resourceType": "Practitioner", "id": first["id"], "meta": _profiled("Practitioner"), "identifier": identifiers,
        "active": any(_in_force(None, r.get("valid_until"), today) for r in rows),
        "name": [{"text": first["name"], "use": "official"}],
        "qualification": [_qualification(p, [r for r in rows if r["profession"] == p]) for p in professions],
    }  # fmt: skip


def _qualification(profession: str, rows: list[Body]) -> Body:
    """A profession with its registration (STR) and the last day of it."""
    body: Body = {"code": {"coding": [{"system": _PROFESSION, "code": profession}], "text": profession}}
    if registered := [r for r in rows if r.get("str_number")]:
        last = max(registered, key=lambda r: r.get("str_valid_until") or "9999")
        body["identifier"] = [{"system": _STR, "value": last["str_number"]}]
        if last.get("str_valid_until"):
            body["period"] = {"end": last["str_valid_until"]}
    return body


def practitioner_role(d: Body, place: str, offers: bool, today: date) -> Body:
    """Where a health worker works, since when, as what; `place` is the id of the facility's resources, `offers` whether
    there is a HealthcareService among them."""
    body: Body = {
        "resourceType": "PractitionerRole", "id": f"{d['id']}-{d['facility']}", "meta": _profiled("PractitionerRole"),
        "active": _in_force(d.get("valid_from"), d.get("valid_until"), today),
        "practitioner": {"reference": f"Practitioner/{d['id']}"},
        "organization": {"reference": f"Organization/{place}"},
        "location": [{"reference": f"Location/{place}"}],
        "code": [{"coding": [{"system": _PROFESSION, "code": d["profession"]}], "text": d["profession"]}],
    }  # fmt: skip
    if period := _period(d.get("valid_from"), d.get("valid_until")):
        body["period"] = period
    if found := SPECIALTY.get(d["profession"]):
        code, display = found
        body["specialty"] = [{"coding": [{"system": "http://snomed.info/sct", "code": code, "display": display}]}]
    if offers:
        body["healthcareService"] = [{"reference": f"HealthcareService/{place}"}]
    return body


def of_today(placements: list[Body], today: date) -> Body:
    """Of a person's placements at one facility the one in force; else the one that ended last or begins next."""
    ordered = sorted(placements, key=lambda d: d.get("valid_from") or "")
    begun = [d for d in ordered if (d.get("valid_from") or "") <= today.isoformat()]
    return begun[-1] if begun else ordered[0]


def affiliations(d: Body, id_: str, organizations: Mapping[str, str], today: date) -> list[Body]:
    """An agreement as one OrganizationAffiliation for each member: bound to the first of the other parties, for the
    programmes agreed, while it is in force."""
    parties = [p for p in d["parties"] if p["facility"] in organizations]
    others = [p["facility"] for p in parties if p["role"] != "member"]
    last = d.get("in_force_until") or d.get("valid_until")
    body: Body = {
        "resourceType": "OrganizationAffiliation", "meta": _profiled("OrganizationAffiliation"),
        "identifier": [{"system": AGREEMENT, "value": id_}],
        "active": _in_force(d["valid_from"], last, today), "period": _period(d["valid_from"], last),
    }  # fmt: skip
    if others:
        body["organization"] = {"reference": f"Organization/{organizations[others[0]]}"}
    words = [("kind", w) for w in (d.get("kind"),) if w] + [("programme", w) for w in d.get("programmes") or ()]
    if words:
        body["code"] = [{"coding": [{"system": f"{AGREEMENT}-{of}", "code": w}]} for of, w in words]
    return [
        body | {
            "id": f"agreement-{id_}-{p['facility']}",
            "participatingOrganization": {"reference": f"Organization/{organizations[p['facility']]}"},
            "location": [{"reference": f"Location/{organizations[p['facility']]}"}],
        }
        for p in parties if p["role"] == "member"
    ]  # fmt: skip


PAYER: Body = {
    "resourceType": "Organization", "id": "bpjs-kesehatan", "meta": _profiled("Organization"), "active": True,
    "type": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/organization-type", "code": "ins"}]}],
    "name": "BPJS Kesehatan",
}  # fmt: skip
"""Who contracts facilities for JKN; no row of the network."""


def contract(d: Body, key: str, organization: str, today: date) -> Body:
    """A contract with JKN as an OrganizationAffiliation of the facility with the payer."""
    identifiers = [{"system": CONTRACT, "value": key}]
    if d.get("ppk_code"):
        identifiers.append({"system": _NUMBERS["bpjs_code"], "value": d["ppk_code"]})
    return {
        "resourceType": "OrganizationAffiliation", "id": f"jkn-{key.replace('/', '-')}",
        "meta": _profiled("OrganizationAffiliation"), "identifier": identifiers,
        "active": _in_force(d["valid_from"], d.get("valid_until"), today),
        "period": _period(d["valid_from"], d.get("valid_until")),
        "organization": {"reference": f"Organization/{PAYER['id']}"},
        "participatingOrganization": {"reference": f"Organization/{organization}"},
        "location": [{"reference": f"Location/{organization}"}],
        "code": [{"coding": [{"system": f"{CONTRACT}-kind", "code": d["kind"]}]}],
    }  # fmt: skip


def _period(start: str | None, end: str | None) -> Body:
    return {k: v for k, v in (("start", start), ("end", end)) if v}


def _in_force(start: str | None, end: str | None, today: date) -> bool:
    return (not start or start <= today.isoformat()) and (not end or end >= today.isoformat())
