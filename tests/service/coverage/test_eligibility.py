"""The clinic asks whether someone is an active JKN member; answered over the real protocol."""

import asyncio
from typing import Any

import pytest

from services.coverage import follow
from services.coverage.simulator.members import Override
from services.kernel.events import Event
from tests.service.coverage.jkn_stage import NIK, PERSON, STRANGER, Stage, token

HERE = "P1410010101"


async def test_an_active_member_registered_here(stage: Stage) -> None:
    answer = await stage.ask({"nik": NIK})
    assert answer.status_code == 200
    told = answer.json()
    assert (told["status"], told["eligible_here"], told["source"], told["trouble"]) == ("active", True, "live", None)
    assert told["person_id"] == PERSON
    assert told["registered_facility"] == {
        "bpjs_code": "9914P001", "name": "Puskesmas Selatpanjang", "facility": HERE,
    }  # fmt: skip
    assert told["payer"]["code"] and told["care_class"]["code"] and told["member_since"] and told["checked_at"]
    assert told["message"] == "Peserta JKN aktif dan terdaftar di faskes ini."
    assert NIK not in answer.text


async def test_active_but_registered_elsewhere(stage: Stage) -> None:
    told = (await stage.ask({"nik": NIK}, facility="K1410010201")).json()
    assert (told["status"], told["eligible_here"]) == ("active", False)
    assert (await stage.ask({"nik": NIK}, facility="D1410010301")).json()["eligible_here"] is False


async def test_bpjs_codes_meet_in_either_case(stage: Stage) -> None:
    stage.world.fix(NIK, Override(active=True, provider="9914B011"))
    told = (await stage.ask({"nik": NIK}, facility="K1410010201")).json()
    assert told["eligible_here"] is True
    assert told["registered_facility"]["facility"] == "K1410010201"


async def test_inactive_and_not_registered(stage: Stage) -> None:
    stage.world.fix(NIK, Override(active=False, status_text="PENANGGUHAN PEMBAYARAN"))
    told = (await stage.ask({"nik": NIK})).json()
    assert (told["status"], told["eligible_here"]) == ("inactive", False)
    assert told["status_text"] == "PENANGGUHAN PEMBAYARAN"
    stage.world.fix(NIK, Override(registered=False))
    told = (await stage.ask({"nik": NIK})).json()
    assert (told["status"], told["registered_facility"], told["source"]) == ("not_found", None, "live")


async def test_asked_by_card_number(stage: Stage) -> None:
    found = stage.world.by_nik(NIK)
    assert found
    stage.peers.persons["jkn", found["noKartu"]] = PERSON
    told = (await stage.ask({"jkn": found["noKartu"]})).json()
    assert (told["status"], told["person_id"]) == ("active", PERSON)


async def test_asked_by_person_id(stage: Stage) -> None:
    told = (await stage.ask({"person_id": PERSON})).json()
    assert (told["status"], told["source"]) == ("active", "live")


async def test_what_was_said_of_either_is_known_of_who_they_became(stage: Stage) -> None:
    other, third = "0190a3f0-0000-7000-8000-000000000098", "0190a3f0-0000-7000-8000-000000000097"
    stage.peers.visible |= {other, third}
    service = stage.app.state.service

    async def told(kind: str, survivor: str, joined: str) -> None:
        data = {"survivor": survivor, "other": joined, "persons": [survivor, joined]}
        async with service.db.transaction() as tx:
            await follow.records(service, tx, [Event("merge", kind, joined, 1, data, survivor)])

    async def known(person: str) -> int:
        answer = await stage.http.get(f"/v1/coverage/{person}", headers=token("clinic-system"))
        return int(answer.status_code)

    await stage.ask({"person_id": PERSON})
    assert [await known(p) for p in (PERSON, other, third)] == [200, 404, 404]
    await told("created", other, PERSON)
    await told("created", third, other)
    assert [await known(p) for p in (PERSON, other, third)] == [200, 200, 200]
    await told("deleted", third, other)
    assert [await known(p) for p in (PERSON, other, third)] == [200, 200, 404]
    await told("deleted", other, PERSON)
    assert [await known(p) for p in (PERSON, other, third)] == [200, 404, 404]


async def test_a_person_with_a_card_but_no_nik(stage: Stage) -> None:
    found = stage.world.by_nik(NIK)
    assert found
    stage.peers.identifiers[PERSON] = {"bpjs": found["noKartu"]}
    assert (await stage.ask({"person_id": PERSON})).json()["status"] == "active"


async def test_a_person_without_numbers_is_unknown(stage: Stage) -> None:
    stage.peers.identifiers[PERSON] = {"ihs-number": "P02478375538"}
    told = (await stage.ask({"person_id": PERSON})).json()
    assert (told["status"], told["source"], told["trouble"]) == ("unknown", "none", "no-number")
    assert stage.world.asked == 0


async def test_someone_the_record_does_not_know_is_answered_and_not_kept(stage: Stage) -> None:
    stage.world.fix(STRANGER, Override(active=True))
    told = (await stage.ask({"nik": STRANGER})).json()
    assert (told["status"], told["person_id"]) == ("active", None)
    assert await stage.rows("SELECT * FROM member") == await stage.events() == []
    assert [(a["person_id"], a["purpose"]) for a in await stage.accesses()] == [(None, "registration")]


async def test_the_state_is_kept_without_numbers_or_names(stage: Stage) -> None:
    await stage.ask({"nik": NIK})
    (row,) = await stage.rows("SELECT * FROM member")
    found = stage.world.by_nik(NIK)
    assert found
    assert (row["person_id"], row["status"], row["version"]) == (PERSON, "active", 1)
    assert not {NIK, found["noKartu"], found["nama"]} & {str(v) for v in row.values()}


async def test_followers_hear_of_changes_once(stage: Stage) -> None:
    await stage.ask({"nik": NIK})
    await stage.ask({"nik": NIK})
    stage.world.fix(NIK, Override(active=False))
    await stage.ask({"person_id": PERSON})
    first, second = await stage.events()
    assert (first["type"], first["kind"], first["id"], first["version"]) == ("member", "created", PERSON, 1)
    assert (second["kind"], second["version"], second["person"]) == ("changed", 2, PERSON)
    assert first["data"] == {
        "status": "active", "payer": first["data"]["payer"], "checked_on": first["data"]["checked_on"],
        "registered_facility": HERE, "dental_facility": None, "prolanis": [], "prb": False, "source": "bpjs",
        "since": first["data"]["since"],
    }  # fmt: skip
    assert second["data"]["status"] == "inactive"
    assert NIK not in str([first, second])


async def test_many_at_once_keep_one_state(stage: Stage) -> None:
    answers = await asyncio.gather(*(stage.ask({"nik": NIK}) for _ in range(20)))
    assert {a.json()["status"] for a in answers} == {"active"}
    assert [r["version"] for r in await stage.rows("SELECT version FROM member")] == [1]
    assert {e["version"] for e in await stage.events()} == {1}
    assert len(await stage.accesses()) == 20


async def test_every_check_is_in_the_access_log(stage: Stage) -> None:
    await stage.ask({"nik": NIK})
    await stage.ask({"person_id": PERSON}, role="clinician")
    by_number, by_person = await stage.accesses()
    assert by_number | {"at": 0} == {
        "actor": "test-clinic-system", "role": "clinic-system", "facility": HERE, "person_id": PERSON,
        "action": "read", "what": "JKN/eligibility", "purpose": "registration", "outcome": "allowed", "at": 0,
    }  # fmt: skip
    assert (by_person["role"], by_person["purpose"]) == ("clinician", "TREAT")


async def test_without_a_care_relation_a_person_id_is_refused_and_logged(stage: Stage) -> None:
    stage.peers.visible.clear()
    refused = await stage.ask({"person_id": PERSON})
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"
    seen = await stage.http.get(f"/v1/coverage/{PERSON}", headers=token())
    assert seen.status_code == 403
    assert [a["outcome"] for a in await stage.accesses()] == ["refused", "refused"]
    assert stage.world.asked == 0
    assert (await stage.ask({"nik": NIK})).status_code == 200  # the number they present is the reason


async def test_records_is_asked_with_the_peer_key_and_the_users_token(stage: Stage) -> None:
    await stage.ask({"person_id": PERSON})
    assert any("authorization" in h for h in stage.peers.asked_with)


async def test_records_away_is_a_503(stage: Stage) -> None:
    stage.peers.records_down = True
    answer = await stage.ask({"nik": NIK})
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"


async def test_the_last_known_state(stage: Stage) -> None:
    missing = await stage.http.get(f"/v1/coverage/{PERSON}", headers=token())
    assert missing.status_code == 404
    await stage.ask({"nik": NIK})
    asked = stage.world.asked
    told = (await stage.http.get(f"/v1/coverage/{PERSON}", headers=token())).json()
    assert (told["status"], told["source"], told["trouble"], told["eligible_here"]) == ("active", "cached", None, True)
    assert stage.world.asked == asked
    assert (await stage.accesses())[-1]["what"] == "JKN/coverage"


@pytest.mark.parametrize(
    ("role", "facility", "status"),
    [
        ("clinic-system", HERE, 200), ("clinician", HERE, 200), ("facility-admin", HERE, 200),
        ("puskesmas-staff", HERE, 200), ("hospital", HERE, 200), ("jkn-connector", None, 200),
        ("dinkes-admin", None, 200), ("auditor", None, 403), ("dinkes-analyst", None, 403),
    ],
)  # fmt: skip
async def test_who_may_ask(stage: Stage, role: str, facility: str | None, status: int) -> None:
    assert (await stage.ask({"nik": NIK}, role=role, facility=facility)).status_code == status
    seen = await stage.http.get(f"/v1/coverage/{PERSON}", headers=token(role, facility))
    assert seen.status_code == status


async def test_an_office_asks_for_any_facility_a_clinic_for_its_own(stage: Stage) -> None:
    office: dict[str, Any] = {"role": "dinkes-admin", "facility": None}
    assert (await stage.ask({"nik": NIK}, **office)).json()["eligible_here"] is None
    assert (await stage.ask({"nik": NIK, "facility": HERE}, **office)).json()["eligible_here"] is True
    unknown = await stage.ask({"nik": NIK, "facility": "P9999999999"}, **office)
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/facility")
    foreign = await stage.ask({"nik": NIK, "facility": "K1410010201"})
    assert foreign.status_code == 403
    assert (await stage.ask({"nik": NIK}, facility="P0000000000")).json()["eligible_here"] is None


async def test_a_facility_registered_a_moment_ago_is_known(stage: Stage) -> None:
    stage.peers.facility("P1410020101", "Puskesmas Anak Setatah", "9914P003")
    stage.world.fix(NIK, Override(active=True, provider="9914P003"))
    assert (await stage.ask({"nik": NIK}, facility="P1410020101")).json()["eligible_here"] is True


@pytest.mark.parametrize(
    "question",
    [
        {}, {"nik": NIK, "person_id": PERSON}, {"nik": "141001410790001"}, {"nik": NIK + "1"}, {"nik": "0" * 16},
        {"nik": "14100141079000AB"}, {"jkn": "123456789012"}, {"jkn": "00011122233345"}, {"nik": NIK, "nama": "X"},
        {"nik": 1410014107900001}, {"person_id": ""}, {"nik": NIK, "facility": "'; drop table"},
    ],
)  # fmt: skip
async def test_bad_input_names_the_field_not_the_value(stage: Stage, question: dict[str, Any]) -> None:
    answer = await stage.ask(question)
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert NIK not in answer.text
    assert stage.world.asked == 0


async def test_no_token_and_broken_json(stage: Stage) -> None:
    assert (await stage.http.post("/v1/eligibility", json={"nik": NIK})).status_code == 401
    broken = await stage.http.post(
        "/v1/eligibility", content=b"{", headers=token() | {"content-type": "application/json"}
    )
    assert broken.status_code == 400


async def test_english_on_request(stage: Stage) -> None:
    headers = token() | {"accept-language": "en"}
    told = (await stage.http.post("/v1/eligibility", json={"nik": NIK}, headers=headers)).json()
    assert told["message"] == "Active JKN member, registered at this facility."
