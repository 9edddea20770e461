"""Referrals as FHIR with their words, pure: what the record keeps for those who may see the referral. It leaves this
service for the record alone, and in no event."""

from typing import Any

from services.referrals import fhir
from services.referrals.rules.referrals import Referral, Step

_SBAR = (
    ("situation", "Situasi (situation)"), ("background", "Latar belakang (background)"),
    ("assessment", "Penilaian (assessment)"), ("recommendation", "Rekomendasi (recommendation)"),
)  # fmt: skip
_PROSE = (
    ("findings", "Hasil pemeriksaan (findings)"), ("therapy", "Terapi yang sudah diberikan (therapy given)"),
    ("limit", "Keterbatasan faskes (facility limit)"),
)  # fmt: skip
_VITALS: dict[str, tuple[str, str, str]] = {
    "systolic": ("8480-6", "mm[Hg]", "Sistolik"), "diastolic": ("8462-4", "mm[Hg]", "Diastolik"),
    "pulse": ("8867-4", "/min", "Nadi"), "respiration": ("9279-1", "/min", "Pernapasan"),
    "temperature": ("8310-5", "Cel", "Suhu"), "oxygen_saturation": ("2708-6", "%", "Saturasi oksigen"),
    "weight": ("29463-7", "kg", "Berat badan"), "height": ("8302-2", "cm", "Tinggi badan"),
    "pain": ("72514-3", "{score}", "Skala nyeri"),
}  # fmt: skip
"""Vital sign → LOINC, UCUM unit, what it is called."""


def told(referral: Referral, taken: Step) -> dict[str, Any]:
    """What an event tells, with the words."""
    event = fhir.event(referral, taken)
    data = event.data | {"id": referral.id, "version": referral.version, "person": referral.person_id}
    if data["servicerequest"] is not None:
        data["servicerequest"] = data["servicerequest"] | _request(referral, data["servicerequest"])
        data["task"] = data["task"] | _task(referral, data["task"])
    return data


def _request(referral: Referral, request: dict[str, Any]) -> dict[str, Any]:
    content = referral.content
    first, *others = request["reasonCode"]
    found: dict[str, Any] = {"reasonCode": [first | {"text": content.get("reason", "")}, *others]}
    sbar = content.get("sbar") or {}
    notes = [f"{title}: {sbar[key]}" for key, title in _SBAR if sbar.get(key)]
    notes += [f"{title}: {content[key]}" for key, title in _PROSE if content.get(key)]
    if notes:
        found["note"] = [{"text": text} for text in notes]
    vitals = content.get("vitals") or {}
    measured = [_measured(referral, key, vitals) for key in _VITALS if vitals.get(key) is not None]
    if measured:
        found["contained"] = measured
        found["supportingInfo"] = [
            {"reference": f"#{o['id']}", "display": o["code"]["coding"][0]["display"]} for o in measured
        ]
    return found


def _measured(referral: Referral, key: str, vitals: dict[str, Any]) -> dict[str, Any]:
    loinc, unit, name = _VITALS[key]
    return {
        "resourceType": "Observation",
        "id": key.replace("_", "-"),
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": loinc, "display": name}]},
        "subject": {"reference": f"Patient/{referral.person_id}"},
        **({"effectiveDateTime": vitals["measured_at"]} if vitals.get("measured_at") else {}),
        "valueQuantity": {
            "value": vitals[key], "unit": unit, "system": "http://unitsofmeasure.org", "code": unit,
        },
    }  # fmt: skip


def _task(referral: Referral, task: dict[str, Any]) -> dict[str, Any]:
    """The advice of a back-referral stands in the output, beside the outcome and the day of the follow-up."""
    if not referral.advice:
        return {}
    advice = {
        "type": {"coding": [{"system": fhir.OUTCOME, "code": "advice"}]}, "valueString": referral.advice,
    }  # fmt: skip
    return {"output": [*task.get("output", []), advice]}
