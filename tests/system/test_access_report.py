"""The person's report from a running house: all services answer, and the page stands alone in a real browser."""

import asyncio
import os
import shutil
import time
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.demo import seed
from tests.system.conftest import Running

playwright = pytest.importorskip("playwright.async_api")

CHROMIUM = os.environ.get("SIMPUL_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
CLINIC = "K1410010201"
NIK = "https://fhir.kemkes.go.id/id/nik"
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium; set SIMPUL_CHROMIUM or apt install chromium")


def clinic_of(http: httpx.Client) -> dict[str, str]:
    """A clinic of the demo network, and its token."""
    for name in ("areas", "facilities", "catchments"):
        content = (seed.files.FOLDER / f"{name}.csv").read_bytes()
        http.post(f"/v1/network/{name}", content=content, headers={"Content-Type": "text/csv"}).raise_for_status()
    made = http.post("/v1/clients", json={"facility": CLINIC, "face": "fhir", "name": "uji"}).json()
    form = {"grant_type": "client_credentials", "client_id": made["id"], "client_secret": made["secret"]}
    return {"authorization": "Bearer " + http.post("/oauth2/v1/token", data=form).json()["access_token"]}


def story(house: Running) -> tuple[str, dict[str, str], dict[str, Any], list[Any]]:
    """A person, the administrator's token, the report, the raw log."""
    with httpx.Client(base_url=house.address, trust_env=False, timeout=30) as http:
        form = {"grant_type": "password", **house.admin}
        http.headers["authorization"] = "Bearer " + http.post("/oauth2/v1/token", data=form).json()["access_token"]
        clinic = clinic_of(http)
        number = "1410014107" + str(uuid.uuid4().int % 10**6).zfill(6)
        body = {"resourceType": "Patient", "identifier": [{"system": NIK, "value": number}], "name": [{"text": "SITI"}],
                "birthDate": "1990-07-01", "gender": "female"}  # fmt: skip
        answer = http.post("/fhir-r4/v1/Patient", json=body, headers=clinic)
        assert answer.status_code == 201, answer.text
        person = str(answer.json()["id"])
        for purpose in ("TREAT", "PUBHLTH"):
            more = {"x-purpose": purpose, "user-agent": "Uji/1.0"}
            http.get(f"/fhir-r4/v1/Patient/{person}", headers=clinic | more)
        http.get(f"/v1/coverage/{person}", headers=clinic)
        why = {"patient": person, "reason": "emergency", "note": "Tidak sadar di IGD, perlu riwayat obat"}
        assert http.post("/v1/break-glass", json=why, headers=clinic).status_code == 201
        http.get(f"/fhir-r4/v1/Patient/{person}", headers=clinic)
        report = http.get(f"/v1/persons/{person}/access-report").json()
        raw = http.get("/v1/access-log", params={"person": person}).json()
        return person, {"authorization": http.headers["authorization"]}, report, raw


async def test_the_page_needs_nothing_from_elsewhere(running: Running, tmp_path: Path) -> None:
    person, headers, report, raw = await asyncio.to_thread(story, running)
    assert (report["complete"], report["unreachable"]) == (True, [])
    assert {"records", "coverage"} <= {e["service"] for e in report["entries"]}
    assert report["totals"]["break_glass"] == 2  # the opening and the look
    assert "127.0.0.1 Uji/1.0" in {r["origin"] for r in raw}
    path = f"{running.address}/v1/persons/{person}/access-report"

    asked: list[str] = []
    said: list[Any] = []
    async with playwright.async_playwright() as p:
        browser = await p.chromium.launch(executable_path=CHROMIUM, args=["--headless", "--no-sandbox"])
        context = await browser.new_context(extra_http_headers=headers, viewport={"width": 900, "height": 1200})
        tab = await context.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        await tab.goto(path + "?format=html")
        assert await tab.locator("h1").inner_text() == "Siapa membaca catatan saya\nWho read my record"
        assert await tab.locator("tr").count() == len(report["entries"]) + 2  # that report and the look at the log
        assert await tab.locator(".mark.btg").count() == 2
        assert await tab.locator("svg rect.ok").first.bounding_box()
        font = await tab.locator("h1").evaluate("e => getComputedStyle(e).fontSize")
        assert font == "24px"  # 18pt: the page's own style counts under its own policy
        folder = Path(os.environ.get("SIMPUL_SHOTS") or tmp_path)
        await tab.screenshot(path=folder / f"access-report-{int(time.time())}.png", full_page=True)
        pdf = await tab.pdf(prefer_css_page_size=True)
        assert pdf.startswith(b"%PDF")
        await browser.close()
    assert asked == [path + "?format=html"]
    assert said == []
