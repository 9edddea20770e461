"""What BPJS would be told of a visit now, shown to the facility that answers for it. Nothing is sent."""

from typing import Any

from services.coverage import peers
from services.coverage.bpjs.outcomes import Member, Refused, Unavailable
from services.coverage.bpjs.wire import BpjsService
from services.coverage.contract.told import LeftShown, MissingShown, ToldShown
from services.coverage.queries import choices
from services.coverage.rules import pcare_parts, pcare_visit
from services.coverage.rules.choices import chosen
from services.coverage.usecases import visits
from services.coverage.usecases.lines import line_of
from services.coverage.usecases.visits import Asked, Mapped
from services.kernel import access, problems
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.problems import Conflict, NotFound, Text
from services.kernel.service import Service
from services.records.contract import VisitTold

TOLD = "JKN/visit-told"
_NO_VISIT = Text("Kunjungan ini tidak ada atau bukan kunjungan faskes Anda", "There is no such visit of your facility")
_NO_LINE = Text("Faskes ini belum punya sambungan PCare", "This facility has no line to PCare yet")
_SILENT = Text("BPJS tidak menjawab; coba lagi", "BPJS does not answer; try again")


async def show(service: Service, actor: Actor, visit: str) -> ToldShown:
    """The bodies as they would be sent, what is missing for them, what is left out. Raises NotFound, Conflict,
    Unavailable; records decides whether the actor may open the visit, and logs it."""
    if not await peers.may_open_visit(service, actor, visit):
        raise NotFound(_NO_VISIT)
    told = await peers.visit_told(service, visit, shown=True)
    if told is None or told.facility is None or actor.facility not in (None, told.facility):
        raise NotFound(_NO_VISIT)
    line = await line_of(service, told.facility, BpjsService.PCARE)
    if line is None:
        raise Conflict(_NO_LINE)
    found = await visits.member_of(line, told)
    if isinstance(found, Refused | Unavailable):
        raise problems.Unavailable(_SILENT)
    day = told.at.astimezone(service.clock.zone).date()
    async with service.db.reading() as conn:
        codes = chosen(await choices.ever(conn, told.facility), day)
        seen = [f"Encounter/{told.visit_id}"]
        await access.log(conn, [Access(actor, told.person_id, "read", TOLD, resources=seen)])
    service.db.signal()
    head: dict[str, Any] = {"visit_id": told.visit_id, "person_id": told.person_id, "day": day}
    if told.state == "cancelled":
        return ToldShown(state="cancelled", **head)
    why = visits.not_owed(told, found)
    card = found.card if isinstance(found, Member) else None
    if why is not None or not isinstance(found, Member) or card is None:
        skip = why or visits.NOT_A_MEMBER
        return ToldShown(state="skipped", because=skip.because, message=skip.message, **head)
    member = pcare_visit.Member(card, found.provider_code or line.provider)
    asked = Asked(told, member, line, day, codes)
    made = await visits.mapped(service, asked, told.facility)
    if isinstance(made, Refused | Unavailable):
        raise problems.Unavailable(_SILENT)
    if isinstance(made, tuple):
        missing = [MissingShown(field=m.field, message=m.text.to(actor.language), where=m.where) for m in made]
        return ToldShown(state="gap", missing=missing, **head)
    return ToldShown(state="ready", **head, **_bodies(told, asked, made))


def _bodies(told: VisitTold, asked: Asked, made: Mapped) -> dict[str, Any]:
    """What would be sent, without the card number."""
    obat, left = pcare_parts.medicines(told, asked.chosen)
    acts, unplaced = pcare_parts.procedures(told, asked.chosen)
    visit = made.bodies.visit
    whole = (*made.bodies.left, *dict.fromkeys((*left, *unplaced)))
    return {
        "registration": _bare(made.bodies.registration), "visit": _bare(visit) if visit else None,
        "medicines": obat if visit else [], "procedures": acts if visit else [],
        "checkup": pcare_parts.checkup(told, asked.line.provider, asked.day) if visit else None,
        "left": [LeftShown(field=one.field, why=one.why) for one in whole],
    }  # fmt: skip


def _bare(body: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in body.items() if k != "noKartu"}
