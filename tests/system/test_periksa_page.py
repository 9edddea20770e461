"""A referral letter and the page that checks it, in a real browser on a phone: from the PDF's own QR code, by a typed
number, without signing in."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
import zxingcpp

from deploy.demo.story import STORY, open_stage
from deploy.demo.story.bodies import Letter
from tests.system.conftest import Running, running_house
from tests.system.test_docs_page import Seen, browser, pytestmark, seen  # noqa: F401 - fixtures

BEFORE = ("network_from_csv", "applications", "accounts")


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """One house: the page and its two addresses are the same in both deployments."""
    with running_house() as house:
        yield house


@pytest.fixture(scope="module")
async def sent(running: Running) -> AsyncIterator[dict[str, Any]]:
    """A referral of the story's pregnant woman, its letter, and the words on it that nobody else may learn."""
    async with open_stage(running.address, running.admin, running.today) as stage:
        for step in STORY:
            if step.play.__name__ in BEFORE:
                await step.play(stage)
        doctor, puskesmas = (stage.speakers[part].facility for part in ("doctor", "puskesmas"))
        mother = stage.cast.mother
        visit = Letter(mother, stage.network.facilities[doctor])
        visit.visit(stage.today).pressure(150, 95)
        await stage.post("doctor", "/fhir-r4/v1", visit.bundle(), status=200)
        body = {
            "patient": {"nik": mother.nik}, "to_facility": puskesmas, "urgency": "urgent", "kind": "horizontal",
            "diagnosis": "O13", "reason": "Perlu protein urin", "payer": "jkn", "consent": True,
        }  # fmt: skip

        async def send() -> dict[str, Any]:
            return dict(await stage.call("doctor", "POST", "/v1/referrals", json=body, status=(201, 403, 404)))

        made, _ = await stage.until(send, lambda _: stage.notes["status"] == 201, 20)
        url = f"{running.address}/v1/referrals/{made['id']}/letter"
        answer = await stage.http.get(url, headers={"Authorization": f"Bearer {await stage.token('doctor')}"})
        assert answer.status_code == 200, answer.text
        yield made | {"pdf": answer.content, "nik": mother.nik, "today": running.today}


def test_the_letter_names_the_patient_of_the_record(sent: dict[str, Any]) -> None:
    text = pypdfium2.PdfDocument(sent["pdf"])[0].get_textpage().get_text_bounded()
    assert sent["nik"] in text and sent["number"] in text and "Hipertensi gestasional" in text
    assert "isi dengan tangan" not in text


async def test_the_code_on_paper_opens_the_page(seen: Seen, sent: dict[str, Any]) -> None:  # noqa: F811
    picture = pypdfium2.PdfDocument(sent["pdf"])[0].render(scale=2, grayscale=True).to_pil()
    link = zxingcpp.read_barcodes(picture)[0].text
    page = seen.page
    await page.set_viewport_size({"width": 360, "height": 780})
    await page.goto(link)
    await page.locator("#found:visible").wait_for()
    assert await page.locator("#verdict").inner_text() == "Asli dan masih berlaku"
    facts = await page.locator("#facts").inner_text()
    assert "Puskesmas Selatpanjang" in facts and sent["number"] in facts
    assert await page.evaluate("document.activeElement.id") == "verdict"
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    whole = await page.content()
    assert sent["nik"] not in whole and "O13" not in whole and "protein urin" not in whole

    await page.locator('#match input[name="nik_end"]').fill(sent["nik"][-4:])
    await page.locator("#match button").click()
    await page.locator("#answer.good").wait_for()
    await page.locator('#match input[name="nik_end"]').fill("")
    await page.locator('#match input[name="birth_date"]').fill("1931-01-01")
    await page.locator("#match button").click()
    await page.locator("#answer.bad").wait_for()
    assert "Tidak cocok" in await page.locator("#answer").inner_text()
    assert seen.complaints == []
    assert await page.evaluate("Object.keys(localStorage)") == []


async def test_a_number_is_typed_and_what_is_none_is_said(seen: Seen, sent: dict[str, Any]) -> None:  # noqa: F811
    page = seen.page
    await page.goto("/rujukan/periksa")
    await page.locator("#number").fill("bukan nomor")
    await page.locator("#ask button").click()
    await page.locator("#wrong", has_text="12 huruf/angka").wait_for()
    await page.locator("#number").fill("0000-0000-0000")
    await page.locator("#ask button").click()
    await page.locator("#wrong", has_text="tidak ada").wait_for()
    assert await page.locator("#found").is_hidden()
    await page.locator('[data-language="en"]').click()
    await page.locator("#number").fill(sent["number"].lower().replace("-", ""))
    await page.locator("#number").press("Enter")
    await page.locator("#found:visible").wait_for()
    assert await page.locator("#verdict").inner_text() == "Genuine, and it still holds"
    until = sent["today"] + timedelta(days=89)
    assert f"{until.day} {until:%B} {until.year}" in await page.locator("#facts").inner_text()
    assert "Tujuan" not in await page.locator("main").inner_text()
    unlabelled = "[...document.querySelectorAll('main input')].filter(i => !i.labels.length).length"
    assert await page.evaluate(unlabelled) == 0
    small = """[...document.querySelectorAll('main input, main button')]
        .filter(e => e.offsetParent && e.getBoundingClientRect().height < 44).length"""
    assert await page.evaluate(small) == 0
