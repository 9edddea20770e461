"""What a person is recognised by, out of a Patient, and the keys under which persons who may be the same meet."""

import re
import zlib
from dataclasses import dataclass
from typing import Any

from services.records import rules
from services.records.matching import names
from services.records.stripped import village_of

MAIDEN = "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName"
KK = rules.ID_BASE + "kk"
NUMBERS = {
    rules.NIK: "nik", rules.IHS: "ihs", rules.ID_BASE + "patient-ihs-number": "ihs", rules.ID_BASE + "bpjs": "jkn",
    rules.ID_BASE + "paspor": "passport", KK: "kk", rules.NIK_IBU: "mother",
}  # fmt: skip
PERSONAL = ("nik", "ihs", "jkn", "passport")
"""Numbers of one person. The family card and the mother's NIK are of a family."""
MOST = 4
Born = tuple[int, int, int]
"""Year, month, day; 0 where not known."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What is compared. Names are words in one spelling; nothing is left of titles and upper case."""

    names: tuple[tuple[str, ...], ...] = ()
    born: Born | None = None
    sex: str = ""
    village: str = ""
    home: tuple[str, ...] = ()
    """Words and numbers of the address line."""
    phones: tuple[str, ...] = ()
    mother: tuple[str, ...] = ()
    order: int = 0
    numbers: tuple[tuple[str, str], ...] = ()
    """(kind, value): nik, ihs, jkn, passport, kk, mother (her NIK)."""

    def number(self, kind: str) -> list[str]:
        """Its numbers of a kind."""
        return [value for k, value in self.numbers if k == kind]

    def packed(self) -> list[Any]:
        """For storing; `unpacked` reads it."""
        return [
            self.names, self.born, self.sex, self.village, self.home, self.phones, self.mother, self.order,
            self.numbers,
        ]  # fmt: skip


def unpacked(kept: list[Any]) -> Traits:
    """Traits as `packed` gave them."""
    known, born, sex, village, home, phones, mother, order, numbers = kept
    return Traits(
        tuple(tuple(n) for n in known), (born[0], born[1], born[2]) if born else None, sex, village,
        tuple(home), tuple(phones),
        tuple(mother), order, tuple((k, v) for k, v in numbers),
    )  # fmt: skip


def traits(patient: dict[str, Any]) -> Traits:
    """The traits a Patient states."""
    own: dict[tuple[str, ...], None] = {}
    mother: tuple[str, ...] = _mother(patient)
    for entry in patient.get("name") or ():
        text = entry.get("text") or " ".join([*entry.get("given", ()), entry.get("family", "")])
        name = names.read(text)
        if name.baby:
            mother = mother or name.words
        elif name.words:
            own[name.words] = None
    order = patient.get("multipleBirthInteger")
    return Traits(
        tuple(own)[:MOST], _born(patient.get("birthDate")), str(patient.get("gender") or ""),
        village_of(patient) or "", _home(patient), _phones(patient), mother,
        int(order) if isinstance(order, int) else 0, _numbers(patient),
    )  # fmt: skip


def _mother(patient: dict[str, Any]) -> tuple[str, ...]:
    for extension in patient.get("extension") or ():
        if extension.get("url") == MAIDEN and isinstance(extension.get("valueString"), str):
            return names.read(extension["valueString"]).words
    for contact in patient.get("contact") or ():
        codes = [c.get("code") for r in contact.get("relationship") or () for c in r.get("coding") or ()]
        name = contact.get("name") or {}
        text = name.get("text") or " ".join([*name.get("given", ()), name.get("family", "")])
        if "MTH" in codes and text.strip():
            return names.read(text).words
    return ()


def _born(value: Any) -> Born | None:
    parts = str(value or "").split("-")
    if not parts[0].isdigit() or not all(p.isdigit() for p in parts):
        return None
    year, month, day = [*map(int, parts), 0, 0][:3]
    return year, month, day


_STREET = frozenset(["jl", "jln", "jalan", "no", "nomor", "gg", "gang", "rt", "rw", "dusun", "dsn", "kp", "kampung"])


def _home(patient: dict[str, Any]) -> tuple[str, ...]:
    for address in patient.get("address") or ():
        line = " ".join(map(str, address.get("line") or ())) or str(address.get("text") or "")
        if address.get("use") != "old" and line.strip():
            words = re.findall(r"[a-z]+|[0-9]+", line.lower())
            return tuple(sorted({w.lstrip("0") or w for w in words if w not in _STREET}))[: 2 * MOST]
    return ()


def _phones(patient: dict[str, Any]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for contact in patient.get("telecom") or ():
        digits = "".join(c for c in str(contact.get("value", "")) if c.isascii() and c.isdigit())
        if contact.get("system") in ("phone", "sms") and len(digits) >= 8:
            found[digits.removeprefix("62").lstrip("0")] = None
    return tuple(found)[:MOST]


def _numbers(patient: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    found: dict[tuple[str, str], None] = {}
    for entry in patient.get("identifier") or ():
        kind, value = NUMBERS.get(entry.get("system", "")), str(entry.get("value", "")).strip()
        if kind and value and "#" not in value:
            found[(kind, value)] = None
    return tuple(sorted(found))[: 3 * MOST]


def told_by(nik: str) -> tuple[int, int, int] | None:
    """Day, month and year of the century that a NIK tells (women: day + 40)."""
    if len(nik) != 16 or not (nik.isascii() and nik.isdigit()):
        return None
    day = int(nik[6:8])
    return day - 40 if day > 40 else day, int(nik[8:10]), int(nik[10:12])


def keys(t: Traits) -> list[int]:
    """Hashes of what two descriptions of one person mostly share in spite of a slip: any one in common is enough.

    Each joins so much that a district's persons meet in dozens, not in thousands: a birth date (day and month in
    either order) with an initial or a village, a whole name with a year, a day or a village, a word of it with village
    and year or day, a telephone or address with an initial, family card, mother, each number, a NIK without either end.
    """
    found = {f"{kind}|{value}" for kind, value in t.numbers if kind in PERSONAL}
    days = [_either_way(t.born)] if t.born else []
    for nik in t.number("nik"):
        found |= {f"nik<|{nik[:12]}", f"nik>|{nik[6:]}"}
        told = told_by(nik)
        if told and t.born:
            century = t.born[0] // 100 * 100
            days.append(_either_way((century + told[2], told[1], told[0])))
    initials = {names.sound(w)[:1] for n in t.names for w in n if w}
    if t.mother or t.number("mother"):  # a newborn may have no name yet
        initials.add("")
    family = [f"tel|{p}" for p in t.phones] + [f"mother|{v}" for v in t.number("mother")]
    found |= {f"kk|{v}" for v in t.number("kk")} | {f"{d}|{t.village}" for d in days if t.village}
    if t.village and any(w.isdigit() for w in t.home):
        family.append(f"home|{t.village}|{' '.join(t.home)}")
    found |= {f"{one}|{i}" for one in (*days, *family) for i in initials}
    year = t.born[0] if t.born else 0
    day = _either_way(t.born)[5:] if t.born and t.born[2] else ""
    for n in t.names:
        heard = [names.sound(w) for w in n]
        whole = " ".join(sorted(heard))
        found |= {f"year|{whole}|{year}", f"village|{whole}|{t.village}"} if len(n) > 1 else set()
        found |= {f"village|{w}|{t.village}|{year}" for w in heard if len(w) > 1}
        if day:
            found |= {f"day|{whole}|{day}"} | {f"day|{w}|{t.village}|{day}" for w in heard if len(w) > 1}
    if t.mother and year:
        found.add(f"of|{' '.join(sorted(map(names.sound, t.mother)))}|{year}")
    return sorted({zlib.crc32(k.encode()) - 2**31 for k in found})


def _either_way(born: Born) -> str:
    """A date in which day and month may have been swapped."""
    return f"{born[0]:04d}-{min(born[1:]):02d}-{max(born[1:]):02d}"
