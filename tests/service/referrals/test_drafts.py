"""A draft: the sender's own until it is sent, with its whole history."""

from datetime import UTC, datetime, timedelta

from tests.service.referrals.stage import CLINIC, HOSPITAL, PRACTICE, PUSKESMAS, REASON, Stage, token

DOCTOR, MIDWIFE = token("clinician", PRACTICE, "dr-rahmat"), token("puskesmas-staff", PUSKESMAS, "bidan-ani")
CONTENT = {"urgency": "routine", "kind": "vertical", "diagnosis": "O14.1", "reason": "Tekanan darah naik lagi"}


async def test_it_is_changed_and_sent(stage: Stage) -> None:
    made = await stage.send(DOCTOR, draft=True, to_facility=None)
    draft = made.json()
    assert (made.status_code, draft["state"], draft["leg"], draft["to_facility"]) == (201, "draft", 0, None)
    assert draft["legal"] == ["send", "raise", "cancel"]
    assert (await stage.send(DOCTOR)).status_code == 201, "a draft stands in nobody's way"
    path = f"/v1/referrals/drafts/{draft['id']}"
    put = await stage.http.put(path, json=CONTENT | {"to_facility": HOSPITAL, "then": [CLINIC]}, headers=DOCTOR)
    assert (put.status_code, put.json()["candidates"], put.json()["diagnosis"]) == (200, [HOSPITAL, CLINIC], "O14.1")
    for who in (token("hospital", HOSPITAL), MIDWIFE):
        assert (await stage.http.get(f"/v1/referrals/{draft['id']}", headers=who)).status_code == 403
        assert (await stage.http.put(path, json=CONTENT, headers=who)).status_code == 403
    sent = (await stage.take(draft["id"], "send", DOCTOR)).json()
    assert (sent["state"], sent["to_facility"], sent["candidates"], sent["leg"]) == ("sent", HOSPITAL, [CLINIC], 1)
    late = await stage.http.put(path, json=CONTENT, headers=DOCTOR)
    assert (late.status_code, late.json()["state"], late.json()["legal"]) == (
        409, "sent", ["send", "raise", "close", "cancel"],
    )  # fmt: skip
    whole = await stage.open(draft["id"], DOCTOR)
    assert [(s["verb"], s["state"], s["reason"]) for s in whole["history"]] == [
        ("draft", "draft", REASON), ("draft", "draft", CONTENT["reason"]), ("send", "sent", None),
    ]  # fmt: skip


async def test_what_it_must_say(stage: Stage) -> None:
    nowhere = await stage.send(DOCTOR, to_facility=None)
    assert nowhere.status_code == 422
    draft = (await stage.send(DOCTOR, draft=True, to_facility=None)).json()["id"]
    unplaced = await stage.take(draft, "send", DOCTOR)
    assert [e["pointer"] for e in unplaced.json()["errors"]] == ["/to_facility"]
    unknown = await stage.http.put(
        f"/v1/referrals/drafts/{draft}",
        json=CONTENT | {"to_facility": PUSKESMAS, "then": ["P9999999999"]},
        headers=DOCTOR,
    )
    assert [e["pointer"] for e in unknown.json()["errors"]] == ["/then/0"]
    assert (await stage.send(DOCTOR, consent=False)).status_code == 422
    assert (await stage.send(DOCTOR, consent=False, urgency="emergency")).status_code == 201


async def test_what_is_sent_after_an_outage_says_when_it_was(stage: Stage) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    referral = await stage.sent(who=DOCTOR, at=yesterday.isoformat())
    whole = await stage.open(referral, DOCTOR)
    assert datetime.fromisoformat(whole["history"][0]["at"]) == yesterday
    assert whole["due_at"] > datetime.now(UTC).isoformat(), "its clock begins when it came"
    future = datetime.now(UTC) + timedelta(hours=1)
    assert (await stage.send(DOCTOR, diagnosis="K02", at=future.isoformat())).json()["errors"][0]["pointer"] == "/at"
