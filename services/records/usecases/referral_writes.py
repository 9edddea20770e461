"""A client's FHIR write that means a referral: first decided by the owner (referrals, in the client's name), then
stored, then followed.

What could not be stored is tried first and sends nothing; what was decided and not stored (a power cut) is completed by
sending the same again. A ServiceRequest that refers to no facility of the network is kept as a record, and its sender
is told so: nobody will answer it here.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.ids import new_id
from services.kernel.problems import Conflict, Duplicate, Fault, Text, Unprocessable
from services.kernel.service import Service
from services.records import exact, face
from services.records.queries import referral_fhir as queries
from services.records.queries.referral_fhir import Part
from services.records.referral_fhir import answers, asks
from services.records.referral_fhir.codes import APPROVAL, CANDIDATES, PRE_REQUEST
from services.records.room import room
from services.records.usecases import referral_asks, writing
from services.records.usecases.entries import MEND, Also, Entry, MakeEntries, Outcome

Write = Callable[..., Awaitable[list[Outcome]]]


class _Undone(Exception):  # noqa: N818 - a turn of events: all could be stored, and nothing is to stay
    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__("tried")
        self.outcomes = outcomes


@dataclass(slots=True)
class Found:
    """An entry that is a part of the flow."""

    index: int
    part: str
    ask: asks.Ask
    facilities: list[str]
    """The facilities of the network it asks."""
    id: str
    """The id it is stored under."""
    referral: str | None = None
    number: str | None = None
    outputs: Sequence[Any] = ()

    @property
    def steps(self) -> bool:
        """Whether the machine has to decide it."""
        return self.part in (APPROVAL, asks.REQUEST)


async def write(
    service: Service, actor: Actor, make: MakeEntries, base: Write = writing.write, *, also: Also | None = None
) -> list[Outcome]:
    """As `base` (`writing.write`, or SATUSEHAT's); what means a referral is decided by its owner first.

    Raises what `base` raises, and what referrals answers: Refused, Conflict naming the open referral and the legal
    steps, Unprocessable.
    """
    first = make()
    found = _found(service, actor, first) if actor.facility is not None else []
    flow = [f for f in found if f.part != asks.REQUEST or (f.facilities and f.ask.active)]
    if flow:
        outcomes = await _Referring(service, actor, make, base, first, flow, also).run()
    else:
        outcomes = await base(service, actor, _again(first, make), also=also)
    for f in found:
        if f.part == asks.REQUEST and f.ask.active and not f.facilities:
            outcomes[f.index].doubts = (*outcomes[f.index].doubts, _UNTRACKED)
    return outcomes


def _found(service: Service, actor: Actor, entries: Sequence[Entry]) -> list[Found]:
    """The entries that are parts of the flow, or would be if they named a facility of the network."""
    found: list[Found] = []
    for n, entry in enumerate(entries):
        if entry.type not in asks.TYPES or entry.verb not in ("create", "upsert"):
            continue
        part = asks.part_of(entry.resource)
        if part is not None and (entry.verb == "create" or part in (APPROVAL, asks.REQUEST)):
            ask = asks.ask_of(entry.resource, part)
            known = [room(service).facility_of(o) for o in ask.organizations]
            facilities = [f for f in dict.fromkeys(known) if f is not None and f != actor.facility]
            found.append(Found(n, part, ask, facilities, new_id()))
    return found


def _again(first: list[Entry], make: MakeEntries) -> MakeEntries:
    """The entries that are there already, then fresh ones."""
    ready = [first]
    return lambda: ready.pop() if ready else make()


class _Referring:
    """One such write."""

    def __init__(
        self, service: Service, actor: Actor, make: MakeEntries, base: Write, first: Sequence[Entry],
        found: list[Found], also: Also | None,
    ) -> None:  # fmt: skip
        self.also = also
        self.service, self.actor, self.make, self.base, self.found = service, actor, make, base, found
        self.here = actor.facility or ""
        self.key, self.fingerprint = _marks(first, found)

    async def run(self) -> list[Outcome]:
        """Try, ask the owner, store."""
        if self.key and (outcomes := await self._before()):
            return outcomes
        if any(f.steps for f in self.found):
            tried = await self._try()
            self.found = [f for f in self.found if tried[f.index].status == 201]
            if not self.found:  # by id, or by their own conditions, they are there already
                return await self.base(self.service, self.actor, self.make, also=self.also)
            self._check([f for f in self.found if f.steps])
        await referral_asks.decide(self.service, self.actor, self.make(), self.found, self.key)
        try:
            outcomes = await self.base(self.service, self.actor, self._decided, also=self._also)
        except asyncpg.UniqueViolationError:
            if self.key and (first := await self._before()):
                return first
            raise
        for f in self.found:
            if f.part == asks.REQUEST:
                outcomes[f.index].status = 201
        return outcomes

    async def _before(self) -> list[Outcome] | None:
        """The answer to the same write, when it was sent before. Raises Conflict for another one under its numbers."""
        async with self.service.db.reading() as conn:
            before = await queries.answered(conn, self.here, self.key or "")
        if before is None:
            return None
        fingerprint, refs = before
        if fingerprint != self.fingerprint:
            if self.actor.face == face.SATUSEHAT:
                raise Duplicate(Text(*[f"Found duplicate resource: {refs[0].partition('/')[0]}"] * 2))
            raise Conflict(_USED)
        pairs = [(t, i) for t, _, i in (r.partition("/") for r in refs)]
        keep = lambda: [Entry("keep", t, id=i) for t, i in pairs]  # noqa: E731
        return await writing.write(self.service, self.actor, keep, also=self.also)

    def _check(self, steps: Sequence[Found]) -> None:
        """Faults of the flow that need no look anywhere. Raises Unprocessable."""
        faults: list[Fault] = []
        entries = self.make()
        about = next((f.ask.about for f in steps if f.part == APPROVAL), None)
        for f in steps:
            entry = entries[f.index]
            where = entry.where or entry.type
            if entry.verb != "create":
                faults.append(Fault(f"{where}.id", _BY_POST, "business-rule"))
            if f.part == APPROVAL and len(f.facilities) != 1:
                faults.append(Fault(f"{where}.input.valueReference", _NO_CANDIDATE, "not-found"))
            if f.part == APPROVAL and f.ask.about != about:
                faults.append(Fault(f"{where}.for", _ONE_PATIENT, "business-rule"))
            if f.ask.requester and room(self.service).facility_of(f.ask.requester) != self.here:
                faults.append(Fault(f"{where}.requester", _NOT_SENDER, "business-rule"))
        if faults:
            raise Unprocessable(MEND, faults)

    async def _try(self) -> list[Outcome]:
        """Store it all and take it back, so that what cannot be stored sends nothing."""

        async def undo(_: Tx, outcomes: list[Outcome]) -> None:
            raise _Undone(outcomes)

        try:
            return await self.base(self.service, self.actor, self._plain, also=undo)
        except _Undone as undone:
            return undone.outcomes

    def _plain(self) -> list[Entry]:
        entries = self.make()
        for f in self.found:
            entries[f.index].unique = entries[f.index].unique and self.key is None
        return entries

    def _decided(self) -> list[Entry]:
        """The entries as the owner decided them."""
        entries = self._plain()
        for f in self.found:
            entry = entries[f.index]
            if f.part == asks.REQUEST and f.referral:
                entry.id, entry.verb, entry.decided, entry.condition = f.referral, "upsert", True, None
                answers.numbered(entry.resource, f.number or "")
            elif f.part != asks.REQUEST and entry.verb == "create" and entry.condition is None:
                entry.id, entry.fresh = f.id, True
                if f.part == PRE_REQUEST:
                    answers.pre_request(entry.resource, f.id, f.outputs)
                elif f.part == CANDIDATES:
                    answers.candidates(entry.resource, f.outputs)
        return entries

    async def _also(self, tx: Tx, outcomes: list[Outcome]) -> None:
        if self.also is not None:
            await self.also(tx, outcomes)
        parts = [
            Part(outcomes[f.index].type, outcomes[f.index].id, f.referral, _role(f.part),
                 f.facilities[0] if f.part == APPROVAL else None)
            for f in self.found if f.referral
        ]  # fmt: skip
        if parts:
            await queries.stored(tx, parts)
            for referral in dict.fromkeys(p.referral for p in parts if p.part != "draft"):
                await queries.due(tx, referral)
        if self.key:
            refs = [f"{o.type}/{o.id}" for o in outcomes]
            await queries.answer(tx, self.here, self.key, self.fingerprint, refs)


def _role(part: str) -> str:
    return {APPROVAL: "approval", PRE_REQUEST: "draft"}.get(part, "request")


def _marks(entries: Sequence[Entry], found: Sequence[Found]) -> tuple[str | None, str]:
    """The numbers a write is known by, in short, and its whole content in short."""
    numbers = sorted(
        f"{entries[f.index].type}|{i.get('system')}|{i.get('value')}"
        for f in found
        for i in entries[f.index].resource.get("identifier") or ()
        if isinstance(i, dict) and i.get("value")
    )
    whole = exact.dumps([[e.verb, e.type, e.urn, e.resource] for e in entries]).encode()
    key = hashlib.sha256("\n".join(numbers).encode()).hexdigest()[:40] if numbers else None
    return key, hashlib.sha256(whole).hexdigest()[:40]


_USED = Text(
    "Nomor (identifier) ini sudah dipakai untuk rujukan lain; pakai nomor baru, atau ubah yang ada dengan langkahnya",
    "These identifiers were used for another referral; use new ones, or change that one by its steps",
)
_BY_POST = Text(
    "Rujukan ke faskes jejaring dibuat dengan POST; id-nya diberi di sini",
    "A referral to a facility of the network is made by POST; its id is given here",
)
_NO_CANDIDATE = Text(
    "Sebutkan satu kandidat jejaring ini, bukan faskes sendiri: input referral-task, valueReference Organization",
    "Name one candidate of this network other than yourself: an input referral-task with valueReference Organization",
)
_ONE_PATIENT = Text(
    "Task persetujuan dalam satu kiriman adalah satu rujukan: satu pasien, satu kunjungan; kirim yang lain tersendiri",
    "The approval Tasks of one write are one referral: one patient, one visit; send the other on its own",
)
_NOT_SENDER = Text("Perujuk harus faskes pada token", "The requester must be the facility of the token")
_UNTRACKED = Fault(
    "ServiceRequest.performer",
    Text(
        "Tujuan rujukan ini bukan faskes jejaring: disimpan sebagai catatan, tidak dikirim dan tidak dilacak",
        "The receiver is no facility of this network: kept as a record, neither sent nor tracked",
    ),
    "referral-untracked",
)
