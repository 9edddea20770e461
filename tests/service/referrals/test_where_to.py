"""Where to refer: first-level diagnoses ask for a reason, candidates are ranked and say why."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.referrals import room
from tests.service.referrals.stage import CLINIC, HOSPITAL, PRACTICE, PUSKESMAS, Stage, token

UPWARD = {"to_facility": HOSPITAL, "kind": "vertical", "urgency": "routine", "diagnosis": "I10"}
DOCTOR = token("clinician", PRACTICE)


def first_level(stage: Stage, code: str, until: str | None = None, version: int = 1) -> None:
    """The network tells of a first-level diagnosis."""
    data = {"code": code, "valid_from": "2014-01-01", "valid_until": until}
    stage.peers.feed.append(
        {
            "position": len(stage.peers.feed) + 1, "at": "2026-11-21T01:00:00.000000Z", "version": version,
            "type": "non_specialist_diagnosis", "kind": "created", "id": f"{code}/2014-01-01", "person": None,
            "data": data,
        }
    )  # fmt: skip


async def followed(stage: Stage) -> None:
    """The news is in the service's memory."""
    await stage.app.state.service.followers[0].catch_up()
    await room.load(stage.app.state.service)


async def test_a_first_level_diagnosis_asks_for_a_reason_upward(stage: Stage) -> None:
    asked = {"diagnosis": "I10"}
    unknown = await stage.http.get("/v1/referrals/competences", params=asked, headers=DOCTOR)
    assert (unknown.json()["non_specialist"], unknown.json()["tacc"]) == (None, [])
    first_level(stage, "I10")
    await followed(stage)
    told = (await stage.http.get("/v1/referrals/competences", params=asked, headers=DOCTOR)).json()
    assert (told["non_specialist"], [c["code"] for c in told["tacc"]]) == (True, [1, 2, 3, 4])
    early = await stage.http.get("/v1/referrals/competences", params=asked | {"on": "2013-01-01"}, headers=DOCTOR)
    assert early.json()["non_specialist"] is False
    refused = await stage.send(**UPWARD)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/tacc")
    assert refused.json()["choices"] == {"tacc": told["tacc"], "limit": told["limit"]}
    assert not await stage.rows("SELECT 1 FROM referral")
    choice = {"code": told["tacc"][0]["code"], "reason": told["tacc"][0]["reasons"][-1]}
    sent = await stage.send(**UPWARD, tacc=choice)
    assert (sent.status_code, sent.json()["non_specialist"]) == (201, True)
    assert await stage.rows("SELECT non_specialist FROM referral") == [{"non_specialist": True}]


async def test_a_limit_an_emergency_and_the_same_level_need_no_tacc(stage: Stage) -> None:
    first_level(stage, "I10")
    await followed(stage)
    for fine in (
        {"limit": "Reagen habis sampai Senin"}, {"urgency": "emergency"},
        {"to_facility": PUSKESMAS, "kind": "horizontal"}, {"diagnosis": "I11.0"},
    ):  # fmt: skip
        sent = await stage.send(**UPWARD | {"beside": "rujukan uji"} | fine)
        assert (sent.status_code, sent.json()["non_specialist"]) == (201, "diagnosis" not in fine), sent.text
    clinic = await stage.send(who=token("clinician", CLINIC), **UPWARD | {"beside": "rujukan uji"})
    assert clinic.status_code == 422
    hospital = await stage.send(
        who=token("clinician", HOSPITAL), **UPWARD | {"beside": "rujukan uji", "to_facility": CLINIC}
    )
    assert hospital.status_code == 201, hospital.text


async def test_a_draft_is_asked_when_it_is_sent(stage: Stage) -> None:
    first_level(stage, "I10")
    await followed(stage)
    draft = (await stage.send(**UPWARD, draft=True)).json()
    assert draft["non_specialist"] is True
    refused = await stage.take(draft["id"], "send", DOCTOR)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/tacc")
    body = {**UPWARD, "reason": "Tekanan darah tidak turun", "limit": "Obat lini kedua habis"}
    changed = await stage.http.put(f"/v1/referrals/drafts/{draft['id']}", json=body, headers=DOCTOR)
    assert changed.status_code == 200, changed.text
    sent = await stage.take(draft["id"], "send", DOCTOR)
    assert (sent.status_code, sent.json()["non_specialist"]) == (200, True)
    other = (await stage.send(**UPWARD | {"diagnosis": "I11"}, draft=True)).json()
    body = {**UPWARD, "reason": "Tekanan darah tidak turun", "beside": "rujukan uji"}
    changed = await stage.http.put(f"/v1/referrals/drafts/{other['id']}", json=body, headers=DOCTOR)
    assert (changed.status_code, changed.json()["non_specialist"]) == (200, True)


async def test_an_ended_row_asks_no_more_after_the_next_look(stage: Stage) -> None:
    first_level(stage, "I10")
    await followed(stage)
    assert (await stage.send(**UPWARD)).status_code == 422
    first_level(stage, "I10", until="2020-12-31", version=2)
    await followed(stage)
    first_level(stage, "I10")  # an old word that comes again changes nothing
    await followed(stage)
    sent = await stage.send(**UPWARD)
    assert (sent.status_code, sent.json()["non_specialist"]) == (201, False)


NEEDS = [
    {"service": "kia", "name": "Kesehatan ibu dan anak", "because": "O00-O99", "urgency": "any", "verified": False}
]
RULES = {
    "competence": 25, "services": 20, "open": 15, "distance": 15, "capacity": 10, "jkn": 10, "agreement": 5,
    "answers": 5, "acceptance": 50, "half-distance-km": 20, "stale-minutes": 360, "half-answer-minutes": 60,
    "unknown-percent": 40, "history-days": 90,
}  # fmt: skip
DINKES = token("dinkes-admin", None)


def place(code: str, **more: Any) -> dict[str, Any]:
    """A facility as the network tells of it."""
    return {
        "code": code, "name": f"Faskes {code}", "kind": "rs", "ownership": "public", "status": "active",
        "hospital_class": None, "distance_km": 10.0, "offered": ["kia"], "listed": True, "open": True,
        "competence": "madya", "competence_code": "O10-O16", "jkn": "fkrtl", "agreement": None, "beds": [], "slots": [],
    } | more  # fmt: skip


def network(*facilities: dict[str, Any], strange: tuple[str, ...] = ()) -> dict[str, Any]:
    """What the network answers."""
    origin = {"kind": "tpmd", "hospital_class": None, "latitude": 1.0, "longitude": 102.7}
    return {
        "on": "2026-11-22", "needs": NEEDS, "strange": list(strange), "rules": RULES, "origin": origin,
        "facilities": list(facilities),
    }  # fmt: skip


async def candidates(stage: Stage, who: dict[str, str] = DOCTOR, **asked: Any) -> Any:
    """What is answered to the question where to."""
    params = {"diagnosis": "O13", "kind": "vertical", "urgency": "urgent"} | asked
    answer = await stage.http.get("/v1/referrals/candidates", params=params, headers=who)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_candidates_come_ranked_with_their_reasons(stage: Stage) -> None:
    told = (datetime.now(UTC) - timedelta(minutes=30)).isoformat()
    stage.peers.network = network(
        place("R2", distance_km=3.0), place("R1", distance_km=2.0, open=False),
        place("R3", distance_km=3.0, slots=[{"what": "kia", "free": 7, "reported_at": told}]),
        place("R4", status="suspended"), place(PUSKESMAS, kind="puskesmas"), place(PRACTICE, kind="tpmd"),
    )  # fmt: skip
    found = await candidates(stage, payer="jkn")
    assert [(c["rank"], c["facility"]) for c in found["items"]] == [(1, "R3"), (2, "R2"), (3, "R1")]
    assert (found["found"], found["excluded"], found["needs"]) == (3, None, NEEDS)
    best = {c["name"]: c for c in found["items"][0]["criteria"]}
    assert list(best) == [
        "competence", "services", "open", "distance", "capacity", "jkn", "agreement", "answers", "acceptance",
    ]  # fmt: skip
    assert best["distance"]["words"] == {"id": "3,0 km", "en": "3.0 km"}
    assert "7 tempat kosong, dilaporkan 30 menit" in best["capacity"]["words"]["id"]
    assert (best["acceptance"]["share"], best["acceptance"]["points"]) == (None, 20.0)
    asked = stage.peers.looked_up[-1]
    assert (asked["sender"], asked["diagnosis"], asked["latitude"]) == (PRACTICE, "O13", None)
    assert asked["kinds"] == ["klinik-utama", "rs"]
    whole = await candidates(stage, all="true", near="1.5,102.5", at="2026-11-25T09:00:00", limit="1")
    assert len(whole["items"]) == 1
    assert {e["facility"]: len(e["reasons"]) for e in whole["excluded"]} == {"R4": 1, PUSKESMAS: 1, PRACTICE: 2}
    asked = stage.peers.looked_up[-1]
    assert asked["kinds"] is None
    assert (asked["latitude"], asked["longitude"], asked["at"][:16]) == (1.5, 102.5, "2026-11-25T09:00")
    assert asked["at"].endswith("+07:00")
    assert not await stage.rows("SELECT 1 FROM access_log UNION ALL SELECT 1 FROM access_pending")
    assert (await candidates(stage, area="31"))["items"] == []
    office = await candidates(stage, DINKES, facility=CLINIC)
    assert office["found"] == 3
    assert stage.peers.looked_up[-1]["sender"] == CLINIC
    await candidates(stage, facility=CLINIC)
    assert stage.peers.looked_up[-1]["sender"] == PRACTICE


async def test_what_receivers_did_before_counts(stage: Stage) -> None:
    stage.peers.network = network(place(HOSPITAL), place(CLINIC, kind="klinik-utama"))
    assert [c["facility"] for c in (await candidates(stage))["items"]] == [CLINIC, HOSPITAL]
    for n in range(3):
        for to, verb, told in ((HOSPITAL, "accept", {}), (CLINIC, "decline", {"reason": "penuh"})):
            id_ = await stage.sent(to_facility=to, kind="vertical", diagnosis=f"O1{n}", beside="rujukan uji")
            answer = await stage.take(id_, verb, token("hospital", to), told)
            assert answer.status_code == 200, answer.text
    await stage.sent(to_facility=HOSPITAL, kind="vertical", urgency="routine", diagnosis="O99", beside="rujukan uji")
    room.room(stage.app.state.service).recent.clear()
    found = await candidates(stage)
    assert [c["facility"] for c in found["items"]] == [HOSPITAL, CLINIC]
    words = [{k["name"]: k["words"]["id"] for k in c["criteria"]} for c in found["items"]]
    assert [w["acceptance"] for w in words] == ["menerima 3 dari 3", "menerima 0 dari 3"]
    assert words[0]["answers"].startswith("median jawab 0 menit (3 kali")
    other = (await candidates(stage, urgency="routine"))["items"]
    assert all("belum cukup" in c["criteria"][-1]["words"]["id"] for c in other)


async def test_wrong_questions_and_a_network_that_is_away(stage: Stage) -> None:
    url = "/v1/referrals/candidates"
    away = await stage.http.get(url, params={"diagnosis": "O13"}, headers=DOCTOR)
    assert (away.status_code, away.headers["retry-after"]) == (503, "5")
    stage.peers.network = network(strange=("sulap",))
    odd = await stage.http.get(url, params={"diagnosis": "O13", "service": "sulap"}, headers=DOCTOR)
    assert (odd.status_code, odd.json()["errors"][0]["pointer"]) == (422, "/query/service")
    for params, field in (({"diagnosis": "sakit"}, "diagnosis"), ({"diagnosis": "O13", "near": "95,102"}, "near")):
        wrong = await stage.http.get(url, params=params, headers=DOCTOR)
        assert (wrong.status_code, wrong.json()["errors"][0]["pointer"].endswith(field)) in ((400, True), (422, True))
    assert (await stage.http.get(url, params={"diagnosis": "O13"}, headers=token("auditor", None))).status_code == 403


async def test_what_speaks_against_the_destination_is_said_and_does_not_forbid(stage: Stage) -> None:
    away = await stage.send()
    assert (away.status_code, away.json()["warnings"]) == (201, [])
    stage.peers.network = network(place(PUSKESMAS, open=False))
    still = await stage.send(beside="rujukan uji")
    assert (still.json()["warnings"], stage.peers.looked_up) == ([], []), "an absent network is not waited for again"
    room.room(stage.app.state.service).recent.clear()
    stage.peers.network = network(place(PUSKESMAS, offered=[], open=False, jkn=None), place(HOSPITAL, jkn=None))
    sent = await stage.send(payer="jkn", beside="rujukan uji", key="satu")
    assert [w["code"] for w in sent.json()["warnings"]] == ["service", "closed", "jkn"]
    assert "kia" in sent.json()["warnings"][0]["words"]["id"]
    again = await stage.send(payer="jkn", beside="rujukan uji", key="satu")
    assert again.json()["warnings"] == sent.json()["warnings"]
    stage.peers.asked = 0
    soon = await stage.send(payer="jkn", beside="rujukan uji")
    assert stage.peers.asked == 1, "who it is, whether the sender may, and what goes along, in one question"
    assert (await stage.send(beside="rujukan uji", draft=True)).status_code == 201
    assert stage.peers.asked == 2
    assert soon.json()["warnings"] == sent.json()["warnings"]
    assert [asked["only"] for asked in stage.peers.looked_up] == [[PUSKESMAS]], "asked once a minute"
    fine = await stage.send(to_facility=HOSPITAL, kind="vertical", beside="rujukan uji")
    assert (fine.status_code, fine.json()["warnings"]) == (201, [])
    opened = await stage.open(sent.json()["id"], DOCTOR)
    assert opened["warnings"] == []
