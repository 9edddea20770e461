"""The access policy: what law or the health office decides about access, each value from its day on."""

from datetime import date

from services.kernel.problems import Conflict, Fault, NotFound, Text, Unprocessable
from services.kernel.service import Service
from services.records.contract.policy import POLICIES, PolicyValue
from services.records.queries import policy as queries
from services.records.queries import sharing


async def values(service: Service) -> list[PolicyValue]:
    """All values of all policies, past and coming."""
    async with service.db.reading() as conn:
        rows = await queries.all_values(conn)
    return [PolicyValue(**r) for r in rows]


async def put(service: Service, name: str, valid_from: date, value: str) -> PolicyValue:
    """Set a policy from a day on, today or later: what held on past days is not rewritten. Raises NotFound, Conflict,
    Unprocessable."""
    policy = POLICIES.get(name)
    if policy is None:
        known = ", ".join(POLICIES)
        raise NotFound(Text(f"Kebijakan ini tidak ada; yang ada: {known}", f"No such policy; there are: {known}"))
    if not policy.takes(value):
        raise Unprocessable(faults=[Fault("/value", policy.wanted)])
    today = service.clock.today()
    if valid_from < today:
        raise Conflict(
            Text("Hari yang sudah lewat tidak ditulis ulang; pakai hari ini atau sesudahnya",
                 "Past days are not rewritten; give today or a later day")
        )  # fmt: skip
    async with service.db.transaction() as tx:
        await queries.put(tx, name, valid_from, value)
        await sharing.settle(tx, today)
    return PolicyValue(name=name, valid_from=valid_from, value=value)


async def day_turns(service: Service) -> None:
    """A kernel job: at local midnight agreements begin and end by themselves; who may see again from today hears it."""
    today = service.clock.today()
    if service.room.get("day-turned") != today:
        async with service.db.transaction() as tx:
            await sharing.turn(tx, today)
        service.room["day-turned"] = today
