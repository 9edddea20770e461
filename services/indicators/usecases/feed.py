"""What a batch of events does: facts of the touched persons, their standings, the tallies; in one transaction."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from uuid import UUID

from services.coverage.contract import MEMBER
from services.facilities.contract import AREA, CATCHMENT, FACILITY
from services.indicators.queries import building as building_sql
from services.indicators.queries import facts as facts_sql
from services.indicators.queries import lending
from services.indicators.queries import network as network_sql
from services.indicators.queries import outcomes as outcomes_sql
from services.indicators.queries import plausibility as plausibility_sql
from services.indicators.queries import standings as sql
from services.indicators.queries.facts import Since, Touch
from services.indicators.queries.standings import State
from services.indicators.reading.facts import DEATH
from services.indicators.reading.rows import Reading
from services.indicators.room import Room
from services.indicators.usecases import months
from services.indicators.usecases.months import ANY, Earliest
from services.kernel.db import Tx
from services.kernel.events import Event
from services.records.contract import MERGE

Touched = Mapping[UUID, set[str]]


async def take_records(tx: Tx, room: Room, events: Iterable[Event]) -> None:
    """Events of the shared record. Of several versions of one resource in the batch only the last matters.

    When persons are merged, their resources are announced once more under the one that stays.
    """
    told = list(events)
    last = {(e.type, e.subject): e for e in told if e.type in room.reader.types}
    merges = [e for e in told if e.type == MERGE]
    if last or merges:
        readings = {key: room.reader.read(e) for key, e in last.items()}
        now = max((e.at for e in told if e.at), default=datetime.now(UTC))
        state = await sql.hold(tx)
        since = Since(now, anew=state.replay_to is not None and told[-1].position <= state.replay_to)
        earliest = Earliest()
        taken = {key: e.at or now for key, e in last.items()}
        touched = dict(await _absorb(tx, room, readings, taken, since, earliest))
        if merges:
            joined = await network_sql.put_merges(tx, merges, now)
            await outcomes_sql.follow_merges(tx, joined)
            earliest.note(ANY, date.min)
            touched |= {person: {ANY} for person in joined}
        await plausibility_sql.put_before_birth(tx, list(touched))
        await bring_up_to_date(tx, room, state, touched)
        await months.mark(tx, room, state, earliest)


async def _absorb(
    tx: Tx,
    room: Room,
    readings: Mapping[tuple[str, str], Reading],
    taken: Mapping[tuple[str, str], datetime],
    since: Since,
    earliest: Earliest,
) -> Touched:
    """Write what the resources say now (`taken`: when) in place of what they said before; whose facts changed."""
    await tx.execute(facts_sql.DIRECT)
    touches = list[Touch]()
    products = [(i, r.product) for (t, i), r in readings.items() if t == "Medication"]
    if products:
        touches += await facts_sql.put_products(tx, products, since)
    visit_ids = [i for t, i in readings if t == "Encounter"]
    visits = [r.visit for r in readings.values() if r.visit]
    known = await facts_sql.put_visits(tx, visit_ids, visits) if visit_ids else []
    keys = [key for key in readings if key[0] not in ("Patient", "Medication")]
    if keys:
        touches += await facts_sql.put_facts(
            tx, {k: taken[k] for k in keys}, [f for r in readings.values() for f in r.facts], since
        )
    if odd := [key for key in readings if key[0] != "Medication"]:
        await facts_sql.put_implausible(tx, odd, [i for r in readings.values() for i in r.implausible])
    if lags := Counter(r.lag for r in readings.values() if r.lag):
        await plausibility_sql.put_lags(tx, lags)
    if visit_ids:
        touches += await facts_sql.resolve_visits(tx, visit_ids, visits, known, since)
    return await _absorb_persons(tx, readings, touches, frozenset(room.concepts.episodes), since, earliest)


async def _absorb_persons(
    tx: Tx, readings: Mapping[tuple[str, str], Reading], touches: list[Touch], opening: frozenset[str], since: Since,
    earliest: Earliest,
) -> Touched:  # fmt: skip
    touched = defaultdict[UUID, set[str]](set)

    def note(found: Iterable[Touch]) -> None:
        for person, concept, day in found:
            touched[person].add(concept)
            earliest.note(concept, day)

    note(touches)
    episodes = {p for p, concepts in touched.items() if not opening.isdisjoint(concepts)}
    if episodes:
        note(await facts_sql.resolve_episodes(tx, episodes, since))
    patient_ids = [i for t, i in readings if t == "Patient"]
    persons = {p for p, concepts in touched.items() if DEATH in concepts}
    if patient_ids:
        patients = [r.patient for r in readings.values() if r.patient]
        persons |= await facts_sql.put_patients(tx, patient_ids, patients)
    if persons:
        before = await facts_sql.known(tx, persons)
        for person in await facts_sql.refresh_persons(tx, persons, since):
            touched[person].add(ANY)
        earliest.note(ANY, facts_sql.changed_since(before, await facts_sql.known(tx, persons)))
    children = persons | {p for p, concepts in touched.items() if any(map(lending.lends, concepts))}
    note(await lending.lend(tx, children, since) if children else ())
    return touched


async def bring_up_to_date(tx: Tx, room: Room, state: State, touched: Touched) -> None:
    """Recompute the touched persons, in each standard that looks at what changed.

    What is shown by older rules is left as it is until the rebuild replaces it; one under way learns of them.
    """
    if not touched:
        return
    if state.building is not None and state.at is not None:
        await building_sql.touch(tx, list(touched))
    if state.day is None or state.fingerprint != room.fingerprint:
        return
    await tx.execute(sql.HASHED)
    for kept in room.kept:
        mine = kept.standard.concepts
        persons = [p for p, concepts in touched.items() if ANY in concepts or not mine.isdisjoint(concepts)]
        if persons:
            await sql.recompute(tx, kept.increment, kept.periods(state.day), persons, state.generation)


async def take_members(tx: Tx, room: Room, events: Iterable[Event]) -> None:
    """Events of coverage: what JKN said of a person on a day."""
    last = {(e.subject, e.data.get("checked_on")): e for e in events if e.type == MEMBER and e.person_id}
    if last:
        state = await sql.hold(tx)
        await tx.execute(facts_sql.DIRECT)
        persons = await network_sql.put_members(tx, list(last.values()))
        await bring_up_to_date(tx, room, state, {p: {ANY} for p in persons})
        known = all(e.kind != "deleted" for e in last.values()) and len(persons) == len(last)
        earliest = Earliest()
        earliest.note(ANY, min(date.fromisoformat(e.data["checked_on"]) for e in last.values()) if known else date.min)
        await months.mark(tx, room, state, earliest)


async def take_network(tx: Tx, events: Iterable[Event]) -> None:
    """Events of facilities. Who belongs where is asked when numbers are read, so no standing changes."""
    last = {(e.type, e.subject): e for e in events if e.type in (AREA, FACILITY, CATCHMENT)}
    facilities = [
        (i, None if e.kind == "deleted" else e.data.get("organization_type"))
        for (t, i), e in last.items()
        if t == FACILITY
    ]
    if facilities:
        await lending.types_change(tx, facilities)
    for kind in (AREA, FACILITY, CATCHMENT):
        await network_sql.put_network(tx, kind, [e for (t, _), e in last.items() if t == kind])
