"""The feeds this service follows: the shared record, the network, JKN membership, referrals."""

from services.indicators.usecases import feed, jkn_feed, standards
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


async def jkn(service: Service, tx: Tx, events: list[Event]) -> None:
    """What JKN said, kept as it was said."""
    del service
    await jkn_feed.take_coverage(tx, events)


async def referrals(service: Service, tx: Tx, events: list[Event]) -> None:
    """Steps of referrals."""
    await jkn_feed.take_referrals(tx, service.clock.zone, events)


async def merges(service: Service, tx: Tx, events: list[Event]) -> None:
    """Who became whom, and when."""
    del service
    await jkn_feed.take_merges(tx, events)


async def spans(service: Service, tx: Tx, events: list[Event]) -> None:
    """What hangs on what in the network, contracts with JKN, who works where."""
    del service
    await jkn_feed.take_spans(tx, events)
