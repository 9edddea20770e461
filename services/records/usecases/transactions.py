"""Transactions that also read: what they read is what they have written, and nothing is stored unless all is shown."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

from services.kernel.auth import Actor
from services.kernel.db import Connection, Database, Tx
from services.kernel.problems import Refused
from services.kernel.service import Service
from services.records.usecases import referral_writes
from services.records.usecases.entries import MakeEntries, Outcome

Read = Callable[[Service, int], Awaitable[dict[str, Any]]]
"""Reads for the entry of a number, on the database of the service given."""


class _Within:
    """The database as it is seen inside an open transaction."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        yield self._tx

    def signal(self) -> None:
        """The commit says it."""


async def with_reads(
    service: Service, actor: Actor, make: MakeEntries, reads: Sequence[int], read: Read
) -> tuple[list[Outcome], dict[int, dict[str, Any]]]:
    """Store, then read in the same transaction; whatever fails undoes everything.

    A refusal inside is final only when it holds outside too, after the feeds that grant access were caught up; there
    it is logged.
    """
    refused: list[int] = []
    found: dict[int, dict[str, Any]] = {}

    async def also(tx: Tx, _: list[Outcome]) -> None:
        inside = replace(service, db=cast(Database, _Within(tx)), followers=[])
        for n in reads:
            refused[:] = [n]
            found[n] = await read(inside, n)
        refused.clear()

    try:
        return await referral_writes.write(service, actor, make, also=also), found
    except Refused:
        if not refused:
            raise
        await read(service, refused[0])
    return await referral_writes.write(service, actor, make, also=also), found
