"""The feeds this service follows: the shared record, the network, JKN membership."""

from services.indicators.usecases import feed, standards
from services.kernel.db import Tx
from services.kernel.events import Event
from services.kernel.service import Service


async def records(service: Service, tx: Tx, events: list[Event]) -> None:
    """Facts, standings and tallies of the touched persons."""
    await feed.take_records(tx, await standards.shown(service, tx), events)


async def facilities(service: Service, tx: Tx, events: list[Event]) -> None:
    """Areas, facilities and catchments."""
    del service
    await feed.take_network(tx, events)


async def coverage(service: Service, tx: Tx, events: list[Event]) -> None:
    """What JKN says of persons."""
    await feed.take_members(tx, await standards.shown(service, tx), events)
