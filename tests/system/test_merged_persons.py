"""One woman registered at two practices, at one without her card: found double, made one, and two again, through the
door, on both deployments: her care counts as one person's, her referral is seen, and undone all is as before."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from deploy.demo import vocabulary as words
from deploy.demo.chart import Episode
from deploy.demo.story import STORY, Stage, figures, open_stage
from deploy.demo.story.bodies import Letter, identifiers_of, patient
from deploy.demo.story.cast import Cast

FHIR, MERGES = "/fhir-r4/v1", "/v1/identity/merges"
CLINIC, DOCTOR = "K1410010201", "D1410010301"
BEFORE = ("network_from_csv", "applications", "accounts", "clinic_visit")
"""What of the story comes first: the network, its accounts, and the first contact of a pregnancy at the clinic."""
SECONDS, HIV = 10, "68961-2"


@pytest.fixture(scope="module")
async def stage(running) -> AsyncIterator[Stage]:
    async with open_stage(running.address, running.admin, running.today) as opened:
        for step in STORY:
            if step.play.__name__ in BEFORE:
                await step.play(opened)
        yield opened


async def contacts(stage: Stage) -> None:
    """The second to the fifth, at the clinic that knows her by her card."""
    letter = Letter(stage.cast.mother, stage.network.facilities[CLINIC])
    episode = Episode({"reference": f"EpisodeOfCare/{stage.notes['episode']}"})
    for number, age in enumerate((120, 160, 190, 230), 2):
        day, contact = stage.notes["lmp"] + timedelta(days=age), words.contact(words.ANC_CONTACT, f"K{number}")
        visit = letter.visit(day, identifiers=[contact], episode=episode)
        visit.pressure(114, 72)
        visit.measure(words.FUNDAL_HEIGHT, age // 7)
        visit.measure(words.FETAL_HEART, 140)
        visit.dispense(words.IRON, 30)
        visit.treat(words.EDUCATION)
        visit.treat(words.ULTRASOUND)
    await stage.post("clinic", FHIR, letter.bundle(), status=200)


async def last_contact(stage: Stage) -> dict[str, Any]:
    """The sixth contact, at the doctor's, who registers her without a number."""
    letter = Letter(stage.cast.mother, stage.network.facilities[DOCTOR])
    letter.patient[1].pop("identifier")
    number = [words.contact(words.ANC_CONTACT, "K6")]
    visit = letter.visit(stage.today - timedelta(days=1), identifiers=number)
    visit.pressure(118, 76)
    visit.measure(words.WEIGHT, 62.0)
    visit.treat(words.EDUCATION)
    for test in (words.HIV, words.SYPHILIS, words.HBSAG):
        visit.find(test, words.NEGATIVE)
    found: dict[str, Any] = await stage.post("doctor", FHIR, letter.bundle(), status=200)
    return found


async def missing(stage: Stage, person: str) -> Any:
    return await figures.missing(stage, "SPM-01", person, stage.cast.mother.village)


async def verified(stage: Stage) -> int:
    return len((await stage.get("admin", "/v1/indicators/verify"))["differences"])


async def everything(stage: Stage, part: str, person: str) -> set[str]:
    """What the part may see of a person; the HIV test, which is for those who treat, is left out."""
    page = await stage.get(part, f"{FHIR}/Patient/{person}/$everything", _count=500)
    found = [e["resource"] for e in page["entry"] if "id" in e["resource"]]
    return {f"{r['resourceType']}/{r['id']}" for r in found if HIV not in str(r.get("code"))}


async def test_the_story_of_one_woman(stage: Stage) -> None:
    first, village = stage.notes["patient"], stage.cast.mother.village
    await contacts(stage)
    other = identifiers_of(await last_contact(stage), "Patient")[0]
    assert other != first
    wish = {
        "person_id": other, "to_facility": "P1410010101", "urgency": "urgent", "kind": "horizontal",
        "diagnosis": "O13", "reason": "Tekanan darah tinggi pada kehamilan",
    }  # fmt: skip
    referral = (await stage.post("doctor", "/v1/referrals", wish, status=201))["id"]
    lacking = ["contact_t3", "hbsag_test", "hiv_test", "syphilis_test"]
    assert (await stage.until(lambda: missing(stage, first), lambda m: m == lacking, SECONDS))[0] == lacking
    before = await figures.numbers(stage, "SPM-01", village)
    hers, theirs = await everything(stage, "clinic", first), await everything(stage, "doctor", other)

    made = await stage.post("admin", MERGES, {"survivor": first, "other": other, "reason": "orang yang sama"})
    after = before.plus_one("private")
    seen, _ = await stage.until(lambda: figures.numbers(stage, "SPM-01", village), lambda n: n == after, SECONDS)
    assert seen == after
    assert await missing(stage, first) == []
    assert await verified(stage) == 0

    async def of_referral() -> Any:
        return (await stage.get("doctor", f"/v1/referrals/{referral}"))["person_id"]

    assert (await stage.until(of_referral, lambda p: p == first, SECONDS))[0] == first
    wanted = hers | theirs | {f"ServiceRequest/{referral}"}
    for part in ("clinic", "doctor"):
        for who in (first, other):
            found, _ = await stage.until(lambda p=part, w=who: everything(stage, p, w), wanted.issubset, SECONDS)
            assert wanted <= found, (part, who)

    done = await stage.post("admin", f"{MERGES}/{made['merge_id']}/undo", {"reason": "salah orang"})
    assert (done["state"], done["to_check"]) == ("undone", [])
    seen, _ = await stage.until(lambda: figures.numbers(stage, "SPM-01", village), lambda n: n == before, SECONDS)
    assert seen == before
    assert await missing(stage, first) == lacking
    assert (await stage.until(of_referral, lambda p: p == other, SECONDS))[0] == other
    assert await verified(stage) == 0
    assert await everything(stage, "clinic", first) == hers
    assert theirs <= await everything(stage, "doctor", other)
    refused = await stage.call("doctor", "GET", f"{FHIR}/Patient/{first}", status=403)
    assert refused["resourceType"] == "OperationOutcome"


async def test_32_registrations_through_the_door(stage: Stage) -> None:
    someone = Cast.fresh(stage.today).patient
    parts = ("doctor", "puskesmas", "doctor", "clinic")
    facilities = {part: stage.network.facilities[stage.speakers[part].facility or ""] for part in parts}

    async def register(n: int) -> str:
        part = parts[n % 4]
        body = patient(someone, facilities[part])
        if n % 4 == 0:
            answer = await stage.post(part, f"{FHIR}/Patient", body)
            return str(answer["id"])
        if n % 4 == 1:
            id_ = str(uuid.uuid4())
            put = await stage.call(part, "PUT", f"{FHIR}/Patient/{id_}", json=body | {"id": id_}, status=(200, 201))
            return str(put["id"])
        if n % 4 == 2:
            letter = Letter(someone, facilities[part])
            letter.visit(stage.today - timedelta(days=2)).pressure(120, 80)
            return identifiers_of(await stage.post(part, FHIR, letter.bundle(), status=200), "Patient")[0]
        visit = {
            "patient": {
                "nik": someone.nik, "name": someone.name, "birth_date": someone.birth.isoformat(), "sex": "L",
            },
            "at": f"{stage.today - timedelta(days=1)}T08:00:00+07:00",
        }  # fmt: skip
        return str((await stage.post(part, "/v1/visits", visit, status=201))["person_id"])

    await asyncio.gather(*(stage.token(part) for part in set(parts)))
    found = await asyncio.gather(*(register(n) for n in range(32)))
    assert len(set(found)) == 1, found
    page = await stage.get("doctor", f"{FHIR}/Patient", identifier=f"{words.IDENTITY}nik|{someone.nik}")
    assert page["total"] == 1
