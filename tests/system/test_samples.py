"""Real input: every official SATUSEHAT request body goes through the gateway by its own method.

Runs when the folder of samples is there (SIMPUL_SAMPLES). What is refused must be refused by naming the element.
"""

import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.demo import seed
from tests.system.conftest import Running, running_house

SAMPLES = Path(os.environ.get("SIMPUL_SAMPLES", "")) / "satusehat"
pytestmark = pytest.mark.skipif(
    not os.environ.get("SIMPUL_SAMPLES") or not SAMPLES.is_dir(), reason="SIMPUL_SAMPLES does not point to the samples"
)

BASE = "/fhir-r4/v1"
IHS = "https://fhir.kemkes.go.id/id/ihs-number"
CLINIC = "K1410010201"


@pytest.fixture(scope="module")
def house() -> Iterator[Running]:
    with running_house(SIMPUL_RATE_LIMIT="0") as running:
        yield running


def bodies() -> Iterator[tuple[str, Any]]:
    """(file name, body) of every sample that is JSON once its `{{variables}}` are filled in."""
    for path in sorted(SAMPLES.glob("*.request.json")):
        text = re.sub(r"\{\{\s*Org_?[iI]d[^}]*\}\}", "100014102", path.read_text())
        text = re.sub(r"\{\{\s*[Pp]atient_?[A-Za-z]*[iI]d\s*\}\}", "P02478375538", text)
        text = re.sub(r"\{\{([^}]*)\}\}", lambda m: re.sub(r"[^A-Za-z0-9]+", "-", m[1].strip()), text)
        try:
            yield path.name, json.loads(text)
        except ValueError:
            continue


def own(body: Any, name: str) -> Any:
    """The body with a facility's own numbers made this sample's: many samples share one, which stands once only."""
    if isinstance(body, list):
        return [own(part, name) for part in body]
    if not isinstance(body, dict):
        return body
    made = {key: own(part, name) for key, part in body.items()}
    if "value" in made and str(made.get("system", "")).startswith("http://sys-ids.kemkes.go.id/"):
        made["value"] = f"{made['value']}-{name.split('.')[0]}"
    return made


def patients(found: list[tuple[str, Any]]) -> set[str]:
    """Every Patient id the samples speak of."""
    text = "".join(json.dumps(body) for _, body in found)
    return set(re.findall(r'"Patient/([^"/]+)"', text))


def request(name: str, body: Any, created: dict[str, str]) -> tuple[str, str, Any]:
    """Method, path and body, as the file's name says."""
    if isinstance(body, list):
        type_ = "Task" if "task" in name else "EpisodeOfCare"
        return "PATCH", f"{BASE}/{type_}/{created[type_]}", body
    if body["resourceType"] == "Bundle":
        return "POST", BASE, body
    if "put" in name:
        return "PUT", f"{BASE}/{body['resourceType']}/{body['id']}", body
    if "patch" in name:
        return "PATCH", f"{BASE}/Encounter/{created['Encounter']}", body
    return "POST", f"{BASE}/{body['resourceType']}", body


def test_every_sample_is_taken_or_told_why(house: Running, capsys: pytest.CaptureFixture[str]) -> None:
    found = list(bodies())
    assert len(found) >= 45
    accepted: list[str] = []
    refused: dict[str, str] = {}
    with httpx.Client(base_url=house.address, timeout=60) as http:
        _enter(http, house)
        for n, id_ in enumerate(sorted(patients(found))):
            number = [{"system": IHS, "value": id_}]
            person = {"resourceType": "Patient", "identifier": number, "name": [{"text": f"CONTOH {n}"}]}
            assert http.post(f"{BASE}/Patient", json=person).status_code in (200, 201)
        created: dict[str, str] = {}
        order = sorted(found, key=lambda f: (isinstance(f[1], list) or "patch" in f[0], f[0]))
        for name, body in order:
            method, path, content = request(name, body, created)
            answer = http.request(method, path, json=own(content, name))
            if answer.status_code in (200, 201):
                accepted.append(name)
                if "id" in answer.json():
                    created.setdefault(answer.json()["resourceType"], answer.json()["id"])
                continue
            issue = answer.json()["issue"][0]
            assert answer.status_code in (400, 422), (name, answer.text)
            assert issue.get("expression"), (name, answer.text)
            refused[name] = f"{issue['expression'][0]}: {issue['details']['text']}"
        unresolved = http.get("/v1/unresolved", params={"limit": 1000}).json()["unresolved"]
    with capsys.disabled():
        print(f"\naccepted {len(accepted)}, refused {len(refused)}, unresolved references {len(unresolved)}")
        for name, _ in order:
            print(f"  {'refused ' if name in refused else 'accepted'} {name} {refused.get(name, '')}")
    assert unresolved
    assert set(refused) <= REFUSED, refused


REFUSED: set[str] = set()
"""Files whose bodies are not valid R4 even after the tolerated repairs."""


def _enter(http: httpx.Client, house: Running, facility: str = CLINIC) -> None:
    """Load the network and speak as a facility."""
    form = {"grant_type": "password", **house.admin}
    admin = {"Authorization": f"Bearer {http.post('/oauth2/v1/token', data=form).json()['access_token']}"}
    for name in ("areas", "facilities", "catchments"):
        content = (seed.files.FOLDER / f"{name}.csv").read_bytes()
        assert http.post(
            f"/v1/network/{name}", content=content, headers=admin | {"Content-Type": "text/csv"}
        ).is_success
    made = http.post(
        "/v1/clients", json={"facility": facility, "face": "satusehat", "name": "uji"}, headers=admin
    ).json()
    token = http.post(
        "/oauth2/v1/accesstoken?grant_type=client_credentials",
        data={"client_id": made["id"], "client_secret": made["secret"]},
    ).json()
    http.headers["Authorization"] = f"Bearer {token['access_token']}"


# --- SATUSEHAT Rujukan, from the first question to the arrival ----------------------------------------------

SENDER, RECEIVER, THIRD = CLINIC, "R1410010401", "P1410010101"
ORGANIZATIONS = {SENDER: "991410011", RECEIVER: "991410044", THIRD: "991410001"}
VISIT = "96c3db0f-a99d-4f8a-b264-68466fe4c108"
PERSON = "P14100097701"


def sample(name: str, **filled: str) -> Any:
    """A sample's body with its variables filled in; what is not said is called by its own name."""
    text = (SAMPLES / name).read_text()
    return json.loads(
        re.sub(r"\{\{([^}]*)\}\}", lambda m: filled.get(m[1].strip(), re.sub(r"\W+", "-", m[1].strip())), text)
    )


def test_the_referral_flow_of_the_samples_between_two_facilities(house: Running) -> None:
    with ExitStack() as stack:
        sender, receiver, third = (_speaker(stack, house, code) for code in ORGANIZATIONS)
        names = _before(sender)
        asked = sender.post(f"{BASE}/Task", json=sample("rujukan-task-pre-request.request.json", **names, Task_ID="1"))
        assert asked.status_code == 201, asked.text
        like = json.loads((SAMPLES / "rujukan-task-pre-request.response-201.json").read_text())
        assert [o["type"]["coding"][0]["code"] for o in asked.json()["output"]] == [
            o["type"]["coding"][0]["code"] for o in like["output"]
        ]
        assert asked.json().keys() == like.keys()
        wanted = sample("rujukan-task-candidate-search.request.json", **names, Task_ID="2")
        found = sender.post(f"{BASE}/Task", json=wanted)
        assert found.status_code == 201, found.text
        assert {k: found.json()[k] for k in ("contained", "input", "for")} == {
            k: wanted[k] for k in ("contained", "input", "for")
        }
        tasks = _asked_at_once(sender)
        accept = sample("rujukan-task-accept-jsonpatch.request.json")
        said = receiver.patch(f"{BASE}/Task/{tasks[0]}", json=accept)
        assert said.status_code == 200, said.text
        like = json.loads((SAMPLES / "rujukan-task-accept-jsonpatch.response-200.json").read_text())
        assert (said.json()["status"], said.json()["output"]) == (like["status"], like["output"])
        late = third.patch(f"{BASE}/Task/{tasks[1]}", json=accept)
        assert (late.status_code, late.json()["issue"][0]["code"]) == (409, "conflict")
        bundle = sample(
            "rujukan-bundle-servicerequest-careplan.request.json", **names, Task_respon_kandidat_id=tasks[0]
        )
        made = sender.post(BASE, json=bundle)
        assert made.status_code == 200, made.text
        request = made.json()["entry"][0]["response"]
        like = json.loads((SAMPLES / "rujukan-bundle-servicerequest-careplan.response-200.json").read_text())
        assert request.keys() == like["entry"][0]["response"].keys()
        assert made.json()["entry"][1]["response"]["status"] == "201 Created"
        assert sender.post(BASE, json=bundle).json()["entry"][0]["response"]["resourceID"] == request["resourceID"]
        _found_by_its_number(receiver, third, request["resourceID"], tasks[0])
        arrived = sample(
            "rujukan-encounter-basedon.request.json", **names, ServiceRequest_id=request["resourceID"], Task_ID="3"
        )
        assert receiver.post(f"{BASE}/Encounter", json=arrived).status_code == 201
        _until(lambda: _state(sender, request["resourceID"]) == "arrived")
        for name in (
            "rj-servicerequest-referral.request.json",
            "sid-ANC-ServiceRequest-Create-PermintaanRujukan-1.json",
        ):
            only = sample(name, Patient_id=PERSON, Org_id=ORGANIZATIONS[SENDER], Encounter_id=VISIT)
            only["subject"]["reference"] = f"Patient/{PERSON}"
            assert sender.post(f"{BASE}/ServiceRequest", json=only).status_code == 201
        assert len(sender.get("/v1/referrals", params={"box": "outbox"}).json()["items"]) == 1


def _speaker(stack: ExitStack, house: Running, facility: str) -> httpx.Client:
    """A client of a facility, as SATUSEHAT's are."""
    http = stack.enter_context(httpx.Client(base_url=house.address, timeout=60))
    _enter(http, house, facility)
    return http


def _before(sender: httpx.Client) -> dict[str, str]:
    """The patient, the visit and the diagnosis that come before a referral; what the samples call them."""
    number = {"resourceType": "Patient", "identifier": [{"system": IHS, "value": PERSON}], "name": [{"text": "CONTOH"}]}
    assert sender.post(f"{BASE}/Patient", json=number).status_code in (200, 201)
    person = {"reference": f"Patient/{PERSON}"}
    visit = {
        "resourceType": "Encounter", "id": VISIT, "status": "in-progress", "subject": person,
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "period": {"start": "2025-09-19T15:00:00+00:00"},
        "serviceProvider": {"reference": f"Organization/{ORGANIZATIONS[SENDER]}"},
    }  # fmt: skip
    assert sender.put(f"{BASE}/Encounter/{VISIT}", json=visit).status_code == 201
    ill = {
        "resourceType": "Condition", "subject": person, "encounter": {"reference": f"Encounter/{VISIT}"},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I61.9"}]},
    }  # fmt: skip
    made = sender.post(f"{BASE}/Condition", json=ill)
    assert made.status_code == 201, made.text
    return {
        "Org_Id_Perujuk": ORGANIZATIONS[SENDER], "Org_Id_Rujukan_1": ORGANIZATIONS[RECEIVER], "Patient_Id": PERSON,
        "DiagnosisAwal_id": made.json()["id"], "Org_BPJS": "BPJS", "ReferralNumberPCare": "0101U0011126Y000001",
    }  # fmt: skip


def _asked_at_once(sender: httpx.Client) -> list[str]:
    """Two candidates are asked, by Tasks made like the sample's answer; their ids."""
    like = json.loads((SAMPLES / "rujukan-task-accept-jsonpatch.response-200.json").read_text())
    dropped = ("id", "meta", "output")
    entries = []
    for n, code in enumerate((RECEIVER, THIRD)):
        task = {k: v for k, v in like.items() if k not in dropped} | {"status": "requested"}
        task["identifier"] = [
            {"system": f"http://sys-ids.kemkes.go.id/task/{ORGANIZATIONS[SENDER]}", "value": f"tanya-{n}"}
        ]
        task["requester"] = task["owner"] = {"reference": f"Organization/{ORGANIZATIONS[SENDER]}"}
        task["for"] = {"reference": f"Patient/{PERSON}"}
        named = {"reference": f"Organization/{ORGANIZATIONS[code]}"}
        task["input"] = [like["input"][0] | {"valueReference": named}]
        entries.append({"fullUrl": f"urn:uuid:{n}", "resource": task, "request": {"method": "POST", "url": "Task"}})
    tag = {"system": "http://terminology.kemkes.go.id", "code": "referral-approval"}
    bundle = {"resourceType": "Bundle", "type": "transaction", "meta": {"tag": [tag]}, "entry": entries}
    made = sender.post(BASE, json=bundle)
    assert made.status_code == 200, made.text
    return [e["response"]["resourceID"] for e in made.json()["entry"]]


def _found_by_its_number(receiver: httpx.Client, third: httpx.Client, request: str, task: str) -> None:
    """The receiver finds it by our number, as the sample by SATUSEHAT's, with what it may see of what supports it."""
    like = json.loads((SAMPLES / "rujukan-servicerequest-by-number.response-200.json").read_text())
    theirs = receiver.get(f"{BASE}/ServiceRequest/{request}").json()
    system = "https://simpul.id/fhir/referral-number"
    number = next(i["value"] for i in theirs["identifier"] if i["system"] == system)
    query = {"identifier": f"{system}|{number}", "_include": "ServiceRequest:supporting-info"}
    bundle = receiver.get(f"{BASE}/ServiceRequest", params=query).json()
    assert bundle["total"] == 1
    found = {e["resource"]["id"]: e["resource"] for e in bundle["entry"] if e["search"]["mode"] != "outcome"}
    assert task in found
    assert found[request].keys() >= like["entry"][0]["resource"].keys()
    assert found[request]["supportingInfo"][0]["display"] == "Task Respon Kandidat Faskes Rujukan"
    for _ in range(100):  # the record follows the acceptance a moment later
        shown = third.get(f"{BASE}/ServiceRequest", params=query).text
        if request not in shown.replace(number, ""):
            break
        time.sleep(0.05)
    assert request not in shown.replace(number, "")


def _state(http: httpx.Client, referral: str) -> str:
    return str(http.get(f"/v1/referrals/{referral}").json()["state"])


def _until(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
