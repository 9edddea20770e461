"""What a unit rests on may be secret: that somebody is counted among those with a disease tells the disease.

A unit that is counted because of diagnoses or tests is shown only to who may see one of them; to all others it is not
there, as the facts are not.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from services.indicators import peers
from services.indicators.compiler.schema import Person
from services.indicators.queries import units as queries
from services.indicators.room import Kept
from services.kernel.auth import Actor
from services.kernel.service import Service


async def kept_back(
    service: Service, actor: Actor, standards: Collection[Kept], persons: Sequence[UUID]
) -> set[tuple[str, str]]:
    """(standard, person): units that rest on facts none of which the caller may see. Raises Unavailable."""
    by_key = {k.standard.key: k.standard.population.concepts for k in standards if resting(k)}
    if not by_key or not persons:
        return set()
    async with service.db.reading() as conn:
        rows = await queries.resting_on(conn, persons, sorted({c for found in by_key.values() for c in found}))
    shown = await peers.shown(service, actor, sorted({r["ref"] for r in rows}))
    facts = defaultdict[str, list[Any]](list)
    for r in rows:
        facts[str(r["person_id"])].append(r)
    found = set[tuple[str, str]]()
    for key, concepts in by_key.items():
        for person, of in facts.items():
            refs = {r["ref"] for r in of if r["concept"] in concepts}
            if refs and not refs & shown:
                found.add((key, person))
    return found


def resting(kept: Kept) -> bool:
    """Whether somebody is counted because of what was found in them, not of their age or a birth."""
    population = kept.standard.population
    return isinstance(population, Person) and bool(population.concepts)
