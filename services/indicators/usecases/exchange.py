"""Numbers for other systems: FHIR Measure and MeasureReport, DHIS2 data values."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from services.indicators import fhir
from services.indicators.contract import By, CodeMapping, DataValueSet, Indicator, Loaded, Mapped
from services.indicators.queries import files as files_sql
from services.indicators.queries import numbers as queries
from services.indicators.room import room
from services.indicators.rules import dhis2
from services.indicators.usecases import numbers
from services.kernel import rows
from services.kernel.auth import Actor, Role
from services.kernel.problems import Fault, Invalid, Text, Unprocessable
from services.kernel.service import Service

DHIS2 = "dhis2"
STRATA = (By.PUSKESMAS, By.SEX, By.AGE, By.PAYER)
PLACES = (By.VILLAGE, By.PUSKESMAS, By.KECAMATAN)
OFFICE = "Dinas Kesehatan"


def measures(service: Service) -> dict[str, Any]:
    """Every standard that is loaded, as a Bundle of Measures."""
    return fhir.bundle([fhir.measure(s, OFFICE) for s in numbers.catalogue(service)], _base(service))


def measure(service: Service, name: str) -> dict[str, Any]:
    """One standard as a Measure. Raises NotFound."""
    return fhir.measure(numbers.one_standard(service, name), OFFICE)


async def reports(service: Service, actor: Actor, name: str, start: date, end: date, by: By | None) -> dict[str, Any]:
    """The district's MeasureReport with its strata, or a Bundle with one for each place of `by`."""
    if start != date(start.year, 1, 1) or end.year != start.year or end < start:
        text = Text(
            "Angka bersifat kumulatif sejak 1 Januari: periodStart 1 Januari, periodEnd dalam tahun yang sama",
            "Numbers are cumulative from 1 January: periodStart is 1 January, periodEnd lies in the same year",
        )
        raise Unprocessable(text, [Fault("/periodStart", text)])
    day = min(end, service.clock.today())
    at, better = _instant(service), numbers.one_standard(service, name).better
    if by is not None:
        found = await one(service, actor, name, start.year, day, by)
        kind = by.value
        made = [fhir.report(found, (), (kind, code, title), at, OFFICE, better) for code, title in fhir.places(found)]
        return fhir.bundle(made, _base(service))
    told = STRATA[:1] if actor.role == Role.PUSKESMAS_STAFF else STRATA  # beside its own exact numbers, sums tell
    strata = [await one(service, actor, name, start.year, day, b) for b in told]
    async with service.db.reading() as conn:
        code, title = await queries.district(conn)
    return fhir.report(strata[0], strata, ("district", code, title), at, OFFICE, better)


async def one(service: Service, actor: Actor, name: str, year: int, day: date, by: By) -> Indicator:
    """An indicator as this caller may see it: what is withheld from him is withheld in every form."""
    return await numbers.indicator(service, actor, name, year, day, by)


def _instant(service: Service) -> str:
    return service.clock.now().isoformat(timespec="seconds")


def _base(service: Service) -> str:
    return f"{service.settings.public_url}/v1/indicators/fhir"


async def data_values(
    service: Service, actor: Actor, period: str, by: By, standard: str | None, uid: bool
) -> DataValueSet:
    """The counts of a DHIS2 period by puskesmas or village, of one service or of all in force. Raises Invalid."""
    span = dhis2.days(period)
    today = service.clock.today()
    if span is None or span[0] > today:
        text = Text(
            "Isi masa DHIS2 yang sudah mulai: 202610, 2026Q3, 2026S1, 2026", "Give a DHIS2 period: 202610, 2026"
        )
        raise Invalid(text, [Fault("/period", text)])
    year, day = span[1].year, min(span[1], today)
    names = [standard] if standard else _in_force(service, year)
    found = [await one(service, actor, name, year, day, by) for name in names]
    theirs = None
    if uid:
        async with service.db.reading() as conn:
            theirs = {(m.kind, m.ours): m.theirs for m in _mapped(await files_sql.in_force(conn, DHIS2, day))}
    return dhis2.values(found, period, theirs)


def _in_force(service: Service, year: int) -> list[str]:
    kept = [k.standard for k in room(service).kept]
    return sorted(s.key for s in kept if s.in_force(year) and not s.beside)


def _mapped(file: files_sql.File | None) -> list[Mapped]:
    return [Mapped(**row) for row in file.rows] if file else []


async def mapping(service: Service) -> CodeMapping:
    """The mapping in force today."""
    async with service.db.reading() as conn:
        file = await files_sql.in_force(conn, DHIS2, service.clock.today())
    version = Loaded(valid_from=file.valid_from, version=file.version, lines=len(file.rows)) if file else None
    return CodeMapping(version=version, items=_mapped(file))


async def load_mapping(service: Service, actor: Actor, raw: bytes, valid_from: date | None) -> Loaded:
    """Load a mapping, whole: it replaces the former from its day on. Raises Invalid, Unprocessable."""
    found = dhis2.read(rows.read(raw, dhis2.COLUMNS, dhis2.COLUMNS))
    return await load(service, actor, DHIS2, [m.model_dump() for m in found], valid_from)


async def load(
    service: Service, actor: Actor, name: str, found: Sequence[Mapping[str, Any]], valid_from: date | None
) -> Loaded:
    """Keep a new version of one of the office's small tables; its rows were proved before."""
    day = valid_from or service.clock.today()
    async with service.db.transaction() as tx:
        version = await files_sql.put(tx, name, day, found, actor.subject)
    return Loaded(valid_from=day, version=version, lines=len(found))
