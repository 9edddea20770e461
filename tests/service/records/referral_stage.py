"""The record and the referrals running beside each other on real databases; only the registry is a stand-in."""

import asyncio
import csv
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from services.kernel.app import App, create_app
from services.kernel.settings import Settings
from services.records.app import MANIFEST
from services.records.settings import RecordsSettings
from services.records.usecases import projecting_referrals
from services.referrals.app import build
from tests.service.records.bodies import BASE, nik, patient
from tests.service.referrals.stage import CLINIC, HOSPITAL, NETWORK, PEER_KEY, PUSKESMAS, Peers, registry, token
from tests.service.referrals.test_where_to import network, place

TERMS, SCT, ICD10 = "http://terminology.kemkes.go.id", "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10"
NUMBER = "https://simpul.id/fhir/referral-number"
ORGANIZATION: dict[str, str] = {}
"""Facility code → the id of its Organization."""


@dataclass
class Both:
    """The two services, and callers of each facility."""

    records: App
    referrals: App
    door: "Door"
    """The way to the referrals."""
    peers: Peers

    def at(self, facility: str, role: str = "clinic-system", face: str = "fhir") -> "Caller":
        """Somebody of a facility."""
        return Caller(self, facility, token(role, facility, f"{face}-{facility}", face=face))

    async def settle(self) -> None:
        """Whatever referrals has told is followed, and its words are asked for."""
        await self.follow()
        await projecting_referrals.words(self.records.state.service)

    async def follow(self) -> None:
        """Whatever referrals has told is followed."""
        while await rows_of(self.referrals, "SELECT count(*) FROM event_pending"):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        head = await rows_of(self.referrals, "SELECT coalesce(max(position), 0) FROM event")
        for follower in self.records.state.service.followers:
            if follower.source == "referrals":
                assert await follower.reach(head, 10)

    async def sql(self, statement: str, *args: Any) -> list[Any]:
        """Rows of the record's database."""
        async with self.records.state.service.db.reading() as conn:
            return list(await conn.fetch(statement, *args))


@dataclass
class Caller:
    """A client of one facility, at both doors."""

    both: Both
    facility: str
    headers: dict[str, str]

    async def call(self, method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """Any request, at the door its path belongs to."""
        app = self.both.referrals if path.startswith("/v1/referrals") else self.both.records
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://t", headers=self.headers) as http:
            return await http.request(method, path, json=body, **more)

    async def post(self, body: dict[str, Any]) -> httpx.Response:
        """Create a resource, or send a transaction."""
        path = BASE if body["resourceType"] == "Bundle" else f"{BASE}/{body['resourceType']}"
        return await self.call("POST", path, body)

    async def get(self, path: str, **params: str) -> dict[str, Any]:
        """What stands under a path of the FHIR door."""
        answer = await self.call("GET", f"{BASE}/{path}", params=params)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def found(self, path: str, **params: str) -> list[str]:
        """Ids of the matches of a search."""
        answer = await self.get(path, **params)
        return [e["resource"]["id"] for e in answer.get("entry", ()) if e["search"]["mode"] == "match"]

    async def person(self) -> tuple[str, str]:
        """A patient this facility has registered, with a visit: both ids."""
        made = (await self.post(patient(nik()))).json()["id"]
        visit = {
            "resourceType": "Encounter", "status": "in-progress", "subject": {"reference": f"Patient/{made}"},
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "period": {"start": "2026-03-01T08:00:00+07:00"},
            "serviceProvider": {"reference": f"Organization/{ORGANIZATION[self.facility]}"},
        }  # fmt: skip
        return made, (await self.post(visit)).json()["id"]

    async def referral(self, id_: str) -> dict[str, Any]:
        """A referral as the machine shows it to this facility."""
        answer = await self.call("GET", f"/v1/referrals/{id_}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def take(self, id_: str, verb: str, **told: Any) -> httpx.Response:
        """A step over the plain API."""
        return await self.call("POST", f"/v1/referrals/{id_}/{verb}", told)

    async def patch(self, path: str, *ops: tuple[str, str, Any]) -> httpx.Response:
        """A JSON Patch."""
        body = [{"op": op, "path": where, "value": value} for op, where, value in ops]
        return await self.call("PATCH", f"{BASE}/{path}", body)

    async def answer(self, task: str, code: str, **more: Any) -> httpx.Response:
        """The answer to an approval Task, as SATUSEHAT's clients give it."""
        output = {
            "type": {"coding": [{"system": TERMS, "code": "response-referral-task"}]},
            "valueCoding": {"system": "http://hl7.org/fhir/task-status", "code": code},
        }
        ops = [("add", f"/{key}", value) for key, value in more.items()]
        return await self.patch(f"Task/{task}", ("replace", "/status", "completed"), ("add", "/output", [output]), *ops)


def entry(resource: dict[str, Any], urn: str | None = None) -> dict[str, Any]:
    """An entry of a transaction that creates."""
    made = {"resource": resource, "request": {"method": "POST", "url": resource["resourceType"]}}
    return made | {"fullUrl": urn or f"urn:uuid:{uuid.uuid4()}"}


def transaction(tag: str | None, *resources: dict[str, Any]) -> dict[str, Any]:
    """A transaction, tagged as SATUSEHAT's collections tag it."""
    meta = {"meta": {"tag": [{"system": TERMS, "code": tag}]}} if tag else {}
    return {"resourceType": "Bundle", "type": "transaction", **meta, "entry": [entry(r) for r in resources]}


def task(code: str, by: str, person: str | None, visit: str, number: str, *inputs: dict[str, Any], **more: Any) -> Any:
    """A Task of the flow."""
    organization = {"reference": f"Organization/{ORGANIZATION[by]}"}
    return {
        "resourceType": "Task", "status": "requested", "intent": "instance-order", "priority": "routine",
        "identifier": [{"system": f"http://sys-ids.kemkes.go.id/task/{ORGANIZATION[by]}", "value": number}],
        "code": {"coding": [{"system": TERMS, "code": code}]}, "requester": organization, "owner": organization,
        **({"for": {"reference": f"Patient/{person}"}} if person else {}),
        "encounter": {"reference": f"Encounter/{visit}"}, "input": list(inputs), **more,
    }  # fmt: skip


def coded(code: str, system: str, value: str) -> dict[str, Any]:
    """An input that is a code."""
    kind = {"coding": [{"system": SCT if code.isdigit() else TERMS, "code": code}]}
    return {"type": kind, "valueCoding": {"system": system, "code": value}}


def candidate(facility: str) -> dict[str, Any]:
    """The input that names whom an approval Task asks."""
    kind = {"coding": [{"system": TERMS, "code": "referral-task"}]}
    return {"type": kind, "valueReference": {"reference": f"Organization/{ORGANIZATION[facility]}"}}


def plan(person: str, words: str = "Perlu pemeriksaan lanjutan oleh spesialis", **more: Any) -> dict[str, Any]:
    """The CarePlan that comes along."""
    return {
        "resourceType": "CarePlan", "status": "active", "intent": "plan", "title": "Rencana Rujukan Pasien",
        "description": words, "subject": {"reference": f"Patient/{person}"}, **more,
    }  # fmt: skip


def request(person: str, by: str, to: str | Sequence[Any], number: str, level: str = "737492002", **more: Any) -> Any:
    """A ServiceRequest that refers."""
    named = [{"reference": f"Organization/{ORGANIZATION[to]}", "display": "RS tujuan"}] if isinstance(to, str) else to
    return {
        "resourceType": "ServiceRequest", "status": "active", "intent": "original-order", "priority": "stat",
        "identifier": [{"system": f"http://sys-ids.kemkes.go.id/servicerequest/{ORGANIZATION[by]}", "value": number}],
        "category": [{"coding": [{"system": SCT, "code": "3457005"}]}],
        "code": {"coding": [{"system": SCT, "code": level}], "text": "Rujukan ke rawat jalan pasien stroke"},
        "subject": {"reference": f"Patient/{person}"}, "performer": named,
        "requester": {"reference": f"Organization/{ORGANIZATION[by]}"},
        "reasonCode": [{"coding": [{"system": ICD10, "code": "I61.9"}]}], **more,
    }  # fmt: skip


class Door(httpx.AsyncBaseTransport):
    """The way to a service that is built later, and may be shut."""

    app: App | None = None
    shut = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on."""
        if self.app is None or self.shut:
            raise httpx.ConnectError("away")
        return await httpx.ASGITransport(app=self.app).handle_async_request(request)


@asynccontextmanager
async def both(records_url: str, referrals_url: str, folder: Path) -> AsyncIterator[Both]:
    """The two services, the demo network followed."""
    peers = Peers()
    with NETWORK.open() as lines:
        for row in csv.DictReader(lines):
            peers.facility(row["code"], row["name"], row["kind"], row["satusehat_id"] or None)
            peers.feed[-1]["data"] |= {"ownership": "public", "village": row["village"]}
            ORGANIZATION[row["code"]] = row["satusehat_id"] or row["code"]
    doors = {name: Door() for name in ("records", "referrals")}
    mounts: dict[str, httpx.AsyncBaseTransport] = {f"all://{name}": door for name, door in doors.items()}
    mounts["all://facilities"] = httpx.ASGITransport(registry(peers))
    async with httpx.AsyncClient(mounts=mounts) as http:
        key = SecretStr(PEER_KEY)
        referrals = build(Settings(database_url=referrals_url, peer_key=key, data=folder), http)
        settings = RecordsSettings(database_url=records_url, peer_key=key, data=folder, pool_size=6)
        records = create_app(replace(MANIFEST, jobs=()), settings, http)
        doors["records"].app, doors["referrals"].app = records, referrals
        async with referrals.router.lifespan_context(referrals), records.router.lifespan_context(records):
            found = Both(records, referrals, doors["referrals"], peers)
            for app in (records, referrals):
                while await rows_of(app, "SELECT count(*) FROM facility") < len(peers.feed):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            yield found


async def rows_of(app: App, counting: str) -> int:
    """A number from a service's database."""
    async with app.state.service.db.reading() as conn:
        return int(await conn.fetchval(counting))


OTHER = "P1410010102"
_made = iter(range(100_000))


def number() -> str:
    """A number nobody has used."""
    return f"N{next(_made):06d}"


def approvals(person: str, visit: str, *facilities: str, level: str = "737481003") -> dict[str, Any]:
    asked = [
        task("referral-approval-request", CLINIC, person, visit, number(), candidate(f), coded("119270007", SCT, level),
             coded("primary-diagnosis", ICD10, "I61.9"))
        for f in facilities
    ]  # fmt: skip
    return transaction("referral-approval", *asked, plan(person))


async def asked(stage: Both, *facilities: str) -> tuple[Caller, str, list[str], str]:
    """A clinic asks some facilities at once: the clinic, the person, the Tasks, the referral."""
    clinic = stage.at(CLINIC)
    person, visit = await clinic.person()
    answer = await clinic.post(approvals(person, visit, *facilities))
    assert answer.status_code == 200, answer.text
    tasks = [e["response"]["location"].split("/")[-3] for e in answer.json()["entry"][: len(facilities)]]
    rows = await stage.sql("SELECT DISTINCT referral FROM referral_resource WHERE id = ANY($1)", tasks)
    await stage.settle()
    return clinic, person, tasks, rows[0]["referral"]


def running_both() -> Any:
    """`stage = running_both()` in a module: the two services for its tests."""

    @pytest.fixture(scope="module", name="stage")
    async def stage(
        new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
    ) -> AsyncIterator[Both]:
        folder = tmp_path_factory.mktemp("both")
        async with both(new_database("records"), new_database("referrals"), folder) as running:
            running.peers.network = network(place(HOSPITAL), place(PUSKESMAS, kind="puskesmas", competence=None))
            yield running

    return stage
