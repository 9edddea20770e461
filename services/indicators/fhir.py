"""Numbers as FHIR R4: a care standard as a Measure, its numbers as a summary MeasureReport. Pure.

Both denominators stand side by side as groups. What a withheld number was is said by data-absent-reason `masked`.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import orjson

from services.indicators.contract import Indicator, ItemShown, Numbers, Row, StandardShown

Json = dict[str, Any]
BASE = "https://simpul.id/fhir/Measure"
AREA, FACILITY = "https://simpul.id/area", "https://simpul.id/facility"
GROUPS = "https://simpul.id/fhir/CodeSystem/measure-group"
DIMENSIONS = "https://simpul.id/fhir/CodeSystem/measure-stratifier"
ITEMS = "https://simpul.id/fhir/CodeSystem/measure-item"
POPULATION = "http://terminology.hl7.org/CodeSystem/measure-population"
LACKING = "missing"
"""The stratifier whose strata are the units that lack an item; one unit may lie in several."""
_MASKED = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "masked"}]}
_WORDS = {
    "registered": "Sasaran riil: satuan dalam catatan (registered units)",
    "official": "Sasaran resmi yang ditetapkan Dinas (official target)",
    "village": "Desa tempat tinggal (village of residence)", "puskesmas": "Puskesmas wilayah kerja (catchment)",
    "kecamatan": "Kecamatan tempat tinggal (kecamatan)", "sex": "Jenis kelamin (sex)",
    "age": "Golongan umur, batas bawah dalam tahun (age band)", "payer": "Status JKN (payer)",
    LACKING: "Butir yang masih kurang (item lacking)",
}  # fmt: skip
DIMENSION = ("village", "puskesmas", "kecamatan", "sex", "age", "payer")


def measure(s: StandardShown, publisher: str) -> Json:
    """A care standard: whom it counts, what each must have received, and the regulation it comes from."""
    active = [i for i in s.items if i.active]
    population = orjson.dumps(s.population, default=str).decode()
    body: Json = {
        "resourceType": "Measure", "id": s.standard, "url": f"{BASE}/{s.standard}", "version": str(s.valid_from),
        "name": "".join(part.capitalize() for part in s.standard.replace(".", "-").split("-")),
        "title": s.title.id, "subtitle": s.title.en, "status": "active" if s.active else "draft",
        "publisher": publisher, "description": f"{s.formula.id} ({s.formula.en})",
        "jurisdiction": [{"coding": [{"system": "urn:iso:std:iso:3166", "code": "ID"}]}],
        "effectivePeriod": {"start": str(s.valid_from)} | ({"end": str(s.valid_until)} if s.valid_until else {}),
        "relatedArtifact": [{"type": "documentation", "display": s.regulation, "label": s.set}],
        "scoring": _coded("http://terminology.hl7.org/CodeSystem/measure-scoring", "proportion"),
        "type": [_coded("http://terminology.hl7.org/CodeSystem/measure-type", "process")],
        "improvementNotation": _notation(s.better), "rationale": s.formula.id,
        "group": [_asked_group("registered", population, active), _asked_group("official", population, active)],
    }  # fmt: skip
    if s.notes:
        body["guidance"] = "\n".join(f"- {n.id} ({n.en})" for n in s.notes)
    if active:
        body["supplementalData"] = [_item(i) for i in active]
    return body


def _asked_group(name: str, population: str, items: Sequence[ItemShown]) -> Json:
    whole = population if name == "registered" else "official-target"
    every = ", ".join(dict.fromkeys(i.name for i in items)) or "-"
    parts = (("initial-population", population), ("denominator", whole), ("numerator", f"all items met: {every}"))
    strata = [*DIMENSION, LACKING] if name == "registered" else list(DIMENSION[:3])
    return {
        "code": _coded(GROUPS, name, _WORDS[name]), "description": _WORDS[name],
        "population": [{"code": _coded(POPULATION, code), "criteria": _said(text)} for code, text in parts],
        "stratifier": [
            {"code": _coded(DIMENSIONS, d), "description": _WORDS[d], "criteria": _said(_WORDS[d])} for d in strata
        ],
    }  # fmt: skip


def _item(i: ItemShown) -> Json:
    rule = orjson.dumps({"any_of": i.concepts} | i.rule, default=str).decode()
    return {
        "code": _coded(ITEMS, i.name, i.label.id), "description": f"{i.label.id} ({i.label.en})",
        "usage": [_coded("http://terminology.hl7.org/CodeSystem/measure-data-usage", "supplemental-data")],
        "criteria": _said(rule),
    }  # fmt: skip


def report(
    found: Indicator,
    strata: Iterable[Indicator],
    place: tuple[str, str, str | None],
    at: str,
    reporter: str,
    better: str,
) -> Json:
    """The numbers of one place (kind, code, name) as a summary report. `strata`: the same broken down; `at`: an
    instant; `reporter`: the office that says so."""
    kind, code, name = place
    numbers = _of_place(found, kind, code)
    groups = [_group("registered", numbers), *([_group("official", numbers)] if numbers.official else [])]
    for one in strata if kind == "district" else ():
        if one.total != found.total:
            continue  # more is withheld beside these strata; beside others it could be got back by subtraction
        by = str(getattr(one.by, "value", one.by))
        rows = [r for r in one.rows if isinstance(r, Row)]
        _stratify(groups, by, [(r.code or "-", r.name, r) for r in rows])
    lacking = [_stratum(item, None, n, 0) for item, n in sorted((numbers.missing or {}).items())]
    if lacking:
        strat = {"code": [_coded(DIMENSIONS, LACKING)], "stratum": lacking}
        groups[0].setdefault("stratifier", []).append(strat)
    return {
        "resourceType": "MeasureReport", "status": "complete", "type": "summary",
        "measure": f"{BASE}/{found.standard}", "date": at, "subject": _subject(kind, code, name),
        "reporter": {"display": reporter}, "period": {"start": str(date(found.year, 1, 1)), "end": str(found.as_of)},
        "improvementNotation": _notation(better), "group": groups,
    }  # fmt: skip


def _notation(better: str) -> Json:
    code = "decrease" if better == "less" else "increase"
    return _coded("http://terminology.hl7.org/CodeSystem/measure-improvement-notation", code)


def places(found: Indicator) -> list[tuple[str, str | None]]:
    """The places of a breakdown by residence: code and name."""
    return [(r.code, r.name) for r in found.rows if isinstance(r, Row) and r.code]


def bundle(entries: Sequence[Json], base: str) -> Json:
    """A searchset of these resources."""
    return {
        "resourceType": "Bundle", "type": "searchset", "total": len(entries),
        "entry": [
            {"fullUrl": f"{base}/{e['resourceType']}/{e['id']}"} | {"resource": e, "search": {"mode": "match"}}
            if "id" in e else {"resource": e, "search": {"mode": "match"}}
            for e in entries
        ],
    }  # fmt: skip


def _of_place(found: Indicator, kind: str, code: str) -> Numbers:
    if kind == "district":
        return found.total
    return next(r for r in found.rows if isinstance(r, Row) and r.code == code)


def _subject(kind: str, code: str, name: str | None) -> Json:
    system = FACILITY if kind == "puskesmas" else AREA
    said: Json = {"type": "Location", "identifier": {"system": system, "value": code}}
    if system == AREA:
        said["reference"] = f"Location/area-{code}"
    return said | ({"display": name} if name else {})


def _group(name: str, n: Numbers) -> Json:
    whole = n.eligible if name == "registered" else n.official.value if n.official else None
    score = n.coverage if name == "registered" else n.official.coverage if n.official else None
    return {"code": _coded(GROUPS, name, _WORDS[name]), **_counts(n.eligible, whole, n.served, score)}


def _counts(initial: int | None, whole: int | None, served: int | None, score: float | None) -> Json:
    parts = (("initial-population", initial), ("denominator", whole), ("numerator", served))
    said: Json = {"population": [{"code": _coded(POPULATION, code)} | _count(n) for code, n in parts]}
    return said | ({"measureScore": _percent(score)} if score is not None else {})


def _count(n: int | None) -> Json:
    return {"count": n} if n is not None else {"_count": _MASKED}


def _percent(score: float) -> Json:
    return {"value": score, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}


def _stratify(groups: Sequence[Json], by: str, rows: Sequence[tuple[str, str | None, Row]]) -> None:
    for group in groups:
        name = group["code"]["coding"][0]["code"]
        strata = []
        for code, title, n in rows:
            if name == "registered" or n.official:
                counted = _group(name, n)
                strata.append({"value": _value(code, title)} | {k: v for k, v in counted.items() if k != "code"})
        if strata:
            group.setdefault("stratifier", []).append({"code": [_coded(DIMENSIONS, by)], "stratum": strata})


def _stratum(code: str, title: str | None, units: int | None, served: int) -> Json:
    return {"value": _value(code, title)} | _counts(units, units, None if units is None else served, None)


def _value(code: str, title: str | None) -> Json:
    return {"coding": [{"code": code} | ({"display": title} if title else {})], "text": title or code}


def _coded(system: str, code: str, text: str | None = None) -> Json:
    return {"coding": [{"system": system, "code": code}]} | ({"text": text} if text else {})


def _said(text: str) -> Json:
    """A rule in words: it is computed by the engine named in the standard, not by a client."""
    return {"language": "text/plain", "expression": text}
