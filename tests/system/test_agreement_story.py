"""A doctor with a practice reads the shared record by an agreement: while it is in force, no longer once it is ended,
again once it is renewed; what the practice wrote itself it always reads. Through the door, on both deployments."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from deploy.demo.story import STORY, Stage, open_stage
from deploy.demo.story.bodies import Letter, identifiers_of

FHIR = "/fhir-r4/v1"
CLINIC, DOCTOR, OTHER = "K1410010201", "D1410010301", "K1410010202"
BEFORE = ("network_from_csv", "applications", "accounts", "clinic_visit")
SECONDS = 10


@pytest.fixture(scope="module")
async def stage(running) -> AsyncIterator[Stage]:
    async with open_stage(running.address, running.admin, running.today) as opened:
        for step in STORY:
            if step.play.__name__ in BEFORE:
                await step.play(opened)
        yield opened


def contract(stage: Stage, id_: str, member: str, **change: Any) -> dict[str, Any]:
    begin = stage.today - timedelta(days=30)
    return {
        "id": id_, "kind": "pks", "number": f"440/{id_}", "title": "Jejaring pelayanan primer",
        "parties": [
            {"facility": "P1410010101", "role": "authority", "signatory_title": "Kepala Puskesmas"},
            {"facility": member, "role": "member", "signatory_title": "Penanggung jawab"},
        ],
        "signed_on": str(begin), "valid_from": str(begin), "valid_until": str(stage.today + timedelta(days=300)),
        "programmes": ["KIA"], "member_sends": "record", "member_sees": "record", "purpose": "Kesinambungan",
        "safeguards": "Jejak akses",
    } | change  # fmt: skip


async def status(stage: Stage, part: str, ref: str) -> int:
    await stage.call(part, "GET", f"{FHIR}/{ref}", status=(200, 403))
    return int(stage.notes["status"])


async def becomes(stage: Stage, ref: str, wanted: int) -> int:
    """What the doctor is answered, once the record has followed the registry."""
    seen, _ = await stage.until(lambda: status(stage, "doctor", ref), lambda s: s == wanted, SECONDS)
    return int(seen)


async def test_the_record_follows_the_agreement(stage: Stage) -> None:
    letter = Letter(stage.cast.mother, stage.network.facilities[DOCTOR])
    visit = letter.visit(stage.today)
    visit.pressure(118, 76)
    stored = await stage.post("doctor", FHIR, letter.bundle(), status=200)
    own = f"Encounter/{identifiers_of(stored, 'Encounter')[0]}"
    person = identifiers_of(stored, "Patient")[0]
    page = await stage.get("clinic", f"{FHIR}/Patient/{person}/$everything", _count=500)
    written = [e["resource"] for e in page["entry"] if e["resource"]["resourceType"] == "Encounter"]
    theirs = next(f"Encounter/{r['id']}" for r in written if f"Encounter/{r['id']}" != own)
    assert [await status(stage, "doctor", r) for r in (own, theirs)] == [200, 200], "nothing is required yet"

    day = stage.today.isoformat()
    for id_, member in (("pks-cerita-a", DOCTOR), ("pks-cerita-k", CLINIC)):
        await stage.post("admin", "/v1/agreements", contract(stage, id_, member), status=201)
    url = f"/v1/access-policy/private-agreement/{day}"
    await stage.call("admin", "PUT", url, json={"value": "required"})
    assert await becomes(stage, theirs, 200) == 200
    mark = (await stage.get("doctor", "/v1/changes", limit=1000))["next"]

    ended = {"terminated_on": day, "reason": "Praktik tutup sementara"}
    await stage.post("admin", "/v1/agreements/pks-cerita-a/terminate", ended)
    assert await becomes(stage, theirs, 403) == 403
    assert await status(stage, "doctor", own) == 200
    assert await status(stage, "clinic", theirs) == 200, "the clinic has its own agreement"
    said = await stage.call("doctor", "GET", f"{FHIR}/{theirs}", status=403, headers={"accept-language": "en"})
    assert "no agreement in force" in said["issue"][0]["details"]["text"]
    await stage.call("doctor", "GET", f"/v1/persons/{person}/due", status=403)
    found = await stage.get("doctor", f"{FHIR}/Encounter", patient=person)
    assert {f"Encounter/{e['resource']['id']}" for e in found["entry"] if "id" in e["resource"]} == {own}
    letter = Letter(stage.cast.mother, stage.network.facilities[CLINIC])
    letter.visit(stage.today).pressure(121, 80)
    new = f"Encounter/{identifiers_of(await stage.post('clinic', FHIR, letter.bundle(), status=200), 'Encounter')[0]}"
    assert await status(stage, "doctor", new) == 403
    told = await stage.get("doctor", "/v1/changes", limit=1000, after=mark)
    assert new not in {f"{e['type']}/{e['id']}" for e in told["entries"]}

    wish = {"id": "pks-cerita-b", "number": "440/pks-cerita-b", "signed_on": day, "valid_from": day,
            "valid_until": str(stage.today + timedelta(days=365))}  # fmt: skip
    await stage.post("admin", "/v1/agreements/pks-cerita-a/renewals", wish, status=201)
    assert await becomes(stage, theirs, 200) == 200
    seen: set[str] = set()
    mark = told["next"]

    async def missed() -> set[str]:
        nonlocal mark
        answer = await stage.get("doctor", "/v1/changes", limit=1000, after=mark)
        mark = answer["next"]
        seen.update(f"{e['type']}/{e['id']}" for e in answer["entries"])
        return seen

    await stage.until(missed, lambda s: new in s, SECONDS)
    assert new in seen, "what was passed over is told once the agreement is in force again"
    old = await stage.get("doctor", "/v1/agreements/pks-cerita-a")
    assert (old["status"], old["renewed_by"]) == ("terminated", "pks-cerita-b")
    await stage.call("admin", "PUT", url, json={"value": "not-required"})
