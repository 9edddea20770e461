"""One delivery, taken as far as it goes: looked up, sent step by step, read back where the outcome is unknown.

Everything is written on the runner's own connection, which holds the queue's lock: when that connection is lost, so
is the right to write, and whoever takes the queue over finds the row as it stood before the request went out.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from services.coverage.bpjs.outcomes import Because, Refused, Reply, Said, Unavailable
from services.coverage.contract.deliveries import Action, Came, State
from services.coverage.contract.events import DELIVERY, DeliveryChanged
from services.coverage.queries import deliveries as queries
from services.coverage.queries import owing
from services.coverage.queries.deliveries import Stand, Try
from services.coverage.rules import deliveries as rules
from services.coverage.rules.deliveries import (
    Delivery,
    Given,
    Hold,
    NoAnswer,
    Park,
    Pauses,
    Why,
)
from services.coverage.usecases.lines import OpenLine
from services.coverage.usecases.outbox.port import Gap, Kind, Looked, Order, Skip, Step
from services.kernel.db import Connection
from services.kernel.service import Service

MOST_STEPS = 200
"""No kind has as many; one that never ends is stopped."""
OWN_FAILURES = 5
"""After so many tries without an answer to this one, while BPJS answered others, its queue goes on without it."""
TOLD = (State.DELIVERED, State.PARKED, State.SKIPPED, State.REMOVED)


class Fenced(Exception):  # noqa: N818 - a finding, not an error
    """The row has moved on: another runner has the queue."""


@dataclass(frozen=True, slots=True)
class Rest:
    """The queue is to rest: why, how long at least; `held`: until its line is mended; `outage`: BPJS is away."""

    because: str
    seconds: float = 0.0
    held: bool = False
    outage: bool = False


@dataclass(frozen=True, slots=True)
class Engine:
    """Works on one queue's deliveries, over one connection and one line. `answered` is told of each answer of BPJS."""

    service: Service
    conn: Connection = field(repr=False)
    kinds: Mapping[str, Kind]
    line: OpenLine = field(repr=False)
    pauses: Pauses
    settle: float
    answered: Callable[[], None]

    async def advance(self, owed: Delivery, ago: float) -> Rest | None:
        """Take one delivery as far as it goes now; a Rest when the queue must wait before it goes on.

        `ago`: seconds since its last request of unknown outcome. Raises Fenced; problems.Unavailable (a peer is away).
        """
        if owed.unsure and ago < self.pauses.quiet:
            return Rest(Why.NO_ANSWER, self.pauses.quiet - ago)
        looked = await self.kinds[owed.kind].look(self.service, self.line, owed)
        if isinstance(looked, Refused | Unavailable):
            return await self._unanswered(owed, looked, None)
        owed = replace(owed, person_id=looked.person_id or owed.person_id, given=Given() if looked.lost else owed.given)
        if owed.unsure:
            found = await self._look_back(owed, looked, None)
            if not isinstance(found, Delivery):
                return found
            owed = found
        match looked.what:
            case Gap(fields, message, because):
                await self._park(owed, Park(because, fields, message), None)
            case Skip(because, message):
                stand = Stand(State.SKIPPED, owed.given, True, because=because, message=message, word=owed.wanted)
                await self._stand(owed, stand)
            case Order():
                return await self._send(owed, looked, looked.what)
        return None

    async def _send(self, owed: Delivery, looked: Looked, order: Order) -> Rest | None:
        """The steps that are left, one after the other."""
        tried: Try | None = None
        lost, day = False, owed.day
        for _ in range(MOST_STEPS):
            step = order.next(owed.given)
            if step is None:
                await self._done(owed, order, tried, day)
                return None
            owed, reply, tried = await self._request(owed, order, step, tried)
            kept = step.keep(reply, owed.given) if isinstance(reply, Said) else reply
            if kept is None:
                kept = Unavailable(Because.UNREADABLE, code=tried.code)
            if isinstance(kept, Given):
                owed, tried = replace(owed, given=kept, failed=0), replace(tried, outcome=Came.ACCEPTED)
                continue
            if not isinstance(kept, Refused):
                return await self._unanswered(owed, kept, tried)
            refused = replace(tried, outcome=Came.REFUSED, because=kept.because)
            left = None if lost else step.undone(kept, owed.given)
            if left is not None:
                lost, tried = True, None
                owed = await self._stand(owed, Stand(State.WAITING, left, sure=True), refused)
                continue
            if not step.already(kept):
                return await self._unanswered(owed, kept, tried)
            owed = await self._stand(owed, Stand(State.SENDING, owed.given, False, owed.failed), refused)
            found = await self._look_back(owed, looked, kept)
            if not isinstance(found, Delivery):
                return found
            owed, tried = found, None
        await self._park(owed, Park(Why.NO_ANSWER, message="Langkahnya tidak berakhir"), tried)
        return None

    async def _request(
        self, owed: Delivery, order: Order, step: Step, before: Try | None
    ) -> tuple[Delivery, Reply, Try]:
        """Write down that a request goes out (and that the one `before` it was accepted), then send it. What is
        written has been committed by then."""
        for _ in range(3):
            began = _clock()
            if owed.given.no_urut is None:
                given = replace(owed.given, poli=step.poli or owed.given.poli)
                owed = replace(owed, given=given, day=order.day or owed.day)
            owed = replace(owed, step=step.name, sent_digest=step.digest, state=State.SENDING, unsure=True)
            number = await queries.sending(self.conn, owed, order.action, before)
            if number is None:
                raise Fenced
            owed, before = replace(owed, tried=number), None
            if _clock() - began < self.pauses.slack:
                break
        else:
            raise Fenced
        sent = time.perf_counter()
        line = step.line or self.line
        reply = await line.wire.call(line.login, step.method, step.path, step.body)
        if not isinstance(reply, Unavailable):
            self.answered()
        return owed, reply, Try(step.name, Came.UNKNOWN, _ms(sent), getattr(reply, "code", None), digest=step.digest)

    async def _look_back(self, owed: Delivery, looked: Looked, refused: Refused | None) -> Delivery | Rest | None:
        """What BPJS has of a step whose outcome is unknown, or which it says it has (`refused`): the row as it then
        stands. None: parked; Rest: BPJS could not be looked at."""
        name, began = owed.step or "", time.perf_counter()
        found = await looked.find(name, owed.given)
        if isinstance(found, Refused | Unavailable):
            return await self._unanswered(owed, found, None)
        self.answered()
        held = await queries.held_by_others(self.conn, owed, found)
        free = next((c for c in found if not held & {c.no_urut, c.no_kunjungan}), None)
        look = Try(name, Came.ABSENT, _ms(began), digest=owed.sent_digest, look=True)
        if free is not None:
            adopted = replace(look, outcome=Came.ADOPTED)
            return await self._stand(owed, Stand(State.WAITING, free, sure=True), adopted)
        if found:
            await self._park(owed, rules.second_of_day(), replace(look, outcome=Came.TAKEN))
            return None
        if refused is not None:
            meant = rules.meaning(refused)
            await self._park(owed, meant if isinstance(meant, Park) else rules.no_answer(), look)
            return None
        if owed.failed + 1 >= OWN_FAILURES:
            await self._park(owed, rules.no_answer(), look)
            return None
        return await self._stand(owed, Stand(State.WAITING, owed.given, True, owed.failed + 1), look)

    async def _unanswered(self, owed: Delivery, reply: Refused | Unavailable, tried: Try | None) -> Rest | None:
        """A refusal or no answer, to what was sent (`tried`) or to a look: how the row stands, whether its queue rests.

        A look never settles what was unknown before it.
        """
        meant, left = rules.meaning(reply), owed.unsure and tried is None
        tried = replace(tried, because=reply.because) if tried else None
        match meant:
            case Park():
                refused = tried and replace(tried, outcome=Came.REFUSED)
                await self._park(owed, replace(meant, sure=meant.sure and not left), refused)
                return None
            case Hold():
                await self._keep(owed, left, tried and replace(tried, outcome=Came.LINE))
                return Rest(meant.because, held=meant.until_mended)
            case NoAnswer(reached=False):
                await self._keep(owed, left, tried and replace(tried, outcome=Came.UNREACHED))
                return Rest(meant.because, meant.wait or 0.0, outage=True)
        await self._keep(owed, left or tried is not None, tried)
        return Rest(meant.because, max(meant.wait or 0.0, self.pauses.quiet if tried else 0.0), outage=True)

    async def _keep(self, owed: Delivery, unsure: bool, tried: Try | None) -> None:
        """The row stays where it is in its queue."""
        if tried is not None:
            state = State.SENDING if unsure else State.WAITING
            await self._stand(owed, Stand(state, owed.given, not unsure, owed.failed, tried.because), tried)

    async def _park(self, owed: Delivery, park: Park, tried: Try | None) -> None:
        stand = Stand(
            State.PARKED,
            owed.given,
            park.sure,
            owed.failed,
            park.because,
            park.fields,
            park.message or None,
            owed.wanted,
        )
        await self._stand(owed, stand, tried)

    async def _done(self, owed: Delivery, order: Order, tried: Try | None, day: date) -> None:
        """All steps are accepted; what is removed holds nothing at BPJS any more, and waits for whom it moved to.

        `day`: whose place it had before.
        """
        state = State.REMOVED if order.action is Action.REMOVE else State.DELIVERED
        given = Given() if state is State.REMOVED else owed.given
        stand = Stand(state, given, sure=True, word=owed.wanted, settle=self.settle)
        if order.to is not None:
            await owing.opened(self.conn, order.to, owed.service)
            stand = Stand(State.WAITING, given, sure=True, facility=order.to)
        if state is not State.REMOVED and owed.day == day:
            await self._stand(owed, stand, tried)
            return
        async with self.conn.transaction():
            await self._stand(owed, stand, tried)
            await queries.freed(self.conn, owed, day, Why.SECOND_OF_DAY)
        self.service.db.signal()

    async def put_aside(self, delivery_id: str) -> None:
        """Our own fault: this one waits for people, and its queue goes on. What was unknown stays so."""
        owed = await queries.owed(self.conn, delivery_id)
        if owed is not None:
            await self._park(owed, Park(Why.FAULT, message=rules.FAULT, sure=not owed.unsure), None)

    async def _stand(self, owed: Delivery, stand: Stand, tried: Try | None = None) -> Delivery:
        """Write how the row stands, its proof and what followers are told, in one commit. Raises Fenced."""
        told = (DELIVERY, _told(owed, stand)) if stand.state in TOLD else None
        now = await queries.stands(self.conn, owed, stand, tried, told)
        if now is None:
            raise Fenced
        if told:
            self.service.db.signal()
        number, state = now
        return replace(owed, tried=number, state=state, given=stand.given, failed=stand.failed, unsure=not stand.sure)


def _told(owed: Delivery, stand: Stand) -> str:
    data = DeliveryChanged(
        kind=owed.kind, subject=owed.subject, facility=owed.facility, day=owed.day, state=stand.state.value,
        because=stand.because,
    )  # fmt: skip
    return data.model_dump_json()


def _clock() -> float:
    """Seconds of a clock that goes on while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _ms(since: float) -> int:
    return int((time.perf_counter() - since) * 1000)
