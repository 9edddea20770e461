"""The page on which a doctor with a phone and no system records a visit, in a real browser, with a real submit."""

import asyncio
from typing import Any

import httpx
import pytest

from deploy.demo import seed
from tests.service.records.bodies import nik
from tests.system.test_bad_input import CLINIC, sign_in
from tests.system.test_docs_page import Seen, browser, pytestmark, seen  # noqa: F401 - fixtures

PASSWORD = "kata-sandi-uji-2026"


@pytest.fixture(scope="module")
def doctor(running: Any) -> str:
    """A doctor's account at a clinic of the network."""
    with httpx.Client(base_url=running.address, timeout=60) as http:
        admin = sign_in(http, running)
        for name in ("areas", "facilities", "catchments"):
            content = (seed.files.FOLDER / f"{name}.csv").read_bytes()
            http.post(f"/v1/network/{name}", content=content, headers=admin | {"Content-Type": "text/csv"})
        body = {"username": "dokter.uji", "password": PASSWORD, "role": "clinician", "facility": CLINIC, "name": "Uji"}
        made = http.post("/v1/staff", json=body, headers=admin)
        assert made.status_code in (200, 201, 409), made.text
        return str(made.json().get("username", "dokter.uji"))


def read_back(running: Any, visit: str) -> dict[str, Any]:
    """What the office reads."""
    with httpx.Client(base_url=running.address, timeout=60) as http:
        http.headers.update(sign_in(http, running))
        found: dict[str, Any] = http.get(f"/v1/visits/{visit}").json()["visit"]
        return found


async def enter(page: Any, username: str, password: str = PASSWORD) -> None:
    await page.goto("/catat")
    await page.locator("#username").fill(username)
    await page.locator("#password").fill(password)
    await page.locator("#enter .send").click()


async def test_a_visit_is_recorded_on_a_phone(seen: Seen, running: Any, doctor: str) -> None:  # noqa: F811
    page, number = seen.page, nik()
    await page.set_viewport_size({"width": 390, "height": 780})
    await enter(page, doctor)

    async def fill(path: str, text: str) -> None:
        await page.locator(f'[data-path="{path}"]').fill(text)

    await page.locator("#visit h1").wait_for()
    await fill("patient.nik", number)
    await fill("patient.name", "Siti Aminah")
    await fill("patient.birth_date", "1990-07-01")
    await page.locator('[data-path="patient.sex"]').select_option("P")
    await fill("patient.address.village", "1410011001")
    await fill("measurements.systolic", "1200")
    await fill("measurements.diastolic", "95")
    await page.locator("#diagnosis").type("darah tinggi")
    await page.locator("#codes option").first.wait_for(state="attached")
    assert "I10" in await page.locator("#codes option").first.get_attribute("value")
    await page.locator("#drug").fill("parasetamol")
    await page.locator("#amount").fill("10")
    await page.locator('[data-path="education"]').check()
    await page.locator("#visit .send").click()
    await page.locator("#wrong:visible").wait_for()
    assert "40 sampai 300 mmHg" in await page.locator("#wrong").inner_text()
    assert await page.locator('[data-path="measurements.systolic"]').get_attribute("aria-invalid") == "true"
    await fill("measurements.systolic", "150,5")
    async with page.expect_response(lambda r: "/v1/visits?due" in r.url) as answered:
        await page.locator("#visit .send").click()
    stored = await (await answered.value).json()
    await page.locator("#done:visible").wait_for()
    visit = await asyncio.to_thread(read_back, running, stored["visit_id"])
    assert visit["measurements"] == {"systolic": 150.5, "diastolic": 95}
    assert visit["diagnoses"] == [{"icd10": "I10", "name": "darah tinggi", "primary": True}]
    assert visit["medicines"] == [{"kfa": "91000101", "name": "parasetamol", "quantity": 10, "unit": "tablet"}]
    assert visit["education"] is True
    await page.locator("#next").click()
    assert await page.locator('[data-path="patient.nik"]').input_value() == ""
    assert [c for c in seen.complaints if "422" not in c] == []
    assert await page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0


async def test_a_wrong_password_is_said(seen: Seen, doctor: str) -> None:  # noqa: F811
    await enter(seen.page, doctor, "bukan")
    for _ in range(100):
        if await seen.page.evaluate("document.getElementById('password').validationMessage"):
            break
        await asyncio.sleep(0.05)
    assert "Tidak dapat masuk" in await seen.page.evaluate("document.getElementById('password').validationMessage")
    assert await seen.page.locator("#visit").is_hidden()


@pytest.mark.parametrize("width", [320, 390, 768])
async def test_it_fits_any_phone(seen: Seen, doctor: str, width: int) -> None:  # noqa: F811
    await seen.page.set_viewport_size({"width": width, "height": 700})
    await enter(seen.page, doctor)
    await seen.page.locator("#visit h1").wait_for()
    assert await seen.page.evaluate("document.documentElement.scrollWidth") <= width
    small = """[...document.querySelectorAll('#visit input:not([type=checkbox]), #visit select, #visit button')]
        .filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).length"""
    assert await seen.page.evaluate(small) == 0
