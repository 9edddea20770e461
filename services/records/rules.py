"""Pure decisions of the record: what proves identity, how two registrations of one person become one."""

import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.kernel.ids import nik_fault
from services.kernel.problems import Fault, Text

ID_BASE = "https://fhir.kemkes.go.id/id/"
NIK, NIK_IBU, IHS = ID_BASE + "nik", ID_BASE + "nik-ibu", ID_BASE + "ihs-number"
_ALIASES = {
    ID_BASE + "patient-ihs-number": IHS,
    ID_BASE + "paspor": ID_BASE + "paspor",
    ID_BASE + "bpjs": ID_BASE + "bpjs",
}
_PROOFS = frozenset({NIK, IHS, *_ALIASES.values()})

DISPUTED = "urn:simpul:number-and-birth-date"
"""Identifier system of a person whose number belongs to another person, born on another day."""

SHORT_SYSTEMS = {"nik": NIK, "ihs": IHS, "jkn": ID_BASE + "bpjs", "paspor": ID_BASE + "paspor"}
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
        return [(DISPUTED, f"{system}|{value}|{born}") for system, value in self.keys] if born else []


def fold(name: str) -> str:
    """A name for searching: lower case, without accents, single blanks."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


def identity(patient: dict[str, Any]) -> tuple[Identity, list[Fault]]:
    """The identity a Patient claims, and the faults of its numbers (a NIK that cannot be one).

    A masked NIK (`################`, as SATUSEHAT answers) proves nothing and is no fault. A newborn without a NIK is
    known by nik-ibu, birth date, birth order and sex together.
    """
    keys: list[tuple[str, str]] = []
    faults: list[Fault] = []
    for n, entry in enumerate(patient.get("identifier") or ()):
        system, value = entry.get("system", ""), str(entry.get("value", "")).strip()
        system = _ALIASES.get(system, system)
        if not value or "#" in value:
            continue
        if system in (NIK, NIK_IBU) and (why := nik_fault(value)):
            faults.append(Fault(f"Patient.identifier[{n}].value", _NIK_TEXT[why], "value"))
        elif system in _PROOFS:
            keys.append((system, value))
        elif system == NIK_IBU:
            newborn = (value, patient.get("birthDate"), patient.get("multipleBirthInteger", 0), patient.get("gender"))
            keys.append((NIK_IBU, "|".join(str(part) for part in newborn)))
    keys.sort(key=lambda k: k[0] != NIK)
    return Identity(
        tuple(dict.fromkeys(keys)), _name(patient), _day(patient.get("birthDate")), patient.get("gender")
    ), faults


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
    "repeated": Text("NIK dengan angka yang semuanya sama bukan NIK", "A NIK is not one digit repeated"),
    "date": Text(
        "Angka 7-12 NIK adalah tanggal lahir: hari 01-31 (perempuan 41-71), bulan 01-12",
        "Digits 7-12 of a NIK are a birth date: day 01-31 (women 41-71), month 01-12",
    ),
}


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
    identifiers of both are kept."""
    said = {k: v for k, v in old.items() if not any(k in c and not c.isdisjoint(new) for c in _CHOICES)}
    merged = {**said, **new}
    seen = {(i.get("system"), i.get("value")) for i in new.get("identifier") or ()}
    kept = [i for i in old.get("identifier") or () if (i.get("system"), i.get("value")) not in seen]
    if kept or new.get("identifier"):
        merged["identifier"] = [i for i in (new.get("identifier") or ()) if "#" not in str(i.get("value"))] + kept
    return merged
