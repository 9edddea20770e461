"""The simulator's Mobile JKN calls a facility's own queue: ours, over its public addresses."""

from typing import Any

import httpx
import pytest

from services.coverage.simulator.app import build
from services.coverage.simulator.mobile.calling import Conversation, Wish
from services.coverage.simulator.mobile.endpoints import Endpoint
from services.coverage.simulator.settings import SimulatorSettings
from services.kernel import passwords
from tests.service.coverage.jkn_stage import NIK, PERSON, STRANGER, Stage
from tests.service.coverage.test_queue import opened, tomorrow

HERE = "9914P001"


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "N", 16)


async def test_a_member_queues_by_telephone(stage: Stage) -> None:
    account = (await opened(stage)).account
    endpoint = Endpoint.model_validate(
        {"base_url": "http://coverage/antreanfktp", "username": account["username"], "password": account["password"]}
    )

    async def says(does: str, nik: str = NIK) -> list[tuple[str, str, int]]:
        wish = Wish.model_validate({"provider": HERE, "does": does, "nik": nik})
        member = stage.world.by_nik(nik)
        assert member
        turns = await Conversation(endpoint, stage.http).hold(wish, member, tomorrow(stage))
        assert not any(number in str(turns) for number in (nik, member["noKartu"], account["password"]))
        return [(t["method"], t["path"].split("/")[-1] if "status" not in t["path"] else "status", t["code"])
                for t in turns]  # fmt: skip

    signed, asked = ("GET", "auth", 200), ("GET", "status", 200)
    member = stage.world.by_nik(NIK)
    assert member
    stage.peers.persons[("jkn", member["noKartu"])] = PERSON
    assert await says("status") == [signed, asked]
    assert await says("take") == [signed, asked, ("POST", "antrean", 200)]
    assert (await says("remaining"))[-1][2] == 200
    assert await says("cancel") == [signed, ("PUT", "batal", 200)]
    assert (await says("cancel"))[-1][2] == 201

    stranger = await says("take", STRANGER)
    assert [code for _, _, code in stranger[:5]] == [200, 200, 202, 200, 200]
    assert [path for _, path, _ in stranger[2:]] == ["antrean", "peserta", "antrean"]


async def test_on_command_and_what_is_kept_of_it() -> None:
    answers: list[dict[str, Any]] = [{"response": {"token": "t"}, "metadata": {"message": "Ok", "code": 200}}]

    def facility(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/auth"):
            return httpx.Response(200, json=answers[0])
        return httpx.Response(201, text="<html>")

    reach = httpx.AsyncClient(transport=httpx.MockTransport(facility))
    app = build(SimulatorSettings(), http=reach)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as desk:
        endpoint = {"base_url": "http://puskesmas.example/antreanfktp", "username": "bpjs", "password": "Rahasia#9"}
        wish = {"provider": "9914p001", "does": "status"}
        assert (await desk.post("/_control/mobile/calls", json=wish)).status_code == 404
        assert (await desk.put("/_control/mobile/endpoints/9914p001", json=endpoint)).status_code == 204
        told = (await desk.post("/_control/mobile/calls", json=wish)).json()
        assert [(t["code"], t["status"]) for t in told["turns"]] == [(200, 200), (0, 201)]
        assert (await desk.post("/_control/mobile/calls", json=wish | {"does": "take"})).status_code == 422
        kept = await desk.get("/_control/mobile")
        assert kept.json()["conversations"] == [told]
        assert "Rahasia#9" not in kept.text
        assert (await desk.delete("/_control/mobile/endpoints/9914P001")).status_code == 204
    await reach.aclose()
    app.state.world.close()
