"""What BPJS is told of a visit: the record's values, in PCare's form, and nothing that nobody said."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.coverage.contract.maps import MapKind
from services.coverage.rules import pcare_parts, pcare_referral
from services.coverage.rules.choices import Chosen, chosen
from services.coverage.rules.pcare_referral import OurReferral, Target
from services.coverage.rules.pcare_visit import (
    LONGEST,
    VITALS,
    Around,
    Left,
    Member,
    Missing,
    Referral,
    Told,
    visit,
)
from services.records.contract import ToldAllergy, ToldDiagnosis, ToldMedicine, ToldProcedure, VisitTold

ZONE = ZoneInfo("Asia/Jakarta")
AT = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
K = MapKind
ROWS: list[tuple[MapKind, str, str | None, date | None]] = [
    (K.DOCTOR, "10009880728", "131491", None), (K.DOCTOR, "dr. Andi Saputra", "131492", None),
    (K.POLI, "dalam-gedung", "001", None), (K.POLI, "posyandu", "021", None), (K.CONSCIOUSNESS, "*", "01", None),
    (K.CONSCIOUSNESS, "248234008", "01", None), (K.PROGNOSIS, "*", "02", None), (K.ALLERGY_FOOD, "none", "00", None),
    (K.ALLERGY_AIR, "none", "00", None), (K.ALLERGY_DRUG, "none", "00", None),
    (K.ALLERGY_DRUG, "Amoksisilin", "07", None), (K.MEDICINE, "92000653", "0100012", None),
    (K.PROCEDURE, "96.59", "01001", None), (K.SUBSPECIALIST, "usg", "3", None), (K.MEANS, "*", "1", None),
]  # fmt: skip
AROUND = Around(
    Member("0001112223334", "9914P001"), chosen(ROWS, date(2026, 11, 21)), {"001": True, "021": False}, ZONE
)


def told(**more: Any) -> VisitTold:
    said = {
        "visit_id": "v", "person_id": "p", "state": "finished", "facility": "P1410010101", "at": AT,
        "kind": "dalam-gedung", "encounter_class": "AMB", "practitioner": {"ihs": "10009880728", "name": None},
        "reason": "Pusing", "notes": "Sejak dua hari", "diagnoses": [{"icd10": "I10", "name": "Hipertensi"}],
        "measured": {"systolic": 152, "diastolic": 94, "weight_kg": 63.5, "height_cm": 158, "temperature": 36.5},
    }  # fmt: skip
    return VisitTold.model_validate(said | more)


def bodies(visit_: VisitTold, around: Around = AROUND, referral: Referral | None = None) -> Told:
    made = visit(visit_, around, referral)
    assert isinstance(made, Told), made
    return made


def gaps(visit_: VisitTold, around: Around = AROUND) -> dict[str, Missing]:
    made = visit(visit_, around)
    assert not isinstance(made, Told)
    return {m.field: m for m in made}


def test_the_reference_bodies() -> None:
    made = bodies(told())
    assert made.registration == {
        "kdProviderPeserta": "9914P001", "tglDaftar": "21-11-2026", "noKartu": "0001112223334", "kdPoli": "001",
        "keluhan": "Pusing", "kunjSakit": True, "sistole": 152, "diastole": 94, "beratBadan": 63.5, "tinggiBadan": 158,
        "respRate": 0, "lingkarPerut": 0, "heartRate": 0, "rujukBalik": 0, "kdTkp": "10",
    }  # fmt: skip
    assert made.visit == {
        "noKunjungan": None, "noKartu": "0001112223334", "tglDaftar": "21-11-2026", "kdPoli": "001",
        "keluhan": "Pusing", "kdSadar": "01", "sistole": 152, "diastole": 94, "beratBadan": 63.5, "tinggiBadan": 158,
        "respRate": 0, "heartRate": 0, "lingkarPerut": 0, "suhu": "36.5", "kdStatusPulang": "3",
        "tglPulang": "21-11-2026", "kdDokter": "131491", "kdDiag1": "I10", "kdDiag2": None, "kdDiag3": None,
        "kdPoliRujukInternal": None, "rujukLanjut": None, "kdTacc": -1, "alasanTacc": None,
        "anamnesa": "Sejak dua hari", "alergiMakan": "00", "alergiUdara": "00", "alergiObat": "00", "kdPrognosa": "02",
        "terapiObat": "", "terapiNonObat": "", "bmhp": "",
    }  # fmt: skip
    assert set(made.left) == {Left(f, "missing") for f in ("respRate", "lingkarPerut", "heartRate")}


MEASURED = {
    v.ours[0]: st.one_of(st.none(), st.floats(v.low, v.high).map(lambda f: round(f, 1)).filter(lambda f: f > 0.3))
    for v in VITALS
}


@settings(max_examples=150, deadline=None)
@given(
    st.fixed_dictionaries(MEASURED),
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31)),
    st.text(max_size=1200),
    st.lists(st.from_regex(r"[A-TV-Z][0-9]{2}(\.[0-9])?", fullmatch=True), min_size=1, max_size=6),
)
def test_what_was_measured_arrives_and_nothing_else(
    measured: dict[str, float | None], at: datetime, words: str, codes: list[str]
) -> None:
    said = {k: v for k, v in measured.items() if v is not None}
    moment = at.replace(tzinfo=UTC)
    made = bodies(
        told(measured=said, at=moment, reason=words, diagnoses=[{"icd10": c, "name": None} for c in codes], notes=words)
    )
    assert made.visit is not None
    for vital in VITALS:
        value, sent = said.get(vital.ours[0]), made.visit[vital.field]
        assert made.registration[vital.field] == sent
        if value is None:
            assert sent == 0 and Left(vital.field, "missing") in made.left
        elif vital.whole:
            assert isinstance(sent, int) and abs(sent - value) <= 0.5
            assert (sent == value) or Left(vital.field, "rounded") in made.left
        else:
            assert sent == value
    day = moment.astimezone(ZONE).date()
    for body in (made.registration, made.visit):
        assert re.fullmatch(r"\d{2}-\d{2}-\d{4}", body["tglDaftar"])
        assert datetime.strptime(body["tglDaftar"], "%d-%m-%Y").date() == day
        for text in (v for v in body.values() if isinstance(v, str)):
            assert len(text) <= LONGEST and "\n" not in text
    plain = " ".join(words.split())
    assert made.visit["keluhan"] == plain or Left("keluhan", "shortened") in made.left
    assert plain.startswith(made.visit["keluhan"].rstrip("…"))
    distinct = list(dict.fromkeys(codes))
    assert [c for c in (made.visit["kdDiag1"], made.visit["kdDiag2"], made.visit["kdDiag3"]) if c] == distinct[:3]
    assert (len(distinct) > 3) == (Left("kdDiag", "no-place") in made.left)


@pytest.mark.parametrize(("hour", "day"), [(16, "21-11-2026"), (17, "22-11-2026")])
def test_the_day_is_the_facilitys(hour: int, day: str) -> None:
    made = bodies(told(at=datetime(2026, 11, 21, hour, 30, tzinfo=UTC)))
    assert (made.registration["tglDaftar"], made.visit and made.visit["tglPulang"]) == (day, day)


def test_a_healthy_visit_without_a_diagnosis_is_its_registration_alone() -> None:
    made = bodies(told(kind="posyandu", diagnoses=[]))
    assert (made.registration["kunjSakit"], made.registration["kdTkp"], made.visit) == (False, "50", None)
    with_one = bodies(told(kind="posyandu", diagnoses=[{"icd10": "Z00.1", "name": None}]))
    assert with_one.visit is not None and with_one.visit["kdDiag1"] == "Z00.1"


def test_gaps_name_the_field_and_what_to_do() -> None:
    found = gaps(told(kind="sekolah", diagnoses=[], practitioner={"ihs": None, "name": "bd. Rina"}))
    assert {f: m.where for f, m in found.items()} == {"kdPoli": "maps", "kdDokter": "maps", "kdDiag1": "record"}
    assert "/v1/jkn/maps" in found["kdPoli"].text.id and "sekolah" in found["kdPoli"].text.id
    assert "Rina" not in found["kdDokter"].text.id, "no name lies with a delivery"
    bare = Around(AROUND.member, Chosen({}), AROUND.polis, ZONE)
    assert set(gaps(told(practitioner=None), bare)) == {
        "kdPoli", "kdDokter", "kdSadar", "kdPrognosa", "alergiMakan", "alergiUdara", "alergiObat",
    }  # fmt: skip
    assert set(gaps(told(measured={"systolic": 900}))) == {"sistole"}
    assert (
        "tidak ada pada daftar"
        in gaps(told(), Around(AROUND.member, AROUND.chosen, {"002": True}, ZONE))["kdPoli"].text.id
    )


def test_what_the_record_says_is_not_overruled_by_the_choice_for_all_others() -> None:
    assert set(gaps(told(consciousness="371632003"))) == {"kdSadar"}, "coma is not compos mentis"
    amoxicillin = ToldAllergy(category="drug", code=None, name="Amoksisilin")
    made = bodies(told(allergies=[amoxicillin]))
    assert made.visit is not None
    assert [made.visit[f] for f in ("alergiMakan", "alergiUdara", "alergiObat")] == ["00", "00", "07"]
    unknown = ToldAllergy(category="food", code=None, name="Udang")
    assert set(gaps(told(allergies=[unknown]))) == {"alergiMakan"}, "an allergy without a code is never 'none'"
    assert bodies(told(discharge="exp")).visit["kdStatusPulang"] == "1"  # type: ignore[index]
    assert set(gaps(told(encounter_class="IMP"))) == {"kdStatusPulang"}


def test_choices_of_a_day() -> None:
    rows = [
        (K.DOCTOR, "Dr.  ANDI saputra", "1", None), (K.DOCTOR, "dr. andi saputra", "2", date(2026, 3, 1)),
        (K.DOCTOR, "dr. Andi Saputra", None, date(2026, 6, 1)), (K.DOCTOR, "*", "9", None),
    ]  # fmt: skip
    on = {d: chosen(rows, d).theirs(K.DOCTOR, None, "dr. Andi Saputra") for d in (date(2026, 2, 28), date(2026, 3, 1))}
    assert on == {date(2026, 2, 28): "1", date(2026, 3, 1): "2"}
    after = chosen(rows, date(2026, 6, 1))
    assert (after.theirs(K.DOCTOR, "dr. Andi Saputra"), after.own(K.DOCTOR, "dr. Andi Saputra")) == ("9", None)


def test_medicines_acts_and_laboratory() -> None:
    visit_ = told(
        medicines=[
            ToldMedicine(kfa="92000653", name="Tablet tambah darah", quantity=30, unit="tablet", times=1, each=1),
            ToldMedicine(kfa=None, name="Amlodipin 5 mg", quantity=10, unit="tablet"),
            ToldMedicine(kfa=None, name="Oralit"),
        ],
        procedures=[
            ToldProcedure(system=None, code="96.59", name="Irigasi luka"),
            ToldProcedure(system=None, code="89.7", name="Periksa umum"),
        ],
        education=["gizi"],
        measured={"systolic": 130, "diastolic": 78, "glucose_fasting": 118, "hba1c": 6.9},
    )
    obat, left = pcare_parts.medicines(visit_, AROUND.chosen)
    assert [(o["obatDPHO"], o["kdObat"], o["nmObatNonDPHO"], o["jmlObat"]) for o in obat] == [
        (True, "0100012", "", 30), (False, None, "Amlodipin 5 mg", 10),
    ]  # fmt: skip
    assert (obat[0]["signa1"], obat[0]["signa2"]) == (1, 1)
    assert {Left("obat", "no-quantity"), Left("signa", "missing")} == set(left)
    acts, unplaced = pcare_parts.procedures(visit_, AROUND.chosen)
    assert ([a["kdTindakan"] for a in acts], unplaced) == (["01001"], [Left("tindakan", "no-code")])
    mcu = pcare_parts.checkup(visit_, "9914P001", date(2026, 11, 21))
    assert mcu is not None and len(mcu) == 35
    assert (mcu["gulaDarahPuasa"], mcu["gulaDarahHbA1c"], mcu["tekananDarahSistole"]) == (118, 6.9, 130)
    assert mcu["gulaDarahSewaktu"] == 0 and mcu["tglPelayanan"] == "21-11-2026"
    assert pcare_parts.checkup(told(), "9914P001", date(2026, 11, 21)) is None
    body = bodies(visit_).visit
    assert body is not None
    assert body["terapiObat"] == "Tablet tambah darah 1 x 1 (30 tablet); Amlodipin 5 mg (10 tablet); Oralit"
    assert body["terapiNonObat"] == "Irigasi luka; Periksa umum; Edukasi: gizi"
    assert {b["noKunjungan"] for b in pcare_parts.of_visit(obat, "9914P0011126Y000001")} == {"9914P0011126Y000001"}


OURS = OurReferral(
    "r", "vertical", "sent", "routine", "R1", "I10", AT, service="usg", reason="Perlu USG", tacc=(1, ">= 7 Hari")
)


def refer(
    ours: OurReferral = OURS, target: Target | None = None, to: str | None = "9914R001", non: bool | None = True
) -> Any:
    return pcare_referral.referral(ours, target, AROUND.chosen, to, non, date(2026, 11, 21), ZONE)


def test_a_referral_by_subspecialist_and_a_special_one() -> None:
    made = refer()
    assert made == Referral(
        {
            "tglEstRujuk": "21-11-2026", "kdppk": "9914R001",
            "subSpesialis": {"kdSubSpesialis1": "3", "kdSarana": "1"}, "khusus": None,
        },
        1, ">= 7 Hari",
    )  # fmt: skip
    body = bodies(told(), referral=made).visit
    assert body is not None
    assert (body["kdStatusPulang"], body["rujukLanjut"], body["kdTacc"]) == ("4", made.onward, 1)
    special = refer(target=Target(day=date(2026, 11, 24), special="HEM", subspecialist="30", note="Faktor VIII"))
    assert special.onward["subSpesialis"] is None and special.onward["tglEstRujuk"] == "24-11-2026"
    assert special.onward["khusus"] == {"kdKhusus": "HEM", "kdSubSpesialis": "30", "catatan": "Faktor VIII"}
    dialysis = refer(target=Target(special="HDL"))
    assert dialysis.onward["khusus"] == {"kdKhusus": "HDL", "kdSubSpesialis": None, "catatan": "Perlu USG"}


def test_what_a_referral_lacks() -> None:
    from dataclasses import replace

    def fields(*args: Any, **kw: Any) -> set[str]:
        return {m.field for m in refer(*args, **kw)}

    assert fields(replace(OURS, tacc=None)) == {"kdTacc"}, "a non-specialist diagnosis goes with TACC only"
    assert isinstance(refer(replace(OURS, tacc=None), non=False), Referral)
    assert fields(to=None) == {"kdppk"}
    assert fields(replace(OURS, service="bedah")) == {"kdSubSpesialis1"}
    assert fields(target=Target(special="THA"), ours=replace(OURS, service=None)) == {"kdSubSpesialis"}
    late = refer(replace(OURS, sent_at=AT - timedelta(days=3)))
    assert late.onward["tglEstRujuk"] == "21-11-2026", "not before the visit"


def test_diagnoses_without_a_code_are_told_as_left() -> None:
    made = bodies(told(diagnoses=[ToldDiagnosis(icd10=None, name="Pusing"), ToldDiagnosis(icd10="R51", name=None)]))
    assert made.visit is not None and made.visit["kdDiag1"] == "R51"
    assert Left("kdDiag", "no-code") in made.left
