"""Who sees what of a referral and when: both ends, who was asked before, third facilities, the office, the auditor."""

from collections.abc import AsyncIterator, Callable
from dataclasses import fields
from typing import Any

import pytest

from services.referrals.usecases import ringing
from tests.service.referrals.stage import (
    CLINIC,
    HOSPITAL,
    PERSON,
    PRACTICE,
    PUSKESMAS,
    REASON,
    RESUME,
    Peers,
    Stage,
    staged,
    token,
)

DOCTOR, MIDWIFE = token("clinician", PRACTICE), token("puskesmas-staff", PUSKESMAS)
RSUD, THIRD = token("hospital", HOSPITAL), token("clinic-system", CLINIC)
OFFICE, AUDITOR, ANALYST = token("dinkes-admin", None), token("auditor", None), token("dinkes-analyst", None)
CONNECTOR = token("jkn-connector", None)
SBAR = {"situation": "Hamil 32 minggu, tekanan darah 150/95", "assessment": "Hipertensi gestasional"}
VITALS = {"systolic": 150, "diastolic": 95}
MARKS = {"reason": REASON, "sbar": SBAR["situation"], "vitals": '"systolic":150', "diagnosis": "O13",
         "summary": "Amoksisilin", "name": "SITI AMINAH"}  # fmt: skip
ALL = set(MARKS)
REDIRECT = {"reason": "Ruang bersalin penuh sampai besok", "to_facility": HOSPITAL}


@pytest.fixture(scope="module")
async def house(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One service for this file."""
    async with staged(new_database("referrals"), tmp_path_factory.mktemp("seeing")) as opened:
        yield opened


@pytest.fixture
async def stage(house: Stage) -> Stage:
    """Without referrals, and with the peers in good order."""
    for table in ("referral", "referral_step", "first_answer"):
        await house.rows(f"DELETE FROM {table}")
    fresh = Peers()
    for field in fields(Peers):
        if field.name != "feed":
            setattr(house.peers, field.name, getattr(fresh, field.name))
    return house


async def marks(stage: Stage, referral: str, who: dict[str, str]) -> set[str] | int:
    """What of the content an onlooker finds in a referral, or the status of the refusal."""
    answer = await stage.http.get(f"/v1/referrals/{referral}", headers=who)
    if answer.status_code != 200:
        assert not any(m in answer.text for m in MARKS.values())
        return answer.status_code
    return {name for name, mark in MARKS.items() if mark in answer.text}


async def test_the_asked_sees_everything_before_answering_and_nothing_after_sending_it_away(stage: Stage) -> None:
    referral = await stage.sent(who=DOCTOR, sbar=SBAR, vitals=VITALS)
    onlookers = {"sender": DOCTOR, "asked": MIDWIFE, "next": RSUD, "third": THIRD}

    async def seen() -> dict[str, set[str] | int]:
        return {name: await marks(stage, referral, who) for name, who in onlookers.items()}

    assert await seen() == {"sender": ALL, "asked": ALL, "next": 403, "third": 403}
    gone = await stage.take(referral, "redirect", MIDWIFE, REDIRECT)
    assert gone.status_code == 200, gone.text
    assert not any(m in gone.text for m in MARKS.values()), "also the answer to its own step"
    assert await seen() == {"sender": ALL, "asked": set(), "next": 403, "third": 403}
    again = await stage.take(referral, "send", DOCTOR)
    assert again.status_code == 200, again.text
    assert await seen() == {"sender": ALL, "asked": set(), "next": ALL, "third": 403}
    await stage.take(referral, "accept", RSUD, {"note": "Siapkan tempat di ruang bersalin"})
    former = await stage.open(referral, MIDWIFE)
    assert [(s["verb"], s["who"], s["reason"]) for s in former["history"]] == [
        ("send", "-", None), ("redirect", f"puskesmas-staff@{PUSKESMAS}", REDIRECT["reason"]),
    ]  # fmt: skip
    assert (former["withheld"], former["legal"], former["to_facility"]) == (True, [], PUSKESMAS)
    assert HOSPITAL not in str(former), "where the person went from there is not told"
    for who in (MIDWIFE, THIRD):
        assert (await stage.http.get("/v1/referrals?open=true", headers=who)).json()["items"] == []


async def test_who_was_asked_before_learns_nothing_new_by_trying(stage: Stage) -> None:
    """Not by steps, nor by its kept answers, nor by the lists behind figures and their filters."""
    referral = (await stage.send(DOCTOR, key="kirim", sbar=SBAR, vitals=VITALS)).json()["id"]
    taken = await stage.take(referral, "accept", MIDWIFE, key="terima")
    assert MARKS["sbar"] in taken.text
    assert (await stage.take(referral, "redirect", MIDWIFE, REDIRECT)).status_code == 200
    assert (await stage.take(referral, "send", DOCTOR)).status_code == 200
    for verb, told in (("accept", {}), ("arrive", {}), ("treat", {}), ("close", {"outcome": "died"})):
        await stage.take(referral, verb, RSUD, told)
    tried = [
        await stage.take(referral, v, MIDWIFE, {"reason": "coba"}) for v in ("accept", "decline", "arrive", "cancel")
    ]
    tried.append(await stage.take(referral, "send", MIDWIFE, {"to_facility": CLINIC}))
    assert {(a.status_code, tuple(a.json()["legal"])) for a in tried} == {(409, ())}
    again = await stage.take(referral, "accept", MIDWIFE, key="terima")
    assert (again.status_code, again.headers["idempotency-replayed"], again.json()["withheld"]) == (200, "true", True)
    assert again.json()["id"] == referral
    moved = token("clinician", CLINIC, subject=f"clinician@{PRACTICE}")
    refused = await stage.send(moved, key="kirim", sbar=SBAR, vitals=VITALS)
    assert refused.status_code == 403, "a key is not carried to another facility"
    behind = "/v1/referrals?counts=askings&figure=sent"
    listed = await stage.http.get(behind, headers=MIDWIFE)
    (item,) = listed.json()["items"]
    assert (item["state"], item["outcome"], item["to_facility"], item["withheld"]) == (
        "redirected", None, PUSKESMAS, True,
    )  # fmt: skip
    tried += [again, listed, refused]
    for wanted in ("outcome=died", "state=closed", "state=in-care"):
        assert (await stage.http.get(f"{behind}&{wanted}", headers=MIDWIFE)).json()["items"] == [], wanted
    died = await stage.http.get("/v1/referrals/figures?counts=askings&outcome=died", headers=MIDWIFE)
    assert died.json()["all"]["sent"] == 0
    for by, row in (("outcome", "elsewhere"), ("state", "redirected")):
        found = (await stage.http.get(f"/v1/referrals/figures?counts=askings&by={by}", headers=MIDWIFE)).json()
        assert [(r["code"], r["sent"]) for r in found["rows"]] == [(row, 1)]
    for answer in tried:
        assert HOSPITAL not in answer.text and "died" not in answer.text
        assert not any(m in answer.text for m in MARKS.values())
    own = (await stage.http.get(f"{behind}&outcome=died", headers=RSUD)).json()["items"]
    assert [i["id"] for i in own] == [referral]


async def test_a_withheld_diagnosis_is_not_found_by_filtering(stage: Stage) -> None:
    """Who may not read it does not get it by asking which referrals have it, one by one."""
    referral = await stage.sent(who=DOCTOR)
    narrow = f"sender={PRACTICE}&diagnosis=O13"

    async def listed(who: dict[str, str], wanted: str) -> list[str]:
        return [i["id"] for i in (await stage.http.get(f"/v1/referrals?{wanted}", headers=who)).json()["items"]]

    assert await listed(OFFICE, narrow) == [referral]
    assert await listed(AUDITOR, f"sender={PRACTICE}&figure=sent") == [referral]
    for wanted in (narrow, "chapter=XV&figure=open", f"{narrow}&figure=sent"):
        assert await listed(AUDITOR, wanted) == []
    found = (await stage.http.get(f"/v1/referrals/figures?by=state&{narrow}", headers=AUDITOR)).json()
    assert (found["all"]["sent"], found["link"]) == (None, None)
    rows = (await stage.http.get("/v1/referrals/figures?by=diagnosis", headers=AUDITOR)).json()["rows"]
    assert [(r["code"], r["sent"], r["link"]) for r in rows] == [("other", None, None)]
    stage.peers.closed.add(referral)
    assert await listed(OFFICE, narrow) == []


async def test_a_second_senders_try_does_not_name_what_the_record_hides(stage: Stage) -> None:
    referral = await stage.sent(who=DOCTOR, to_facility=HOSPITAL)
    other = {"who": token("clinician", CLINIC), "to_facility": HOSPITAL, "diagnosis": "Z00.0"}
    named = await stage.send(**other)
    assert (named.status_code, named.json()["referral"], named.json()["from_facility"]) == (409, referral, PRACTICE)
    stage.peers.closed.add(referral)
    hidden = await stage.send(**other)
    assert hidden.status_code == 409
    assert not {"referral", "number", "from_facility", "state", "opened_at"} & set(hidden.json())
    assert named.json()["number"] not in hidden.text and PRACTICE not in hidden.text and referral not in hidden.text
    own = await stage.send(who=DOCTOR, to_facility=HOSPITAL)
    assert own.json()["referral"] == referral, "its own sender tracks it all the same"


async def test_who_let_the_time_go_by_keeps_that_line(stage: Stage) -> None:
    referral = await stage.sent(who=DOCTOR, then=[HOSPITAL])
    ring = "UPDATE referral SET rung = 5, ring_at = now() - interval '1 minute', due_at = now() - interval '1 minute'"
    await stage.rows(ring)
    await ringing.ring(stage.app.state.service)
    assert [s["verb"] for s in (await stage.open(referral, DOCTOR))["history"]] == ["send", "expire", "send"]
    late = await stage.open(referral, MIDWIFE)
    assert [(s["verb"], s["who"]) for s in late["history"]] == [("send", "-"), ("expire", "-")]
    assert await marks(stage, referral, MIDWIFE) == set()
    assert await marks(stage, referral, RSUD) == ALL - {"sbar", "vitals"}


@pytest.mark.parametrize(
    ("who", "open_", "shut"),
    [(DOCTOR, ALL, ALL), (MIDWIFE, ALL, ALL), (THIRD, 403, 403), (OFFICE, ALL, set()), (AUDITOR, set(), set()),
     (ANALYST, 403, 403), (CONNECTOR, 403, 403)],
)  # fmt: skip
async def test_each_onlooker(stage: Stage, who: dict[str, str], open_: Any, shut: Any) -> None:
    """`shut`: the record would not show the referral to who has no part in it (the person's word, a class)."""
    referral = await stage.sent(who=DOCTOR, sbar=SBAR, vitals=VITALS)
    before = len(await stage.looks())
    assert await marks(stage, referral, who) == open_
    looks = (await stage.looks())[before:]
    role = who in (ANALYST, CONNECTOR)  # refused by the role alone, whoever is asked for
    assert [(x["person_id"], x["outcome"]) for x in looks] == (
        [] if role else [(PERSON, "refused" if open_ == 403 else "allowed")]
    )
    stage.peers.closed.add(referral)
    assert await marks(stage, referral, who) == shut


async def test_the_offices_own_steps_show_it_no_content(stage: Stage) -> None:
    referral = await stage.sent(who=DOCTOR)
    stage.peers.closed.add(referral)
    answer = await stage.take(referral, "send", OFFICE, {"to_facility": HOSPITAL})
    assert answer.status_code == 200, answer.text
    assert answer.json()["withheld"]
    assert not any(m in answer.text for m in MARKS.values())
    key = await stage.take(referral, "cancel", OFFICE, {"reason": "Keluarga menolak dirujuk"}, key="k")
    assert not any(m in key.text for m in MARKS.values())


async def test_boxes_carry_no_summary(stage: Stage) -> None:
    await stage.sent(who=DOCTOR)
    for who, box in ((MIDWIFE, "inbox"), (DOCTOR, "outbox"), (OFFICE, "inbox")):
        found = (await stage.http.get("/v1/referrals", params={"box": box}, headers=who)).json()["items"]
        assert found[0]["content"]["reason"] == REASON
        assert found[0]["summary"] is None
        said = {n: RESUME["patient"][n] for n in ("name", "birth_date", "gender")}
        assert found[0]["patient"] == (None if who is OFFICE else said), "without the number"


async def test_the_summary_stays_the_same_over_the_legs_and_without_the_record(stage: Stage) -> None:
    referral = await stage.sent(who=DOCTOR, then=[HOSPITAL])
    first = (await stage.open(referral, MIDWIFE))["summary"]
    assert (first["allergies"], first["withheld"]) == (RESUME["allergies"], None)
    assert (await stage.open(referral, DOCTOR))["summary"] == first | {"withheld": True}
    stage.peers.resume_down = True
    assert (await stage.take(referral, "decline", MIDWIFE, {"reason": "Tidak ada dokter jaga"})).status_code == 200
    second = await stage.open(referral, RSUD)
    assert (second["leg"], second["summary"]) == (2, first)
    await stage.take(referral, "accept", RSUD)
    assert (await stage.open(referral, RSUD))["summary"] == first | {"withheld": True}, "the record is open to it now"


async def test_from_whom_the_person_or_a_missing_agreement_keeps_it(stage: Stage) -> None:
    """Who it is, and nothing of the record; the sender's own words are not the record. An emergency waits for no
    agreement, and does not go over the person's word."""
    stage.peers.kept = {PUSKESMAS: "consent", HOSPITAL: "agreement"}
    bare = {"patient": RESUME["patient"]} | {k: [] for k in RESUME if k != "patient"}
    referral = await stage.sent(who=DOCTOR, then=[HOSPITAL])

    async def shown(who: dict[str, str]) -> dict[str, Any]:
        found = (await stage.open(referral, who))["summary"]
        return {k: found[k] for k in found if k not in ("taken_at", "withheld")}

    assert await shown(MIDWIFE) == bare
    assert await marks(stage, referral, MIDWIFE) >= {"reason", "diagnosis", "name"}
    assert await shown(DOCTOR) == RESUME
    raised = {"urgency": "emergency", "reason": "Kejang"}
    assert (await stage.take(referral, "raise", DOCTOR, raised)).status_code == 200
    assert await shown(MIDWIFE) == bare
    await stage.take(referral, "decline", MIDWIFE, {"reason": "Tidak ada dokter jaga"})
    assert await shown(RSUD) == RESUME
    await stage.take(referral, "send", DOCTOR, {"to_facility": CLINIC})
    assert await shown(THIRD) == RESUME, "weighed when it was sent there"
    stage.peers.resume_down = True
    stage.peers.records_down = True
    await stage.take(referral, "send", DOCTOR, {"to_facility": "P1410010102"})
    other = token("puskesmas-staff", "P1410010102")
    assert (await stage.open(referral, other))["summary"]["patient"] == RESUME["patient"]
    assert await shown(other) == bare, "not weighed: kept off, and never in the way"


async def test_an_emergency_goes_without_the_record(stage: Stage) -> None:
    stage.peers.resume_down = True
    slow = (await stage.send(DOCTOR)).json()
    assert (slow["summary"], slow["summary_missing"]) == (None, "unavailable")
    stage.peers.resume_down, stage.peers.records_down = False, True
    down = await stage.send(DOCTOR, patient=None, person_id="orang-lain", urgency="emergency")
    assert (down.status_code, down.json()["summary_missing"]) == (201, "unavailable"), down.text
    calm = await stage.send(DOCTOR, patient=None, person_id="orang-ketiga")
    assert calm.status_code == 503, "who can wait is asked to"
    assert (await stage.open(down.json()["id"], MIDWIFE))["summary_missing"] == "unavailable"
    stage.peers.records_down = False
    assert (await stage.open(down.json()["id"], MIDWIFE))["summary"] is None, "the sender's token hands it on"
    assert (await stage.open(down.json()["id"], DOCTOR))["summary"]["allergies"] == RESUME["allergies"]
    both = await stage.open(down.json()["id"], MIDWIFE)
    assert (both["summary"]["allergies"], both["summary_missing"]) == (RESUME["allergies"], None)


async def test_a_draft_takes_it_when_it_is_sent(stage: Stage) -> None:
    draft = (await stage.send(DOCTOR, draft=True)).json()
    assert (draft["state"], draft["summary"], draft["summary_missing"]) == ("draft", None, None)
    sent = await stage.take(draft["id"], "send", DOCTOR)
    assert sent.json()["summary"]["allergies"] == RESUME["allergies"]


async def test_no_text_travels_in_events(stage: Stage) -> None:
    referral = await stage.sent(who=DOCTOR, sbar=SBAR, vitals=VITALS)
    await stage.take(referral, "redirect", MIDWIFE, REDIRECT)
    await stage.take(referral, "send", DOCTOR)
    await stage.take(referral, "accept", RSUD, {"note": "Siapkan tempat"})
    text = str(await stage.events())
    for said in (*MARKS.values(), REDIRECT["reason"], "Siapkan tempat"):
        assert said == "O13" or said not in text


async def test_the_sender_is_shown_what_it_left_open(stage: Stage) -> None:
    referral = await stage.sent(who=DOCTOR)
    item = {"type": "Encounter", "id": "e-1", "status": "in-progress", "sentence": {"id": "tutup", "en": "close"}}
    stage.peers.left_open = [item | {"referral": referral}]
    await stage.take(referral, "accept", MIDWIFE)
    assert (await stage.open(referral, DOCTOR))["left_open"] == []
    await stage.take(referral, "arrive", MIDWIFE)
    await stage.take(referral, "treat", MIDWIFE)
    await stage.take(referral, "close", MIDWIFE, {"outcome": "admitted"})
    assert (await stage.open(referral, DOCTOR))["left_open"] == [item]
    assert (await stage.open(referral, MIDWIFE))["left_open"] == []
    stage.peers.records_down = True
    assert (await stage.open(referral, DOCTOR))["left_open"] == []
