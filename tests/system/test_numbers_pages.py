"""The pages of the numbers in a real browser: the office's dashboard, the worklist of a puskesmas and of the office."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest_asyncio

from deploy.demo.seed import seed
from tests.system.conftest import running_house
from tests.system.test_docs_page import PATIENCE, Seen, browser, pytestmark  # noqa: F401 - fixtures

PEOPLE = 60
PHONE, DESK = {"width": 390, "height": 780}, {"width": 1280, "height": 860}


@pytest_asyncio.fixture(scope="module")
async def house() -> Any:
    with running_house() as running:
        done = await seed(running.address, {"admin": running.admin}, PEOPLE, lambda _: None, running.today)
        yield running, done.accounts["staff"]


@asynccontextmanager
async def opened(
    browser: Any, house: Any, path: str, who: str, size: dict[str, int]  # noqa: F811
) -> AsyncIterator[Seen]:  # fmt: skip
    """Somebody's browser on a page, signed in."""
    running, staff = house
    context = await browser.new_context(base_url=running.address, viewport=size, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    seen = Seen(page)
    page.on("request", seen.note_request)
    page.on("console", seen.note_console)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    await page.goto(path)
    await page.locator("#username").fill(who)
    await page.locator("#password").fill(staff[who]["password"])
    await page.locator("#enter .go").click()
    yield seen
    wide = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    await context.close()
    assert seen.elsewhere == []
    assert not wide, "the page is broader than its screen"


async def test_the_dashboard_opens_down_to_a_unit(browser: Any, house: Any) -> None:  # noqa: F811
    async with opened(browser, house, "/indikator", "demo.dinkes", DESK) as seen:
        page = seen.page
        await page.locator('[data-standard^="spm-06."]').click()
        await page.locator("#pws li").first.wait_for()
        await page.locator('a[href$="/units?state=missing"]').click()
        due = await page.locator(".unit .lacks li").first.text_content()
        assert any(said in due for said in ("sampai", "terlewat")) and str(house[0].today.year) in due, "until when"
        await page.locator(".unit a").first.click()
        await page.locator(".item").first.wait_for()
        await page.goto("/indikator")
        assert seen.complaints == []


async def test_kbk_has_a_gauge_and_a_forecast(browser: Any, house: Any) -> None:  # noqa: F811
    """What the puskesmas still needs is said in words; the district's coverage stands beside it."""
    async with opened(browser, house, "/indikator", "demo.puskesmas", PHONE) as seen:
        own = seen.page.locator('#kbk [data-facility="P1410010101"]')
        await own.locator("svg.gauge").wait_for()
        assert "‰" in (await own.locator("svg.gauge text").text_content() or "")
        assert "peserta sudah ada kontak" in (await own.locator("p").text_content() or "")
        assert [(await own.locator("dt").all_text_contents())[n] for n in (1, 2)] == ["RRNS", "RPPT"]
        assert await seen.page.locator("#kbk .uhc").count() == 1
        assert seen.complaints == []


async def test_what_can_fall_again_is_said(browser: Any, house: Any) -> None:  # noqa: F811
    """A line of those complete now is not how each month ended; sets of one name are told apart by their titles."""
    async with opened(browser, house, "/indikator#/spm-08.permenkes-6-2024", "demo.analis", PHONE) as seen:
        page = seen.page
        await page.get_by_text("dapat turun lagi").first.wait_for()
        await page.evaluate("location.hash = '#/pip-3.who-2006'")
        await page.locator("h1", has_text="gizi").wait_for()
        await page.get_by_role("link", name="Stunting").wait_for()
        await page.evaluate("location.hash = '#/spm-01.permenkes-6-2024'")
        await page.locator("h1", has_text="hamil").wait_for()
        assert await page.get_by_text("dapat turun lagi").count() == 0
        assert seen.complaints == []


async def test_the_office_chooses_a_place_first(browser: Any, house: Any) -> None:  # noqa: F811
    async with opened(browser, house, "/sasaran", "demo.dinkes", DESK) as seen:
        page = seen.page
        await page.get_by_text("Pilih puskesmas").wait_for()
        assert await page.locator("#alarm .note").count() == 0
        assert not await page.locator("#one").is_visible(), "nothing is shown where nobody is chosen"
        await page.locator('[data-puskesmas="P1410010101"]').click()
        await page.locator(".person").first.wait_for()
        await page.locator("#code").fill("selatpanjang kota")
        await page.locator("#code").press("Enter")
        await page.locator(".person", has_text="Selatpanjang Kota").first.wait_for()
        assert seen.complaints == []
        await page.locator("#code").fill("3604011001")
        await page.locator("#code").press("Enter")
        await page.get_by_text("tidak terdaftar").wait_for()
        assert await page.locator(".person").count() == 0


async def test_whose_list_it_is_not(browser: Any, house: Any) -> None:  # noqa: F811
    async with opened(browser, house, "/sasaran", "demo.analis", PHONE) as seen:
        await seen.page.get_by_text("hanya untuk petugas layanan").wait_for()
        await seen.page.get_by_role("button", name="EN").click()
        await seen.page.get_by_text("is for care staff").wait_for()


async def test_an_outcome_in_two_taps(browser: Any, house: Any) -> None:  # noqa: F811
    async with opened(browser, house, "/sasaran", "demo.puskesmas", PHONE) as seen:
        page = seen.page
        first = page.locator(".person").first
        who = await first.get_attribute("data-id")
        await first.locator(".outcome").click()
        await page.locator('#ask [data-kind="refused"]').click()
        await page.get_by_text("Tercatat · Menolak").wait_for()
        await page.locator(f'.person[data-id="{who}"]').wait_for(state="detached")
        await page.evaluate("location.hash = '#/hold'")
        await page.locator(f'.person[data-id="{who}"]').wait_for()
        assert seen.complaints == []


async def test_kbk_opens_to_its_forecast_and_its_people(browser: Any, house: Any) -> None:  # noqa: F811
    async with opened(browser, house, "/jkn", "demo.puskesmas", PHONE) as seen:
        page = seen.page
        await page.locator(".tile.kbk").first.click()
        await page.locator(".board .figure").nth(2).wait_for()
        await page.locator('a[href$="/contact"]').click()
        await page.locator("h1", has_text="Belum ada kontak").wait_for()
        counted = "state=counted" if await page.locator(".picks input").count() == 2 else "no way to them"
        async with page.expect_response(lambda said: counted in said.url):
            await page.locator(".picks input").first.check()
        assert seen.complaints == []


async def test_deliveries_and_what_bpjs_lists(browser: Any, house: Any) -> None:  # noqa: F811
    async with opened(browser, house, "/jkn#/deliveries", "demo.dinkes", DESK) as seen:
        page = seen.page
        count = page.locator("[data-queue] dd").first
        await count.wait_for()
        name = page.locator("[data-queue] dt", has_text="diterima hari ini").first
        number, said = await count.bounding_box(), await name.bounding_box()
        assert 0 < said["x"] - number["x"] - number["width"] < 20, "each count stands before its own name"
        await page.locator('#tabs a[href="#/reconciliation"]').click()
        await page.locator("h1", has_text="Rekonsiliasi").wait_for()
        assert seen.complaints == []


async def test_an_analyst_sees_sums_only(browser: Any, house: Any) -> None:  # noqa: F811
    async with opened(browser, house, "/jkn", "demo.analis", DESK) as seen:
        page = seen.page
        await page.locator("#tabs a").nth(1).wait_for()
        assert await page.locator("#tabs a").all_text_contents() == ["KBK", "Selisih"]
        assert await page.locator('a[href$="/contact"]').count() == 0
