"""The two services together: what each party sees, hears and is reminded of on a referral's whole way."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from services.records.usecases import delivering
from tests.service.records.bodies import BASE, nik, patient
from tests.service.records.referral_stage import CLINIC, HOSPITAL, ORGANIZATION, PUSKESMAS, Both, Caller, both
from tests.service.records.test_changes import sealed
from tests.service.records.test_resume import thing
from tests.service.records.test_sensitive import condition
from tests.service.referrals.stage import token

THIRD = "P1410010102"


@pytest.fixture(scope="module")
async def stage(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    folder = tmp_path_factory.mktemp("parties")
    async with both(new_database("records"), new_database("referrals"), folder) as running:
        yield running


async def a_patient(clinic: Caller) -> tuple[str, str]:
    """Somebody with an allergy, an HIV diagnosis and a visit that goes on; the person and the visit."""
    person = (await clinic.post(patient(nik()))).json()["id"]
    visit = {
        "resourceType": "Encounter", "status": "in-progress", "subject": {"reference": f"Patient/{person}"},
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "period": {"start": (datetime.now(UTC) - timedelta(hours=1)).isoformat()},
        "serviceProvider": {"reference": f"Organization/{ORGANIZATION[clinic.facility]}"},
    }  # fmt: skip
    begun = (await clinic.post(visit)).json()["id"]
    for body in (thing("AllergyIntolerance", person, "amoksisilin"), condition(person, "B20")):
        assert (await clinic.post(body)).status_code == 201
    return person, begun


class Ear:
    """A system that hears of changes, by asking and by webhook."""

    def __init__(self, caller: Caller) -> None:
        self.caller, self.after = caller, ""

    async def listens(self) -> None:
        await self.hears()
        await self.caller.both.sql(
            "INSERT INTO webhook (id, facility, subject, role, url, types, secret, cursor)"
            " VALUES ($1, $1, 'uji', 'clinic-system', 'http://127.0.0.1:1/', '{}', 'x', $2)",
            self.caller.facility, self.after,
        )  # fmt: skip

    async def hears(self) -> set[str]:
        """What was told since, to who asks."""
        told: set[str] = set()
        while True:
            page = (await self.caller.call("GET", "/v1/changes", params={"after": self.after, "limit": 500})).json()
            self.after = page["next"]
            told |= {f"{e['type']}/{e['id']}" for e in page["entries"]}
            if not page["more"]:
                return told

    async def is_told(self) -> set[str]:
        """What its webhook is to deliver."""
        rows = await self.caller.both.sql(
            "DELETE FROM webhook_delivery WHERE webhook_id = $1 RETURNING payload", self.caller.facility
        )
        entries: list[dict[str, Any]] = [e for r in rows for e in orjson.loads(r["payload"])["data"]["entries"]]
        return {f"{e['type']}/{e['id']}" for e in entries}


async def test_a_whole_way(stage: Both) -> None:
    clinic, first, second = stage.at(CLINIC), stage.at(PUSKESMAS), stage.at(HOSPITAL)
    ears = {c.facility: Ear(c) for c in (clinic, first, second, stage.at(THIRD))}
    person, visit = await a_patient(clinic)
    await stage.settle()
    await sealed(stage.records)
    for ear in ears.values():
        await ear.listens()

    async def heard(*parties: str, more: bool = False) -> None:
        """This step is told to these, by both ways, and to nobody else."""
        await stage.settle()
        await sealed(stage.records)
        await delivering.feed_all(stage.records.state.service)
        for facility, ear in ears.items():
            wanted = facility in parties
            for said in (await ear.hears(), await ear.is_told()):
                assert any(ref.startswith("Task/") for ref in said) == wanted, facility
                assert more or not any(ref.startswith(("Patient/", "Allergy")) for ref in said), facility

    async def reads(caller: Caller) -> tuple[int, int]:
        paths = (f"ServiceRequest/{id_}", f"Patient/{person}")
        found = [(await caller.call("GET", f"{BASE}/{p}")).status_code for p in paths]
        return found[0], found[1]

    body = {"person_id": person, "to_facility": PUSKESMAS, "then": [HOSPITAL], "kind": "vertical", "diagnosis": "O14.1",
            "urgency": "urgent", "reason": "Tekanan darah 170/115"}  # fmt: skip
    sent = await clinic.call("POST", "/v1/referrals", body)
    assert sent.status_code == 201, sent.text
    id_ = sent.json()["id"]
    await heard(CLINIC, PUSKESMAS)
    summary = (await first.referral(id_))["summary"]
    assert [e["code"] for e in summary["allergies"]] == ["amoksisilin"]
    assert (summary["problems"], summary["withheld"]) == ([], None), "HIV: the referral is not about it"
    assert (await clinic.referral(id_))["summary"] == summary | {"withheld": True}
    assert await reads(first) == (200, 403)

    assert (await first.take(id_, "decline", reason="Tidak ada dokter jaga")).status_code == 200
    await heard(CLINIC, HOSPITAL)
    assert (await reads(first), await reads(second)) == ((403, 403), (200, 403))
    assert (await second.referral(id_))["summary"] == summary

    assert (await second.take(id_, "accept")).status_code == 200
    await heard(CLINIC, HOSPITAL, more=True)
    assert await reads(second) == (200, 200)
    for verb in ("arrive", "treat"):
        assert (await second.take(id_, verb)).status_code == 200
    assert (await second.take(id_, "close", outcome="admitted")).status_code == 200
    await heard(CLINIC, HOSPITAL)

    left = (await clinic.referral(id_))["left_open"]
    assert [(i["type"], i["id"]) for i in left] == [("Encounter", visit)]
    assert "dirawat inap di" in left[0]["sentence"]["id"]
    listed = (await clinic.call("GET", "/v1/visits/left-open")).json()["items"]
    assert [(i["id"], i["referral"], i["outcome"]) for i in listed] == [(visit, id_, "admitted")]

    auditor = Caller(stage, "", token("auditor", None))
    report = (await auditor.call("GET", f"/v1/persons/{person}/access-report")).json()
    assert ["dirawat inap" in w["sentence"]["id"] for w in report["referrals"]] == [True]
    assert {HOSPITAL, PUSKESMAS} <= {e["facility"] for e in report["entries"] if e["service"] == "referrals"}
    assert "Patient/$summary" in {e["what"] for e in report["entries"] if e["facility"] == CLINIC}


async def test_the_way_of_who_has_opted_out(stage: Both) -> None:
    """Sent, asked, accepted as anybody's; the record and what was taken from it stay shut."""
    clinic, hospital = stage.at(CLINIC), stage.at(HOSPITAL)
    person, _ = await a_patient(clinic)
    word = {"patient_id": person, "action": "OPTOUT", "agent": "Rina Marlina"}
    assert (await clinic.call("POST", "/consent/v1/Consent", word)).status_code == 200
    body = {"person_id": person, "to_facility": HOSPITAL, "kind": "vertical", "diagnosis": "I10",
            "urgency": "emergency", "reason": "Krisis hipertensi, tidak membaik"}  # fmt: skip
    sent = (await clinic.call("POST", "/v1/referrals", body)).json()
    await stage.settle()
    shown = await hospital.referral(sent["id"])
    assert shown["content"]["reason"] == body["reason"]
    assert (shown["summary"]["patient"]["name"], shown["summary"]["allergies"]) == ("SITI AMINAH", [])
    for path, status in ((f"ServiceRequest/{sent['id']}", 200), (f"Patient/{person}", 403)):
        assert (await hospital.call("GET", f"{BASE}/{path}")).status_code == status
    assert (await hospital.take(sent["id"], "accept")).status_code == 200
    await stage.settle()
    assert (await hospital.call("GET", f"{BASE}/Patient/{person}")).status_code == 403
