"""The review queue: who may be one person, decided by those who may see both."""

from typing import Any

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.problems import Conflict, Fault, Invalid, NotFound, Refused, Text
from services.kernel.service import Service
from services.records import exact, rules
from services.records.contract.review import Decision, Evidence, Pair, Pairs, Review
from services.records.matching.compare import compare
from services.records.matching.traits import traits
from services.records.matching.weights import weights
from services.records.queries import reviews as queries
from services.records.queries.reviews import Wanted
from services.records.room import room
from services.records.usecases import merging, people

_HIDDEN = Text(
    "Hanya yang boleh melihat kedua orang ini dapat memeriksanya; minta dinas kesehatan",
    "Only those who may see both persons can review them; ask the health office",
)


async def page(service: Service, actor: Actor, wanted: Wanted, before: int, limit: int) -> Pairs:
    """A page of pairs, newest first."""
    async with service.db.reading() as conn:
        rows = await queries.page(conn, actor, service.clock.today(), wanted, before, limit)
    service.db.signal()
    more, rows = len(rows) > limit, rows[:limit]
    return Pairs(items=[_pair(r) for r in rows], next=rows[-1]["id"] if more else None)


async def one(service: Service, actor: Actor, number: int) -> Review:
    """Both persons side by side with the evidence as it is now. Raises NotFound, Refused (logged)."""
    row = await _look(service, actor, number)
    first, second = (exact.loads((row[key] or "{}").encode()) for key in ("body_a", "body_b"))
    now = compare(traits(first), traits(second), weights(service.clock.today()), room(service).share)
    said = {key: row[key] for key in ("decided_at", "decided_by", "decided_facility", "decision_reason")}
    evidence = [Evidence(field=e.field, outcome=e.outcome, how=e.how, weight=e.weight) for e in now.evidence]
    pair = _pair(row).model_dump() | {"score": now.score, "grade": now.grade}
    return Review(**pair, **said, resources=(first, second), evidence=evidence)


async def decide(service: Service, actor: Actor, number: int, decision: Decision) -> Review:
    """Note a decision; "same" merges the two first. The same decision again changes nothing.

    Raises NotFound, Refused (logged), Invalid (a survivor who is neither), Conflict (merged already).
    """
    row = await _look(service, actor, number)
    if decision.survivor not in (None, row["person"], row["other"]):
        said = Text("harus salah satu dari kedua orang", "must be one of the two persons")
        raise Invalid(said, [Fault("/survivor", said)])
    if row["state"] == "same" and decision.decision != "same":
        said = Text("Sudah digabung; batalkan penggabungannya dulu", "Merged already; undo the merge first")
        raise Conflict(said)
    if decision.decision == "same":
        stays = decision.survivor or _survivor(row)
        goes = row["other"] if stays == row["person"] else row["person"]
        await merging.merge(service, actor, stays, goes, decision.reason)
    async with service.db.transaction() as tx:
        await access.log(tx, _accesses(actor, row, "write"))
        await queries.decide(tx, number, decision.decision, decision.reason, actor, service.clock.now())
    return await one(service, actor, number)


async def report(service: Service, actor: Actor, person: str, other: str) -> Review:
    """Put two persons into the queue. Raises Invalid, NotFound, Refused (logged)."""
    if person == other:
        said = Text("keduanya orang yang sama", "both are the same person")
        raise Invalid(said, [Fault("/other", said)])
    seen = await people.visible(service, actor, [person, other])
    if len(seen) < 2:
        hidden = [p for p in (person, other) if p not in seen]
        await access.refuse(service.db, [Access(actor, p, "write", "identity-review", "refused") for p in hidden])
        raise Refused(_HIDDEN)
    async with service.db.transaction() as tx:
        await access.log(tx, [Access(actor, p, "write", "identity-review") for p in (person, other)])
        number = await queries.report(tx, person, other)
    if number is None:
        raise NotFound(Text("Orang ini tidak ada", "No such person"))
    return await one(service, actor, number)


async def _look(service: Service, actor: Actor, number: int) -> dict[str, Any]:
    async with service.db.reading() as conn:
        row = await queries.one(conn, actor, service.clock.today(), number)
    service.db.signal()
    if row is None:
        raise NotFound(Text("Pasangan ini tidak ada", "No such pair"))
    if not row["allowed"]:
        await access.refuse(service.db, _accesses(actor, row, "read", "refused"))
        raise Refused(_HIDDEN)
    return row


def _accesses(actor: Actor, row: dict[str, Any], action: str, outcome: str = "allowed") -> list[Access]:
    this = [f"identity-review/{row['id']}"]
    return [Access(actor, row[p], action, "identity-review", outcome, this) for p in ("person", "other")]


def _pair(row: dict[str, Any]) -> Pair:
    keys = ("id", "person", "other", "reason", "state", "score", "grade", "at")
    return Pair(**{key: row[key] for key in keys}, patients=(row["patient_a"], row["patient_b"]))


def _survivor(row: dict[str, Any]) -> str:
    """Who stays: the one with a NIK; of two, the one known longer (ids of ours grow with time)."""
    has = [rules.NIK in (row[body] or "") for body in ("body_a", "body_b")]
    if has[0] != has[1]:
        return str(row["person"] if has[0] else row["other"])
    return str(min(row["person"], row["other"]))
