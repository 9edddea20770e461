"""2. A clinic with FHIR and a doctor without write about the same woman: one person, one record."""

import base64
from datetime import datetime, time, timedelta
from typing import Any

from deploy.demo import vocabulary as words
from deploy.demo.chart import iso
from deploy.demo.story.bodies import Letter, identifiers_of
from deploy.demo.story.cast import Human
from deploy.demo.story.stage import FHIR, ZONE, Stage
from deploy.demo.story.step import Shown, expect, step

FIRST_CONTACT = 60
"""Day of the pregnancy on which the clinic saw her first."""


@step(2, "Klinik meminta token (wajah SATUSEHAT)", "The clinic asks for a token (SATUSEHAT face)")
async def satusehat_token(stage: Stage) -> Shown:
    clinic = stage.speakers["clinic"]
    answer = await stage.http.post(
        "/oauth2/v1/accesstoken",
        params={"grant_type": "client_credentials"},
        data={"client_id": clinic.id, "client_secret": clinic.secret},
    )
    body = answer.json()
    clinic.token = body["access_token"]
    seen = f"{answer.status_code} {body['token_type']} {type(body['expires_in']).__name__}"
    return expect("200 BearerToken str", seen)


@step(2, "Dokter meminta token (RFC 6749, HTTP Basic)", "The doctor asks for a token (RFC 6749, HTTP Basic)")
async def plain_token(stage: Stage) -> Shown:
    doctor = stage.speakers["doctor"]
    basic = base64.b64encode(f"{doctor.id}:{doctor.secret}".encode()).decode()
    answer = await stage.http.post(
        "/oauth2/v1/accesstoken",
        params={"grant_type": "client_credentials"},
        headers={"Authorization": f"Basic {basic}"},
    )
    body = answer.json()
    doctor.token = body["access_token"]
    seen = f"{answer.status_code} {body['token_type']} {type(body['expires_in']).__name__}"
    return expect("200 Bearer int", seen)


@step(2, "Klinik mengirim Bundle FHIR: kunjungan K1", "The clinic posts a FHIR Bundle: the first antenatal visit")
async def clinic_visit(stage: Stage) -> Shown:
    lmp = stage.today - timedelta(days=280)
    letter = Letter(stage.cast.mother, stage.network.facilities["K1410010201"])
    day = lmp + timedelta(days=FIRST_CONTACT)
    episode = letter.chart.episode(day.toordinal(), 39, letter.facility, words.ANC_EPISODE, None)
    visit = letter.visit(day, identifiers=[words.contact(words.ANC_CONTACT, "K1M")], episode=episode)
    visit.moment(words.LMP, iso(lmp.toordinal()))
    visit.measure(words.WEIGHT, 52.4)
    visit.measure(words.HEIGHT, 155)
    visit.measure(words.MUAC, 26.5)
    visit.pressure(112, 74)
    visit.treat(words.ULTRASOUND)
    visit.vaccinate(words.TD, 2)
    visit.dispense(words.IRON, 30)
    visit.measure(words.HEMOGLOBIN, 11.8)
    visit.find(words.BLOOD_GROUP, words.BLOOD_GROUPS[3])
    visit.find(words.URINE_PROTEIN, words.NEGATIVE)
    visit.diagnose(words.PREGNANT)
    bundle = letter.bundle()
    answer = await stage.post("clinic", FHIR, bundle, status=200)
    states = {entry["response"]["status"] for entry in answer["entry"]}
    stage.notes |= {
        "lmp": lmp,
        "patient": identifiers_of(answer, "Patient")[0],
        "episode": identifiers_of(answer, "EpisodeOfCare")[0],
        "clinic_systolic": 112,
    }
    seen = f"{answer['type']}: {len(answer['entry'])} × {', '.join(sorted(states))}"
    return expect(f"transaction-response: {len(bundle['entry'])} × 201 Created", seen)


@step(2, "Dokter tanpa FHIR mencatat kunjungan sebagai JSON", "A doctor without FHIR records a visit as plain JSON")
async def doctor_visit(stage: Stage) -> Shown:
    day = stage.today - timedelta(days=1)
    stage.notes |= {"doctor_day": day, "doctor_systolic": 150}
    stage.notes["visit_body"] = {
        "patient": plain(stage.cast.mother),
        "at": datetime.combine(day, time(16, 40), ZONE).isoformat(),
        "practitioner": {"name": "dr. Rahmat Hidayat"},
        "reason": "Pusing sejak pagi",
        "measurements": {"systolic": 105, "diastolic": 95, "weight_kg": 61.2, "fetal_heart_rate": 142},
        "diagnoses": [{"icd10": "O13", "primary": True}],
    }
    answer = await stage.post("doctor", "/v1/visits", stage.notes["visit_body"], status=201)
    stage.notes |= {"visit": answer["visit_id"], "visit_person": answer["person_id"]}
    kinds = sorted({resource["type"] for resource in answer["resources"]})
    return expect("201 Condition, Encounter, Observation", f"{stage.notes['status']} {', '.join(kinds)}")


@step(2, "Dokter mengoreksi salah ketik (105 → 150)", "The doctor corrects a slip of the pen (105 → 150)")
async def correction(stage: Stage) -> Shown:
    body = stage.notes["visit_body"]
    body["measurements"]["systolic"] = stage.notes["doctor_systolic"]
    answer = await stage.call("doctor", "PUT", f"/v1/visits/{stage.notes['visit']}", json=body)
    changed = [r for r in answer["resources"] if r["state"] == "changed" and r["type"] == "Observation"]
    versions = await stage.get("doctor", f"{FHIR}/Observation/{changed[0]['id']}/_history") if changed else {}
    values = [entry["resource"]["valueQuantity"]["value"] for entry in versions.get("entry", ())]
    return expect([150, 105], values)


@step(2, "NIK yang sama: satu orang, satu rekam", "The same NIK: one person, one record")
async def one_person(stage: Stage) -> Shown:
    nik = f"{words.IDENTITY}nik|{stage.cast.mother.nik}"
    found = {}
    for part in ("clinic", "doctor"):
        answer = await stage.get(part, f"{FHIR}/Patient", identifier=nik)
        found[part] = [entry["resource"]["id"] for entry in answer.get("entry", ())]
    mine = [stage.notes["patient"]]
    same = found == {"clinic": mine, "doctor": mine} and stage.notes["visit_person"] == mine[0]
    return expect(
        "1 orang (person)", f"{len({person for ids in found.values() for person in ids})} orang (person)", same
    )


def plain(human: Human) -> dict[str, Any]:
    """The patient of a plain-JSON visit."""
    return {
        "nik": human.nik,
        "name": human.name,
        "birth_date": human.birth.isoformat(),
        "sex": "P" if human.female else "L",
        "address": {"line": "Jl. Merdeka No. 17", "village": human.village},
    }
