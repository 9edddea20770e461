"""The code and identifier systems the record speaks, and the one spelling of each.

Official examples spell some of them wrongly; whatever came in, what we index and send on is canonical.
"""

LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
ICD9CM = "http://hl7.org/fhir/sid/icd-9-cm"
CVX = "http://hl7.org/fhir/sid/cvx"
UCUM = "http://unitsofmeasure.org"
KFA = "http://sys-ids.kemkes.go.id/kfa"
CLINICAL = "http://terminology.kemkes.go.id/CodeSystem/clinical-term"
EPISODE_TYPE = "http://terminology.kemkes.go.id/CodeSystem/episodeofcare-type"
CONTACT = "http://terminology.kemkes.go.id/CodeSystem/episodeofcare/"  # + ANC, puerperium, neonate
ADMINISTRATIVE_CODE = "https://fhir.kemkes.go.id/r4/StructureDefinition/administrativeCode"
BIRTH_TIME = "http://hl7.org/fhir/StructureDefinition/patient-birthTime"
PERSON = "https://fhir.kemkes.go.id/id/"  # + nik, nik-ibu, ihs-number …
LOCAL = "http://sys-ids.kemkes.go.id/"  # + encounter/{org}, condition/{org} …

# Without scheme, "www." and closing slash, in lower case.
_SPELLINGS = {
    "loinc.org": LOINC,
    "snomed.info": SNOMED,
    "snomed.info.sct": SNOMED,
    "snomed.info/sct": SNOMED,
    "unitofmeasure.org": UCUM,
    "unitsofmeasure.org": UCUM,
    "terminology.hl7.org/codesystem/icd9cm": ICD9CM,
    "hl7.org/fhir/sid/icd10": ICD10,
    "hl7.org/fhir/sid/icd9": ICD9CM,
    "fhir.kemkes.go.id/id/patient-ihs-number": PERSON + "ihs-number",
}
# Hosts met without the slashes after "http:", and with the wrong scheme.
_HOSTS = {
    "sys-ids.kemkes.go.id": "http://",
    "terminology.kemkes.go.id": "http://",
    "terminology.hl7.org": "http://",
    "hl7.org": "http://",
    "fhir.kemkes.go.id": "https://",
}
_MOST = 20_000


class _Spellings(dict[str, str]):
    """Remembers what was worked out once; bounded, because identifier systems carry organisation numbers."""

    def __missing__(self, system: str) -> str:
        spelt = respelt(system)
        if len(self) < _MOST:
            self[system] = spelt
        return spelt


def respelt(system: str) -> str:
    """The canonical spelling of a system, worked out."""
    trimmed = system.strip()
    if trimmed in _OIDS:
        return _OIDS[trimmed]
    scheme, _, rest = trimmed.partition(":")
    if scheme.lower() not in ("http", "https"):
        return trimmed
    rest = rest.lstrip("/").removeprefix("www.")
    if known := _SPELLINGS.get(rest.rstrip("/").lower()):
        return known
    host, slash, path = rest.partition("/")
    right = _HOSTS.get(host.lower())
    if right is None:
        return trimmed
    first, rest_of = path.partition("/")[0], path.partition("/")[1:]
    if first.lower() == "codesystem":
        first = "CodeSystem"
    elif host.lower() == "sys-ids.kemkes.go.id":
        first = first.lower()
    return f"{right}{host.lower()}{slash}{first}{''.join(rest_of)}"


_OIDS = {
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED,
    "urn:oid:2.16.840.1.113883.6.3": ICD10,
    "urn:oid:2.16.840.1.113883.6.8": UCUM,
    "urn:oid:2.16.840.1.113883.12.292": CVX,
}


CANONICAL: dict[str, str] = _Spellings()
"""`CANONICAL[system]` is the one spelling of any system."""
