"""The index of satisfaction of a facility, of the district, from period to period."""

from collections.abc import Mapping
from typing import Any

from services.facilities import instrument
from services.facilities.contract.readiness import Words
from services.facilities.contract.surveys import (
    ElementResult,
    Interval,
    Result,
    Results,
    Trend,
    TrendPoint,
    Weight,
    WeightUsed,
)
from services.facilities.instrument import Instrument
from services.facilities.queries import surveys as queries
from services.facilities.rules import satisfaction as rules
from services.facilities.rules.satisfaction import Ikm, Sums
from services.facilities.usecases import own
from services.facilities.usecases.surveys import NO_FORM
from services.kernel.problems import NotFound
from services.kernel.service import Service

METHOD = Words(
    id="Normal 95 % atas indeks tiap responden, dengan koreksi populasi terhingga bila populasi diisi",
    en="Normal 95 % over each respondent's own index, corrected for a finite population when it is given",
)
NOBODY = Sums(0, {}, {})


def _both(words: tuple[str, str]) -> Words:
    return Words(id=words[0], en=words[1])


def result(form: Mapping[str, Any], sums: Sums, struck: int) -> Result:
    """A form's result; the form gives facility, name, period, first day, weight and population."""
    book = instrument.in_force(form["first_day"])
    found = rules.ikm(book, _whole(sums, book), form["weight"], form["served"])
    minimum = rules.minimum_sample(form["served"]) if form["served"] else None
    return Result(
        facility=form["facility"], name=form["name"], period=form["period"], n=sums.n, struck=struck,
        served=form["served"], minimum=minimum, too_few=sums.n < minimum if minimum else None,
        index=None if found.index is None else float(found.index), grade=found.band.grade if found.band else None,
        says=_both(found.band.words) if found.band else None, weight=_weight(book, form["weight"], found),
        interval=Interval(low=found.interval[0], high=found.interval[1], method=METHOD) if found.interval else None,
        elements=_elements(book, sums, found), worst=rules.worst(found.means), source=book.source,
    )  # fmt: skip


def _whole(sums: Sums, book: Instrument) -> Sums:
    codes = [e.code for e in book.elements]
    counts, added = ({c: part.get(c, 0) for c in codes} for part in (sums.counts, sums.sums))
    return Sums(sums.n, counts, added, sums.own, sums.squares)


def _weight(book: Instrument, used: str, found: Ikm) -> WeightUsed:
    other = next(name for name in book.weights if name != used)
    value = book.weights[used]
    return WeightUsed(
        used=Weight(used), value=str(value) if used == Weight.EXACT else str(float(value)), other=Weight(other),
        other_index=None if found.other is None else float(found.other),
    )  # fmt: skip


def _elements(book: Instrument, sums: Sums, found: Ikm) -> list[ElementResult]:
    shown = []
    for e in book.elements:
        mean = found.means.get(e.code)
        value = None if mean is None else rules.rounded(mean * 25)
        shown.append(ElementResult(
            code=e.code, name=_both(e.name), n=sums.counts.get(e.code, 0),
            mean=None if mean is None else float(rules.rounded(mean, "0.0001")),
            value=None if value is None else float(value),
            grade=None if value is None else rules.band(book.bands, value).grade,
        ))  # fmt: skip
    return shown


def _district(forms: list[dict[str, Any]], parts: Mapping[Any, tuple[Sums, int]], period: str) -> Result:
    """All answers of a period as one; by the exact weight, over the population when every form tells its own."""
    mine = [parts[f["facility"], f["period"]] for f in forms if (f["facility"], f["period"]) in parts]
    served = [f["served"] for f in forms]
    form = {
        "facility": None, "name": None, "period": period, "first_day": forms[0]["first_day"], "weight": Weight.EXACT,
        "served": sum(served) if None not in served else None,
    }  # fmt: skip
    return result(form, rules.together([p[0] for p in mine]), sum(p[1] for p in mine))


async def results(service: Service, period: str) -> Results:
    """A period: the district and each facility. Raises NotFound when no survey was opened."""
    async with service.db.reading() as conn:
        forms = await queries.opened(conn, None, period)
        parts = await queries.sums(conn, None, period)
    if not forms:
        raise NotFound(NO_FORM)
    items = [result(f, *parts.get((f["facility"], f["period"]), (NOBODY, 0))) for f in forms]
    return Results(district=_district(forms, parts, period), items=items)


async def one(service: Service, any_code: str, period: str) -> Result:
    """A facility's result in a period. Raises NotFound."""
    async with service.db.reading() as conn:
        home = await own.facility(conn, any_code)
        forms = await queries.opened(conn, home["code"], period)
        parts = await queries.sums(conn, home["code"], period)
    if not forms:
        raise NotFound(NO_FORM)
    return result(forms[0], *parts.get((home["code"], period), (NOBODY, 0)))


async def trend(service: Service, any_code: str | None) -> Trend:
    """A facility, or the district, from period to period. Raises NotFound."""
    async with service.db.reading() as conn:
        home = await own.facility(conn, any_code) if any_code else None
        code = home["code"] if home else None
        forms = await queries.opened(conn, code, None)
        parts = await queries.sums(conn, code, None)
    found = []
    for period in dict.fromkeys(f["period"] for f in forms):
        of = [f for f in forms if f["period"] == period]
        one = (
            result(of[0], *parts.get((of[0]["facility"], period), (NOBODY, 0)))
            if code else _district(of, parts, period)
        )  # fmt: skip
        found.append(TrendPoint(period=period, n=one.n, index=one.index, grade=one.grade, too_few=one.too_few))
    return Trend(facility=code, points=found)
