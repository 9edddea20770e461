"""The stage of the JKN tests; what stands on it is in `jkn_stage`."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.service.coverage.bpjs_caller import Caller, opened, world
from tests.service.coverage.jkn_stage import Stage, staged


@pytest.fixture
def database(new_database: Callable[[str], str]) -> str:
    """A fresh database (made outside the event loop, which migrations need for themselves)."""
    return new_database("coverage")


@pytest.fixture
async def stage(database: str) -> AsyncIterator[Stage]:
    """A JKN service whose line leads to the simulator in this process."""
    async with staged(database) as opened:
        yield opened


@pytest.fixture
def caller() -> Iterator[Caller]:
    """A facility's own program, and a simulator of its own."""
    made = opened()
    yield made
    world(made).close()


@pytest.fixture
def lasting(tmp_path: Path) -> Iterator[Caller]:
    """The same, on a folder that can be opened again."""
    made = opened(tmp_path)
    yield made
    world(made).close()
