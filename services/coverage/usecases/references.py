"""BPJS' code lists, asked over a facility's line and kept in memory for a while: BPJS asks its clients to."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from services.coverage.bpjs.antrean import Antrean
from services.coverage.bpjs.listing import Listed, Rows
from services.coverage.bpjs.outcomes import Refused
from services.coverage.bpjs.outcomes import Unavailable as NoAnswer
from services.coverage.bpjs.pcare import PCare
from services.coverage.bpjs.signed import PAGE
from services.coverage.bpjs.wire import BpjsService
from services.coverage.contract.references import ReferenceKind, References
from services.coverage.rules.references import item
from services.coverage.settings import CoverageSettings
from services.coverage.usecases.asking import once
from services.coverage.usecases.bpjs_reads import line_for, nothing
from services.coverage.usecases.lines import OpenLine
from services.kernel.auth import Actor
from services.kernel.problems import Fault, Text, Unprocessable
from services.kernel.service import Service

CACHE, MOST = "references", 2_000
"""Where the room keeps the lists; how many, the least used go first."""
PAGES = 50
CHANGING = {ReferenceKind.REFERRAL_TARGET, ReferenceKind.QUEUE_DOCTOR, ReferenceKind.QUEUE_POLI}
"""Lists with places and hours in them: kept for a tenth of the time."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of which list."""

    kind: ReferenceKind
    text: str = ""
    of: str = ""
    means: str = ""
    day: date | None = None
    start: int = 0
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class _Kept:
    rows: Listed
    at: datetime
    until: float = field(default=0.0)


async def show(service: Service, actor: Actor, facility: str | None, asked: Asked) -> References:
    """A list, fresh enough; an older one with its age while BPJS is silent.

    Raises Refused, Unprocessable, Conflict (no line), Unavailable.
    """
    lacking = [n for n in _NEEDS.get(asked.kind, ()) if not getattr(asked, n)]
    if lacking:
        faults = [Fault(f"/{n if n != 'text' else 'q'}", Text("wajib", "required"), "required") for n in lacking]
        raise Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), faults)
    if asked.kind in CHANGING and asked.day is None:
        asked = replace(asked, day=service.clock.today())
    which = BpjsService.ANTREAN if asked.kind in _QUEUE else BpjsService.PCARE
    line = await line_for(service, actor, facility, which)
    found, trouble = await listed(service, line, asked)
    if found is None:
        assert isinstance(trouble, Refused | NoAnswer)  # noqa: S101 - one of the two comes back
        raise await nothing(service, line, trouble)
    return References(
        kind=asked.kind,
        facility=line.facility,
        items=[item(row) for row in found.rows.rows],
        count=found.rows.count,
        fetched_at=found.at,
        age_seconds=max(0, round((service.clock.now() - found.at).total_seconds())),
        trouble=trouble.because.value if trouble is not None else None,
    )


async def listed(
    service: Service, line: OpenLine, asked: Asked
) -> tuple[_Kept | None, Refused | NoAnswer | None]:  # fmt: skip
    """A list over a line, and what stopped it from being asked anew: for whoever maps codes."""
    kept: OrderedDict[Any, _Kept] = service.room.setdefault(CACHE, OrderedDict())
    key = (line.facility, line.service, line.version, asked)
    found = kept.get(key)
    if found is not None:
        kept.move_to_end(key)
        if found.until > time.monotonic():
            return found, None

    async def ask() -> Rows:
        if line.service is BpjsService.ANTREAN:
            return await _of_the_queue(Antrean(line.wire, line.login), asked)
        return await _of_pcare(line.pcare, asked)

    rows, _ = await once(service, ("references", *key), ask)
    if not isinstance(rows, Listed):
        return (found, rows) if isinstance(rows, NoAnswer) else (None, rows)
    fresh = CoverageSettings.of(service.settings).reference_fresh * (0.1 if asked.kind in CHANGING else 1)
    kept[key] = _Kept(rows, service.clock.now(), time.monotonic() + fresh)
    while len(kept) > MOST:
        kept.popitem(last=False)
    return kept[key], None


_QUEUE = {ReferenceKind.QUEUE_POLI, ReferenceKind.QUEUE_DOCTOR}
_NEEDS: dict[ReferenceKind, tuple[str, ...]] = {
    ReferenceKind.DIAGNOSIS: ("text",),
    ReferenceKind.MEDICINE: ("text",),
    ReferenceKind.SUBSPECIALIST: ("of",),
    ReferenceKind.ALLERGY: ("of",),
    ReferenceKind.CLUB: ("of",),
    ReferenceKind.QUEUE_DOCTOR: ("of",),
    ReferenceKind.REFERRAL_TARGET: ("of", "means"),
}


async def _of_pcare(pcare: PCare, asked: Asked) -> Rows:
    match asked.kind:
        case ReferenceKind.DIAGNOSIS:
            return await pcare.diagnoses(asked.text, asked.start, asked.limit)
        case ReferenceKind.MEDICINE:
            return await pcare.medicines(asked.text, asked.start, asked.limit)
        case ReferenceKind.DOCTOR:
            return await _whole(pcare.doctors)
        case ReferenceKind.POLI:
            return await _whole(pcare.polis)
        case ReferenceKind.PROVIDER:
            return await _whole(pcare.providers)
        case ReferenceKind.PROCEDURE:
            return await _whole(lambda start, limit: pcare.procedures(asked.of or "10", start, limit))
        case ReferenceKind.DISCHARGE:
            return await pcare.discharge_states(asked.of == "inpatient")
        case ReferenceKind.SUBSPECIALIST:
            return await pcare.subspecialists(asked.of)
        case ReferenceKind.REFERRAL_TARGET:
            return await pcare.referral_targets(asked.of, asked.means, _day(asked))
        case ReferenceKind.ALLERGY:
            return await pcare.allergies(asked.of)  # type: ignore[arg-type]  # BPJS refuses another
        case ReferenceKind.CLUB:
            return await pcare.clubs(asked.of)  # type: ignore[arg-type]
        case ReferenceKind.SPECIALIST:
            return await pcare.specialists()
        case ReferenceKind.MEANS:
            return await pcare.means()
        case ReferenceKind.SPECIAL:
            return await pcare.special_needs()
        case ReferenceKind.PROGNOSIS:
            return await pcare.prognoses()
        case _:
            return await pcare.consciousness()


async def _of_the_queue(antrean: Antrean, asked: Asked) -> Rows:
    if asked.kind is ReferenceKind.QUEUE_POLI:
        return await antrean.polis(_day(asked))
    return await antrean.doctors(asked.of, _day(asked))


def _day(asked: Asked) -> date:
    assert asked.day is not None  # noqa: S101 - `show` gives today
    return asked.day


async def _whole(page: Callable[[int, int], Awaitable[Rows]]) -> Rows:
    """All pages of a list."""
    rows: list[dict[str, Any]] = []
    for _ in range(PAGES):
        found = await page(len(rows), PAGE)
        if not isinstance(found, Listed):
            return found
        rows += found.rows
        if not found.rows or len(rows) >= found.count:
            break
    return Listed(rows, len(rows))
