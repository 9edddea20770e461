"""What the pilot path offers a referral to choose from: criteria, areas, destinations. Asked now, kept nowhere."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from services.coverage import peers
from services.coverage.bpjs.outcomes import Reply, Said
from services.coverage.bpjs.srbk import Srbk
from services.coverage.bpjs.wire import BpjsService
from services.coverage.contract.maps import MapKind
from services.coverage.contract.targets import AreaShown, CandidatesShown, CriteriaShown, CriterionShown
from services.coverage.contract.told import MissingShown
from services.coverage.queries import choices, network, targets
from services.coverage.rules import srbk
from services.coverage.rules.choices import chosen
from services.coverage.rules.pcare_referral import Target
from services.coverage.rules.pcare_visit import Missing
from services.coverage.rules.srbk import Asking, Offered
from services.coverage.usecases.bpjs_reads import line_for, nothing
from services.coverage.usecases.lines import OpenLine, line_of
from services.coverage.usecases.referral_senders import SRBK
from services.coverage.usecases.referral_senders.srbk import nothing_to_choose
from services.coverage.usecases.targets import own_referral
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.service import Service
from services.records.contract import VisitTold

CHOICES = "JKN/referral-choices"
KINDS: dict[str, Any] = {theirs: ours for ours, theirs in srbk.WORDS.items()}
Shown = TypeVar("Shown", CriteriaShown, CandidatesShown)


@dataclass(frozen=True, slots=True)
class Wish:
    """What candidates are asked by; what is left out is taken from the referral, its target or the facility's maps."""

    criterion: tuple[str, str | None] | None = None
    area: str | None = None
    subspecialist: str | None = None
    means: str | None = None
    day: date | None = None


async def criteria(service: Service, actor: Actor, referral: str) -> CriteriaShown:
    """The criteria and areas BPJS offers for the referral's diagnosis.

    Raises NotFound, Refused (not the sender's), Conflict (no line), Unprocessable, Unavailable.
    """
    line, _, asked, shown = await _begun(service, actor, referral, CriteriaShown)
    if not isinstance(asked, Asking):
        return _lacking(shown, asked, actor)
    offer = srbk.offered(await _said(service, line, await Srbk(line.wire, line.login).criteria(asked.body())))
    named = [CriterionShown(kind=KINDS.get(words), text=words) for words in offer.criteria]
    areas = [AreaShown(code=code, name=name) for code, name in offer.areas.items() if len(code) == 4]
    return shown.model_copy(update={"criteria": named, "areas": areas})


async def candidates(service: Service, actor: Actor, referral: str, wish: Wish) -> CandidatesShown:
    """The destinations BPJS offers by one criterion. Raises as `criteria`."""
    line, found, asked, shown = await _begun(service, actor, referral, CandidatesShown)
    if not isinstance(asked, Asking):
        return _lacking(shown, asked, actor)
    wish = await _completed(service, line, referral, found, wish)
    client = Srbk(line.wire, line.login)
    offer: Offered = srbk.offered(await _said(service, line, await client.criteria(asked.body())))
    day = max(wish.day or service.clock.today(), service.clock.today())
    want = srbk.wanted(wish.criterion, offer, wish.area, wish.subspecialist or "", wish.means, day)
    lacks = () if wish.subspecialist else (srbk.NO_SUBSPECIALIST,)
    if isinstance(want, tuple) or lacks:
        return _lacking(shown, (*lacks, *(want if isinstance(want, tuple) else ())), actor)
    rows = srbk.candidates(await _said(service, line, await client.facilities(want.body(asked))))
    async with service.db.reading() as conn:
        ours = await network.by_bpjs(conn, [r.bpjs_code for r in rows if r.bpjs_code])
    rows = [r.model_copy(update={"facility": ours.get((r.bpjs_code or "").upper())}) for r in rows]
    return shown.model_copy(update={"candidates": rows})


async def _begun(
    service: Service, actor: Actor, referral: str, shape: type[Shown]
) -> tuple[OpenLine, dict[str, Any], Asking | tuple[Missing, ...], Shown]:
    """The line, the referral, what to ask with (or what is missing for it), the answer to be filled; logged."""
    found = await own_referral(service, actor, referral)
    line = await line_for(service, actor, None, BpjsService.SRBK)
    told = await _visit(service, actor, found)
    asked: Asking | tuple[Missing, ...] = (srbk.NO_VISIT,)
    if told is not None:
        first = next((d.icd10 for d in told.diagnoses if d.icd10), None) or str(found.get("diagnosis") or "")
        asked = srbk.asking(told, first.strip().upper())
    async with service.db.transaction() as tx:
        seen = [Access(actor, found.get("person_id"), "read", CHOICES, resources=[f"referral/{referral}"])]
        await access.log(tx, seen)
    pcare = await line_of(service, line.facility, BpjsService.PCARE)
    today = service.clock.today()
    pilot = pcare is not None and pcare.sender == SRBK and (pcare.sender_from or date.min) <= today
    return line, found, asked, shape(referral_id=referral, by_competency=pilot)


async def _visit(service: Service, actor: Actor, found: dict[str, Any]) -> VisitTold | None:
    """The sender's visit the referral was made at: the one it names, else that person's of the day."""
    visit, facility = found.get("encounter"), str(found["from_facility"])
    if visit is None and found.get("opened_at"):
        day = datetime.fromisoformat(found["opened_at"]).astimezone(service.clock.zone).date()
        of_day = await peers.visits_of_day(service, facility, day)
        visit = next((v for v, person in of_day if person == found.get("person_id")), None)
    if visit is None or not await peers.may_open_visit(service, actor, visit):
        return None
    told = await peers.visit_told(service, visit, shown=True)
    return told if told is not None and told.facility == facility and told.state != "cancelled" else None


async def _completed(service: Service, line: OpenLine, referral: str, found: dict[str, Any], wish: Wish) -> Wish:
    today = service.clock.today()
    async with service.db.reading() as conn:
        target = await targets.target(conn, referral) or Target()
        codes = chosen(await choices.ever(conn, line.facility), today)
    content = found.get("content") or {}
    said, sought = content.get("criterion"), content.get("service")
    return replace(
        wish,
        criterion=wish.criterion or ((said["kind"], said.get("code")) if said else None),
        area=wish.area or target.area or codes.theirs(MapKind.AREA),
        subspecialist=wish.subspecialist or target.subspecialist or codes.own(MapKind.SUBSPECIALIST, sought),
        means=wish.means or target.means or codes.theirs(MapKind.MEANS, sought),
        day=wish.day or target.day,
    )


async def _said(service: Service, line: OpenLine, reply: Reply) -> Any:
    """What BPJS offers; None where it says that there is nothing to choose from."""
    if isinstance(reply, Said):
        return reply.response
    if nothing_to_choose(reply):
        return None
    raise await nothing(service, line, reply)


def _lacking(shown: Shown, missing: tuple[Missing, ...], actor: Actor) -> Shown:
    said = [MissingShown(field=m.field, message=m.text.to(actor.language), where=m.where) for m in missing]
    return shown.model_copy(update={"missing": said})
