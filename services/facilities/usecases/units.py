"""ILP units: who leads a cluster, who serves in which service and shift, who cares for a posyandu."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.facilities.contract import Facility, Kind, Profession
from services.facilities.contract.units import (
    CLUSTER_NAMES,
    Cluster,
    ClusterUnit,
    Lead,
    Officer,
    PosyanduUnit,
    ServiceUnit,
    Shift,
    Somebody,
    Units,
    UnitWarning,
    Warned,
)
from services.facilities.queries import practitioners, workforce
from services.facilities.queries import units as queries
from services.facilities.rules import days
from services.facilities.rules import units as rules
from services.facilities.rules.cells import Line
from services.facilities.rules.csvfile import Refused
from services.facilities.rules.units import WEEK, Duty
from services.facilities.usecases import facilities
from services.facilities.usecases.dating import at, dated
from services.facilities.usecases.loading import File, load_one
from services.kernel.auth import Actor, Role
from services.kernel.db import Connection, Tx
from services.kernel.problems import Refused as Forbidden
from services.kernel.problems import Text
from services.kernel.service import Service

Rows = list[dict[str, Any]]
_NOT_HERE = Text(
    "orang ini tidak tercatat bekerja di sini pada hari pertama", "this person is not registered as working here then"
)


async def units(service: Service, actor: Actor, code: str, on: date) -> Units:
    """The clusters of a facility on a day, their leads, services and officers. Raises NotFound."""
    facility = await facilities.facility(service, code)
    async with service.db.reading() as conn:
        above = await queries.above(conn, [facility.code], on)
        places = [facility.code, *above.values()]
        own = actor.role == Role.DINKES_ADMIN or actor.facility in places
        services = await queries.services(conn, on)
        leads = await queries.leads(conn, facility.code, on, places)
        officers = await queries.officers(conn, facility.code, on, places)
        crews = await queries.crews(conn, facility.code, on, places)
        elsewhere = await queries.duties(conn, [r["practitioner"] for r in officers]) if own else []
    if not own:
        for row in (*leads, *officers, *crews):
            row["licensed"] = None
    return Units(
        facility=facility.code, name=facility.name, on=on, clusters=_clusters(services, leads, officers, on),
        posyandu=[_posyandu(row) for row in crews],
        warnings=_warnings(leads, officers, elsewhere, on, actor.language) if own else None,
    )  # fmt: skip


def _clusters(services: Rows, leads: Rows, officers: Rows, on: date) -> list[ClusterUnit]:
    """Clusters that have a lead or officers; of their services those that have officers."""
    led = {Cluster(row["cluster"]): Lead(**row) for row in leads}
    known = {row["service"]: row for row in services}
    found = []
    for cluster in Cluster:
        offered: dict[str, list[Officer]] = {}
        for row in officers:
            if known.get(row["service"], {"cluster": Cluster.ACROSS})["cluster"] == cluster:
                offered.setdefault(row["service"], []).append(_officer(row, on))
        if cluster in led or offered:
            units = [
                ServiceUnit(service=name, name=known.get(name, {"name": name})["name"], officers=people)
                for name, people in offered.items()
            ]
            unit = ClusterUnit(cluster=cluster, name=CLUSTER_NAMES[cluster], lead=led.get(cluster), services=units)
            found.append(unit)
    return found


def _officer(row: dict[str, Any], on: date) -> Officer:
    words = [WEEK[int(digit) - 1] for digit in row["weekdays"]]
    return Officer(**{**row, "weekdays": words, "on_duty": str(on.isoweekday()) in row["weekdays"]})


def _posyandu(row: dict[str, Any]) -> PosyanduUnit:
    return PosyanduUnit(
        posyandu=row["posyandu"], name=row["posyandu_name"], kader=row["kader"], coordinator=Somebody(**row)
    )


def _warnings(leads: Rows, officers: Rows, elsewhere: Rows, on: date, language: str) -> list[Warned]:
    """Leads and officers without valid licences, clusters without a lead, one person at two places at once."""
    found = [
        Warned(kind=kind, cluster=row.get("cluster"), service=row.get("service"), practitioner=row["practitioner"],
               text=_UNLICENSED.to(language))
        for kind, rows in ((UnitWarning.LEAD_UNLICENSED, leads), (UnitWarning.OFFICER_UNLICENSED, officers))
        for row in rows if not row["licensed"]
    ]  # fmt: skip
    led = {row["cluster"] for row in leads}
    found += [
        Warned(kind=UnitWarning.NO_LEAD, cluster=cluster, text=_NO_LEAD.to(language))
        for cluster in Cluster
        if leads and cluster not in led
    ]
    now = [duty for duty in map(_duty, elsewhere) if days.covers([duty.span], on)]
    for one, other, day in rules.overlaps(now):
        text = rules.says_overlap(one, other, day).to(language)
        found.append(Warned(kind=UnitWarning.OVERLAP, service=one.service, practitioner=one.practitioner, text=text))
    return found


_UNLICENSED = Text("STR atau SIP tidak berlaku pada hari ini", "no valid STR or SIP on this day")
_NO_LEAD = Text("Klaster ini belum punya penanggung jawab", "This cluster has nobody responsible")


def _duty(row: Any) -> Duty:
    values = row if isinstance(row, dict) else row.model_dump()
    span = days.span(values["valid_from"], values["valid_until"])
    names = ("practitioner", "facility", "service", "weekdays", "starts", "ends")
    return Duty(**{name: values[name] for name in names}, shift=Shift(values["shift"]), span=span)


# --- writing ----------------------------------------------------------------------------------------------


async def put(service: Service, actor: Actor, code: str, file: File[Any], fields: Mapping[str, object]) -> Units:
    """Enter one row of a facility's units, by its own staff or the health office; the units as they then are.

    Raises NotFound, Refused for another facility, Unprocessable with the fields at fault.
    """
    facility = await facilities.facility(service, code)
    today = service.clock.today()
    await _may_edit(service, actor, facility, today)
    await load_one(service, file, {**fields, "facility": facility.code}, actor.subject)
    start = str(fields.get("valid_from") or today)
    return await units(service, actor, facility.code, max(today, date.fromisoformat(start)))


async def _may_edit(service: Service, actor: Actor, facility: Facility, today: date) -> None:
    if actor.role == Role.DINKES_ADMIN or actor.facility == facility.code:
        return
    async with service.db.reading() as conn:
        above = await queries.above(conn, [facility.code], today)
    if actor.facility is None or actor.facility not in above.values():
        raise Forbidden(
            Text(
                "Unit faskes ini diatur oleh stafnya sendiri atau Dinkes", "Units are kept by the facility's own staff"
            )
        )


Placed = dict[str, list[tuple[str, days.Span, Profession]]]


async def _placements(tx: Tx, people: set[str]) -> Placed:
    found: Placed = {}
    for r in await practitioners.placements_of(tx, list(people)):
        stay = r["facility"], days.span(r["valid_from"], r["valid_until"]), Profession(r["profession"])
        found.setdefault(r["practitioner"], []).append(stay)
    return found


async def _professions(tx: Tx, lines: list[Line[Any]], column: str) -> dict[int, Profession | None]:
    """What the person of each line works as on the first day, at the facility or the puskesmas above it."""
    placed = await _placements(tx, {getattr(line.row, column) for line in lines})
    found: dict[int, Profession | None] = {}
    for line in lines:
        row = line.row
        above = await queries.above(tx, [row.facility], row.valid_from)
        places = [row.facility, *above.values()]
        found[line.number] = rules.profession_at(placed, getattr(row, column), places, row.valid_from)
    return found


async def _lead_works_here(tx: Tx, lines: list[Line[rules.LeadRow]]) -> list[Refused]:
    works = await _professions(tx, lines, "practitioner")
    found = [Refused(number, "practitioner", _NOT_HERE) for number, profession in works.items() if profession is None]
    for line in lines:
        if works[line.number] is not None and not await _licensed(tx, line.row, works[line.number]):
            text = Text("STR atau SIP tidak berlaku pada hari pertama", "no valid STR or SIP on the first day")
            found.append(Refused(line.number, "practitioner", text, warning=True))
    return found


async def _licensed(tx: Connection, row: rules.LeadRow, profession: Profession | None) -> bool:
    if profession is Profession.SUPPORT:
        return True
    above = await queries.above(tx, [row.facility], row.valid_from)
    held = await workforce.licences(tx, [row.practitioner], row.valid_from, row.valid_from)
    places = {None, row.facility, *above.values()}
    return {"str", "sip"} <= {r["kind"] for r in held if r["facility"] in places}


async def _coordinator_works_here(tx: Tx, lines: list[Line[rules.CrewRow]]) -> list[Refused]:
    works = await _professions(tx, lines, "coordinator")
    found = [Refused(number, "coordinator", _NOT_HERE) for number, profession in works.items() if profession is None]
    for line in lines:
        parent = await queries.parent(tx, line.row.posyandu, line.row.valid_from)
        if parent not in (None, line.row.facility):
            text = Text(f"posyandu ini di bawah {parent} pada hari itu", f"this posyandu hangs on {parent} that day")
            found.append(Refused(line.number, "facility", text))
    return found


async def _is_not_anothers(tx: Tx, lines: list[Line[rules.CrewRow]]) -> list[Refused]:
    """A row that stands for the posyandu and day is its facility's: its key does not name the facility."""
    found = []
    for line in lines:
        keeper = await queries.keeper(tx, line.row.posyandu, line.row.valid_from)
        if keeper not in (None, line.row.facility):
            text = Text(f"sudah dicatat {keeper}; hubungi Dinkes", f"recorded by {keeper} already; ask the office")
            found.append(Refused(line.number, "posyandu", text))
    return found


async def _may_serve(tx: Tx, lines: list[Line[rules.RosterRow]]) -> list[Refused]:
    """The service exists, the person works here and is competent for it; the shift lasts."""
    works = await _professions(tx, lines, "practitioner")
    services: dict[str, Rows] = {}
    for known in await queries.all_services(tx):
        services.setdefault(known["service"], []).append(known)
    found = []
    for line in lines:
        row, profession = line.row, works[line.number]
        offered = [s for s in services.get(row.service, ())
                   if days.covers([days.span(s["valid_from"], s["valid_until"])], row.valid_from)]  # fmt: skip
        fault = None
        if not offered:
            able = ", ".join(sorted(services))
            fault = Refused(line.number, "service", Text(f"layanan yang dikenal: {able}", f"known services: {able}"))
        elif profession is None:
            fault = Refused(line.number, "practitioner", _NOT_HERE)
        elif row.starts == row.ends:
            fault = Refused(line.number, "ends", Text("sama dengan mulai", "the same as the start"))
        else:
            fault = rules.not_competent(line, profession, offered[0]["competent"])
        if fault is not None:
            found.append(fault)
    return found


async def _overlaps(tx: Tx, lines: list[Line[rules.RosterRow]]) -> list[Refused]:
    """One person at two places at once is told, not refused: somebody may stand in."""
    given = {_slot(line.row.model_dump()): line for line in lines}
    others = [_duty(r) for r in await queries.duties(tx, list({line.row.practitioner for line in lines}))
              if _slot(r) not in given]  # fmt: skip
    found = []
    for line in lines:
        own = _duty(line.row)
        for other in others:
            if (day := rules.overlap(own, other)) is not None:
                found.append(Refused(line.number, "starts", rules.says_overlap(own, other, day), warning=True))
                break
        others.append(own)
    return found


def _slot(row: Mapping[str, Any]) -> tuple[Any, ...]:
    key = ("facility", "service", "practitioner", "shift", "valid_from")
    return tuple(str(row[name]) for name in key)


SERVICES = dated(
    "unit_service", rules.ServiceRow, ("service", "cluster", "name", "valid_from"),
    ("service", "cluster", "valid_from", "valid_until"),
)  # fmt: skip
_UNIT = at("facility", Kind.PUSKESMAS, Kind.PUSTU)
LEADS = dated(
    "cluster_lead", rules.LeadRow, ("facility", "cluster", "practitioner", "valid_from"),
    ("facility", "cluster", "practitioner", "valid_from", "valid_until"), _UNIT, _lead_works_here,
)  # fmt: skip
ROSTERS = dated(
    "roster", rules.RosterRow,
    ("facility", "service", "practitioner", "shift", "weekdays", "starts", "ends", "valid_from"),
    ("facility", "service", "practitioner", "shift", "weekdays", "valid_from", "valid_until"), _UNIT, _may_serve,
    _overlaps,
)  # fmt: skip
_CREW = ("posyandu", "facility", "coordinator", "kader", "valid_from")
_CREW_TOLD = (*_CREW, "valid_until")
_CREW_CHECKS = (_UNIT, at("posyandu", Kind.POSYANDU), _coordinator_works_here)
CREWS = dated("posyandu_crew", rules.CrewRow, _CREW, _CREW_TOLD, *_CREW_CHECKS)
OWN_CREWS = dated("posyandu_crew", rules.CrewRow, _CREW, _CREW_TOLD, *_CREW_CHECKS, _is_not_anothers)
"""As facilities enter them: only the office moves a crew from one to another."""
