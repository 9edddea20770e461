"""The kind `ticket`: a place in the queue as Antrean FKTP is told of it.

    add (taken at the desk) → call (present 1, absent 2; again when it changes) → cancel

What came by Mobile JKN is BPJS' own already. Antrean lists nothing that could be looked at afterwards: after an unknown
outcome the same is said again, and a refusal that says it is known counts as said.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from services.coverage import peers
from services.coverage.bpjs.outcomes import Refused, Said, Unavailable
from services.coverage.bpjs.wire import BpjsService
from services.coverage.contract.deliveries import Action
from services.coverage.queries import queue as queries
from services.coverage.queries.owing import with_lines
from services.coverage.rules.deliveries import Delivery, Given, digest
from services.coverage.settings import CoverageSettings
from services.coverage.usecases.lines import OpenLine
from services.coverage.usecases.outbox import owing
from services.coverage.usecases.outbox.port import Found, Gap, Looked, Order, Skip, Step
from services.coverage.usecases.outbox.visit import key_of
from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor, Role
from services.kernel.db import Tx
from services.kernel.service import Service

TICKET = "ticket"
TELLER = "konektor-jkn"
LATE = "Apabila antrean terlewat harap mengambil antrean kembali."
_KNOWN = re.compile(r"sudah (?:ada|pernah|terdaftar|mengambil|diambil|dipanggil|dibatalkan)|1 kali pada tanggal", re.I)
_STATUS = {"present": 1, "absent": 2}


async def owe(service: Service, tx: Tx, ticket: dict[str, Any]) -> None:
    """BPJS is to be told of a ticket as it stands, where the facility has a line to Antrean."""
    settings, facility = CoverageSettings.of(service.settings), ticket["facility"]
    lines = await with_lines(
        tx, [facility], BpjsService.ANTREAN, settings.simulated, owing.FIRST_LEVEL
    )  # fmt: skip
    if facility in lines:
        owed = owing.owing(facility, BpjsService.ANTREAN, TICKET, ticket["id"], ticket["person_id"], ticket["day"])
        await owing.owe(service, tx, [owed])


class Tickets:
    """The kind itself."""

    name = TICKET
    service = BpjsService.ANTREAN.value

    async def look(self, service: Service, line: OpenLine, owed: Delivery) -> Looked | Refused | Unavailable:
        """What BPJS is to be told now. Numbers are asked of the record here, and forgotten after."""
        async with service.db.reading() as conn:
            ticket = await queries.one(conn, owed.subject, owed.facility)
            ids = await queries.ids_of(conn, ticket["person_id"]) if ticket else []
            norm = await queries.patient_number(conn, owed.facility, ids)
        if ticket is None:
            return Looked(Skip("no-ticket", "Antrean ini tidak ada"), _nothing)
        numbers = await peers.numbers_of(service, ticket["person_id"]) or peers.Numbers()
        telling = Telling(ticket, numbers, norm[0] if norm else "", key_of(service))
        what = telling.what()
        if isinstance(what, Order) and what.next(owed.given) is not None:
            actor = Actor(TELLER, Role.JKN_CONNECTOR, owed.facility, purpose="payment")
            async with service.db.transaction() as tx:
                refs = [f"ticket/{ticket['id']}"]
                await access.log(tx, [Access(actor, ticket["person_id"], "read", "JKN/queue", resources=refs)])
        return Looked(what, telling.find, ticket["person_id"])


async def _nothing(_: str, given: Given) -> Found:
    return []


@dataclass(slots=True)
class Telling:
    """One ticket, and what of it BPJS has not been told."""

    ticket: dict[str, Any]
    numbers: peers.Numbers = field(repr=False)
    norm: str
    key: bytes = field(repr=False)
    known: bool = False
    """BPJS has said that it knows this step."""

    def what(self) -> Order | Gap | Skip:
        """The order, or what is missing."""
        if self.ticket["member"] and not self.numbers.jkn:
            lacks = "Nomor kartu JKN orang ini belum ada di rekam bersama"
            return Gap((("nomorkartu", lacks),), lacks)
        if not self.numbers.nik:
            lacks = "NIK orang ini belum ada di rekam bersama"
            return Gap((("nik", lacks),), lacks)
        return Order(Action.SEND, self.next, self.ticket["day"])

    def next(self, given: Given) -> Step | None:
        """The next thing to tell."""
        added = self.ticket["source"] == "mobile" or "add" in given.digests
        state = self.ticket["state"]
        if state == "cancelled":
            return self._step("cancel", "/antrean/batal", self._cancel(), given) if added else None
        if not added:
            return self._step("add", "/antrean/add", self._add(), given)
        if state in _STATUS:
            return self._step("call", "/antrean/panggil", self._call(), given)
        return None

    async def find(self, step: str, given: Given) -> Found:
        """What BPJS has: nothing that can be seen, unless it said so itself."""
        mark = digest(self.key, self._call()) if step == "call" and self.ticket["state"] in _STATUS else "known"
        return [self._told(given, step, mark)] if self.known else []

    def _step(self, name: str, path: str, body: dict[str, Any], given: Given) -> Step | None:
        mark = digest(self.key, body)
        if given.digests.get(name) == mark or (name != "call" and name in given.digests):
            return None
        keep: Callable[[Said, Given], Given] = lambda _, now: self._told(now, name, mark)  # noqa: E731
        return Step(name, "POST", path, body, keep, already=self._already, digest=mark)

    def _already(self, refused: Refused) -> bool:
        self.known = bool(_KNOWN.search(" ".join((refused.message, *(words for _, words in refused.fields)))))
        return self.known

    @staticmethod
    def _told(given: Given, step: str, mark: str) -> Given:
        return replace(given, digests={**given.digests, step: mark})

    def _same(self) -> dict[str, Any]:
        t = self.ticket
        who = {"nomorkartu": self.numbers.jkn} if t["member"] else {"nomorkartu": "", "nik": self.numbers.nik}
        return {"tanggalperiksa": t["day"].isoformat(), "kodepoli": t["poli"], **who}

    def _add(self) -> dict[str, Any]:
        t = self.ticket
        return self._same() | {
            "nik": self.numbers.nik, "nohp": "", "namapoli": t["poli_name"], "norm": self.norm,
            "kodedokter": t["doctor"], "namadokter": t["doctor_name"], "jampraktek": t["hours"],
            "nomorantrean": f"{t['prefix']}-{t['number']}", "angkaantrean": t["number"], "keterangan": LATE,
        }  # fmt: skip

    def _call(self) -> dict[str, Any]:
        t = self.ticket
        return self._same() | {"status": _STATUS[t["state"]], "waktu": int(t["met_at"].timestamp() * 1000)}

    def _cancel(self) -> dict[str, Any]:
        return self._same() | {"alasan": self.ticket["reason"] or "Dibatalkan"}
