"""A referral letter and the page that checks it, in a real browser on a phone: from the PDF's own QR code, by a typed
number, without signing in."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pypdfium2
import pytest
import zxingcpp

from deploy.demo import seed
from tests.service.records.bodies import patient
from tests.system.conftest import Running, running_house
from tests.system.test_bad_input import sign_in
from tests.system.test_docs_page import Seen, browser, pytestmark, seen  # noqa: F401 - fixtures

PRACTICE, PUSKESMAS, NIK, PASSWORD = "D1410010301", "P1410010101", "1410014107900077", "kata-sandi-uji-077"


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """One house: the page and its two addresses are the same in both deployments."""
    with running_house() as house:
        yield house


@pytest.fixture(scope="module")
def sent(running: Running) -> dict[str, Any]:
    """A referral of a pregnant woman from a practice to the puskesmas, and its letter."""
    with httpx.Client(base_url=running.address, timeout=60) as http:
        admin = sign_in(http, running)
        for name in ("areas", "facilities"):
            content = (seed.files.FOLDER / f"{name}.csv").read_bytes()
            http.post(f"/v1/network/{name}", content=content, headers=admin | {"Content-Type": "text/csv"})
        account = {"username": "dokter.uji", "password": PASSWORD, "role": "clinician", "facility": PRACTICE}
        assert http.post("/v1/staff", json=account | {"name": "Uji"}, headers=admin).status_code in (200, 201)
        form = {"grant_type": "password", "username": "dokter.uji", "password": PASSWORD}
        token = http.post("/oauth2/v1/token", data=form).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        made = http.post("/fhir-r4/v1/Patient", json=patient(NIK))
        assert made.status_code == 201, made.text
        body = {
            "patient": {"nik": NIK}, "to_facility": PUSKESMAS, "urgency": "urgent", "kind": "horizontal",
            "diagnosis": "O13", "reason": "Perlu protein urin", "payer": "jkn", "consent": True,
        }  # fmt: skip
        answer = http.post("/v1/referrals", json=body)
        assert answer.status_code == 201, answer.text
        letter = http.get(f"/v1/referrals/{answer.json()['id']}/letter")
        assert letter.status_code == 200, letter.text
        return answer.json() | {"pdf": letter.content, "nik": NIK, "today": running.today}


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
