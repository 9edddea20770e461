"""Figures of seven referrals, worked out by hand; each number opens to as many referrals; each sees its own.

A practice → puskesmas   accepted after 10 min (limit 60), arrived, treated, referred back with advice; followed up
B practice → hospital    non-specialist; declined after 30 min; then the clinic: accepted 20 min later, admitted
C practice → hospital    non-specialist with TACC; accepted after 100 min (limit 60), did not come; follow-up late
D puskesmas → hospital   an emergency; nobody answers; then the clinic, which has not answered either, past its time
E puskesmas → hospital   non-specialist; redirected after 5 min, not sent on yet
F puskesmas → practice   partial; cancelled unanswered
G practice               a draft
"""

import csv
import io
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import pytest_asyncio

from services.kernel.sheets import xlsx
from services.referrals.contract import Measure
from services.referrals.rules.figures import HEADINGS
from services.referrals.usecases import ringing
from tests.service.referrals.stage import CLINIC, DUE, HOSPITAL, PRACTICE, PUSKESMAS, Stage, staged, token

DOCTOR, MIDWIFE = token("clinician", PRACTICE, "dr-rahmat"), token("puskesmas-staff", PUSKESMAS, "bidan-ani")
RSUD, NURSE = token("hospital", HOSPITAL), token("clinician", CLINIC)
ADMIN, ANALYST, AUDITOR = token("dinkes-admin", None), token("dinkes-analyst", None), token("auditor", None)
FOLLOW_UP = """
INSERT INTO follow_up AS f (referral_id, facility, from_facility, cause, due, opened_at, opened_on, ring_at, done_at,
                            done_on, how)
SELECT id, from_facility, $2::text, $3::text, current_date + $4::int, now(), current_date,
       CASE WHEN $5::bool THEN NULL ELSE now() END,
       CASE WHEN $5::bool THEN now() END, CASE WHEN $5::bool THEN current_date END, CASE WHEN $5::bool THEN 'told' END
FROM referral WHERE id = $1
ON CONFLICT (referral_id) DO UPDATE SET due = excluded.due, ring_at = excluded.ring_at, done_at = excluded.done_at,
    done_on = excluded.done_on, how = excluded.how
"""
"""One follow-up, due so many days from today, done today or not at all."""
BACK = {"advice": "Kontrol mingguan", "due": DUE}
TACC = {"code": 1, "reason": ">= 7 Hari"}


@pytest_asyncio.fixture(scope="module")
async def stage(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with staged(new_database("referrals"), tmp_path_factory.mktemp("data")) as opened:
        await _play(opened)
        yield opened


async def _play(stage: Stage) -> None:
    async def send(name: str, who: dict[str, str], to: str, **more: Any) -> str:
        return await stage.sent(who=who, patient=None, person_id=f"orang-{name}", to_facility=to, **more)

    async def take(referral: str, *steps: tuple[str, dict[str, str], dict[str, Any]]) -> None:
        for verb, who, told in steps:
            answer = await stage.take(referral, verb, who, told)
            assert answer.status_code == 200, answer.text

    a = await send("a", DOCTOR, PUSKESMAS)
    await take(
        a, ("accept", MIDWIFE, {}), ("arrive", MIDWIFE, {}), ("treat", MIDWIFE, {}), ("refer-back", MIDWIFE, BACK)
    )
    vertical = {"kind": "vertical", "diagnosis": "I10"}
    b = await send("b", DOCTOR, HOSPITAL, **vertical | {"urgency": "routine"})
    await take(b, ("decline", RSUD, {"reason": "Poli penuh"}), ("send", DOCTOR, {"to_facility": CLINIC}))
    await take(
        b, ("accept", NURSE, {}), ("arrive", NURSE, {}), ("treat", NURSE, {}), ("close", NURSE, {"outcome": "admitted"})
    )
    c = await send("c", DOCTOR, HOSPITAL, **vertical | {"diagnosis": "J06.9", "tacc": TACC})
    await take(c, ("accept", RSUD, {}), ("no-show", RSUD, {}))
    d = await send("d", MIDWIFE, HOSPITAL, kind="vertical", diagnosis="O14.1", urgency="emergency", then=[CLINIC])
    await _expire(stage, d)
    e = await send("e", MIDWIFE, HOSPITAL, **vertical)
    await take(e, ("redirect", RSUD, {"reason": "Tidak ada spesialis"}))
    f = await send("f", MIDWIFE, PRACTICE, kind="partial")
    await take(f, ("cancel", MIDWIFE, {"reason": "Keluarga menolak"}))
    await send("g", DOCTOR, PUSKESMAS, draft=True)
    await stage.rows("UPDATE referral SET non_specialist = true WHERE id = ANY ($1)", [b, c, e])
    await stage.rows("UPDATE leg SET asked_at = asked_at + interval '30 minutes' WHERE leg = 2 AND referral_id = $1", b)
    for referral, leg, minutes in ((a, 1, 10), (b, 1, 30), (b, 2, 20), (c, 1, 100), (e, 1, 5)):
        moved = "UPDATE leg SET answered_at = asked_at + $3 WHERE referral_id = $1 AND leg = $2"
        await stage.rows(moved, referral, leg, timedelta(minutes=minutes))
    late = "UPDATE referral SET due_at = now() - interval '1 hour', ring_at = now() + interval '1 day' WHERE id = $1"
    await stage.rows(late, d)  # past its limit, and the clock of the running service lets it be
    await stage.rows(FOLLOW_UP, a, PUSKESMAS, "back-referred", 9, True)
    await stage.rows(FOLLOW_UP, c, HOSPITAL, "no-show", -1, False)


async def _expire(stage: Stage, referral: str) -> None:
    """The clock reminds, then lets it go on."""
    for _ in range(2):
        await stage.rows("UPDATE referral SET ring_at = now() - interval '1 second' WHERE id = $1", referral)
        await ringing.ring(stage.app.state.service)


async def ask(stage: Stage, who: dict[str, str] = ADMIN, **params: Any) -> dict[str, Any]:
    answer = await stage.http.get("/v1/referrals/figures", params=params, headers=who)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def told(row: dict[str, Any]) -> dict[str, Any]:
    """A row without its zeros and its name."""
    return {k: v for k, v in row.items() if v not in (0, None) and k not in ("name", "link")}


PRACTICE_SENT = {
    "sent": 3, "decided": 3, "answered": 3, "response_median_minutes": 30.0, "response_p90_minutes": 86.0,
    "in_time": 2, "in_time_share": 0.6667, "accepted": 3, "acceptance_share": 1.0, "declined": 1,
    "declined_share": 0.3333, "arrived": 2, "arrival_share": 0.6667, "no_show": 1, "closed": 2, "closed_share": 0.6667,
    "back_referred": 1, "back_referred_share": 0.5, "follow_ups": 2, "followed_in_time": 1,
    "followed_in_time_share": 0.5, "vertical": 2, "non_specialist": 1, "non_specialist_share": 0.5,
}  # fmt: skip
PUSKESMAS_SENT = {
    "sent": 3, "decided": 2, "answered": 1, "response_median_minutes": 5.0, "response_p90_minutes": 5.0, "in_time": 1,
    "in_time_share": 0.5, "redirected": 1, "redirected_share": 0.5, "expired": 1, "expired_share": 0.5, "cancelled": 1,
    "open": 2, "overdue": 1, "vertical": 2, "non_specialist": 1, "non_specialist_share": 0.5,
}  # fmt: skip


async def test_a_sender_counts_each_referral_once(stage: Stage) -> None:
    found = await ask(stage, by="sender")
    assert [told(r) for r in found["rows"]] == [
        {"code": PRACTICE} | PRACTICE_SENT,
        {"code": PUSKESMAS} | PUSKESMAS_SENT,
    ]
    assert found["rows"][0]["name"] == "Praktik dr. Rahmat Hidayat"
    assert found["counts"] == "referrals"
    everything = found["all"]
    assert (everything["sent"], everything["decided"], everything["answered"], everything["closed"]) == (6, 5, 4, 2)
    assert everything["response_median_minutes"] == 20.0, "of 5, 10, 30, 100"
    assert everything["closed_share"] == 0.4, "2 of the 5 that were not cancelled"


async def test_a_receiver_counts_each_leg_it_was_asked_on(stage: Stage) -> None:
    found = await ask(stage, by="receiver")
    assert (found["counts"], found["all"]["sent"]) == ("askings", 8)
    rows = {r["code"]: told(r) for r in found["rows"]}
    assert rows[HOSPITAL] == {
        "code": HOSPITAL, "sent": 4, "decided": 4, "answered": 3, "response_median_minutes": 30.0,
        "response_p90_minutes": 86.0, "in_time": 2, "in_time_share": 0.5, "accepted": 1, "acceptance_share": 0.25,
        "declined": 1, "declined_share": 0.25, "redirected": 1, "redirected_share": 0.25, "expired": 1,
        "expired_share": 0.25, "no_show": 1, "follow_ups": 1, "vertical": 4, "non_specialist": 2,
        "non_specialist_share": 0.5,
    }  # fmt: skip
    assert rows[CLINIC] == {
        "code": CLINIC, "sent": 2, "decided": 1, "answered": 1, "response_median_minutes": 20.0,
        "response_p90_minutes": 20.0, "in_time": 1, "in_time_share": 1.0, "accepted": 1, "acceptance_share": 1.0,
        "arrived": 1, "arrival_share": 1.0, "closed": 1, "closed_share": 1.0, "open": 1, "overdue": 1, "vertical": 2,
        "non_specialist": 1, "non_specialist_share": 1 / 2,
    }  # fmt: skip
    assert (rows[PUSKESMAS]["closed_share"], rows[PUSKESMAS]["back_referred_share"]) == (1.0, 1.0)
    assert (rows[PRACTICE]["sent"], rows[PRACTICE]["cancelled"], rows[PRACTICE].get("decided")) == (1, 1, None)


ROWS = {
    "diagnosis": {"I10": 2, "J06": 1, "O13": 2, "O14": 1},
    "chapter": {"IX": 2, "X": 1, "XV": 3},
    "urgency": {"emergency": 1, "routine": 1, "urgent": 4},
    "kind": {"horizontal": 1, "partial": 1, "vertical": 4},
    "state": {"closed": 4, "redirected": 1, "sent": 1},
    "outcome": {"admitted": 1, "back-referred": 1, "cancelled": 1, "no-show": 1, "open": 2},
}


@pytest.mark.parametrize("by", ROWS)
async def test_breakdowns(stage: Stage, by: str) -> None:
    found = await ask(stage, by=by)
    assert {r["code"]: r["sent"] for r in found["rows"]} == ROWS[by]
    only = await ask(stage, by=by, **{by: "XV"} if by == "chapter" else {"sender": PRACTICE})
    assert sum(r["sent"] for r in only["rows"]) == only["all"]["sent"] == 3


async def test_by_week_and_month(stage: Stage) -> None:
    today = stage.app.state.service.clock.today()
    year, week, _ = today.isocalendar()
    for by, code in (("week", f"{year}-W{week:02}"), ("month", f"{today:%Y-%m}")):
        found = await ask(stage, by=by)
        assert [(r["code"], r["sent"]) for r in found["rows"]] == [(code, 6)]
    assert (await ask(stage, **{"from": "2020-01-01", "to": "2020-12-31"}))["all"]["sent"] == 0
    await stage.rows("UPDATE referral SET opened_at = '2019-12-31T17:30:00Z' WHERE person_id = 'orang-f'")
    try:
        found = await ask(stage, by="month", **{"from": "2020-01-01", "to": "2020-01-31"})
        assert [(r["code"], r["sent"]) for r in found["rows"]] == [("2020-01", 1)], "a day begins at local midnight"
    finally:
        await stage.rows("UPDATE referral SET opened_at = changed_at WHERE person_id = 'orang-f'")


@pytest.mark.parametrize("by", ["sender", "receiver", "chapter", "outcome", "month"])
async def test_every_number_opens_to_its_list(stage: Stage, by: str) -> None:
    found = await ask(stage, by=by)
    for row in [{"code": "all", "link": found["link"]} | found["all"], *found["rows"]]:
        asked = dict(parse_qsl(urlsplit(row["link"]).query))
        for number in Measure:
            if (by, row["code"]) == ("outcome", "open"):
                continue  # its own list is that of the open ones
            answer = await stage.http.get(
                "/v1/referrals", params=asked | {"figure": number, "limit": 200}, headers=ADMIN
            )
            assert answer.status_code == 200, answer.text
            assert len(answer.json()["items"]) == row[number], (by, row["code"], number)


async def test_a_list_pages_through_each_once(stage: Stage) -> None:
    for counts, many in (("referrals", 6), ("askings", 8)):
        seen: list[str] = []
        after: dict[str, str] = {}
        while True:
            params = {"figure": "sent", "counts": counts, "limit": 3} | after
            page = (await stage.http.get("/v1/referrals", params=params, headers=ADMIN)).json()
            seen += [i["id"] for i in page["items"]]
            if page["next"] is None:
                break
            after = {"after": page["next"]}
        assert (len(seen), len(set(seen))) == (many, 6)
    looks = [look for look in await stage.looks() if look["action"] == "search" and look["role"] == "dinkes-admin"]
    assert {look["person_id"] for look in looks} >= {f"orang-{n}" for n in "abcdef"}, "everyone listed is in the log"


async def test_each_facility_has_its_own(stage: Stage) -> None:
    assert told((await ask(stage, DOCTOR))["all"]) == PRACTICE_SENT
    assert {r["code"]: r["sent"] for r in (await ask(stage, DOCTOR, by="receiver"))["rows"]} == {
        HOSPITAL: 2, CLINIC: 1, PUSKESMAS: 1,
    }  # fmt: skip
    each_once = await ask(stage, DOCTOR, by="receiver", counts="referrals")
    assert {r["code"]: r["sent"] for r in each_once["rows"]} == {HOSPITAL: 1, CLINIC: 1, PUSKESMAS: 1}, (
        "where it is now"
    )
    asked = await ask(stage, RSUD, counts="askings", by="sender")
    assert {r["code"]: r["sent"] for r in asked["rows"]} == {PRACTICE: 2, PUSKESMAS: 2}
    assert (await ask(stage, RSUD))["all"]["sent"] == 0
    assert (await ask(stage, RSUD, counts="askings", sender=PRACTICE))["all"]["sent"] == 2
    for path in ("/v1/referrals/figures", "/v1/referrals"):
        others = {"sender": PRACTICE, "receiver": PUSKESMAS, "figure": "sent"}
        assert (await stage.http.get(path, params=others, headers=RSUD)).status_code == 403
    mine = (await stage.http.get("/v1/referrals?figure=declined&counts=askings", headers=RSUD)).json()["items"]
    assert len(mine) == 1
    assert (mine[0]["content"], mine[0]["diagnosis"], mine[0]["withheld"]) == (None, None, True), "declined: no content"


async def test_an_analyst_sees_no_diagnosis_of_few(stage: Stage) -> None:
    for by in ("diagnosis", "chapter"):
        found = await ask(stage, ANALYST, by=by)
        assert [(r["code"], r["sent"], r["link"]) for r in found["rows"]] == [("other", 6, None)], "all are below five"
        assert found["withheld"] == len(ROWS[by])
    assert (await ask(stage, ANALYST, by="sender", diagnosis="I10"))["all"]["sent"] is None
    assert {r["sent"] for r in (await ask(stage, ANALYST, by="sender", chapter="XV"))["rows"]} == {None}
    assert (await ask(stage, ANALYST, by="sender"))["rows"][0]["sent"] == 3
    assert [r["code"] for r in (await ask(stage, AUDITOR, by="diagnosis"))["rows"]] == ["other"], "reads no content"
    assert (await ask(stage, ADMIN, by="diagnosis"))["rows"][0]["code"] == "I10"
    assert (await stage.http.get("/v1/referrals?figure=sent", headers=ANALYST)).status_code == 403


async def test_files(stage: Stage) -> None:
    params = {"by": "sender", "format": "csv"}
    answer = await stage.http.get("/v1/referrals/figures", params=params, headers=ADMIN)
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert lines[0] == list(HEADINGS.values())
    assert [line[:3] for line in lines[1:]] == [
        ["", "Semua (all)", "6"], [PRACTICE, "Praktik dr. Rahmat Hidayat", "3"], [PUSKESMAS, lines[3][1], "3"],
    ]  # fmt: skip
    assert "angka-rujukan-sender-" in answer.headers["content-disposition"]
    book = await stage.http.get("/v1/referrals/figures", params=params | {"format": "xlsx"}, headers=ADMIN)
    cells = [line for _, line in xlsx(book.content, 100, None, "rujukan")]  # type: ignore[arg-type]
    assert cells[0] == lines[0] and cells[2][2] == 3.0


@pytest.mark.parametrize(
    "params", [{"from": "2026-02-01", "to": "2026-01-31"}, {"by": "patient"}, {"diagnosis": "I1"}, {"format": "pdf"}]
)
async def test_what_may_be_asked(stage: Stage, params: dict[str, str]) -> None:
    answer = await stage.http.get("/v1/referrals/figures", params=params, headers=ADMIN)
    assert answer.status_code == 422, answer.text


async def test_formulas(stage: Stage) -> None:
    told = (await stage.http.get("/v1/referrals/figures/formulas", headers=ANALYST)).json()
    ratio = next(f for f in told if f["name"] == "non_specialist_share")
    assert "non_specialist ÷ vertical" in ratio["id"] and "Peraturan BPJS" in ratio["source"]
