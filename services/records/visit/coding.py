"""Codes and values of single items: a CodeableConcept, a finding's value, what a diagnosis or medicine in words is."""

from datetime import UTC, date, datetime
from typing import Any

from services.records.systems import UCUM
from services.records.visit import words
from services.records.visit.codes import Coding, Item
from services.records.visit.contract import zoned
from services.records.visit.given import Diagnosis, Medicine

Resource = dict[str, Any]


def concept(*codings: Coding, text: str | None = None) -> Resource:
    """A CodeableConcept from (system, code, display); what has no code is said in words."""
    coded = [{"system": s, "code": c, "display": d} if d else {"system": s, "code": c} for s, c, d in codings if c]
    said = text or next((d for _, c, d in codings if not c), None)
    return ({"coding": coded} if coded else {}) | ({"text": said} if said else {})


def diagnosed(diagnosis: Diagnosis) -> tuple[str | None, str]:
    """The ICD-10 code of a diagnosis, as given or found by its words, and the code's name."""
    names = words.diagnoses()
    if diagnosis.icd10:
        return diagnosis.icd10, names.names.get(diagnosis.icd10, "")
    found = names.find(diagnosis.name or "")
    return found.code, found.display or ""


def dispensed(medicine: Medicine) -> tuple[str | None, str]:
    """The KFA code of a medicine, as given or found by its words, and the code's name."""
    names = words.medicines()
    if medicine.kfa:
        return medicine.kfa, names.names.get(medicine.kfa, "")
    found = names.find(medicine.name or "")
    return found.code, found.display or ""


def short(value: float) -> float | int:
    """A whole number without its decimals."""
    return int(value) if value == int(value) else value


def value_of(item: Item, value: Any) -> Resource:
    """A finding's value in the form its item has."""
    match item.value:
        case "choice":
            return {"valueCodeableConcept": concept(item.choices[value])}
        case "yes":
            return {"valueBoolean": value}
        case "integer":
            return {"valueInteger": value}
        case "date" if isinstance(value, date):
            return {"valueDateTime": value.isoformat()}
        case "moment" if isinstance(value, datetime):
            return {"valueDateTime": zoned(value).astimezone(UTC).isoformat(timespec="seconds")}
        case "ratio":
            over, under = value.split("/")
            return {"valueRatio": {"numerator": {"value": int(over)}, "denominator": {"value": int(under)}}}
        case _:
            return {"valueQuantity": {"value": short(value), "unit": item.unit, "system": UCUM, "code": item.unit}}
