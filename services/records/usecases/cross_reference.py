"""One person's numbers under several systems (IHE PIXm, ITI-83): which others belong to the one I know."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from services.kernel.auth import Actor
from services.kernel.problems import Fault, Invalid, NotFound, Refused, Text
from services.kernel.service import Service
from services.records import params
from services.records.params.values import token
from services.records.systems import CANONICAL, LOCAL, PERSON
from services.records.usecases import searching
from services.records.usecases.refusals import NO_RELATION

_SOURCE = Text("Sistem nomor ini tidak dikenal: sebutkan system|value", "Unknown identifier system: say system|value")
_TARGET = Text("Sistem tujuan tidak dikenal", "Unknown target system")
_NOBODY = Text("Tidak ada orang dengan nomor ini", "No one has this number")


@dataclass(frozen=True, slots=True)
class Crossed:
    """The Patients of a number, and their other numbers (system, value)."""

    patients: list[str]
    identifiers: list[tuple[str, str]]


def known(system: str) -> bool:
    """Whether a system numbers persons here: the nation's, or a facility's own (`…/mrn/{org}`)."""
    return system.startswith((PERSON, LOCAL + "mrn/"))


async def cross_reference(service: Service, actor: Actor, source: str, targets: Sequence[str]) -> Crossed:
    """The other numbers of whoever has `source` (system|value), all or those of `targets`.

    Raises Invalid (unknown source system), Refused (unknown target system, a person not to be seen), NotFound.
    """
    asked = token(source)
    if not asked.system or not asked.code or not known(asked.system):
        raise Invalid(_SOURCE, [Fault("sourceIdentifier", _SOURCE, "code-invalid")])
    wanted = [CANONICAL[t] for t in targets]
    if not all(known(t) for t in wanted):
        raise Refused(_TARGET, [Fault("targetSystem", _TARGET, "code-invalid")])
    query = params.parse("Patient", [("identifier", source)], page=50, max_page=50, strict=True)
    page = await searching.find(service, actor, query)
    if not page.hits:
        raise Refused(NO_RELATION) if page.suppressed else NotFound(_NOBODY)
    found: dict[tuple[str, str], None] = {}
    for hit in page.hits:
        for one in orjson.loads(hit.body).get("identifier", ()):
            pair = CANONICAL[one.get("system") or ""], str(one.get("value") or "")
            if pair != (asked.system, asked.code) and all(pair) and (not wanted or pair[0] in wanted):
                found[pair] = None
    return Crossed([h.id for h in page.hits], list(found))
