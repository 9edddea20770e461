"""Reading. A refusal is final only after one catch-up of the feeds that grant access."""

from services.kernel import access
from services.kernel.access import Access
from services.kernel.auth import Actor
from services.kernel.problems import Gone, NotFound, Text
from services.kernel.service import Service
from services.records.queries import everything as queries
from services.records.queries import reading
from services.records.queries.everything import Everything, Wish
from services.records.queries.reading import Found
from services.records.usecases.refusals import refusal

LARGEST = 2**63


async def catch_up(service: Service) -> None:
    """Apply what facilities and referrals have published until now, so that a referral sent a moment ago counts."""
    for follower in service.followers:
        await follower.catch_up()


async def read(service: Service, actor: Actor, type_: str, id_: str) -> Found:
    """One resource. Raises NotFound, Gone, Refused (logged)."""
    found = await decided(service, actor, type_, id_)
    if found.deleted:
        raise Gone()
    return found


async def decided(service: Service, actor: Actor, type_: str, id_: str) -> Found:
    """One resource that the actor may see, deleted or not. Raises NotFound, Refused (logged)."""
    found = await _look(service, actor, type_, id_)
    if found is not None and not found.allowed:
        await catch_up(service)
        found = await _look(service, actor, type_, id_)
    if found is None:
        raise NotFound(Text(f"{type_} ini tidak ada", f"No such {type_}"))
    if not found.allowed:
        await access.refuse(
            service.db, [Access(actor, found.person_id, "read", type_, "refused", [f"{type_}/{found.id}"])]
        )
        raise await refusal(service, actor, found.person_id)
    return found


async def _look(service: Service, actor: Actor, type_: str, id_: str) -> Found | None:
    async with service.db.reading() as conn:
        found = await reading.read(conn, actor, service.clock.today(), type_, id_)
    service.db.signal()
    return found


async def everything(
    service: Service, actor: Actor, type_: str, id_: str, after: int, limit: int, base: str, wish: Wish
) -> Everything:
    """A page of a person's whole record, or of a visit's. Raises NotFound, Refused (logged)."""
    found = await _everything(service, actor, type_, id_, after, limit, base, wish)
    if found is not None and not found.allowed:
        await catch_up(service)
        found = await _everything(service, actor, type_, id_, after, limit, base, wish)
    if found is None:
        raise NotFound(Text(f"{type_} ini tidak ada", f"No such {type_}"))
    if not found.allowed:
        await access.refuse(service.db, [Access(actor, found.person_id, "read", f"{type_}/$everything", "refused")])
        raise await refusal(service, actor, found.person_id)
    return found


async def _everything(
    service: Service, actor: Actor, type_: str, id_: str, after: int, limit: int, base: str, wish: Wish
) -> Everything | None:
    async with service.db.reading() as conn:
        today = service.clock.today()
        found = await queries.everything(conn, actor, today, type_, id_, after, limit, base, wish)
    service.db.signal()
    return found
