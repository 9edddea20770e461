"""What diagnoses mean for where to go: lists that come with the product, loaded by the office, asked for any day."""

from typing import Any

from services.facilities.contract.candidates import CandidatesFound
from tests.service.facilities.conftest import PEER_KEY, House
from tests.service.facilities.test_network import _feed
from tests.service.facilities.test_particulars import CLINIC, HOSPITAL, PUSKESMAS, _get, whole
from tests.service.facilities.test_proposals import staff

__all__ = ["whole"]
DATED = "code,name,source,verified,valid_from,valid_until\n"


async def _facts(house: House, **asked: Any) -> Any:
    body = {"diagnosis": "O13", "urgency": "routine", "at": "2026-11-25T09:00:00+07:00", "sender": PUSKESMAS} | asked
    answer = await house.http.post("/internal/candidates", json=body, headers={"x-peer-key": PEER_KEY})
    assert answer.status_code == 200, answer.text
    assert len(CandidatesFound.of(answer.json()).facilities) == len(answer.json()["facilities"])
    return answer.json()


async def test_the_first_levels_diagnoses_are_a_dated_list(house: House) -> None:
    shipped = (await _get(house, "diagnoses/non-specialist", limit=500))["items"]
    assert len(shipped) > 100
    assert not any(r["verified"] for r in shipped)
    assert len([e for e in await _feed(house) if e["type"] == "non_specialist_diagnosis"]) == len(shipped)
    assert (await _get(house, "diagnoses/I10"))["non_specialist"]["code"] == "I10"
    assert (await _get(house, "diagnoses/A09.0"))["non_specialist"]["code"] == "A09"
    for code in ("O14.1", "E11.2", "I11"):
        assert (await _get(house, f"diagnoses/{code}"))["non_specialist"] is None
    rows = "I10,Hipertensi esensial,SK Dinas,ya,2014-01-01,2026-06-30\nM54,Nyeri punggung,SK Dinas,ya,2026-07-01,\n"
    assert (await house.load("non-specialist-diagnoses", DATED + rows)).json()["loaded"] == 2
    assert (await _get(house, "diagnoses/I10", on="2026-06-30"))["non_specialist"]["verified"]
    assert (await _get(house, "diagnoses/I10", on="2026-07-01"))["non_specialist"] is None
    assert (await _get(house, "diagnoses/M54.5", on="2026-07-01"))["non_specialist"]["code"] == "M54"
    told = (await _feed(house))[-1]
    assert (told["type"], told["data"]["valid_until"]) == ("non_specialist_diagnosis", None)


async def test_wrong_rows_say_what_is_wrong(house: House) -> None:
    cases = {
        "non-specialist-diagnoses": (
            DATED + "X,Apa,SK,ya,2026-01-01,\nI10,Lain,SK,ya,2026-01-01,\nI15-I10,Lain,SK,ya,2026-01-01,\n",
            [(2, "code"), (3, "valid_from"), (4, "code")],
        ),
        "diagnosis-services": (
            "code,urgency,service,valid_from\nI10,any,sulap,2026-01-01\nI10,kapan,ptm,2026-01-01\n",
            [(2, "service"), (3, "urgency")],
        ),
        "candidate-rules": (
            "rule,urgency,value,valid_from\nstale-minutes,urgent,0,2026-01-01\nunknown-percent,urgent,101,2026-01-01\n"
            "kesukaan,any,1,2026-01-01\n",
            [(2, "value"), (3, "value"), (4, "rule")],
        ),
    }
    for name, (text, places) in cases.items():
        answer = await house.load(name, text)
        assert answer.status_code == 422, answer.text
        assert sorted((r["line"], r["column"]) for r in answer.json()["refused"]) == places


async def test_the_network_tells_what_it_knows_of_where_to_refer(whole: House) -> None:
    found = await _facts(whole, diagnosis="O14.1", urgency="emergency")
    assert {n["service"]: n["because"] for n in found["needs"]} == {
        "igd-24-jam": "A00-Z99", "ponek": "O14",
    }  # fmt: skip
    by_code = {f["code"]: f for f in found["facilities"]}
    hospital = by_code[HOSPITAL]
    assert (hospital["jkn"], hospital["open"], hospital["hospital_class"]) == ("fkrtl", True, "C")
    assert {"igd-24-jam", "ponek"} <= set(hospital["offered"])
    assert hospital["distance_km"] > 0
    assert by_code[PUSKESMAS]["distance_km"] == 0
    assert not {"dinkes", "apotek", "posyandu", "pustu"} & {f["kind"] for f in found["facilities"]}
    inside = await _facts(whole, area="141003")
    assert {f["code"][1:7] for f in inside["facilities"]} == {"141003"}
    hospitals = await _facts(whole, kinds=["rs"])
    assert {f["kind"] for f in hospitals["facilities"]} == {"rs"}
    night = await _facts(whole, at="2026-11-25T23:00:00+07:00", only=[CLINIC, PUSKESMAS])
    assert {f["code"]: f["open"] for f in night["facilities"]} == {CLINIC: False, PUSKESMAS: False}
    assert (found["rules"]["distance"], night["rules"]["distance"]) == (25, 15)
    asked = await _facts(whole, services=["bedah", "sulap"])
    assert asked["strange"] == ["sulap"]
    assert asked["needs"][0] | {"name": ""} == {
        "service": "bedah", "name": "", "because": "asked", "urgency": "any", "verified": True,
    }  # fmt: skip
    heart = await _facts(whole, diagnosis="I21.0", only=[HOSPITAL, PUSKESMAS])
    assert {f["code"]: f["competence"] for f in heart["facilities"]} == {HOSPITAL: "madya", PUSKESMAS: None}
    elsewhere = await _facts(whole, latitude=hospital["distance_km"] * 0, longitude=0.0, only=[PUSKESMAS])
    assert elsewhere["facilities"][0]["distance_km"] > 5000
    await _facts_are_of_the_day_that_was_asked_for(whole)


async def _facts_are_of_the_day_that_was_asked_for(whole: House) -> None:
    early = await _facts(whole, at="2019-06-01T09:00:00+07:00", only=[PUSKESMAS, HOSPITAL])
    assert [f["jkn"] for f in early["facilities"]] == [None] * len(early["facilities"])
    row = {"status": "suspended", "valid_from": "2027-01-01"}
    put = await whole.http.put(f"/v1/facilities/{HOSPITAL}", json=row, headers=whole.admin)
    assert put.status_code == 200, put.text
    for day, status in (("2026-12-31", "active"), ("2027-01-01", "suspended")):
        found = await _facts(whole, at=f"{day}T09:00:00+07:00", only=[HOSPITAL])
        assert found["facilities"][0]["status"] == status


async def test_free_places_are_told_and_every_report_is_kept(whole: House) -> None:
    url = f"/v1/facilities/{HOSPITAL}/free-slots"
    app = await whole.client(HOSPITAL)
    form = {"client_id": app["id"], "client_secret": app["secret"]}
    query = {"grant_type": "client_credentials"}
    token = (await whole.http.post("/oauth2/v1/accesstoken", params=query, data=form)).json()["access_token"]
    own = {"Authorization": f"Bearer {token}"}
    for free in (5, 0):
        told = await whole.http.post(url, json={"service": "spesialis", "free": free}, headers=own)
        assert told.status_code == 204, told.text
    bed = {"unit": "melati", "care_class": "3", "free": 6}
    assert (await whole.http.post(f"/v1/facilities/{HOSPITAL}/free-beds", json=bed, headers=own)).status_code == 204
    assert [(s["service"], s["free"]) for s in (await _get(whole, "free-slots"))["items"]] == [("spesialis", 0)]
    kept = await _get(whole, f"facilities/{HOSPITAL}/capacity")
    assert [(r["kind"], r["what"], r["free"]) for r in kept["items"]] == [
        ("bed", "melati/3", 6), ("slot", "spesialis", 0), ("slot", "spesialis", 5),
    ]  # fmt: skip
    page = await _get(whole, f"facilities/{HOSPITAL}/capacity", limit=1)
    rest = await _get(whole, f"facilities/{HOSPITAL}/capacity", before=page["next"])
    assert page["items"] + rest["items"] == kept["items"]
    found = await _facts(whole, diagnosis="I21.0", only=[HOSPITAL])
    assert [(r["what"], r["free"]) for r in found["facilities"][0]["slots"]] == [("spesialis", 0)]
    assert [(r["what"], r["free"]) for r in found["facilities"][0]["beds"]] == [("3", 6)]
    unknown = await whole.http.post(url, json={"service": "imunisasi-haji", "free": 5}, headers=own)
    assert unknown.status_code == 404
    stranger = await staff(whole, "rsud", "hospital", HOSPITAL)
    other = await whole.http.post(
        f"/v1/facilities/{PUSKESMAS}/free-slots", json={"service": "kia", "free": 5}, headers=stranger
    )
    assert other.status_code == 403
