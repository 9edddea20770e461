"""Where to refer: first-level diagnoses ask for a reason, candidates are ranked and say why."""

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
    assert (await stage.send(**UPWARD, draft=True)).status_code == 422
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


async def test_an_ended_row_asks_no_more_after_the_next_look(stage: Stage) -> None:
    first_level(stage, "I10")
    await followed(stage)
    assert (await stage.send(**UPWARD)).status_code == 422
    first_level(stage, "I10", until="2020-12-31", version=2)
    first_level(stage, "I10")  # an old word that comes again changes nothing
    await followed(stage)
    sent = await stage.send(**UPWARD)
    assert (sent.status_code, sent.json()["non_specialist"]) == (201, False)
