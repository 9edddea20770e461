"""BPJS calls us (Mobile JKN, Antrean FKTP): sign-in, how a poli stands, take, remaining, cancel, new patient.

Which facility it is follows from the user name. Every call is logged as the patient's own wish.
"""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.coverage import peers
from services.coverage.contract import AnswerSource, EligibilityQuestion, MemberStatus
from services.coverage.queries import members, network
from services.coverage.queries import queue as queries
from services.coverage.queries import queue_accounts as accounts
from services.coverage.rules import antrean as rules
from services.coverage.rules.antrean import Body, NewPatient, Said
from services.coverage.rules.queue import Because, Wish, says
from services.coverage.usecases import eligibility, tickets
from services.coverage.usecases.tickets import Guest, Stopped
from services.kernel import access, passwords
from services.kernel.access import Access
from services.kernel.auth import Actor, Role
from services.kernel.problems import Text, Throttled, Unprocessable
from services.kernel.service import Service
from services.kernel.throttle import Throttle

LIFETIME = 30 * 60
"""Seconds a token is good for."""
_MOMENT = re.compile(r"[0-9a-f]{1,12}")
"""When a token ends: no more digits than Python turns into a number at once."""
STRANGERS, MINUTE = 30, 60.0
"""How many numbers of nobody (or not of one person) an account may ask about within a minute: more is a search for who
is a patient, not a queue."""
LATE = "Apabila antrean terlewat harap mengambil antrean kembali."
ARRIVED = "Harap datang ke admisi untuk melengkapi data rekam medis"


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a call comes from, for the access log and the throttle."""

    origin: str
    request_id: str

    def actor(self, username: str, facility: str) -> Actor:
        """BPJS, asking for a patient of this facility."""
        return Actor(
            f"antrean:{username}", Role.JKN_CONNECTOR, facility, purpose="PATRQT", origin=self.origin,
            request_id=self.request_id,
        )  # fmt: skip


async def sign_in(service: Service, caller: Caller, username: str, password: str) -> dict[str, str]:
    """A token. Raises Said, Throttled (after five misses of one name from one address, for a minute)."""
    held: Throttle = service.room.setdefault("antrean-desk", Throttle())
    key, now = (username[:64], caller.origin.partition(" ")[0]), time.monotonic()
    if wait := held.wait(key, now):
        raise Throttled(
            Text(f"Terlalu banyak percobaan gagal, coba lagi {wait} detik lagi", "Too many failed attempts"),
            headers={"Retry-After": str(wait)},
        )
    found = await _account(service, username)
    if not await passwords.fits(service, password, found["password_hash"] if found else None) or found is None:
        held.miss(key, now)  # a name nobody has is not written down: it may be a password; the row itself takes as long
        actor = caller.actor(username, found["facility"]) if found else caller.actor("-", "")
        await access.refuse(service.db, [Access(actor, None, "read", tickets.WHAT, "refused")])
        raise Said(rules.SIGN_IN)
    held.hit(key)
    ends = int(time.time()) + LIFETIME
    return {"token": f"{ends:x}.{_mark(service, found, ends)}"}


async def caller_of(service: Service, caller: Caller, username: str, token: str) -> Actor:
    """Who calls, by token and user name. Raises Said."""
    ends, _, mark = token.partition(".")
    found = await _account(service, username)
    until = int(ends, 16) if _MOMENT.fullmatch(ends) else 0
    if found is None or not hmac.compare_digest(mark.encode(), _mark(service, found, until).encode()):
        raise Said(rules.TOKEN_WRONG)
    if time.time() >= until:
        raise Said(rules.TOKEN_EXPIRED)
    return caller.actor(username, found["facility"])


async def _account(service: Service, username: str) -> dict[str, Any] | None:
    if not (username.isascii() and username.isprintable() and len(username) <= 64):
        return None
    async with service.db.reading() as conn:
        return await accounts.open_account(conn, username)


def _mark(service: Service, account: Mapping[str, Any], ends: int) -> str:
    """What proves a token: it ends with its account and with its password."""
    key = service.settings.peer_key.get_secret_value().encode()
    says_ = f"antrean {account['username']} {ends} {account['password_hash']}".encode()
    return base64.urlsafe_b64encode(hmac.digest(hashlib.sha256(key).digest(), says_, "sha256")).decode().rstrip("=")


async def status(service: Service, actor: Actor, poli: str, day: str) -> list[dict[str, Any]]:
    """How a poli's sessions stand on a day. Raises Said."""
    facility, wish = _at(actor), Wish(rules.poli(poli), rules.day(day))
    async with service.db.transaction() as tx:
        try:
            sessions = await tickets.choose(service, tx, facility, wish)
        except Stopped as stopped:
            raise Said(stopped.detail) from None
        counts = await queries.counts(tx, facility, wish.poli, wish.day)
        await access.log(tx, [Access(actor, None, "read", tickets.WHAT)])
    return [
        {
            "namapoli": s.poli_name, "totalantrean": told.get("taken", 0), "sisaantrean": told.get("waiting", 0),
            "antreanpanggil": told.get("called") or "-", "keterangan": LATE, "kodedokter": s.doctor,
            "namadokter": s.doctor_name, "jampraktek": s.hours,
        }
        for s in sessions for told in (counts.get((s.doctor, s.hours), {}),)
    ]  # fmt: skip


async def take(service: Service, actor: Actor, body: Body) -> dict[str, Any]:
    """A ticket for a patient the record knows. Raises Said, NewPatient."""
    asked, facility = rules.booking(body), _at(actor)
    try:
        async with service.db.reading() as conn:  # what cannot be had is said before anybody is looked up
            await tickets.choose(service, conn, facility, asked.wish)
        person_id = await _person(service, actor, asked.nik, asked.card)
        if person_id is None:
            await _stranger(service, actor)
            raise NewPatient()
        if await _elsewhere(service, actor, person_id, asked.nik):
            raise Said(says(Because.ELSEWHERE))
        await _present(service, actor, {"nik": asked.nik, "jkn": asked.card})
        ticket = await tickets.take(
            service, actor, facility, asked.wish, Guest(person_id, True, "mobile", asked.complaint)
        )
    except Stopped as stopped:
        raise Said(stopped.detail) from None
    async with service.db.transaction() as tx:
        norm = await queries.give_number(tx, facility, person_id)
        return await _told(tx, ticket) | {"angkaantrean": ticket["number"], "norm": norm}


async def remaining(service: Service, actor: Actor, card: str, poli: str, day: str) -> dict[str, Any]:
    """Where a member's ticket stands. Raises Said."""
    ticket = await _ticket(service, actor, rules.card(card), rules.poli(poli), rules.day(day))
    if ticket["state"] == "cancelled":
        raise Said(rules.CANCELLED)
    async with service.db.transaction() as tx:
        await tickets.note(tx, actor, ticket, "read")
        return await _told(tx, ticket)


async def cancel(service: Service, actor: Actor, body: Body) -> None:
    """A member gives their ticket up. Raises Said."""
    asked = rules.cancelling(body)
    ticket = await _ticket(service, actor, asked.card, asked.poli, asked.day)
    if ticket["state"] == "cancelled":
        raise Said(rules.CANCELLED)
    async with service.db.transaction() as tx:
        if await tickets.move(service, tx, actor, ticket, "cancel", asked.reason, tell=False) is None:
            raise Said(rules.SERVED)


async def register(service: Service, actor: Actor, body: Body) -> tuple[dict[str, str], str]:
    """A new patient in the shared record, with a number of the facility. Raises Said."""
    said, facility = rules.patient(body, service.clock.today()), _at(actor)
    person_id = await _person(service, actor, said.nik, said.card)
    async with service.db.reading() as conn:
        ids = await queries.ids_of(conn, person_id) if person_id else []
        before = await queries.patient_number(conn, facility, ids)
        if before is not None and before[1]:
            await _stranger(service, actor, person_id)
            raise Said(rules.KNOWN)
        number = await queries.fresh_number(conn) if before is None else None
    person_id = await _present(service, actor, _particulars(said, number))
    async with service.db.transaction() as tx:
        norm = await queries.give_number(tx, facility, person_id, service.clock.now(), number)
        await access.log(tx, [Access(actor, person_id, "write", tickets.WHAT)])
    return {"norm": norm}, ARRIVED


def _particulars(said: rules.Patient, number: int | None) -> dict[str, Any]:
    """What the record is told of a new patient."""
    mrn = {} if number is None else {"mrn": queries.written(number)}
    return mrn | {
        "nik": said.nik, "jkn": said.card, "kk": said.kk, "name": said.name, "sex": said.sex,
        "birth_date": said.birth_date.isoformat(), "line": said.address, "village_code": said.village_code,
        "village": said.village, "kecamatan": said.kecamatan, "district": said.district, "rt": said.rt, "rw": said.rw,
    }  # fmt: skip


async def _present(service: Service, actor: Actor, said: dict[str, Any]) -> str:
    try:
        return await peers.present(service, actor, said)
    except Unprocessable:
        raise Said(rules.MISFIT) from None


def _at(actor: Actor) -> str:
    assert actor.facility is not None  # noqa: S101 - an account belongs to a facility
    return actor.facility


async def _person(service: Service, actor: Actor, nik: str, card: str) -> str | None:
    """Whom the two numbers name; None: nobody we know. Raises Said when they name two people, Throttled."""
    _patiently(service, actor)
    by_nik, by_card = await peers.person_of(service, "nik", nik), await peers.person_of(service, "jkn", card)
    if by_nik is not None and by_card is not None and by_nik != by_card:
        await _stranger(service, actor, by_nik, by_card)
        raise Said(rules.TWO_PEOPLE)
    return by_nik or by_card


def _patiently(service: Service, actor: Actor) -> None:
    """Raises Throttled once an account has asked about too many strangers."""
    if wait := _strangers(service).wait((actor.subject, ""), time.monotonic()):
        raise Throttled(
            Text(f"Terlalu banyak nomor yang tidak dikenal, coba lagi {wait} detik lagi", "Too many unknown numbers"),
            headers={"Retry-After": str(wait)},
        )


def _strangers(service: Service) -> Throttle:
    held: Throttle = service.room.setdefault("antrean-strangers", Throttle(STRANGERS, MINUTE))
    return held


async def _stranger(service: Service, actor: Actor, *persons: str | None) -> None:
    """Write down that an answer tells who is on record, or is not, and count it."""
    _strangers(service).miss((actor.subject, ""), time.monotonic())
    await access.refuse(service.db, [Access(actor, p, "read", tickets.WHAT, "refused") for p in persons or (None,)])


async def _elsewhere(service: Service, actor: Actor, person_id: str, nik: str) -> bool:
    """Whether the member is registered at another first-level facility: by BPJS' own word of now, when its last word
    says so. Silence is no statement."""
    async with service.db.reading() as conn:
        said = await members.last_known(conn, person_id)
        code = next((f.bpjs_code for f in await network.facilities(conn, actor.facility, None)), None)
    last = said[0].provider_code if said else None
    if last is None or code is None or last.upper() == code:
        return False
    found = await eligibility.check_eligibility(service, actor, EligibilityQuestion(nik=nik, max_age=0))
    if found.source is not AnswerSource.LIVE or found.status is not MemberStatus.ACTIVE:
        return False
    return found.eligible_here is False


async def _ticket(service: Service, actor: Actor, card: str, poli: str, day: date) -> dict[str, Any]:
    """A member's ticket. Raises Said."""
    _patiently(service, actor)
    person_id = await peers.person_of(service, "jkn", card)
    for last_try in (False, True):
        if person_id is None:
            break
        async with service.db.reading() as conn:
            ids = await queries.ids_of(conn, person_id)
            found = await queries.of_person(conn, _at(actor), poli, day, ids)
        if found is not None:
            return found
        if not last_try:  # they may have become one person with whoever took it a moment ago
            for follower in service.followers:
                await follower.catch_up()
    await _stranger(service, actor, person_id)
    raise Said(rules.NO_TICKET)


async def _told(tx: Any, ticket: dict[str, Any]) -> dict[str, Any]:
    """A ticket as Mobile JKN shows it."""
    counts = await queries.counts(tx, ticket["facility"], ticket["poli"], ticket["day"])
    called = counts.get((ticket["doctor"], ticket["hours"]), {}).get("called")
    return {
        "nomorantrean": f"{ticket['prefix']}-{ticket['number']}", "namapoli": ticket["poli_name"],
        "sisaantrean": await queries.ahead(tx, ticket), "antreanpanggil": called or "-", "keterangan": LATE,
    }  # fmt: skip
