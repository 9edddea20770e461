"""The page of the boxes in real browsers: a doctor's phone, a puskesmas' desk, the office; split processes."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from deploy.demo import seed
from tests.service.records.bodies import nik
from tests.system.conftest import Running, running_house
from tests.system.test_bad_input import sign_in
from tests.system.test_docs_page import PATIENCE, Seen, browser, pytestmark  # noqa: F401 - fixtures

PRACTICE, PUSKESMAS = "D1410010301", "P1410010101"
PASSWORD = "kata-sandi-uji-2026"
ACCOUNTS = {
    "dokter.uji": ("clinician", PRACTICE), "bidan.uji": ("puskesmas-staff", PUSKESMAS),
    "bidan.dua": ("puskesmas-staff", PUSKESMAS),
}  # fmt: skip
PHONE, DESK = {"width": 390, "height": 780}, {"width": 1280, "height": 860}


@dataclass
class House:
    """A running house with a network, three accounts and the office's own client."""

    running: Running
    http: httpx.Client
    bearers: dict[str, dict[str, str]]

    def patient(self, name: str) -> str:
        """Somebody the doctor has seen: the NIK."""
        number = nik()
        visit = {
            "number": f"uji-{number}", "patient": {"nik": number, "name": name, "birth_date": "1990-07-01", "sex": "P"},
            "at": f"{self.running.today - timedelta(days=1)}T09:00:00+07:00", "kind": "dalam-gedung",
        }  # fmt: skip
        answer = self.http.post("/v1/visits", json=visit, headers=self.bearers["dokter.uji"])
        assert answer.status_code == 201, answer.text
        return number

    def sent(self, number: str, **more: Any) -> str:
        """A referral of theirs, sent by the doctor's program."""
        body = {
            "patient": {"nik": number}, "to_facility": PUSKESMAS, "kind": "horizontal", "diagnosis": "O13",
            "reason": "Tekanan darah 150/95", "consent": True,
        }  # fmt: skip
        answer = self.http.post("/v1/referrals", json=body | more, headers=self.bearers["dokter.uji"])
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def take(self, referral: str, verb: str, who: str, **told: Any) -> None:
        answer = self.http.post(f"/v1/referrals/{referral}/{verb}", json=told, headers=self.bearers[who])
        assert answer.status_code == 200, answer.text

    def box(self, who: str, box: str) -> list[dict[str, Any]]:
        found = self.http.get("/v1/referrals", params={"box": box, "limit": 200}, headers=self.bearers[who]).json()
        items: list[dict[str, Any]] = found["items"]
        return items


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with running_house("--split") as running, httpx.Client(base_url=running.address, timeout=60) as http:
        admin = sign_in(http, running)
        for name in ("areas", "facilities", "catchments"):
            content = (seed.files.FOLDER / f"{name}.csv").read_bytes()
            http.post(f"/v1/network/{name}", content=content, headers=admin | {"Content-Type": "text/csv"})
        bearers = {"": admin}
        for username, (role, facility) in ACCOUNTS.items():
            body = {"username": username, "password": PASSWORD, "role": role, "facility": facility, "name": "Uji"}
            assert http.post("/v1/staff", json=body, headers=admin).status_code in (200, 201)
            form = {"grant_type": "password", "username": username, "password": PASSWORD}
            token = http.post("/oauth2/v1/token", data=form).json()["access_token"]
            bearers[username] = {"Authorization": f"Bearer {token}"}
        yield House(running, http, bearers)


@asynccontextmanager
async def opened(browser: Any, house: House, who: str, size: dict[str, int]) -> AsyncIterator[Seen]:  # noqa: F811
    """Somebody's browser, signed in and listening."""
    context = await browser.new_context(base_url=house.running.address, viewport=size, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    seen = Seen(page)
    page.on("request", seen.note_request)
    page.on("console", seen.note_console)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    await page.goto("/rujukan")
    await enter(page, house, who)
    yield seen
    await context.close()
    assert seen.elsewhere == []


async def enter(page: Any, house: House, who: str) -> None:
    """Sign in."""
    admin = house.running.admin
    await page.locator("#username").fill(who or admin["username"])
    await page.locator("#password").fill(PASSWORD if who else admin["password"])
    await page.locator("#enter .go").click()
    await page.locator("#live.live").wait_for(state="attached")
    await page.locator("#panel > *").first.wait_for(state="attached")


async def write(page: Any, number: str, **more: str) -> None:
    """Fill the form as a doctor in a hurry does, and send it."""
    await page.locator("#begin").click()
    form = page.locator("#write")
    await form.locator('[name="nik"]').fill(number)
    await form.locator(".is-urgent").click()
    await form.locator(".is-horizontal").click()
    await form.locator('[name="diagnosis"]').fill("O13")
    await form.locator('[name="reason"]').fill("Tekanan darah 150/95 pada kehamilan 32 minggu")
    await form.locator('[name="to_facility"]').fill(PUSKESMAS)
    await form.locator('[name="consent"]').check()
    await form.locator("button.go").click()


async def press(page: Any, verb: str, **told: str) -> None:
    """Take a step with what it asks for."""
    await page.locator(f'[data-verb="{verb}"]').click()
    for name, value in told.items():
        await page.locator(f'dialog [name="{name}"]').fill(value)
    await page.locator("dialog .go").click()
    await page.locator("dialog").wait_for(state="hidden")


async def test_a_referral_goes_there_and_back_before_everybodys_eyes(browser: Any, house: House) -> None:  # noqa: F811
    number = await asyncio.to_thread(house.patient, "Siti Aminah")
    async with opened(browser, house, "dokter.uji", PHONE) as doctor, opened(browser, house, "bidan.uji", DESK) as desk:
        phone, screen = doctor.page, desk.page
        assert "kosong" in await screen.locator("#panel").inner_text()
        await write(phone, number)
        card = screen.locator(".card.fresh", has_text="Siti Aminah")
        await card.wait_for()  # without anybody touching this screen
        assert "Rujukan baru · Siti Aminah" in await screen.locator("#notes").inner_text()
        assert "(1)" in await screen.title()
        said = await card.inner_text()
        assert "Segera" in said and "menit lagi" in said.replace("1 jam", "60 menit") and "Giliran Anda" in said
        await phone.locator(".way .now", has_text="Terkirim").wait_for()
        assert await phone.locator(".duty").inner_text() != ""

        await card.locator("a").click()
        await screen.locator("#one .prose", has_text="150/95").wait_for()
        await press(screen, "accept", note="Ditunggu di poli KIA")
        await phone.locator(".way .now", has_text="Diterima").wait_for()  # the open referral moves on as well
        await phone.locator(".story", has_text="Ditunggu di poli KIA").wait_for()
        for verb, stage in (("arrive", "Tiba"), ("treat", "Dirawat")):
            await press(screen, verb)
            await phone.locator(".way .now", has_text=stage).wait_for()
        due = str(house.running.today + timedelta(days=30))
        await press(screen, "refer-back", advice="Ukur tekanan darah tiap minggu", due=due)
        await phone.locator(".part", has_text="Ukur tekanan darah tiap minggu").wait_for()
        assert "Dirujuk balik" in await phone.locator(".head").inner_text()
        assert await screen.locator(".acts").count() == 0
        assert doctor.complaints == desk.complaints == []


async def test_what_is_written_offline_goes_out_once(browser: Any, house: House) -> None:  # noqa: F811
    first, second = [await asyncio.to_thread(house.patient, name) for name in ("Rini Lestari", "Dewi Anggraini")]
    async with opened(browser, house, "dokter.uji", PHONE) as doctor:
        page = doctor.page
        await page.context.set_offline(True)
        await page.locator("#live.off").wait_for(state="attached")
        await write(page, first)
        await page.locator("#waiting .held", has_text="Menunggu jaringan").wait_for()
        kept = await page.evaluate("JSON.stringify(Object.entries(localStorage))")
        assert "sealed" in kept and first not in kept and "150/95" not in kept
        assert await asyncio.to_thread(house.box, "dokter.uji", "outbox") == []

        lost = 0

        async def lose(route: Any) -> None:
            nonlocal lost
            lost += 1
            await route.fetch()  # it arrives, and its answer does not
            await route.abort()

        await page.route("**/v1/referrals", lose, times=1)
        await page.locator("#leave").click()
        await page.context.set_offline(False)
        await enter(page, house, "dokter.uji")  # the next day: only the password opens what was kept
        await page.locator("#tabs a", has_text="Kiriman").click()
        await page.locator(".card", has_text="Rini Lestari").wait_for()
        await page.locator("#waiting .held").wait_for(state="detached")
        assert (lost, len(await asyncio.to_thread(house.box, "dokter.uji", "outbox"))) == (1, 1)
        assert await page.evaluate("Object.keys(localStorage)") == []

        await page.locator("#begin").click()
        await page.locator('#write [name="nik"]').fill(second)
        await page.locator("#write .known", has_text="Dewi Anggraini").wait_for()
        await page.locator('#write [name="reason"]').fill("Belum selesai ditulis")
        while await page.evaluate("localStorage.length") == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        await page.reload()
        await enter(page, house, "dokter.uji")
        assert await page.locator('#write [name="reason"]').input_value() == "Belum selesai ditulis"


async def test_who_comes_second_is_told_what_happened(browser: Any, house: House) -> None:  # noqa: F811
    number = await asyncio.to_thread(house.patient, "Nur Hayati")
    referral = await asyncio.to_thread(house.sent, number)
    async with opened(browser, house, "bidan.uji", DESK) as desk:
        page = desk.page
        await page.context.set_offline(False)
        await page.route("**/v1/referrals/stream", lambda route: route.abort())
        await page.reload()  # a screen that hears nothing
        await page.locator("#username").fill("bidan.uji")
        await page.locator("#password").fill(PASSWORD)
        await page.locator("#enter .go").click()
        await page.locator(".card", has_text="Nur Hayati").locator("a").click()
        await page.locator('[data-verb="accept"]').wait_for()
        await asyncio.to_thread(house.take, referral, "decline", "bidan.dua", reason="Reagen protein urin habis")
        await press(page, "accept")
        alarm = page.locator("#alarm", has_text="Sudah terjadi hal lain")
        await alarm.wait_for()
        assert "Ditolak oleh Puskesmas Selatpanjang" in await alarm.inner_text()
        assert [c for c in desk.complaints if "409" not in c and "ERR_FAILED" not in c and "403" not in c] == []


SMALL = """[...document.querySelectorAll('#desk a, #desk button, #desk input, #desk select')]
    .filter(e => e.offsetParent && !['radio', 'checkbox'].includes(e.type))
    .filter(e => e.getBoundingClientRect().height < 43).map(e => e.outerHTML.slice(0, 80))"""
BARE = """[...document.querySelectorAll('input, select, textarea, button, a')].filter(e => e.offsetParent
    && !(e.labels?.length || e.textContent.trim() || e.getAttribute('aria-label') || e.title)).length"""


async def test_it_fits_has_keys_and_speaks_english(browser: Any, house: House) -> None:  # noqa: F811
    number = await asyncio.to_thread(house.patient, "Sri Wahyuni")
    await asyncio.to_thread(house.sent, number, urgency="emergency")
    async with opened(browser, house, "bidan.uji", PHONE) as desk:
        page = desk.page

        async def fits() -> None:
            for width in (360, 1280):
                await page.set_viewport_size({"width": width, "height": 740})
                assert await page.evaluate("document.documentElement.scrollWidth") <= width
                assert await page.evaluate(SMALL) == []
                assert await page.evaluate(BARE) == 0

        await page.locator(".card", has_text="Sri Wahyuni").locator("a").focus()
        await page.keyboard.press("Enter")
        await page.locator(".way .now").wait_for()
        assert await page.evaluate("document.activeElement.tagName") == "H2"
        await page.locator('[data-language="en"]').click()
        await page.locator(".way .now", has_text="Sent").wait_for()
        assert await page.locator('[data-verb="accept"]').inner_text() == "Accept"
        await fits()
        await page.locator('[data-verb="decline"]').press("Enter")
        assert await page.evaluate("document.activeElement.name") == "reason"
        await page.keyboard.press("Escape")
        await page.evaluate("location.hash = '#/new'")
        await page.locator("#write h2", has_text="Refer a patient").wait_for()
        await fits()
        assert desk.complaints == []


async def test_the_office_sees_the_district_move(browser: Any, house: House) -> None:  # noqa: F811
    async with opened(browser, house, "", DESK) as office:
        page = office.page
        assert await page.locator("#tabs a").all_inner_texts() == ["Kabupaten", "Giliran dinas", "Kontrol", "Umur"]
        assert await page.locator("#begin").is_hidden()
        number = await asyncio.to_thread(house.patient, "Yuliana")
        referral = await asyncio.to_thread(house.sent, number)
        card = page.locator(f'.card[data-id="{referral}"]')
        await card.wait_for()
        await asyncio.to_thread(house.take, referral, "accept", "bidan.uji")
        await card.locator(".s-accepted").wait_for()
        assert office.complaints == []


def hypertensive(house: House) -> None:
    """A woman of the puskesmas' village whose blood pressure is due this month, on its worklist."""
    who = {
        "nik": nik(), "name": "Yuliana Sari", "birth_date": "1970-07-01", "sex": "P", "phone": "081234567890",
        "address": {"line": "Jl. Dorak No. 12", "village": "1410011001"},
    }  # fmt: skip
    at = f"{house.running.today - timedelta(days=70)}T09:00:00+07:00"
    visit = {"number": f"uji-{who['nik']}", "patient": who, "at": at, "kind": "dalam-gedung"}
    told = visit | {"diagnoses": [{"icd10": "I10", "primary": True}]}
    bearer = house.bearers["bidan.uji"]
    assert house.http.post("/v1/visits", json=told, headers=bearer).status_code == 201
    until = time.monotonic() + PATIENCE / 1000
    asked = {"standard": "spm-08"}
    while not house.http.get("/v1/worklists", params=asked, headers=bearer).json()["items"]:
        assert time.monotonic() < until
        time.sleep(0.05)


async def test_the_worklist_takes_an_outcome_in_two_taps(browser: Any, house: House) -> None:  # noqa: F811
    await asyncio.to_thread(hypertensive, house)
    context = await browser.new_context(base_url=house.running.address, viewport=PHONE, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    seen = Seen(page)
    page.on("request", seen.note_request)
    page.on("console", seen.note_console)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    await page.goto("/sasaran")
    await page.locator("#username").fill("bidan.uji")
    await page.locator("#password").fill(PASSWORD)
    await page.locator("#enter .go").click()
    card = page.locator(".person", has_text="Yuliana Sari")
    await card.wait_for()
    told = await card.inner_text()
    assert "Tekanan darah" in told and "perempuan" in told
    assert await card.locator('a[href="tel:081234567890"]').count() == 1
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "fits the phone"

    await card.locator("h2 a").click()
    await page.locator("#one td", has_text="terlewat").first.wait_for()
    await page.locator("#one .back").click()

    await card.locator(".outcome").click()
    await page.locator('dialog [data-kind="reached"]').click()
    await card.wait_for(state="detached")
    assert "Tercatat · Bertemu" in await page.locator("#notes").inner_text()
    await page.locator("#tabs a", has_text="Ditunda").click()
    await card.wait_for()
    assert "istirahat sampai" in await card.inner_text()
    await card.locator("h2 a").click()
    await page.locator("#one .said", has_text="Kunjungan rumah").wait_for()
    await page.locator('[data-language="en"]').click()
    await page.locator("#one .said", has_text="Home visit").wait_for()
    assert await page.evaluate("Object.keys(localStorage)") in ([], ["simpul-language"]), "nobody is kept on the phone"
    await page.locator("#leave").click()
    assert "Yuliana" not in await page.content()
    await context.close()
    assert seen.elsewhere == seen.complaints == []


async def test_the_dashboard_opens_down_to_the_unit(browser: Any, house: House) -> None:  # noqa: F811
    await asyncio.to_thread(hypertensive, house)
    context = await browser.new_context(base_url=house.running.address, viewport=PHONE, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    seen = Seen(page)
    page.on("request", seen.note_request)
    page.on("console", seen.note_console)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    fits = "document.documentElement.scrollWidth <= innerWidth"
    await page.goto("/indikator")
    await page.locator("#username").fill("bidan.uji")
    await page.locator("#password").fill(PASSWORD)
    await page.locator("#enter .go").click()
    tile = page.locator('.tile[data-standard="spm-08.permenkes-6-2024"]')
    await tile.locator(".dial").wait_for()
    assert "belum dimuat" in await tile.inner_text(), "no official target yet"
    assert await page.evaluate(fits), "fits the phone"

    await tile.click()
    await page.locator("#pws .bar-row", has_text="untuk mencapai garis").first.wait_for()
    await page.locator(".trend .target").wait_for()
    assert await page.evaluate(fits)
    await page.locator('[data-keep="by-puskesmas"]').click()
    await page.locator("#pws .bar-row", has_text="Puskesmas").first.wait_for()
    await page.locator('[data-keep="part-age"]').click()
    await page.locator(".board", has_text="Rincian").locator(".bar-row", has_text="+ tahun").first.wait_for()

    await (
        page.locator(".board", has_text="Apa yang masih kurang")
        .locator("a.bar-row", has_text="Tekanan darah")
        .first.click()
    )
    unit = page.locator(".unit").first
    await unit.wait_for()
    assert "Yuliana" not in await page.locator("#room").inner_text(), "no name that nobody asked for"
    await page.locator(".picks .check input").check()
    await page.locator(".unit a", has_text="Yuliana Sari").first.click()
    await page.locator(".item", has_text="Belum").first.wait_for()
    await page.locator('[data-language="en"]').click()
    await page.locator(".item", has_text="Not yet").first.wait_for()
    assert await page.evaluate(fits)
    assert await page.evaluate("Object.keys(localStorage)") in ([], ["simpul-language"]), "nobody is kept on the phone"
    await page.locator("#leave").click()
    assert "Yuliana" not in await page.content()
    await context.close()
    assert seen.elsewhere == seen.complaints == []
