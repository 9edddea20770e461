"""The chain posyandu → pustu → puskesmas: reading, loading, and what a facility may become while links hold it."""

from datetime import date

from services.facilities.contract import LINK, Chain, ChainNode, Link, LinkBody
from services.facilities.queries import facilities
from services.facilities.queries import links as queries
from services.facilities.rules import links as rules
from services.facilities.rules.cells import Line
from services.facilities.rules.links import LinkRow
from services.facilities.rules.spans import Span
from services.facilities.usecases.loading import Checked, File, load_one
from services.kernel.auth import Actor
from services.kernel.db import Tx
from services.kernel.problems import NotFound, Text
from services.kernel.service import Service


async def put(service: Service, actor: Actor, child: str, valid_from: date, body: LinkBody) -> Link:
    """One link, by the rules of a file's row. Raises Unprocessable."""
    await load_one(service, LINKS, {"child": child, "valid_from": valid_from} | body.model_dump(), actor.subject)
    async with service.db.reading() as conn:
        return Link(**(await queries.link(conn, child, valid_from)))


async def chain(service: Service, any_code: str, on: date | None) -> Chain:
    """What a facility hangs on and everything that hangs on it on a day (default today). Raises NotFound."""
    day = on or service.clock.today()
    async with service.db.reading() as conn:
        found = await facilities.resolve(conn, any_code)
        if found is None:
            raise NotFound(Text("Faskes tidak ada di registri", "The facility is not in the registry"))
        rows = await queries.down(conn, found["code"], day)
        above = await queries.up(conn, found["code"], day)
    nodes: dict[str, ChainNode] = {}
    for row in rows:
        parent = row.pop("parent")
        nodes[row["code"]] = node = ChainNode(**row)
        if parent is not None:
            nodes[parent].children.append(node)
    return Chain(on=day, above=[ChainNode(**r) for r in above], tree=nodes[found["code"]])


async def _check(tx: Tx, lines: list[Line[LinkRow]]) -> Checked[LinkRow]:
    kinds = await facilities.kinds(tx, list({code for line in lines for code in (line.row.child, line.row.parent)}))
    registered: dict[str, dict[date, Span]] = {}
    for link in await queries.all_links(tx):
        span = Span(link["valid_from"], link["valid_until"] or date.max, link["parent"])
        registered.setdefault(link["child"], {})[link["valid_from"]] = span
    return rules.links(lines, kinds, registered)


LINKS = File(
    LINK, LinkRow, ("child", "parent", "valid_from"), _check,
    ("child", "parent", "valid_from", "valid_until", "coordinates"),
)  # fmt: skip
