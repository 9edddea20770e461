"""Fills a running system with the demo district, over HTTP, by the doors every office and clinic uses.

Everything may be repeated: the network is the same, accounts that exist are kept, people and visits have ids that
follow from the seed. An interrupted load is finished by starting it again.
"""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import chain
from typing import Any

import httpx
import orjson

from deploy.demo import (
    agreements,
    asked,
    bpjs,
    example_loading,
    lifetable,
    membership,
    mistakes,
    outreach,
    queueing,
    referring,
)
from deploy.demo import network as files
from deploy.demo.door import SeedError, bearer, fine
from deploy.demo.families import families
from deploy.demo.make_network import DEMO_PEOPLE
from deploy.demo.network import Network
from deploy.demo.population import SEED, district, persons

Progress = Callable[[str], None]
SOURCE = "urn:simpul:facility:"
"""Who wrote a line of the bulk load: `meta.source`, believed from the health office only."""
PARTS = 2
BATCH = 400
"""Lines that are sent in one piece."""
EVERY = 20_000
"""Lines between two words of progress."""
CLIENTS = {
    "K1410010201": "satusehat",
    "D1410010301": "fhir",
    "P1410010101": "fhir",
    "R1410010401": "satusehat",
}
"""Demo applications: facility and the face of the answers it wants."""
STAFF = {
    "demo.dinkes": ("dinkes-admin", None),
    "demo.analis": ("dinkes-analyst", None),
    "demo.auditor": ("auditor", None),
    "demo.puskesmas": ("puskesmas-staff", "P1410010101"),
    "demo.dokter": ("clinician", "D1410010301"),
    "demo.rsud": ("hospital", "R1410010401"),
}
"""Demo accounts: user name, role, facility."""

FREE_SLOTS = (("P1410010101", "kia", 12), ("P1410010101", "gigi", 4), ("R1410010401", "spesialis", 5))
"""Places that services told of this morning."""
READINESS_TARGETS = {2025: 3, 2026: 6}
"""Puskesmas that shall implement ILP; the demo's reach 3 and 7."""


@dataclass(slots=True)
class Seeded:
    """What was loaded, how fast, and the accounts that were made (to be kept by the caller)."""

    people: int
    lines: int = 0
    unchanged: int = 0
    seconds: float = 0.0
    accounts: dict[str, Any] = field(default_factory=dict)


async def seed(
    base_url: str, credentials: Mapping[str, Any], people: int, progress: Progress, today: date | None = None
) -> Seeded:
    """Load network, targets, accounts and people. `credentials` is the content of the first start's file."""
    async with httpx.AsyncClient(base_url=base_url, timeout=httpx.Timeout(60, read=600), trust_env=False) as http:
        await sign_in(http, credentials)
        network = files.load()
        await load_network(http, progress)
        accounts = await make_accounts(http, credentials.get("demo", {}), progress)
        await load_targets(http, (today or date.today()).year, people, progress)
        await load_quality(http)
        await open_survey(http, today or date.today())
        await tell_free_beds(http)
        await bpjs.load(http)
        done = await load_people(http, network, people, today or date.today(), progress)
        done.accounts = accounts
        await load_numbers(http, network, people, today or date.today())
        await load_families(http, network, people, today or date.today(), progress)
        await load_agreements(http, network, today or date.today(), progress)
        await example_loading.load(http, accounts["staff"])
        sent = await referring.load(http, accounts, network, people, today or date.today())
        progress(f"Rujukan: {sent} dalam segala keadaan · referrals")
        await example_loading.proposals(http, accounts["staff"])
        await outreach.load(http, accounts["staff"])
        await example_loading.foreign_list(http)
        known = credentials.get("demo", {}).get("queue", {})
        accounts["queue"] = await queueing.load(http, known, accounts["staff"], today or date.today())
        await membership.propose(http)
        return done


async def sign_in(http: httpx.AsyncClient, credentials: Mapping[str, Any]) -> None:
    """From here on `http` speaks as the administrator."""
    admin = credentials["admin"]
    http.headers["Authorization"] = await bearer(http, admin["username"], admin["password"])


async def load_network(http: httpx.AsyncClient, progress: Progress) -> dict[str, Any]:
    """The files of the network, each by its door; the report of each."""
    reports = {}
    for name in files.LOADS:
        content = (files.FOLDER / f"{name}.csv").read_bytes()
        answer = await http.post(
            f"/v1/network/{files.DOORS.get(name, name)}", content=content,
            headers={"Content-Type": "text/csv; charset=utf-8"},
        )  # fmt: skip
        reports[name] = fine(answer, f"{name}.csv")
    progress("Jejaring: 9 kecamatan, 101 desa, 125 faskes · network loaded")
    return reports


async def tell_free_beds(http: httpx.AsyncClient) -> None:
    """What wards told of their free beds this morning (about a third), and services of their free places."""
    for row in files.rows("beds.csv"):
        told = {"unit": row["unit"], "care_class": row["care_class"], "free": int(row["total"]) // 3}
        fine(await http.post(f"/v1/facilities/{row['facility']}/free-beds", json=told), "free beds")
    for facility, service, free in FREE_SLOTS:
        told = {"service": service, "free": free}
        fine(await http.post(f"/v1/facilities/{facility}/free-slots", json=told), "free slots")


async def make_accounts(http: httpx.AsyncClient, known: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Demo applications and staff; those in `known` stay as they are."""
    clients, staff = dict(known.get("clients", {})), dict(known.get("staff", {}))
    for code, face in CLIENTS.items():
        if code not in clients:
            body = {"facility": code, "face": face, "name": f"Demo {code}"}
            made = fine(await http.post("/v1/clients", json=body), "client")
            clients[code] = {"id": made["id"], "secret": made["secret"], "face": face}
    for username, (role, facility) in STAFF.items():
        if username not in staff:
            password = secrets.token_urlsafe(9)
            await _open_account(http, username, password, role, facility)
            staff[username] = {"password": password, "role": role, "facility": facility}
    progress(f"Akun: {len(clients)} aplikasi, {len(staff)} staf · demo accounts")
    return {"clients": clients, "staff": staff}


async def _open_account(http: httpx.AsyncClient, username: str, password: str, role: str, facility: str | None) -> None:
    body = {"username": username, "password": password, "role": role, "facility": facility, "name": username}
    answer = await http.post("/v1/staff", json=body)
    if answer.status_code == 409:  # from an earlier load whose file is lost: give it a new password
        answer = await http.put(f"/v1/staff/{username}/password", json={"password": password})
    fine(answer, f"staff {role}")


async def load_targets(http: httpx.AsyncClient, year: int, people: int, progress: Progress) -> None:
    """Official denominators of the year, in proportion to the people loaded."""
    items = targets(year, people)
    fine(await http.put("/v1/targets", json={"items": items}, params={"confirm": True}), "targets")
    progress(f"Sasaran resmi {year}: {len(items)} angka · official denominators")
    owned = [row | {"year": year} for row in files.rows("availability.csv")]
    fine(await http.put("/v1/indicators/index/availability", json={"items": owned}), "availability")


async def load_quality(http: httpx.AsyncClient) -> None:
    """How many puskesmas shall implement ILP, year by year."""
    for year, target in READINESS_TARGETS.items():
        body = {"target": target, "source": "Renstra Dinkes (data tiruan)"}
        fine(await http.put(f"/v1/readiness/targets/{year}", json=body), "readiness target")


async def open_survey(http: httpx.AsyncClient, today: date) -> None:
    """A survey whose link takes answers today, of the half-year we are in."""
    form = {"facility": asked.PUSKESMAS, "period": f"{today.year}-S{1 if today.month <= 6 else 2}"}
    if not any(form.items() <= row.items() for row in files.rows("survey-forms.csv")):
        fine(await http.post("/v1/surveys", json=form | {"served": 45}), "survey")


def targets(year: int, people: int) -> list[dict[str, Any]]:
    """The nearest year's targets for so many people; villages still add up to the district."""
    rows = files.rows("targets.csv")
    nearest = min({int(row["year"]) for row in rows}, key=lambda known: (abs(known - year), known))
    exact: Counter[str] = Counter()
    given: Counter[str] = Counter()
    items = []
    for row in rows:
        if int(row["year"]) == nearest:
            service = row["service"]
            exact[service] += int(row["value"])
            value = round(exact[service] * people / DEMO_PEOPLE) - given[service]
            given[service] += value
            items.append(
                {
                    "service": service,
                    "year": year,
                    "village": row["village"],
                    "value": value,
                    "source": row["source"],
                }
            )
    return items


async def load_agreements(http: httpx.AsyncClient, network: Network, today: date, progress: Progress) -> None:
    """The private members' agreements, unless there are some, steps and reviews of one; then they are required."""
    if fine(await http.get("/v1/agreements", params={"limit": 1}), "agreements")["items"]:
        return
    file, url = agreements.content(network, today), f"/v1/agreements/{agreements.SHOWN}"
    done = fine(await http.post("/v1/network/agreements", content=file, headers={"Content-Type": "text/csv"}), "csv")
    for what, days in (("form", 400), ("priorities", 380), ("pathway", 350), ("implement", 300)):
        body = {"done_on": str(today - timedelta(days=days)), "evidence": "Notulen dan daftar hadir pertemuan"}
        fine(await http.put(f"{url}/steps/{what}", json=body), "step")
    for kind, days in (("monitoring", 20), ("evaluation", 60)):
        held = {"kind": kind, "held_on": str(today - timedelta(days=days)), "findings": "Laporan lengkap, tepat waktu"}
        fine(await http.post(f"{url}/reviews", json=held), "review")
    policy = f"/v1/access-policy/private-agreement/{today}"
    fine(await http.put(policy, json={"value": "required"}), "policy")
    progress(f"Perjanjian: {done['loaded']} untuk 33 anggota swasta · agreements loaded, and required from today")


async def load_people(
    http: httpx.AsyncClient, network: Network, people: int, today: date, progress: Progress
) -> Seeded:
    """The people and their year, as NDJSON through the bulk door, in parts side by side."""
    started = time.perf_counter()
    done = Seeded(people)
    sent = _Sent(started, progress)
    parts = PARTS if people > 1000 else 1

    async def load(part: int) -> None:
        lines = district(people, SEED, today, network, part, parts)
        answer = await http.post(
            "/v1/imports",
            params={"id": f"contoh-{part + 1}"},
            content=_stream(lines, sent),
            headers={"Content-Type": "application/fhir+ndjson"},
        )
        report = fine(answer, "imports")
        done.lines += report["read"]
        done.unchanged += report["unchanged"]
        if report["refused"]:
            raise SeedError(f"impor menolak {report['refused']} baris (refused lines): {report['rows'][:3]}")

    await asyncio.gather(*(load(part) for part in range(parts)))
    done.seconds = time.perf_counter() - started
    progress(
        f"{people:,} orang, {done.lines:,} sumber daya dalam {done.seconds:.1f} detik "
        f"({done.lines / done.seconds:,.0f}/detik), {done.unchanged:,} sudah ada · people loaded"
    )
    return done


async def load_numbers(http: httpx.AsyncClient, network: Network, people: int, today: date) -> None:
    """What a life table needs and who closes it, who is a JKN member, and what has to be mended."""
    everybody = persons(people, SEED, today, network)
    await lifetable.load(http, everybody, today)
    await membership.load(http, everybody, today)
    lines = chain(lifetable.registered(everybody, today), mistakes.made(everybody, today))
    answer = await http.post(
        "/v1/imports",
        params={"id": "contoh-angka"},
        content=_stream(lines, _Sent(time.perf_counter(), lambda _: None)),
        headers={"Content-Type": "application/fhir+ndjson"},
    )
    fine(answer, "imports")


async def load_families(
    http: httpx.AsyncClient, network: Network, people: int, today: date, progress: Progress
) -> None:
    """The households recorded by hand; a card that a household has meanwhile stays where it is."""
    recorded = families(people, today, network)
    for id_, body in recorded:
        answer = await http.put(f"/v1/families/{id_}", json=body)
        if answer.status_code != 409:
            fine(answer, "families")
    progress(f"Keluarga: {len(recorded)} dicatat kader · families recorded")


@dataclass(slots=True)
class _Sent:
    """Counts lines over all parts and says so now and then."""

    started: float
    progress: Progress
    lines: int = 0

    def add(self, lines: int) -> None:
        before = self.lines
        self.lines += lines
        if before // EVERY != self.lines // EVERY:
            rate = self.lines / (time.perf_counter() - self.started)
            self.progress(f"  … {self.lines:,} baris terkirim ({rate:,.0f}/detik) · lines sent")


async def _stream(lines: Iterator[tuple[str, dict[str, Any]]], sent: _Sent) -> AsyncIterator[bytes]:
    """NDJSON in pieces; each line names the facility that wrote it."""
    piece: list[bytes] = []
    for facility, resource in lines:
        resource["meta"] = {"source": SOURCE + facility}
        piece.append(orjson.dumps(resource))
        if len(piece) == BATCH:
            yield b"\n".join(piece) + b"\n"
            sent.add(len(piece))
            piece = []
    if piece:
        yield b"\n".join(piece) + b"\n"
        sent.add(len(piece))
