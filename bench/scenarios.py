"""What `make bench` asks: the same bytes for the product and for the bare route."""

import asyncio
import itertools
import random
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import asyncpg
import httpx
import orjson

from bench import bare
from bench.load import request
from bench.product import Product, beside, free_port
from deploy.demo import network
from deploy.demo.seed import seed

BASE = "/fhir-r4/v1"
LEAN = "/lean/v1"
NIK = "https://fhir.kemkes.go.id/id/nik"
NDJSON = "application/fhir+ndjson"
PUSKESMAS = "P1410010101"


@dataclass(frozen=True, slots=True)
class Scenario:
    """One comparison: what the product is asked, and what is asked in turn with it.

    `bare`: the same of the bare route; `lean`: of the bare route without its version row; `reads`: the product's own
    reads by id, beside which searches are measured.
    """

    letter: str
    title: str
    ours: list[bytes]
    bare: list[bytes] | None = None
    lean: list[bytes] | None = None
    reads: list[bytes] | None = None


@dataclass(slots=True)
class World:
    """A loaded product: scenarios, a token, what the bare route must hold too, and the bulk file."""

    token: str
    scenarios: list[Scenario]
    patients: list[dict[str, Any]]
    whole: list[dict[str, Any]]
    ndjson: bytes
    visit: Callable[[], tuple[dict[str, Any], str]]
    admin: str

    async def copy_to_bare(self, conn: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Give the bare route the same patients and the same person of 100 resources."""
        rows = [
            (r["resourceType"], r["id"], _person(r), 1, None, None, orjson.dumps(r).decode())
            for r in self.patients + self.whole
        ]
        await conn.copy_records_to_table(
            "resource", records=rows, columns=["type", "id", "person_id", "version", "client", "status", "body"]
        )
        ids = {(i["value"], i["system"], "Patient", p["id"]) for p in self.patients for i in p["identifier"]}
        await conn.copy_records_to_table("identifier", records=sorted(ids))
        await conn.execute("ANALYZE")

    async def lag(self, http: httpx.AsyncClient) -> float:
        """Seconds from the answer of a visit that serves a hypertension month until the tally shows it."""
        body, village = self.visit()
        head = {"authorization": f"Bearer {self.admin}"}
        url = f"/v1/indicators/spm-08?by=village&year={date.today().year}"
        before = _eligible((await http.get(url, headers=head)).json(), village)
        (await http.post("/v1/visits", json=body, headers={"authorization": f"Bearer {self.token}"})).raise_for_status()
        begin = time.perf_counter()
        while time.perf_counter() - begin < 10:
            if _eligible((await http.get(url, headers=head)).json(), village) > before:
                return time.perf_counter() - begin
            await asyncio.sleep(0.005)
        return 10.0


def _eligible(answer: dict[str, Any], village: str) -> int:
    rows = answer.get("rows", [])
    return sum(int(r.get("eligible", 0)) for r in rows if r.get("code", r.get("village")) == village)


def _person(resource: dict[str, Any]) -> str:
    if resource["resourceType"] == "Patient":
        return str(resource["id"])
    return str(resource["subject"]["reference"]).removeprefix("Patient/")


@asynccontextmanager
async def bare_route(product: Product, world: World) -> AsyncIterator[tuple[int, int]]:
    """The bare route beside the product, on a database of the same server, with the same people: its port and process."""
    ours = product.databases()["records"]
    url, port = ours.replace("/records", "/bare", 1), free_port()
    conn = await asyncpg.connect(ours)
    await conn.execute("CREATE DATABASE bare")
    await conn.close()
    conn = await asyncpg.connect(url)
    await conn.execute(bare.TABLES)
    await world.copy_to_bare(conn)
    await conn.close()
    async with beside("bench.bare:app", url, port) as side:
        yield side


async def prepare(http: httpx.AsyncClient, credentials: dict[str, Any], people: int) -> World:
    """Load the demo district and one person of 100 resources; make the requests."""
    loaded = await seed(str(http.base_url), credentials, people, lambda s: print("  " + s, flush=True), date.today())
    client = loaded.accounts["clients"][PUSKESMAS]
    token = await _token(
        http, {"grant_type": "client_credentials", "client_id": client["id"], "client_secret": client["secret"]}
    )
    admin = await _token(
        http, {"grant_type": "password", **{k: credentials["admin"][k] for k in ("username", "password")}}
    )
    head = {"authorization": f"Bearer {token}"}
    patients = [patient(n) for n in range(500)]
    whole = [observation(patients[0]["id"], n) | {"id": str(uuid.uuid4())} for n in range(100)]
    answer = await http.post("/v1/imports", content=_lines(patients + whole), headers=head | {"content-type": NDJSON})
    assert answer.json()["refused"] == 0, answer.text
    bulk = [patient(n + 1000) for n in range(2000)]
    file = _lines(
        [r for p in bulk for r in (p, *(observation(p["id"], n) | {"id": str(uuid.uuid4())} for n in range(9)))]
    )
    return World(token, _scenarios(token, patients), patients, whole, file, _visits(), admin)


async def _token(http: httpx.AsyncClient, form: dict[str, str]) -> str:
    answer = await http.post("/oauth2/v1/token", data=form)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


def _lines(resources: list[dict[str, Any]]) -> bytes:
    return b"\n".join(orjson.dumps(r) for r in resources)


def _scenarios(token: str, patients: list[dict[str, Any]]) -> list[Scenario]:
    def get(paths: list[str]) -> list[bytes]:
        return [request("GET", p, token) for p in paths]

    def post(base: str, path: str, bodies: list[Any]) -> list[bytes]:
        return [request("POST", base + path, token, orjson.dumps(b)) for b in bodies]

    singles = [observation(p["id"], n) for n, p in enumerate(patients)]
    bundles = [bundle(p["id"], n) for n, p in enumerate(patients)]
    reads = get([f"{BASE}/Patient/{p['id']}" for p in patients])
    by_number = get([f"{BASE}/Patient?identifier={NIK}%7C{p['identifier'][0]['value']}" for p in patients])
    whole = get([f"{BASE}/Patient/{patients[0]['id']}/$everything"])
    coded = "code=http://loinc.org%7C8480-6"
    by_code = get([f"{BASE}/Observation?patient={p['id']}&{coded}&_count=5" for p in patients[1:]])
    by_date = get(
        [f"{BASE}/Observation?patient={p['id']}&date=ge2026-01-01&date=lt2027-01-01&_count=5" for p in patients[1:]]
    )
    return [
        Scenario(
            "a", "POST Observation", post(BASE, "/Observation", singles),
            post(BASE, "/Observation", singles), post(LEAN, "/Observation", singles),
        ),
        Scenario("b", "GET Patient by id", reads, reads),
        Scenario("c", "GET Patient?identifier", by_number, by_number, reads=reads),
        Scenario("d", "transaction of 10", post(BASE, "", bundles), post(BASE, "", bundles), post(LEAN, "", bundles)),
        Scenario("e", "Patient/$everything (100)", whole, whole),
        Scenario("h", "Observation?patient&code", by_code, reads=reads),
        Scenario("i", "Observation?patient&date", by_date, reads=reads),
    ]  # fmt: skip


_born = itertools.count()


def patient(n: int) -> dict[str, Any]:
    """A bench person; NIKs of a range of its own."""
    number = f"141001{random.randint(41, 68):02d}{random.randint(1, 12):02d}80{n % 10000:04d}"
    return {
        "resourceType": "Patient", "id": str(uuid.uuid4()), "active": True,
        "identifier": [{"use": "official", "system": NIK, "value": number}],
        "name": [{"use": "official", "text": f"Orang Uji {n}"}], "gender": "female", "birthDate": "1980-05-05",
        "address": [{"use": "home", "line": ["Jl. Merdeka 1"], "city": "Selatpanjang", "country": "ID"}],
    }  # fmt: skip


def observation(patient_id: str, n: int) -> dict[str, Any]:
    """A systolic pressure of about 1 kB, as SATUSEHAT clients write it."""
    return {
        "resourceType": "Observation", "status": "final",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs", "display": "Vital Signs"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "8480-6", "display": "Systolic blood pressure"}]},
        "subject": {"reference": f"Patient/{patient_id}", "display": "Orang Uji"},
        "performer": [{"reference": "Organization/100014101", "display": "Puskesmas"}],
        "effectiveDateTime": f"2026-{n % 9 + 1:02d}-11T08:30:00+07:00", "issued": f"2026-{n % 9 + 1:02d}-11T08:31:00+07:00",
        "valueQuantity": {"value": 110 + n % 50, "unit": "mm[Hg]", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"},
        "interpretation": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "code": "N", "display": "Normal"}]}],
    }  # fmt: skip


def bundle(patient_id: str, n: int) -> dict[str, Any]:
    """A transaction of ten: an Encounter and nine Observations that point to it."""
    visit = {
        "resourceType": "Encounter", "status": "finished", "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": f"Patient/{patient_id}"}, "period": {"start": "2026-03-11T08:00:00+07:00", "end": "2026-03-11T09:00:00+07:00"},
    }  # fmt: skip
    resources = [visit] + [
        observation(patient_id, n + i) | {"encounter": {"reference": "urn:uuid:e"}} for i in range(9)
    ]
    return {
        "resourceType": "Bundle", "type": "transaction",
        "entry": [
            {"fullUrl": "urn:uuid:e" if i == 0 else f"urn:uuid:{uuid.uuid4()}", "resource": r,
             "request": {"method": "POST", "url": r["resourceType"]}}
            for i, r in enumerate(resources)
        ],
    }  # fmt: skip


def _visits() -> Callable[[], tuple[dict[str, Any], str]]:
    village = _a_village()

    def make() -> tuple[dict[str, Any], str]:
        number = f"1410015507809{next(_born):03d}"
        return {
            "patient": {"nik": number, "name": "Orang Lambat", "birth_date": "1978-07-15", "sex": "P", "address": {"village": village}},
            "at": f"{date.today().year}-01-15T08:00:00+07:00", "reason": "Kontrol", "diagnoses": [{"icd10": "I10", "chronic": True}],
            "measurements": {"systolic": 150, "diastolic": 90},
        }, village  # fmt: skip

    return make


def _a_village() -> str:
    return str(next(r["village"] for r in network.rows("catchments.csv") if r["facility"] == PUSKESMAS))
