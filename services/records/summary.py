"""An International Patient Summary: which section a resource belongs to, the narrative, the document. Pure.

HL7 FHIR IPS 1.1: Composition 60591-5; problems, allergies and medications always stand there, with a reason when empty.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from services.records import exact

Resource = dict[str, Any]
LOINC = "http://loinc.org"
EMPTY = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
XHTML = "http://www.w3.org/1999/xhtml"


def _set(codes: str) -> frozenset[str]:
    return frozenset(codes.split())


_VITAL = _set("8480-6 8462-4 85354-9 8867-4 9279-1 8310-5 29463-7 8302-2 8306-3 8308-9 39156-5 2708-6 59408-5")
_PREGNANCY = _set("82810-3 11778-8 11779-6 11780-4 8665-2 18185-9 11996-6 11977-8 11881-0 55283-6")
_OVER = frozenset(["resolved", "inactive", "remission"])
_VOID = frozenset(["entered-in-error", "cancelled", "refuted", "not-done", "nullified", "rejected"])


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its LOINC code, titles, whether it must stand there, and what belongs to it."""

    code: str
    title: str
    display: str
    required: bool
    holds: Callable[[Resource], bool]


def _is(*types: str) -> Callable[[Resource], bool]:
    return lambda r: r["resourceType"] in types


def codes_of(concept: Any) -> set[str]:
    """The codes of a CodeableConcept."""
    return {str(c.get("code")) for c in (concept or {}).get("coding") or ()}


def _categories(r: Resource) -> set[str]:
    given = r.get("category") or ()
    listed = given if isinstance(given, list) else [given]
    return {code for c in listed if isinstance(c, dict) for code in codes_of(c)}


def _observed(kind: str) -> Callable[[Resource], bool]:
    return lambda r: r["resourceType"] == "Observation" and kind_of(r) == kind


def kind_of(r: Resource) -> str:
    """What an Observation is about: pregnancy, vital-signs, social-history, results, or nothing of these."""
    codes, said = codes_of(r.get("code")), _categories(r)
    if codes & _PREGNANCY:
        return "pregnancy"
    if codes & _VITAL or "vital-signs" in said:
        return "vital-signs"
    if "social-history" in said:
        return "social-history"
    return "" if said & {"survey", "exam", "activity"} else "results"


def is_over(r: Resource) -> bool:
    """Whether a Condition is past."""
    return bool(codes_of(r.get("clinicalStatus")) & _OVER)


SECTIONS = (
    Section("11450-4", "Masalah kesehatan (problems)", "Problem list - Reported", True,
            lambda r: r["resourceType"] == "Condition" and not is_over(r)),
    Section("48765-2", "Alergi (allergies)", "Allergies and adverse reactions Document", True,
            _is("AllergyIntolerance")),
    Section("10160-0", "Obat (medications)", "History of Medication use Narrative", True,
            _is("MedicationStatement", "MedicationRequest", "MedicationDispense")),
    Section("11369-6", "Imunisasi (immunizations)", "History of Immunization Narrative", True, _is("Immunization")),
    Section("30954-2", "Hasil pemeriksaan (results)", "Relevant diagnostic tests/laboratory data Narrative", False,
            lambda r: r["resourceType"] == "DiagnosticReport" or _observed("results")(r)),
    Section("47519-4", "Tindakan (procedures)", "History of Procedures Document", False, _is("Procedure")),
    Section("8716-3", "Tanda vital (vital signs)", "Vital signs", False, _observed("vital-signs")),
    Section("10162-6", "Kehamilan (pregnancy)", "History of pregnancies Narrative", False, _observed("pregnancy")),
    Section("11348-0", "Riwayat penyakit (past illness)", "History of Past illness Narrative", False,
            lambda r: r["resourceType"] == "Condition" and is_over(r)),
    Section("29762-2", "Riwayat sosial (social history)", "Social history Narrative", False,
            _observed("social-history")),
    Section("18776-5", "Rencana (plan of care)", "Plan of care note", False, _is("CarePlan", "EpisodeOfCare")),
)  # fmt: skip


def document(
    parts: Sequence[tuple[str, str, str]], base: str, ids: tuple[str, str, str], at: datetime, organization: str
) -> str:
    """The document Bundle as text; stored resources are spliced as they lie, so that decimals keep their digits.

    `parts`: (type, id, body), the latest first; `ids`: of the document, the Composition and the Device that made it.
    """
    read = [(f"{base}/{type_}/{id_}", body, exact.loads(body.encode())) for type_, id_, body in parts]
    patient = next(url for url, _, r in read if r["resourceType"] == "Patient")
    device = {
        "resourceType": "Device", "id": ids[2],
        "deviceName": [{"name": "Simpul ILP", "type": "manufacturer-name"}],
    }  # fmt: skip
    urls = {url for url, _, _ in read}
    author = f"{base}/Organization/{organization}"
    known: dict[str, Resource] = {url: r for url, _, r in read}
    sections = [s for section in SECTIONS if (s := _section(section, known)) is not None]
    listed = {e["reference"] for s in sections for e in s.get("entry", ())}
    composition = {
        "resourceType": "Composition", "id": ids[1],
        "meta": {"profile": ["http://hl7.org/fhir/uv/ips/StructureDefinition/Composition-uv-ips"]},
        "text": {"status": "generated", "div": _div(f"<p>{escape(_TITLE)}</p>")},
        "status": "final", "type": _coded("60591-5", "Patient summary Document"), "subject": {"reference": patient},
        "date": at.isoformat(timespec="seconds"),
        "author": [{"reference": author if author in urls else f"urn:uuid:{ids[2]}"}],
        "title": _TITLE, "confidentiality": "N",
        **({"custodian": {"reference": author}} if author in urls else {}), "section": sections,
    }  # fmt: skip
    beside = ("Patient", "Organization", "Medication")
    entries = [
        _entry(f"urn:uuid:{ids[1]}", exact.dumps(composition)),
        *(_entry(url, body) for url, body, r in read if r["resourceType"] == "Patient"),
        *(_entry(url, body) for url, body, r in read if url in listed or r["resourceType"] in beside[1:]),
        _entry(f"urn:uuid:{ids[2]}", exact.dumps(device)),
    ]
    head = {
        "resourceType": "Bundle", "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{ids[0]}"},
        "type": "document", "timestamp": at.isoformat(timespec="seconds"),
    }  # fmt: skip
    return exact.dumps(head)[:-1] + f',"entry":[{",".join(entries)}]}}'


_TITLE = "Ringkasan pasien (International Patient Summary)"


def _entry(url: str, body: str) -> str:
    return f'{{"fullUrl":"{url}","resource":{body}}}'


def _coded(code: str, display: str) -> Resource:
    return {"coding": [{"system": LOINC, "code": code, "display": display}]}


def _section(section: Section, known: Mapping[str, Resource]) -> Resource | None:
    held = {url: r for url, r in known.items() if section.holds(r) and not is_void(r)}
    if not held and not section.required:
        return None
    made: Resource = {"title": section.title, "code": _coded(section.code, section.display)}
    if not held:
        said = "Tidak ada catatan di catatan bersama (no information recorded)"
        empty = {"coding": [{"system": EMPTY, "code": "unavailable", "display": "Unavailable"}], "text": said}
        return made | {"text": {"status": "generated", "div": _div(f"<p>{escape(said)}</p>")}, "emptyReason": empty}
    lines = "".join(f"<li>{escape(line(r, known))}</li>" for r in held.values())
    made["text"] = {"status": "generated", "div": _div(f"<ul>{lines}</ul>")}
    made["entry"] = [{"reference": url} for url in held]
    return made


def is_void(r: Resource) -> bool:
    """Whether a resource says that it does not hold."""
    return str(r.get("status")) in _VOID or bool(codes_of(r.get("verificationStatus")) & _VOID)


def _div(inner: str) -> str:
    return f'<div xmlns="{XHTML}">{inner}</div>'


# --- one line of the narrative ----------------------------------------------------------------------------

_WHEN = (
    "onsetDateTime", "recordedDate", "effectiveDateTime", "occurrenceDateTime", "performedDateTime", "authoredOn",
    "whenHandedOver", "dateAsserted", "issued", "created",
)  # fmt: skip


def line(r: Resource, known: Mapping[str, Resource]) -> str:
    """When, what, and its value, as plain text."""
    period: Resource = next(
        (r[k] for k in ("performedPeriod", "effectivePeriod", "period", "onsetPeriod") if k in r), {}
    )
    when = next((str(r[k]) for k in _WHEN if k in r), str(period.get("start", "")))[:10]
    what = what_of(r, known)
    values = [value_of(r), *(f"{_text(c.get('code'))} {value_of(c)}".strip() for c in r.get("component") or ())]
    said = ", ".join(v for v in values if v)
    status = _text(r.get("clinicalStatus")) or ""
    return ": ".join(p for p in (when, what + (f" ({status})" if status else ""), said) if p)


def what_of(r: Resource, known: Mapping[str, Resource]) -> str:
    """What a resource is of, in words; a medicine named by reference is looked up in `known`."""
    concept = r.get("code") or r.get("vaccineCode") or r.get("medicationCodeableConcept")
    if concept is None and isinstance(r.get("type"), list) and r["type"]:
        concept = r["type"][0]
    if concept is None and "medicationReference" in r:
        named = str(r["medicationReference"].get("reference", ""))
        inner = {f"#{c.get('id')}": c for c in r.get("contained") or ()}
        medication = inner.get(named) or next((m for url, m in known.items() if url.endswith(f"/{named}")), {})
        return _text(medication.get("code")) or str(r["medicationReference"].get("display") or named)
    if concept is None:
        concept = next(iter(r.get("category") or ()), None) if isinstance(r.get("category"), list) else None
    return _text(concept) or str(r.get("title") or r.get("description") or r["resourceType"])


def _text(concept: Any) -> str:
    if not isinstance(concept, dict):
        return ""
    if concept.get("text"):
        return str(concept["text"])
    codings = concept.get("coding") or ()
    return next((str(c.get("display") or c.get("code")) for c in codings if c.get("display") or c.get("code")), "")


def value_of(r: Resource) -> str:
    """The value of a resource or a component, as text."""
    if "valueQuantity" in r:
        q = r["valueQuantity"]
        return f"{q.get('comparator', '')}{q.get('value', '')} {q.get('unit') or q.get('code') or ''}".strip()
    if "valueCodeableConcept" in r:
        return _text(r["valueCodeableConcept"])
    kinds = ("valueString", "valueInteger", "valueBoolean", "valueDateTime", "valueTime", "conclusion")
    return next((str(r[k]) for k in kinds if k in r), "")
