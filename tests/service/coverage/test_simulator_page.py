"""The page to look inside, in a real browser; and what it is told, with nobody's number in it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.coverage.simulator.app import build
from services.coverage.simulator.faults.menu import menu
from services.coverage.simulator.members import Override
from services.coverage.simulator.providers import Provider
from services.coverage.simulator.settings import SimulatorSettings
from tests.service.coverage.bpjs_caller import HERE, Caller, referred, registration
from tests.service.coverage.test_pcare_over_http import serving
from tests.system.test_docs_page import CHROMIUM, FLAGS

playwright = pytest.importorskip("playwright.async_api")
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


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium; set SIMPUL_CHROMIUM or apt install chromium")
async def test_the_page_in_a_browser(inside: tuple[Any, Caller, str]) -> None:
    app, caller, card = inside
    complaints: list[str] = []
    async with serving(app) as address, playwright.async_playwright() as p:
        browser = await p.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = await browser.new_page(viewport={"width": 1280, "height": 900})
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: complaints.append(str(e)))
        await page.goto(address + "/")
        await page.wait_for_selector("#requests td.path")
        assert await page.locator(".fault").count() == len(menu())
        await page.click('[data-fault="html-500"]')
        await page.wait_for_selector("#playing li")
        assert [p.play.fault for p in app.state.world.plays.playing] == ["html-500"]
        async with httpx.AsyncClient(base_url=address, trust_env=False) as http:
            headers = caller.login.headers(str(int(caller.now())))
            assert (await http.get(f"/pcare-rest/peserta/noka/{card}", headers=headers)).status_code == 500
        await page.wait_for_selector("#requests .tag.bad")  # arrives by itself
        await page.click('[data-tab="referrals"]')
        await page.wait_for_selector("#kept td:has-text('0101R001')")
        await page.fill("#nik", NIK)
        await page.click("#member-form button")
        await page.click("#member button:has-text('Tidak aktif')")
        await page.wait_for_selector("#member .tag.bad")
        assert app.state.world.by_nik(NIK)["aktif"] is False
        assert card not in await page.content()
        await browser.close()
    assert complaints == []
