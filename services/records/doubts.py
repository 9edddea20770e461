"""What a registration clerk should look at again: soft checks of a Patient. They warn and never refuse. Pure.

What is not doubted: the area in a NIK against the address, the century of its birth date (domain rules of the NIK:
it is given once and kept through moves, splits of regions and corrections).
"""

from datetime import date
from typing import Any

from services.kernel.ids import nik_fault
from services.kernel.problems import Fault, Text
from services.records import numbers

_WOMAN = 40
"""Added to the day of birth in a woman's NIK."""
_OLDEST = 120
_MOTHER = 12
"""A child's number that tells of a birth so many years earlier is probably the mother's."""
_NEWBORN = 5
_PROVINCES = range(11, 98)

SAID = {
    "nik-birth-date": Text("Tanggal lahir dalam NIK lain dari birthDate", "The NIK tells another birth date"),
    "nik-sex": Text(
        "NIK perempuan bertanggal lahir +40; tidak cocok dengan jenis kelamin", "The NIK tells the other sex"
    ),
    "mothers-nik": Text("Ini tampaknya NIK ibu; pakai nik-ibu", "This looks like the mother's NIK; use nik-ibu"),
    "dummy-nik": Text(
        "NIK ini tampaknya isian semu; kosongkan dan sebutkan alasan orang sementara",
        "This looks like a dummy NIK; leave it out and give the reason of a provisional person",
    ),
    "kk-form": Text("Nomor KK terdiri dari 16 angka", "A family card number has 16 digits"),
    "jkn-form": Text("Nomor JKN terdiri dari 13 angka", "A JKN number has 13 digits"),
    "ihs-form": Text("Nomor IHS pasien: P dan 11 angka", "A patient's IHS number is P and 11 digits"),
    "birth-date-old": Text("Umur lebih dari 120 tahun", "Older than 120 years"),
    "newborn-old": Text("nik-ibu hanya untuk bayi dan anak kecil", "nik-ibu is for newborns"),
    "birth-order": Text("Isi multipleBirthInteger agar kembar tidak tertukar", "State the birth order: twins"),
}
"""Every doubt by its code."""


def doubts(patient: dict[str, Any], today: date) -> list[Fault]:
    """What of a Patient should be looked at again, by element."""
    born, found = _day(patient.get("birthDate")), list[tuple[str, str]]()
    kinds = dict[str, str]()
    for n, identifier in enumerate(patient.get("identifier") or ()):
        kind, value = numbers.kind(identifier, today), str(identifier.get("value", "")).strip()
        if kind is None or not value or "#" in value:
            continue
        kinds[kind.name] = value
        at = f"Patient.identifier[{n}].value"
        found += [(code, at) for code in _of_number(kind.name, value, patient, born, today)]
    if born and (today - born).days > _OLDEST * 365.25:
        found.append(("birth-date-old", "Patient.birthDate"))
    if "nik-ibu" in kinds:
        if kinds["nik-ibu"] == kinds.get("nik"):
            found.append(("mothers-nik", "Patient.identifier"))
        if "multipleBirthInteger" not in patient:
            found.append(("birth-order", "Patient.multipleBirthInteger"))
        if born and (today - born).days > _NEWBORN * 365.25:
            found.append(("newborn-old", "Patient.birthDate"))
    return [Fault(at, SAID[code], code) for code, at in dict.fromkeys(found)]


def _of_number(kind: str, value: str, patient: dict[str, Any], born: date | None, today: date) -> list[str]:
    match kind:
        case "nik":
            return _of_nik(value, patient.get("gender"), born, today)
        case "kk":
            return [] if len(value) == 16 and value.isdigit() else ["kk-form"]
        case "jkn":
            return [] if len(value) == 13 and value.isdigit() else ["jkn-form"]
        case "ihs":
            return [] if len(value) == 12 and value[0] == "P" and value[1:].isdigit() else ["ihs-form"]
        case _:
            return []


def _of_nik(nik: str, gender: Any, born: date | None, today: date) -> list[str]:
    if nik_fault(nik) is not None:
        return ["dummy-nik"]
    found = ["dummy-nik"] if nik[12:] in ("0000", "9999") or int(nik[:2]) not in _PROVINCES else []
    day, month, year = int(nik[6:8]), int(nik[8:10]), int(nik[10:12])
    if gender in ("male", "female") and (day > _WOMAN) != (gender == "female"):
        found.append("nik-sex")
    if born and (day % _WOMAN, month, year) != (born.day, born.month, born.year % 100):
        told = 2000 + year if 2000 + year <= today.year else 1900 + year
        found.append("mothers-nik" if born.year - told >= _MOTHER else "nik-birth-date")
    return found


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
