"""A visit as its facility would tell a payer. Pure.

Only what a payer's form asks for passes: times, who treated, words, vital signs and the laboratory values of chronic
care, diagnoses, medicines, acts, allergies. Other findings (an HIV test, a screening for violence) have no place here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from services.records.contract.payer import (
    ToldAllergy,
    ToldDiagnosis,
    ToldMedicine,
    ToldPractitioner,
    ToldProcedure,
    VisitTold,
)
from services.records.moments import earliest
from services.records.systems import CANONICAL, ICD9CM, ICD10, KFA, LOINC, SNOMED
from services.records.visit.codes import CLUSTER, EDUCATION, GLUCOSE, KIND, MEASURED, TOPICS
from services.records.visit.words import diagnoses, medicines

Resource = dict[str, Any]
Coding = tuple[str, str]

_VOID = frozenset({"entered-in-error", "cancelled", "not-done", "refuted", "stopped", "rejected", "declined"})
DAY = len("2026-01-01")
_ENDED = frozenset({"finished", "discharged"})
_TAKEN_BACK = frozenset({"entered-in-error", "cancelled"})
_WANTED = (
    "systolic", "diastolic", "pulse", "temperature", "respiration", "weight_kg", "height_cm", "length_cm", "waist_cm",
    "hemoglobin", "hba1c", "cholesterol_mgdl", "hdl_mgdl", "ldl_mgdl", "triglycerides_mgdl", "uric_acid_mgdl",
)  # fmt: skip
_GLUCOSE = {"sewaktu": "glucose_random", "puasa": "glucose_fasting", "2jam": "glucose_post_meal"}
_MEASURED: dict[Coding, tuple[str, str]] = {
    **{(MEASURED[name].system, MEASURED[name].code): (name, MEASURED[name].unit) for name in _WANTED},
    **{(GLUCOSE[kind].system, GLUCOSE[kind].code): (name, GLUCOSE[kind].unit) for kind, name in _GLUCOSE.items()},
    (LOINC, "74774-1"): ("glucose_random", "mg/dL"),
    (LOINC, "8280-0"): ("waist_cm", "cm"),
}
"""Coding → our word, the unit its number must be in."""
CONSCIOUSNESS = frozenset({(LOINC, "67775-7"), (SNOMED, "1104441000000107")})
_NO_ALLERGY = frozenset({"716186003", "409137002", "428607008", "429625007"})
"""SNOMED CT: no known allergy (at all, to drugs, environmental, to food)."""
_CATEGORIES: Mapping[str, str] = {"food": "food", "environment": "air", "medication": "drug"}
_TOPICS = {(c[0], c[1]): topic for topic, c in TOPICS.items()}


def told(
    encounter: Resource,
    others: Sequence[Resource],
    named: Mapping[str, Resource],
    person_id: str,
    facility: str | None,
    numbers: Mapping[str, str],
) -> VisitTold:
    """The visit from its Encounter, what its facility wrote of it (`others`), and the Medications it names."""
    standing = [r for r in others if not _void(r)]
    period = encounter.get("period", {})
    start = str(period.get("start") or period.get("end") or "")
    at = _moment(start) or earliest(start)
    if at is None:
        raise ValueError("an Encounter without a moment")  # validation refuses such
    words = {system: code for t in encounter.get("type", ()) for system, code in _codings(t)}
    found = {
        "diagnoses": _diagnoses(encounter, standing), "medicines": _medicines(standing, named),
        "procedures": _procedures(standing), "education": _education(standing), "allergies": _allergies(standing),
        "measured": _measured(standing), "notes": _notes(standing),
        "consciousness": _observed(standing, CONSCIOUSNESS), "prognosis": _prognosis(standing),
    }  # fmt: skip
    return VisitTold(
        visit_id=encounter["id"], person_id=person_id, state=_state(encounter), facility=facility, at=at,
        dated=len(str(period.get("start", ""))) >= DAY,
        ended=_moment(period.get("end")), kind=words.get(KIND), cluster=words.get(CLUSTER),
        encounter_class=encounter.get("class", {}).get("code"), service=_code(encounter.get("serviceType")),
        practitioner=_practitioner(encounter),
        reason=next((r["text"] for r in encounter.get("reasonCode", ()) if r.get("text")), None),
        discharge=_code(encounter.get("hospitalization", {}).get("dischargeDisposition")),
        born=_born(next((r for r in others if r["resourceType"] == "Patient"), {})),
        nik=numbers.get("nik"), card=numbers.get("bpjs"), ihs=numbers.get("ihs-number"), **found,
    )  # fmt: skip


def _state(encounter: Resource) -> str:
    status = encounter.get("status")
    return "cancelled" if status in _TAKEN_BACK else "finished" if status in _ENDED else "open"


def _practitioner(encounter: Resource) -> ToldPractitioner | None:
    """Who attended; without a word on the roles the first person named."""
    there = [p for p in encounter.get("participant", ()) if p.get("individual")]
    attending = [p for p in there if any(code == "ATND" for t in p.get("type", ()) for _, code in _codings(t))]
    for p in (*attending, *there):
        who = p["individual"]
        kind, _, number = str(who.get("reference", "")).rpartition("/")
        ihs = number if kind.endswith("Practitioner") and number else who.get("identifier", {}).get("value")
        if ihs or who.get("display"):
            return ToldPractitioner(ihs=ihs or None, name=who.get("display"))
    return None


def _diagnoses(encounter: Resource, standing: Iterable[Resource]) -> list[ToldDiagnosis]:
    """By the Encounter's rank, else in the order they came; what only stands on a problem list comes last."""
    ranks = {
        str(d.get("condition", {}).get("reference", "")).rpartition("/")[2]: d for d in encounter.get("diagnosis", ())
    }
    held = [r for r in standing if r["resourceType"] == "Condition"]
    found: dict[str, ToldDiagnosis] = {}
    for r in sorted(held, key=lambda r: (ranks.get(r["id"], {}).get("rank") or 99, r["id"] not in ranks)):
        code = next((c for s, c in _codings(r.get("code")) if s == ICD10), None)
        name = _name(r.get("code")) or diagnoses().names.get(code or "")
        if code or name:
            found.setdefault(code or name or "", ToldDiagnosis(icd10=code, name=name))
    return list(found.values())


def _medicines(standing: Sequence[Resource], named: Mapping[str, Resource]) -> list[ToldMedicine]:
    """What was handed out; of what was prescribed only that of which nothing was."""
    found: dict[str, ToldMedicine] = {}
    for type_ in ("MedicationDispense", "MedicationRequest"):
        here: list[tuple[str, ToldMedicine]] = []
        for r in standing:
            if r["resourceType"] == type_ and (one := _medicine(r, named)):
                here.append((one.kfa or (one.name or "").casefold(), one))
        fresh = [(key, one) for key, one in here if key not in found]
        found |= {f"{key}#{n}" if key in found else key: one for n, (key, one) in enumerate(fresh)}
    return list(found.values())


def _medicine(r: Resource, named: Mapping[str, Resource]) -> ToldMedicine | None:
    reference = str(r.get("medicationReference", {}).get("reference", ""))
    inner = {f"#{c.get('id')}": c for c in r.get("contained", ())}
    what = r.get("medicationCodeableConcept") or (inner.get(reference) or named.get(reference, {})).get("code") or {}
    code = next((c for s, c in _codings(what) if s == KFA), None)
    name = _name(what) or medicines().names.get(code or "") or r.get("medicationReference", {}).get("display")
    if not (code or name):
        return None
    amount: Resource = r.get("quantity") or r.get("dispenseRequest", {}).get("quantity") or {}
    times, each = _dose(next(iter(r.get("dosageInstruction", ())), {}))
    unit = amount.get("unit") or amount.get("code")
    return ToldMedicine(kfa=code, name=name, quantity=amount.get("value"), unit=unit, times=times, each=each)


def _dose(dosage: Resource) -> tuple[float | None, float | None]:
    """How often a day and how much each time, when the dosage says it so."""
    repeat = dosage.get("timing", {}).get("repeat", {})
    daily = repeat.get("periodUnit") == "d" and repeat.get("period") == 1
    times = repeat.get("frequency") if daily else None
    each = next((d.get("doseQuantity", {}).get("value") for d in dosage.get("doseAndRate", ())), None)
    return times, each


def _procedures(standing: Iterable[Resource]) -> list[ToldProcedure]:
    found = []
    for r in standing:
        codings = list(_codings(r.get("code")))
        taught = any(c == EDUCATION[:2] or c in _TOPICS for c in codings)
        if r["resourceType"] != "Procedure" or taught:
            continue
        system, code = next((c for c in codings if c[0] == ICD9CM), next(iter(codings), (None, None)))
        if code or _name(r.get("code")):
            found.append(ToldProcedure(system=system, code=code, name=_name(r.get("code"))))
    return found


def _education(standing: Iterable[Resource]) -> list[str]:
    """The topics explained; "edukasi" when none was noted."""
    found: list[str] = []
    for r in standing:
        if r["resourceType"] == "Procedure":
            for coding in _codings(r.get("code")):
                if word := _TOPICS.get(coding) or ("edukasi" if coding == EDUCATION[:2] else None):
                    found.append(word)
    return list(dict.fromkeys(found))


def _allergies(standing: Iterable[Resource]) -> list[ToldAllergy]:
    found = []
    for r in standing:
        codes = [c for _, c in _codings(r.get("code"))]
        over = {c for _, c in _codings(r.get("clinicalStatus"))} & {"resolved", "inactive"}
        if r["resourceType"] != "AllergyIntolerance" or over or set(codes) & _NO_ALLERGY:
            continue
        category = next((_CATEGORIES[c] for c in r.get("category", ()) if c in _CATEGORIES), None)
        found.append(
            ToldAllergy.model_validate(
                {"category": category, "code": next(iter(codes), None), "name": _name(r.get("code"))}
            )
        )
    return found


def _measured(standing: Iterable[Resource]) -> dict[str, float]:
    """The last value of each; a number in another unit is none of ours to turn."""
    found: dict[str, tuple[str, float]] = {}
    for r in standing:
        if r["resourceType"] != "Observation":
            continue
        when = str(r.get("effectiveDateTime", ""))
        for part in (r, *r.get("component", ())):
            for coding in _codings(part.get("code")):
                quantity = part.get("valueQuantity") or {}
                name, unit = _MEASURED.get(coding, ("", ""))
                said = quantity.get("code") or quantity.get("unit") or unit
                told_here = name and quantity.get("value") is not None and said == unit
                if told_here and (name not in found or found[name][0] <= when):
                    found[name] = (when, float(quantity["value"]))
    return {name: value for name, (_, value) in found.items()}


def _observed(standing: Iterable[Resource], codes: frozenset[Coding]) -> str | None:
    """The code of the last such finding."""
    held = [r for r in standing if r["resourceType"] == "Observation" and codes & set(_codings(r.get("code")))]
    held.sort(key=lambda r: str(r.get("effectiveDateTime", "")))
    return next((c for r in reversed(held) if (c := _code(r.get("valueCodeableConcept")))), None)


def _prognosis(standing: Iterable[Resource]) -> str | None:
    impressions = [r for r in standing if r["resourceType"] == "ClinicalImpression"]
    return next((c for r in impressions for p in r.get("prognosisCodeableConcept", ()) if (c := _code(p))), None)


def _notes(standing: Iterable[Resource]) -> str | None:
    texts = [r["summary"] for r in standing if r["resourceType"] == "ClinicalImpression" and r.get("summary")]
    return "\n".join(dict.fromkeys(texts)) or None


def _void(r: Resource) -> bool:
    said = {code for _, code in _codings(r.get("verificationStatus"))}
    return r.get("status") in _VOID or bool(said & _VOID)


def _codings(concept: Any) -> Iterator[Coding]:
    for coding in concept.get("coding", ()) if isinstance(concept, dict) else ():
        if coding.get("code"):
            yield CANONICAL[coding.get("system", "")], str(coding["code"]).strip()


def _code(concept: Any) -> str | None:
    return next((code for _, code in _codings(concept)), None)


def _name(concept: Any) -> str | None:
    """A concept in words: as it was said, else as its code is called."""
    if not isinstance(concept, dict):
        return None
    return concept.get("text") or next((c["display"] for c in concept.get("coding", ()) if c.get("display")), None)


def _moment(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else None


def _born(patient: Resource) -> date | None:
    try:
        return date.fromisoformat(str(patient.get("birthDate", "")))
    except ValueError:
        return None
