"""The satisfaction survey over HTTP: by link, by file, by staff; the index; who may read what people wrote."""

import asyncio
from typing import Any

import httpx
import pytest

from services.facilities.usecases import surveys
from tests.service.facilities.conftest import NETWORK, House
from tests.service.facilities.test_readiness import HOME, OTHER, staff

NINE = {f"u{n}": 3 for n in range(1, 10)}
PERIOD = "2026"
HEAD = "facility,period,number,answered_on,u1,u2,u3,u4,u5,u6,u7,u8,u9,suggestion,complaint"


async def opened(house: House, code: str = HOME, **more: Any) -> dict[str, Any]:
    body = {"facility": code, "period": PERIOD, "served": 1000, "closes_on": "2100-12-31", **more}
    answer = await house.http.post("/v1/surveys", json=body, headers=house.admin)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def result(house: House, code: str = HOME) -> dict[str, Any]:
    answer = await house.http.get(f"/v1/surveys/{code}/{PERIOD}", headers=house.admin)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def by_link(house: House, token: str, **fields: Any) -> httpx.Response:
    return await house.http.post(f"/v1/surveys/links/{token}/answers", json=NINE | fields)


async def test_a_survey_by_its_link(house: House) -> None:
    form = await opened(house)
    assert form["link"].endswith(f"/survei#{form['token']}")
    assert (await opened(house, served=1200))["token"] == form["token"]
    shown = (await house.http.get(f"/v1/surveys/links/{form['token']}")).json()
    assert shown["open"] and len(shown["questions"]) == 9 and shown["facility"] == "Puskesmas Selatpanjang"
    assert (await by_link(house, form["token"], device="a")).status_code == 201
    assert (await by_link(house, form["token"], device="a")).status_code == 409
    assert (await by_link(house, form["token"], device="a", again=True, u1=4)).status_code == 201
    assert (await by_link(house, form["token"], device="b", u1=4, u9=None)).status_code == 201
    found = await result(house)
    assert (found["n"], found["served"], found["minimum"], found["too_few"]) == (3, 1200, 291, True)
    assert (found["index"], found["grade"]) == (76.85, "B")  # (11/3 + 8 × 3) ÷ 9 × 25
    assert found["weight"] == {"used": "exact", "value": "1/9", "other": "printed", "other_index": 76.08}
    assert found["elements"][8]["n"] == 2
    assert found["interval"]["low"] < 76.85 < found["interval"]["high"]
    listed = await house.http.get(f"/v1/surveys/{HOME}/{PERIOD}/answers", headers=house.admin)
    assert sorted(a["repeated"] for a in listed.json()["items"]) == [False, False, True]


async def test_the_weight_that_was_used_is_shown(house: House) -> None:
    form = await opened(house, weight="printed")
    await by_link(house, form["token"])
    found = await result(house)
    assert (found["index"], found["weight"]["used"], found["weight"]["other_index"]) == (74.25, "printed", 75.0)
    assert found["grade"] == "C"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [({"u1": 5}, "/u1"), (dict.fromkeys(NINE), "/u1"), ({"age": "123"}, "/age"), ({"name": "Siti"}, "/name")],
)  # fmt: skip
async def test_a_wrong_answer_says_where(house: House, fields: dict[str, Any], pointer: str) -> None:
    form = await opened(house)
    wrong = await by_link(house, form["token"], **fields)
    assert wrong.status_code == 422 and wrong.json()["errors"][0]["pointer"] == pointer
    assert (await result(house))["n"] == 0


async def test_a_closed_or_unknown_link(house: House) -> None:
    form = await opened(house, period="2025", closes_on=None)
    assert not (await house.http.get(f"/v1/surveys/links/{form['token']}")).json()["open"]
    assert (await by_link(house, form["token"])).status_code == 410
    seen = [(await house.http.get(f"/v1/surveys/links/unknown-token-000{n:02}")).status_code for n in range(12)]
    assert seen == [404] * 10 + [429] * 2


async def test_a_machine_is_slowed_down(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surveys, "PER_MINUTE", 3)
    form = await opened(house)
    seen = [await by_link(house, form["token"]) for _ in range(4)]
    assert [a.status_code for a in seen] == [201, 201, 201, 429]
    assert int(seen[3].headers["retry-after"]) > 0


async def test_a_file_counts_once_and_is_never_overwritten(house: House) -> None:
    await opened(house)
    rows = [f"{HOME},{PERIOD},K-{n},2026-02-0{n},3,3,3,3,3,3,3,3,{n},,lama sekali" for n in range(1, 4)]
    first = await house.load("survey-answers", "\n".join([HEAD, *rows]))
    assert first.json()["loaded"] == 3, first.text
    assert (await house.load("survey-answers", "\n".join([HEAD, *rows]))).json()["unchanged"] == 3
    other = await house.load("survey-answers", "\n".join([HEAD, rows[0].replace(",3,3,", ",1,1,", 1)]))
    assert other.status_code == 422 and other.json()["refused"][0]["column"] == "number"
    assert (await result(house))["n"] == 3


async def test_struck_out_it_no_longer_counts_and_stays(house: House) -> None:
    await opened(house)
    url = f"/v1/surveys/{HOME}/{PERIOD}/answers"
    for n, value in (("K-1", 4), ("K-2", 1)):
        body = dict.fromkeys(NINE, value) | {"number": n, "answered_on": "2026-02-01", "complaint": "antre"}
        assert (await house.http.post(url, json=body, headers=house.admin)).status_code == 201
    assert (await result(house))["index"] == 62.5
    strike = {"reason": "lembar ganda"}
    assert (await house.http.post(f"{url}/K-2/strike", json=strike, headers=house.admin)).status_code == 204
    assert (await house.http.post(f"{url}/K-2/strike", json=strike, headers=house.admin)).status_code == 409
    assert (await house.http.post(f"{url}/K-9/strike", json=strike, headers=house.admin)).status_code == 404
    found = await result(house)
    assert (found["n"], found["struck"], found["index"]) == (1, 1, 100.0)
    struck = (await house.http.get(url, params={"struck": True}, headers=house.admin)).json()["items"]
    assert [(a["number"], a["u1"], a["struck_reason"]) for a in struck] == [("K-2", 1, "lembar ganda")]
    said = (await house.http.get(f"/v1/surveys/{HOME}/{PERIOD}/comments", headers=house.admin)).json()["items"]
    assert [c["number"] for c in said] == ["K-1"]
    again = await house.load("survey-answers", f"{HEAD}\n{HOME},{PERIOD},K-2,2026-02-01,{','.join('1' * 9)},,antre")
    assert again.json()["unchanged"] == 1
    assert (await result(house))["struck"] == 1


async def test_free_words_are_for_the_facility_and_the_office(house: House) -> None:
    form = await opened(house)
    secret = "Bidan Qonitah marah"
    await by_link(house, form["token"], complaint=secret)
    own = await staff(house, "staf.sel", "puskesmas-staff", HOME)
    other = await staff(house, "staf.alah", "facility-admin", OTHER)
    analyst = await staff(house, "analis", "dinkes-analyst", None)
    for what in ("comments", "answers", "form", "qr.svg"):
        url = f"/v1/surveys/{HOME}/{PERIOD}/{what}"
        seen = [(await house.http.get(url, headers=who)).status_code for who in (own, house.admin, other, analyst)]
        assert seen == [200, 200, 403, 403], what
    said = (await house.http.get(f"/v1/surveys/{HOME}/{PERIOD}/comments", headers=own)).json()["items"]
    assert [(c["kind"], c["said"]) for c in said] == [("complaint", secret)]
    await asyncio.sleep(0.3)
    async with house.service.db.reading() as conn:
        told = await conn.fetch("SELECT data FROM event UNION ALL SELECT data FROM event_pending")
        kept = await conn.fetch("SELECT row::text AS data FROM history")
    assert not any("Qonitah" in r["data"] for r in (*told, *kept))


async def test_staff_load_their_own_only(house: House) -> None:
    await opened(house)
    await opened(house, OTHER)
    own = await staff(house, "staf.sel", "puskesmas-staff", HOME) | {"Content-Type": "text/csv"}
    row = ",2026-02-01,3,3,3,3,3,3,3,3,3,,"
    for code, status in ((HOME, 200), (OTHER, 422)):
        answer = await house.http.post(
            "/v1/network/survey-answers", content=f"{HEAD}\n{code},{PERIOD},K-1{row}", headers=own
        )
        assert answer.status_code == status, answer.text
    assert (await house.http.post("/v1/surveys", json={"facility": OTHER, "period": "2026-S1"}, headers={
        "Authorization": own["Authorization"]})).status_code == 403  # fmt: skip


async def test_the_district_is_all_answers_and_the_trend_goes_by_period(house: House) -> None:
    await opened(house)
    await opened(house, OTHER, served=3000)
    await opened(house, period="2025", served=None)
    rows = [f"{HOME},{PERIOD},K-{n},2026-02-01,{','.join('3' * 9)},," for n in range(3)]
    rows += [
        f"{OTHER},{PERIOD},K-1,2026-02-01,{','.join('4' * 9)},,",
        f"{HOME},2025,K-1,2025-02-01,{','.join('2' * 9)},,",
    ]
    assert (await house.load("survey-answers", "\n".join([HEAD, *rows]))).status_code == 200
    found = (await house.http.get("/v1/surveys/results", params={"period": PERIOD}, headers=house.admin)).json()
    assert (found["district"]["index"], found["district"]["n"], found["district"]["served"]) == (81.25, 4, 4000)
    assert [(i["facility"], i["index"]) for i in found["items"]] == [(HOME, 75.0), (OTHER, 100.0)]
    trend = (await house.http.get("/v1/surveys/trend", params={"facility": HOME}, headers=house.admin)).json()
    assert [(p["period"], p["index"], p["grade"]) for p in trend["points"]] == [
        ("2025", 50.0, "D"),
        ("2026", 75.0, "C"),
    ]
    whole = (await house.http.get("/v1/surveys/trend", headers=house.admin)).json()
    assert [p["index"] for p in whole["points"]] == [50.0, 81.25]


async def test_pictures(house: House) -> None:
    form = await opened(house)
    await by_link(house, form["token"])
    bars = await house.http.get(f"/v1/surveys/{HOME}/{PERIOD}/elements.svg", headers=house.admin)
    assert bars.text.startswith("<svg") and "U3 Waktu penyelesaian: 75.00 (C)" in bars.text
    code = await house.http.get(f"/v1/surveys/{HOME}/{PERIOD}/qr.svg", headers=house.admin)
    assert code.text.startswith("<svg") and form["link"] in code.text


async def test_many_answers_at_once_are_all_kept(house: House) -> None:
    form = await opened(house)
    seen = await asyncio.gather(*(by_link(house, form["token"], device=f"d{n}") for n in range(20)))
    assert {a.status_code for a in seen} == {201}
    assert (await result(house))["n"] == 20


async def test_the_demo_has_a_survey_that_is_large_enough_and_some_that_are_not(house: House) -> None:
    for what in ("survey-forms", "survey-answers"):
        assert (await house.load(what, (NETWORK / f"{what}.csv").read_bytes())).json()["refused"] == []
    found = (await house.http.get("/v1/surveys/results", params={"period": "2026-S1"}, headers=house.admin)).json()
    assert [i["facility"] for i in found["items"] if not i["too_few"]] == [HOME]
    assert len({i["grade"] for i in found["items"]}) >= 2
    assert found["district"]["n"] == 40 + 9 * 18 and found["district"]["worst"][0] in ("u3", "u8")
