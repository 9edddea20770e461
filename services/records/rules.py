"""Pure decisions of the record: what proves identity, how two registrations of one person become one."""

import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.kernel.ids import nik_fault
from services.kernel.problems import Fault, Text
from services.records import numbers

ID_BASE = "https://fhir.kemkes.go.id/id/"
NIK, NIK_IBU, IHS = ID_BASE + "nik", ID_BASE + "nik-ibu", ID_BASE + "ihs-number"
MRN = "urn:simpul:mrn"
"""Identifier system of a facility's own number: it proves, with birth date and sex, to that facility only."""

PROVISIONAL = "https://simpul.id/fhir/StructureDefinition/provisional-person"
"""Extension of a Patient: why the person has no number yet (`valueCode`, one of `REASONS`)."""
REASONS = ("unidentified", "foreigner", "newborn", "no-document", "refused")
UNSTATED = "unstated"

DISPUTED = "urn:simpul:number-and-birth-date"
"""Identifier system of a person whose number belongs to another person, born on another day."""

SHORT_SYSTEMS = {n.name: n.system for n in numbers.ALL if n.proves == "everywhere"}
"""Short names peers and plain JSON use for identifier systems."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a Patient says of who it is: `keys` prove identity (system, value), strongest first."""

    keys: tuple[tuple[str, str], ...]
    name: str | None
    birth_date: date | None
    sex: str | None

    def disputed(self) -> list[tuple[str, str]]:
        """The keys under which a person was set apart who gave a number of somebody born on another day."""
        born = self.birth_date
        return [(DISPUTED, f"{s}|{value}|{born}") for s, value in self.keys if s != MRN] if born else []


def fold(name: str) -> str:
    """A name for searching: lower case, without accents, single blanks."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


def identity(
    patient: dict[str, Any], facility: str | None = None, day: date = date.max
) -> tuple[Identity, list[Fault]]:
    """The identity a Patient claims at a facility, and the faults of its numbers (a NIK that cannot be one).

    Which numbers prove is said in `numbers.toml`, by the day. A masked NIK (`################`, as SATUSEHAT answers)
    proves nothing and is no fault; nor is one digit repeated, when a reason for having no number is given. A newborn
    without a NIK is known by nik-ibu, birth date, birth order and sex together.
    """
    keys: list[tuple[str, str]] = []
    reason, faults = _stated(patient)
    birth = "|".join(str(patient.get(k, d)) for k, d in _AT_BIRTH)
    for n, entry in enumerate(patient.get("identifier") or ()):
        value, kind = str(entry.get("value", "")).strip(), numbers.kind(entry, day)
        if not value or "#" in value or kind is None:
            continue
        if kind.system in (NIK, NIK_IBU) and (why := nik_fault(value)):
            if why != "repeated" or reason is None:
                faults.append(Fault(f"Patient.identifier[{n}].value", _NIK_TEXT[why], "value"))
        elif kind.proves == "everywhere":
            keys.append((kind.system, value))
        elif kind.proves == "birth":
            keys.append((kind.system, f"{value}|{birth}"))
        elif kind.proves == "facility" and facility and patient.get("birthDate"):
            keys.append((MRN, f"{facility}|{entry.get('system', '')}|{value}|{birth}"))
    keys.sort(key=lambda k: (k[0] != NIK, k[0] == MRN))
    return Identity(
        tuple(dict.fromkeys(keys)), _name(patient), _day(patient.get("birthDate")), patient.get("gender")
    ), faults


_AT_BIRTH = (("birthDate", None), ("multipleBirthInteger", 0), ("gender", None))
_REASON_TEXT = Text(
    "Alasan orang sementara: " + ", ".join(REASONS), "Reasons of a provisional person: " + ", ".join(REASONS)
)


def _stated(patient: dict[str, Any]) -> tuple[str | None, list[Fault]]:
    for n, extension in enumerate(patient.get("extension") or ()):
        if extension.get("url") == PROVISIONAL:
            code = extension.get("valueCode")
            if code in REASONS:
                return str(code), []
            return None, [Fault(f"Patient.extension[{n}].valueCode", _REASON_TEXT, "value")]
    return None, []


def provisional(patient: dict[str, Any], day: date = date.max) -> str | None:
    """Why a person is provisional (a code of `REASONS`, or "unstated"); None for who has a number that settles it."""
    newborn = False
    for entry in patient.get("identifier") or ():
        kind, value = numbers.kind(entry, day), str(entry.get("value", "")).strip()
        if kind and value and kind.settles and (kind.system != NIK or "#" in value or nik_fault(value) is None):
            return None
        newborn = newborn or bool(kind and kind.proves == "birth")
    return _stated(patient)[0] or ("newborn" if newborn else UNSTATED)


def mothers_nik(patient: dict[str, Any]) -> str | None:
    """The mother's NIK by which a newborn is known."""
    for entry in patient.get("identifier") or ():
        value = str(entry.get("value", "")).strip()
        if entry.get("system") == NIK_IBU and nik_fault(value) is None:
            return value
    return None


_NIK_TEXT = {
    "length": Text("NIK harus tepat 16 angka", "A NIK has exactly 16 digits"),
    "digits": Text("NIK hanya berisi angka", "A NIK has digits only"),
    "repeated": Text(
        "NIK dengan angka yang semuanya sama bukan NIK; hilangkan dan sebutkan alasan (extension provisional-person)",
        "A NIK is not one digit repeated; leave it out and say why (extension provisional-person)",
    ),
    "date": Text(
        "Angka 7-12 NIK adalah tanggal lahir: hari 01-31 (perempuan 41-71), bulan 01-12",
        "Digits 7-12 of a NIK are a birth date: day 01-31 (women 41-71), month 01-12",
    ),
}


def spoken_name(patient: dict[str, Any]) -> str | None:
    """A Patient's name as it is written."""
    for name in patient.get("name") or ():
        said = name.get("text") or " ".join([*name.get("given", ()), name.get("family", "")])
        if said.strip():
            return str(said).strip()
    return None


def _name(patient: dict[str, Any]) -> str | None:
    for name in patient.get("name") or ():
        text = name.get("text") or " ".join([*name.get("given", ()), name.get("family", "")])
        if text.strip():
            return fold(text)
    return None


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:  # year or month only
        return None


def same_person(claimed: Identity, birth_date: date | None) -> bool:
    """The same NIK with another birth date is not joined but listed for review."""
    return claimed.birth_date is None or birth_date is None or claimed.birth_date == birth_date


_CHOICES = (
    frozenset({"deceasedBoolean", "deceasedDateTime"}),
    frozenset({"multipleBirthBoolean", "multipleBirthInteger"}),
)
"""Elements of which a Patient may have one."""


def joined(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """One Patient from the record's and a new registration: what is newly said speaks, what is left out stays,
    identifiers of both are kept. Who ends a registration of their own (`active` false) does not end that of others."""
    said = {k: v for k, v in old.items() if not any(k in c and not c.isdisjoint(new) for c in _CHOICES)}
    ended = bool(old) and old.get("active") is not False and new.get("active") is False
    merged = {**said, **{k: v for k, v in new.items() if k != "active" or not ended}}
    seen = {(i.get("system"), i.get("value")) for i in new.get("identifier") or ()}
    kept = [i for i in old.get("identifier") or () if (i.get("system"), i.get("value")) not in seen]
    if kept or new.get("identifier"):
        merged["identifier"] = [i for i in (new.get("identifier") or ()) if "#" not in str(i.get("value"))] + kept
    return merged


_RECORDERS = ("performer", "recorder", "asserter", "participant", "author", "careManager", "resultsInterpreter")


NOBODY: tuple[str, str | None] = ("", None)


def recorder(resource: dict[str, Any]) -> tuple[str, str | None]:
    """The practitioner a resource names as who did or recorded it: reference ("" when only named) and display.

    FHIR says it under other names by type, some with a role between (`performer.actor`, `participant.individual`).
    """
    for field in _RECORDERS:
        said = resource.get(field)
        for one in said if isinstance(said, list) else [said] if said else []:
            who = one.get("actor") or one.get("individual") or one
            reference, display = str(who.get("reference") or ""), who.get("display")
            if reference.startswith("Practitioner/") or (display and not reference):
                return reference, display
    return NOBODY


def visit_of(resource: dict[str, Any]) -> str | None:
    """The Encounter a resource belongs to, as "Encounter/id"."""
    reference = str((resource.get("encounter") or resource.get("context") or {}).get("reference") or "")
    return reference if reference.startswith("Encounter/") else None
