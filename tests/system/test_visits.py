"""A practice without FHIR on both deployments: an offline day sent late and twice, a wrong person put right, what is
due beside the answer, and the numbers following all of it."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from deploy.demo import seed
from tests.service.records.bodies import nik
from tests.system.conftest import Running
from tests.system.test_bad_input import CLINIC, sign_in

VILLAGE = "1410011001"


class Clinic:
    """The clinic's client and the office's."""

    def __init__(self, http: httpx.Client, admin: dict[str, str], running: Running) -> None:
        self.http, self.admin, self.today = http, admin, running.today

    def numbers(self, standard: str) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(f"/v1/indicators/{standard}", headers=self.admin).json()["total"]
        return found

    def until(self, look: Callable[[], Any], wanted: Any) -> None:
        """Numbers follow within seconds."""
        end = time.monotonic() + 10
        while (seen := look()) != wanted:
            assert time.monotonic() < end, (seen, wanted)
            time.sleep(0.1)

    def units(self, person: str, standard: str) -> int:
        items = self.http.get(f"/v1/indicators/{standard}/units", headers=self.admin, params={"limit": 200}).json()
        return sum(u["person_id"] == person for u in items["items"])


@pytest.fixture(scope="module")
def clinic(running: Running) -> Iterator[Clinic]:
    with httpx.Client(base_url=running.address, timeout=60) as http:
        admin = sign_in(http, running)
        for name in ("areas", "facilities", "catchments"):
            content = (seed.files.FOLDER / f"{name}.csv").read_bytes()
            answer = http.post(f"/v1/network/{name}", content=content, headers=admin | {"Content-Type": "text/csv"})
            assert answer.is_success, answer.text
        made = http.post("/v1/clients", json={"facility": CLINIC, "face": "fhir", "name": "uji"}, headers=admin).json()
        form = {"grant_type": "client_credentials", "client_id": made["id"], "client_secret": made["secret"]}
        http.headers["Authorization"] = f"Bearer {http.post('/oauth2/v1/token', data=form).json()['access_token']}"
        yield Clinic(http, admin, running)


def card(clinic: Clinic, days: int, nik_: str, **more: Any) -> dict[str, Any]:
    at = f"{clinic.today - timedelta(days=days)}T09:00:00+07:00"
    patient = {"nik": nik_, "name": "Siti Aminah", "birth_date": "1990-07-01", "sex": "P"}
    return {"patient": patient | {"address": {"village": VILLAGE}}, "at": at} | more


def test_an_offline_day_late_and_twice_counts_once(clinic: Clinic) -> None:
    before = clinic.numbers("spm-08")["eligible"]
    day = [
        card(clinic, 40, nik(), number=f"H-{n}", diagnoses=[{"name": "hipertensi", "chronic": True}],
             measurements={"systolic": 150, "diastolic": 95}, education=True)
        for n in range(5)
    ]  # fmt: skip
    first = clinic.http.post("/v1/visits/batch", json={"visits": day}).json()
    again = clinic.http.post("/v1/visits/batch", json={"visits": day}).json()
    assert (first["created"], again["created"], again["same"]) == (5, 0, 5), (first, again)
    assert [r["visit_id"] for r in first["rows"]] == [r["visit_id"] for r in again["rows"]]
    clinic.until(lambda: clinic.numbers("spm-08")["eligible"], before + 5)
    listed = clinic.http.get("/v1/visits", params={"day": str(clinic.today - timedelta(days=40))}).json()["items"]
    assert sorted(i["number"] for i in listed) == [f"H-{n}" for n in range(5)]


def test_what_is_due_comes_with_the_answer_and_counts_this_visit(clinic: Clinic) -> None:
    number = nik()
    first = clinic.http.post("/v1/visits", params={"due": True}, json=card(
        clinic, 20, number, pregnancy={"contact": "K1M", "lmp": str(clinic.today - timedelta(days=60))},
        measurements={"systolic": 110, "diastolic": 70, "weight_kg": 55},
    ))  # fmt: skip
    assert first.status_code == 201, first.text
    due = first.json()["due"]
    assert due["known"], due
    (spm,) = [s for s in due["standards"] if s["standard"].startswith("spm-01")]
    lacking = {i["item"]: i for i in spm["items"]}
    assert {"hiv_test", "hemoglobin", "contact_t3", "usg_t1"} <= set(lacking)
    assert not {"bp", "weight", "contact_t1"} & set(lacking)
    assert lacking["contact_t3"]["state"] == "later"
    assert (lacking["hiv_test"]["state"], lacking["hiv_test"]["label"]["id"] != "") == ("now", True)
    second = clinic.http.post("/v1/visits", params={"due": True}, json=card(
        clinic, 0, number, at=f"{clinic.today}T00:01:00+07:00", tests={"hiv": "nonreaktif"}, pregnancy={"contact": "K2"}
    ))  # fmt: skip
    assert second.status_code == 201, second.text
    items = {i["item"] for s in second.json()["due"]["standards"] for i in s["items"]}
    assert "hiv_test" not in items
    person = second.json()["person_id"]
    shown = clinic.http.get(f"/v1/persons/{person}/due")
    assert shown.json() == second.json()["due"]
    assert clinic.http.get("/v1/persons/x/due").status_code == 404


def test_a_baby_is_told_the_doses_before_the_birthday_by_which_they_count(clinic: Clinic) -> None:
    born = clinic.today - timedelta(days=70)
    baby = card(clinic, 0, nik(), at=f"{clinic.today}T00:02:00+07:00",
                vaccines=[{"vaccine": "HB0", "date": str(born), "reported": True}])  # fmt: skip
    baby["patient"] |= {"birth_date": str(born), "name": "Bayi"}
    due = clinic.http.post("/v1/visits", params={"due": True}, json=baby).json()["due"]
    items = {i["item"] for s in due["standards"] if s["standard"].startswith("pip-2") for i in s["items"]}
    assert {"bcg", "opv", "dpt", "mr"} <= items
    assert "hb0" not in items


def test_a_visit_moved_from_the_wrong_person_moves_the_numbers(clinic: Clinic) -> None:
    sick = {"diagnoses": [{"icd10": "I10", "chronic": True}], "measurements": {"systolic": 150, "diastolic": 95}}
    wrong = clinic.http.post("/v1/visits", json=card(clinic, 10, nik(), **sick)).json()
    clinic.until(lambda: clinic.units(wrong["person_id"], "spm-08"), 1)
    right = card(clinic, 10, nik())["patient"] | {"name": "Siti Halimah"}
    moved = clinic.http.post(f"/v1/visits/{wrong['visit_id']}/move", json={"patient": right})
    assert moved.status_code == 200, moved.text
    person = moved.json()["person_id"]
    clinic.until(lambda: (clinic.units(wrong["person_id"], "spm-08"), clinic.units(person, "spm-08")), (0, 1))
    assert clinic.http.get(f"/fhir-r4/v1/Patient/{wrong['person_id']}").status_code == 403
    for one in (wrong["person_id"], person):
        rows = clinic.http.get("/v1/access-log", params={"person": one}, headers=clinic.admin).json()
        assert any(r["action"] == "write" and r["facility"] == CLINIC for r in rows)
    gone = clinic.http.post(f"/v1/visits/{wrong['visit_id']}/cancel", json={"reason": "Salah entri"})
    assert gone.status_code == 200, gone.text
    clinic.until(lambda: clinic.units(person, "spm-08"), 0)
