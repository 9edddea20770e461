"""What a facility chooses to tell BPJS for what the record says."""

from collections.abc import Sequence

from services.coverage.contract.maps import Choice, Choices, MapKind, NewChoice
from services.coverage.queries import choices as queries
from services.coverage.queries import network
from services.coverage.rules.choices import plain
from services.coverage.usecases.outbox import owing
from services.kernel.auth import Actor, Role
from services.kernel.problems import Fault, Refused, Text, Unprocessable
from services.kernel.service import Service

_MEND = Text("Perbaiki isian berikut", "Mend the following fields")


async def choose(service: Service, actor: Actor, items: Sequence[NewChoice]) -> Choices:
    """Note choices, all or none, and look again at the visits parked for want of one; what holds today afterwards.

    Raises Refused, Unprocessable.
    """
    rows = [(_whose(actor, c.facility), c) for c in items]
    known = await _known(service, {f for f, c in rows if c.facility is not None})
    faults = list(_doubled(items))
    for n, (facility, choice) in enumerate(rows):
        if choice.facility is not None and facility not in known:
            faults.append(Fault(f"/items/{n}/facility", Text("faskes tidak dikenal", "unknown facility"), "unknown"))
    if faults:
        raise Unprocessable(_MEND, faults)
    async with service.db.transaction() as tx:
        await queries.add(tx, rows, actor.subject)
        for facility in dict.fromkeys(f for f, _ in rows):
            await owing.mended(tx, facility)
        held: list[Choice] = []
        for facility in dict.fromkeys(f for f, _ in rows):
            held += await queries.listed(tx, facility, None, service.clock.today())
    return Choices(items=held)


async def show(service: Service, actor: Actor, facility: str | None, kind: MapKind | None, *, history: bool) -> Choices:
    """The choices that hold today, or every one ever made. Raises Refused."""
    whose = _whose(actor, facility)
    async with service.db.reading() as conn:
        if history:
            return Choices(items=await queries.history(conn, whose, kind))
        return Choices(items=await queries.listed(conn, whose, kind, service.clock.today()))


def _whose(actor: Actor, named: str | None) -> str:
    """The facility meant: the caller's own; the office names one."""
    if actor.role in (Role.DINKES_ADMIN, Role.AUDITOR):
        if named is None:
            raise Unprocessable(
                _MEND, [Fault("/facility", Text("sebutkan faskesnya", "name the facility"), "required")]
            )
        return named
    if actor.facility is None or named not in (None, actor.facility):
        raise Refused(
            Text("Padanan kode hanya untuk faskes sendiri", "Only the codes of your own facility are yours to choose")
        )
    return actor.facility


def _doubled(items: Sequence[NewChoice]) -> list[Fault]:
    seen: set[tuple[str | None, str, str, object]] = set()
    found = []
    for n, c in enumerate(items):
        key = (c.facility, c.kind, plain(c.ours), c.since)
        if key in seen:
            found.append(Fault(f"/items/{n}/ours", Text("disebut dua kali", "named twice"), "duplicate"))
        seen.add(key)
    return found


async def _known(service: Service, named: set[str]) -> set[str]:
    """Which of these facilities there are; one not known yet is looked for once more in the facilities' feed."""
    for last in (False, True):
        async with service.db.reading() as conn:
            known = await network.known(conn, sorted(named))
        if known == named or last:
            return known
        for follower in service.followers:
            if follower.source.startswith("facilities"):
                await follower.catch_up()
    return set()
