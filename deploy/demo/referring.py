"""Sends the demo's referrals and takes their steps, by those who would."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any

import httpx

from deploy.demo.door import application, bearer, fine
from deploy.demo.network import Network
from deploy.demo.people import Person
from deploy.demo.population import SEED, persons
from deploy.demo.referrals import DONE, EXAMPLES, WAYS, Way

ZONE = timezone(timedelta(hours=7))


async def load(http: httpx.AsyncClient, accounts: Mapping[str, Any], network: Network, people: int, today: date) -> int:
    """The district's referrals; what an earlier load has sent stays. How many were sent now."""
    bearers = {code: await application(http, client) for code, client in accounts["clients"].items()}
    for username, account in accounts["staff"].items():
        if account["facility"] is not None:
            bearers[account["facility"]] = await bearer(http, username, account["password"])
    now, anchor = datetime.now(ZONE), today.toordinal()
    left = [p for p in persons(people, SEED, today, network) if p.id not in EXAMPLES]
    return sum([await _refer(http, bearers, way, left, now, anchor) for way in WAYS])


async def _refer(
    http: httpx.AsyncClient, bearers: Mapping[str, str], way: Way, left: list[Person], now: datetime, anchor: int
) -> bool:  # fmt: skip
    """One referral and its steps; whether it was sent now."""
    fitting = [p for p in left if p.nik and way.fits(p, anchor)]
    near = [p for p in fitting if way.sender in (p.household.private.code, p.household.puskesmas.code)]
    person = next(iter(near or fitting), None)
    if person is None:
        return False
    left.remove(person)
    headers = {"Authorization": bearers[way.sender], "Idempotency-Key": f"contoh-{way.name}"}
    answer = await http.post("/v1/referrals", json=way.body(person.id, now), headers=headers)
    if answer.status_code == 403:  # not seen there yet: the visit comes first
        seen, who = way.visit(person.id, now), {"Authorization": headers["Authorization"]}
        await http.put(f"/fhir-r4/v1/Encounter/{seen['id']}", json=seen, headers=who)
        answer = await http.post("/v1/referrals", json=way.body(person.id, now), headers=headers)
    if answer.status_code in (403, 409, 422):  # by an earlier load, at another hour or with other people
        return False
    await _steps(http, bearers, way, fine(answer, f"referral {way.name}")["id"], now)
    return True


async def _steps(http: httpx.AsyncClient, bearers: Mapping[str, str], way: Way, referral: str, now: datetime) -> None:
    for facility, verb, told in way.taken(now):
        headers = {"Authorization": bearers[facility], "Idempotency-Key": f"contoh-{way.name}-{verb}"}
        answer = await http.post(f"/v1/referrals/{referral}/{verb}", json=told, headers=headers)
        if answer.status_code not in (409, 422):  # taken by an earlier load
            fine(answer, f"referral {way.name} {verb}")
    if way.name in DONE:
        body, headers = {"note": DONE[way.name]}, {"Authorization": bearers[way.sender]}
        answer = await http.post(f"/v1/referrals/follow-ups/{referral}", json=body, headers=headers)
        if answer.status_code != 409:
            fine(answer, "follow-up")
