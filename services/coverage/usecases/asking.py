"""Asking BPJS once for many: whoever asks the same while a question is under way waits for that one's answer."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

from services.kernel.service import Service

T = TypeVar("T")
_UNDER_WAY = "asking"


async def once(service: Service, key: Hashable, ask: Callable[[], Awaitable[T]]) -> tuple[T, bool]:
    """The answer of `ask`, and whether this call was the one that asked. One process asks once; a caller that goes
    away does not take the answer from the others."""
    under_way: dict[Hashable, asyncio.Task[Any]] = service.room.setdefault(_UNDER_WAY, {})
    task = under_way.get(key)
    mine = task is None
    if task is None:
        task = asyncio.ensure_future(_run(ask))
        under_way[key] = task
        task.add_done_callback(lambda _: under_way.pop(key, None))
    return await asyncio.shield(task), mine


async def _run(ask: Callable[[], Awaitable[T]]) -> T:
    return await ask()
