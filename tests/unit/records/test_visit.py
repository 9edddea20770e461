"""A plain-JSON visit becomes valid resources with the codes the standards count, the same ids every time."""

import copy
from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from services.records.fhir import extract
from services.records.validation import check, check_dates
from services.records.visit.contract import EXAMPLE, Visit
from services.records.visit.doubts import doubts
from services.records.visit.given import Diagnosis, Vaccine
from services.records.visit.patient import to_patient
from services.records.visit.read import from_resources
from services.records.visit.words import diagnoses, medicines
from services.records.visit.write import to_resources, visit_item_id

VISIT_ID = "0199f3a2-7c11-7a55-8a44-3f5a6f6f2c10"
FULL: dict[str, Any] = copy.deepcopy(EXAMPLE) | {
    "diagnoses": [
        {"icd10": "z34.8", "primary": True, "name": "Kehamilan normal"},
        {"icd10": "I10", "chronic": True, "onset": "2024-02-10"},
    ],
    "measurements": {
        "systolic": 118,
        "diastolic": 76,
        "pulse": 84,
        "temperature": 36.7,
        "respiration": 18,
        "oxygen_saturation": 98,
        "weight_kg": 58.4,
        "height_cm": 156,
        "length_cm": 71.5,
        "head_cm": 44,
        "waist_cm": 82,
        "muac_cm": 26,
        "fundal_height_cm": 14,
        "fetal_heart_rate": 142,
        "hemoglobin": 11.8,
        "glucose_mgdl": 112,
        "hba1c": 6.4,
        "cholesterol_mgdl": 187,
    },
    "pregnancy": {
        "contact": "K2",
        "lmp": "2026-01-05",
        "edd": "2026-10-12",
        "gravida": 3,
        "para": 1,
        "abortus": 1,
        "usg": True,
    },
    "tests": {
        "hiv": "nonreaktif",
        "syphilis": "reaktif",
        "hbsag": "nonreaktif",
        "urine_protein": "+1",
        "blood_group": "AB",
    },
    "vaccines": [{"vaccine": name} for name in get_args(Vaccine)[:20]],
    "medicines": [{"kfa": "92000653", "quantity": 30}, {"kfa": "92000653", "quantity": 1.5, "unit": "botol"}],
}


def resources(body: dict[str, Any], episode: str | None = None) -> list[dict[str, Any]]:
    return to_resources(Visit.model_validate(body), VISIT_ID, "100026000", "Patient/p1", episode)


def without(body: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return copy.deepcopy(body) | parts


def tokens(found: list[dict[str, Any]]) -> set[str]:
    return {code for resource in found for code in extract(resource).codes}


def test_everything_written_is_valid() -> None:
    vaccines = [{"vaccine": name, "reported": True, "date": "2026-04-01"} for name in get_args(Vaccine)[20:]]
    for body in (EXAMPLE, FULL, without(FULL, vaccines=vaccines), *(without(EXAMPLE, **more) for more in DOWRY)):
        visit = Visit.model_validate(body)
        for resource in [*resources(body), to_patient(visit.patient, "100026000"), to_patient(visit.patient)]:
            assert check(resource) == []
            assert check_dates(resource, visit.moment) == []


def test_all_are_tied_to_the_visit_the_person_and_the_facility() -> None:
    encounter, *others = resources(FULL)
    assert (encounter["resourceType"], encounter["id"]) == ("Encounter", VISIT_ID)
    for resource in (encounter, *others):
        found = extract(resource)
        assert found.patient == "Patient/p1"
        assert resource["resourceType"] in ("Encounter", "EpisodeOfCare") or found.encounter == f"Encounter/{VISIT_ID}"
        if resource["resourceType"] not in ("Condition", "ClinicalImpression"):
            assert found.organization == "Organization/100026000"


def test_ids_are_those_of_the_item_whatever_else_changes() -> None:
    before = {r["id"]: r["resourceType"] for r in resources(FULL)}
    assert len(before) == len(resources(FULL))
    after = {r["id"] for r in resources(without(FULL, measurements={"weight_kg": 59}, tests={}, notes="lain"))}
    assert after < set(before)
    assert visit_item_id(VISIT_ID, "weight_kg") in after
    other = to_resources(Visit.model_validate(FULL), VISIT_ID + "x", "100026000", "Patient/p1")
    assert not set(before) & {r["id"] for r in other}


DOWRY: list[dict[str, Any]] = [
    {"diagnoses": [{"name": name} for name in (
        "hipertensi", "diabetes", "skizofrenia", "TB paru", "sifilis", "skrining HIV", "keguguran", "suspek TBC",
    )]},
    {"delivery": {"at": "2026-04-20T04:10:00+07:00", "place": "puskesmas", "method": "normal",
                  "attendants": ["dokter", "bidan", "perawat"]}, "postnatal": "KF1"},
    {"delivery": {"at": "2026-04-20T04:10:00+07:00", "place": "rumah"},
     "measurements": {"glucose_mgdl": 118, "glucose_kind": "puasa"}},
    {"pregnancy": {"lmp": "2026-01-05", "gestational_weeks": 15, "presentation": "kepala", "contact": "K1M"}},
    {"newborn": {"contact": "KN1", "weight_g": 3100, "length_cm": 49, "apgar1": 8, "apgar5": 9, "cord_care": True,
                 "early_breastfeeding": True, "vitamin_k": True, "eye_ointment": True, "hypothyroid_screen": True},
     "child": {"exclusive_breastfeeding": True, "weight_gain": False, "vitamin_a": "biru"}},
    {"screening": {"vision_right": "6/6", "vision_left": "6/12", "hearing": "normal", "smoking": "ya",
                   "risks": ["merokok"], "iva": "negatif", "breast": "normal", "sdidtk": "sesuai", "pkpr": [],
                   "skilas": ["depresi"], "barthel": 20, "mini_cog": 4, "amt": 9, "ad8": 1, "gds": 2,
                   "mental_status": "baik", "tb_suspect": True, "hiv_risk_group": "wbp"},
     "tests": {"tb_tcm": "terdeteksi", "tb_smear": "+1", "tb_culture": "negatif", "chest_xray": "tidak-normal"},
     "topics": ["gizi", "merokok"], "death": {"at": "2026-04-20T04:10:00+07:00"}, "cluster": "4",
     "kind": "kunjungan-rumah", "number": "A/1", "postnatal": "KF2",
     "vaccines": [{"vaccine": name} for name in get_args(Vaccine)[20:]]},
]  # fmt: skip
"""With FULL: one card for every word there is."""


@pytest.mark.parametrize("body", [EXAMPLE, FULL, *(without(EXAMPLE, **more) for more in DOWRY)])
def test_what_was_written_reads_back_in_the_same_words(body: dict[str, Any]) -> None:
    visit = Visit.model_validate(body)
    encounter, *others = resources(body)
    read, unsaid = from_resources(encounter, others, to_patient(visit.patient))
    assert unsaid == [] or {u["type"] for u in unsaid} == {"EpisodeOfCare"}
    assert resources(read) == [encounter, *others]
    assert to_patient(Visit.model_validate(read).patient) == to_patient(visit.patient)
    assert read["at"] == visit.moment.isoformat()


def test_a_foreign_bundle_reads_back_and_what_has_no_word_is_named() -> None:
    encounter = resources(EXAMPLE)[0]
    pressure = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "Tekanan darah"},
        "component": [
            {"code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "valueQuantity": {"value": value}}
            for code, value in (("8480-6", 120), ("8462-4", 80))
        ]}  # fmt: skip
    odd = {"resourceType": "Observation", "id": "x", "status": "final", "valueString": "?", "code": {"text": "Lidah"}}
    void = pressure | {"id": "v", "status": "entered-in-error"}
    read, unsaid = from_resources(encounter, [pressure, odd, void], to_patient(Visit.model_validate(EXAMPLE).patient))
    assert read["measurements"] == {"systolic": 120, "diastolic": 80}
    assert unsaid == [{"type": "Observation", "id": "x", "name": "Lidah"}]


@pytest.mark.parametrize(
    ("words", "code", "warned"),
    [
        ("hipertensi", "I10", None),
        ("Darah Tinggi", "I10", None),
        ("DM tipe 2", "E11.9", None),
        ("DBD", "A91", None),
        ("suspek DBD", "A91", "read-as"),
        ("suspek TBC", "Z03.0", None),
        ("hipertensi stage 2", "I10", "read-as"),
        ("sakit maag", "K29.7", None),
        ("ISPA", "J06.9", None),
        ("penyakit aneh", None, "unknown-words"),
        ("kandidiasis", None, "several"),
        ("bukan hipertensi", None, "unknown-words"),
    ],
)
def test_a_diagnosis_in_words(words: str, code: str | None, warned: str | None) -> None:
    body = without(EXAMPLE, diagnoses=[{"name": words}])
    (condition,) = [r for r in resources(body) if r["resourceType"] == "Condition"]
    assert [c["code"] for c in condition["code"].get("coding", ())] == ([code] if code else [])
    assert condition["code"]["text"] == words
    found = [w.code for w in doubts(Visit.model_validate(body), date(2026, 4, 20)) if "diagnoses" in w.pointer]
    assert found == ([warned] if warned else [])


def test_every_code_of_the_list_is_one_and_every_word_of_it_is_found() -> None:
    lists = (diagnoses(), medicines())
    assert [len(one.names) > least for one, least in zip(lists, (300, 5), strict=True)] == [True, True]
    for code in diagnoses().names:
        Diagnosis.model_validate({"icd10": code})
    for one in lists:
        for code, name in one.names.items():
            assert one.find(name).code == code, name


def test_a_code_or_its_beginning_is_looked_up_too() -> None:
    assert diagnoses().search("O14.1") == [("O14.1", "Preeklampsia berat")]
    assert [code for code, _ in diagnoses().search("o14")] == ["O14.1", "O14.9"]
    assert diagnoses().search("Z99.99") == []


def test_the_unlikely_is_told_and_the_impossible_refused_with_what_is_possible() -> None:
    body = without(
        EXAMPLE, measurements={"systolic": 260, "diastolic": 80}, diagnoses=[{"icd10": "I10", "name": "ISPA"}]
    )
    told = {w.pointer: w for w in doubts(Visit.model_validate(body), date(2026, 4, 20))}
    assert set(told) == {"/measurements/systolic", "/diagnoses/0"}
    (kept,) = [r for r in resources(body) if r["id"] == visit_item_id(VISIT_ID, "systolic")]
    assert kept["valueQuantity"]["value"] == 260
    with pytest.raises(ValidationError, match="40 sampai 300 mmHg"):
        Visit.model_validate(without(EXAMPLE, measurements={"systolic": 1200}))
    patient = {"nik": "1410010107900001", "name": "A", "birth_date": "1991-07-01", "sex": "P"}
    wrong = {"patient": patient, "at": "2024-01-01T08:00:00", "measurements": {"weight_kg": 20.5, "height_cm": 119}}
    told = {w.pointer: w for w in doubts(Visit.model_validate(wrong), date(2026, 4, 20))}
    assert set(told) == {
        "/patient/sex", "/patient/birth_date", "/at", "/measurements/weight_kg", "/measurements/height_cm"
    }  # fmt: skip


def test_an_oral_polio_dose_is_not_an_injected_one() -> None:
    (oral,) = [
        r for r in resources(without(FULL, vaccines=[{"vaccine": "OPV1"}])) if r["resourceType"] == "Immunization"
    ]
    assert extract(oral).codes == ["http://sys-ids.kemkes.go.id/kfa|VG89"]


def test_a_dose_told_later_keeps_its_own_day() -> None:
    body = without(FULL, vaccines=[{"vaccine": "DPT-HB-HIB3", "date": "2026-03-01", "reported": True, "lot": "B1"}])
    (dose,) = [r for r in resources(body) if r["resourceType"] == "Immunization"]
    assert (dose["occurrenceDateTime"], dose["primarySource"]) == ("2026-03-01", False)
    assert dose["protocolApplied"] == [{"doseNumberPositiveInt": 3}]


def test_a_chronic_disease_goes_on_the_problem_list_with_its_onset() -> None:
    conditions = {r["code"]["coding"][0]["code"]: r for r in resources(FULL) if r["resourceType"] == "Condition"}
    assert conditions["I10"]["onsetDateTime"] == "2024-02-10"
    assert [c["coding"][0]["code"] for c in conditions["I10"]["category"]] == [
        "problem-list-item",
        "encounter-diagnosis",
    ]
    assert [c["coding"][0]["code"] for c in conditions["Z34.8"]["category"]] == ["encounter-diagnosis"]
    first = resources(FULL)[0]["diagnosis"][0]
    assert first["condition"]["reference"] == f"Condition/{conditions['Z34.8']['id']}"


def test_a_pregnancy_opens_an_episode_unless_one_is_open() -> None:
    own = visit_item_id(VISIT_ID, "episode")
    for existing, expected, opened in (
        (None, own, True),
        ("abc", "abc", False),
        (own, own, True),
        ("EpisodeOfCare/abc", "abc", False),
    ):
        found = resources(FULL, existing)
        assert found[0]["episodeOfCare"] == [{"reference": f"EpisodeOfCare/{expected}"}]
        assert any(r["resourceType"] == "EpisodeOfCare" for r in found) is opened
    none = resources(without(FULL, pregnancy={"gravida": 1}))
    assert "episodeOfCare" not in none[0]
    assert not any(r["resourceType"] == "EpisodeOfCare" for r in none)


def test_a_time_without_zone_is_local() -> None:
    encounter = resources(without(EXAMPLE, at="2026-04-20T09:15:00"))[0]
    assert encounter["period"]["start"] == "2026-04-20T02:15:00+00:00"


def test_a_newborn_is_known_by_her_mother() -> None:
    patient = {
        "nik_ibu": "1410014107900001",
        "birth_order": 0,
        "name": "By Ny Siti",
        "birth_date": "2026-04-18",
        "sex": "L",
    }
    visit = Visit.model_validate(
        {"patient": patient, "at": "2026-04-20T09:00:00+07:00", "vaccines": [{"vaccine": "HB0"}]}
    )
    written = to_patient(visit.patient)
    assert written["identifier"][0]["system"] == "https://fhir.kemkes.go.id/id/nik-ibu"
    assert (written["multipleBirthInteger"], written["gender"]) == (0, "male")


PATIENT = EXAMPLE["patient"]
assert isinstance(PATIENT, dict)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"berat": 50}, "berat"),
        ({"measurements": {"berat": 50}}, "measurements.berat"),
        ({"measurements": {"systolic": 400}}, "measurements.systolic"),
        ({"measurements": {"systolic": "118"}}, "measurements.systolic"),
        ({"measurements": {"systolic": True}}, "measurements.systolic"),
        ({"measurements": {"systolic": 80, "diastolic": 120}}, "measurements"),
        ({"measurements": {"weight_kg": float("nan")}}, "measurements.weight_kg"),
        ({"patient": PATIENT | {"nik": "141001410790000"}}, "patient.nik"),
        ({"patient": PATIENT | {"nik": None}}, "patient"),
        ({"patient": PATIENT | {"nik": None, "nik_ibu": "1410014107900001"}}, "patient"),
        ({"patient": PATIENT | {"birth_date": "1990-02-30"}}, "patient.birth_date"),
        ({"patient": PATIENT | {"sex": "female"}}, "patient.sex"),
        ({"patient": PATIENT | {"address": {"village": "141001"}}}, "patient.address.village"),
        ({"patient": PATIENT | {"sex": "L"}}, ""),
        ({"patient": PATIENT | {"birth_date": "2026-05-01"}}, ""),
        ({"at": 1776650000}, "at"),
        ({"at": "kemarin"}, "at"),
        ({"diagnoses": [{"icd10": "hipertensi"}]}, "diagnoses.0.icd10"),
        ({"diagnoses": [{"icd10": "I10"}, {"icd10": "i10"}]}, ""),
        ({"diagnoses": [{"icd10": "I10", "onset": "2027-01-01"}]}, ""),
        ({"pregnancy": {"contact": "K7"}}, "pregnancy.contact"),
        ({"pregnancy": {"lmp": "2024-01-01"}}, ""),
        ({"vaccines": [{"vaccine": "polio"}]}, "vaccines.0.vaccine"),
        ({"vaccines": [{"vaccine": "OPV1", "date": "2026-05-01"}]}, ""),
        ({"vaccines": [{"vaccine": "OPV1"}, {"vaccine": "OPV1"}]}, ""),
        ({"medicines": [{"kfa": "paracetamol", "quantity": 1}]}, "medicines.0.kfa"),
        ({"medicines": [{"kfa": "92000653", "quantity": 0}]}, "medicines.0.quantity"),
        ({"education": "ya"}, "education"),
    ],
)
def test_what_is_wrong_is_refused_at_its_place(change: dict[str, Any], place: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Visit.model_validate(EXAMPLE | change)
    assert place in [".".join(map(str, e["loc"])) for e in refused.value.errors()]


def test_every_field_says_what_it_is_and_the_example_runs() -> None:
    schema = Visit.model_json_schema()
    for name, model in {**schema["$defs"], "Visit": schema}.items():
        assert model["additionalProperties"] is False
        assert model.get("description"), name
        for field, shape in model["properties"].items():
            assert "$ref" in shape or "anyOf" in shape or (shape.get("title") and shape.get("description")), field
    assert Visit.model_validate(schema["examples"][0]) == Visit.model_validate(EXAMPLE)


measured = st.fixed_dictionaries(
    {},
    optional={
        "systolic": st.floats(201, 300),
        "diastolic": st.floats(20, 200),
        "weight_kg": st.decimals(1, 300, places=2),
        "temperature": st.floats(25, 45),
        "hemoglobin": st.floats(2, 25),
    },
)


@settings(max_examples=50)
@given(measured, st.lists(st.sampled_from(get_args(Vaccine)), unique=True, max_size=5), st.booleans())
def test_any_visit_becomes_valid_resources_once_each(
    measurements: dict[str, Any], doses: list[str], taught: bool
) -> None:
    vaccines = [{"vaccine": name} for name in doses]
    body = without(EXAMPLE, measurements=measurements, vaccines=vaccines, education=taught)
    found = resources(body)
    assert all(check(resource) == [] for resource in found)
    assert len({resource["id"] for resource in found}) == len(found)
    assert found == resources(body)
    assert issubclass(Visit, BaseModel)
