"""Breaking the glass: a look without another reason, for some minutes; the district's office is told and reviews."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor, Role
from services.kernel.ids import new_id
from services.kernel.problems import Conflict, Fault, NotFound, Refused, Text, Unprocessable
from services.kernel.service import Service
from services.records.contract.access import NewBreakGlass, Verdict
from services.records.queries import consents, glass
from services.records.usecases import delivering
from services.records.usecases.consents import person_of

WHAT = "break-glass"
OFFICE = (Role.DINKES_ADMIN, Role.AUDITOR)


async def open_(service: Service, actor: Actor, asked: NewBreakGlass) -> dict[str, Any]:
    """Let the account see the person for the minutes asked. Raises NotFound, Unprocessable, Refused."""
    if actor.facility is None:
        raise Refused(Text("Akun ini tidak terikat pada faskes", "This account belongs to no facility"))
    today = service.clock.today()
    patient, person = await person_of(service, asked.patient, asked.nik)
    async with service.db.transaction() as tx:
        policy = await consents.policy(tx, today)
        most = int(policy.get("break-glass-minutes", 240))
        if asked.minutes > most:
            said = Text(f"paling lama {most} menit", f"at most {most} minutes")
            raise Unprocessable(faults=[Fault("/minutes", said)])
        due = today + timedelta(days=int(policy.get("break-glass-review-days", 3)))
        row = await glass.open_(tx, actor, new_id(), person, asked.reason, asked.note, asked.minutes, due)
        btg = replace(actor, purpose="BTG")
        await access.log(tx, [Access(btg, person, "write", WHAT, resources=[f"{WHAT}/{row['id']}"])])
        await delivering.tell_the_office(tx, WHAT, _notice(row))
    return {"patient": patient} | {k: row[k] for k in ("id", "person_id", "reason", "opened_at", "until", "due")}


def _notice(row: dict[str, Any]) -> dict[str, object]:
    """What the office is told at once: where, why and until when; not of whom, which it looks up and is logged."""
    return {
        "id": row["id"], "facility": row["facility"], "reason": row["reason"], "until": row["until"], "due": row["due"]
    }  # fmt: skip


async def page(service: Service, actor: Actor, state: str, after: datetime | None, limit: int) -> dict[str, Any]:
    """Openings of the own facility, or of all for the office, newest first; and how many wait for a review."""
    whose = None if actor.role in OFFICE else actor.facility or ""
    today = service.clock.today()
    async with service.db.transaction() as tx:
        rows = await glass.page(tx, whose, state, today, after, limit)
        waiting = await glass.counts(tx, whose, today)
        seen: dict[str, list[str]] = {}
        for row in rows:
            seen.setdefault(row["person_id"], []).append(f"{WHAT}/{row['id']}")
        await access.log(tx, [Access(actor, person, "search", WHAT, resources=ids) for person, ids in seen.items()])
    last = rows[-1]["opened_at"] if len(rows) == limit else None
    return {"waiting": waiting, "items": [_shown(r, today) for r in rows], "next": last}


async def review(service: Service, actor: Actor, id_: str, said: Verdict) -> dict[str, Any]:
    """Say whether an opening was justified; once. Raises NotFound, Conflict."""
    async with service.db.transaction() as tx:
        row = await glass.one(tx, id_)
        if row is None:
            raise NotFound(Text("Pembukaan ini tidak ada", "No such opening"))
        if row["verdict"] is not None:
            raise Conflict(Text("Pembukaan ini sudah ditelaah", "This opening has been reviewed already"))
        row = await glass.review(tx, id_, said.verdict, said.note, actor.subject)
        await access.log(tx, [Access(actor, row["person_id"], "write", WHAT, resources=[f"{WHAT}/{id_}"])])
    return _shown(row, service.clock.today())


def _shown(row: dict[str, Any], today: Any) -> dict[str, Any]:
    return row | {"overdue": row["verdict"] is None and row["due"] < today}
