"""Ids of other systems tied to one another and to ours."""

from services.facilities.queries import facilities, loading
from services.facilities.queries import reconciling as queries
from services.facilities.rules.aliases import OURS, Forest, Node, ordered
from services.facilities.usecases.deciding import alias_event
from services.kernel import events
from services.kernel.problems import Conflict, Fault, NotFound, Text, Unprocessable
from services.kernel.service import Service


async def lay(service: Service, a: Node, b: Node, by: str) -> None:
    """Say that two ids are one facility; what hangs together already is left as it is.

    Raises Unprocessable for a facility that is not ours or an id with itself, Conflict when two of ours would be one.
    """
    edge = ordered(a, b)
    if a == b:
        text = Text("dua nomor yang sama", "an id with itself")
        raise Unprocessable(text, [Fault("/other_value", text)])
    async with service.db.transaction() as tx:
        await loading.lock(tx)
        mine = [v for s, v in edge if s == OURS]
        known = await facilities.kinds(tx, mine)
        if len(known) != len(mine):
            text = Text("faskes ini tidak ada di registri", "this facility is not in the registry")
            raise Unprocessable(text, [Fault("/value" if a[0] == OURS else "/other_value", text)])
        forest = Forest([*await queries.edges(tx), *await queries.identified(tx, edge)])
        no = forest.fault(*edge)
        if no:
            raise Conflict(no)
        if not forest.known(*edge):
            await queries.lay(tx, [edge], by, None)
            await events.append(tx, [alias_event(edge, "created")])


async def lift(service: Service, a: Node, b: Node) -> None:
    """Take an alias away. Raises NotFound."""
    async with service.db.transaction() as tx:
        await loading.lock(tx)
        gone = await queries.lift(tx, [ordered(a, b)])
        if not gone:
            raise NotFound(Text("Alias tidak ditemukan", "No such alias"))
        await events.append(tx, [alias_event(edge, "deleted") for edge in gone])
