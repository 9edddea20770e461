"""Loads what the documentation's examples speak of: persons, visits, referrals, a foreign list, proposals."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

from deploy.demo import asked, example
from deploy.demo import network as files
from deploy.demo.door import bearer, fine
from deploy.demo.people import EXAMPLE_NIK


async def load(http: httpx.AsyncClient, staff: Mapping[str, Any]) -> None:
    """What the documentation's examples need beside people: a membership, a couple registered twice, a referral."""
    fine(await http.post("/v1/eligibility", json={"nik": EXAMPLE_NIK}), "eligibility")
    doctor = "demo.dokter"
    headers = {"Authorization": await bearer(http, doctor, staff[doctor]["password"])}
    for double in example.DOUBLES:
        answer = await http.put(f"/fhir-r4/v1/Patient/{double['id']}", json=double, headers=headers)
        fine(answer, "registration")
    for key, body in ((example.REFERRAL_KEY, example.REFERRAL), (example.DRAFT_KEY, example.DRAFT)):
        answer = await http.post("/v1/referrals", json=body, headers=headers | {"Idempotency-Key": key})
        if answer.status_code != 409:  # it was sent by an earlier load, and is on its way or ended
            fine(answer, "referral")
    await _referred_back(http, staff, headers)
    await _left_open(http, staff)
    await _owed(http, staff)


async def _referred_back(http: httpx.AsyncClient, staff: Mapping[str, Any], sender: dict[str, str]) -> None:
    """Referrals that are over, each with a follow-up for the practice."""
    who, due = "demo.puskesmas", (date.today() + timedelta(days=30)).isoformat()
    headers = {"Authorization": await bearer(http, who, staff[who]["password"])}
    for key, body in example.BACKS.items():
        sent = await http.post("/v1/referrals", json=body, headers=sender | {"Idempotency-Key": key})
        if sent.status_code == 409:  # by an earlier load
            continue
        referral = fine(sent, "referral")["id"]
        for verb, told in (*((v, {}) for v in example.TREATED), ("refer-back", {"advice": example.ADVICE, "due": due})):
            answer = await http.post(f"/v1/referrals/{referral}/{verb}", json=told, headers=headers)
            if answer.status_code != 409:
                fine(answer, verb)


async def _left_open(http: httpx.AsyncClient, staff: Mapping[str, Any]) -> None:
    """A patient of the puskesmas who arrived at the hospital, and whose visit was not closed."""
    sender, receiver = [
        {"Authorization": await bearer(http, who, staff[who]["password"])} for who in ("demo.puskesmas", "demo.rsud")
    ]
    path = f"/fhir-r4/v1/Encounter/{example.LEFT_OPEN}"
    if (await http.get(path, headers=sender)).status_code != 200:
        began = datetime.now(UTC) - timedelta(hours=1)
        fine(await http.put(path, json=example.left_open(began), headers=sender), "visit")
    key = {"Idempotency-Key": example.SENT_ON_KEY}
    answer = await http.post("/v1/referrals", json=example.SENT_ON, headers=sender | key)
    id_ = answer.json().get("referral") if answer.status_code == 409 else fine(answer, "referral")["id"]
    for verb in ("accept", "arrive") if id_ else ():
        answer = await http.post(f"/v1/referrals/{id_}/{verb}", json={}, headers=receiver)
        if answer.status_code != 409:  # by an earlier load
            fine(answer, "referral")


async def _owed(http: httpx.AsyncClient, staff: Mapping[str, Any]) -> None:
    """A visit whose delivery to BPJS can be looked at."""
    headers = {"Authorization": await bearer(http, "demo.puskesmas", staff["demo.puskesmas"]["password"])}
    resources = example.owed(datetime.now(UTC) - timedelta(hours=2))
    paths = [f"/fhir-r4/v1/{r['resourceType']}/{r['id']}" for r in resources]
    if (await http.get(paths[-1], headers=headers)).status_code != 200:
        for path, resource in zip(paths, resources, strict=True):
            fine(await http.put(path, json=resource, headers=headers), "visit")


async def foreign_list(http: httpx.AsyncClient) -> None:
    """What BPJS would have of the clinics, with one of each difference; one is known to be ours by another name."""
    answer = await http.post(
        "/v1/reconciliations", params={"source": "bpjs", "area": "1410", "kind": "klinik-pratama"},
        content=(files.FOLDER / "bpjs-list.csv").read_bytes(), headers={"Content-Type": "text/csv; charset=utf-8"},
    )  # fmt: skip
    run = fine(answer, "bpjs-list.csv")["id"]
    answer = await http.post(f"/v1/reconciliations/{run}/rows/4/decision", json={"decision": "same"})
    if answer.status_code != 409:  # by an earlier load
        fine(answer, "bpjs-list.csv")


async def proposals(http: httpx.AsyncClient, staff: Mapping[str, Any]) -> None:
    """Changes the demo puskesmas asks for; one of them was asked back."""
    who = "demo.puskesmas"
    asking = await bearer(http, who, staff[who]["password"])
    for word, proposal in asked.PROPOSALS.items():
        headers = {"Authorization": asking, "Idempotency-Key": f"contoh-{word}"}
        fine(await http.post("/v1/proposals", json=proposal, headers=headers), "proposal")
    answer = await http.post(f"/v1/proposals/{asked.RETURNED}/return", json=asked.QUESTION)
    if answer.status_code != 409:  # by an earlier load
        fine(answer, "proposal")
