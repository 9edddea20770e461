"""A summary as a document: its sections, its words, its digits."""

from datetime import UTC, datetime
from typing import Any

import orjson

from services.records import exact, summary
from services.records.validation import check

BASE = "http://t/fhir-r4/v1"
IDS = (
    "11111111-1111-4111-8111-111111111111",
    "22222222-2222-4222-8222-222222222222",
    "33333333-3333-4333-8333-333333333333",
)
AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
PATIENT = {"resourceType": "Patient", "id": "p", "name": [{"text": "Siti <b>Aminah</b>"}], "birthDate": "1990-07-01"}
SUBJECT = {"reference": "Patient/p"}


def coded(code: str, text: str = "", system: str = "http://loinc.org") -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, **({"display": text} if text else {})}]}


def status(kind: str, code: str) -> dict[str, Any]:
    return coded(code, system=f"http://terminology.hl7.org/CodeSystem/{kind}")


def observation(id_: str, code: str, value: str = '{"value":36.50,"unit":"Cel"}', **more: Any) -> str:
    head = {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "code": coded(code),
        "subject": SUBJECT,
        **more,
    }
    return orjson.dumps(head).decode()[:-1] + f',"valueQuantity":{value}}}'


def condition(id_: str, text: str, clinical: str = "active", **more: Any) -> str:
    return orjson.dumps({
        "resourceType": "Condition", "id": id_, "clinicalStatus": status("condition-clinical", clinical),
        "code": coded("I10", text, "http://hl7.org/fhir/sid/icd-10"), "subject": SUBJECT, **more,
    }).decode()  # fmt: skip


def made(*bodies: str) -> tuple[dict[str, Any], str]:
    parts = [(r["resourceType"], r["id"], body) for body in bodies for r in [orjson.loads(body)]]
    text = summary.document([("Patient", "p", orjson.dumps(PATIENT).decode()), *parts], BASE, IDS, AT, "100000001")
    return exact.loads(text.encode()), text


def sections(bundle: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {s["code"]["coding"][0]["code"]: s for s in bundle["entry"][0]["resource"]["section"]}


def test_an_empty_record_is_a_valid_summary_that_says_so() -> None:
    bundle, _ = made()
    assert check(bundle) == []
    found = sections(bundle)
    assert set(found) == {"11450-4", "48765-2", "10160-0", "11369-6"}
    assert all(s["emptyReason"]["coding"][0]["code"] == "unavailable" for s in found.values())
    assert all("entry" not in s for s in found.values())


def test_each_thing_stands_in_its_section() -> None:
    bundle, _ = made(
        condition("c1", "Hipertensi"), condition("c2", "Pneumonia", "resolved"),
        observation("o1", "8310-5"), observation("o2", "718-7"), observation("o3", "11778-8"),
        observation("o4", "72166-2", category=[status("observation-category", "social-history")]),
    )  # fmt: skip
    assert check(bundle) == []
    refs = {
        code: [e["reference"].rsplit("/", 1)[1] for e in s.get("entry", ())] for code, s in sections(bundle).items()
    }
    assert {k: v for k, v in refs.items() if v} == {
        "11450-4": ["c1"], "11348-0": ["c2"], "8716-3": ["o1"], "30954-2": ["o2"], "10162-6": ["o3"], "29762-2": ["o4"],
    }  # fmt: skip


def test_every_reference_of_the_composition_is_in_the_bundle() -> None:
    bundle, _ = made(condition("c1", "Hipertensi"), observation("o1", "8310-5"))
    urls = [e["fullUrl"] for e in bundle["entry"]]
    assert len(set(urls)) == len(urls)
    head = bundle["entry"][0]["resource"]
    assert head["resourceType"] == "Composition"
    named = [head["subject"], *head["author"], *(e for s in head["section"] for e in s.get("entry", ()))]
    assert {n["reference"] for n in named} <= set(urls)


def test_digits_stay_in_the_resource_and_in_the_narrative() -> None:
    bundle, text = made(observation("o1", "8310-5"))
    assert '"value":36.50' in text
    assert "36.50 Cel" in sections(bundle)["8716-3"]["text"]["div"]


def test_words_are_escaped_in_the_narrative() -> None:
    bundle, _ = made(condition("c1", '<script>alert("x")</script> & lain'))
    div = sections(bundle)["11450-4"]["text"]["div"]
    assert "<script>" not in div
    assert "&lt;script&gt;" in div
    assert check(bundle) == []


def test_what_was_entered_in_error_is_left_out() -> None:
    wrong = condition("c1", "Keliru", verificationStatus=status("condition-ver-status", "entered-in-error"))
    bundle, text = made(wrong)
    assert "emptyReason" in sections(bundle)["11450-4"]
    assert "Condition/c1" not in text


def test_a_medicine_by_reference_is_named() -> None:
    medication = orjson.dumps(
        {"resourceType": "Medication", "id": "m", "code": coded("93001019", "Amlodipine 5 mg")}
    ).decode()
    asked = orjson.dumps({
        "resourceType": "MedicationRequest", "id": "r", "status": "active", "intent": "order", "subject": SUBJECT,
        "medicationReference": {"reference": "Medication/m"}, "authoredOn": "2026-03-02",
    }).decode()  # fmt: skip
    bundle, _ = made(asked, medication)
    assert check(bundle) == []
    assert "2026-03-02: Amlodipine 5 mg" in sections(bundle)["10160-0"]["text"]["div"]
    assert f"{BASE}/Medication/m" in [e["fullUrl"] for e in bundle["entry"]]


def test_the_organization_that_asks_is_the_author_when_it_is_known() -> None:
    organization = orjson.dumps({"resourceType": "Organization", "id": "100000001", "name": "Klinik A"}).decode()
    bundle, _ = made(organization)
    assert bundle["entry"][0]["resource"]["author"] == [{"reference": f"{BASE}/Organization/100000001"}]
    assert made()[0]["entry"][0]["resource"]["author"] == [{"reference": f"urn:uuid:{IDS[2]}"}]
