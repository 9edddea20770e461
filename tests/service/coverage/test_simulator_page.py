"""What the page to look inside is told, with nobody's number in it. The page itself: tests/system/test_docs_page."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.coverage.simulator.app import build
from services.coverage.simulator.members import Override
from services.coverage.simulator.providers import Provider
from services.coverage.simulator.settings import SimulatorSettings
from tests.service.coverage.bpjs_caller import HERE, Caller, referred, registration

NIK = "1410014107900001"


@pytest.fixture
async def inside() -> AsyncIterator[tuple[Any, Caller, str]]:
    """A simulator where a facility has entered a visit that refers; the member's card."""
    app = build(SimulatorSettings())
    world = app.state.world
    world.providers = [Provider(code=HERE, name="Puskesmas Selatpanjang", areas=["141001"])]
    world.fix(NIK, Override(active=True))
    caller, card, day = Caller(app, SimulatorSettings().login(HERE)), world.by_nik(NIK)["noKartu"], world.today()
    shown = f"{day:%d-%m-%Y}"
    assert (await caller("POST", "/pendaftaran", registration(card, shown))).code == 201
    assert (await caller("POST", "/kunjungan/V1", referred(card, shown))).code == 201
    await caller("GET", f"/peserta/noka/{card}")
    yield app, caller, card
    world.close()


async def test_what_the_page_is_told_names_no_number(inside: tuple[Any, Caller, str]) -> None:
    app, _, card = inside
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as desk:
        told = (await desk.get("/_control/look")).json()
        assert told["facilities"][0] == {
            "code": HERE, "name": "Puskesmas Selatpanjang", "registrations": 1, "visits": 1, "referrals": 1,
        }  # fmt: skip
        assert [r["method"] for r in told["requests"]] == ["GET", "POST", "POST"]
        assert told["requests"][0]["path"] == f"/peserta/noka/{card[:4]}…{card[-2:]}"
        assert (await desk.get("/_control/look", params={"provider": "9914P003"})).json()["requests"] == []
        pages = [await desk.get(f"/_control/look{path}") for path in (
            "", f"/{HERE}/registrations", f"/{HERE}/visits", f"/{HERE}/referrals", f"/{HERE}/tickets",
            f"/{HERE}/hospital", "/members", f"/members?nik={NIK}",
        )]  # fmt: skip
        assert [p.status_code for p in pages] == [200] * len(pages)
        assert not any(number in page.text for page in pages for number in (NIK, card))
        assert pages[3].json()["rows"][0]["target"] == "0101R001"
        assert (await desk.get(f"/_control/look/{HERE}/passwords")).status_code == 404
    away = httpx.ASGITransport(app, client=("203.0.113.7", 4711))
    async with httpx.AsyncClient(transport=away, base_url="http://sim") as stranger:
        assert (await stranger.get("/_control/look")).status_code == 403
        assert (await stranger.get("/")).status_code == 200  # the page itself holds nothing
        below = await stranger.get("/jkn-simulator")
        assert '<base href="/jkn-simulator/">' in below.text
