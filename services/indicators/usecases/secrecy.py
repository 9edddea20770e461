"""What a unit rests on may be secret: that somebody is counted among those with a disease tells the disease.

A unit that is counted because of diagnoses or tests is shown only to who may see one of them; to all others it is not
there, as the facts are not. Who is counted for another reason as well (a pregnancy) is shown for that.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from services.indicators import peers
from services.indicators.compiler.schema import Person
from services.indicators.queries import units as queries
from services.indicators.room import Kept, Room, room
from services.kernel.auth import Actor
from services.kernel.db import Connection
from services.kernel.service import Service

Resting = dict[tuple[str, str], set[str]]
"""(standard, person) → the resources by which the person is counted there, and by nothing else."""


async def resting(
    conn: Connection, here: Room, standards: Collection[Kept], persons: Sequence[UUID], year: int
) -> Resting:
    """Whose units of these standards rest on facts, and on which."""
    found: Resting = {}
    because = {k.standard.key: reasons(k) for k in standards}
    concepts = sorted({c for of in because.values() for c in of})
    rows = await queries.resting_on(conn, persons, concepts) if concepts and persons else []
    for r in rows:
        for key in (key for key, of in because.items() if r["concept"] in of):
            found.setdefault((key, str(r["person_id"])), set()).add(r["ref"])
    for kept in standards:
        other = getattr(kept.standard.population, "units_of", None)
        if other is not None and because[kept.standard.key]:
            keys = [k.standard.key for k in here.kept if k.standard.id == other]
            for person in await queries.with_unit(conn, persons, keys, year):
                found.pop((kept.standard.key, str(person)), None)
    return found


async def kept_back(
    service: Service, actor: Actor, standards: Collection[Kept], persons: Sequence[UUID], year: int
) -> set[tuple[str, str]]:
    """(standard, person): units that rest on facts none of which the caller may see. Raises Unavailable."""
    async with service.db.reading() as conn:
        found = await resting(conn, room(service), standards, persons, year)
    shown = await peers.shown(service, actor, sorted({ref for refs in found.values() for ref in refs}))
    return {unit for unit, refs in found.items() if not refs & shown}


def reasons(kept: Kept) -> tuple[str, ...]:
    """The concepts by which somebody is counted because of what was found in them, not of their age or a birth."""
    population = kept.standard.population
    if not isinstance(population, Person):
        return ()
    return (population.open_condition,) if population.open_condition else population.any_of
