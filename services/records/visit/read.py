"""The resources of a visit in the words of a visit, whoever wrote them and however.

Pure, the inverse of `write`: writing what was read gives the same resources. What has no word here is named apart.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from services.records.systems import CANONICAL, CONTACT, ICD10, KFA
from services.records.systems import LOCAL as LOCAL_SYSTEM
from services.records.visit.codes import (
    ACTS,
    ATTENDANT,
    CAPSULES,
    CLUSTER,
    DEVELOPMENT,
    EDUCATION,
    FINDINGS,
    FORM,
    FORMS,
    GLUCOSE,
    KIND,
    OTHER_GLUCOSE,
    PROTEIN,
    PROTEIN_MG_DL,
    REASON,
    SDIDTK,
    TOPICS,
    VACCINES,
    VITAMIN_A,
    Item,
)
from services.records.visit.parts import LOCAL
from services.records.visit.patient import from_patient
from services.records.visit.words import diagnoses, medicines

Resource = dict[str, Any]
VOID = frozenset({"entered-in-error", "cancelled"})
_CODES: dict[tuple[str, str], tuple[str, str]] = {
    (item.system, item.code): (part, name) for part, items in FINDINGS.items() for name, item in items.items()
}
_GLUCOSE = {item.code: kind for kind, item in GLUCOSE.items()} | OTHER_GLUCOSE
_DONE = {(c[0], c[1]): (part, name) for part, acts in ACTS.items() for name, (_, c) in acts.items()}
_TAUGHT = {(c[0], c[1]): topic for topic, c in TOPICS.items()}
_FORMS = {form.number: name for name, form in FORMS.items()}


def from_resources(
    encounter: Resource, others: Sequence[Resource], patient: Resource
) -> tuple[Resource, list[Resource]]:
    """A visit as it would have been posted, and what of it has no word: type, id and name of each."""
    return _Reader(encounter, patient).read(others)


def cancellation(encounter: Resource) -> str | None:
    """Why a visit was cancelled; None when it stands."""
    if encounter.get("status") not in VOID:
        return None
    return next((str(e.get("valueString")) for e in encounter.get("extension", ()) if e.get("url") == REASON), "")


class _Reader:
    """Gathers the words of one visit."""

    def __init__(self, encounter: Resource, patient: Resource) -> None:
        self.encounter, self.cancelled = encounter, encounter.get("status") in VOID
        organization = encounter.get("serviceProvider", {}).get("reference", "").rpartition("/")[2]
        self.said: Resource = {"patient": from_patient(patient, organization)}
        self.unsaid: list[Resource] = []
        self.ranks = {
            str(d.get("condition", {}).get("reference", "")).rpartition("/")[2]: d.get("rank")
            for d in encounter.get("diagnosis", ())
        }

    def read(self, others: Sequence[Resource]) -> tuple[Resource, list[Resource]]:
        self._visit()
        by_type: dict[str, Callable[[Resource], bool]] = {
            "Observation": self._observation, "Condition": self._condition, "Immunization": self._immunization,
            "MedicationDispense": self._dispense, "Procedure": self._procedure, "QuestionnaireResponse": self._form,
            "ClinicalImpression": self._notes,
        }  # fmt: skip
        for resource in others:
            void = resource.get("status") in VOID or "entered-in-error" in set(_codes(resource, "verificationStatus"))
            if void and not self.cancelled:
                continue
            told = by_type.get(resource["resourceType"])
            if told is None or not told(resource):
                self.unsaid.append(_named(resource))
        return self.said, self.unsaid

    def _visit(self) -> None:
        encounter, said = self.encounter, self.said
        for key, value in (("at", _local(_start(encounter))), ("number", self._number())):
            if value:
                said[key] = value
        for type_ in encounter.get("type", ()):
            for coding in type_.get("coding", ()):
                if coding.get("system") in (KIND, CLUSTER):
                    said["kind" if coding["system"] == KIND else "cluster"] = coding["code"]
        for identifier in encounter.get("identifier", ()):
            system, number = CANONICAL[identifier.get("system", "")], identifier.get("value")
            if system.startswith(CONTACT):
                self._contact(system.removeprefix(CONTACT), number)
        if words := next((r["text"] for r in encounter.get("reasonCode", ()) if r.get("text")), None):
            said["reason"] = words
        who: Resource = next((p["individual"] for p in encounter.get("participant", ()) if p.get("individual")), {})
        name = {"name": who.get("display"), "ihs": str(who.get("reference", "")).rpartition("Practitioner/")[2]}
        if any(name.values()):
            said["practitioner"] = {key: value for key, value in name.items() if value}

    def _number(self) -> str | None:
        """The sender's own number of the visit (not the id we gave it)."""
        for identifier in self.encounter.get("identifier", ()):
            own = str(identifier.get("system", "")).startswith(f"{LOCAL_SYSTEM}encounter/")
            if own and identifier.get("value") != self.encounter.get("id"):
                return str(identifier["value"])
        return None

    def _contact(self, kind: str, number: Any) -> None:
        match kind:
            case "ANC":
                self._put("pregnancy", "contact", number)
            case "puerperium":
                self.said["postnatal"] = number
            case "neonate":
                self._put("newborn", "contact", number)

    def _put(self, part: str, name: str, value: Any) -> bool:
        """Note a word; a second, different one for the same thing is not overwritten but left unsaid."""
        here = self.said.setdefault(part, {})
        return bool(here.setdefault(name, value) == value)

    # --- findings

    def _observation(self, resource: Resource) -> bool:
        told = [self._finding(part) for part in (resource, *resource.get("component", ())) if _has_value(part)]
        return bool(told) and all(told)

    def _finding(self, part: Resource) -> bool:
        for system, code in _codings(part.get("code")):
            if code in _GLUCOSE:
                kind = self.said.get("measurements", {}).get("glucose_kind", _GLUCOSE[code])
                told = kind == _GLUCOSE[code] and self._put("measurements", "glucose_mgdl", _number(part, "mg/dL"))
                return told and self._put("measurements", "glucose_kind", kind)
            if (system, code) == (PROTEIN.system, PROTEIN.code):
                amount = _number(part, PROTEIN.unit)
                colour = next((word for word, mg in PROTEIN_MG_DL.items() if mg == amount), None)
                return colour is not None and self._put("tests", "urine_protein", colour)
            if (system, code) == (ATTENDANT.system, ATTENDANT.code):
                who = _word(ATTENDANT, part.get("valueCodeableConcept"))
                self.said.setdefault("delivery", {}).setdefault("attendants", []).append(who)
                return who is not None
            if known := _CODES.get((system, code)):
                value = _said(FINDINGS[known[0]][known[1]], part)
                return value is not None and self._put(*known, value)
        return False

    def _form(self, resource: Resource) -> bool:
        number = str(resource.get("questionnaire", "")).removeprefix(FORM)
        items = resource.get("item", ())
        if number == SDIDTK:
            results = {code: word for word, (_, code, _) in DEVELOPMENT.items()}
            found = [results[a] for a in _answers(items) if a in results]
            return bool(found) and self._put("screening", "sdidtk", found[0])
        name = _FORMS.get(number)
        if name is None:
            return False
        words = {text: word for word, text in FORMS[name].questions.items()}
        if any(i.get("text") not in words for i in items):
            return False
        yes = [words[i["text"]] for i in items if i.get("answer") == [{"valueBoolean": True}]]
        return self._put("screening", name, yes)

    def _condition(self, resource: Resource) -> bool:
        code = next((c for s, c in _codings(resource.get("code")) if s == ICD10), None)
        text = resource.get("code", {}).get("text")
        display = next((c.get("display") for c in resource.get("code", {}).get("coding", ())), None)
        if text is None and display != diagnoses().names.get(code or ""):
            text = display
        if not (code or text):
            return False
        onset = str(resource.get("onsetDateTime", ""))[:10]
        said = {
            "icd10": code, "name": text, "primary": self.ranks.get(resource["id"]) == 1,
            "chronic": "problem-list-item" in set(_codes(resource, "category")),
            "onset": onset if len(onset) == 10 else None,
        }  # fmt: skip
        self.said.setdefault("diagnoses", []).append({k: v for k, v in said.items() if v})
        return True

    # --- what was done

    def _immunization(self, resource: Resource) -> bool:
        name = _vaccine(set(_codings(resource.get("vaccineCode"))))
        if name is None or resource.get("status") == "not-done":
            return False
        number = next((p.get("doseNumberPositiveInt") for p in resource.get("protocolApplied", ())), 1)
        dose = "HB0" if name == "HB" else name if name == "BCG" else f"{name}{number}"
        given = str(resource.get("occurrenceDateTime", ""))
        said = {
            "vaccine": dose, "reported": resource.get("primarySource") is False, "lot": resource.get("lotNumber"),
            "date": given if len(given) == 10 else None,
        }  # fmt: skip
        self.said.setdefault("vaccines", []).append({k: v for k, v in said.items() if v})
        return True

    def _dispense(self, resource: Resource) -> bool:
        what = resource.get("medicationCodeableConcept") or {}
        code = next((c for s, c in _codings(what) if s == KFA), None)
        name = what.get("text")
        display = next((c.get("display") for c in what.get("coding", ())), None)
        if name is None and display != medicines().names.get(code or ""):
            name = display
        amount = resource.get("quantity", {}).get("value")
        if not (code or name) or amount is None:
            return False
        said = {"kfa": code, "name": name, "quantity": amount, "unit": resource["quantity"].get("unit")}
        self.said.setdefault("medicines", []).append({k: v for k, v in said.items() if v})
        return True

    def _procedure(self, resource: Resource) -> bool:
        for coding in _codings(resource.get("code")):
            if coding == EDUCATION[:2]:
                self.said["education"] = True
                return True
            if coding in _TAUGHT:
                self.said.setdefault("topics", []).append(_TAUGHT[coding])
                return True
            if coding in _DONE:
                return self._put(*_DONE[coding], True)
            if coding == VITAMIN_A[:2]:
                text = resource["code"].get("text")
                word = next((word for word, said in CAPSULES.items() if said == text), None)
                return word is not None and self._put("child", "vitamin_a", word)
        return False

    def _notes(self, resource: Resource) -> bool:
        text = resource.get("summary")
        return bool(text) and bool(self.said.setdefault("notes", text) == text)


def _said(item: Item, part: Resource) -> Any:
    """A value in the word or number of its item, or None when it has none."""
    match item.value:
        case "choice":
            return _word(item, part.get("valueCodeableConcept"))
        case "yes":
            return part.get("valueBoolean")
        case "integer":
            number = part.get("valueInteger", part.get("valueQuantity", {}).get("value"))
            return int(number) if number is not None else None
        case "date":
            return str(part.get("valueDateTime", ""))[:10] or None
        case "moment":
            return _local(part.get("valueDateTime"))
        case "ratio":
            ratio = part.get("valueRatio", {})
            over, under = (ratio.get(k, {}).get("value") for k in ("numerator", "denominator"))
            return f"{int(over)}/{int(under)}" if over and under else None
        case _:
            return _number(part, item.unit)


def _number(part: Resource, unit: str) -> float | int | None:
    quantity = part.get("valueQuantity", {})
    value = quantity.get("value")
    if value is None or (quantity.get("code") or quantity.get("unit") or unit) != unit:
        return None
    if unit == "{score}":
        return int(value)
    return int(value) if float(value) == int(value) else float(value)


def _word(item: Item, value: Any) -> str | None:
    found = set(_codings(value))
    text = value.get("text") if isinstance(value, dict) else None
    for word, (system, code, display) in item.choices.items():
        if (system, code) in found or (not code and display == text):
            return word
    return None


def _vaccine(found: set[tuple[str, str]]) -> str | None:
    """The vaccine most of whose codings are there; an oral polio dose is one without the injected one's coding."""
    best = max(VACCINES, key=lambda name: _fit(name, found))
    return best if _fit(best, found) > 0 else None


def _fit(name: str, found: set[tuple[str, str]]) -> float:
    own = {(s, c) for s, c, _ in VACCINES[name].codings}
    return len(own & found) - len(own - found) / 10


def _has_value(part: Resource) -> bool:
    return any(key.startswith("value") for key in part)


def _answers(items: Any) -> Iterator[str]:
    for item in items:
        for answer in item.get("answer", ()):
            yield str(answer.get("valueCoding", {}).get("code", ""))
        yield from _answers(item.get("item", ()))


def _codings(concept: Any) -> Iterator[tuple[str, str]]:
    for coding in concept.get("coding", ()) if isinstance(concept, dict) else ():
        if coding.get("code"):
            yield CANONICAL[coding.get("system", "")], str(coding["code"]).strip()


def _codes(resource: Resource, element: str) -> Iterator[str]:
    value = resource.get(element)
    for concept in value if isinstance(value, list) else (value,):
        yield from (code for _, code in _codings(concept))


def _named(resource: Resource) -> Resource:
    """What a resource without a word is: its type, id and, when it says one, its name."""
    concept = resource.get("code") or resource.get("vaccineCode") or resource.get("medicationCodeableConcept") or {}
    names = [c.get("display") or c.get("code") for c in concept.get("coding", ())]
    found = {
        "type": resource["resourceType"],
        "id": resource["id"],
        "name": concept.get("text") or next(iter(names), None),
    }
    return {key: value for key, value in found.items() if value}


def _start(encounter: Resource) -> str | None:
    start = encounter.get("period", {}).get("start")
    return str(start) if start else None


def _local(moment: Any) -> str | None:
    """A FHIR dateTime at the clock of Jakarta."""
    try:
        return datetime.fromisoformat(str(moment)).astimezone(LOCAL).isoformat(timespec="seconds")
    except ValueError:
        return None
