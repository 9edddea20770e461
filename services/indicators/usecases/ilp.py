"""The ILP panel: asked of those whose numbers they are, with the reader's own rights, all at once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial

from pydantic import TypeAdapter

from services.facilities.contract import (
    Coverage,
    District,
    LearningVisit,
    Page,
    Readiness,
    Results,
    TerritoryReport,
    Trend,
)
from services.indicators import peers
from services.indicators.contract import Absent, By, IlpNumber, IlpPanel, Learned, PrivateShare, Words
from services.indicators.room import room
from services.indicators.rules import ilp as rules
from services.indicators.usecases import numbers
from services.kernel.auth import Actor
from services.kernel.problems import Fault, Text, Unavailable, Unprocessable
from services.kernel.service import Service
from services.referrals.contract import Figures

FACILITIES, REFERRALS = "http://facilities/v1", "http://referrals/v1"
AWAY = Words(id="Layanan asalnya sedang tidak menjawab", en="Where it comes from does not answer")
NOT_YOURS = Words(id="Peran Anda tidak melihat angka ini", en="Your role does not see this number")
NONE = Words(id="Belum ada datanya", en="There are no data yet")
COVERAGE, VISITS = TypeAdapter(list[Coverage]), TypeAdapter(Page[LearningVisit])
Asking = Callable[[str, dict[str, str]], Awaitable[bytes | None]]


class NothingEntered(Exception):  # noqa: N818 - it says what is, not that something failed
    """Nothing was ever entered."""


async def panel(service: Service, actor: Actor, on: date | None, period: str | None) -> IlpPanel:
    """Every ILP number of a day. What does not answer, or is not for this reader, is named instead. Raises
    Unprocessable for a day to come."""
    today = service.clock.today()
    day = on or today
    if day > today:
        text = Text(f"Paling akhir {today}", f"At the latest {today}")
        raise Unprocessable(text, [Fault("/on", text)])
    asking = partial(_asking, service, actor)
    parts: dict[str, Awaitable[list[IlpNumber]]] = {
        "kecamatan-puskesmas": _territory(asking, day), "puskesmas-ilp": _readiness(asking, day),
        "nine-kinds": _workforce(asking, day), "agreements": _agreements(asking, day),
        "referrals": _referrals(asking, day),
    }  # fmt: skip
    said, survey, learned, shares = await asyncio.gather(
        asyncio.gather(*parts.values(), return_exceptions=True),
        _survey(asking, day, period),
        _learning(asking, day),
        _private(service, actor, day),
        return_exceptions=True,
    )
    found, absent = list[IlpNumber](), list[Absent]()
    for code, part in zip(parts, said if not isinstance(said, BaseException) else (), strict=True):
        _take(code, part, found, absent)
    used = None
    if isinstance(survey, BaseException):
        _take("ikm", survey, found, absent)
    else:
        used = survey[0]
        found += survey[1]
    if isinstance(learned, BaseException):
        _take("learning-visits", learned, found, absent)
    else:
        found += learned[0]
    if isinstance(shares, BaseException):
        raise shares
    return IlpPanel(
        on=day, period=used, numbers=found, private=shares,
        learning=[] if isinstance(learned, BaseException) else learned[1], absent=absent,
    )  # fmt: skip


def _take(code: str, part: list[IlpNumber] | BaseException, found: list[IlpNumber], absent: list[Absent]) -> None:
    """A part's numbers, or why there are none. Anything else that went wrong is raised."""
    match part:
        case list():
            found += part
        case Unavailable():
            absent.append(Absent(code=code, reason=AWAY))
        case PermissionError():
            absent.append(Absent(code=code, reason=NOT_YOURS))
        case NothingEntered():
            absent.append(Absent(code=code, reason=NONE))
        case _:
            raise part


async def _asking(service: Service, actor: Actor, url: str, params: dict[str, str]) -> bytes:
    found = await peers.fetched(service, actor, url, params)
    if found is None:
        raise PermissionError
    return found


async def _territory(asking: Asking, day: date) -> list[IlpNumber]:
    said = await asking(f"{FACILITIES}/territory/rule", {"on": str(day)})
    return rules.kecamatan(TerritoryReport.model_validate_json(said or b""))


async def _readiness(asking: Asking, day: date) -> list[IlpNumber]:
    said = await asking(f"{FACILITIES}/readiness", {"on": str(day), "limit": "1"})
    return rules.readiness(Readiness.model_validate_json(said or b""))


async def _workforce(asking: Asking, day: date) -> list[IlpNumber]:
    said = await asking(f"{FACILITIES}/workforce/district", {"on": str(day)})
    return rules.nine_kinds(District.model_validate_json(said or b""))


async def _agreements(asking: Asking, day: date) -> list[IlpNumber]:
    said = await asking(f"{FACILITIES}/agreements/coverage", {"on": str(day)})
    return rules.agreements(COVERAGE.validate_json(said or b""), str(day))


async def _survey(asking: Asking, day: date, period: str | None) -> tuple[str, list[IlpNumber]]:
    """The index of a period, else of the last one that had begun by the day."""
    if period is None:
        trend = Trend.model_validate_json(await asking(f"{FACILITIES}/surveys/trend", {}) or b"")
        begun = [p.period for p in trend.points if p.period[:4] <= str(day.year) and p.index is not None]
        if not begun:
            raise NothingEntered
        period = begun[-1]
    said = await asking(f"{FACILITIES}/surveys/results", {"period": period})
    return period, rules.satisfaction(Results.model_validate_json(said or b""))


async def _learning(asking: Asking, day: date) -> tuple[list[IlpNumber], list[Learned]]:
    window = {"since": f"{day.year}-01-01", "until": f"{day.year}-12-31", "limit": "2000"}
    said = await asking(f"{FACILITIES}/learning/visits", window)
    return rules.learning(VISITS.validate_json(said or b"").items, day.year, str(day))


async def _referrals(asking: Asking, day: date) -> list[IlpNumber]:
    window = {"from": f"{day.year}-01-01", "to": str(day)}
    said = await asking(f"{REFERRALS}/referrals/figures", window)
    return rules.referral_loop(Figures.model_validate_json(said or b""))


async def _private(service: Service, actor: Actor, day: date) -> list[PrivateShare]:
    """Each SPM number in force, by who did the work."""
    kept = [k.standard for k in room(service).kept]
    names = sorted(s.key for s in kept if s.id.startswith("spm-") and s.in_force(day.year) and not s.beside)
    return [rules.private(await numbers.indicator(service, actor, name, day.year, day, By.OWNERSHIP)) for name in names]
