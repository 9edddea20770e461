"""What hangs on a facility: loading it, showing it with the facility, and free beds."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from services.facilities.contract import capacity, hours, jkn, offers
from services.facilities.contract.capacity import CapacityReport
from services.facilities.queries import facilities, loading
from services.facilities.queries import particulars as queries
from services.facilities.queries.listing import Listing
from services.facilities.rules import particulars as rules
from services.facilities.rules.cells import Line, R, once
from services.facilities.rules.csvfile import Refused as RefusedRow
from services.facilities.rules.particulars import Fits
from services.facilities.usecases.loading import Asked, Checked, File, Written
from services.kernel import events
from services.kernel.auth import Actor, Role
from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.problems import Fault, NotFound, Refused, Text, Unprocessable
from services.kernel.service import Service

Check = Callable[[Tx, list[Line[Any]]], Awaitable[Checked[Any]]]


def _checking(table: str, fits: Fits, dated: Sequence[str] = ()) -> Check:
    """The facility is registered and of a kind that may have this; each row once; `dated`: what must not be twice on
    one day."""

    async def check(tx: Tx, lines: list[Line[Any]]) -> Checked[Any]:
        key = loading.keys(table)
        lines, twice = once(lines, lambda r: tuple(getattr(r, c) for c in key), key[-1])
        codes = list({line.row.facility for line in lines})
        kept, refused = rules.fitting(lines, await facilities.kinds(tx, codes), fits)
        refused += twice
        if dated:
            registered = await queries.spans(tx, table, dated, codes)
            kept, met = rules.apart(kept, _by(dated), registered)
            refused += met
        return kept, refused

    return check


def _by(columns: Sequence[str]) -> Callable[[Any], Hashable]:
    return lambda row: tuple(str(getattr(row, c)) for c in columns)


async def _check_services(tx: Tx, lines: list[Line[rules.OfferedServiceRow]]) -> Checked[rules.OfferedServiceRow]:
    known = await queries.service_types(tx, list({line.row.service for line in lines}))
    strange = Text("jenis layanan tidak ada di daftar /v1/service-types", "not in the list /v1/service-types")
    refused = [RefusedRow(line.number, "service", strange) for line in lines if line.row.service not in known]
    right = [line for line in lines if line.row.service in known]
    check = _checking(offers.OFFERED_SERVICE, rules.gives_care, ("facility", "service"))
    kept, more = await check(tx, right)
    return kept, [*refused, *more]


async def _check_types(_: Tx, lines: list[Line[rules.ServiceTypeRow]]) -> Checked[rules.ServiceTypeRow]:
    return once(lines, lambda r: r.code, "code")


def _until_today(table: str, column: str) -> Callable[[Tx, list[Line[R]], Asked], Awaitable[Written[R]]]:
    async def write(tx: Tx, lines: list[Line[R]], asked: Asked) -> Written[R]:
        kept, refused = rules.done_by(lines, column, asked.today)
        rows = [line.row for line in kept]
        changed = await loading.upsert(tx, table, rows, asked.columns, asked.by, asked.because)
        return Written(changed, changed, refused)

    return write


SERVICE_TYPES = File(
    offers.SERVICE_TYPE, rules.ServiceTypeRow, ("code", "name"), _check_types, ("code", "name", "always_open")
)
SERVICES = File(
    offers.OFFERED_SERVICE, rules.OfferedServiceRow, ("facility", "service", "valid_from", "valid_until"),
    _check_services, ("facility", "service", "valid_from", "valid_until"),
)  # fmt: skip
COMPETENCES = File(
    offers.COMPETENCE, rules.CompetenceRow, ("facility", "system", "code", "level", "valid_from", "valid_until"),
    _checking(offers.COMPETENCE, rules.gives_care, ("facility", "system", "code")),
    ("facility", "system", "code", "level", "valid_from", "valid_until"),
)  # fmt: skip
HOURS = File(
    hours.OPENING_HOURS, rules.OpeningHoursRow, ("facility", "weekday", "valid_from", "hours"),
    _checking(hours.OPENING_HOURS, lambda *_: None), ("facility", "weekday", "valid_from", "hours"),
)  # fmt: skip
SPECIAL_DAYS = File(
    hours.SPECIAL_DAY, rules.SpecialDayRow, ("facility", "day", "hours"),
    _checking(hours.SPECIAL_DAY, lambda *_: None), ("facility", "day", "hours"),
)  # fmt: skip
EQUIPMENT = File(
    capacity.EQUIPMENT, rules.EquipmentRow, ("facility", "item", "checked_on", "count", "working"),
    _checking(capacity.EQUIPMENT, rules.works), ("facility", "item", "checked_on", "count", "working"),
    write=_until_today(capacity.EQUIPMENT, "checked_on"),
)  # fmt: skip
BEDS = File(
    capacity.BED, rules.BedRow, ("facility", "unit", "care_class", "valid_from", "total"),
    _checking(capacity.BED, rules.has_beds), ("facility", "unit", "care_class", "valid_from", "total"),
)  # fmt: skip
CONTRACTS = File(
    jkn.JKN_CONTRACT, rules.JknContractRow, ("facility", "valid_from", "valid_until", "kind", "capitation"),
    _checking(jkn.JKN_CONTRACT, rules.contracts, ("facility",)),
    ("facility", "valid_from", "valid_until", "ppk_code", "kind", "capitation"),
)  # fmt: skip

PARTS: Mapping[str, Listing] = {
    "hours": queries.HOURS, "special_days": queries.SPECIAL_DAYS, "services": queries.SERVICES,
    "competences": queries.COMPETENCES, "equipment": queries.EQUIPMENT, "beds": queries.BEDS,
    "jkn": queries.CONTRACTS,
}  # fmt: skip
"""What can be shown with its facility, by the word for `include`."""


async def with_parts(service: Service, facility: str, parts: Sequence[str], on: date) -> dict[str, list[Any]]:
    """What hangs on a facility on a day, by part."""
    async with service.db.reading() as conn:
        return {part: await queries.rows(conn, PARTS[part], facility, on) for part in dict.fromkeys(parts)}


def _own(actor: Actor, facility: str) -> None:
    """Only the office speaks for others. Raises Refused."""
    if actor.role != Role.DINKES_ADMIN and actor.facility != facility:
        raise Refused(Text("Hanya untuk faskes sendiri", "Only for your own facility"))


async def free_beds(service: Service, actor: Actor, facility: str, unit: str, care_class: str, free: int) -> None:
    """Tell how many beds are free now. Raises Refused for another's beds, NotFound for beds that are not registered,
    Unprocessable when more are free than there are."""
    _own(actor, facility)
    async with service.db.transaction() as tx:
        await loading.lock(tx)
        total = await queries.beds(tx, facility, unit, care_class, service.clock.today())
        if total is None:
            raise NotFound(Text("Ruang dan kelas ini tidak terdaftar", "This ward and class is not registered"))
        if free > total:
            text = Text(f"paling banyak {total}, sebanyak tempat tidurnya", f"at most {total}, as many as there are")
            raise Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), [Fault("/free", text)])
        said = {"facility": facility, "unit": unit, "care_class": care_class, "free": free}
        await _tell(service, tx, capacity.FREE_BED, said, actor)


async def free_slots(service: Service, actor: Actor, facility: str, offered: str, free: int) -> None:
    """Tell how many more a service can take now. Raises Refused for another's, NotFound for what is not offered."""
    _own(actor, facility)
    async with service.db.transaction() as tx:
        await loading.lock(tx)
        if not await queries.offers(tx, facility, offered, service.clock.today()):
            raise NotFound(
                Text("Faskes ini tidak menawarkan layanan itu hari ini", "This facility does not offer that service")
            )
        await _tell(service, tx, capacity.FREE_SLOT, {"facility": facility, "service": offered, "free": free}, actor)


async def _tell(service: Service, tx: Tx, table: str, said: dict[str, Any], actor: Actor) -> None:
    row = SimpleNamespace(**said, reported_at=service.clock.now())
    for told in await loading.upsert(tx, table, [row], frozenset({"free", "reported_at"}), actor.subject):
        data = {c: told[c] for c in (*said, "reported_at")}
        await events.append(tx, [Event(table, "changed", loading.subject(table, told), told["version"], data)])


async def reports(
    service: Service, facility: str, before: datetime | None, limit: int
) -> tuple[list[CapacityReport], datetime | None]:
    """What a facility told of its capacity, the latest first, and where to go on."""
    async with service.db.reading() as conn:
        rows = await queries.reports(conn, facility, before, limit)
    found = [CapacityReport.model_validate(r) for r in rows]
    return found, found[-1].reported_at if len(found) == limit else None
