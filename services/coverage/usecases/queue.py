"""The facility's own desk: the list of the day, tickets for who stands there, calling, and the timetable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.coverage import peers
from services.coverage.contract.queue import PracticeHours, QueueOut, SessionOut, TicketOut, Timetable
from services.coverage.queries import network
from services.coverage.queries import queue as queries
from services.coverage.rules import queue as rules
from services.coverage.rules.queue import Because, Wish
from services.coverage.usecases import tickets
from services.coverage.usecases.tickets import Guest, Stopped
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.problems import Conflict, Fault, NotFound, Refused, Text, Unprocessable
from services.kernel.service import Service

REGISTRATION = "registration"
"""Purpose of a ticket by a number the patient presents: presenting it is the reason."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Who stands at the desk: known by id, or by a number they show."""

    person_id: str | None = None
    nik: str | None = None
    jkn: str | None = None
    member: bool = True
    complaint: str | None = None


def at(actor: Actor, asked: str | None) -> str:
    """The facility meant: the token's own; the office names one. Raises Refused, Unprocessable."""
    if actor.facility is None and asked is None:
        raise Unprocessable(
            Text("Perbaiki isian berikut", "Mend the following fields"),
            [Fault("/facility", Text("faskes mana? isi kodenya", "which facility? give its code"), "missing")],
        )
    if actor.facility is not None and asked not in (None, actor.facility):
        raise Refused(
            Text(
                f"Token ini milik faskes {actor.facility}; kosongkan facility atau isi dengan kode itu",
                f"This token belongs to facility {actor.facility}; leave facility out or give that code",
            )
        )
    return str(actor.facility or asked)


async def known(service: Service, actor: Actor, asked: str | None) -> str:
    """The facility meant, which the registry knows. Raises Refused, Unprocessable."""
    code = at(actor, asked)
    async with service.db.reading() as conn:
        found = [f for f in await network.facilities(conn, code, None) if f.code == code]
    if not found:
        raise Unprocessable(
            Text("Perbaiki isian berikut", "Mend the following fields"),
            [Fault("/facility", Text("faskes ini tidak dikenal", "this facility is not known"), "unknown")],
        )
    return code


async def show(service: Service, actor: Actor, asked: str | None, day: date | None, poli: str | None) -> QueueOut:
    """The queue of a day. Each person in it is logged as read; names come by the reader's own rights."""
    facility, day = at(actor, asked), day or service.clock.today()
    async with service.db.transaction() as tx:
        rows = await queries.of_day(tx, facility, day, poli)
        sessions = [s for s in await queries.sessions(tx, facility, day) if poli in (None, s.poli)]
        counts = {p: await queries.counts(tx, facility, p, day) for p in {s.poli for s in sessions}}
        closed = await queries.closures(tx, facility, day)
        await access.log(
            tx, [Access(actor, r["person_id"], "read", tickets.WHAT, resources=[f"ticket/{r['id']}"]) for r in rows]
        )
    names = await peers.names(service, actor, sorted({r["person_id"] for r in rows}))
    return QueueOut(
        facility=facility, day=day, closed=closed.get("") or closed.get(poli or ""),
        sessions=[_session(s, counts[s.poli].get((s.doctor, s.hours), {})) for s in sessions],
        tickets=[told(r, names.get(r["person_id"])) for r in rows],
    )  # fmt: skip


def _session(session: rules.Session, told_: dict[str, Any]) -> SessionOut:
    return SessionOut(
        poli=session.poli, poli_name=session.poli_name, doctor=session.doctor, doctor_name=session.doctor_name,
        hours=session.hours, capacity=session.capacity, taken=told_.get("taken", 0), waiting=told_.get("waiting", 0),
        called=told_.get("called"),
    )  # fmt: skip


def told(row: dict[str, Any], name: str | None = None, ahead: int | None = None) -> TicketOut:
    """A ticket as the desk sees it."""
    same = ("day", "poli", "poli_name", "doctor", "doctor_name", "hours", "state", "source", "member", "person_id",
            "complaint", "reason", "calls", "called_at", "met_at", "version")  # fmt: skip
    return TicketOut(
        ticket=row["id"], number=f"{row['prefix']}-{row['number']}", name=name, ahead=ahead, taken_at=row["made_at"],
        told=row.get("told"), **{k: row[k] for k in same},
    )  # fmt: skip


async def take(service: Service, actor: Actor, asked: str | None, wish: Wish, who: Standing) -> TicketOut:
    """A ticket for somebody at the desk. Raises Stopped, Refused (logged), NotFound."""
    facility = at(actor, asked)
    person_id = await _person(service, actor, who)
    ticket = await tickets.take(service, actor, facility, wish, Guest(person_id, who.member, "desk", who.complaint))
    async with service.db.reading() as conn:
        ahead = await queries.ahead(conn, ticket)
    return told(ticket, ahead=ahead)


async def _person(service: Service, actor: Actor, who: Standing) -> str:
    if who.person_id is not None:
        if found := await peers.known_as(service, actor, who.person_id):
            return found[1]
        await access.refuse(service.db, [Access(actor, who.person_id, "write", tickets.WHAT, "refused")])
        raise Refused(
            Text(
                "Faskes ini belum punya hubungan layanan dengan orang ini; pakai NIK atau nomor JKN yang ia tunjukkan",
                "This facility has no care relation with this person; use the NIK or card number they show",
            )
        )
    system, value = ("nik", who.nik) if who.nik else ("jkn", who.jkn)
    person = await peers.person_of(service, system, str(value))
    if person is None:
        raise NotFound(
            Text(
                "Orang ini belum tercatat; daftarkan dulu di /v1/persons atau catat sebagai Patient",
                "This person is not in the record yet; register them first",
            )
        )
    return await peers.present(service, actor, {system: value})


async def step(service: Service, actor: Actor, ticket_id: str, verb: str, reason: str | None) -> TicketOut:
    """Call, present, absent or cancel. Raises NotFound, Conflict, Unprocessable (a cancellation says why)."""
    if verb == "cancel" and reason is None:
        raise Unprocessable(
            Text("Perbaiki isian berikut", "Mend the following fields"),
            [Fault("/reason", Text("wajib diisi untuk membatalkan", "is required to cancel"), "missing")],
        )
    async with service.db.transaction() as tx:
        ticket = await queries.one(tx, ticket_id, actor.facility)
        if ticket is None:
            raise NotFound(Text("Antrean tidak ada", "No such ticket"))
        moved = await tickets.move(service, tx, actor, ticket, verb, reason)
        if moved is None:
            raise Conflict(
                Text(
                    f"Antrean ini {_STATES[ticket['state']]}; langkah itu tidak dapat diambil lagi",
                    f"This ticket is {ticket['state']}; that step cannot be taken any more",
                ),
                extra={"state": ticket["state"]},
            )
        return told(moved, ahead=await queries.ahead(tx, moved))


_STATES = {
    "waiting": "belum dipanggil", "called": "sudah dipanggil", "present": "sudah dilayani", "absent": "tidak hadir",
    "cancelled": "sudah dibatalkan",
}  # fmt: skip


async def call_next(service: Service, actor: Actor, asked: str | None, poli: str, doctor: int | None) -> TicketOut:
    """Call whoever is next today; two desks at once call two. Raises NotFound when nobody waits."""
    facility = at(actor, asked)
    async with service.db.transaction() as tx:
        ticket = await queries.next_waiting(tx, facility, poli, service.clock.today(), doctor)
        moved = await tickets.move(service, tx, actor, ticket, "call") if ticket else None
        if moved is None:
            raise NotFound(Text("Tidak ada yang menunggu", "Nobody is waiting"))
        return told(moved, ahead=0)


async def timetable(service: Service, actor: Actor, asked: str | None, on: date | None) -> Timetable:
    """The timetable that holds on a day."""
    facility = at(actor, asked)
    async with service.db.reading() as conn:
        since, rows = await queries.timetable(conn, facility, on or service.clock.today())
    return Timetable(facility=facility, valid_from=since, hours=[PracticeHours(**r) for r in rows])


async def put_timetable(
    service: Service, actor: Actor, asked: str | None, since: date | None, hours: Sequence[PracticeHours]
) -> Timetable:
    """The timetable from a day on. Raises Unprocessable for hours that cannot be kept."""
    facility = await known(service, actor, asked)
    since = since or service.clock.today()
    at_fault = rules.clashes([(h.poli, h.doctor, h.weekday, h.starts, h.ends) for h in hours])
    if at_fault is not None:
        says = Text(
            "jam selesai harus setelah jam mulai dan tidak bertumpuk dengan jam lain dokter yang sama",
            "hours must end after they begin and not lie within others of the same doctor",
        )
        raise Unprocessable(
            Text("Perbaiki isian berikut", "Mend the following fields"),
            [Fault(f"/hours/{at_fault}/ends", says, "hours")],
        )
    async with service.db.transaction() as tx:
        await queries.put_timetable(tx, facility, since, hours)
    return Timetable(facility=facility, valid_from=since, hours=list(hours))


async def close(service: Service, actor: Actor, asked: str | None, day: date, poli: str, reason: str | None) -> None:
    """A poli (or with "" the facility) is closed on a day; without a reason it is open after all. Raises Conflict."""
    facility = await known(service, actor, asked)
    if day < service.clock.today():
        raise Stopped(Because.PAST)
    async with service.db.transaction() as tx:
        if reason is None:
            await queries.reopen(tx, facility, day, poli)
        else:
            await queries.close(tx, facility, day, poli, reason, actor.subject)
