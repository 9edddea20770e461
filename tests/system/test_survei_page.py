"""The satisfaction survey in a real browser on a phone: by its link, without signing in."""

import asyncio
from typing import Any

import httpx
import pytest

from deploy.demo import seed
from tests.system.test_bad_input import sign_in
from tests.system.test_docs_page import Seen, browser, pytestmark, seen  # noqa: F401 - fixtures

HOME = "P1410010101"


@pytest.fixture(scope="module")
def http(running: Any) -> Any:
    with httpx.Client(base_url=running.address, timeout=60) as client:
        client.headers.update(sign_in(client, running))
        for name in ("areas", "facilities"):
            content = (seed.files.FOLDER / f"{name}.csv").read_bytes()
            client.post(f"/v1/network/{name}", content=content, headers={"Content-Type": "text/csv"})
        yield client


def opened(http: httpx.Client, period: str, closes: str = "2100-12-31") -> dict[str, Any]:
    body = {"facility": HOME, "period": period, "served": 500, "closes_on": closes}
    answer = http.post("/v1/surveys", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def result(http: httpx.Client, more: str = "") -> dict[str, Any]:
    """What the office reads of the survey."""
    found: dict[str, Any] = (await asyncio.to_thread(http.get, f"/v1/surveys/{HOME}/2026{more}")).json()
    return found


async def show(seen: Seen, token: str, width: int = 390) -> Any:  # noqa: F811
    await seen.page.set_viewport_size({"width": width, "height": 780})
    await seen.page.goto(f"/survei#{token}")
    return seen.page


async def test_a_patient_answers_on_a_phone(seen: Seen, http: httpx.Client) -> None:  # noqa: F811
    form = opened(http, "2026")
    page = await show(seen, form["token"])
    await page.locator("#survey h1").wait_for()
    assert await page.locator("#where").inner_text() == "Puskesmas Selatpanjang · 2026"
    await page.locator("#survey .send").first.click()
    await page.locator("#wrong:visible").wait_for()
    assert "sedikitnya satu" in await page.locator("#wrong").inner_text()
    for n in range(1, 10):
        await page.locator(f'input[name="u{n}"][value="{3 if n % 2 else 4}"]').check()
    await page.locator('select[name="age"]').select_option("26-35")
    assert await page.locator('select[name="age"] option:checked').inner_text() == "26–35 tahun"
    await page.locator('textarea[name="suggestion"]').fill("Tambah kursi")
    await page.locator("#survey .send").first.click()
    await page.locator("#done:visible").wait_for()
    found = await result(http)
    assert (found["n"], found["index"]) == (1, 86.11)
    said = (await result(http, "/comments"))["items"]
    assert [c["said"] for c in said] == ["Tambah kursi"]
    assert await page.evaluate("Object.keys(localStorage)") == ["simpul-survey-device"]
    assert [c for c in seen.complaints if "409" not in c] == []

    await page.reload()
    await page.locator('input[name="u1"][value="1"]').check()
    await page.locator("#survey .send").first.click()
    await page.locator("#again:visible").wait_for()
    assert (await result(http))["n"] == 1
    await page.locator("#again").click()
    await page.locator("#done:visible").wait_for()
    assert (await result(http))["n"] == 2


async def test_it_speaks_english_too(seen: Seen, http: httpx.Client) -> None:  # noqa: F811
    page = await show(seen, opened(http, "2026-S1")["token"])
    await page.locator("#survey h1").wait_for()
    await page.locator('[data-language="en"]').click()
    assert await page.locator("#survey h1").inner_text() == "How satisfied are you?"
    assert "Behaviour" not in await page.locator("#questions").inner_text()
    assert "How polite and friendly" in await page.locator("#questions").inner_text()
    assert await page.locator('select[name="sex"] option').all_inner_texts() == ["–", "Female", "Male"]


@pytest.mark.parametrize("token", ["", "bukan-token-yang-dikenal", "<script>"])
async def test_an_unknown_link_says_so(seen: Seen, http: httpx.Client, token: str) -> None:  # noqa: F811
    page = await show(seen, token)
    await page.locator("#state", has_text="tidak ditemukan").wait_for()
    assert await page.locator("#survey").is_hidden()


async def test_a_closed_survey_says_so(seen: Seen, http: httpx.Client) -> None:  # noqa: F811
    page = await show(seen, opened(http, "2025", "2025-12-31")["token"])
    await page.locator("#state", has_text="ditutup").wait_for()


@pytest.mark.parametrize("width", [320, 390, 768])
async def test_it_fits_any_phone(seen: Seen, http: httpx.Client, width: int) -> None:  # noqa: F811
    page = await show(seen, opened(http, "2026-Q1")["token"], width)
    await page.locator("#survey h1").wait_for()
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    small = """[...document.querySelectorAll('.four label, #survey select, #survey textarea, .send')]
        .filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).length"""
    assert await page.evaluate(small) == 0
