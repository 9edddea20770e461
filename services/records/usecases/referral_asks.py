"""What a FHIR write asks of referrals, put into the machine's words and asked in the client's name."""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.kernel.problems import Conflict, Fault, Problem, Text, Unprocessable
from services.kernel.service import Service
from services.records import exact, peers
from services.records.fhir import extract, local
from services.records.queries import people, store
from services.records.queries import referral_fhir as queries
from services.records.referral_fhir import asks
from services.records.referral_fhir.codes import APPROVAL, CANDIDATES, PRE_REQUEST
from services.records.room import room
from services.records.usecases.entries import MEND, Entry, patient_named, placed

if TYPE_CHECKING:
    from services.records.usecases.referral_writes import Found

_HOSPITALS = frozenset({"rs", "klinik-utama"})
_BEST = 10
_AGAIN = frozenset({"declined", "redirected", "expired"})
"""States from which the sender asks somebody else, in the same referral."""


async def decide(
    service: Service, actor: Actor, entries: Sequence[Entry], found: Sequence["Found"], key: str | None
) -> None:
    """Ask the owner about every part of the flow; what it decided is noted in `found`.

    Approvals of one write are one referral whose candidates are asked at once. Raises what referrals answers, with the
    pointers of the resource.
    """
    approvals = [f for f in found if f.part == APPROVAL]
    for f in found:
        if f.part == PRE_REQUEST:
            await _Asking(service, actor, entries, [f], f"{key}-draft" if key else None).draft()
            async with service.db.reading() as conn:
                f.outputs = await queries.areas(conn)
        elif f.part == CANDIDATES:
            f.outputs = await _candidates(service, actor, entries[f.index], f)
        elif f.part == asks.REQUEST:
            await _Asking(service, actor, entries, [f], f"{key}-{f.index}" if key else None).request()
    if approvals:
        await _Asking(service, actor, entries, approvals, f"{key}-ask" if key else None).approval()


async def _candidates(service: Service, actor: Actor, entry: Entry, f: "Found") -> list[Any]:
    """Where to: the best of those in the area asked for, as referrals ranks them, with the reasons. Raises
    Unprocessable without a diagnosis."""
    if f.ask.diagnosis is None:
        raise Unprocessable(MEND, [placed(entry, Fault(f"{entry.type}.input", _NO_DIAGNOSIS[1], "required"))])
    query = {"diagnosis": f.ask.diagnosis, "urgency": f.ask.urgency, "limit": _BEST}
    if area := asks.area(entry.resource):
        query["area"] = area
    items = (await peers.refer(service, actor, "GET", f"/candidates?{urlencode(query)}"))["items"]
    its = room(service)
    language = "en" if actor.language == "en" else "id"
    return [
        (its.organization_of(i["facility"]), i["name"], n, [c["words"][language] for c in i["criteria"]])
        for n, i in enumerate(items, 1)
    ]


class _Asking:
    """One referral as it is asked for by one or more entries of a write."""

    def __init__(
        self, service: Service, actor: Actor, entries: Sequence[Entry], found: Sequence["Found"], key: str | None
    ) -> None:
        self.service, self.actor, self.entries, self.found, self.key = service, actor, entries, found, key
        self.here, self.ask, self.entry = actor.facility or "", found[0].ask, entries[found[0].index]
        self.asked = list(dict.fromkeys(facility for f in found for facility in f.facilities[:1]))
        self.before: list[str] = []
        """The Tasks of the flow that came before."""

    async def draft(self) -> None:
        """Keep what was asked before anybody is, so that it is not forgotten: one draft for the person and diagnosis.

        Without a person or a diagnosis there is nothing to keep yet.
        """
        visit = self._visit()
        async with self.service.db.reading() as conn:
            person = await self._person(conn, visit)
            before = await queries.earlier(conn, self.here, person, visit) if person else []
        if person is None or self.ask.diagnosis is None:
            return
        for draft in await self._drafts([id_ for id_, _ in before]):
            if draft["diagnosis"] and draft["diagnosis"][:3] == self.ask.diagnosis[:3]:
                self._note(draft)
                return
        told = {"person_id": person, "diagnosis": self.ask.diagnosis, "urgency": self.ask.urgency, "draft": True,
                "kind": "vertical", "reason": self.ask.reason or _UNSAID, "encounter": visit}  # fmt: skip
        self._note(await self._refer("POST", "", {k: v for k, v in told.items() if v is not None}))

    async def _drafts(self, tasks: Sequence[str]) -> list[dict[str, Any]]:
        """What was kept by these Tasks and not sent yet."""
        async with self.service.db.reading() as conn:
            parts = await queries.part_of(conn, [("Task", t) for t in tasks])
        kept = dict.fromkeys(p.referral for p in parts if p.part == "draft")
        shown = [await self._refer("GET", f"/{referral}") for referral in kept]
        return [s for s in shown if s["state"] == "draft"]

    async def approval(self) -> None:
        """Send it, all candidates asked at once; an open one that waits for somebody else to be asked goes on."""
        told = await self._told()
        try:
            shown = await self._send(told)
        except Conflict as conflict:
            if not self._is_ours(conflict):
                raise
            shown = await self._open(str(conflict.extra["referral"]), conflict, "approval")
        self._note(shown)

    async def request(self) -> None:
        """Send it, or complete the one whose candidate has accepted; the numbers it carries are noted with it."""
        shown = await self._approved()
        if shown is None:
            told = await self._told()
            try:
                shown = await self._send(told)
            except Conflict as conflict:
                if not self._is_ours(conflict):
                    raise
                shown = await self._open(str(conflict.extra["referral"]), conflict, asks.REQUEST)
        self._note(shown)
        for number in self.ask.numbers:
            with suppress(Unprocessable, Conflict):  # it stays on the client's resource, whatever it is
                await self._refer("PUT", f"/{shown['id']}/numbers", number)

    async def _send(self, told: dict[str, Any]) -> dict[str, Any]:
        """Send what was kept as a draft, or a new one. Raises Conflict naming the one that is open."""
        told = told | {"at_once": self.asked[1:]}
        for draft in await self._drafts(self.before):
            if draft["person_id"] == told["person_id"]:
                put = {k: v for k, v in told.items() if k != "person_id"}
                await self._refer("PUT", f"/drafts/{draft['id']}", put)
                return await self._on(draft["id"])
        return await self._refer("POST", "", told)

    async def _on(self, referral: str) -> dict[str, Any]:
        whom = {"to_facility": self.asked[0], "at_once": self.asked[1:]}
        return await self._refer("POST", f"/{referral}/send", whom)

    async def _approved(self) -> dict[str, Any] | None:
        """The referral whose approval Tasks this request names: its performer must be who accepted."""
        async with self.service.db.reading() as conn:
            named = await queries.part_of(conn, [("Task", t) for t in self.ask.tasks])
            person = await self._person(conn, self._visit())
        parts = [p for p in named if p.part == "approval"]
        shown = await self._refer("GET", f"/{parts[0].referral}") if parts else None
        if shown is None or shown["from_facility"] != self.here or shown["state"] == "closed":
            return None
        if shown["state"] in ("sent", "expired"):
            raise Conflict(_UNANSWERED, extra={"referral": shown["id"], "state": shown["state"]})
        if shown["person_id"] != person:
            raise self._wrong(_OTHER_PERSON)
        if shown["state"] in _AGAIN:
            return await self._on(shown["id"])
        if shown["to_facility"] != self.asked[0]:
            raise self._wrong(_OTHER_ACCEPTED)
        if await self._stands(shown["id"], asks.REQUEST):
            raise Conflict(_STANDS, extra={"referral": shown["id"], "state": shown["state"]})
        return shown

    async def _open(self, referral: str, conflict: Conflict, part: str) -> dict[str, Any]:
        """What becomes of it while one of ours is open: it is sent on; or it is the same one, decided before and not
        stored."""
        if conflict.extra.get("state") in _AGAIN:
            return await self._on(referral)
        shown = await self._refer("GET", f"/{referral}")
        same = shown["asked"] == self.asked if part == "approval" else shown["to_facility"] == self.asked[0]
        if not same or await self._stands(referral, part):
            raise conflict
        return shown

    async def _stands(self, referral: str, part: str) -> bool:
        async with self.service.db.reading() as conn:
            return any(p.part == part for p in await queries.of_referral(conn, referral))

    def _is_ours(self, conflict: Conflict) -> bool:
        return conflict.extra.get("from_facility") == self.here and bool(conflict.extra.get("referral"))

    def _note(self, shown: dict[str, Any]) -> None:
        for f in self.found:
            f.referral, f.number = shown["id"], shown["number"]

    # the referral in the machine's words

    async def _told(self) -> dict[str, Any]:
        plan, addressed = asks.plan_of([e.resource for e in self.entries], self.ask.patient)
        conditions = [*self.ask.conditions, *addressed]
        visit = self._visit()
        async with self.service.db.reading() as conn:
            person = await self._person(conn, visit)
            if person is None:
                raise self._wrong(_NO_PERSON)
            earlier_ = await queries.earlier(conn, self.here, person, visit)
            diagnosis = self.ask.diagnosis or await self._diagnosis(conn, conditions, person)
            kinds = await queries.kinds(conn, [self.here, self.asked[0]])
        self.before, before = [id_ for id_, _ in earlier_], [exact.loads(body.encode()) for _, body in earlier_]
        earlier = [asks.ask_of(b, asks.part_of(b) or CANDIDATES) for b in before]
        diagnosis = diagnosis or next((a.diagnosis for a in earlier if a.diagnosis), None)
        if diagnosis is None:
            raise self._wrong(_NO_DIAGNOSIS)
        self.ask.level = self.ask.level or next((a.level for a in earlier if a.level), None)
        told: dict[str, Any] = {
            "person_id": person, "to_facility": self.asked[0], "urgency": self.ask.urgency, "diagnosis": diagnosis,
            "kind": _direction(kinds.get(self.here, ("", ""))[0], kinds.get(self.asked[0], ("", ""))[0]),
            "reason": plan or self.ask.reason or _UNSAID, "encounter": visit, "practitioner": self.ask.practitioner,
            "criterion": next((c for c in map(asks.criterion, before) if c), None),
        }  # fmt: skip
        if told["criterion"]:
            told["limit"] = _LIMITS[told["criterion"]["kind"]]
        return {k: v for k, v in told.items() if v is not None}

    def _visit(self) -> str | None:
        visit = local(self.ask.encounter or "")
        return visit[1] if visit else None

    async def _person(self, conn: Connection, visit: str | None) -> str | None:
        """Whom it is about: by the resource's own reference, else by the visit this facility wrote."""
        named = patient_named(extract(self.entry.resource))
        ids, numbers = ([named], []) if isinstance(named, str) else ([], [named] if named else [])
        known = await store.resolve(conn, ids, numbers)
        for _, person in (*known.patients.values(), *known.identities.values()):
            return person
        return await queries.person_of_visit(conn, self.here, visit) if named is None and visit else None

    async def _diagnosis(self, conn: Connection, references: Sequence[str], person: str) -> str | None:
        """The first ICD-10 code of the Conditions named: of this write, or of the record as far as the client sees."""
        here = {e.urn: e.resource for e in self.entries if e.type == "Condition" and e.urn}
        for text in references:
            if text in here and (found := asks.icd(here[text])) is not None:
                return found
        wanted = [t for t in map(local, references) if t and t[0] == "Condition"]
        seen = await people.shown_of(conn, self.actor, self.service.clock.today(), wanted)
        coded = await queries.diagnoses(conn, [i for t, i in wanted if f"{t}/{i}" in seen], person)
        for _, id_ in wanted:
            if code := asks.icd_among(coded.get(id_, ())):
                return code
        return None

    def _wrong(self, fault: tuple[str, Text]) -> Unprocessable:
        return Unprocessable(MEND, [placed(self.entry, Fault(f"{self.entry.type}.{fault[0]}", fault[1], "required"))])

    async def _refer(self, method: str, path: str, told: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask referrals; what it finds wrong is said of the resource's own elements."""
        key = f"fhir-{self.key}" if self.key and method == "POST" else None
        try:
            return await peers.refer(self.service, self.actor, method, path, told, key)
        except Problem as problem:
            places = _PLACES[self.entry.type]
            problem.faults = [
                placed(self.entry, Fault(f"{self.entry.type}.{places.get(f.pointer, 'reasonCode')}", f.text, f.code))
                for f in problem.faults
            ]
            raise


def _direction(sender: str, receiver: str) -> str:
    if receiver == "lab":
        return "partial"
    return "vertical" if receiver in _HOSPITALS and sender not in _HOSPITALS else "horizontal"


_PLACES = {
    "ServiceRequest": {
        "/to_facility": "performer", "/person_id": "subject", "/encounter": "encounter", "/urgency": "priority",
    },
    "Task": {"/to_facility": "input", "/person_id": "for", "/encounter": "encounter", "/diagnosis": "input",
             "/urgency": "priority"},
}  # fmt: skip
_LIMITS = {
    "therapy": "Terapi yang diperlukan di luar kemampuan faskes ini (kriteria rujukan: terapi/pengobatan)",
    "procedure": "Tindakan medis yang diperlukan di luar kemampuan faskes ini (kriteria rujukan: tindakan medis)",
    "workup": "Upaya diagnosis yang diperlukan di luar kemampuan faskes ini (kriteria rujukan: upaya diagnosis)",
}
_UNSAID = "Rujukan lewat FHIR; alasannya dalam sumber daya yang dirujuk (the reason is in the resources referred to)"
_NO_PERSON = (
    "subject",
    Text(
        "Pasien belum dikenal di rekam bersama; kirim Patient dan Encounter-nya dahulu",
        "The patient is not yet in the shared record; send Patient and Encounter first",
    ),
)
_NO_DIAGNOSIS = (
    "reasonCode",
    Text(
        "Sebutkan diagnosis ICD-10: reasonCode, reasonReference ke Condition tercatat, atau input primary-diagnosis",
        "State an ICD-10 diagnosis: reasonCode, reasonReference to a recorded Condition, or an input primary-diagnosis",
    ),
)
_UNANSWERED = Text(
    "Belum ada kandidat yang menerima; tunggu jawaban Task persetujuannya",
    "No candidate has accepted yet; wait for the answer of the approval Tasks",
)
_STANDS = Text(
    "Rujukan ini sudah dikirim dengan ServiceRequest lain; lanjutkan yang itu",
    "This referral was sent with another ServiceRequest; go on with that one",
)
_OTHER_PERSON = (
    "subject",
    Text("Task persetujuan yang disebut milik pasien lain", "The approval Task named is another patient's"),
)
_OTHER_ACCEPTED = (
    "performer",
    Text(
        "Yang menerima rujukan ini faskes lain; performer harus faskes itu",
        "Another facility has accepted this referral; the performer must be that one",
    ),
)
