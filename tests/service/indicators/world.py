"""A small world to test against: writes go to the service as events and to the oracle as the records they leave."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from services.indicators.compiler.statements import RESULT, Scope
from services.indicators.queries import standings as sql
from services.indicators.room import Kept, Room
from services.indicators.usecases import feed as usecases_feed
from services.kernel.events import Event
from tests.service.indicators.oracle import Oracle, Row
from tests.service.indicators.oracle_facts import (
    ANC_NUMBER,
    CVX,
    ICD10,
    KEMKES,
    KFA,
    LOINC,
    NEWBORN_NUMBER,
    SNOMED,
    Record,
    World,
)

SERVICES = {
    "spm-01.permenkes-6-2024": "spm01",
    "spm-01.permenkes-4-2019": "spm01_2019",
    "spm-02.permenkes-6-2024": "spm02",
    "spm-03.permenkes-6-2024": "spm03",
    "pip-4.fasyankes": "pip4",
    **{f"spm-{n:02}.permenkes-6-2024": f"spm{n:02}" for n in range(4, 13)},
    "pip-2.idl-classic": "pip2",
    "pip-2-2023.idl-2023": "pip2_2023",
    "pip-3.who-2006": "pip3",
    "pip-3-stunting.who-2006": "stunting",
    "pip-3-wasting.who-2006": "wasting",
    "pip-3-underweight.who-2006": "underweight",
    "pip-3-remeasure.who-2006": "remeasure",
}
FIRST = datetime(2026, 11, 1, tzinfo=UTC)
UCUM = "http://unitsofmeasure.org"


MISDATED = """
WITH kept AS (SELECT person_id, resource_type, resource_id FROM implausible WHERE reason = 'before-birth'), ought AS (
    SELECT person_id, resource_type, resource_id FROM fact JOIN person USING (person_id) WHERE date < birth_date
) (TABLE kept EXCEPT TABLE ought) UNION ALL (TABLE ought EXCEPT TABLE kept)"""
"""What is dated before birth, as listed and as it is."""


def who(n: int) -> str:
    """Person number n."""
    return f"00000000-0000-7000-8000-{n:012}"


@dataclass(frozen=True)
class Write:
    """One write of one resource; None deletes it."""

    type: str
    id: str
    person: str
    resource: dict[str, Any] | None
    client: str = "K1"
    provider: str | None = None


@dataclass
class Stage:
    """The service's tables and the oracle's world, side by side."""

    conn: "asyncpg.Connection[asyncpg.Record]"
    room: Room
    world: World = field(default_factory=World)
    position: int = 0
    receipts: dict[tuple[str, str], int] = field(default_factory=dict)
    first: datetime = FIRST

    async def begin(self, day: date) -> None:
        """An empty service on this day."""
        await self.conn.execute("DELETE FROM state")
        await self.conn.execute(
            "INSERT INTO state (id, generation, day, fingerprint, done, total, codings)"
            " VALUES (1, 1, $1, $2, 0, 0, $3)",
            day, self.room.fingerprint, self.room.codings,
        )  # fmt: skip

    async def write(self, writes: Iterable[Write]) -> None:
        """One batch of the feed."""
        await usecases_feed.take_records(self.conn, self.room, [self._event(w) for w in writes])

    @property
    def moment(self) -> datetime:
        """When the record took the last write: a second after the one before."""
        return self.first + timedelta(seconds=self.position)

    def _event(self, w: Write) -> Event:
        self.position += 1
        key, person = (w.type, w.id), self.world.standing(w.person)
        receipt = self.receipts.setdefault(key, len(self.receipts) + 1)
        kind = "deleted" if w.resource is None else "changed" if key in self.world.records else "created"
        if w.resource is None:
            self.world.records.pop(key, None)
        else:
            self.world.records[key] = Record(person, w.resource, w.client, w.provider, receipt, self.position)
        data = {"client": w.client, "provider": w.provider, "receipt": receipt, "resource": w.resource}
        return Event(w.type, kind, w.id, self.position, data, person, self.position, self.moment)

    async def facility(self, code: str, kind: str | None) -> None:
        """The registry says what kind of organization a facility is."""
        self.world.types[code] = kind
        data = {"name": code, "kind": "rs", "ownership": "public", "organization_type": kind}
        await usecases_feed.take_network(self.conn, [Event("facility", "changed", code, 1, data, None, 1)])

    async def member(self, person: str, checked_on: date, status: str) -> None:
        """What JKN said of a person on a day."""
        await self.members([(person, checked_on, status)])

    async def members(self, said: Iterable[tuple[str, date, str]]) -> None:
        """What JKN said of several persons, told at once."""
        told = list(said)
        self.world.members.update({(person, day): status for person, day, status in told})
        await usecases_feed.take_members(self.conn, self.room, [_member(*one) for one in told])

    async def merge(self, survivor: str, other: str, back: Iterable[tuple[str, str]] | None = None) -> None:
        """`other` becomes `survivor`, as records says it; with `back`, two again: these resources are the other's."""
        kind = "created" if back is None else "deleted"
        self.position += 1
        data = {"survivor": survivor, "other": other, "persons": [survivor, other]}
        said = Event("merge", kind, f"{survivor}{other}", 1, data, survivor, self.position, self.moment)
        await usecases_feed.take_records(self.conn, self.room, [said])
        source, target = (other, survivor) if back is None else (survivor, other)
        keys = [k for k, r in self.world.records.items() if r.person == source and (back is None or k in set(back))]
        moved = [(k, self.world.records[k]) for k in keys]
        self.world.merged.pop(other, None)
        if back is None:
            self.world.merged[other] = survivor
        await self.write(Write(k[0], k[1], target, r.resource, r.client, r.provider) for k, r in moved)

    async def kept(self, standard: Kept) -> dict[tuple[int, str], Row]:
        """What the service shows for a standard."""
        rows = await self.conn.fetch(
            "SELECT * FROM standing WHERE generation = (SELECT generation FROM state) AND standard = $1",
            standard.standard.key,
        )
        return {(r["year"], r["unit_id"]): _row(r) for r in rows}

    async def at(self, standard: Kept, day: date, *years: int) -> dict[tuple[int, str], Row]:
        """What the service answers for any day: (year, unit) → its standing."""
        await self.conn.execute(sql.WIDE)
        days = [min(day, date(y, 12, 31)) for y in years]
        rows = await self.conn.fetch(f"{standard.compiled.result(Scope.ALL)} SELECT {RESULT} FROM calc", [*years], days)
        return {(r["year"], r["unit_id"]): _row(r) for r in rows}

    async def differences(self) -> list[Any]:
        """Incremental against full, tallies against standings."""
        state = await sql.state(self.conn)
        assert state.day
        found: list[Any] = []
        for k in self.room.kept:
            periods = k.periods(state.day)
            found += await self.conn.fetch(k.verification, list(periods), list(periods.values()), state.generation)
        found += await self.conn.fetch(MISDATED)
        return found + await sql.tally_differences(self.conn, state.generation)

    async def assert_exact(self) -> None:
        """Laws 1 and 2: incremental = full = the rule text, and the sums agree."""
        assert await self.differences() == []
        state, oracle = await sql.state(self.conn), Oracle(self.world)
        assert state.day
        for k in self.room.kept:
            name = SERVICES[k.standard.key]
            ought = {
                (y, u): r for y, d in k.periods(state.day).items() for u, r in oracle.standings(name, y, d).items()
            }
            assert await self.kept(k) == ought, k.standard.key

    async def assert_opens(self) -> None:
        """Law 4: every number opens to its units, and each unit to the facts that met each item."""
        state = await sql.state(self.conn)
        assert state.day
        await self.conn.execute(sql.HASHED)
        for k in self.room.kept:
            standings, periods = await self.kept(k), k.periods(state.day)
            everyone = [r["person_id"] for r in await self.conn.fetch("SELECT DISTINCT person_id FROM standing")]
            given = list(periods), list(periods.values()), everyone
            met, unmet = dict[tuple[int, str], dict[str, set[str]]](), dict[tuple[int, str], set[str]]()
            for r in await self.conn.fetch(k.detail, *given):
                unit = (r["year"], r["unit_id"])
                if r["met_on"] is not None:
                    assert r["concept"] and r["resource_id"]
                    due = r["due_from"] if k.standard.population.unit not in ("delivery", "newborn") else None
                    assert due is None or due <= r["met_on"]
                    met.setdefault(unit, {}).setdefault(r["name"], set()).add(r["facility"])
                else:
                    unmet.setdefault(unit, set()).add(r["name"])
            lacking = dict[tuple[int, str], set[str]]()
            for r in await self.conn.fetch(k.some + k.compiled.lacking(), *given):
                lacking.setdefault((r["year"], r["unit_id"]), set()).add(r["name"])
            missing = {unit: set(row.missing) for unit, row in standings.items() if row.missing}
            assert unmet == lacking == missing and set(met) | set(unmet) == set(standings)
            for unit, row in standings.items():
                assert set(row.facilities) <= {f for facts in met.get(unit, {}).values() for f in facts}

    async def assert_any_day(self, days: Sequence[date]) -> None:
        """Any as-of date is answered as the rule text says."""
        oracle = Oracle(self.world)
        for k in self.room.kept:
            for day in days:
                years, name = (day.year - 1, day.year), SERVICES[k.standard.key]
                ought = {(y, u): r for y in years for u, r in oracle.standings(name, y, day).items()}
                assert await self.at(k, day, *years) == ought, (k.standard.key, day)


TODAY = date(2026, 11, 21)
"""The day on which the edges are looked at."""


def kept(scene: Stage, standard: str) -> Kept:
    """A standard by its service."""
    found = scene.room.find(standard, 2026)
    assert found
    return found


async def rows(scene: Stage, standard: str, day: date = TODAY, year: int = 2026) -> dict[str, Row]:
    """Standings of a year as of a day."""
    return {unit: row for (_, unit), row in (await scene.at(kept(scene, standard), day, year)).items()}


def _member(person: str, checked_on: date, status: str) -> Event:
    return Event("member", "changed", person, 1, {"status": status, "checked_on": checked_on.isoformat()}, person, 1)


def _row(r: asyncpg.Record) -> Row:
    missing, facilities = tuple(r["missing"]), tuple(sorted(r["facilities"]))
    due = tuple(zip(r["due_from"], r["due_until"], strict=True))
    return Row(r["served_on"], r["month"], missing, due, facilities, r["village"], r["sex"], r["payer"])


def uuid_of(person: str) -> UUID:
    """A person id as the tables keep it."""
    return UUID(person)


# resources, as a clinic would write them


def coded(*codings: tuple[str, str]) -> dict[str, Any]:
    """A CodeableConcept."""
    return {"coding": [{"system": s, "code": c} for s, c in codings]}


def quantity(value: float, unit: str | None) -> dict[str, Any]:
    """valueQuantity, with or without a unit."""
    return {"valueQuantity": {"value": value} | ({"unit": unit, "code": unit, "system": UCUM} if unit else {})}


def observation(
    code: str, day: date | str | None, encounter: str | None = None, system: str = LOINC, **value: Any
) -> dict[str, Any]:
    """An Observation; its value is a date where the code asks for one."""
    r: dict[str, Any] = {"status": "final", "code": coded((system, code))} | (
        value or {"valueCodeableConcept": coded((SNOMED, "17621005"))}
    )
    return _dated(r, "effectiveDateTime", day, encounter)


def pressure(day: date | str | None, encounter: str | None = None) -> dict[str, Any]:
    """Blood pressure as one Observation with two components."""
    part = lambda code, v: {"code": coded((LOINC, code)), **quantity(v, "mm[Hg]")}  # noqa: E731
    r = {"status": "final", "code": coded((LOINC, "85354-9")), "component": [part("8480-6", 120), part("8462-4", 80)]}
    return _dated(r, "effectiveDateTime", day, encounter)


def procedure(
    code: str, day: date | str | None, encounter: str | None = None, status: str = "completed"
) -> dict[str, Any]:
    """A Procedure: education by SNOMED, ultrasound by ICD-9-CM, care at birth by the ministry's terms."""
    icd9cm, ministry = "http://hl7.org/fhir/sid/icd-9-cm", KEMKES + "clinical-term"
    system = SNOMED if code.isdigit() else ministry if code.startswith("PC") else icd9cm
    return _dated({"status": status, "code": coded((system, code))}, "performedDateTime", day, encounter)


def immunization(day: date | str | None, *codes: str, status: str = "completed") -> dict[str, Any]:
    """An Immunization with KFA groups and CVX codes."""
    codings = [(CVX if c.isdigit() else KFA, c) for c in codes]
    return _dated({"status": status, "vaccineCode": coded(*codings)}, "occurrenceDateTime", day, None)


def condition(code: str, day: date | str | None, status: str = "active", until: date | None = None) -> dict[str, Any]:
    """A Condition by ICD-10."""
    clinical = coded(("http://terminology.hl7.org/CodeSystem/condition-clinical", status))
    r = {"code": coded((ICD10, code)), "clinicalStatus": clinical} | (
        {"abatementDateTime": str(until)} if until else {}
    )
    return _dated(r, "onsetDateTime", day, None)


def tablets(
    count: int, day: date | str | None, medication: str | None = None, status: str = "completed"
) -> dict[str, Any]:
    """Iron tablets handed over, coded here or by a Medication."""
    what = (
        {"medicationReference": {"reference": f"Medication/{medication}"}}
        if medication
        else {"medicationCodeableConcept": coded((KFA, "92000653"))}
    )
    return _dated({"status": status, "quantity": {"value": count}, **what}, "whenHandedOver", day, None)


def form(
    number: str, day: date | str | None, encounter: str | None = None, status: str = "completed"
) -> dict[str, Any]:
    """A QuestionnaireResponse to one of the Ministry's forms; it has no date of its own but when it was written."""
    r = {"status": status, "questionnaire": f"https://fhir.kemkes.go.id/Questionnaire/{number}"}
    return _dated(r, "authored", day, encounter)


def encounter(
    day: date | str | None, *episodes: str, status: str = "finished", number: str | None = None
) -> dict[str, Any]:
    """A visit, in episodes or with an ANC contact number."""
    r: dict[str, Any] = {"status": status, "episodeOfCare": [{"reference": f"EpisodeOfCare/{e}"} for e in episodes]}
    r |= {"period": {"start": str(day)}} if day else {}
    return r | ({"identifier": [{"system": ANC_NUMBER, "value": number}]} if number else {})


def neonatal(start: str, status: str = "finished") -> dict[str, Any]:
    """A visit of a newborn, dated or timed."""
    return encounter(start, status=status) | {"identifier": [{"system": NEWBORN_NUMBER, "value": "KN1"}]}


def delivery(day: date, encounter: str | None = None) -> dict[str, Any]:
    """The time of birth, on the mother."""
    return observation("93857-1", day, encounter, valueDateTime=f"{day}T23:30:00+07:00")


def place(day: date | str | None, code: str, encounter: str | None = None) -> dict[str, Any]:
    """Where a child was born: a type of organization, or at home ("264362003")."""
    system = SNOMED if len(code) > 8 else KEMKES + "organization-type"
    return observation("72150-6", day, encounter, valueCodeableConcept=coded((system, code)))


def attendant(day: date | str | None, code: str, encounter: str | None = None) -> dict[str, Any]:
    """Who helped: a profession by SNOMED."""
    term, who = KEMKES + "clinical-term", coded((SNOMED, code))
    return observation("OC000013", day, encounter, system=term, valueCodeableConcept=who)


def episode(start: date | None, end: date | None = None, status: str = "active", kind: str = "ANC") -> dict[str, Any]:
    """An EpisodeOfCare."""
    period = {k: str(v) for k, v in (("start", start), ("end", end)) if v}
    return {"status": status, "type": [coded((KEMKES + "episodeofcare-type", kind))], "period": period}


def patient(birth: date | None, village: str | None = "1410011001", **more: Any) -> dict[str, Any]:
    """A Patient as the feed strips it."""
    r: dict[str, Any] = {"gender": "female", "active": True} | more
    return r | ({"birthDate": str(birth)} if birth else {}) | ({"village": village} if village else {})


def dated(lmp: date, visit: str, n: str = "lmp", day: date | None = None) -> Write:
    """Says the last menstrual period, in a visit."""
    said = observation("8665-2", day or lmp + timedelta(days=40), visit, valueDateTime=f"{lmp}T08:00:00+07:00")
    return Write("Observation", n, who(1), said)


def pregnancy(name: str, lmp: date, start: date | None = None) -> list[Write]:
    """An episode with a visit that says its LMP."""
    begin = start or lmp + timedelta(days=40)
    return [
        Write("EpisodeOfCare", name, who(1), episode(begin)),
        Write("Encounter", f"first-{name}", who(1), encounter(begin, name)),
        dated(lmp, f"first-{name}", f"lmp-{name}", begin),
    ]


def _dated(r: dict[str, Any], name: str, day: date | str | None, encounter: str | None) -> dict[str, Any]:
    """With its own date, or none; with the visit it belongs to."""
    r |= {name: str(day)} if day else {}
    link = "context" if name == "whenHandedOver" else "encounter"
    return r | ({link: {"reference": f"Encounter/{encounter}"}} if encounter else {})
