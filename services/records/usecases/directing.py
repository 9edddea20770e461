"""Keeping the directory (IHE mCSD) as the network is: its rows are kept, and what they touch is made anew.

A resource may need several rows (a service its facility's hours), so each is made from what is known now, not from one
event; what comes out as it stands gets no new version.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.service import Service
from services.records import directory
from services.records.queries import network, projection
from services.records.usecases.projecting import project, withdraw

OF_FACILITY = ("link", "opening_hours", "special_day", "offered_service")
"""Rows whose key begins with the facility they tell of."""
KEPT = ("area", "facility", "practitioner", "agreement", "jkn_contract", "service_type", *OF_FACILITY)
"""The types of events whose rows the directory is made of."""
BACK = timedelta(days=8)
"""How far back a day's turn looks, should the service have slept."""


@dataclass(slots=True)
class Touched:
    """What has to be made anew, by key."""

    areas: set[str] = field(default_factory=set)
    facilities: set[str] = field(default_factory=set)
    roles: set[str] = field(default_factory=set)
    agreements: set[str] = field(default_factory=set)
    contracts: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    """HealthcareServices that are told no more, unless they are made after all."""


async def apply(service: Service, tx: Tx, events: Sequence[Event]) -> None:
    """Follow the network."""
    told = [_keyed(e) for e in events if e.type in KEPT and e.kind != "alarm"]
    before = await network.rows(tx, "facility", [e.subject for e in told if e.type == "facility"])
    await network.keep(tx, told)
    touched = Touched()
    for event in told:
        _touch(touched, event.type, event.subject)
        if event.type == "offered_service" and event.kind == "deleted":
            code, service_type = event.subject.split("/")[:2]
            touched.gone.add(directory.service_id(code, service_type))
    for id_ in {e.subject.partition("/")[0] for e in events if e.type in ("practitioner", "professional", "licence")}:
        await projection.practitioner_due(tx, id_)
    await _spread(tx, touched, before)
    await _make(service, tx, touched)


async def day_turns(service: Service) -> None:
    """A kernel job: placements and agreements begin and end by themselves."""
    today = service.clock.today()
    if service.room.get("directory-day") == today:
        return
    async with service.db.transaction() as tx:
        touched = Touched()
        for of, key in await network.turning(tx, today - BACK, today):
            _touch(touched, of, key)
        await _make(service, tx, touched)
    service.room["directory-day"] = today


def _keyed(event: Event) -> Event:
    """Placements were told by person and place before they were told by their first day too."""
    if event.type == "practitioner" and event.subject.count("/") == 1 and event.data.get("valid_from"):
        return replace(event, subject=f"{event.subject}/{event.data['valid_from']}")
    return event


def _touch(touched: Touched, of: str, key: str) -> None:
    if of == "practitioner":  # one role for all placements of a person at a place
        key = "/".join(key.split("/")[:2])
    sets = {
        "area": touched.areas, "facility": touched.facilities, "practitioner": touched.roles,
        "agreement": touched.agreements, "jkn_contract": touched.contracts,
    }  # fmt: skip
    if of in OF_FACILITY:
        touched.facilities.add(key.partition("/")[0])
    elif of in sets:
        sets[of].add(key)


async def _spread(tx: Tx, touched: Touched, before: dict[str, directory.Body]) -> None:
    """What refers to a facility whose number has changed, or to a health office that is new, is made anew too; the
    resources of the old number stay, inactive."""
    after = await network.rows(tx, "facility", sorted(touched.facilities))
    moved = [code for code, d in before.items() if code in after and _id(d) != _id(after[code])]
    taken = set((await network.organizations(tx)).values()) if moved else set()
    for code in moved:
        if _id(before[code]) not in taken:
            for body in _facility(before[code] | {"active": False, "status": "closed"}, None, {}):
                await project(tx, body["resourceType"], body["id"], None, code, body, None)
    new = [code for code in after if code not in before]
    heads = [after[c] for c in (*moved, *new) if after[c]["kind"] == "dinkes"]
    touched.facilities.update(await network.under(tx, [d["village"][:4] for d in heads]))
    for of in ("practitioner", "agreement", "jkn_contract", "link"):
        for key in await network.naming(tx, of, [*moved, *new]):
            _touch(touched, of, key)


def _id(d: directory.Body) -> str:
    return str(d.get("satusehat_id") or d["code"])


async def _make(service: Service, tx: Tx, touched: Touched) -> None:
    today = service.clock.today()
    for d in (await network.rows(tx, "area", sorted(touched.areas))).values():
        for body in directory.jurisdiction(d):
            await project(tx, body["resourceType"], body["id"], None, "", body, None)
    if not (touched.facilities or touched.roles or touched.agreements or touched.contracts):
        return
    organizations = await network.organizations(tx)
    await _facilities(tx, touched, organizations, today)
    await _roles(tx, touched.roles, organizations, service)
    await _contracts(tx, touched.contracts, organizations, today)
    rows = await network.rows(tx, "agreement", sorted(touched.agreements))
    for key in sorted(touched.agreements):
        bodies = directory.affiliations(rows[key], key, organizations, today) if key in rows else []
        for body in bodies:
            await project(tx, body["resourceType"], body["id"], None, "", body, None)
        stand = await projection.identified(tx, "OrganizationAffiliation", directory.AGREEMENT, key)
        await withdraw(tx, "OrganizationAffiliation", set(stand) - {b["id"] for b in bodies})


async def _facilities(tx: Tx, touched: Touched, organizations: dict[str, str], today: date) -> None:
    codes = sorted(touched.facilities)
    offices, names = await network.offices(tx), await network.all_of(tx, "service_type")
    weekdays, special, offered, links = [await network.belonging(tx, of, codes) for of in (
        "opening_hours", "special_day", "offered_service", "link",
    )]  # fmt: skip
    made: set[str] = set()
    for code, d in (await network.rows(tx, "facility", codes)).items():
        hours = directory.Hours(weekdays.get(code, ()), special.get(code, ())).told(today)
        office = offices.get(d["village"][:4]) if d["kind"] == "puskesmas" else None
        above = organizations.get(directory.parent(links.get(code, ()), today) or office or "")
        services = directory.offered_services(offered.get(code, ()), names, d, _id(d), hours, today)
        made |= {b["id"] for b in services}
        for body in [*_facility(d, above, hours), *services]:
            await project(tx, body["resourceType"], body["id"], None, code, body, None)
        if d["kind"] not in directory.OFFERS:
            touched.gone.add(_id(d))
    await withdraw(tx, "HealthcareService", touched.gone - made)


def _facility(d: directory.Body, above: str | None, hours: directory.Body) -> list[directory.Body]:
    id_ = _id(d)
    offer = directory.healthcare_service(d, id_, hours)
    return [directory.organization(d, id_, above), directory.location(d, id_), *([offer] if offer else [])]


async def _contracts(tx: Tx, keys: Collection[str], organizations: dict[str, str], today: date) -> None:
    rows = await network.rows(tx, "jkn_contract", sorted(keys))
    if rows:
        await project(tx, "Organization", directory.PAYER["id"], None, "", directory.PAYER, None)
    for key in sorted(keys):
        if key in rows:
            place = organizations.get(rows[key]["facility"], rows[key]["facility"])
            body = directory.contract(rows[key], key, place, today)
            await project(tx, body["resourceType"], body["id"], None, rows[key]["facility"], body, None)
        else:
            await withdraw(tx, "OrganizationAffiliation", [f"jkn-{key.replace('/', '-')}"])


async def _roles(tx: Tx, keys: Collection[str], organizations: dict[str, str], service: Service) -> None:
    places = sorted({key.partition("/")[2] for key in keys})
    kinds, told = await network.rows(tx, "facility", places), await network.belonging(tx, "practitioner", places)
    today = service.clock.today()
    for key in sorted(keys):
        id_, _, code = key.partition("/")
        placements = [d for d in told.get(code, ()) if d["id"] == id_]
        if not placements:
            await withdraw(tx, "PractitionerRole", [f"{id_}-{code}"])
            continue
        offers = kinds.get(code, {}).get("kind") in directory.OFFERS
        d = directory.of_today(placements, today)
        body = directory.practitioner_role(d, organizations.get(code, code), offers, today)
        await project(tx, "PractitionerRole", body["id"], None, code, body, None)
