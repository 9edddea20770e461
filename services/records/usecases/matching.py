"""Who of the record may be the person described: candidates, ranked, with the evidence.

What a guess may learn: a Patient that may be seen is shown. Of anybody else only those are told (id, initials, grade)
whose number, or whose name, birth date and sex, the asker already has exactly; what could be tried out (village,
telephone, mother, address, a number almost right) neither counts for them nor shows. Every candidate is logged.
"""

from dataclasses import dataclass
from typing import Any

import orjson

from services.kernel.auth import Actor
from services.kernel.problems import Fault, Text, Unprocessable
from services.kernel.service import Service
from services.records.matching.compare import Likeness, compare
from services.records.matching.traits import PERSONAL, Traits, keys, traits, unpacked
from services.records.matching.weights import weights
from services.records.queries import matching as queries
from services.records.queries.matching import Shown
from services.records.room import room
from services.records.usecases.reading import catch_up

LOOKED_AT = 50
"""Candidates whose visibility is decided; more than anybody reads."""
_LIKELY = ("certain", "probable")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person who may be meant: the Patient's text when it may be seen, else the id and initials."""

    patient_id: str
    body: str | None
    initials: str
    likeness: Likeness


async def candidates(
    service: Service, actor: Actor, patient: dict[str, Any], count: int, *, only_certain: bool = False
) -> list[Candidate]:
    """Persons of the record who may be this Patient, likeliest first. Raises Unprocessable when it says too little.

    `only_certain`: the one that is certain, or nobody (also when two are).
    """
    asked = traits(patient)
    if not _enough(asked):
        raise Unprocessable(_TOO_LITTLE, [Fault("Parameters.parameter.resource", _TOO_LITTLE, "required")])
    ranked = await _ranked(service, asked)
    if only_certain:
        ranked = [r for r in ranked if r[2].grade == "certain"]
    if only_certain and len(ranked) > 1:
        ranked = []
    tellable = {person: told for person, t, _ in ranked if (told := _tellable(asked, t, service)) is not None}
    found = await _shown(service, actor, ranked, tellable, count)
    if any(not s.allowed and tellable[s.person_id].grade in _LIKELY for s in found):
        await catch_up(service)
        found = await _shown(service, actor, ranked, tellable, count)
    full = {person: (t, likeness) for person, t, likeness in ranked}
    made = [
        Candidate(s.patient_id, s.body, "", full[s.person_id][1])
        if s.allowed
        else Candidate(s.patient_id, None, initials(full[s.person_id][0]), tellable[s.person_id])
        for s in found
    ]
    return sorted(made, key=lambda c: -c.likeness.score)[:count]


_TOO_LITTLE = Text(
    "Terlalu sedikit untuk mencari: beri satu nomor (NIK, JKN, paspor), atau nama dengan tanggal lahir, telepon, desa",
    "Too little to search by: give a number (NIK, JKN, passport), or a name with birth date, telephone or village",
)


def _enough(t: Traits) -> bool:
    known = bool(t.names or t.mother)
    return any(t.number(kind) for kind in PERSONAL) or (
        known and bool(t.born or t.phones or t.village or t.number("kk") or t.number("mother"))
    )


async def _ranked(service: Service, asked: Traits) -> list[tuple[str, Traits, Likeness]]:
    async with service.db.reading() as conn:
        rows = await queries.candidates(conn, keys(asked))
    w, share = weights(service.clock.today()), room(service).share
    found = []
    for person, kept in rows:
        t = unpacked(orjson.loads(kept))
        likeness = compare(asked, t, w, share)
        if likeness.score >= w["grades"]["possible"] or _known_exactly(asked, t):
            found.append((person, t, likeness))
    found.sort(key=lambda f: (-f[2].score, -sum(e.weight for e in f[2].evidence), f[0]))
    return found[:LOOKED_AT]


def _tellable(asked: Traits, t: Traits, service: Service) -> Likeness | None:
    """What an asker who may not see this person is told, None for nothing."""
    if not _known_exactly(asked, t):
        return None
    numbers = tuple(sorted(_numbers(asked) & _numbers(t)))
    bare = Traits(names=asked.names, born=asked.born, sex=asked.sex, numbers=numbers)
    other = Traits(names=t.names, born=t.born, sex=t.sex, numbers=numbers)
    likeness = compare(bare, other, weights(service.clock.today()), room(service).share)
    agreed = tuple(e for e in likeness.evidence if e.outcome == "agree")
    return Likeness(likeness.score, likeness.grade, agreed)


def _known_exactly(asked: Traits, t: Traits) -> bool:
    """Whether the asker has a number of this person, or the name, birth date and sex."""
    named = bool(set(asked.names) & set(t.names)) and asked.born is not None and bool(asked.born[2] and asked.sex)
    return bool(_numbers(asked) & _numbers(t)) or (named and asked.born == t.born and asked.sex == t.sex)


def _numbers(t: Traits) -> set[tuple[str, str]]:
    return {n for n in t.numbers if n[0] in PERSONAL}


async def _shown(
    service: Service,
    actor: Actor,
    ranked: list[tuple[str, Traits, Likeness]],
    tellable: dict[str, Likeness],
    count: int,
) -> list[Shown]:
    asked = [(person, person in tellable) for person, _, _ in ranked]
    async with service.db.reading() as conn:
        found = await queries.show(conn, actor, service.clock.today(), asked, count)
    service.db.signal()
    return found


def initials(t: Traits) -> str:
    """The first letters of the words of a name, in no order."""
    return " ".join(f"{w[:1].upper()}." for w in t.names[0]) if t.names else ""
