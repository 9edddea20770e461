"""The network as mCSD tells it: pairs, hierarchies, who works where, who is bound to whom, and what changed since."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.kernel.app import App
from services.kernel.events import Event
from services.records import directory, follow
from services.records.usecases import directing, history
from services.records.validation import admit
from tests.service.records.bodies import BASE
from tests.service.records.conftest import own_record

Caller = Callable[..., httpx.AsyncClient]
Json = dict[str, Any]
records = own_record(still=True)
TODAY = date(2026, 3, 1)
AREAS = [
    ("14", "Riau", "provinsi", None), ("1410", "Kepulauan Meranti", "kabupaten", "14"),
    ("141001", "Tebing Tinggi", "kecamatan", "1410"), ("1410011001", "Selatpanjang Kota", "kelurahan", "141001"),
]  # fmt: skip
MCSD = "https://profiles.ihe.net/ITI/mCSD/StructureDefinition/IHE.mCSD."


@pytest.fixture(autouse=True)
def today(records: App, monkeypatch: pytest.MonkeyPatch) -> None:
    _day(records, monkeypatch, TODAY)


def _day(records: App, monkeypatch: pytest.MonkeyPatch, day: date | None) -> None:
    service = records.state.service
    monkeypatch.setattr(service, "clock", replace(service.clock, fixed=day))


@pytest.fixture
async def http(caller: Caller) -> AsyncIterator[httpx.AsyncClient]:
    async with caller("KLINIK-A") as found:
        yield found


def facility(code: str, kind: str, number: str | None = None, version: int = 1, **more: Any) -> Event:
    data = {
        "code": code, "name": f"{kind} {code}", "kind": kind, "ownership": "public", "satusehat_id": number,
        "village": "1410011001", "active": True, "status": "active",
    }  # fmt: skip
    return Event("facility", "created" if version == 1 else "changed", code, version, data | more)


def area(code: str, name: str, level: str, parent: str | None) -> Event:
    return Event("area", "created", code, 1, {"code": code, "name": name, "level": level, "parent": parent})


def placement(id_: str, code: str, version: int = 1, begin: str = "2024-01-01", **more: Any) -> Event:
    data = {"id": id_, "facility": code, "profession": "dokter", "valid_from": begin, "valid_until": None}
    return Event(
        "practitioner", "created" if version == 1 else "changed", f"{id_}/{code}/{begin}", version, data | more
    )


async def tell(records: App, *events: Event) -> None:
    service = records.state.service
    async with service.db.transaction() as tx:
        await follow.directory(service, tx, list(events))


async def read(http: httpx.AsyncClient, type_: str, id_: str) -> Json:
    answer = await http.get(f"{BASE}/{type_}/{id_}")
    assert answer.status_code == 200, answer.text
    body: Json = answer.json()
    assert admit(body) == []
    return body


async def found(http: httpx.AsyncClient, asked: str) -> list[str]:
    answer = await http.get(f"{BASE}/{asked}")
    assert answer.status_code == 200, answer.text
    return sorted(f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in answer.json().get("entry", ()))


def up(body: Json) -> str | None:
    return body.get("partOf", {}).get("reference")


async def test_areas_are_jurisdictions_each_part_of_the_one_above(records: App, http: httpx.AsyncClient) -> None:
    await tell(records, *(area(*a) for a in AREAS))
    for code, name, level, parent in AREAS:
        place, whole = await read(http, "Location", f"area-{code}"), await read(http, "Organization", f"area-{code}")
        assert (place["name"], place["physicalType"]["coding"][0]["code"]) == (name, "jdn")
        assert place["managingOrganization"]["reference"] == f"Organization/{whole['id']}"
        assert (up(place), up(whole)) == (
            (f"Location/area-{parent}", f"Organization/area-{parent}") if parent else (None, None)
        )
        assert (place["meta"]["profile"], whole["meta"]["profile"]) == (
            [MCSD + "JurisdictionLocation"], [MCSD + "JurisdictionOrganization"],
        )  # fmt: skip
        assert place["type"][1]["coding"][0]["code"] == level
    assert await found(http, "Location?partof=Location/area-141001") == ["Location/area-1410011001"]
    assert await found(http, "Location?type=jurisdiction&name=riau") == ["Location/area-14"]
    assert "Location/area-1410" in await found(http, "Location?identifier=https://simpul.id/area|1410")


async def test_a_facility_is_a_pair_in_its_village_under_the_health_office(
    records: App, http: httpx.AsyncClient
) -> None:
    await tell(records, facility("PKM-1", "puskesmas", "100000011", phone="0763-1", email="a@b.example"))
    assert up(await read(http, "Organization", "100000011")) is None
    await tell(records, facility("DINKES", "dinkes"))  # the office may be told later than its puskesmas
    whole, place = await read(http, "Organization", "100000011"), await read(http, "Location", "100000011")
    assert (up(whole), up(place)) == ("Organization/DINKES", "Location/area-1410011001")
    assert place["managingOrganization"]["reference"] == "Organization/100000011"
    assert [t["coding"][0]["code"] for t in place["type"]] == ["puskesmas", "facility"]
    assert {t["system"]: t["value"] for t in whole["telecom"]} == {"phone": "0763-1", "email": "a@b.example"}
    assert (await read(http, "HealthcareService", "100000011"))["location"] == [{"reference": "Location/100000011"}]
    pair = await found(http, "Location?organization=Organization/100000011&_include=Location:organization")
    assert pair == ["Location/100000011", "Organization/100000011"]
    assert await found(http, "Organization?partof=Organization/DINKES&active=true") == ["Organization/100000011"]


async def test_what_is_told_again_gets_no_new_version(records: App, http: httpx.AsyncClient) -> None:
    events = [
        *(area(*a) for a in AREAS),
        facility("PKM-2", "puskesmas", "100000012"),
        placement("10009880002", "PKM-2"),
    ]
    for _ in range(2):
        await tell(records, *events)
    for type_, id_ in (
        ("Organization", "100000012"), ("Location", "area-1410"), ("PractitionerRole", "10009880002-PKM-2"),
    ):  # fmt: skip
        assert (await read(http, type_, id_))["meta"]["versionId"] == "1"


async def test_a_closed_facility_is_inactive_not_gone(records: App, http: httpx.AsyncClient) -> None:
    await tell(records, facility("TPMD-9", "tpmd", "100000019"))
    for version, (status, said) in enumerate((("suspended", "suspended"), ("closed", "inactive")), 2):
        await tell(records, facility("TPMD-9", "tpmd", "100000019", version, status=status, active=False))
        assert (await read(http, "Location", "100000019"))["status"] == said
    assert (await read(http, "Organization", "100000019"))["active"] is False
    assert (await read(http, "HealthcareService", "100000019"))["active"] is False
    assert "Organization/100000019" not in await found(http, "Organization?active=true&_count=200")


async def test_a_number_that_changes_takes_all_that_refers_to_it_along(records: App, http: httpx.AsyncClient) -> None:
    await tell(records, facility("PKM-3", "puskesmas"), placement("10009880003", "PKM-3"))
    assert (await read(http, "PractitionerRole", "10009880003-PKM-3"))["location"] == [{"reference": "Location/PKM-3"}]
    await tell(records, facility("PKM-3", "puskesmas", "100000013", 2))
    role = await read(http, "PractitionerRole", "10009880003-PKM-3")
    assert role["organization"]["reference"] == "Organization/100000013"
    assert role["healthcareService"] == [{"reference": "HealthcareService/100000013"}]
    assert (await read(http, "Organization", "PKM-3"))["active"] is False
    assert (await read(http, "Organization", "100000013"))["active"] is True


async def test_two_that_swap_numbers_both_stay_active(records: App, http: httpx.AsyncClient) -> None:
    await tell(records, facility("S-1", "tpmd", "100000021"), facility("S-2", "tpmd", "100000022"))
    await tell(records, facility("S-1", "tpmd", "100000022", 2))
    await tell(records, facility("S-2", "tpmd", "100000021", 2))
    for id_, code in (("100000021", "S-2"), ("100000022", "S-1")):
        whole = await read(http, "Organization", id_)
        assert (whole["name"], whole["active"]) == (f"tpmd {code}", True)


async def test_a_placement_has_its_days_and_ends_by_itself(
    records: App, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(records, facility("PKM-4", "puskesmas", "100000014"))
    await tell(records, placement("10009880004", "PKM-4", valid_until="2026-03-01"))
    role = await read(http, "PractitionerRole", "10009880004-PKM-4")
    assert (role["active"], role["period"]) == (True, {"start": "2024-01-01", "end": "2026-03-01"})
    assert role["specialty"][0]["coding"][0]["code"] == "394814009"
    _day(records, monkeypatch, date(2026, 3, 2))
    await directing.day_turns(records.state.service)
    assert (await read(http, "PractitionerRole", "10009880004-PKM-4"))["active"] is False
    asked = "PractitionerRole?organization=Organization/100000014"
    assert await found(http, f"{asked}&active=true") == []
    assert await found(http, f"{asked}&date=le2025-06-01") == ["PractitionerRole/10009880004-PKM-4"]


def agreement(id_: str, *members: str, version: int = 1, until: str | None = None) -> Event:
    parties = [{"facility": "DINKES", "role": "authority"}, *({"facility": m, "role": "member"} for m in members)]
    data = {
        "parties": parties, "valid_from": "2026-01-01", "valid_until": until, "in_force_until": until,
        "programmes": ["tb", "imunisasi"], "member_sees": "record",
    }  # fmt: skip
    return Event("agreement", "created" if version == 1 else "changed", id_, version, data)


async def test_an_agreement_is_an_affiliation_of_each_member(records: App, http: httpx.AsyncClient) -> None:
    await tell(records, facility("DINKES", "dinkes"), *(facility(c, "tpmd") for c in ("M-1", "M-2")))
    await tell(records, agreement("A1", "M-1", "M-2"))
    one = await read(http, "OrganizationAffiliation", "agreement-A1-M-1")
    assert (one["organization"]["reference"], one["participatingOrganization"]["reference"], one["active"]) == (
        "Organization/DINKES", "Organization/M-1", True,
    )  # fmt: skip
    assert [c["coding"][0]["code"] for c in one["code"]] == ["tb", "imunisasi"]
    assert await found(http, "OrganizationAffiliation?participating-organization=Organization/M-2") == [
        "OrganizationAffiliation/agreement-A1-M-2"
    ]
    await tell(records, agreement("A1", "M-1", version=2, until="2026-02-28"))
    assert (await read(http, "OrganizationAffiliation", "agreement-A1-M-1"))["active"] is False
    assert (await http.get(f"{BASE}/OrganizationAffiliation/agreement-A1-M-2")).status_code == 410


async def test_what_changed_since_is_told_with_deletions(
    records: App, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _day(records, monkeypatch, None)
    monkeypatch.setattr(history, "LATE", timedelta(0))  # here nobody else writes
    await tell(records, facility("PKM-5", "puskesmas", "100000015"), placement("10009880005", "PKM-5"))
    since = datetime.now(UTC).isoformat()
    await tell(records, facility("PKM-5", "puskesmas", "100000015", 2, name="Puskesmas Baru"))
    await tell(records, Event("practitioner", "deleted", "10009880005/PKM-5/2024-01-01", 2, {}))
    assert (await http.get(f"{BASE}/PractitionerRole/10009880005-PKM-5")).status_code == 410

    async def told(type_: str) -> list[tuple[str, str, str | None]]:
        answer = await http.get(f"{BASE}/{type_}/_history", params={"_since": since})
        assert answer.status_code == 200, answer.text
        return [
            (e["request"]["method"], e["request"]["url"], e.get("resource", {}).get("name"))
            for e in answer.json().get("entry", ())
        ]

    assert await told("Organization") == [("PUT", "Organization/100000015", "Puskesmas Baru")]
    assert await told("Location") == [("PUT", "Location/100000015", "Puskesmas Baru")]
    assert await told("PractitionerRole") == [("DELETE", "PractitionerRole/10009880005-PKM-5", None)]
    assert await found(http, "PractitionerRole?practitioner=Practitioner/10009880005") == []


async def test_only_the_network_writes_the_directory(records: App, http: httpx.AsyncClient) -> None:
    await tell(records, area(*AREAS[0]))
    body = await read(http, "Location", "area-14")
    assert (await http.put(f"{BASE}/Location/area-14", json=body)).status_code == 403
    assert (await http.delete(f"{BASE}/Organization/area-14")).status_code == 403


@pytest.mark.parametrize("kind", [*directory.OFFERS, "dinkes"])
async def test_every_kind_of_facility_is_valid_fhir(records: App, http: httpx.AsyncClient, kind: str) -> None:
    await tell(records, facility(f"K-{kind}", kind, address="Jl. Merdeka 1", latitude=0.9, longitude=102.1))
    for type_ in ("Organization", "Location", *(["HealthcareService"] if kind in directory.OFFERS else [])):
        await read(http, type_, f"K-{kind}")


async def test_a_person_who_comes_back_has_one_role_that_shows_the_placement_of_the_day(
    records: App, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(records, facility("PKM-6", "puskesmas", "100000016"))
    early, later = (
        placement("10009880006", "PKM-6", begin="2020-01-01", valid_until="2021-12-31"),
        placement("10009880006", "PKM-6", begin="2026-03-05", profession="perawat"),
    )
    old = replace(early, subject="10009880006/PKM-6")  # as the feed told it before
    await tell(records, old, early, later)
    role = await read(http, "PractitionerRole", "10009880006-PKM-6")
    assert (role["active"], role["period"]["end"]) == (False, "2021-12-31")
    _day(records, monkeypatch, date(2026, 3, 5))
    await directing.day_turns(records.state.service)
    role = await read(http, "PractitionerRole", "10009880006-PKM-6")
    assert (role["active"], role["code"][0]["text"], role["period"]) == (True, "perawat", {"start": "2026-03-05"})
    await tell(records, Event("practitioner", "deleted", later.subject, 2, {}))
    assert (await read(http, "PractitionerRole", "10009880006-PKM-6"))["active"] is False


def row(of: str, key: str, version: int = 1, **data: Any) -> Event:
    code = {"link": "child"}.get(of, "facility")
    return Event(of, "created" if version == 1 else "changed", key, version, {code: key.partition("/")[0], **data})


async def test_a_posyandu_is_part_of_what_it_hangs_on(
    records: App, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tell(records, facility("Y-1", "posyandu"), facility("U-1", "pustu"), facility("PKM-7", "puskesmas"))
    await tell(
        records, row("link", "Y-1/2024-01-01", parent="U-1", valid_from="2024-01-01", valid_until="2026-03-01"),
        row("link", "Y-1/2026-03-02", parent="PKM-7", valid_from="2026-03-02", valid_until=None),
        row("link", "U-1/2024-01-01", parent="PKM-7", valid_from="2024-01-01", valid_until=None),
    )  # fmt: skip
    assert up(await read(http, "Organization", "Y-1")) == "Organization/U-1"
    await tell(records, facility("PKM-7", "puskesmas", "100000017", 2))  # its number comes later
    assert up(await read(http, "Organization", "U-1")) == "Organization/100000017"
    _day(records, monkeypatch, date(2026, 3, 2))
    await directing.day_turns(records.state.service)
    assert up(await read(http, "Organization", "Y-1")) == "Organization/100000017"


async def test_services_are_offered_at_the_hours_of_the_day(
    records: App, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = {1: "08:00-12:00 13:00-15:00", 2: "08:00-12:00 13:00-15:00", 6: "20:00-06:00", 7: ""}
    offers = {"kia": None, "gigi": "2026-02-28", "ugd": None}
    await tell(
        records, facility("PKM-8", "puskesmas", "100000018"),
        Event("service_type", "created", "ugd", 1, {"code": "ugd", "name": "Gawat darurat", "always_open": True}),
        *(row("opening_hours", f"PKM-8/{day}/2020-01-01", weekday=day, valid_from="2020-01-01", hours=said)
          for day, said in hours.items()),
        row("opening_hours", "PKM-8/1/2027-01-01", weekday=1, valid_from="2027-01-01", hours="10:00-11:00"),
        row("special_day", "PKM-8/2026-12-25", day="2026-12-25", hours="", reason="Hari Natal"),
        *(row("offered_service", f"PKM-8/{s}/2020-01-01", service=s, valid_from="2020-01-01", valid_until=end)
          for s, end in offers.items()),
    )  # fmt: skip
    kia = await read(http, "HealthcareService", "PKM-8-kia")
    times = [(t["daysOfWeek"], t["availableStartTime"], t["availableEndTime"]) for t in kia["availableTime"]]
    assert times == [
        (["sun"], "00:00:00", "06:00:00"), (["mon", "tue"], "08:00:00", "12:00:00"),
        (["mon", "tue"], "13:00:00", "15:00:00"), (["sat"], "20:00:00", "23:59:59"),
    ]  # fmt: skip
    assert kia["notAvailable"][0]["during"]["start"] == "2026-12-25"
    assert kia["providedBy"]["reference"] == "Organization/100000018"
    assert (await read(http, "HealthcareService", "100000018"))["availableTime"] == kia["availableTime"]
    assert (await read(http, "HealthcareService", "PKM-8-gigi"))["active"] is False
    emergency = await read(http, "HealthcareService", "PKM-8-ugd")
    assert (emergency["name"], emergency["availableTime"][0]["allDay"]) == ("Gawat darurat: puskesmas PKM-8", True)
    asked = (
        "HealthcareService?organization=Organization/100000018&active=true&service-type=https://simpul.id/service|kia"
    )
    assert await found(http, asked) == ["HealthcareService/PKM-8-kia"]
    await tell(records, Event("offered_service", "deleted", "PKM-8/kia/2020-01-01", 2, {}))
    assert (await http.get(f"{BASE}/HealthcareService/PKM-8-kia")).status_code == 410
    _day(records, monkeypatch, date(2027, 1, 1))
    await directing.day_turns(records.state.service)
    monday = (await read(http, "HealthcareService", "100000018"))["availableTime"]
    assert [t["availableStartTime"] for t in monday if "mon" in t["daysOfWeek"]] == ["10:00:00"]


async def test_a_contract_with_jkn_binds_a_facility_to_the_payer(records: App, http: httpx.AsyncClient) -> None:
    await tell(records, facility("TPMD-7", "tpmd", "100000077"))
    said = {"valid_from": "2026-01-01", "kind": "fktp", "capitation": True, "ppk_code": "9914D007"}
    await tell(records, row("jkn_contract", "TPMD-7/2026-01-01", valid_until="2026-12-31", **said))
    bound = await read(http, "OrganizationAffiliation", "jkn-TPMD-7-2026-01-01")
    assert (bound["active"], bound["organization"]["reference"], bound["code"][0]["coding"][0]["code"]) == (
        True, "Organization/bpjs-kesehatan", "fktp",
    )  # fmt: skip
    await read(http, "Organization", "bpjs-kesehatan")
    asked = "OrganizationAffiliation?primary-organization=Organization/bpjs-kesehatan&active=true"
    assert await found(http, asked) == ["OrganizationAffiliation/jkn-TPMD-7-2026-01-01"]
    await tell(records, Event("jkn_contract", "deleted", "TPMD-7/2026-01-01", 2, {}))
    assert await found(http, asked) == []
