"""The people behind a KBK figure, and the members still without a contact; each one shown is in the access log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from services.indicators.contract.kbk import KbkPerson, KbkPersons
from services.indicators.queries import kbk as sql
from services.indicators.rules.kbk import FKTP_KINDS
from services.indicators.usecases import kbk, opening
from services.indicators.usecases.kbk import Asked, Controlled
from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.kernel.problems import NotFound, Refused, Text
from services.kernel.service import Service

Behind = Literal["contact", "rrns", "dm", "ht"]
State = Literal["counted", "lacking", "all"]
NOT_YOURS = Text("Hanya FKTP sendiri, atau dinas", "Only the own facility's, or by the office")


@dataclass(frozen=True, slots=True)
class Question:
    """What of which FKTP and month is opened."""

    facility: str
    figure: Behind
    state: State
    month: str | None
    known: datetime | None
    names: bool
    limit: int


async def persons(service: Service, actor: Actor, question: Question, after: UUID) -> tuple[KbkPersons, UUID | None]:
    """One page of the people behind a figure, and where the next begins. Raises Invalid, NotFound, Refused,
    Unprocessable."""
    async with service.db.transaction() as tx:
        if not kbk.exact(actor, question.facility):
            raise Refused(NOT_YOURS)
        one = kbk.asked(service, question.month, question.known)
        if not await sql.fktps(tx, one.span, FKTP_KINDS, question.facility):
            raise NotFound(kbk.NO_FKTP)

    async def read(conn: Connection, start: UUID, limit: int) -> list[dict[str, Any]]:
        return await _read(conn, one, question, start, limit)

    what = f"kbk {question.figure} {question.state} persons"
    if question.figure == "rrns":
        return await _referrals(service, actor, one, question, after, what)
    found, passed, end = await opening.page(service, actor, read, after, question.limit, what, question.names)
    return _page(actor, one, question, found, passed), end


async def _read(conn: Connection, one: Asked, question: Question, start: UUID, limit: int) -> list[dict[str, Any]]:
    registered, facility = one.rule.registered, question.facility
    if question.figure == "contact":
        if question.state == "lacking":
            return await sql.persons_unmet(conn, one.span, facility, registered, start, limit)
        return await sql.persons_met(conn, one.span, facility, registered, start, limit)
    rows = await sql.prolanis(conn, one.span, [facility], registered)
    mine = [c for c in kbk.judged(one.rule, rows) if question.figure in c.groups and c.person_id > start]
    counted = question.state == "counted"
    return [
        _enrolled(question.figure, c) for c in sorted(mine, key=lambda c: c.person_id)
        if (c.groups[question.figure] is True) == counted or question.state == "all"
    ][:limit]  # fmt: skip


def _enrolled(group: str, one: Controlled) -> dict[str, Any]:
    """What decided: the last fasting glucose, or the last pressures of a day."""
    concepts = ("glucose_fasting",) if group == "dm" else ("bp_systolic", "bp_diastolic")
    rows = [r for r in one.rows if r["concept"] in concepts]
    days = [d for d in {r["date"] for r in rows} if {r["concept"] for r in rows if r["date"] == d} == set(concepts)]
    day = max(days, default=None)
    deciding = {r["concept"]: r for r in rows if r["date"] == day}
    values = "/".join(f"{deciding[c]['value']:g}" for c in concepts) if deciding else None
    unit = "mg/dL" if group == "dm" else "mmHg"
    return {
        "person_id": one.person_id, "village": None, "on": day, "value": f"{values} {unit}" if values else None,
        "refs": sorted({r["ref"] for r in deciding.values()}) or None,
    }  # fmt: skip


async def _referrals(
    service: Service, actor: Actor, one: Asked, question: Question, after: UUID, what: str
) -> tuple[KbkPersons, UUID | None]:
    """Referrals, by referral: one person may have several."""
    own = None if question.state == "all" else question.state == "counted"
    async with service.db.reading() as conn:
        rows = await sql.persons_referred(
            conn, one.span, question.facility, one.rule.not_jkn, own, after, question.limit
        )
    found = await opening.opened(service, actor, rows, what, question.names)
    end = rows[-1]["referral_id"] if len(rows) == question.limit else None
    return _page(actor, one, question, found, len(rows) - len(found)), end


def _page(
    actor: Actor, one: Asked, question: Question, found: Sequence[tuple[Mapping[str, Any], list[str], Any]], passed: int
) -> KbkPersons:
    items = [
        KbkPerson(
            person_id=str(r["person_id"]), who=who, village=r["village"], on=r["on"],
            value=r.get("value") if refs or not r["refs"] else None, resources=refs,
        )
        for r, refs, who in found
    ]  # fmt: skip
    return KbkPersons(
        facility=question.facility, month=one.name, figure=question.figure, items=items,
        withheld=opening.withheld(actor, passed),
    )  # fmt: skip
