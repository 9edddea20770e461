"""What the documentation's examples speak of: visits of Siti Aminah and a referral, with ids that never change."""

from datetime import datetime, timedelta
from typing import Any

from deploy.demo import vocabulary as words
from deploy.demo.chart import Chart
from deploy.demo.people import (
    EXAMPLE_CHILD,
    EXAMPLE_DOUBLE,
    EXAMPLE_DOUBLED_HUSBAND,
    EXAMPLE_HUSBAND,
    Person,
    World,
)

TRACK = 40
REFERRAL: dict[str, Any] = {
    "person_id": EXAMPLE_HUSBAND,
    "to_facility": "P1410010101",
    "urgency": "routine",
    "kind": "horizontal",
    "diagnosis": "I10",
    "reason": "Tekanan darah 168/102 dua kali ukur; mohon pemeriksaan dan pemantauan di Prolanis",
}
REFERRAL_KEY = "contoh-rujukan"
"""The Idempotency-Key that the practice sends it with; the referral's id follows from it."""

BACK = REFERRAL | {
    "diagnosis": "E11.9",
    "reason": "Gula darah puasa 214; mohon penyesuaian obat",
    "beside": "Rujukan tensi masih terbuka",
}
BACKS = {
    "contoh-rujuk-balik": BACK,
    "contoh-rujuk-balik-lain": BACK | {"diagnosis": "J45.9", "reason": "Sesak berulang; mohon spirometri"},
}
"""By their keys: two that the puskesmas has treated and sent back to the practice, which is to follow them up."""
TREATED = ("accept", "arrive", "treat")
ADVICE = "Metformin 2x500 mg; periksa gula darah puasa dan tekanan darah tiap bulan"

DRAFT = REFERRAL | {"draft": True, "diagnosis": "H52.1", "reason": "Penglihatan jauh kabur; hasil optotip menyusul"}
DRAFT_KEY = "contoh-draf"
"""A draft, which nobody has been sent yet."""

LEFT_OPEN = "contoh-kunjungan-terbuka"
"""A visit that the puskesmas has not closed, though its patient is at the hospital by now."""
SENT_ON = REFERRAL | {
    "to_facility": "R1410010401", "kind": "vertical", "diagnosis": "I21.9", "urgency": "emergency",
    "reason": "Nyeri dada menjalar ke lengan kiri sejak satu jam, EKG elevasi ST; perlu penanganan segera",
}  # fmt: skip
SENT_ON_KEY = "contoh-rujukan-tiba"


def left_open(began: datetime) -> dict[str, Any]:
    """The visit from which the patient was sent on."""
    return {
        "resourceType": "Encounter", "id": LEFT_OPEN, "status": "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "EMER"},
        "subject": {"reference": f"Patient/{EXAMPLE_HUSBAND}"}, "period": {"start": began.isoformat()},
        "serviceProvider": {"reference": "Organization/991410001"},
    }  # fmt: skip


OWED = "contoh-kunjungan-jkn"
"""A visit of this morning, which the puskesmas owes BPJS. Nobody has chosen BPJS' code for the way its patient left:
its delivery, which the documentation shows, waits for that."""


def owed(began: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """That visit, closed a quarter of an hour after it began, and its diagnosis."""
    child = {"reference": f"Patient/{EXAMPLE_CHILD}"}
    left = {"system": "http://terminology.hl7.org/CodeSystem/discharge-disposition", "code": "oth"}
    visit = left_open(began) | {
        "id": OWED, "status": "finished", "subject": child,
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "period": {"start": began.isoformat(), "end": (began + timedelta(minutes=15)).isoformat()},
        "hospitalization": {"dischargeDisposition": {"coding": [left], "text": "Menunggu jemputan keluarga"}},
    }  # fmt: skip
    diagnosis = {
        "resourceType": "Condition", "id": f"{OWED}-diagnosis", "subject": child,
        "encounter": {"reference": f"Encounter/{OWED}"}, "recordedDate": began.isoformat(),
        "clinicalStatus": {"coding": [
            {"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}
        ]},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "J00", "display": "Common cold"}]},
    }  # fmt: skip
    return visit, diagnosis


def _without_card(id_: str, name: str, gender: str, birth: str) -> dict[str, Any]:
    return {
        "resourceType": "Patient", "id": id_, "active": True, "name": [{"use": "official", "text": name}],
        "gender": gender, "birthDate": birth,
    }  # fmt: skip


DOUBLES = (
    _without_card(EXAMPLE_DOUBLE, "Siti Aminah", "female", "1990-07-01"),
    _without_card(EXAMPLE_DOUBLED_HUSBAND, "Ahmad Yusuf", "male", "1988-03-12"),
)
"""Siti Aminah and her husband once more, as the practice registered them when they had no card with them."""


def visits(chart: Chart, person: Person, world: World) -> None:
    """At the puskesmas a pressure that may be changed, visits to correct, cancel and move; one at the practice."""
    home = person.household
    pressure = chart.visit(world.anchor - 90, TRACK, home.puskesmas, name="contoh-tensi")
    pressure.pressure(128, 82)
    pressure.diagnose(words.HYPERTENSION, onset=world.anchor - 400)
    check = chart.visit(world.anchor - 60, TRACK, home.puskesmas, name="contoh-kunjungan")
    check.pressure(126, 80)
    check.measure(words.WEIGHT, 58.4)
    for days, name in ((50, "contoh-kunjungan-batal"), (45, "contoh-kunjungan-pindah")):
        chart.visit(world.anchor - days, TRACK, home.puskesmas, name=name).measure(words.WEIGHT, 58.0)
    cold = chart.visit(world.anchor - 30, TRACK, home.private, name="contoh-praktik")
    cold.diagnose(words.ILLNESSES[0])
