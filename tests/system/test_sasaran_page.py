"""The worklist page on a midwife's phone: who is waited for, by name; an outcome in two taps; one person's items."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from deploy.demo import seed
from tests.service.records.bodies import nik
from tests.system.conftest import Running, running_house
from tests.system.test_bad_input import sign_in
from tests.system.test_docs_page import PATIENCE, Seen, browser, pytestmark  # noqa: F401 - fixtures

PUSKESMAS, VILLAGE, PASSWORD = "P1410010101", "1410011001", "kata-sandi-uji-2026"
PHONE = {"width": 390, "height": 780}


@pytest.fixture(scope="module")
def house() -> Iterator[Running]:
    """A house with a midwife's account, and a woman with hypertension whose blood pressure is due this month."""
    with running_house() as running, httpx.Client(base_url=running.address, timeout=60) as http:
        admin = sign_in(http, running)
        for name in ("areas", "facilities", "catchments"):
            content = (seed.files.FOLDER / f"{name}.csv").read_bytes()
            http.post(f"/v1/network/{name}", content=content, headers=admin | {"Content-Type": "text/csv"})
        body = {
            "username": "bidan.uji",
            "password": PASSWORD,
            "role": "puskesmas-staff",
            "facility": PUSKESMAS,
            "name": "Uji",
        }
        assert http.post("/v1/staff", json=body, headers=admin).status_code in (200, 201)
        form = {"grant_type": "password", "username": "bidan.uji", "password": PASSWORD}
        bearer = {"Authorization": f"Bearer {http.post('/oauth2/v1/token', data=form).json()['access_token']}"}
        who = {
            "nik": nik(), "name": "Siti Aminah", "birth_date": "1970-07-01", "sex": "P", "phone": "081234567890",
            "address": {"line": "Jl. Dorak No. 12", "village": VILLAGE},
        }  # fmt: skip
        visit = {
            "number": "uji-sasaran", "patient": who, "at": f"{running.today - timedelta(days=70)}T09:00:00+07:00",
            "kind": "dalam-gedung", "diagnoses": [{"icd10": "I10", "primary": True}],
        }  # fmt: skip
        answer = http.post("/v1/visits", json=visit, headers=bearer)
        assert answer.status_code == 201, answer.text
        until = time.monotonic() + 30
        while not http.get("/v1/worklists", headers=bearer).json()["items"] and time.monotonic() < until:
            time.sleep(0.05)
        yield running


async def test_an_outcome_in_two_taps(browser: Any, house: Running) -> None:  # noqa: F811
    context = await browser.new_context(base_url=house.address, viewport=PHONE, reduced_motion="reduce")
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
    card = page.locator(".person", has_text="Siti Aminah")
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
    assert "Siti" not in await page.content()
    await context.close()
    assert seen.elsewhere == seen.complaints == []
