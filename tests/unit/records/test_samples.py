"""Every official request sample is accepted, or stands in the table of refusals with the element at fault.

Runs when SIMPUL_SAMPLES names the folder of samples (with `satusehat/*.request.json`).
"""

import json
import os
from collections import Counter

import pytest

from services.records.exact import NotJson, dumps, loads
from services.records.fhir import extract, strip
from services.records.validation import admit
from tests.unit.records.bodies import samples

FOLDER = os.environ.get("SIMPUL_SAMPLES", "")
REFUSED: dict[str, set[str]] = {}
"""file → elements at fault. Empty: every sample that is JSON is accepted."""
NOT_JSON = {"inc-newborn-patient-by-nik-ibu.request.json"}  # holds a // comment

pytestmark = pytest.mark.skipif(not FOLDER, reason="SIMPUL_SAMPLES is not set")


def test_official_requests(capsys: pytest.CaptureFixture[str]) -> None:
    answers: dict[str, set[str]] = {}
    unreadable: set[str] = set()
    seen: Counter[str] = Counter()
    for name, raw in samples(FOLDER):
        try:
            body = loads(raw)
        except NotJson:
            unreadable.add(name)
            continue
        if isinstance(body, list):  # a JSON Patch: no resource by itself
            seen["patch"] += 1
            continue
        answers[name] = {issue.expression for issue in admit(body)}
        for resource in [entry["resource"] for entry in body.get("entry", ())] or [body]:
            seen[resource["resourceType"]] += 1
            if not answers[name]:
                assert extract(resource).patient or resource["resourceType"] in ("Medication", "Task")
                assert json.loads(dumps(strip(resource)))
    refused = {name: elements for name, elements in answers.items() if elements}
    with capsys.disabled():
        accepted = len(answers) - len(refused)
        print(f"\nsamples: {accepted} accepted, {len(refused)} refused, {seen['patch']} patches, ", end="")
        print(f"{len(unreadable)} not JSON; {sum(seen.values()) - seen['patch']} resources")
        for name, elements in refused.items():
            print(f"  refused {name}: {', '.join(sorted(elements))}")
    assert answers, f"no samples under {FOLDER}"
    assert refused == REFUSED
    assert unreadable == NOT_JSON
