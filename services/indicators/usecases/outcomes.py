"""What came of a call or a visit: recorded once, told in an event without words, weighed by the record's keeper."""

from datetime import date, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from services.indicators import peers
from services.indicators.contract.outcomes import OUTCOME, NewOutcome, Outcome, OutcomeKind
from services.indicators.contract.worklists import Claim, Claims, Verdict
from services.indicators.queries import network as network_sql
from services.indicators.queries import outcomes as queries
from services.indicators.queries import worklists as worklists_sql
from services.indicators.room import room
from services.indicators.rules import outcomes as rules
from services.indicators.rules import policies
from services.indicators.rules.worklists import Policy
from services.indicators.usecases.units import NOT_YOURS, named
from services.kernel import access, events
from services.kernel.access import Access
from services.kernel.auth import Actor, Role
from services.kernel.events import Event
from services.kernel.problems import Conflict, Fault, NotFound, Refused, Text, Unprocessable
from services.kernel.service import Service

NOBODY = Text("Orang ini tidak dikenal di sini", "This person is not known here")
NO_CLAIM = Text("Laporan ini tidak ada", "There is no such claim")
OLDEST = timedelta(days=365)
_SAID = ("kind", "way", "by", "come_on", "served_at", "note")


async def record(
    service: Service, actor: Actor, person: UUID, asked: NewOutcome, key: str | None
) -> tuple[Outcome, bool]:
    """Record an outcome; whether this very request was answered before. Raises NotFound, Refused, Unprocessable."""
    today = service.clock.today()
    rule = policies.on(room(service).worklist, today)
    seen = await may_see(service, actor, person, "write")
    id_ = uuid5(NAMESPACE_URL, f"outcome|{actor.subject}|{person}|{key}") if key else uuid4()
    on = asked.on or today
    row = asked.model_dump() | {
        "person_id": person, "id": id_, "said_of": person, "on_date": on, "actor": actor.subject,
        "facility": actor.facility, "rest_until": rules.rest_until(asked.kind, on, asked.come_on, rule),
    }  # fmt: skip
    del row["on"]
    async with service.db.transaction() as tx:
        served_at = await worklists_sql.facility(tx, asked.served_at) if asked.served_at else None
        if faults := _faults(asked, on, today, rule, unknown=asked.served_at is not None and served_at is None):
            raise Unprocessable(Text("Perbaiki isian berikut", "Mend the following fields"), faults)
        await queries.lock(tx, person)
        before = await queries.one(tx, id_)
        if before is None:
            await queries.put(tx, row | {"village": await queries.village_of(tx, person)})
        elif any(before[name] != row[name] for name in _SAID) or asked.on not in (None, before["on_date"]):
            raise Unprocessable(Text(
                "Idempotency-Key ini sudah dipakai untuk hasil lain; pakai kunci baru",
                "This Idempotency-Key was used for another outcome; use a new one",
            ))  # fmt: skip
        await access.log(tx, [Access(seen, str(person), "write", OUTCOME, resources=[f"outcome/{id_}"])])
        kept = await queries.one(tx, id_) or {}
        if before is None:
            await events.append(tx, [_event(kept, "created", 1, today)])
    return rules.full(kept, today), before is not None


def _faults(asked: NewOutcome, on: date, today: date, rule: Policy, *, unknown: bool) -> list[Fault]:
    found, last = [], today + timedelta(days=rule.longest_days)
    if not today - OLDEST <= on <= today:
        found.append(
            Fault("/on", Text("paling akhir hari ini, paling lama setahun lalu", "at most a year ago, not ahead"))
        )
    if asked.come_on is not None and asked.kind is not OutcomeKind.REACHED:
        found.append(Fault("/come_on", Text("hanya untuk reached", "goes with reached only")))
    elif asked.come_on is not None and not today <= asked.come_on <= last:
        text = Text(f"isi hari antara {today} dan {last}", f"give a day between {today} and {last}")
        found.append(Fault("/come_on", text))
    if asked.served_at is not None and asked.kind is not OutcomeKind.SERVED_ELSEWHERE:
        found.append(Fault("/served_at", Text("hanya untuk served-elsewhere", "goes with served-elsewhere only")))
    elif unknown:
        found.append(Fault("/served_at", Text("bukan faskes yang terdaftar", "is no registered facility")))
    return found


def _event(row: dict[str, Any], kind: str, version: int, today: date) -> Event:
    """Codes and days only: who said what in which words stays here."""
    told = rules.shown(row, today)
    data = {
        "kind": told.kind, "way": told.way, "on": told.on.isoformat(), "facility": told.facility, "state": told.state,
        "rest_until": told.rest_until.isoformat() if told.rest_until else None,
    }  # fmt: skip
    return Event(OUTCOME, kind, str(row["id"]), version, data, str(row["person_id"]))


async def may_see(service: Service, actor: Actor, person: UUID, action: str) -> Actor:
    """The caller as it is to be logged, who may see this person. Raises NotFound, Refused (logged)."""
    async with service.db.reading() as conn:
        known = await queries.known(conn, person)
    if not known:
        raise NotFound(NOBODY)
    seen = await peers.visible(service, actor, [str(person)])
    if str(person) not in seen.persons:
        await access.refuse(service.db, [Access(actor, str(person), action, "worklist", "refused")])
        raise Refused(NOT_YOURS)
    return seen.looking(actor, str(person))


async def claims(
    service: Service, actor: Actor, names: bool, after: tuple[Any, UUID] | None, limit: int
) -> tuple[Claims, tuple[Any, UUID] | None]:
    """Who is said to have moved or died though the record says otherwise: to the puskesmas that answers for them, and
    to the office. With where the next page begins."""
    today = service.clock.today()
    async with service.db.reading() as conn:
        villages = None
        if actor.role != Role.DINKES_ADMIN:
            villages = await network_sql.villages_of(conn, actor.facility or "", today)
        rows = await queries.claims(conn, villages, after, limit)
    seen = await peers.visible(service, actor, list({str(r["person_id"]) for r in rows}))
    mine = [r for r in rows if str(r["person_id"]) in seen.persons]
    async with service.db.transaction() as tx:
        await access.log(tx, [
            Access(seen.looking(actor, str(r["person_id"])), str(r["person_id"]), "read", OUTCOME,
                   resources=[f"outcome/{r['id']}"]) for r in mine
        ])  # fmt: skip
    who = await named(service, actor, [str(r["person_id"]) for r in mine]) if names else {}
    items = [
        Claim(**rules.full(r, today).model_dump(), who=who.get(str(r["person_id"])), village=r["lives_in"])
        for r in mine
    ]
    return Claims(items=items), (rows[-1]["recorded_at"], rows[-1]["id"]) if len(rows) == limit else None


async def answer(service: Service, actor: Actor, id_: UUID, verdict: Verdict) -> Outcome:
    """The keeper of the record says whether a claim is so. Raises NotFound, Refused (logged), Conflict."""
    today = service.clock.today()
    async with service.db.reading() as conn:
        row = await queries.one(conn, id_)
        if row is None or row["kind"] not in rules.CLAIMS:
            raise NotFound(NO_CLAIM)
        village = await queries.village_of(conn, row["person_id"])
        mine = actor.role == Role.DINKES_ADMIN or village in await network_sql.villages_of(
            conn, actor.facility or "", today
        )
    if not mine:
        await access.refuse(service.db, [Access(actor, str(row["person_id"]), "write", OUTCOME, "refused")])
        raise Refused(NOT_YOURS)
    looking = await may_see(service, actor, row["person_id"], "write")
    async with service.db.transaction() as tx:
        if not await queries.answer(tx, id_, verdict, actor.subject):
            raise Conflict(Text("Laporan ini sudah dijawab", "This claim was answered before"))
        row = await queries.one(tx, id_) or row
        what = [Access(looking, str(row["person_id"]), "write", OUTCOME, resources=[f"outcome/{id_}"])]
        await access.log(tx, what)
        await events.append(tx, [_event(row, "changed", 2, today)])
    return rules.full(row, today)
