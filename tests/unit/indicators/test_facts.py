"""From events to facts: status, date, unit, coding; nothing that is not said."""

import time
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.indicators.reading import concepts
from services.indicators.reading.facts import NEVER, Reader
from services.indicators.reading.rows import Fact, Reading
from services.kernel.events import Event

LOINC, SNOMED, ICD10 = "http://loinc.org", "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10"
KFA, CVX, KEMKES = (
    "http://sys-ids.kemkes.go.id/kfa",
    "http://hl7.org/fhir/sid/cvx",
    "http://terminology.kemkes.go.id/CodeSystem/",
)
READER = Reader(concepts.load(), ZoneInfo("Asia/Jakarta"))
Json = dict[str, Any]


def coded(*codings: tuple[str, str]) -> Json:
    return {"coding": [{"system": s, "code": c} for s, c in codings]}


def read(kind: str, resource: Json | None, person: str | None = "p", **data: Any) -> Reading:
    told = {"client": "K1", "provider": None, "receipt": 7, "resource": resource} | data
    return READER.read(Event(kind, "created", "r1", 1, told, person, 3))


def facts(kind: str, resource: Json | None, **data: Any) -> list[Fact]:
    return read(kind, resource, **data).facts


def observation(code: str, **more: Any) -> Json:
    return {"status": "final", "code": coded((LOINC, code)), "effectiveDateTime": "2026-03-31T17:30:00Z"} | more


def quantity(value: float, code: str | None = None, unit: str | None = None) -> Json:
    return {"valueQuantity": {"value": value} | ({"code": code} if code else {}) | ({"unit": unit} if unit else {})}


@pytest.mark.parametrize(
    ("code", "value", "expected"),
    [
        ("29463-7", quantity(55, "kg"), 55.0),
        ("29463-7", quantity(3150, "g"), 3.15),
        ("29463-7", quantity(55), 55.0),
        ("29463-7", quantity(55, unit="kg"), 55.0),
        ("8302-2", quantity(1.55, "m"), 155.0),
        ("2345-7", quantity(5.5, "mmol/L"), 99.0858),
        ("2093-3", quantity(5, "mmol/L"), 193.35),
        ("4548-4", quantity(6.1, "%"), 6.1),
        ("718-7", quantity(115, "g/L"), 11.5),
        ("8480-6", {"valueInteger": 120}, 120.0),
        ("8480-6", quantity(120, "mmHg"), 120.0),
        ("18185-9", quantity(140, "d"), 20.0),
    ],
)
def test_values_come_into_the_standard_unit(code: str, value: Json, expected: float) -> None:
    assert [f.value for f in facts("Observation", observation(code, **value))] == [pytest.approx(expected)]


@pytest.mark.parametrize(
    ("code", "value", "reason"),
    [
        ("29463-7", quantity(55, "stone"), "unknown-unit"),
        ("2093-3", quantity(5, "%"), "unknown-unit"),
        ("4548-4", quantity(43, "mmol/mol"), "unknown-unit"),
        ("8480-6", {"valueString": ""}, "not-a-number"),
        ("8480-6", {"valueBoolean": True}, "not-a-number"),
    ],
)
def test_what_cannot_be_measured_is_listed_not_counted(code: str, value: Json, reason: str) -> None:
    found = read("Observation", observation(code, **value))
    assert found.facts == [] and [i.reason for i in found.implausible] == [reason]


def test_without_a_value_there_is_no_fact() -> None:
    assert facts("Observation", observation("883-9")) == []
    assert facts("Observation", observation("29463-7", valueQuantity={"unit": "kg"})) == []
    assert facts("Observation", observation("883-9", valueString="", dataAbsentReason=coded(("x", "unknown")))) == []
    assert [f.concept for f in facts("Observation", observation("883-9", valueString=""))] == ["blood_group"]
    assert [f.concept for f in facts("Observation", observation("883-9", valueCodeableConcept={"coding": []}))] == [
        "blood_group"
    ]


def test_components_give_facts_of_their_own() -> None:
    parts = [{"code": coded((LOINC, c)), **quantity(v, "mm[Hg]")} for c, v in (("8480-6", 120), ("8462-4", 80))]
    parts.append({"code": coded((LOINC, "8462-4")), "dataAbsentReason": coded(("x", "y"))})
    found = facts("Observation", observation("85354-9", component=parts))
    assert [(f.concept, f.value, f.seq) for f in found] == [("bp_systolic", 120.0, 0), ("bp_diastolic", 80.0, 1)]


@pytest.mark.parametrize(
    ("when", "day"),
    [
        ({"effectiveDateTime": "2026-03-31T17:30:00Z"}, date(2026, 4, 1)),
        ({"effectiveDateTime": "2026-03-31T16:30:00+00:00"}, date(2026, 3, 31)),
        ({"effectiveDateTime": "2026-03-31T23:30:00+07:00"}, date(2026, 3, 31)),
        ({"effectiveDateTime": "2026-03-31"}, date(2026, 3, 31)),
        ({"effectiveDateTime": "2026-03"}, date(2026, 3, 1)),
        ({"effectiveDateTime": "2026"}, date(2026, 1, 1)),
        ({"effectivePeriod": {"start": "2026-03-30T17:00:00Z", "end": "2026-05-01"}}, date(2026, 3, 31)),
        ({"effectivePeriod": {"end": "2026-05-01"}}, None),
        ({"effectiveInstant": "2026-03-31T17:30:00.123Z"}, date(2026, 4, 1)),
        ({"effectiveTiming": {"event": ["2026-02-02"]}}, date(2026, 2, 2)),
        ({"effectiveDateTime": "2026-02-30"}, None),
        ({}, None),
    ],
)
def test_the_clinical_day_is_local(when: Json, day: date | None) -> None:
    resource = {
        "status": "final",
        "code": coded((LOINC, "883-9")),
        "valueString": "",
        "issued": "2026-07-07T20:00:00Z",
    } | when
    (fact,) = facts("Observation", resource)
    assert (fact.own_date, fact.late_date) == (day, date(2026, 7, 8))


ANC_NUMBER = {"identifier": [{"system": KEMKES + "episodeofcare/ANC", "value": "K1M"}]}
FORM = {"questionnaire": "https://fhir.kemkes.go.id/Questionnaire/Q0003"}
VALID: list[tuple[str, Json, str, str]] = [
    (
        "Observation",
        observation("883-9", valueString=""),
        "final amended corrected",
        "preliminary cancelled entered-in-error",
    ),
    ("Procedure", {"code": coded((SNOMED, "409073007"))}, "completed", "preparation in-progress not-done stopped"),
    ("Immunization", {"vaccineCode": coded((CVX, "19"))}, "completed", "not-done entered-in-error"),
    (
        "MedicationDispense",
        {"medicationCodeableConcept": coded((KFA, "92000653"))},
        "completed",
        "in-progress declined",
    ),
    ("QuestionnaireResponse", FORM, "completed amended", "in-progress stopped"),
    ("DiagnosticReport", {"code": coded((LOINC, "11525-3"))}, "final amended corrected", "partial preliminary"),
    (
        "Encounter",
        ANC_NUMBER,
        "arrived triaged in-progress onleave finished",
        "planned cancelled entered-in-error unknown",
    ),
    (
        "EpisodeOfCare",
        {"type": [coded((KEMKES + "episodeofcare-type", "ANC"))]},
        "planned active finished",
        "cancelled",
    ),
]


@pytest.mark.parametrize(("kind", "resource", "good", "bad"), VALID, ids=[v[0] for v in VALID])
def test_only_a_valid_record_says_something(kind: str, resource: Json, good: str, bad: str) -> None:
    assert [len(facts(kind, resource | {"status": s})) for s in good.split()] == [1] * len(good.split())
    assert [len(facts(kind, resource | {"status": s})) for s in bad.split()] == [0] * len(bad.split())
    assert read(kind, None).facts == []


def test_a_condition_is_open_until_its_abatement() -> None:
    def until(status: str | None, **more: Any) -> date | None:
        resource: Json = {"code": coded((ICD10, "I11.9")), "onsetDateTime": "2026-01-01"} | more
        resource |= {"clinicalStatus": coded(("x", status))} if status else {}
        (fact,) = facts("Condition", resource)
        assert fact.concept == "hypertension"
        return fact.until

    assert until("active", abatementDateTime="2026-02-02") is None and until(None) is None
    assert until("remission", abatementDateTime="2026-02-02") is None
    assert (
        until("resolved", abatementDateTime="2026-02-02")
        == until("inactive", abatementPeriod={"start": "2026-02-02"})
        == date(2026, 2, 2)
    )
    assert until("resolved") == NEVER
    for status in ("entered-in-error", "refuted"):
        assert facts("Condition", {"code": coded((ICD10, "I10")), "verificationStatus": coded(("x", status))}) == []
    assert facts("Condition", {"code": coded((ICD10, "I20"))}) == []


def test_one_injection_many_antigens() -> None:
    def given_(*codings: tuple[str, str]) -> list[str]:
        return sorted(f.concept for f in facts("Immunization", {"status": "completed", "vaccineCode": coded(*codings)}))

    assert given_((KFA, "93001282"), (KFA, "VG17"), (KFA, "VG45"), (KFA, "VG107"), (CVX, "198")) == [
        "vaccine_dpt",
        "vaccine_hepb",
        "vaccine_hib",
    ]
    assert given_((KFA, "VG89"), (CVX, "178")) == ["vaccine_opv"]
    assert given_((KFA, "VG89"), (CVX, "10")) == ["vaccine_ipv"]


def test_spellings_of_real_messages() -> None:
    for system in ("http://snomed.info.sct", "https://snomed.info/sct/", " HTTP://SNOMED.INFO/SCT"):
        assert (
            facts("Procedure", {"status": "completed", "code": coded((system, " 409073007 "))})[0].concept
            == "education"
        )
    assert facts("Procedure", {"status": "completed", "code": coded(("http://elsewhere", "409073007"))}) == []
    assert (
        facts(
            "QuestionnaireResponse",
            {"status": "completed", "questionnaire": "https://fhir.kemkes.go.id/Questionnaire/Q0042|2"},
        )[0].concept
        == "skilas"
    )


@pytest.mark.parametrize("said", ["Encounter/v1", "https://x.go.id/fhir/Encounter/v1", "urn:uuid:v1", "v1"])
def test_references_by_any_name(said: str) -> None:
    (fact,) = facts("Observation", observation("883-9", valueString="", encounter={"reference": said}))
    assert fact.encounter_id == "v1"


def test_a_visit_lends_its_date_and_counts_itself_by_number_or_episode() -> None:
    resource = {
        "status": "finished",
        "period": {"start": "2026-03-31T18:00:00Z"},
        "episodeOfCare": [{"reference": "EpisodeOfCare/e1"}],
    }
    found = read("Encounter", resource, provider="P1")
    assert found.visit is not None and (found.visit.start, found.visit.provider, found.visit.episodes) == (
        date(2026, 4, 1),
        "P1",
        "e1",
    )
    assert [(f.concept, f.through, f.encounter_id) for f in found.facts] == [("anc_contact", "anc_episode", "r1")]
    numbered = resource | {"identifier": [{"system": KEMKES + "episodeofcare/ANC", "value": "K4"}]}
    assert [(f.concept, f.through) for f in facts("Encounter", numbered)] == [("anc_contact", None)]
    cancelled = read("Encounter", resource | {"status": "cancelled"})
    assert cancelled.facts == [] and cancelled.visit is not None and cancelled.visit.start == date(2026, 4, 1)


def test_a_birth_is_dated_by_its_value() -> None:
    (birth,) = facts("Observation", observation("93857-1", valueDateTime="2026-05-05T23:00:00Z"))
    assert (birth.concept, birth.own_date) == ("delivery", date(2026, 5, 6))
    (lmp,) = facts("Observation", observation("8665-2", valueDateTime="2026-01-01"))
    assert (lmp.own_date, lmp.value_date) == (date(2026, 4, 1), date(2026, 1, 1))
    assert facts("Observation", observation("93857-1", valueString="")) == []


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2026-03-31T17:30:00Z", datetime(2026, 3, 31, 17, 30, tzinfo=UTC)),
        ("2026-03-31T17:30:00", datetime(2026, 3, 31, 10, 30, tzinfo=UTC)),
        ("2026-03-31", None),
    ],
)
def test_a_time_of_day_is_kept_when_it_was_said(said: str, moment: datetime | None) -> None:
    (fact,) = facts(
        "Procedure", {"status": "completed", "performedDateTime": said, "code": coded((SNOMED, "448883004"))}
    )
    (birth,) = facts("Observation", observation("93857-1", valueDateTime=said))
    period = {"start": said, "end": "2026-04-02T17:00:00Z"}
    visit = read("Encounter", {"period": period, "class": {"code": "IMP"}}).visit
    baby = read("Patient", {"birthTime": said}).patient
    assert fact.at == birth.at == moment
    assert visit is not None and (visit.start_at, visit.until, visit.kind) == (moment, date(2026, 4, 3), "IMP")
    assert baby is not None and baby.birth_at == moment


def test_place_and_attendant_are_classed() -> None:
    place = observation("72150-6", valueCodeableConcept=coded((KEMKES + "organization-type", "102")))
    assert [f.concept for f in facts("Observation", place)] == ["delivery_place", "delivery_place:facility"]
    home = observation("72150-6", valueCodeableConcept=coded((SNOMED, "264362003")))
    assert [f.concept for f in facts("Observation", home)] == ["delivery_place", "delivery_place:elsewhere"]


def test_tablets_here_inside_or_elsewhere() -> None:
    base = {
        "status": "completed",
        "quantity": {"value": 30},
        "whenHandedOver": "2026-01-01",
        "context": {"reference": "Encounter/v1"},
    }
    (fact,) = facts("MedicationDispense", base | {"medicationCodeableConcept": coded((KFA, "93006500"))})
    assert (fact.concept, fact.value, fact.encounter_id) == ("iron_tablets", 30.0, "v1")
    inside = {"medicationReference": {"reference": "#m"}, "contained": [{"id": "m", "code": coded((KFA, "92000653"))}]}
    assert [f.concept for f in facts("MedicationDispense", base | inside)] == ["iron_tablets"]
    (named,) = facts("MedicationDispense", base | {"medicationReference": {"reference": "Medication/m9"}})
    assert (named.concept, named.medication_id) == ("medication", "m9")
    assert read("Medication", {"code": coded((KFA, "92000653"))}, person=None).product == "iron_tablets"
    assert read("Medication", {"code": coded((KFA, "1"))}, person=None).product == ""


def test_a_patient() -> None:
    found = read(
        "Patient", {"birthDate": "2020-02", "gender": "male", "active": False, "village": "1410011001", "mother": "m"}
    ).patient
    assert found is not None and found[2:] == (3, False, date(2020, 2, 1), None, "male", "1410011001", "m", None)
    died = [
        read("Patient", r).patient
        for r in ({"deceasedDateTime": "2026-01-01T20:00:00Z"}, {"deceasedBoolean": True}, {"deceasedBoolean": False})
    ]
    assert [p.death_on for p in died if p] == [date(2026, 1, 2), NEVER, None]


@given(
    st.dictionaries(
        st.sampled_from(["birthDate", "deceasedDateTime", "active", "village", "gender"]),
        st.sampled_from(["", "x", "2026", True, False]),
        max_size=4,
    )
)
def test_odd_patients_are_read(resource: Json) -> None:
    assert read("Patient", resource).patient is not None


def test_reading_is_quick_enough() -> None:
    events = []
    for n in range(5000):
        code = "8480-6" if n % 2 else "8867-4"
        resource = observation(code, encounter={"reference": "Encounter/v1"}, **quantity(120, "mm[Hg]"))
        data = {"client": "K1", "provider": None, "receipt": n, "resource": resource}
        events.append(Event("Observation", "created", f"o{n}", 1, data, "p", n))
    best = min(_seconds(events) for _ in range(3))
    assert best / len(events) < 30e-6


def _seconds(events: list[Event]) -> float:
    begin = time.perf_counter()
    for event in events:
        READER.read(event)
    return time.perf_counter() - begin
