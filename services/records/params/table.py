"""The search parameters of every stored type: `schema/search.tsv` (R4's own) and ours. Search, includes, sorting and
the CapabilityStatement all read this one table.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from services.records.schema.stored import STORED

_FILE = Path(__file__).parent.parent / "schema" / "search.tsv"


@dataclass(frozen=True, slots=True)
class Place:
    """Where values of a parameter lie in a body."""

    path: str
    """As SQL/JSON path: `$.code`, `$.telecom ? (@.system == "phone")`."""
    datatype: str
    only: str | None = None
    """The one type a reference here is meant to point to."""


@dataclass(frozen=True, slots=True)
class Param:
    """A search parameter of one type. `column`: what answers it without opening the body (see `_column`)."""

    type: str
    name: str
    kind: str
    places: tuple[Place, ...]
    targets: tuple[str, ...] = ()
    column: str | None = None
    own: bool = False
    """Not in the standard: SATUSEHAT's, or ours."""


_OWN = """
ServiceRequest supporting-info reference supportingInfo:Reference Resource
CarePlan supporting-info reference supportingInfo:Reference Resource
Immunization encounter reference encounter:Reference Encounter
AllergyIntolerance encounter reference encounter:Reference Encounter
MedicationDispense encounter reference context:Reference Encounter
MedicationAdministration encounter reference context:Reference Encounter
Condition date date onsetDateTime:dateTime
ServiceRequest date date occurrenceDateTime:dateTime
MedicationDispense date date whenHandedOver:dateTime
MedicationStatement date date effectiveDateTime:dateTime
MedicationAdministration date date effectiveDateTime:dateTime
QuestionnaireResponse date date authored:dateTime
Specimen date date collection.collectedDateTime:dateTime
Task date date executionPeriod:Period
Coverage date date period:Period
Goal date date startDate:date
"""
"""Parameters SATUSEHAT's collections use beside the standard's, and the clinical date where R4 names none `date`."""

_SCOPED = {"subject", "patient", "beneficiary", "for"}
_PARTICIPANT = {("Appointment", "participant.actor"), ("AppointmentResponse", "actor")}
_CODED: dict[str, set[str]] = {
    "Condition": {"code"}, "Procedure": {"code"}, "DiagnosticReport": {"code"}, "ServiceRequest": {"code"},
    "Observation": {"code", "component.code"}, "Immunization": {"vaccineCode"}, "EpisodeOfCare": {"type"},
    "FamilyMemberHistory": {"condition.code"}, "Medication": {"code"}, "Task": {"code"}, "Composition": {"type"},
    "MedicationRequest": {"medicationCodeableConcept"}, "MedicationDispense": {"medicationCodeableConcept"},
    "MedicationStatement": {"medicationCodeableConcept"}, "MedicationAdministration": {"medicationCodeableConcept"},
    "Location": {"type"}, "Organization": {"type"}, "Specimen": {"type"}, "Encounter": {"class", "type"},
}  # fmt: skip
"""What the column `codes` holds of a type (see `fhir._CODED`), for the types searched without a patient."""
_RESPONSIBLE = {
    ("Encounter", "serviceProvider"), ("EpisodeOfCare", "managingOrganization"), ("Organization", "partOf"),
    ("PractitionerRole", "organization"), ("HealthcareService", "providedBy"), ("Location", "managingOrganization"),
    ("OrganizationAffiliation", "organization"), ("Device", "owner"), ("Patient", "managingOrganization"),
}  # fmt: skip
"""Elements that stand whole in the column `organization`."""
_DATED = {
    ("MedicationDispense", "whenhandedover"), ("MedicationStatement", "effective"),
    ("MedicationAdministration", "effective-time"),
}  # fmt: skip
"""Parameters other than `date` that are the column `date`."""
_ELSEWHERE = {"MeasureReport", "MedicationRequest"}
"""Types whose `date` is not their clinical date."""
_NAMES = {"name", "family", "given", "phonetic"}


def _column(type_: str, name: str, kind: str, paths: list[str], types: set[str]) -> str | None:
    """The column (or index) that answers a parameter, wholly or as a first sieve."""
    match kind, paths:
        case _, ["id"]:
            return "id"
        case _, ["meta.lastUpdated"]:
            return "updated_at"
        case "reference", [path] if path in _SCOPED or (type_, path) in _PARTICIPANT:
            return "person"
        case "reference", ["encounter" | "context" | "context.encounter"]:
            return "encounter"
        case "reference", [path] if (type_, path) in _RESPONSIBLE:
            return "organization"
        case "token", ["status"]:
            return "status"
        case "token", ["identifier"] if types == {"Identifier"}:
            return "identifier"
        case "token", _ if type_ in _CODED and set(paths) <= _CODED[type_]:
            return "codes"
        case "date", _ if type_ == "Patient" and name == "birthdate":
            return "birth_date"
        case "date", _ if (name == "date" and type_ not in _ELSEWHERE) or (type_, name) in _DATED:
            return "date"
        case "string", _ if type_ == "Patient" and name in _NAMES:
            return "person_name"
    return None


def _place(text: str) -> Place:
    where, _, datatype = text.rpartition(":")
    datatype, _, only = datatype.partition(">")
    path, _, condition = where.partition("?(system=")
    filtered = f' ? (@.system == "{condition[:-1]}")' if condition else ""
    return Place("$." + path + filtered, datatype, only or None)


def _param(type_: str, name: str, kind: str, where: str, targets: str, own: bool = False) -> Param:
    found = tuple(_place(w) for w in where.split())
    paths = [p.path.removeprefix("$.") for p in found]
    column = _column(type_, name, kind, paths, {p.datatype for p in found})
    return Param(type_, name, kind, found, tuple(targets.split()), column, own)


@lru_cache(maxsize=1)
def table() -> dict[str, dict[str, Param]]:
    """Type → parameter name → parameter. Read once."""
    found: dict[str, dict[str, Param]] = {t: {} for t in STORED}
    for line in _FILE.read_text().splitlines():
        type_, name, kind, where, targets = line.split("\t")
        if kind != "elements":
            found[type_][name] = _param(type_, name, kind, where, targets)
    for line in _OWN.strip().splitlines():
        type_, name, kind, where, *leads_to = line.split(" ")
        found[type_].setdefault(name, _param(type_, name, kind, where, " ".join(leads_to), own=True))
    return found


@lru_cache(maxsize=1)
def elements() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Type → (the elements of its summary, those it must have)."""
    found = {}
    for line in _FILE.read_text().splitlines():
        type_, _, kind, names, _ = line.split("\t")
        if kind == "elements":
            found[type_] = (
                frozenset(n.rstrip("!") for n in names.split()),
                frozenset(n[:-1] for n in names.split() if n.endswith("!")),
            )
    return found


def _plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()


_TWINS = {
    "subject": "patient",
    "patient": "subject",
    "for": "patient",
    "beneficiary": "patient",
    "context": "encounter",
}


@lru_cache(maxsize=4096)
def find(type_: str, name: str) -> Param | None:
    """A parameter of a type by its name, or by a spelling met in the wild: `vaccineCode`, `part-of`, `lastUpdated`,
    `subject` where the standard says `patient`."""
    known = table()[type_]
    if name in known:
        return known[name]
    by_spelling = {_plain(n): p for n, p in reversed(known.items())}
    return by_spelling.get(_plain(name)) or known.get(_TWINS.get(name, ""))
