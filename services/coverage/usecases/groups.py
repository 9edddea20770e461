"""Prolanis groups at BPJS over a facility's line: clubs, a month's activities, who took part; and screenings.

Nothing of them is kept here. A write whose outcome is unknown is looked up before anything is said, and an activity is
looked for before it is entered: whoever tries again after silence enters nothing twice.
"""

from collections.abc import Iterable
from datetime import date

import orjson

from services.coverage import peers
from services.coverage.bpjs import answers
from services.coverage.bpjs.listing import Listed, Rows
from services.coverage.bpjs.outcomes import Because, Refused, Reply, Said
from services.coverage.bpjs.outcomes import Unavailable as NoAnswer
from services.coverage.bpjs.wire import BpjsService
from services.coverage.contract.groups import (
    Activities,
    Activity,
    Club,
    Clubs,
    NewActivity,
    NewParticipant,
    Participant,
    Participants,
    Programme,
    Screenings,
    ScreeningSums,
)
from services.coverage.queries import lines
from services.coverage.rules import groups as rules
from services.coverage.rules.deliveries import already_there
from services.coverage.rules.pcare_visit import Body
from services.coverage.rules.visit_given import gone
from services.coverage.usecases.asking import once
from services.coverage.usecases.bpjs_reads import card_of, line_for, nothing
from services.coverage.usecases.eligibility import known_as
from services.coverage.usecases.lines import OpenLine
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.problems import Fault, NotFound, Problem, Text, Unavailable, Unprocessable
from services.kernel.service import Service

GROUP, PARTICIPANT, SCREENING = "JKN/group", "JKN/group-participant", "JKN/screening"
_NO_ACTIVITY = Text("Kegiatan ini tidak ada pada bulan itu di BPJS", "BPJS has no such activity in that month")
_UNSURE = Text(
    "BPJS tidak memastikan hasilnya, dan belum tampak pada daftarnya. Boleh dicoba lagi sebentar lagi: daftar BPJS "
    "dilihat lebih dahulu, tidak tercatat dua kali",
    "BPJS did not confirm the outcome, and its list does not show it yet. Try again in a moment: its list is looked at "
    "first, nothing is entered twice",
)


async def clubs(service: Service, actor: Actor, programme: Programme | None, facility: str | None) -> Clubs:
    """The facility's clubs, of one programme or both. Raises Refused, Conflict, Unprocessable, Unavailable."""
    line = await line_for(service, actor, facility, BpjsService.PCARE)
    wanted = [programme] if programme else list(Programme)
    return Clubs(clubs=[c for p in wanted for c in await _clubs(service, line, p)])


async def activities(service: Service, actor: Actor, month: date, facility: str | None) -> Activities:
    """The activities of the month of a day. Raises as `clubs`."""
    line = await line_for(service, actor, facility, BpjsService.PCARE)
    return Activities(month=f"{month:%Y-%m}", activities=await _month(service, line, month))


async def add(service: Service, actor: Actor, new: NewActivity) -> tuple[Activity, bool]:
    """Enter an activity; it, and whether it was entered now. Raises as `clubs`."""
    line = await line_for(service, actor, new.facility, BpjsService.PCARE)
    day = new.day or service.clock.today()
    body = rules.activity_body(new, new.club or await _only_club(service, line, new.programme), day)
    key = ("group-activity", line.facility, orjson.dumps(body))
    (found, made), mine = await once(service, key, lambda: _entered(service, line, body, day))
    await _log(service, actor, "write", GROUP, [None], found.id)
    return found, made and mine


async def remove(service: Service, actor: Actor, activity: str, month: date, facility: str | None) -> None:
    """Delete an activity of a month, with its participants. Raises NotFound, or as `clubs`."""
    line = await line_for(service, actor, facility, BpjsService.PCARE)
    if not _among(await _month(service, line, month), activity):
        raise NotFound(_NO_ACTIVITY)
    await _log(service, actor, "delete", GROUP, [None], activity)
    reply = await line.pcare.remove_activity(activity)
    if isinstance(reply, Said):
        return
    if _to_be_looked_up(reply) or (isinstance(reply, Refused) and gone(reply)):
        left = await line.pcare.activities(month)
        if isinstance(left, Listed) and not _among(_read(left), activity):
            return
    raise await _told(service, line, reply)


async def participants(service: Service, actor: Actor, activity: str, facility: str | None) -> Participants:
    """Who took part; who they are as the asker's rights allow, each logged. Raises as `clubs`."""
    line = await line_for(service, actor, facility, BpjsService.PCARE)
    numbers = [rules.who(row) for row in await _rows(service, line, await line.pcare.participants(activity))]
    known = await peers.matched(service, numbers) if numbers else []
    persons = [str(k["person"]) if k and k.get("person") else None for k in known]
    names = await peers.names(service, actor, sorted({p for p in persons if p}))
    shown = [p if p in names else None for p in persons]
    await _log(service, actor, "read", PARTICIPANT, list(dict.fromkeys(shown)) or [None], activity)
    return Participants(
        participants=[
            Participant(person_id=p, name=names.get(p) if p else None, card_end=card[-4:] if card else None)
            for p, (_, card) in zip(shown, numbers, strict=True)
        ]
    )


async def join(service: Service, actor: Actor, activity: str, new: NewParticipant) -> None:
    """Enter somebody as participant, once, also when asked again. Raises Refused, NotFound, or as `clubs`."""
    line = await line_for(service, actor, new.facility, BpjsService.PCARE)
    actor, person_id = await known_as(service, actor, new.person_id, PARTICIPANT)
    card = await card_of(service, line.facility, person_id)
    await _log(service, actor, "write", PARTICIPANT, [person_id], activity)
    reply = await line.pcare.add_participant(rules.participant_body(activity, card))
    if isinstance(reply, Said):
        return
    entered = isinstance(reply, Refused) and already_there(reply)
    if (entered or _to_be_looked_up(reply)) and await _takes_part(line, activity, card):
        return
    raise await _told(service, line, reply)


async def leave(service: Service, actor: Actor, activity: str, person: str, facility: str | None) -> None:
    """Take a participant out. Raises as `join`; NotFound when they did not take part."""
    line = await line_for(service, actor, facility, BpjsService.PCARE)
    actor, person_id = await known_as(service, actor, person, PARTICIPANT)
    card = await card_of(service, line.facility, person_id)
    await _log(service, actor, "delete", PARTICIPANT, [person_id], activity)
    reply = await line.pcare.remove_participant(activity, card)
    if isinstance(reply, Said) or (_to_be_looked_up(reply) and await _takes_part(line, activity, card) is False):
        return
    if isinstance(reply, Refused) and gone(reply):
        raise NotFound(Text("Orang ini bukan peserta kegiatan itu", "This person did not take part in that activity"))
    raise await _told(service, line, reply)


async def screening_sums(service: Service, actor: Actor, facility: str | None) -> ScreeningSums:
    """The facility's screening sums (skrinning/rekap). Raises as `clubs`."""
    line = await line_for(service, actor, facility, BpjsService.PCARE)
    return ScreeningSums(
        rows=[rules.without_who(r) for r in await _rows(service, line, await line.pcare.screening_summary())]
    )


async def screenings(service: Service, actor: Actor, person: str, facility: str | None) -> Screenings:
    """A member's screenings (skrinning/peserta). Raises Refused, or as `clubs`."""
    line = await line_for(service, actor, facility, BpjsService.PCARE)
    actor, person_id = await known_as(service, actor, person, SCREENING)
    card = await card_of(service, line.facility, person_id)
    rows = await _rows(service, line, await line.pcare.screenings(card))
    await _log(service, actor, "read", SCREENING, [person_id], None)
    return Screenings(person_id=person_id, rows=[rules.without_who(row) for row in rows])


# --- what BPJS lists


async def _clubs(service: Service, line: OpenLine, programme: Programme) -> list[Club]:
    rows = await _rows(service, line, await line.pcare.clubs("01" if programme is Programme.DM else "02"))
    return [found for row in rows if (found := rules.club(row, programme))]


async def _only_club(service: Service, line: OpenLine, programme: Programme) -> int:
    found = await _clubs(service, line, programme)
    if len(found) == 1:
        return found[0].id
    said = ", ".join(f"{c.id} ({c.name})" for c in found) or "-"
    fault = Fault("/club", Text(f"pilih satu klub: {said}", f"choose one club: {said}"), "required")
    raise Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), [fault])


async def _month(service: Service, line: OpenLine, month: date) -> list[Activity]:
    return _read(Listed(await _rows(service, line, await line.pcare.activities(month)), 0))


def _read(rows: Listed) -> list[Activity]:
    return [found for row in rows.rows if (found := rules.activity(row))]


def _among(rows: Iterable[Activity], activity: str) -> bool:
    return any(a.id == activity for a in rows)


async def _takes_part(line: OpenLine, activity: str, card: str) -> bool | None:
    """Whether somebody is among the participants; None when BPJS does not say."""
    rows = await line.pcare.participants(activity)
    return any(rules.who(row)[1] == card for row in rows.rows) if isinstance(rows, Listed) else None


async def _rows(service: Service, line: OpenLine, rows: Rows) -> list[Body]:
    if not isinstance(rows, Listed):
        raise await nothing(service, line, rows)
    return rows.rows


# --- what is written there


async def _entered(service: Service, line: OpenLine, body: Body, day: date) -> tuple[Activity, bool]:
    async with service.db.transaction() as tx:  # BPJS takes the same twice: other processes look once this one is done
        await lines.lock(tx, line.facility, "group-activity")
        return await _looked_up_or_entered(service, line, body, day)


async def _looked_up_or_entered(service: Service, line: OpenLine, body: Body, day: date) -> tuple[Activity, bool]:
    if there := rules.same(await _month(service, line, day), body):
        return there, False
    reply = await line.pcare.add_activity(body)
    number = answers.number(reply, "eduId") if isinstance(reply, Said) else None
    if number:
        return rules.entered(number, body), True
    if isinstance(reply, Said):  # entered, under a number it does not say
        reply = NoAnswer(Because.UNREADABLE, code=reply.code)
    if _to_be_looked_up(reply):
        rows = await line.pcare.activities(day)
        if isinstance(rows, Listed) and (there := rules.same(_read(rows), body)):
            return there, True
    raise await _told(service, line, reply)


def _to_be_looked_up(reply: Reply) -> bool:
    """Whether a write may have been carried out though nothing confirms it."""
    return isinstance(reply, NoAnswer) and reply.reached


async def _told(service: Service, line: OpenLine, reply: Refused | NoAnswer) -> Problem:
    """The problem to raise for a write that is not known to have been done."""
    if _to_be_looked_up(reply):
        return Unavailable(_UNSURE, headers={"Retry-After": "30"}, extra={"trouble": reply.because.value})
    return await nothing(service, line, reply)


async def _log(
    service: Service, actor: Actor, action: str, what: str, persons: list[str | None], activity: str | None
) -> None:
    resources = [f"activity/{activity}"] if activity else []
    async with service.db.transaction() as tx:
        await access.log(tx, [Access(actor, p, action, what, resources=resources) for p in persons])
