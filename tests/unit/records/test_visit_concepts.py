"""Every concept that the standards look for can be said in a plain visit."""

from pathlib import Path
from typing import Any

import services.indicators
from services.records.fhir import extract
from services.records.visit.contract import EXAMPLE
from tests.unit.records.test_visit import DOWRY, FULL, resources, without


def concepts() -> dict[str, set[str]]:
    """concept → "resource|system|code" of the standards."""
    folder = Path(services.indicators.__file__).parent / "standards"

    def rows(name: str) -> list[list[str]]:
        lines = (folder / name).read_text("utf-8").splitlines()
        return [line.split("\t") for line in lines if line and not line.startswith("#")]

    systems: dict[str, str] = {}
    for name, uri in rows("systems.tsv")[1:]:
        systems.setdefault(name, uri)
    found: dict[str, set[str]] = {}
    for concept, resource, _, system, code, *_ in rows("concepts.tsv")[1:]:
        found.setdefault(concept, set()).add(f"{resource}|{systems.get(system, system)}|{code}")
    return found


def said(resource: dict[str, Any]) -> set[str]:
    """ "resource|system|code" of all that the standards look at in a resource."""
    codes = set(extract(resource).codes)
    for one in resource.get("identifier", ()) if resource["resourceType"] == "Encounter" else ():
        codes.add(f"{one['system']}|{one['value']}")
    for coding in (resource.get("valueCodeableConcept") or {}).get("coding", ()):
        codes.add(f"{coding['system']}|{coding['code']}")
    return {f"{resource['resourceType']}|{code}" for code in codes}


def test_every_concept_of_the_standards_has_a_plain_word() -> None:
    syndromes = [code for name, codes in concepts().items() if name.startswith("skdr_") for code in codes]
    coded = [
        {"icd10": code.rpartition("|")[2].rstrip("*")} for code in [*syndromes, "Z20.1", "Z11.1"]
    ]  # by code: any diagnosis
    cards = [FULL, *(without(EXAMPLE, **more) for more in [*DOWRY, *({"diagnoses": [one]} for one in coded)])]
    written = {code for body in cards for resource in resources(body) for code in said(resource)}
    lacking = [
        concept
        for concept, codes in concepts().items()
        if not any(
            code in written or (code.endswith("*") and any(w.startswith(code[:-1]) for w in written)) for code in codes
        )
    ]
    assert lacking == ["tb_treatment"], "an episode of treatment is told over FHIR"
