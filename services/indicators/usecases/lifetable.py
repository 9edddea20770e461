"""PIP 1: life expectancy from the record's deaths and the loaded population, beside the value of BPS."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from pydantic import ValidationError

from services.indicators.contract.lifetable import (
    Entered,
    LifeExpectancy,
    LifeGroup,
    OfficialRow,
    OfficialValue,
    PopulationRow,
)
from services.indicators.contract.words import Words
from services.indicators.queries import lifetable as sql
from services.indicators.room import room
from services.indicators.rules.lifetable import SEXES, LifeTable, NoTable, Scheme, made
from services.kernel import rows as files
from services.kernel.auth import Actor, Role
from services.kernel.errors import faults
from services.kernel.problems import Fault, Invalid, Text, Unprocessable
from services.kernel.service import Service

COLUMNS = tuple(PopulationRow.model_fields)
REQUIRED = ("year", "sex", "age", "value", "source")
HEADINGS = {
    "tahun": "year", "jenis_kelamin": "sex", "umur": "age", "kelompok_umur": "age", "penduduk": "value",
    "jumlah": "value", "sumber": "source", "wilayah": "place",
}  # fmt: skip
SMALL = 5
TITLE = Words(id="Angka harapan hidup (indikatif)", en="Life expectancy at birth (indicative)")
FORMULA = Words(
    id="Tabel kematian ringkas Chiang dari kematian penduduk dalam catatan dan penduduk pertengahan tahun, beberapa "
    "tahun digabung; e0 = jumlah L ÷ l0, dengan galat bakunya.",
    en="Chiang's abridged life table from the deaths of residents in the record and the mid-year population, several "
    "years taken together; e0 = sum of L ÷ l0, with its standard error.",
)  # fmt: skip
NOTE = Words(
    id="Angka resmi adalah angka BPS (berbasis sensus). Pencatatan kematian belum lengkap, sehingga angka ini "
    "cenderung terlalu tinggi.",
    en="The official figure is that of BPS (from the census). Deaths are recorded incompletely, so this one tends to "
    "be too high.",
)  # fmt: skip
Line = tuple[int, Mapping[str, Any]]


async def read_file(body: bytes) -> list[Line]:
    """Rows of a CSV or workbook. Raises Invalid and TooLarge."""
    sheet = await asyncio.to_thread(files.read, body, COLUMNS, REQUIRED, _heading)
    if sheet.refused:
        raise _wrong([Fault(f"/{r.line}", r.reason) for r in sheet.refused])
    return [(n, {k: v for k, v in row.items() if v != ""}) for n, row in sheet.rows]


def _heading(said: str) -> str:
    return HEADINGS.get(files.plain(said), files.plain(said))


async def load(service: Service, lines: Iterable[Line], confirm: bool, by: str) -> Entered:
    """All or nothing. Raises Unprocessable with every row that is wrong, and what would be right."""
    scheme, rows, found = room(service).life, list[tuple[int, PopulationRow]](), list[Fault]()
    for number, said in lines:
        try:
            rows.append((number, PopulationRow.model_validate(said)))
        except ValidationError as error:
            found += [Fault(f"/{number}{f.pointer}", f.text) for f in faults(error.errors(include_url=False))]
    async with service.db.transaction() as tx:
        await sql.hold(tx)
        found += _checked(scheme, rows, await sql.known_places(tx))
        if not found and not confirm:
            before = await sql.population(tx, {r.place for _, r in rows}, {r.year - 1 for _, r in rows})
            found += _sudden(scheme, [r for _, r in rows], before)
        if found:
            raise _wrong(found)
        await sql.put_population(tx, [(r.place, r.year, r.sex, r.age, r.value, r.source) for _, r in rows], by)
    return Entered(loaded=len(rows))


def _wrong(found: Sequence[Fault]) -> Unprocessable:
    return Unprocessable(
        Text("Tidak ada yang dimuat; perbaiki baris berikut", "Nothing was loaded; mend these rows"), list(found)[:200]
    )


def _checked(scheme: Scheme, rows: Sequence[tuple[int, PopulationRow]], places: frozenset[str]) -> list[Fault]:
    """What the rows are wrong in together: unknown places and ages, twins, groups that are not whole."""
    found, seen = list[Fault](), dict[tuple[str, int, str], dict[int, int]]()
    right = ", ".join(map(str, scheme.ages))
    for number, row in rows:
        if row.place and row.place not in places:
            text = Text("bukan wilayah kabupaten ini", "is no area of this district")
            found.append(Fault(f"/{number}/place", text))
        if row.age not in scheme.ages:
            found.append(Fault(f"/{number}/age", Text(f"salah satu dari {right}", f"one of {right}")))
            continue
        ages = seen.setdefault((row.place, row.year, row.sex), {})
        if row.age in ages:
            text = Text(f"sama dengan baris {ages[row.age]}", f"the same as row {ages[row.age]}")
            found.append(Fault(f"/{number}/age", text))
        ages.setdefault(row.age, number)
    for (place, year, sex), ages in seen.items():
        if lacking := ", ".join(str(a) for a in scheme.ages if a not in ages):
            where = f"{place or '-'} {year} {sex}"
            text = Text(f"{where}: kurang kelompok umur {lacking}", f"{where}: lacks the ages {lacking}")
            found.append(Fault(f"/{min(ages.values())}/age", text))
    return found


def _sudden(scheme: Scheme, rows: Sequence[PopulationRow], before: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """Totals that changed suddenly since the year before: to be confirmed."""
    now, then = defaultdict[tuple[str, int, str], int](int), defaultdict[tuple[str, int, str], int](int)
    for row in rows:
        now[row.place, row.year, row.sex] += row.value
    for r in before:
        then[r["place"], r["year"] + 1, r["sex"]] += r["value"]
    found = list[Fault]()
    for key, total in now.items():
        if then[key] and abs(total - then[key]) > scheme.sudden * then[key]:
            place, year, sex = key
            said = f"{place or '-'} {year} {sex}: {then[key]} → {total}"
            text = Text(f"{said}; bila benar, kirim lagi dengan ?confirm=true", f"{said}; if so, send ?confirm=true")
            found.append(Fault("/confirm", text))
    return found


async def enter(service: Service, rows: Sequence[OfficialRow], by: str) -> Entered:
    """Enter what BPS publishes. Raises Invalid for an unknown place."""
    async with service.db.transaction() as tx:
        await sql.hold(tx)
        places = await sql.known_places(tx)
        text = Text("bukan wilayah kabupaten ini", "is no area of this district")
        if found := [Fault(f"/items/{n}/place", text) for n, r in enumerate(rows) if r.place and r.place not in places]:
            raise Invalid(text, found)
        await sql.put_official(tx, [(r.place, r.year, r.sex, r.value, r.source) for r in rows], by)
    return Entered(loaded=len(rows))


async def shown(
    service: Service, actor: Actor, year: int | None, years: int | None, sex: str, place: str
) -> LifeExpectancy:
    """Life expectancy of so many years together, up to `year` (nothing said: the last whole one)."""
    scheme, today = room(service).life, service.clock.today()
    last = year or today.year - 1
    async with service.db.reading() as conn:
        people = await sql.population(conn, [place], range(last - (years or scheme.years) + 1, last + 1))
        span = _span(people, last, years)
        dead = await sql.deaths(conn, date(span[0], 1, 1), min(today, date(last, 12, 31)), place, sex)
        official = await sql.official(conn, place)
    exact = actor.role == Role.DINKES_ADMIN
    lived, died = _person_years(people, sex, span, today), _by_age(scheme, dead)
    answer = LifeExpectancy(
        title=TITLE, formula=FORMULA, note=NOTE, from_year=span[0], to_year=last, sex=sex, place=place,
        official=[OfficialValue.model_validate(r, extra="ignore") for r in official],
    )  # fmt: skip
    try:
        table = made(scheme, _whole(lived, span, sex), died)
    except NoTable as none:
        return answer.model_copy(update={"why": Words(id=none.text.id, en=none.text.en)})
    small = not exact and any(0 < n < SMALL for n in died.values())
    return answer.model_copy(update=_found(table, dead, lived, exact, small))


def _span(people: Sequence[Mapping[str, Any]], last: int, years: int | None) -> list[int]:
    """The years asked for; when nothing is said those before `last` whose population is loaded, without a gap."""
    if years is not None:
        return list(range(last - years + 1, last + 1))
    span, loaded = [last], {r["year"] for r in people}
    while span[0] - 1 in loaded:
        span.insert(0, span[0] - 1)
    return span


def _person_years(
    people: Sequence[Mapping[str, Any]], sex: str, span: Sequence[int], today: date
) -> dict[tuple[int, str], dict[int, float]]:
    """By year and sex, by age; of a year that still runs only the part that has passed."""
    found = dict[tuple[int, str], dict[int, float]]()
    for r in people:
        if sex in ("all", r["sex"]):
            days = (date(r["year"], 12, 31) - date(r["year"], 1, 1)).days + 1
            passed = min(max((today - date(r["year"], 1, 1)).days + 1, 0), days) / days
            found.setdefault((r["year"], r["sex"]), {})[r["age"]] = r["value"] * passed
    return found


def _whole(lived: Mapping[tuple[int, str], Mapping[int, float]], span: Sequence[int], sex: str) -> dict[int, float]:
    """Person-years by age of all years together. Raises NoTable when a year or a sex is lacking."""
    wanted = [(y, s) for y in span for s in (SEXES if sex == "all" else (sex,))]
    if lacking := ", ".join(f"{y} {s}" for y, s in wanted if (y, s) not in lived):
        raise NoTable(Text(
            f"penduduk {lacking} belum dimuat (PUT /v1/indicators/pip-1/population)",
            f"no population loaded for {lacking} (PUT /v1/indicators/pip-1/population)",
        ))  # fmt: skip
    summed = defaultdict[int, float](float)
    for key in wanted:
        for age, value in lived[key].items():
            summed[age] += value
    return dict(summed)


def _by_age(scheme: Scheme, dead: Sequence[Mapping[str, Any]]) -> dict[int, int]:
    found = defaultdict[int, int](int)
    for r in dead:
        if r["age"] is not None:
            found[scheme.group(r["age"])] += r["deaths"]
    return dict(found)


def _found(
    table: LifeTable, dead: Sequence[Mapping[str, Any]], lived: Mapping[Any, Mapping[int, float]], exact: bool,
    small: bool,
) -> dict[str, Any]:  # fmt: skip
    low, high = table.interval
    villages = defaultdict[str, int](int)
    for r in dead:
        villages[r["village"]] += r["deaths"]
    found: dict[str, Any] = {
        "e0": round(table.e0, 3), "se": round(table.se, 4), "low": round(low, 3), "high": round(high, 3),
        "person_years": round(sum(sum(of.values()) for of in lived.values()), 1),
    }  # fmt: skip
    if small:
        return found | {"suppressed": True}
    found["deaths"] = sum(g.deaths for g in table.groups)
    found["table"] = [LifeGroup(**{name: getattr(g, name) for name in LifeGroup.model_fields}) for g in table.groups]
    if exact:
        found |= {"villages": dict(villages), "unplaced": sum(r["deaths"] for r in dead if r["age"] is None)}
    return found
