"""Bad input at the front door: a clear problem, the right status, nothing half-stored."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from deploy.demo import seed
from services.coverage.simulator.settings import SimulatorSettings
from tests.service.coverage.bpjs_caller import Caller
from tests.service.records.bodies import BASE, NIK, bundle, encounter, nik, patient, systolic
from tests.system.conftest import Running

CLINIC = "K1410010201"


@pytest.fixture(scope="module")
def clinic(running: Running) -> Iterator[httpx.Client]:
    """A clinic with a token, on a loaded network."""
    with httpx.Client(base_url=running.address, timeout=60) as http:
        admin = sign_in(http, running)
        for name in ("areas", "facilities", "catchments"):
            content = (seed.files.FOLDER / f"{name}.csv").read_bytes()
            answer = http.post(f"/v1/network/{name}", content=content, headers=admin | {"Content-Type": "text/csv"})
            assert answer.is_success, answer.text
        made = http.post("/v1/clients", json={"facility": CLINIC, "face": "fhir", "name": "uji"}, headers=admin).json()
        form = {"grant_type": "client_credentials", "client_id": made["id"], "client_secret": made["secret"]}
        http.headers["Authorization"] = f"Bearer {http.post('/oauth2/v1/token', data=form).json()['access_token']}"
        yield http


def sign_in(http: httpx.Client, running: Running) -> dict[str, str]:
    form = {"grant_type": "password", **running.admin}
    return {"Authorization": f"Bearer {http.post('/oauth2/v1/token', data=form).json()['access_token']}"}


def everything(clinic: httpx.Client, id_: str) -> int:
    return int(clinic.get(f"{BASE}/Patient/{id_}/$everything").json()["total"])


def test_wrong_resources_name_the_element_and_store_nothing(clinic: httpx.Client) -> None:
    id_ = clinic.post(f"{BASE}/Patient", json=patient(nik())).json()["id"]
    cases: list[tuple[str, Any, int, str]] = [
        ("Patient", patient("141001410790111"), 422, "Patient.identifier[0].value"),
        ("Patient", patient(nik()) | {"gender": "perempuan"}, 422, "Patient.gender"),
        ("Observation", systolic(id_) | {"status": "selesai"}, 422, "Observation.status"),
        ("Observation", systolic(id_) | {"valueQuantity": {"value": "120"}}, 422, "Observation.valueQuantity.value"),
        ("Observation", systolic(id_) | {"effectiveDateTime": "2099-01-01"}, 422, "Observation.effectiveDateTime"),
        (
            "Encounter",
            encounter(id_) | {"period": {"start": "2026-03-02", "end": "2026-03-01"}},
            422,
            "Encounter.period",
        ),
        ("Observation", systolic("nobody-knows"), 422, "Observation.subject.reference"),
    ]
    for type_, body, status, place in cases:
        answer = clinic.post(f"{BASE}/{type_}", json=body)
        assert answer.status_code == status, (place, answer.text)
        issue = answer.json()["issue"][0]
        assert issue["expression"][0].startswith(place), answer.text
        assert issue["details"]["text"]
    assert everything(clinic, id_) == 1


def test_malformed_json_and_other_content(clinic: httpx.Client) -> None:
    for content in (b'{"resourceType": "Patient",', b"[1, 2", b"\xff\xfe", b"", b'"text"'):
        answer = clinic.post(f"{BASE}/Patient", content=content, headers={"Content-Type": "application/fhir+json"})
        assert answer.status_code == 400, (content, answer.text)
        assert answer.json()["resourceType"] == "OperationOutcome"
    xml = clinic.post(f"{BASE}/Patient", content=b"<Patient/>", headers={"Content-Type": "application/fhir+xml"})
    assert xml.status_code == 415
    assert clinic.get(f"{BASE}/Patient?name=x", headers={"Accept": "application/fhir+xml"}).status_code == 406
    plain = clinic.post(
        "/v1/visits", content=b"{", headers={"Content-Type": "application/json", "Accept-Language": "en"}
    )
    assert (plain.status_code, plain.json()["title"]) == (400, "Invalid request")


def test_a_bundle_with_a_wrong_fifth_entry_stores_nothing(clinic: httpx.Client) -> None:
    number = nik()
    wrong = bundle(number)
    wrong["entry"][4]["resource"]["valueQuantity"]["value"] = "tinggi"
    answer = clinic.post(BASE, json=wrong)
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"][0].startswith("Bundle.entry[4].resource.valueQuantity")
    assert clinic.get(f"{BASE}/Patient", params={"identifier": f"{NIK}|{number}"}).json()["total"] == 0


def test_a_body_of_60_megabytes(clinic: httpx.Client) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(60):
            yield b" " * 1_000_000

    for content in (b" " * 60_000_000, pieces()):
        try:
            answer = clinic.post(BASE, content=content, headers={"Content-Type": "application/fhir+json"})
        except httpx.WriteError:  # refused while it was still being sent: the connection is closed
            continue
        assert answer.status_code == 413
        assert "MiB" in answer.text
    assert clinic.get("/health/ready").status_code == 200


def test_expired_and_foreign_tokens(clinic: httpx.Client) -> None:
    good = clinic.headers["Authorization"]
    head, body, signature = good.removeprefix("Bearer ").split(".")
    for broken in ("", "Bearer x", f"Bearer {head}.{body}.{signature[:-4]}AAAA", "Basic eDp5"):
        answer = clinic.get(f"{BASE}/Patient?name=siti", headers={"Authorization": broken})
        assert answer.status_code == 401, broken
        assert answer.json()["issue"][0]["code"] == "login"


def test_a_csv_with_a_broken_row(clinic: httpx.Client, running: Running) -> None:
    admin = sign_in(clinic, running) | {"Content-Type": "text/csv"}
    rows = (
        "code,name,level,parent\n1410019001,Desa Uji Satu,village,141001\n"
        "14100190,Desa Salah,village,141001\n1410019002,Desa Uji Dua,village,141001\n"
    )
    first = (seed.files.FOLDER / "areas.csv").read_text().splitlines()
    level = next(line.split(",")[2] for line in first if len(line.split(",")[0]) == 10)
    rows = rows.replace("village,", f"{level},")
    nothing = clinic.post("/v1/network/areas?mode=all", content=rows.encode(), headers=admin)
    assert nothing.status_code == 422
    refused = nothing.json()["refused"]
    assert [r["line"] for r in refused] == [3]
    assert refused[0]["reason"]
    assert not _has_area(clinic, admin, "1410019001")
    rest = clinic.post("/v1/network/areas?mode=rest", content=rows.encode(), headers=admin)
    assert (rest.status_code, rest.json()["loaded"]) == (200, 2)
    assert _has_area(clinic, admin, "1410019001")


def _has_area(http: httpx.Client, admin: dict[str, str], code: str) -> bool:
    return code in json.dumps(http.get("/v1/areas", params={"parent": "141001", "limit": 1000}, headers=admin).json())


@pytest.mark.parametrize(
    "path",
    [
        "/internal/events", "//internal/events", "/fhir-r4/v1/../../internal/events", "/v1//internal/events",
        "/v1/visits/..%2f..%2finternal/events", "/v1/referrals/%2e%2e/%2e%2e/internal/events", "/INTERNAL/events",
        "/fhir-r4/v1/..;/internal/events", "/v1/imports/../../internal/status", "/records/internal/events",
        "/fhir-r4/v1/internal/events",
    ],
)  # fmt: skip
def test_no_path_leads_inside(clinic: httpx.Client, running: Running, path: str) -> None:
    answer = clinic.request("GET", httpx.URL(running.address).copy_with(raw_path=path.encode()))
    assert answer.status_code in (400, 404, 405, 422), answer.text
    assert "position" not in answer.text


async def test_the_bpjs_simulator_is_led_to_but_its_desk_only_from_this_machine(running: Running) -> None:
    line = Caller.at(f"{running.address}/jkn-simulator", SimulatorSettings().login("9914P001"))
    found = await line("GET", "/peserta/nik/1410014107908001")
    assert (found.code, found.value["aktif"]) == (200, True)
    assert (running.data / "jkn-simulator" / "bpjs.sqlite").exists()
    desk = f"{running.address}/jkn-simulator/_control/state"
    handed_on = [("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-For", "127.0.0.1, 203.0.113.9"),
                 ("X-Real-IP", "203.0.113.9"), ("Forwarded", "for=203.0.113.9")]  # fmt: skip
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        assert (await http.get(desk)).json()["asked"] >= 1
        for name, value in handed_on:  # as a proxy on this machine hands on what a stranger asks
            assert (await http.get(desk, headers={name: value})).status_code == 404, name
        assert (await http.get(desk, headers={"Origin": "http://evil.example"})).status_code == 403
        assert "jkn-simulator" not in (await http.get(f"{running.address}/health/ready")).json()["services"]


def test_all_this_left_no_persons_words_in_logs_and_metrics(clinic: httpx.Client, running: Running) -> None:
    number = nik()
    for path in (f"Patient?identifier={NIK}|{number}", f"Patient?name=SITI&birthdate={number}", f"Patient/{number}"):
        clinic.get(f"{BASE}/{path}")
    clinic.post("/v1/visits", json={"patient": {"nik": number, "name": "SITI AMINAH"}})
    logs = [f.read_text(errors="replace") for f in running.data.rglob("*log*") if f.is_file() and f.suffix != ".txt"]
    assert logs
    for said in (*logs, clinic.get("/metrics").text):
        assert "SITI" not in said
        assert "141001" not in said
