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
_AGAIN = frozenset({"draft", "declined", "redirected", "expired"})
"""States from which the sender asks somebody else, in the same referral."""


async def decide(
    service: Service, actor: Actor, entries: Sequence[Entry], found: Sequence["Found"], key: str | None
) -> None:
    """Ask the owner about every part of the flow; what it decided is noted in `found`.

    Approvals of one write are one referral whose candidates are asked at once. Raises what referrals answers, with the
    pointers of the resource.
    """
    async with service.db.reading() as conn:
        for f in found:
            if f.part == PRE_REQUEST:
                f.outputs = await queries.areas(conn)
    approvals = [f for f in found if f.part == APPROVAL]
    for f in found:
        if f.part == CANDIDATES:
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

    async def approval(self) -> None:
        """Send it, all candidates asked at once; an open one that waits for somebody else to be asked goes on."""
        told = await self._told()
        try:
            shown = await self._refer("POST", "", told | {"at_once": self.asked[1:]})
        except Conflict as conflict:
            if not self._is_ours(conflict, _AGAIN):
                raise
            shown = await self._refer(
                "POST", f"/{conflict.extra['referral']}/send", {"to_facility": self.asked[0], "at_once": self.asked[1:]}
            )
        self._note(shown)

    async def request(self) -> None:
        """Send it, or complete the one whose candidate has accepted; the numbers it carries are noted with it."""
        shown = await self._approved()
        if shown is None:
            told = await self._told()
            try:
                shown = await self._refer("POST", "", told)
            except Conflict as conflict:
                if not self._is_ours(conflict):
                    raise
                shown = await self._open(str(conflict.extra["referral"]), conflict)
        self._note(shown)
        for number in self.ask.numbers:
            with suppress(Unprocessable, Conflict):  # it stays on the client's resource, whatever it is
                await self._refer("PUT", f"/{shown['id']}/numbers", number)

    async def _approved(self) -> dict[str, Any] | None:
        """The referral whose approval Tasks this request names: its performer must be who accepted."""
        async with self.service.db.reading() as conn:
            parts = await queries.part_of(conn, [("Task", t) for t in self.ask.tasks])
        if not parts:
            return None
        shown = await self._refer("GET", f"/{parts[0].referral}")
        if shown["state"] == "sent":
            raise Conflict(_UNANSWERED, extra={"referral": shown["id"], "state": shown["state"]})
        return self._fitting(shown)

    async def _open(self, referral: str, conflict: Conflict) -> dict[str, Any]:
        """What becomes of a request while one of ours is open: the same one, or it is sent on."""
        if self._is_ours(conflict, _AGAIN):
            return await self._refer("POST", f"/{referral}/send", {"to_facility": self.asked[0]})
        shown = await self._refer("GET", f"/{referral}")
        if shown["to_facility"] != self.asked[0]:
            raise conflict
        return shown

    def _fitting(self, shown: dict[str, Any]) -> dict[str, Any]:
        if shown["to_facility"] != self.asked[0]:
            where = self.entry.where or self.entry.type
            raise Unprocessable(MEND, [Fault(f"{where}.performer", _OTHER_ACCEPTED, "business-rule")])
        return shown

    def _is_ours(self, conflict: Conflict, states: frozenset[str] | None = None) -> bool:
        said = conflict.extra
        ours = said.get("from_facility") == self.here and bool(said.get("referral"))
        return ours and (states is None or said.get("state") in states)

    def _note(self, shown: dict[str, Any]) -> None:
        for f in self.found:
            f.referral, f.number = shown["id"], shown["number"]

    # the referral in the machine's words

    async def _told(self) -> dict[str, Any]:
        plan, addressed = asks.plan_of([e.resource for e in self.entries])
        conditions = [*self.ask.conditions, *addressed]
        encounter = local(self.ask.encounter or "")
        visit = encounter[1] if encounter else None
        async with self.service.db.reading() as conn:
            person = await self._person(conn, visit)
            before = [exact.loads(b.encode()) for b in await queries.earlier(conn, self.here, person, visit)]
            diagnosis = self.ask.diagnosis or await self._diagnosis(conn, conditions, person)
            kinds = await queries.kinds(conn, [self.here, self.asked[0]])
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

    async def _person(self, conn: Connection, visit: str | None) -> str:
        """Whom it is about: by the resource's own reference, else by the visit this facility wrote."""
        named = patient_named(extract(self.entry.resource))
        ids, numbers = ([named], []) if isinstance(named, str) else ([], [named] if named else [])
        known = await store.resolve(conn, ids, numbers)
        for _, person in (*known.patients.values(), *known.identities.values()):
            return person
        visitor = await queries.person_of_visit(conn, self.here, visit) if named is None and visit else None
        if visitor is None:
            raise self._wrong(_NO_PERSON)
        return visitor

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
_OTHER_ACCEPTED = Text(
    "Yang menerima rujukan ini faskes lain; performer harus faskes itu",
    "Another facility has accepted this referral; the performer must be that one",
)
