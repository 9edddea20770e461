"""A visit that refers: by PCare and by the pilot path; BPJS' numbers come back to the referral, and nothing is sent
twice when BPJS says it could not get a number."""

from collections.abc import AsyncIterator, Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.coverage.rules.pcare_visit import dmy
from services.coverage.usecases.referral_numbers import hand, last_day
from tests.service.coverage.jkn_stage import token
from tests.service.coverage.visits_stage import CLINIC, ZONE, Visits, told

SENDER = token("clinician", CLINIC)


@pytest.fixture(scope="module")
async def visits(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Visits]:
    """One stage for the file; each test has patients of its own."""
    folder: Path = tmp_path_factory.mktemp("referring")
    async with told(new_database("records"), new_database("coverage"), folder) as stage:
        await stage.chosen()
        yield stage


async def referred(visits: Visits, referral: str, **more: Any) -> str:
    """A visit with a referral; both are known when the visit is sent."""
    number = visits.member()
    visit = visits.words(number) | {"number": f"R/{referral}"}
    from services.records.usecases.visits import visit_id_of
    from services.records.visit.contract import Visit

    id_ = visit_id_of(CLINIC, Visit.model_validate(visit), None)
    assert id_ is not None
    visits.referred.refer(id_, referral, **more)
    made = await visits.clinic.post("/v1/visits", json=visit)
    assert made.json()["visit_id"] == id_, made.text
    return id_


async def handed(visits: Visits, referral: str) -> dict[str, Any]:
    await hand(visits.jkn.app.state.service)
    return {n["system"]: n for n in visits.referred.handed.get(referral, [])}


def by_pilot(visits: Visits, since: date | None) -> Any:
    """The clinic's line sends referrals by the pilot path from a day on."""
    return visits.jkn.rows(
        "INSERT INTO line (facility, service, version, state, sender, sender_from)"
        " VALUES ($1, 'pcare', 1, 'open', $2, $3) ON CONFLICT (facility, service)"
        " DO UPDATE SET sender = excluded.sender, sender_from = excluded.sender_from RETURNING facility",
        CLINIC, "srbk" if since else "pcare", since,
    )  # fmt: skip


async def test_by_pcare_the_visits_number_is_the_referrals(visits: Visits) -> None:
    today = datetime.now(ZONE).date()
    visit = await referred(visits, "r-1")
    sent = await visits.delivery(visit, "delivered")
    (held,) = [v for v in visits.at_bpjs("visit") if v["no"] == sent["no_kunjungan"]]
    assert held["body"]["rujukLanjut"] == {
        "tglEstRujuk": dmy(today), "kdppk": "9914R044", "subSpesialis": {"kdSubSpesialis1": "3", "kdSarana": "1"},
        "khusus": None,
    }  # fmt: skip
    body = held["body"]
    assert (body["kdStatusPulang"], body["kdTacc"], body["alasanTacc"]) == ("4", 1, ">= 7 Hari")
    visits.referred.away = True
    assert await handed(visits, "r-1") == {}, "referrals are away: the numbers wait"
    visits.referred.away = False
    await visits.jkn.rows("UPDATE referral_delivery SET due_at = now() RETURNING 1")
    numbers = await handed(visits, "r-1")
    assert numbers["pcare"]["value"] == sent["no_kunjungan"]
    assert numbers["pcare"]["valid_until"] == (today + timedelta(days=89)).isoformat()


async def test_a_referral_parks_its_visit_until_the_sender_has_chosen(visits: Visits) -> None:
    visit = await referred(visits, "r-2", service="jantung", tacc=None)
    parked = await visits.delivery(visit, "parked")
    assert "kdTacc" in parked["fields"] and "kdSubSpesialis1" in parked["fields"]
    visits.referred.of[visit]["tacc"] = {"code": 3, "reason": "I10 - Hipertensi"}
    day = datetime.now(ZONE).date() + timedelta(days=3)
    target = {"subspecialist": "26", "means": "1", "day": day.isoformat()}
    where = "/v1/jkn/referral-targets/r-2"
    assert (await visits.jkn.http.put(where, json=target, headers=token("clinician", "K1410010201"))).status_code == 403
    chosen = await visits.jkn.http.put(where, json=target, headers=SENDER)
    assert (chosen.status_code, chosen.json()["by"]) == (200, "test-clinician"), chosen.text
    assert (await visits.jkn.http.get(where, headers=SENDER)).json()["subspecialist"] == "26"
    sent = await visits.delivery(visit, "delivered")
    (held,) = [v for v in visits.at_bpjs("visit") if v["no"] == sent["no_kunjungan"]]
    assert held["body"]["rujukLanjut"]["subSpesialis"] == {"kdSubSpesialis1": "26", "kdSarana": "1"}
    assert held["body"]["rujukLanjut"]["tglEstRujuk"] == dmy(day)
    numbers = await handed(visits, "r-2")
    assert numbers["pcare"]["valid_until"] == (day + timedelta(days=89)).isoformat()


async def test_by_the_pilot_path_all_numbers_come_back_and_removal_takes_the_registration(visits: Visits) -> None:
    today = datetime.now(ZONE).date()
    await by_pilot(visits, today)
    try:
        visit = await referred(visits, "r-3", criterion={"kind": "procedure", "code": "33.22"})
        sent = await visits.delivery(visit, "delivered")
        (theirs,) = [r for r in visits.at_bpjs("srbk_referral") if r["no"] == sent["no_kunjungan"]]
        assert theirs["encounter"] == visit, "the bare uuid"
        assert len(theirs["body"]["kriteriaRujukan"]["item"]) == 1
        assert theirs["body"]["kriteriaRujukan"]["item"][0]["answer"] == [{"valueString": "33.22"}]
        assert theirs["body"]["codeJejaringWilayah"]["kodeKabupaten"] == "1410"
        numbers = await handed(visits, "r-3")
        assert {s: n["value"] for s, n in numbers.items()} == {
            "pcare": sent["no_kunjungan"], "satusehat": theirs["theirs"], "satusehat-servicerequest": theirs["request"],
        }  # fmt: skip
        gone = await visits.clinic.post(f"/v1/visits/{visit}/cancel", json={"reason": "Salah orang"})
        assert gone.status_code == 200
        await visits.delivery(visit, "removed")
        assert [r for r in visits.at_bpjs("registration") if r["no_urut"] == sent["no_urut"]] == []
        assert [r for r in visits.at_bpjs("srbk_referral") if r["no"] == sent["no_kunjungan"]] == []
    finally:
        await by_pilot(visits, None)


async def test_what_the_pilot_path_lacks_parks_the_visit(visits: Visits) -> None:
    await by_pilot(visits, datetime.now(ZONE).date())
    try:
        parked = await visits.delivery(await referred(visits, "r-4"), "parked")
        assert "kriteriaRujukan" in parked["fields"], "exactly one criterion, chosen by who refers"
        assert parked["no_kunjungan"] is None
    finally:
        await by_pilot(visits, None)


async def test_before_its_day_and_for_special_needs_the_old_path_is_taken(visits: Visits) -> None:
    await by_pilot(visits, datetime.now(ZONE).date() + timedelta(days=1))
    try:
        sent = await visits.delivery(await referred(visits, "r-5"), "delivered")
        assert [r for r in visits.at_bpjs("srbk_referral") if r["no"] == sent["no_kunjungan"]] == []
    finally:
        await by_pilot(visits, None)


async def outcomes(visits: Visits, delivery: dict[str, Any]) -> list[str]:
    rows = await visits.jkn.rows(
        "SELECT outcome FROM delivery_try WHERE delivery_id = $1 ORDER BY number, at", delivery["id"]
    )
    return [r["outcome"] for r in rows]


async def test_a_number_that_did_not_come_is_looked_for_and_never_sent_again(visits: Visits) -> None:
    await by_pilot(visits, datetime.now(ZONE).date())
    try:
        await visits.jkn.play("satusehat-number-failed", times=1)
        visit = await referred(visits, "r-6", criterion={"kind": "therapy"})
        sent = await visits.delivery(visit, "delivered")
        same = [r for r in visits.at_bpjs("srbk_referral") if r["encounter"] == visit]
        assert [r["no"] for r in same] == [sent["no_kunjungan"]], "once"
        assert await outcomes(visits, sent) == ["accepted", "refused", "adopted"], "posted once, and found"
        assert (await handed(visits, "r-6"))["pcare"]["value"] == sent["no_kunjungan"]

        await visits.jkn.play("satusehat-number-failed", times=1, moment="before")
        lost = await referred(visits, "r-7", criterion={"kind": "therapy"})
        parked = await visits.delivery(lost, "parked")
        assert "Gagal mendapatkan nomor" in parked["message"]
        assert [r for r in visits.at_bpjs("srbk_referral") if r["encounter"] == lost] == []
        assert (await outcomes(visits, parked))[-1] == "absent", "looked for, not there, and left to people"
    finally:
        await visits.jkn.heal()
        await by_pilot(visits, None)


async def test_people_see_what_the_pilot_path_offers_now(visits: Visits) -> None:
    visit = await referred(visits, "r-8", urgency="routine")
    headers = visits.known_to_record(token("clinic-system", CLINIC), "clinic-system", CLINIC)
    where = "/v1/jkn/referral-targets/r-8"

    async def ask(what: str, **asked: str) -> Any:
        answer = await visits.jkn.http.get(f"{where}/{what}", params=asked, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    offered = await ask("criteria")
    assert [c["kind"] for c in offered["criteria"]] == ["therapy", "procedure", "workup"] and not offered["missing"]
    assert "1410" in [a["code"] for a in offered["areas"]] and offered["by_competency"] is False
    assert [m["field"] for m in (await ask("candidates"))["missing"]] == ["kriteriaRujukan"]
    found = (await ask("candidates", criterion="workup"))["candidates"]
    (hospital,) = [c for c in found if c["bpjs_code"] == "9914R044"]
    assert hospital["facility"] == "R1410010401" and hospital["open"] and hospital["satusehat_code"].isdigit()
    asked = visits.jkn.world.asked
    try:
        await visits.jkn.play("distance-infinite", times=1, path="*GetFaskesRujukan")
        await visits.jkn.play("quota-zero", times=1, path="*GetFaskesRujukan")
        odd = (await ask("candidates", criterion="workup"))["candidates"]
        assert visits.jkn.world.asked == asked + 2, "asked anew"
        assert any(c["distance"] is None for c in odd), "1.79e308 is no distance"
        assert [c["quota"] for c in odd if not c["open"]] and all(c["open"] or c["quota"] == 0 for c in odd)
        assert [c["open"] for c in odd] == sorted((c["open"] for c in odd), reverse=True), "what is closed comes last"
        await visits.jkn.play("html-500", times=1, path="*GetKriteriaRujukan")
        assert (await visits.jkn.http.get(f"{where}/criteria", headers=headers)).status_code == 503
    finally:
        await visits.jkn.heal()
    assert (
        await visits.jkn.http.get(f"{where}/criteria", headers=token("clinician", "K1410010201"))
    ).status_code == 403
    looks = [a for a in await visits.jkn.accesses() if a["what"] == "JKN/referral-choices"]
    assert len(looks) == 5 and visit


@pytest.mark.parametrize(
    ("said", "planned", "estimated", "last"),
    [
        ("31-12-2026", "23-11-2026", date(2026, 11, 23), date(2026, 12, 31)),
        (None, "23-11-2026", date(2026, 11, 22), date(2027, 2, 20)),
        (None, None, date(2026, 11, 22), date(2027, 2, 19)),
        ("null", None, None, date(2027, 2, 18)),
    ],
)
def test_how_long_a_letter_holds(said: str | None, planned: str | None, estimated: date | None, last: date) -> None:
    assert last_day(said, planned, estimated, date(2026, 11, 21)) == last
