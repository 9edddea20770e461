"""Statements made from what was asked: only what comes again and again stays prepared."""

import asyncio
from collections import OrderedDict
from typing import Any

from services.kernel.db import Connection

SLOWEST = 10.0
"""Seconds a search may take; then it is refused as too costly."""
REMEMBERED, _USUAL = 200, 3
_HABITS: OrderedDict[int, int] = OrderedDict()
"""How often each text came lately. A text that is kept prepared costs every connection half a megabyte."""


async def fetched(conn: Connection, sql: str, *values: Any) -> list[Any]:
    """Rows of a search. Raises TimeoutError when it takes too long."""
    key = hash(sql)
    times = _HABITS[key] = _HABITS.pop(key, 0) + 1
    if len(_HABITS) > REMEMBERED:
        _HABITS.popitem(last=False)
    if times >= _USUAL:
        return await conn.fetch(sql, *values, timeout=SLOWEST)
    async with asyncio.timeout(SLOWEST):
        return await (await conn.prepare(sql)).fetch(*values)
