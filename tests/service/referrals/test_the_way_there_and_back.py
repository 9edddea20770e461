"""A referral from sending to closing, and what stands in its way."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.referrals.contract import ReferralChanged
from tests.service.referrals.stage import (
    CLINIC,
    DUE,
    HOSPITAL,
    NIK,
    OFFICE,
    PERSON,
    PRACTICE,
    PUSKESMAS,
    REASON,
    STRANGER,
    Stage,
    token,
)

DOCTOR = token("clinician", PRACTICE, "dr-rahmat")
MIDWIFE = token("puskesmas-staff", PUSKESMAS, "bidan-ani")
THIRD = token("clinic-system", CLINIC)
BACK = {"advice": "Lanjut nifedipin 3x10 mg, kontrol mingguan", "due": DUE}


async def test_there_and_back(stage: Stage) -> None:
    opened = await stage.send(DOCTOR, sbar={"situation": "Hamil 32 minggu, tekanan darah 150/95"})
    assert opened.status_code == 201
    referral = opened.json()["id"]
    assert opened.headers["location"] == f"/v1/referrals/{referral}"
    assert (opened.json()["owner_facility"], opened.json()["legal"]) == (
        PUSKESMAS,
        ["send", "raise", "close", "cancel"],
    )

    inbox = (await stage.http.get("/v1/referrals", headers=MIDWIFE)).json()
    assert [r["id"] for r in inbox["items"]] == [referral]
    assert inbox["items"][0]["content"]["reason"] == REASON
    assert inbox["items"][0]["from_name"] == "Praktik dr. Rahmat Hidayat"
    assert inbox["items"][0]["legal"] == ["accept", "decline", "redirect"]

    welcome = {"note": "Ditunggu di poli KIA"}
    for verb, told in [("accept", welcome), ("arrive", {}), ("treat", {}), ("refer-back", BACK)]:
        answer = await stage.take(referral, verb, MIDWIFE, told)
        assert answer.status_code == 200, answer.text
    closed = await stage.open(referral, DOCTOR)
    assert (closed["state"], closed["outcome"], closed["follow_up"]) == ("closed", "back-referred", BACK)
    assert closed["owner_facility"] == PRACTICE
    columns = ("number", "verb", "who", "role", "facility")
    assert [(*(s[c] for c in columns), s["reason"] or s["note"]) for s in closed["history"]] == [
        (1, "send", "dr-rahmat", "clinician", PRACTICE, REASON),
        (2, "accept", "bidan-ani", "puskesmas-staff", PUSKESMAS, "Ditunggu di poli KIA"),
        (3, "arrive", "bidan-ani", "puskesmas-staff", PUSKESMAS, None),
        (4, "treat", "bidan-ani", "puskesmas-staff", PUSKESMAS, None),
        (5, "refer-back", "bidan-ani", "puskesmas-staff", PUSKESMAS, None),
    ]  # fmt: skip
    moments = [s["at"] for s in closed["history"]]
    assert moments == sorted(moments)
    assert (await stage.http.get("/v1/referrals", headers=MIDWIFE)).json()["items"] == []


async def test_an_illegal_step_names_the_legal_ones(stage: Stage) -> None:
    referral = await stage.sent(who=DOCTOR)
    answer = await stage.take(referral, "treat", MIDWIFE)
    assert answer.status_code == 409
    problem = answer.json()
    assert (problem["state"], problem["legal"]) == ("sent", ["accept", "decline", "redirect"])
    assert problem["last"]["verb"] == "send"
    assert "penerima: accept, decline, redirect" in problem["detail"]
    mine = await stage.take(referral, "accept", DOCTOR | {"accept-language": "en"})
    assert (mine.status_code, mine.json()["legal"]) == (409, ["send", "raise", "close", "cancel"])
    assert "Legal for the sender: send, raise, close, cancel" in mine.json()["detail"]
    assert (await stage.open(referral, DOCTOR))["version"] == 1


async def test_a_third_facility_is_refused_and_that_is_logged(stage: Stage) -> None:
    referral = await stage.sent(who=DOCTOR)
    before = len(await stage.looks())
    read = await stage.http.get(f"/v1/referrals/{referral}", headers=THIRD)
    step = await stage.take(referral, "accept", THIRD)
    assert (read.status_code, step.status_code) == (403, 403)
    assert REASON not in read.text + step.text
    looks = (await stage.looks())[before:]
    assert [(x["facility"], x["person_id"], x["action"], x["outcome"]) for x in looks] == [
        (CLINIC, PERSON, "read", "refused"),
        (CLINIC, PERSON, "write", "refused"),
    ]
    assert (await stage.open(referral, DOCTOR))["state"] == "sent"


async def test_every_look_and_step_is_logged(stage: Stage) -> None:
    referral = await stage.sent(who=DOCTOR)
    await stage.http.get("/v1/referrals", headers=MIDWIFE)
    await stage.open(referral, MIDWIFE)
    await stage.take(referral, "accept", MIDWIFE)
    await stage.take(referral, "accept", MIDWIFE)  # too late: told what happened
    looks = [(x["actor"], x["person_id"], x["action"], x["what"], x["outcome"]) for x in await stage.looks()]
    assert looks == [
        ("dr-rahmat", PERSON, "write", "referral", "allowed"),
        ("bidan-ani", PERSON, "search", "referral", "allowed"),
        ("bidan-ani", PERSON, "read", "referral", "allowed"),
        ("bidan-ani", PERSON, "write", "referral", "allowed"),
        ("bidan-ani", PERSON, "read", "referral", "allowed"),
    ]


@pytest.mark.parametrize(
    ("changes", "status", "pointer"),
    [
        ({"patient": {"nik": "1410014107900099"}}, 422, "/patient/nik"),
        ({"patient": {"nik": "141001410790000"}}, 422, "/patient/nik"),
        ({"to_facility": "P9999999999"}, 422, "/to_facility"),
        ({"to_facility": OFFICE}, 422, "/to_facility"),
        ({"to_facility": PRACTICE}, 422, "/to_facility"),
        ({"diagnosis": "hipertensi"}, 422, "/diagnosis"),
        ({"nama": "Siti"}, 422, "/nama"),
    ],
)
async def test_wrong_content(stage: Stage, changes: dict[str, Any], status: int, pointer: str) -> None:
    answer = await stage.send(**changes)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (status, pointer)
    assert await stage.rows("SELECT 1 FROM referral UNION ALL SELECT 1 FROM event_pending") == []


async def test_a_closed_facility_takes_no_referrals(stage: Stage) -> None:
    stage.peers.facility(CLINIC, "Klinik Pratama Mutiara Selat", "klinik-pratama", "991410011", active=False)
    await stage.app.state.service.followers[0].catch_up()
    answer = await stage.send(to_facility=CLINIC)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/to_facility")


async def test_a_facility_registered_a_moment_ago_is_found(stage: Stage) -> None:
    stage.peers.facility("K1410010299", "Klinik Baru", "klinik-pratama", None)
    answer = await stage.send(to_facility="K1410010299")
    assert (answer.status_code, answer.json()["to_name"]) == (201, "Klinik Baru")


async def test_without_a_care_relation_nobody_refers(stage: Stage) -> None:
    answer = await stage.send(DOCTOR, patient=None, person_id=STRANGER)
    assert answer.status_code == 403
    looks = [(x["person_id"], x["action"], x["outcome"]) for x in await stage.looks()]
    assert looks == [(STRANGER, "write", "refused")]
    assert await stage.rows("SELECT 1 FROM referral") == []


async def test_records_away(stage: Stage) -> None:
    stage.peers.records_down = True
    answer = await stage.send(key="satu")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    stage.peers.records_down = False
    assert (await stage.send(key="satu")).status_code == 201


async def test_an_emergency_does_not_wait(stage: Stage) -> None:
    hospital = token("hospital", HOSPITAL)
    referral = await stage.sent(who=DOCTOR, to_facility=HOSPITAL, urgency="emergency", kind="vertical")
    departed = await stage.take(referral, "depart", DOCTOR, {"note": "Speedboat puskesmas keliling, bidan ikut"})
    assert (departed.status_code, departed.json()["answered_at"]) == (200, None)
    assert (await stage.take(referral, "decline", hospital, {"reason": "Penuh"})).json()["legal"] == [
        "accept", "redirect", "arrive", "no-show", "close",
    ]  # fmt: skip
    answered = await stage.take(referral, "accept", hospital)
    assert answered.json()["state"] == "departed"
    assert answered.json()["answered_at"] is not None
    assert (await stage.take(referral, "arrive", hospital)).json()["state"] == "arrived"


async def test_what_a_step_must_tell(stage: Stage) -> None:
    referral = await stage.sent(who=DOCTOR)
    silent = await stage.take(referral, "decline", MIDWIFE)
    assert [e["pointer"] for e in silent.json()["errors"]] == ["/reason"]
    future = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    ahead = await stage.take(referral, "accept", MIDWIFE, {"at": future})
    naive = await stage.take(referral, "accept", MIDWIFE, {"at": "2026-11-21T08:30:00"})
    assert [a.json()["errors"][0]["pointer"] for a in (ahead, naive)] == ["/at", "/at"]
    assert "zona waktu" in naive.json()["errors"][0]["detail"]
    assert (await stage.take(referral, "lupa", MIDWIFE)).status_code == 422
    assert (await stage.take("tidak-ada", "accept", MIDWIFE)).status_code == 404
    earlier = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    late = await stage.take(referral, "accept", MIDWIFE, {"at": earlier})
    step = (await stage.open(referral, DOCTOR))["history"][1]
    assert late.status_code == 200
    assert datetime.fromisoformat(step["at"]) == datetime.fromisoformat(earlier)
    assert step["recorded_at"] > step["at"]
    assert late.json()["answered_at"] == step["recorded_at"]  # clocks never run on a claimed time


async def test_events(stage: Stage) -> None:
    referral = await stage.sent(who=DOCTOR, tacc={"code": 1, "reason": ">= 7 Hari"}, encounter="kunjungan-1")
    for verb, told in [("accept", {"note": "Ditunggu"}), ("arrive", {}), ("treat", {}), ("refer-back", BACK)]:
        await stage.take(referral, verb, MIDWIFE, told)
    events = await stage.events()
    assert [e["position"] for e in events] == [e["version"] for e in events] == [1, 2, 3, 4, 5]
    assert [e["kind"] for e in events] == ["created"] + ["changed"] * 4
    assert {(e["type"], e["id"], e["person"]) for e in events} == {("referral", referral, PERSON)}
    assert [e["data"]["state"] for e in events] == ["sent", "accepted", "arrived", "in-care", "closed"]
    assert [e["data"]["task"]["status"] for e in events] == [
        "requested", "accepted", "in-progress", "in-progress", "completed",
    ]  # fmt: skip
    assert events[0]["data"]["servicerequest"]["performer"] == [{"reference": "Organization/991410001"}]
    closed = ReferralChanged.model_validate(events[4]["data"])
    assert (closed.outcome, closed.step.verb, closed.closed_at is not None) == ("back-referred", "refer-back", True)
    text = str(events)
    for secret in (REASON, BACK["advice"], "Ditunggu", ">= 7 Hari", "dr-rahmat", "bidan-ani", "Rahmat", NIK):
        assert secret not in text


ROLES = {
    "clinic-system": CLINIC, "clinician": PRACTICE, "facility-admin": PUSKESMAS, "puskesmas-staff": PUSKESMAS,
    "hospital": HOSPITAL, "dinkes-analyst": None, "dinkes-admin": None, "jkn-connector": None, "auditor": None,
}  # fmt: skip
PARTY, OVERSEER = {"clinician", "facility-admin", "puskesmas-staff"}, {"dinkes-admin", "auditor"}
CARE = {"clinic-system", "clinician", "facility-admin", "puskesmas-staff", "hospital"}


@pytest.mark.parametrize("role", ROLES)
async def test_who_may_what(stage: Stage, role: str) -> None:
    referral = await stage.sent(who=DOCTOR)
    who = token(role, ROLES[role])
    allowed = {
        "read": (await stage.http.get(f"/v1/referrals/{referral}", headers=who)).status_code == 200,
        "box": (await stage.http.get("/v1/referrals", headers=who)).status_code == 200,
        "figures": (await stage.http.get("/v1/referrals/figures", headers=who)).status_code == 200,
        "step": (await stage.take(referral, "accept", who)).status_code in (200, 409),
        "send": (await stage.send(who, to_facility="P1410010102", diagnosis="K02")).status_code == 201,
    }
    assert allowed == {
        "read": role in PARTY | OVERSEER,
        "box": role in CARE | OVERSEER,
        "figures": role in CARE | OVERSEER | {"dinkes-analyst"},
        "step": role in PARTY | {"dinkes-admin"},
        "send": role in CARE,
    }


async def test_without_a_token(stage: Stage) -> None:
    assert (await stage.http.get("/v1/referrals")).status_code == 401
    assert (await stage.send(token("clinician", None))).status_code == 403
