"""The person's own report: complete, in plain words, in pages, for those who may ask, and itself in the log."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from services.kernel.app import App
from services.records.report import day
from tests.service.records.bodies import BASE, nik, systolic
from tests.service.records.referring import BEGIN, Way, apply
from tests.service.records.test_secrecy import registered

Caller = Callable[..., httpx.AsyncClient]
SENT = {
    "rows": [{"at": "2026-11-03T03:12:00+00:00", "actor": "<b>x</b>", "role": "clinician", "facility": "PKM-C",
              "person_id": "p", "action": "read", "what": "DiagnosticReport", "purpose": "TREAT", "outcome": "allowed",
              "request_id": "-", "origin": "-", "resources": "DiagnosticReport/1"}],
    "counted": [{"facility": "PKM-C", "day": "2026-11-03", "outcome": "allowed", "purpose": "TREAT", "n": 1,
                 "first": "2026-11-03T03:12:00+00:00", "last": "2026-11-03T03:12:00+00:00"}],
}  # fmt: skip


@pytest.fixture
def peers(records: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """One peer has a row, two have none, one is away."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "coverage" or request.url.path != "/internal/access-log":
            return httpx.Response(503)
        return httpx.Response(200, json=SENT if request.url.host == "referrals" else {"rows": [], "counted": []})

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    monkeypatch.setattr(records.state.service, "http", http)


async def story(caller: Caller) -> str:
    """A registration, an examination, a reading, an emergency and a refusal."""
    a, b = caller("KLINIK-A"), caller("TPMD-B")
    id_ = await registered(a, nik())
    seen = (await a.post(f"{BASE}/Observation", json=systolic(id_))).json()["id"]
    await a.get(f"{BASE}/Observation/{seen}")
    why = {"patient": id_, "reason": "emergency", "note": "Tidak sadar di IGD, perlu riwayat obat"}
    assert (await a.post("/v1/break-glass", json=why)).status_code == 201
    await a.get(f"{BASE}/Patient/{id_}")
    assert (await b.get(f"{BASE}/Observation/{seen}")).status_code == 403
    return id_


@pytest.mark.usefixtures("peers")
async def test_all_services_rows_stand_in_one_report_in_plain_words(caller: Caller) -> None:
    id_ = await story(caller)
    report = (await caller(None, "auditor").get(f"/v1/persons/{id_}/access-report")).json()
    assert report["totals"] == {"accesses": 8, "refused": 1, "break_glass": 2}
    assert (report["complete"], report["unreachable"]) == (False, ["coverage"])
    assert {f["facility_name"]: f["accesses"] for f in report["facilities"]} == {
        "Klinik A": 5, "TPMD B": 1, "PKM C": 1, "Dinas Kesehatan": 1,
    }  # fmt: skip
    assert sum(d["accesses"] for d in report["days"]) == len(report["entries"]) == 8
    said = [e["sentence"]["id"] for e in report["entries"]]
    lab = "PKM C, dokter atau tenaga kesehatan, membaca laporan lab atau penunjang, untuk perawatan, 3 Nov 2026 10.12"
    assert lab in said
    assert any(s.startswith("TPMD B, sistem klinik, ditolak ketika hendak membaca hasil pemeriksaan") for s in said)
    assert any("membaca data diri, dengan akses darurat" in s for s in said)
    assert report["entries"][-1 if said[-1] == lab else 0]["service"] in {"records", "referrals"}


@pytest.mark.usefixtures("peers")
async def test_the_health_office_knows_a_person_by_the_national_number(caller: Caller) -> None:
    a, number = caller("KLINIK-A"), "P02478375538"
    patient = {
        "resourceType": "Patient", "name": [{"text": "Siti"}], "birthDate": "1990-07-01", "gender": "female",
        "identifier": [{"system": "https://fhir.kemkes.go.id/id/ihs-number", "value": number}],
    }  # fmt: skip
    id_ = (await a.post(f"{BASE}/Patient", json=patient)).json()["id"]
    path = f"/v1/persons/{number}/access-report"
    assert (await caller(None, "auditor").get(path)).json()["person"] == id_
    assert (await caller(None, "auditor").get(path.replace("5538", "0000"))).status_code == 404
    assert (await caller("KLINIK-A", "facility-admin").get(path)).status_code == 404


@pytest.mark.usefixtures("peers")
async def test_pages_give_every_row_once(caller: Caller) -> None:
    id_, auditor = await story(caller), caller(None, "auditor")
    found, before, calls = [], None, 0
    while True:
        asked = {"limit": 2} | ({"before": before} if before else {})
        page = (await auditor.get(f"/v1/persons/{id_}/access-report", params=asked)).json()
        assert page["totals"]["accesses"] == 8 + calls  # each report is an access
        found += [(e["at"], e["what"]) for e in page["entries"]]
        before, calls = page["next"], calls + 1
        if before is None:
            break
    assert len(found) == len(set(found)) == 8
    assert found == sorted(found, reverse=True)


@pytest.mark.usefixtures("peers")
async def test_who_may_ask_and_that_it_is_logged(caller: Caller, sql: Any) -> None:
    id_ = await story(caller)
    path = f"/v1/persons/{id_}/access-report"
    assert (await caller("KLINIK-A", "facility-admin").get(path)).status_code == 200
    assert (await caller("TPMD-B", "facility-admin").get(path)).status_code == 403
    for role in ("clinician", "clinic-system", "dinkes-analyst"):
        assert (await caller("KLINIK-A", role).get(path)).status_code == 403
    assert (await caller(None, "auditor").get("/v1/persons/nobody/access-report")).status_code == 404
    wrong = await caller(None, "auditor").get(path, params={"since": "2026-02-01", "until": "2026-01-01"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/query/since")
    rows = await sql(
        "SELECT facility, outcome FROM access_log WHERE person_id = $1 AND what = 'access-report' UNION ALL"
        " SELECT facility, outcome FROM access_pending WHERE person_id = $1 AND what = 'access-report'",
        id_,
    )
    assert {tuple(r) for r in rows} == {("KLINIK-A", "allowed"), ("TPMD-B", "refused")}


@pytest.mark.usefixtures("peers")
async def test_the_page_is_plain_html_that_says_what_is_missing(caller: Caller) -> None:
    id_ = await story(caller)
    answer = await caller(None, "auditor").get(f"/v1/persons/{id_}/access-report", headers={"accept": "text/html"})
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert answer.headers["cache-control"] == "no-store"
    assert "layanan JKN tidak menjawab" in answer.text
    assert "&lt;b&gt;x" in answer.text
    assert "<b>x" not in answer.text
    for outside in ("http://", "https://", "<script", "<img", "SITI"):
        assert outside not in answer.text


@pytest.mark.usefixtures("peers")
async def test_who_became_one_has_one_report(caller: Caller, sql: Any) -> None:
    a, office = caller("KLINIK-A"), caller(None, "dinkes-admin")
    first, second = await registered(a, nik()), await registered(a, nik())
    merged = await office.post(
        "/v1/identity/merges", json={"survivor": first, "other": second, "reason": "orang yang sama"}
    )
    assert merged.status_code in (200, 201), merged.text
    for asked in (first, second):
        report = (await office.get(f"/v1/persons/{asked}/access-report")).json()
        assert report["person"] == first
        assert [e["what"] for e in report["entries"] if e["service"] == "records"].count("Patient") >= 2


@pytest.mark.usefixtures("peers")
async def test_who_referred_the_person_where_in_plain_words(records: App, caller: Caller) -> None:
    id_ = await registered(caller("KLINIK-A"), nik())
    way, to = Way(id_, "emergency"), ["TPMD-B"]
    await apply(records, [way.told("sent", to), way.told("in-care", to), way.told("closed", to, outcome="admitted")])
    await apply(records, [Way(id_).told("sent", ["PKM-C"], to="PKM-C")])
    auditor, path = caller(None, "auditor"), f"/v1/persons/{id_}/access-report"
    said = [w["sentence"]["id"] for w in (await auditor.get(path)).json()["referrals"]]
    today = day(BEGIN.astimezone(records.state.service.clock.zone).date())
    assert sorted(said) == [
        f"{today}: dirujuk dari Klinik A ke PKM C; menunggu jawaban",
        f"{today}: dirujuk dari Klinik A ke TPMD B, gawat darurat; dirawat inap ({today})",
    ]
    before = (await auditor.get(path, params={"until": "2020-01-01"})).json()
    assert before["referrals"] == []
    page = await auditor.get(path, headers={"accept": "text/html"})
    assert "Siapa merujuk saya ke mana" in page.text
    assert "ke TPMD B, gawat darurat; dirawat inap" in page.text
