"""The door's pages in a real browser that can reach nothing but this machine."""

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from services.coverage.simulator.faults.menu import menu
from services.coverage.simulator.settings import SimulatorSettings
from tests.service.coverage.bpjs_caller import HERE, Caller, referred, registration

playwright = pytest.importorskip("playwright.async_api")

CHROMIUM = os.environ.get("SIMPUL_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)  # fmt: skip
PATIENCE = 60_000

ONCE = pytest.mark.parametrize("running", ["onebox"], indirect=True, scope="module")
"""What the page does by itself, whichever way the house behind it is run."""
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium; set SIMPUL_CHROMIUM or apt install chromium")


@dataclass
class Seen:
    """A page, what it asked for elsewhere, and what it complained about."""

    page: Any
    elsewhere: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def note_request(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            self.elsewhere.append(request.url)

    def note_console(self, message: Any) -> None:
        if message.type == "error" and "escaping deep link" not in message.text:  # Swagger UI on its own habits
            self.complaints.append(message.text)


@pytest_asyncio.fixture(scope="module")
async def browser() -> AsyncIterator[Any]:
    async with playwright.async_playwright() as p:
        browser = await p.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest.fixture
async def seen(browser: Any, running: Any) -> AsyncIterator[Seen]:
    context = await browser.new_context(base_url=running.address, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    seen = Seen(page)
    page.on("request", seen.note_request)
    page.on("console", seen.note_console)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    yield seen
    await context.close()
    assert seen.elsewhere == []


async def sign_in(page: Any, username: str, password: str) -> None:
    await page.locator(".auth-wrapper .btn.authorize").click()
    await page.locator("#oauth_username").fill(username)
    await page.locator("#oauth_password").fill(password)
    await page.locator("#oauth_password").press("Enter")


async def run(page: Any, path: str) -> str:
    """Open a GET operation, press the button, and the status it shows."""
    operation = page.locator(f'.opblock-get:has([data-path="{path}"])')
    await page.locator(".opblock").first.wait_for()
    for _ in range(300):  # what is far below is drawn when it comes into sight
        if await operation.count():
            break
        await page.mouse.wheel(0, 400)
        await page.wait_for_timeout(50)
    await operation.locator(".opblock-summary-control").click()
    await operation.locator(".btn.execute").click()
    shown = operation.locator(".live-responses-table tbody .response-col_status").first
    await shown.wait_for()
    return str(await shown.inner_text()).split()[0]


async def test_sign_in_and_run_an_operation(seen: Seen, running: Any) -> None:
    page, admin = seen.page, running.admin
    await page.goto("/docs")
    await page.locator(".opblock").first.wait_for()
    assert "Masuk" in await page.locator(".auth-wrapper .btn.authorize").inner_text()
    await sign_in(page, admin["username"], admin["password"])
    await page.get_by_text("Sudah masuk").first.wait_for()
    await page.locator(".btn-done").first.click()
    assert await run(page, "/v1/facilities") == "200"
    await page.reload()  # the sign-in is remembered
    await page.locator(".auth-wrapper .btn.authorize.locked").wait_for()
    assert seen.complaints == []


@ONCE
async def test_without_signing_in_the_refusal_is_shown(seen: Seen) -> None:
    await seen.page.goto("/docs")
    assert await run(seen.page, "/v1/facilities") == "401"


@ONCE
async def test_a_wrong_password_is_said(seen: Seen) -> None:
    await seen.page.goto("/docs")
    await seen.page.locator(".opblock").first.wait_for()
    await sign_in(seen.page, "nobody", "wrong")
    said = seen.page.locator(".auth-container .errors").first
    await said.wait_for()
    assert (await said.inner_text()).startswith("username atau password salah")


@ONCE
async def test_the_other_language(seen: Seen) -> None:
    await seen.page.goto("/docs")
    await seen.page.locator('[data-language="en"]').click()
    await seen.page.get_by_role("button", name="Authorize").first.wait_for()
    await seen.page.goto("/")
    assert await seen.page.locator("h2:visible >> nth=0").inner_text() == "Right now"
    assert seen.complaints == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
async def test_the_front_page_shows_the_services_on_any_screen(seen: Seen, width: int) -> None:
    page = seen.page
    await page.set_viewport_size({"width": width, "height": 800})
    await page.goto("/")
    await page.locator("#services li").first.wait_for()
    assert await page.locator("#services li.down").count() == 0
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    assert seen.complaints == []


@ONCE
async def test_the_simulators_page(seen: Seen, running: Any) -> None:
    """Requests arrive by themselves, a fault is played by its button, a member is made inactive; no number is shown."""
    page, nik, line = seen.page, "1410014107908001", f"{running.address}/jkn-simulator"
    me = Caller.at(line, SimulatorSettings().login(HERE))
    card, day = (await me("GET", f"/peserta/nik/{nik}")).value["noKartu"], f"{running.today:%d-%m-%Y}"
    assert (await me("POST", "/pendaftaran", registration(card, day))).code == 201
    assert (await me("POST", "/kunjungan/V1", referred(card, day))).code == 201
    await page.goto("/jkn-simulator")
    await page.locator("#requests td.path").first.wait_for()
    assert await page.locator(".fault").count() == len(menu())
    await page.locator("#who").select_option(HERE)
    await page.locator('[data-fault="business-500"]').click()
    await page.locator("#playing li").wait_for()
    assert (await me("GET", f"/peserta/noka/{card}")).code == 500
    await page.locator("#requests .tag.bad").first.wait_for()
    await page.locator("#facility").select_option(HERE)
    await page.locator('[data-tab="referrals"]').click()
    await page.locator("#kept td", has_text="0101R001").wait_for()
    await page.locator("#nik").fill(nik)
    await page.locator("#member-form button").click()
    await page.locator("#member button", has_text="Tidak aktif").click()
    await page.locator("#member .tag.bad").wait_for()
    assert (await me("GET", f"/peserta/noka/{card}")).value["aktif"] is False
    await page.locator("#member button", has_text="Biarkan").click()
    assert card not in await page.content()
    assert seen.complaints == []
