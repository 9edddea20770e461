"""The directory as an mCSD client sees it: ITI-90 searches and an ITI-91 update client, with the field's libraries."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fhirclient import client as fhirclient
from fhirclient.models.healthcareservice import HealthcareService
from fhirclient.models.location import Location
from fhirclient.models.organization import Organization
from fhirclient.models.organizationaffiliation import OrganizationAffiliation
from fhirclient.models.practitionerrole import PractitionerRole
from fhirpy import AsyncFHIRClient

from deploy.demo import seed
from tests.system.conftest import Running, running_house
from tests.system.test_clients import token

TYPES = (
    "Organization", "Location", "HealthcareService", "Practitioner", "PractitionerRole", "OrganizationAffiliation",
)  # fmt: skip
PUSKESMAS, CODE = "991410001", "P1410010101"
CLOSED = "D1410010301"


@pytest.fixture(scope="module")
def house() -> Iterator[Running]:
    with running_house() as running:
        asyncio.run(_load(running))
        yield running


async def _load(house: Running) -> None:
    async with httpx.AsyncClient(base_url=house.address, timeout=120) as http:
        http.headers.update(await _signed_in(http, house))
        await seed.load_network(http, lambda _: None)


async def _signed_in(http: httpx.AsyncClient, house: Running) -> dict[str, str]:
    answer = await http.post("/oauth2/v1/token", data={"grant_type": "password", **house.admin})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


@pytest.fixture(scope="module")
def bearer(house: Running) -> str:
    return str(token(house, "fhir")["access_token"])


@pytest.fixture(scope="module")
def http(house: Running, bearer: str) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {bearer}"}
    with httpx.Client(base_url=f"{house.address}/fhir-r4/v1", headers=headers, timeout=60) as found:
        _until(lambda: found.get("/Practitioner", params={"_summary": "count"}).json().get("total", 0) > 0)
        yield found


def _until(done: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "the directory did not follow"
        time.sleep(0.2)


def _smart(house: Running, bearer: str) -> Any:
    smart = fhirclient.FHIRClient(settings={"app_id": "uji", "api_base": f"{house.address}/fhir-r4/v1/"})
    smart.server.session.headers["Authorization"] = f"Bearer {bearer}"
    return smart.server


def test_iti_90_with_fhirclient(house: Running, bearer: str, http: httpx.Client) -> None:
    """The library validates every resource it reads."""
    server = _smart(house, bearer)

    def some(kind: Any, **asked: str) -> list[Any]:
        return list(kind.where(asked).perform_resources_iter(server))

    (place,) = some(Location, identifier=f"https://simpul.id/facility|{CODE}")
    assert place.managingOrganization.reference == f"Organization/{PUSKESMAS}"
    whole = Organization.read(PUSKESMAS, server)
    assert whole.partOf.reference.startswith("Organization/")
    assert some(Organization, _id=whole.partOf.reference.partition("/")[2])
    village = Location.read(place.partOf.reference.partition("/")[2], server)
    climbed = [village.physicalType.coding[0].code]
    while village.partOf:
        village = Location.read(village.partOf.reference.partition("/")[2], server)
        climbed.append(village.physicalType.coding[0].code)
    assert climbed == ["jdn"] * 4  # desa, kecamatan, kabupaten, provinsi
    assert some(Organization, name="selatpanjang", active="true", type="facility")
    assert some(Location, partof=place.partOf.reference, type="puskesmas")
    roles = some(PractitionerRole, organization=f"Organization/{PUSKESMAS}", active="true")
    assert roles
    assert {r.location[0].reference for r in roles} == {f"Location/{PUSKESMAS}"}
    services = some(HealthcareService, organization=f"Organization/{PUSKESMAS}")
    assert any(s.availableTime for s in services)
    bound = some(OrganizationAffiliation, active="true", **{"primary-organization": "Organization/bpjs-kesehatan"})
    assert {a.participatingOrganization.reference.partition("/")[0] for a in bound} == {"Organization"}
    found = Location.where({"organization": f"Organization/{PUSKESMAS}", "_include": "Location:organization"})
    assert {r.resource_type for r in found.perform_resources_iter(server)} == {"Location", "Organization"}


async def test_iti_90_with_fhirpy(house: Running, bearer: str, http: httpx.Client) -> None:
    fhir = AsyncFHIRClient(f"{house.address}/fhir-r4/v1", authorization=f"Bearer {bearer}")
    facilities = fhir.resources("Location").search(type="facility").limit(50)
    seen = [f async for f in facilities]
    assert len(seen) == await facilities.count() == len({f.id for f in seen})
    assert all(f["physicalType"]["coding"][0]["code"] == "bu" for f in seen)
    pair = await seen[0]["managingOrganization"].to_resource()
    assert pair["resourceType"] == "Organization"


class Update:
    """An ITI-91 client: a copy of the directory, kept by what changed since it last asked."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http
        self.copy: dict[str, dict[str, Any]] = {}
        self._since: dict[str, str] = {}
        self.heard = 0

    def ask(self, type_: str) -> None:
        """Walk the history since last time, oldest last, and apply it."""
        params = {"_count": "100", **({"_since": self._since[type_]} if type_ in self._since else {})}
        page = self._http.get(f"/{type_}/_history", params=params).json()
        asked, entries = page["meta"]["lastUpdated"], []
        while True:
            assert page["type"] == "history"
            entries += page.get("entry", [])
            link = next((k["url"] for k in page["link"] if k["relation"] == "next"), None)
            if link is None:
                break
            page = self._http.get(link).json()
        self._since[type_] = asked
        for entry in reversed(entries):
            self.heard += 1
            key = "/".join(entry["fullUrl"].split("/")[-2:])
            if entry["request"]["method"] == "DELETE":
                self.copy.pop(key, None)
            else:
                self.copy[key] = entry["resource"]

    def stands(self, type_: str) -> dict[str, dict[str, Any]]:
        """What the server says of a type now."""
        found: dict[str, dict[str, Any]] = {}
        url = f"/{type_}?_count=200"
        while url:
            page = self._http.get(url).json()
            found |= {f"{type_}/{e['resource']['id']}": e["resource"] for e in page.get("entry", ())}
            url = next((k["url"] for k in page["link"] if k["relation"] == "next"), "")
        return found


def test_iti_91_keeps_a_copy_equal_to_the_directory(house: Running, http: httpx.Client) -> None:
    update = Update(http)
    begin = datetime.now(UTC)

    def caught_up() -> bool:
        for type_ in TYPES:
            update.ask(type_)
        return all({k: v for k, v in update.copy.items() if k.startswith(f"{t}/")} == update.stands(t) for t in TYPES)

    _until(caught_up)
    before = update.heard
    with httpx.Client(base_url=house.address, timeout=30) as office:
        form = {"grant_type": "password", **house.admin}
        office.headers["Authorization"] = f"Bearer {office.post('/oauth2/v1/token', data=form).json()['access_token']}"
        closing = office.put(f"/v1/facilities/{CLOSED}", json={"status": "closed", "phone": "0763-999999"})
        assert closing.is_success, closing.text
    one = {"identifier": f"https://simpul.id/facility|{CLOSED}"}
    _until(lambda: http.get("/Location", params=one).json()["entry"][0]["resource"]["status"] == "inactive")
    _until(caught_up)
    assert update.heard > before
    closed = [v for k, v in update.copy.items() if k.startswith("Location/") and v["identifier"][0]["value"] == CLOSED]
    assert [c["status"] for c in closed] == ["inactive"]
    again = httpx.QueryParams({"_since": begin.isoformat()})
    changed = http.get("/Organization/_history", params=again).json().get("entry", [])
    assert {e["resource"]["active"] for e in changed if e["resource"]["id"] == closed[0]["id"]} <= {True, False}
