"""Who the drafts of one transaction are about: numbers that prove a person, registrations that join the person they
prove to be, and contradictions, which stay apart and are listed for a human."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.kernel.db import Tx
from services.kernel.ids import new_id
from services.kernel.problems import Fault
from services.records import exact, links, rules
from services.records.doubts import doubts
from services.records.fhir import Extract, extract, number_named
from services.records.queries import store
from services.records.queries.statement import ALIAS
from services.records.queries.store import Batch, Resolved
from services.records.rules import Identity
from services.records.usecases.entries import Entry, addresses, patient_named

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Known = tuple[str, str]
"""A person's Patient id and person id."""


@dataclass(slots=True)
class Draft:
    """An entry on its way: what was extracted, whom it is about, which version it will be."""

    entry: Entry
    extract: Extract
    identity: Identity | None = None
    person_id: str | None = None
    sent: str | None = None
    """The id a registration came with."""
    current: Any = None
    doubts: list[Fault] = field(default_factory=list)
    """What a clerk should look at again."""

    @property
    def registers(self) -> bool:
        """Whether it says who a person is."""
        return self.entry.type == "Patient" and self.entry.verb in ("create", "upsert")


class Registry:
    """The persons of one transaction: those the record knows, and those registered in it."""

    def __init__(self, batch: Batch, urns: dict[str, str], facility: str | None = None) -> None:
        self.batch, self.urns, self.facility = batch, urns, facility
        self.found = Resolved()
        self._here: dict[str, Known] = {}
        self._claimed: dict[tuple[str, str], Known] = {}
        self._born: dict[str, date | None] = {}
        self.mothers: set[str] = set()
        """NIKs of mothers who become known now, after their children"""
        self.same: list[tuple[str, str]] = []
        """(person, other) that one registration's NIK or birth under its mother's NIK both prove; who stays is first"""
        self.through: dict[str, str] = {}
        """person → whom the number was given for by which they were found, and who has been merged into them"""

    async def look_up(self, tx: Tx, drafts: list[Draft]) -> None:
        """Ask the record, in one statement, about every Patient and number the drafts name."""
        patients: set[str] = set()
        numbers: set[tuple[str, str]] = set()
        for d in drafts:
            if d.registers:
                facility = d.entry.client or self.facility
                d.identity = rules.identity(d.entry.resource, facility, self.batch.at.date())[0]
                numbers.update(d.identity.keys, d.identity.disputed())
                numbers.update((rules.NIK, v.split("|")[0]) for s, v in d.identity.keys if s == rules.NIK_IBU)
            if d.entry.type == "Patient" and d.entry.id:
                patients.add(d.entry.id)
            numbers.update(number for q in d.extract.queries if (number := number_named(q)))
            named = patient_named(d.extract)
            if isinstance(named, tuple):
                numbers.add(named)
            elif named is not None:
                patients.add(named)
        self.found = await store.resolve(tx, sorted(patients), sorted(numbers))

    def named(self, name: str | tuple[str, str] | None) -> Known | None:
        """The person behind a Patient id or a number."""
        if isinstance(name, tuple):
            return self._claimed.get(name) or self.found.identities.get("|".join(name))
        return (self._here.get(name) or self.found.patients.get(name)) if name is not None else None

    def identify(self, d: Draft) -> None:
        """A registration is of a new person, or of the person it proves to be. A Patient stays who it is."""
        entry, identity, sent = d.entry, d.identity, d.entry.id
        assert identity is not None  # noqa: S101 - asked for registrations only
        own = self.found.patients.get(sent) if sent else None
        proved = self._proved(identity)
        if own and proved and own[1] != proved[1]:
            self.batch.reviews.add((own[1], proved[1], "number-of-another"))
            self.same += [(own[1], other) for other in self._born_or_numbered(identity) if other != own[1]]
        known = own if own and own[0] == sent else proved or own
        if known is None:
            entry.id = sent or new_id()
            known = self._new(entry.id)
            self._born[known[1]] = identity.birth_date
        elif sent != known[0]:
            entry.id, entry.verb = known[0], "register" if proved else entry.verb
            if sent and own is None:
                self.batch.identities[(ALIAS, sent)] = known[1]
        d.sent, d.person_id = sent, known[1]
        for key in identity.keys:
            if "|".join(key) not in self.found.identities:
                self._claimed.setdefault(key, known)
                if key[0] == rules.NIK and key[1] in self.found.mothers:
                    self.mothers.add(key[1])
            elif origin := self.found.origins.get("|".join(key)):
                self.through[known[1]] = origin
        if sent and (origin := self.found.origins.get(sent)):
            self.through[known[1]] = origin
        self.name(d, known)

    def _new(self, patient_id: str) -> Known:
        """A new person with this Patient. A person's id is a UUID, whatever a sender calls its Patient; that id too
        finds the Patient."""
        if _UUID.fullmatch(patient_id):
            return patient_id, patient_id
        person = new_id()
        self.batch.identities[(ALIAS, person)] = person
        return patient_id, person

    def _proved(self, identity: Identity) -> Known | None:
        """Whom the numbers prove. Numbers of several persons are listed for review; the strongest counts."""
        for key in identity.disputed():
            if known := self.named(key):
                return known
        persons = list(dict.fromkeys(known for known in map(self.named, identity.keys) if known))
        self.batch.reviews.update((persons[0][1], other[1], "numbers-of-two") for other in persons[1:])
        alike = self._born_or_numbered(identity)
        self.same += [(alike[0], other) for other in alike[1:]]
        return persons[0] if persons else None

    def _born_or_numbered(self, identity: Identity) -> list[str]:
        """The persons known by this NIK, and by this birth under this mother's NIK."""
        strong = [self.named(key) for key in identity.keys if key[0] in (rules.NIK, rules.NIK_IBU)]
        return list(dict.fromkeys(known[1] for known in strong if known))

    def meet(self, known: Known) -> None:
        """Let the transaction speak of a person by the id of the Patient."""
        self._here[known[0]] = known

    async def meet_id(self, tx: Tx, patient: str) -> None:
        """`meet`, for a Patient of the record."""
        found = await store.resolve(tx, [patient], [])
        for known in found.patients.values():
            self.meet(known)

    def name(self, d: Draft, known: Known) -> None:
        """What else in the transaction may call this person by."""
        self.meet(known)
        if d.sent:
            self._here[d.sent] = known
            if d.sent != known[0] and d.sent not in self.found.replaced:
                self.urns[f"Patient/{d.sent}"] = f"Patient/{known[0]}"
        self.urns.update(dict.fromkeys(addresses(d.entry), f"Patient/{known[0]}"))

    def settle(self, d: Draft, facility: str | None) -> None:
        """Join a registration with the Patient it belongs to; a contradiction of birth dates makes another person.

        A facility that changes a Patient which another one wrote adds to it: what it leaves out stays.
        """
        identity, person = d.identity, d.person_id
        assert identity is not None and person is not None  # noqa: S101 - `identify` came before
        claims = [k for k in identity.keys if "|".join(k) not in self.found.identities]
        stands = d.current is not None and not d.current["deleted"]
        old = exact.loads(d.current["body"].encode()) if stands else {}
        if d.entry.verb == "register":
            born = rules.identity(old)[0].birth_date if stands else self._born.get(person)
            if self._decided(identity, born):
                d.entry.resource = {k: v for k, v in d.entry.resource.items() if k != "birthDate"}
                self._join(d, old)
                d.entry.verb = "upsert"
            elif rules.same_person(identity, born):
                d.entry.verb = "upsert"
                self._join(d, old)
            else:
                claims, old = identity.disputed(), {}
                person = self._apart(d, person)
        elif stands and d.entry.verb == "upsert" and d.entry.patch is None and d.current["client"] != facility:
            self._join(d, old)
        elif stands and d.entry.verb == "upsert" and old.get("link"):
            d.entry.resource = links.kept(old, d.entry.resource)
            d.extract = extract(d.entry.resource)
        for key in claims:
            self.batch.identities.setdefault(key, person)
        self._note(d, old, facility)

    def _note(self, d: Draft, old: dict[str, Any], facility: str | None) -> None:
        """Who has no number yet is listed with the reason; what should be looked at again, with the facility."""
        day, person = self.batch.at.date(), d.person_id
        assert person is not None  # noqa: S101 - settled
        d.doubts = doubts(d.entry.resource, day)
        self.batch.doubts.update((person, f.code, facility or "") for f in d.doubts)
        reason = rules.provisional(d.entry.resource, day)
        if reason is not None and (not old or reason != rules.provisional(old, day)):
            self.batch.provisional[person] = (reason, facility or "")

    def _decided(self, identity: Identity, born: date | None) -> bool:
        """Whether somebody has decided that the person with this number and another birth date is this one."""
        set_apart = any("|".join(key) in self.found.identities for key in identity.disputed())
        return set_apart and not rules.same_person(identity, born)

    def _join(self, d: Draft, old: dict[str, Any]) -> None:
        d.entry.resource = rules.joined(old, d.entry.resource)
        d.extract, d.identity = extract(d.entry.resource), rules.identity(d.entry.resource)[0]

    def _apart(self, d: Draft, other: str) -> str:
        """Another person, whom the next registration with the same number and birth date finds again."""
        assert d.identity is not None  # noqa: S101 - registrations only
        free = d.sent is not None and self.batch.identities.pop((ALIAS, d.sent), None) is not None
        known = self._new(d.sent if free and d.sent else new_id())
        id_, fresh = known
        d.entry.id, d.entry.verb, d.current, d.person_id = id_, "create", None, fresh
        self.batch.reviews.add((fresh, other, "nik-birth-date"))
        self._claimed.update(dict.fromkeys(d.identity.disputed(), known))
        self._born[fresh] = d.identity.birth_date
        self.name(d, known)
        return fresh

    def add(self, d: Draft, stripped: dict[str, Any]) -> None:
        """Note the person as the Patient of `d` now describes it; the mother goes into the event's data."""
        identity, person = d.identity, d.person_id
        assert identity is not None and person is not None  # noqa: S101 - asked for registrations only
        for system, value in identity.keys:
            if system == rules.NIK_IBU:
                mother = self.named((rules.NIK, value.split("|")[0]))
                stripped["mother"] = mother[1] if mother else None
        if d.current is None or d.entry.resource.get("active") is not False:  # nobody is without a person
            self.batch.persons[person] = (
                d.entry.id or person, identity.name, identity.birth_date, identity.sex, stripped.get("village"),
            )  # fmt: skip
