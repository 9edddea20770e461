"""The stage of the referral tests; what stands on it is in `stage`."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.service.referrals.stage import Stage, staged


@pytest.fixture
def database(new_database: Callable[[str], str]) -> str:
    """A fresh database (made outside the event loop, which migrations need for themselves)."""
    return new_database("referrals")


@pytest.fixture
async def stage(database: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """A running referrals service."""
    async with staged(database, tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
async def house(new_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One running service for a file whose tests share it (`Stage.cleared`)."""
    async with staged(new_database("referrals"), tmp_path_factory.mktemp("referrals")) as opened:
        yield opened
