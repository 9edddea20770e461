"""Through the front door, with every service: a visit recorded in the shared record is delivered to BPJS with the same
values, a referral made at it goes along, and BPJS' number and last day come back to the referral's letter."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from deploy.demo import bpjs, seed
from services.coverage.simulator.settings import SimulatorSettings
from tests.service.coverage.bpjs_caller import Caller
from tests.system.conftest import Running, running_house
from tests.system.test_bad_input import CLINIC, sign_in

MEMBER, PROVIDER, HOSPITAL = "1410014107908123", "9914B011", "R1410010401"


@pytest.fixture(scope="module")
def house() -> Iterator[Running]:
    with running_house(SIMPUL_OUTBOX_SETTLE="0") as running:
        yield running


def until(look: Callable[[], Any], good: Callable[[Any], bool]) -> Any:
    """What is seen once it is as it should be."""
    end = time.monotonic() + 15
    while not good(seen := look()):
        assert time.monotonic() < end, seen
        time.sleep(0.05)
    return seen


def test_a_visit_and_its_referral_arrive_and_the_number_comes_back(house: Running) -> None:
    with httpx.Client(base_url=house.address, timeout=30) as http:
        admin = sign_in(http, house)
        for name in ("areas", "facilities"):
            content = (seed.files.FOLDER / f"{name}.csv").read_bytes()
            answer = http.post(f"/v1/network/{name}", content=content, headers=admin | {"Content-Type": "text/csv"})
            assert answer.is_success, answer.text
        chosen = [c for c in bpjs.choices() if c["facility"] == CLINIC]
        # Refused until the JKN service has followed the registry and knows the facility.
        until(lambda: http.put("/v1/jkn/maps", json={"items": chosen}, headers=admin), lambda a: bool(a.is_success))
        made = http.post("/v1/clients", json={"facility": CLINIC, "face": "fhir", "name": "uji"}, headers=admin).json()
        form = {"grant_type": "client_credentials", "client_id": made["id"], "client_secret": made["secret"]}
        http.headers["Authorization"] = f"Bearer {http.post('/oauth2/v1/token', data=form).json()['access_token']}"

        at = f"{house.today}T00:01:00+07:00"
        visit = {
            "patient": {"nik": MEMBER, "name": "Siti Aminah", "birth_date": "1990-07-01", "sex": "P"}, "at": at,
            "reason": "Pusing", "diagnoses": [{"icd10": "I10", "primary": True}],
            "measurements": {"systolic": 152, "diastolic": 94, "weight_kg": 63.5},
        }  # fmt: skip
        posted = http.post("/v1/visits", json=visit)
        assert posted.status_code == 201, posted.text
        id_, person = posted.json()["visit_id"], posted.json()["person_id"]
        shown = until(lambda: http.get(f"/v1/jkn/visits/{id_}/told").json(), lambda s: s.get("state") == "ready")
        assert (shown["visit"]["sistole"], shown["visit"]["beratBadan"], shown["visit"]["kdDiag1"]) == (
            152,
            63.5,
            "I10",
        )

        line = Caller.at(f"{house.address}/jkn-simulator", SimulatorSettings().login(PROVIDER))

        def asked(path: str) -> Any:
            return asyncio.run(line("GET", path)).value

        card = asked(f"/peserta/nik/{MEMBER}")["noKartu"]

        def history() -> list[dict[str, Any]]:
            return list((asked(f"/kunjungan/peserta/{card}") or {}).get("list", ()))

        (there,) = until(history, bool)
        assert (there["sistole"], there["diastole"], there["beratBadan"]) == (152, 94, 63.5)
        assert (there["diagnosa1"]["kdDiag"], there["providerPelayanan"]["kdProvider"]) == ("I10", PROVIDER)

        referral = {
            "person_id": person, "to_facility": HOSPITAL, "urgency": "routine", "kind": "vertical", "diagnosis": "I10",
            "reason": "Perlu ekokardiografi", "encounter": id_, "payer": "jkn", "consent": True,
            "tacc": {"code": 1, "reason": ">= 7 Hari"}, "criterion": {"kind": "workup"},
            "sbar": {"situation": "Tekanan darah 152/94"},
        }  # fmt: skip
        sent = http.post("/v1/referrals", json=referral)
        assert sent.status_code == 201, sent.text
        where = f"/v1/jkn/referral-targets/{sent.json()['id']}"
        assert http.put(where, json={"subspecialist": "3", "means": "1"}).status_code == 200
        until(history, lambda rows: bool(rows[0]["providerRujukLanjut"]))
        assert len(history()) == 1, "changed, not sent twice"
        held = until(lambda: http.get(f"/v1/referrals/{sent.json()['id']}").json(), lambda r: bool(r.get("numbers")))
        assert held["numbers"] == [{"system": "pcare", "value": there["noKunjungan"]}]
        assert held["valid_until"] == str(house.today + timedelta(days=89))
