"""A person in short, for a referral: who it is, allergies, problems, medicines, the last vital signs and laboratory,
pregnancy, a child's immunisations; codes with their words, values with their days. Pure.

It is taken by what the sender may see, at sending, and handed on with the referral; what is of a sensitive class comes
along only when the referral is about that class.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from services.records import exact, rules
from services.records.summary import codes_of, is_over, is_void, kind_of, value_of, what_of

Resource = dict[str, Any]
SECTIONS = ("allergies", "problems", "medicines", "vitals", "lab", "pregnancy", "immunizations")
MOST = 20
"""Entries of one section: it is read at a bedside."""
CHILD = 18
_HANDED_OUT, _TESTED, _PREGNANT = timedelta(days=90), timedelta(days=365), timedelta(days=300)
"""How old a medicine handed out, a finding (or a diagnosis of which nothing more is said), a pregnancy may be."""
_ACTIVE = frozenset(["active", "recurrence", "relapse"])
_TAKEN = frozenset(["active", "intended", "on-hold", "draft"])
_DAYS = (
    "effectiveDateTime", "occurrenceDateTime", "whenHandedOver", "authoredOn", "onsetDateTime", "recordedDate",
    "dateAsserted", "issued",
)  # fmt: skip


def resume(
    rows: Sequence[tuple[str, str, str]], classes: Mapping[int, frozenset[str]], about: frozenset[str], today: date
) -> tuple[dict[str, Any], bool]:
    """The resume of a person's latest things (type, id, body; the latest first), and whether something of a class the
    referral is not about (`about`) was left out. `classes`: of each row that is of any, by its place."""
    read = [(n, type_, exact.loads(body.encode())) for n, (type_, _, body) in enumerate(rows)]
    known = {f"x/{type_}/{id_}": r for (type_, id_, _), (_, _, r) in zip(rows, read, strict=True)}
    left_out = any(not classes.get(n, frozenset()) <= about for n, _, _ in read)
    told = [r for n, _, r in read if classes.get(n, frozenset()) <= about and not is_void(r)]
    patient = next((r for r in told if r["resourceType"] == "Patient"), None)
    found: dict[str, Any] = {"patient": _patient(patient) if patient else None}
    for name, holds in _holders(_is_child(patient, today), today).items():
        found[name] = _entries((r for r in told if holds(r)), known)
    return found, left_out


def bare(resume: dict[str, Any]) -> dict[str, Any]:
    """Who it is, and nothing of the record."""
    return {"patient": resume["patient"], **{name: [] for name in SECTIONS}}


def _patient(r: Resource) -> dict[str, Any]:
    named: Resource = next((n for n in r.get("name") or () if n.get("text") or n.get("given")), {})
    name = named.get("text") or " ".join([*named.get("given", ()), named.get("family", "")]).strip()
    nik = next((i.get("value") for i in r.get("identifier") or () if i.get("system") == rules.NIK), None)
    return {"name": name or None, "nik": nik, "birth_date": r.get("birthDate"), "gender": r.get("gender")}


def _is_child(patient: Resource | None, today: date) -> bool:
    born = str((patient or {}).get("birthDate", ""))[:4]
    return born.isdigit() and today.year - int(born) <= CHILD


def _holders(child: bool, today: date) -> dict[str, Callable[[Resource], bool]]:
    def since(r: Resource, span: timedelta) -> bool:
        return _day(r) >= (today - span).isoformat()

    def medicine(r: Resource) -> bool:
        kind, status = r["resourceType"], r.get("status")
        if kind == "MedicationDispense":
            return since(r, _HANDED_OUT)
        return kind in ("MedicationRequest", "MedicationStatement") and (
            status in _TAKEN or (kind == "MedicationRequest" and status == "completed" and since(r, _HANDED_OUT))
        )

    def observed(kind: str, span: timedelta) -> Callable[[Resource], bool]:
        return lambda r: r["resourceType"] == "Observation" and kind_of(r) == kind and since(r, span)

    return {
        "allergies": lambda r: r["resourceType"] == "AllergyIntolerance" and not is_over(r),
        "problems": lambda r: (
            r["resourceType"] == "Condition"
            and not is_over(r)
            and (bool(codes_of(r.get("clinicalStatus")) & _ACTIVE) or since(r, _TESTED))
        ),
        "medicines": medicine,
        "vitals": observed("vital-signs", _TESTED),
        "lab": observed("results", _TESTED),
        "pregnancy": observed("pregnancy", _PREGNANT),
        "immunizations": lambda r: child and r["resourceType"] == "Immunization",
    }


def _entries(held: Iterable[Resource], known: Mapping[str, Resource]) -> list[dict[str, Any]]:
    """Each thing once, the latest of each code."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for r in held:
        entry = _entry(r, known)
        every = r["resourceType"] == "Immunization"
        found.setdefault((entry["code"] or entry["display"], entry["date"] if every else ""), entry)
    return list(found.values())[:MOST]


def _entry(r: Resource, known: Mapping[str, Resource]) -> dict[str, Any]:
    concept = r.get("code") or r.get("vaccineCode") or r.get("medicationCodeableConcept") or _referenced(r, known)
    coding: Resource = next(iter((concept or {}).get("coding") or ()), {})
    parts = [value_of(r), *(f"{what_of(c, {})} {value_of(c)}".strip() for c in r.get("component") or ())]
    return {
        "system": coding.get("system"), "code": coding.get("code"), "display": what_of(r, known),
        "date": _day(r) or None, "value": ", ".join(p for p in parts if p) or None,
    }  # fmt: skip


def _referenced(r: Resource, known: Mapping[str, Resource]) -> Resource:
    named = str(r.get("medicationReference", {}).get("reference", ""))
    inner = {f"#{c.get('id')}": c for c in r.get("contained") or ()}
    medication: Resource = inner.get(named) or known.get(f"x/{named}") or {}
    code: Resource = medication.get("code") or {}
    return code


def _day(r: Resource) -> str:
    period: Resource = next((r[k] for k in ("effectivePeriod", "onsetPeriod") if k in r), {})
    return next((str(r[k]) for k in _DAYS if k in r), str(period.get("start", "")))[:10]
