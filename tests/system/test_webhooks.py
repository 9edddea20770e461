"""kill -9 in the middle of delivering: every change reaches the receiver all the same."""

import json
import os
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy import topology
from deploy.demo import seed
from tests.system.conftest import Running, running_house

CLINIC = "K1410010201"
NIK = "https://fhir.kemkes.go.id/id/nik"


@pytest.fixture
def receiver() -> Iterator[Any]:
    """A slow receiver on loopback: what it got, by webhook-id."""
    got: dict[str, list[str]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            time.sleep(0.05)
            got.setdefault(self.headers["webhook-id"], []).extend(e["id"] for e in body["data"]["entries"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server, got
    server.shutdown()
    server.server_close()


def records_process(house: Running) -> int:
    """The process of the record of this very house: the one that listens at its port."""
    port = int(house.address.rsplit(":", 1)[1]) + 1 + topology.PROCESSES.index("records")
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inodes = [row[9] for row in rows if row[1] == f"0100007F:{port:04X}" and row[3] == "0A"]
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if inodes and descriptor.readlink() == Path(f"socket:[{inodes[0]}]"):
                return int(descriptor.parts[2])
    raise AssertionError("the record does not run")


def test_no_change_is_lost_when_the_record_is_killed(receiver: Any) -> None:
    server, got = receiver
    ways = {"SIMPUL_WEBHOOK_PRIVATE": "true", "SIMPUL_WEBHOOK_TIMEOUT": "1", "SIMPUL_WEBHOOK_PACE": "0.01"}
    with running_house("--split", **ways) as house, httpx.Client(base_url=house.address, timeout=30) as http:
        form = {"grant_type": "password", **house.admin}
        admin = {"authorization": "Bearer " + http.post("/oauth2/v1/token", data=form).json()["access_token"]}
        for name in ("areas", "facilities", "catchments"):
            content = (seed.files.FOLDER / f"{name}.csv").read_bytes()
            http.post(f"/v1/network/{name}", content=content, headers=admin | {"Content-Type": "text/csv"})
        made = http.post("/v1/clients", json={"facility": CLINIC, "face": "fhir", "name": "uji"}, headers=admin).json()
        form = {"grant_type": "client_credentials", "client_id": made["id"], "client_secret": made["secret"]}
        http.headers["authorization"] = "Bearer " + http.post("/oauth2/v1/token", data=form).json()["access_token"]
        url = f"http://127.0.0.1:{server.server_port}/"
        assert http.post("/v1/webhooks", json={"url": url, "types": ["Patient"]}).status_code == 201
        wanted: set[str] = set()
        for turn in range(60):
            if turn in (15, 40):
                os.kill(records_process(house), signal.SIGKILL)
            wanted.add(registered(http))
        deadline = time.monotonic() + 60
        while not wanted <= {i for ids in got.values() for i in ids} and time.monotonic() < deadline:
            time.sleep(0.2)
        assert wanted - {i for ids in got.values() for i in ids} == set()


def registered(http: httpx.Client) -> str:
    """A new person; asked again while the record is away."""
    number = "1410014107" + str(uuid.uuid4().int % 10**6).zfill(6)
    body = {"resourceType": "Patient", "identifier": [{"system": NIK, "value": number}], "name": [{"text": "SITI"}],
            "birthDate": "1990-07-01", "gender": "female"}  # fmt: skip
    deadline = time.monotonic() + 30
    while True:
        answer = http.post("/fhir-r4/v1/Patient", json=body)
        if answer.status_code in (200, 201):
            return str(answer.json()["id"])
        assert answer.status_code == 503, answer.text
        assert time.monotonic() < deadline
        time.sleep(0.2)
